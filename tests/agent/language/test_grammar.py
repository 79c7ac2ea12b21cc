"""What the grammar lets through: only what the checker accepts, whatever the model's weights, and within its length."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

import numpy as np
import pytest

from agent.language.check import check, image_names
from agent.language.grammar import CLOSING, FULL, STATEMENTS, Bounds, statement_grammar
from agent.language.parse import Invalid, parse
from agent.language.syntax import Binary, Call, Expr, IfElse, ListOf, Literal, Unary, format_statement
from agent.language.types import REASONS
from agent.phrase_words import phrase_words
from agent.planner import ALLOTMENT, SMALLEST, GrammarPlanner, _Written
from agent.prompting import Request
from tests.language_models import Noise, byte_tokenizer, random_llama
from tools.core import registered
from tools.labels import LABELS

TOOLS = registered()
LIVE = {"image": "Image", "mugs": "Regions", "one": "Region", "n": "Number", "t": "Text", "b": "Bool", "d": "Depth"}
REQUEST = 'Find "net weight" and the words Größe 10% on it'


class Bare:
    """A prompt of a word."""

    reads_messages = False

    def tokens(self, tokenizer: Any, request: Request) -> list[int]:
        return [1]

    def unknown(self, request: Request, program: str) -> tuple[str, ...]:
        return ()

    def words(self, request: Request) -> frozenset[str] | None:
        return phrase_words(request.text)


@cache
def vocabulary() -> Any:
    import llguidance.hf

    return llguidance.hf.from_tokenizer(byte_tokenizer())


def accepts(text: str, lark: str) -> bool:
    """Whether a grammar accepts a whole text."""
    from llguidance import LLMatcher

    matcher = LLMatcher(vocabulary(), LLMatcher.grammar_from_lark(lark))
    assert not matcher.is_error(), matcher.get_error()
    tokens = byte_tokenizer().encode(text, add_special_tokens=False)
    return matcher.try_consume_tokens(tokens) == len(tokens) and bool(matcher.is_accepting())


def allowed(statement: str, names: Mapping[str, str] = LIVE, request: str = REQUEST, **options: Any) -> bool:
    return accepts(statement + "\n", statement_grammar(TOOLS, names, request, **options).lark)


# A model with random weights.

REQUESTS = {
    "plain": "How many mugs are left of the laptop?",
    "quotes": 'Which line says "net weight" or “Tare”?',
    "korean": "영수증의 합계는 얼마인가요? 부가세도 알려 주세요",
    "marks of regular expressions": r"Where is [a-z]+ (x|y)* {3} ^$ . \d \" / ?",
    "emoji": "Is there a 🐈‍⬛ or a ☕ in it? e\u0301",
    "only marks": '"" \\ ""',
    "one letter": "x",
    "long": "word " * 390,
    "control characters": "a\0b\x1bc\u202ed\u2028e",
}


@pytest.mark.parametrize("request_text", REQUESTS.values(), ids=REQUESTS.keys())
@pytest.mark.parametrize("edit", [False, True], ids=["ask", "edit"])
@pytest.mark.parametrize("each", [3, pytest.param(19, marks=pytest.mark.slow)])
def test_random_programs_pass_the_checker(request_text: str, edit: bool, each: int) -> None:
    """9 requests x 2 modes x 3 temperatures: 162 programs, or 1,026 in the slow form."""
    images = 1 + len(request_text) % 3
    longest = 0
    for temperature, many in ((0.3, each), (1.0, each), (3.0, each)):
        noise = Noise(byte_tokenizer(), seed=len(request_text) + 2 * int(10 * temperature) + edit)
        planner = GrammarPlanner(noise, Bare(), TOOLS, max_tokens=SMALLEST, temperature=temperature)  # type: ignore[arg-type]
        for _ in range(many):
            names = image_names(images)
            plan = planner.plan(Request(request_text, names, answers=("Image",) if edit else None))
            checked = check(plan.text, TOOLS, names)
            assert plan.tokens <= SMALLEST
            assert len(checked.program.statements) <= STATEMENTS
            longest = max(longest, len(checked.program.statements))
            if edit:
                assert checked.answer_type in ("Image", None)
            assert_spans(plan.text, request_text)
    assert longest >= 2  # it is programs that were drawn, not answers alone


@pytest.mark.parametrize("temperature", [0.0, 0.7, 5.0])
def test_random_programs_of_a_llama(temperature: float) -> None:
    llama = random_llama(seed=int(temperature * 10))
    planner = GrammarPlanner(llama, Bare(), TOOLS, max_tokens=SMALLEST, temperature=temperature)
    for i in range(2):
        request = list(REQUESTS.values())[i]
        plan = planner.plan(Request(request, image_names(1)))
        check(plan.text, TOOLS, image_names(1))
        assert plan.tokens <= SMALLEST
        assert 0 < plan.probability <= 1  # type: ignore[operator]


def assert_spans(text: str, request: str) -> None:
    """Every literal of a Span or Label parameter stands in the request, or is a known label."""
    visible = "".join(c for c in request if c.isprintable())
    for call in calls_of(text):
        tool = TOOLS[call.tool]
        for param, value in [*zip(tool.params, call.args, strict=False)]:
            if param.kind in ("span", "label") and isinstance(value, Literal):
                known = param.kind == "label" and value.value in LABELS
                assert known or str(value.value) in visible, (value.value, request)


def calls_of(text: str) -> list[Call]:
    found: list[Call] = []

    def walk(node: Any) -> None:
        if isinstance(node, Call):
            found.append(node)
        for name in getattr(node, "__dataclass_fields__", ()):
            value = getattr(node, name)
            for part in value if isinstance(value, tuple) else (value,):
                walk(part[1] if isinstance(part, tuple) and len(part) == 2 else part)

    for statement in parse(text).statements:
        walk(statement)
    return found


# What must be writable.


def examples() -> dict[str, tuple[str, list[str]]]:
    """Request -> (request, statements) of every few-shot program."""
    found = {}
    for block in (files("prompts") / "examples.txt").read_text(encoding="utf-8").strip().split("\n\n"):
        asked, *lines = block.splitlines()
        found[asked] = (asked.removeprefix("# "), lines)
    return found


@pytest.mark.parametrize(("asked", "lines"), examples().values(), ids=examples().keys())
def test_few_shot_programs_are_valid_and_writable(asked: str, lines: Sequence[str]) -> None:
    text = "\n".join(lines)
    names = image_names(2 if "image2" in text else 1)
    check(text, TOOLS, names)
    assert writable(asked, lines, names)


def writable(asked: str, lines: Sequence[str], names: Mapping[str, str] | None = None, **options: Any) -> bool:
    names = dict(names or image_names(1))
    for i, line in enumerate(lines):
        grammar = statement_grammar(TOOLS, names, asked, first=i == 0, **options)
        canonical = format_statement(parse(line).statements[0])
        if canonical != line or not accepts(line + "\n", grammar.lark):
            return False
        names |= check(line, TOOLS, names, ends=False).names
    return True


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_every_example_of_a_tool_is_valid_and_writable(name: str) -> None:
    example = TOOLS[name].example
    names: dict[str, str] = {}
    # Names of the example that it does not bind itself: of the type that makes it valid.
    free = {n for n in re.findall(r"\b[a-z_]+\b", re.sub(r'"[^"]*"', "", example)) if n not in TOOLS}
    target = example.split(" = ")[0]
    words = sorted(free - {target, "image"})
    for kinds in product(("Regions", "Region", "Texts", "Text", "Number"), repeat=len(words)):
        names = {"image": "Image", **dict(zip(words, kinds, strict=True))}
        try:
            checked = check(example, TOOLS, names, ends=False)
        except Invalid:
            continue
        break
    else:
        pytest.fail(f"{example} is valid with no types of {words}")
    assert set(checked.names) == {target}
    assert name in checked.calls
    asked = " ".join(re.findall(r'"([^"]*)"', example)) or "x"
    assert accepts(example + "\n", statement_grammar(TOOLS, names, asked).lark)


EIGHT, NINE = (", ".join(['"a"'] * n) for n in (8, 9))
WRITABLE = {
    "a call": "x = count(mugs)",
    "a name": "answer(mugs)",
    "a region where regions are wanted": "answer(count(one))",
    "four calls deep": 'answer(count(left_of(detect(image, "mug"), only(read_text(image)))))',
    "three operators": "answer(n + 1 * n - 2)",
    "a comparison": "answer(count(mugs) > 3)",
    "a negation": "answer(not b)",
    "logic": "answer(b and exists(mugs) or n > 2)",
    "a choice": "x = one if b else only(mugs)",
    "a span": 'x = find_text(image, "net weight")',
    "a span that is not ascii": 'x = find_text(image, "Größe 10%")',
    "a known label": 'x = find_value(image, "total")',
    "a label of the request": 'x = find_value(image, "net weight")',
    "a phrase": 'x = detect(image, "red mug")',
    "a question": 'x = look(image, "Is it open?")',
    "a list": 'x = classify(image, ["day", "night"])',
    "a list of eight": f"x = classify(image, [{EIGHT}])",
    "the longest phrase": f'x = detect(image, "{"a" * 64}")',
    "a choice of words": 'x = find_entities(image, "email")',
    "a choice of numbers": "x = rotate(image, 90)",
    "text compared": 'answer(t == "red")',
    "truth values compared": 'answer(exists(detect(image, "cat")) != exists(detect(image, "dog")))',
    "cannot": 'cannot("no tool for this")',
}  # fmt: skip
NOT_WRITABLE = {
    "the wrong type": "answer(count(image))",
    "regions where a region is wanted": "answer(left_of(mugs, mugs))",
    "an unknown name": "answer(count(cups))",
    "a live name again": "mugs = read_text(image)",
    "a tool's name": "count = read_text(image)",
    "a reserved name": "not = read_text(image)",
    "a name of 17 letters": f"{'a' * 17} = count(mugs)",
    "five calls deep":
        'answer(count(left_of(minus(detect(image, "mug"), read_text(image)), only(same_row(mugs, first(mugs))))))',
    "four operators": "answer(n + 1 * n - 2 + n)",
    "four operators in a condition": "answer(n + 1 > 2 and n > 1)",
    "nine items": f"x = classify(image, [{NINE}])",
    "no items": "x = classify(image, [])",
    "a phrase of 65": f'x = detect(image, "{"a" * 65}")',
    "a span not in the request": 'x = find_text(image, "gross weight")',
    "a span miscopied": 'x = find_text(image, "net wieght")',
    "a span with a loose space": 'x = find_text(image, "net ")',
    "an empty span": 'x = find_text(image, "")',
    "an unknown label": 'x = find_value(image, "shoe size")',
    "a phrase that is not English": 'x = detect(image, "컵")',
    "an unknown choice": 'x = find_entities(image, "emial")',
    "an unknown reason": 'cannot("I am tired")',
    "depth as answer": "answer(d)",
    "numbers alone": "answer(1 + 2)",
    "not canonical": "answer( n )",
    "single quotes": "x = detect(image, 'mug')",
    "a chained comparison": "answer(1 < n < 3)",
    "an attribute": "answer(n.real)",
    "a comment": "# why",
    "two statements": "x = n\ny = n",
    "required by keyword": 'x = detect(image, phrase="mug")',
}  # fmt: skip


@pytest.mark.parametrize("text", WRITABLE.values(), ids=WRITABLE.keys())
def test_writable(text: str) -> None:
    check(text, TOOLS, LIVE, ends=False)
    assert allowed(text)


@pytest.mark.parametrize("text", NOT_WRITABLE.values(), ids=NOT_WRITABLE.keys())
def test_not_writable(text: str) -> None:
    assert not allowed(text)


def test_cannot_only_at_first() -> None:
    assert not allowed('cannot("no tool for this")', first=False)
    assert all(allowed(f'cannot("{reason}")') for reason in REASONS)


def test_edits_answer_with_pictures() -> None:
    assert allowed("answer(blur(image, mugs))", answers=("Image",))
    assert not allowed("answer(count(mugs))", answers=("Image",))
    assert allowed("x = count(mugs)", answers=("Image",))


def test_a_request_without_words_has_no_spans() -> None:
    assert not allowed('x = find_text(image, "net")', request='""')
    assert allowed("x = count(mugs)", request='""')


BOUNDS = {
    "depth": (Bounds(depth=1), "answer(count(read_text(image)))", "answer(count(mugs))"),
    "operators": (Bounds(operators=1), "answer(n + 1 + n)", "answer(n + 1)"),
    "items": (Bounds(items=2), 'x = classify(image, ["a", "b", "c"])', 'x = classify(image, ["a", "b"])'),
    "characters": (Bounds(characters=5), 'x = detect(image, "abcdef")', 'x = detect(image, "abcde")'),
    "characters of a span": (Bounds(characters=5), 'x = find_text(image, "weight")', 'x = find_text(image, "weigh")'),
}


@pytest.mark.parametrize(("bounds", "beyond", "within"), BOUNDS.values(), ids=BOUNDS.keys())
def test_a_bound_has_an_effect(bounds: Bounds, beyond: str, within: str) -> None:
    assert allowed(beyond)
    assert not allowed(beyond, bounds=bounds)
    assert allowed(within, bounds=bounds)


def test_the_comment_is_bounded() -> None:
    assert allowed(f"# {'a' * 80}\nanswer(n)", reason=True)
    assert not allowed(f"# {'a' * 81}\nanswer(n)", reason=True)


@pytest.mark.parametrize("request_text", REQUESTS.values(), ids=REQUESTS.keys())
def test_no_statement_is_longer_than_the_grammar_says(request_text: str) -> None:
    """The bound is never less than what noise writes, and that of a closing answer leaves room for a statement."""
    noise = Noise(byte_tokenizer(), seed=5)
    planner = GrammarPlanner(noise, Bare(), TOOLS, temperature=2.0)  # type: ignore[arg-type]
    for bounds in (FULL, CLOSING):
        closing = bounds is CLOSING
        grammar = statement_grammar(TOOLS, LIVE, request_text, bounds=bounds, first=False, only_answer=closing)
        for _ in range(3):
            line = planner._write(grammar, _Written({}, [], [1]), 100_000)
            assert line is not None
            assert len(line.encode()) + 1 <= grammar.max_bytes
        if closing:
            assert grammar.max_bytes <= 2 * ALLOTMENT


def depth_of(expr: Expr) -> int:
    """Calls within one another."""
    if isinstance(expr, Call):
        return 1 + max((depth_of(a) for a in (*expr.args, *(v for _, v in expr.options))), default=0)
    if isinstance(expr, Unary):
        return depth_of(expr.operand)
    if isinstance(expr, Binary):
        return max(depth_of(expr.left), depth_of(expr.right))
    if isinstance(expr, IfElse):
        return max(depth_of(e) for e in (expr.test, expr.yes, expr.no))
    assert not isinstance(expr, (Literal, ListOf)) or expr is not None
    return 0


def test_noise_uses_the_depth_and_no_more() -> None:
    planner = GrammarPlanner(Noise(byte_tokenizer(), seed=3), Bare(), TOOLS, temperature=1.0)  # type: ignore[arg-type]
    deepest = 0
    for _ in range(30):
        plan = planner.plan(Request("mugs", image_names(1)))
        for statement in parse(plan.text).statements:
            deepest = max(deepest, depth_of(statement.value) if hasattr(statement, "value") else 0)
    assert 3 <= deepest <= 4


def test_noise_is_reproducible() -> None:
    texts = {
        GrammarPlanner(Noise(byte_tokenizer(), seed=8), Bare(), TOOLS, temperature=1.0, seed=2)  # type: ignore[arg-type]
        .plan(Request("mugs", image_names(1)))
        .text
        for _ in range(2)
    }
    assert len(texts) == 1
    assert np.isfinite(Noise(byte_tokenizer(), seed=8).append([1])).all()


PHRASES = {
    "a word of the request": ("red mug", True),
    "in another form": ("mug wearing a laptop", True),
    "joined otherwise": ("red-mug, laptop", True),
    "a word that the request lacks": ("red cup", False),
    "a part of a word": ("red mu", False),
    "a word of it run on": ("red mugger", False),
}


@pytest.mark.parametrize(("phrase", "right"), PHRASES.values(), ids=PHRASES.keys())
def test_a_phrase_is_made_of_the_words_given(phrase: str, right: bool) -> None:
    words = {"a", "red", "mug", "laptop", "wearing"}
    for text in (f'answer(detect(image, "{phrase}"))', f'answer(classify(image, ["red", "{phrase}"]))'):
        assert allowed(text, words=words) is right
        assert allowed(text)
    assert allowed('answer(find_text(image, "net weight"))', words=words)
