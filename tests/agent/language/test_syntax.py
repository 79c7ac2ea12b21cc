"""The canonical text: what it looks like, that it reads back as the same program, and that it is a fixed point."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.language.parse import parse
from agent.language.syntax import (
    ARITHMETIC,
    EQUALITY,
    LOGIC,
    ORDERED,
    Answer,
    Assign,
    Binary,
    Call,
    Cannot,
    Expr,
    IfElse,
    ListOf,
    Literal,
    Name,
    Program,
    Unary,
    format_program,
    names_in,
)

CANONICAL = {
    "spaces": ("a=count( m )\nanswer( a )", "a = count(m)\nanswer(a)\n"),
    "quotes": ("answer('it is \"so\"')", 'answer("it is \\"so\\"")\n'),
    "needless brackets": ("answer(((1) + (2 * n)))", "answer(1 + 2 * n)\n"),
    "needed brackets": ("answer((1 + 2) * n)", "answer((1 + 2) * n)\n"),
    "right-hand brackets": ("answer(a - (b - c))", "answer(a - (b - c))\n"),
    "left-hand brackets": ("answer((a - b) - c)", "answer(a - b - c)\n"),
    "not of a comparison": ("answer(not (a == b))", "answer(not a == b)\n"),
    "a comparison of a not": ("answer((not a) == b)", "answer((not a) == b)\n"),
    "minus of a sum": ("answer(-(a + b))", "answer(-(a + b))\n"),
    "nested choice": ("answer((a if b else c) if d else e)", "answer((a if b else c) if d else e)\n"),
    "choice on the right": ("answer(a if b else (c if d else e))", "answer(a if b else c if d else e)\n"),
    "comparisons do not chain": ("answer((a < b) == c)", "answer((a < b) == c)\n"),
    "options": ("answer(f(a,b=1))", "answer(f(a, b=1))\n"),
    "lists": ("answer(f(['a','b']))", 'answer(f(["a", "b"]))\n'),
    "control characters": (r'answer("a\x01\n\u202e")', 'answer("a\\u0001\\n\\u202e")\n'),
    "letters stay": ("answer('컵 é')", 'answer("컵 é")\n'),
    "comment": ("#   why  \nanswer(1)", "# why\nanswer(1)\n"),
    "blank lines": ("\n\na = 1\n\nanswer(a)\n\n", "a = 1\nanswer(a)\n"),
    "cannot": ("cannot('no tool for this')", 'cannot("no tool for this")\n'),
}


@pytest.mark.parametrize(("text", "canonical"), CANONICAL.values(), ids=CANONICAL.keys())
def test_canonical(text: str, canonical: str) -> None:
    assert str(parse(text)) == canonical
    assert str(parse(canonical)) == canonical


names = st.sampled_from(["a", "b_1", "mugs", "image"])
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
numbers = st.integers(-(10**15), 10**15) | st.floats(-1e15, 1e15, allow_nan=False)
literals = st.builds(Literal, texts | numbers | st.booleans())


def deeper(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    # `-3` reads as a literal, so a minus stands before something else.
    signed = inner.filter(lambda e: not isinstance(e, Literal) or isinstance(e.value, str))
    arguments = st.lists(inner, max_size=2).map(tuple)
    options = st.lists(st.tuples(names, inner), max_size=2, unique_by=lambda o: o[0]).map(tuple)
    return (
        st.builds(ListOf, st.lists(literals, max_size=3).map(tuple))
        | st.builds(Call, names, arguments, options)
        | st.builds(Unary, st.just("not"), inner)
        | st.builds(Unary, st.just("-"), signed)
        | st.builds(Binary, st.sampled_from(ARITHMETIC + EQUALITY + ORDERED + LOGIC), inner, inner)
        | st.builds(IfElse, inner, inner, inner)
    )


# At most 12 leaves cannot nest beyond the parser's own bound.
expressions = st.recursive(literals | st.builds(Name, names), deeper, max_leaves=12)
reasons = st.none() | st.from_regex(r"[A-Za-z][A-Za-z ,.]{0,20}[a-z]", fullmatch=True)
programs = st.builds(
    lambda head, last, reason: Program((*head, last), reason),
    st.lists(st.builds(Assign, names, expressions), max_size=3),
    st.builds(Answer, expressions) | st.builds(Cannot, texts),
    reasons,
)


@settings(max_examples=300, deadline=None)
@given(programs)
def test_reads_back_as_the_same_program(program: Program) -> None:
    text = format_program(program)
    again = parse(text)
    # repr tells 1, 1.0 and True apart, which are equal in Python; positions differ and are left out.
    assert shown(again) == shown(program)
    assert format_program(again) == text


def shown(node: Any) -> str:
    if isinstance(node, Program):
        return f"{node.reason!r}: {[shown(s) for s in node.statements]}"
    if isinstance(node, tuple):
        return f"({', '.join(shown(n) for n in node)})"
    if not hasattr(node, "__dataclass_fields__"):
        return repr(0.0 if isinstance(node, float) and node == 0 else node)
    parts = [f"{f}={shown(getattr(node, f))}" for f in node.__dataclass_fields__ if f != "at"]
    return f"{type(node).__name__}({', '.join(parts)})"


def test_names_in() -> None:
    statement = parse("answer(f(a, ['x'], k=-b) if c and not d else \"e\" == g(h))").statements[0]
    assert isinstance(statement, Answer)
    assert names_in(statement.value) == {"a", "b", "c", "d", "h"}
