"""What the parser takes, what it refuses (all of it at once), and what a hostile text costs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from agent.language.parse import MAX_CHARACTERS, MAX_NESTING, MAX_NUMBER, MAX_SHOWN, Invalid, parse
from agent.language.syntax import Answer, Assign, Binary, Call, Cannot, IfElse, ListOf, Literal, Name, Unary

MUGS = Call("detect", (Name("image"), Literal("mug")))
READ = {
    "a call": ('x = detect(image, "mug")', Assign("x", MUGS)),
    "single quotes": ("x = detect(image, 'mug')", Assign("x", MUGS)),
    "an option": ('x = f(a, k="b")', Assign("x", Call("f", (Name("a"),), (("k", Literal("b")),)))),
    "answer": ("answer(3)", Answer(Literal(3))),
    "cannot": ('cannot("no tool for this")', Cannot("no tool for this")),
    "a negative number is a literal": ("answer(-3.5)", Answer(Literal(-3.5))),
    "minus a name": ("answer(-n)", Answer(Unary("-", Name("n")))),
    "not": ("answer(not b)", Answer(Unary("not", Name("b")))),
    "a list": ('answer(["a", "b"])', Answer(ListOf((Literal("a"), Literal("b"))))),
    "and nests to the left": (
        "answer(a and b and c)",
        Answer(Binary("and", Binary("and", Name("a"), Name("b")), Name("c"))),
    ),
    "precedence": ("answer(1 + 2 * n)", Answer(Binary("+", Literal(1), Binary("*", Literal(2), Name("n"))))),
    "if else": ("answer(a if c else b)", Answer(IfElse(Name("c"), Name("a"), Name("b")))),
    "truth": ("answer(True)", Answer(Literal(True))),
    "escapes": (r'answer("a\"b\\c\n")', Answer(Literal('a"b\\c\n'))),
    "several lines in brackets": ("answer(count(\n  mugs))", Answer(Call("count", (Name("mugs"),)))),
}


@pytest.mark.parametrize(("text", "statement"), READ.values(), ids=READ.keys())
def test_reads(text: str, statement: object) -> None:
    program = parse(text)
    assert program.statements == (statement,)
    assert program.reason is None


def test_the_opening_comment_is_the_reason() -> None:
    assert parse("# Count the mugs.\nanswer(1)").reason == "Count the mugs."
    assert parse("answer(1)  # not this one").reason is None


FORBIDDEN = {
    "attribute": ("x = a.b", "attributes"),
    "method": ("x = a.b(1)", "`a.b`"),
    "subscript": ("x = a[0]", "subscripts"),
    "lambda": ("x = lambda: 1", "lambdas"),
    "comprehension": ("x = [a for a in b]", "comprehensions"),
    "generator": ("x = f(a for a in b)", "comprehensions"),
    "f-string": ('x = f"{a}"', "strings with code"),
    "dictionary": ("x = {1: 2}", "dictionaries"),
    "set": ("x = {1}", "sets"),
    "tuple": ("x = 1, 2", "tuples"),
    "walrus": ("x = (y := 1)", "assignments inside"),
    "unpacked argument": ("x = f(*a)", "unpacking"),
    "unpacked options": ("x = f(**a)", "unpacking"),
    "await": ("x = await a", "await"),
    "import": ("import os", "imports"),
    "from import": ("from os import path", "imports"),
    "for": ("for a in b:\n    x = 1", "loops"),
    "while": ("while True:\n    x = 1", "loops"),
    "if": ("if a:\n    x = 1", "if statements"),
    "def": ("def f():\n    return 1", "function definitions"),
    "class": ("class A:\n    x = 1", "classes"),
    "try": ("try:\n    x = 1\nfinally:\n    y = 2", "try"),
    "with": ("with a:\n    x = 1", "with"),
    "del": ("del a", "del"),
    "augmented": ("x += 1", "augmented"),
    "annotated": ("x: int = 1", "annotated"),
    "assert": ("assert a", "assert"),
    "raise": ("raise a", "raise"),
    "global": ("global a", "global"),
    "pass": ("pass", "pass"),
    "two targets": ("a = b = 1", "`a`"),
    "unpacking target": ("a, b = c", "(a, b)"),
    "bare call": ("count(a)", "`count(a)`"),
    "bare name": ("a", "`a`"),
    "bytes": ('x = b"a"', "b'a'"),
    "none": ("x = None", "`None`"),
    "ellipsis": ("x = ...", "`...`"),
    "complex": ("x = 1j", "`1j`"),
    "power": ("x = 2 ** 3", "`2 ** 3`"),
    "matrix product": ("x = a @ b", "`a @ b`"),
    "bit operator": ("x = a | b", "`a | b`"),
    "invert": ("x = ~a", "`~a`"),
    "plus sign": ("x = +a", "`+a`"),
    "is": ("x = a is b", "`a is b`"),
    "in": ("x = a in b", "`a in b`"),
    "chained comparison": ("x = 1 < a < 3", "a chain"),
    "a list of names": ("x = [a]", "`[a]`"),
    "a call of a call": ("x = f(1)(2)", "`f(1)`"),
    "answer of two": ("answer(1, 2)", "2"),
    "answer of none": ("answer()", "0"),
    "cannot of a name": ("cannot(a)", "`a`"),
    "infinity": ("x = 1e999", "a larger one"),
    "a huge number": (f"x = {MAX_NUMBER + 1}", "a larger one"),
    "half a surrogate pair": (r'x = "\ud800"', "surrogate"),
    "a syntax error": ("x = = 1", "a syntax error"),
    "a null byte": ("x = 1\0", "null bytes"),
}


@pytest.mark.parametrize(("text", "found"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_refuses(text: str, found: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse(text)
    assert found in caught.value.diagnostics[0].found


def test_all_errors_at_once_in_the_order_of_the_text() -> None:
    text = "import os\na = b.c\nd = [0][0]\ne = = 1\nf = f(lambda: 1, g[1])\nanswer(1)\n"
    with pytest.raises(Invalid) as caught:
        parse(text)
    # The syntax error of line 4 does not hide the others.
    assert [d.at[0] for d in caught.value.diagnostics] == [1, 2, 3, 4, 5, 5]
    assert len(str(caught.value).splitlines()) == 6


def test_arguments_of_a_forbidden_call_are_read_too() -> None:
    with pytest.raises(Invalid) as caught:
        parse("x = a.b(c.d, e[0])")
    assert [d.at for d in caught.value.diagnostics] == [(1, 5), (1, 9), (1, 14)]


def test_columns_count_characters() -> None:
    with pytest.raises(Invalid) as caught:
        parse('x = f("컵과 잔", a.b)\ny = f("é", c[0])')
    assert [d.at for d in caught.value.diagnostics] == [(1, 15), (2, 12)]


def test_a_long_list_of_mistakes_makes_a_short_message() -> None:
    with pytest.raises(Invalid) as caught:
        parse("a;" * 3000)
    assert len(caught.value.diagnostics) == 3000
    assert len(str(caught.value).splitlines()) == MAX_SHOWN + 1
    assert str(caught.value).endswith("... and 2950 more")


def nested(levels: int) -> str:
    """answer(-(-( ... n))) with so many levels under answer."""
    return "answer(" + "-(" * (levels - 1) + "n" + ")" * (levels - 1) + ")"


def test_nesting_has_a_limit_and_reaches_it() -> None:
    parse(nested(MAX_NESTING))
    with pytest.raises(Invalid, match="levels of nesting"):
        parse(nested(MAX_NESTING + 1))


HOSTILE = {
    "open brackets": "answer(" + "(" * MAX_CHARACTERS,
    "closed brackets": "answer(" + "(" * 8000 + "1" + ")" * 8000 + ")",
    "square brackets": "answer(" + "[" * MAX_CHARACTERS,
    "braces": "x = " + "{" * MAX_CHARACTERS,
    "unary minuses": "answer(" + "-" * 16_000 + "1)",
    "tildes": "answer(" + "~" * 16_000 + "1)",
    "nots": "answer(" + "not " * 4000 + "True)",
    "ands": "answer(" + " and ".join(["True"] * 1800) + ")",
    "ors within ands": "answer(" + " and ".join(["(a or b)"] * 1200) + ")",
    "pluses": "answer(" + "+".join("1" * 8000) + ")",
    "powers": "answer(" + "**".join("9" * 5000) + ")",
    "comparisons": "answer(" + "<".join("1" * 8000) + ")",
    "ifs": "answer(" + "1 if a else " * 1300 + "1)",
    "lambdas": "x = " + "lambda:" * 2300 + "1",
    "attributes": "x = a" + ".b" * 8000,
    "subscripts": "x = a" + "[0]" * 5000,
    "calls": "answer(" + "count(" * 2000 + "a" + ")" * 2000 + ")",
    "null bytes": "\0" * 16_000,
    "a huge decimal": "answer(" + "9" * 16_000 + ")",
    "a huge hexadecimal": "answer(0x" + "f" * 16_000 + ")",
    "a huge number as target": "a[0x" + "f" * 15_000 + "] = 1",
    "a huge number in a list": "answer([a, 0x" + "f" * 15_000 + "])",
    "a huge number alone": "0x" + "f" * 15_000,
    "f-strings": 'x = f"' + "{" * 8000 + "1" + "}" * 8000 + '"',
    "f-strings in f-strings": "x = " + 'f"{' * 5000,
    "quotes": '"' * 16_000,
    "backslashes": "\\\n" * 8000,
    "blank lines": "\n" * 16_000,
    "bad lines": "a b\n" * 4000,
    "good lines": "a=1\n" * 4000,
    "deep indentation": "".join(" " * i + "if a:\n" for i in range(170)),
    "decorators": "@a\n" * 5000,
    "too long": "a" * (MAX_CHARACTERS + 1),
    "half a surrogate pair": "answer(\ud800)",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_texts_cost_little(text: str) -> None:
    began = time.process_time()
    try:
        parse(text)
        assert text == HOSTILE["blank lines"]  # an empty program, which only the checker refuses
    except Invalid as mistakes:
        assert len(str(mistakes)) < 20_000
    assert time.process_time() - began < 3  # measured: at most 0.25 s


def test_nothing_is_executed(tmp_path: Path) -> None:
    touched = f"{tmp_path}/touched"
    for text in (
        f'answer(open("{touched}", "w"))',
        f'x = __import__("os").system("touch {touched}")',
        f"exec(\"open('{touched}', 'w')\")",
        f'@eval("open({touched!r})")\ndef f(): pass',
    ):
        try:
            parse(text)
        except Invalid:
            continue
    assert not Path(touched).exists()
