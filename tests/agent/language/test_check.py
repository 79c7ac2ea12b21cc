"""Every kind of mistake: where it is, what was expected, what stands there, and the nearest right thing."""

from __future__ import annotations

import pytest

from agent.language.check import MAX_NAME, check, image_names
from agent.language.parse import Diagnostic, Invalid
from agent.language.types import REASONS, fits, joined
from tools.core import registered

TOOLS = registered()


def mistakes(text: str, images: int = 1) -> list[Diagnostic]:
    with pytest.raises(Invalid) as caught:
        check(text, TOOLS, image_names(images))
    return caught.value.diagnostics


VALID = {
    "a number": ("answer(count(read_text(image)))", "Number"),
    "a region where regions are wanted": ('answer(count(first(detect(image, "mug"))))', "Number"),
    "region and regions join": (
        'm = detect(image, "mug")\nanswer(first(m) if exists(m) else m)', "Regions"),
    "two regions join to one": ('m = detect(image, "mug")\nanswer(first(m) if exists(m) else last(m))', "Region"),
    "texts": ('answer(text_of(find_text(image, "paid")))', "Texts"),
    "text compared": ('answer(attribute(only(detect(image, "mug")), "color") == "red")', "Bool"),
    "a choice of number": ("answer(rotate(image, 90))", "Image"),
    "two kinds of one parameter": (
        "t = describe(image)\nu = describe(first(read_text(image)))\nanswer(t == u)", "Bool"),
    "cannot": ('cannot("identifies a person")', None),
    "a literal": ("answer(1)", "Number"),
    "operators": ('n = count(detect(image, "mug"))\nanswer((n + 1) * 2 > 3 and not n % 2 == 0)', "Bool"),
    "an option by name": ('answer(count(detect(image=image, phrase="mug")))', "Number"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "answer_type"), VALID.values(), ids=VALID.keys())
def test_valid(text: str, answer_type: str | None) -> None:
    assert check(text, TOOLS, image_names(1)).answer_type == answer_type


def test_what_a_checked_program_says() -> None:
    checked = check('m = detect(image, "mug")\nn = count(m)\nanswer(n)', TOOLS, image_names(1))
    assert checked.names == {"m": "Regions", "n": "Number"}
    assert checked.calls == {"detect", "count"}
    assert checked.text == 'm = detect(image, "mug")\nn = count(m)\nanswer(n)\n'


def test_image_names() -> None:
    assert image_names(1) == {"image": "Image"}
    assert image_names(2) == {"image1": "Image", "image2": "Image"}


# text, (line, column), words of what was expected, what was found, the hint
MISTAKES = {
    "unknown tool": ('answer(count(detct(image, "mug")))', (1, 14), "tool's name", "`detct`", "`detect`"),
    "unknown name": ("m = read_text(image)\nanswer(count(n))", (2, 14), "bound before", "`n`", None),
    "name nearly right": (
        "lines = read_text(image)\nanswer(count(line))", (2, 14), "bound before", "`line`", "`lines`"),
    "name used before": ("a = count(b)\nb = read_text(image)\nanswer(a)", (1, 11), "bound before", "`b`", None),
    "tool without brackets": ("answer(count)", (1, 8), "bound before", "without its brackets", "count"),
    "bound twice": ("a = 1\na = 2\nanswer(a)", (2, 1), "a new name", "bound already", "once"),
    "given name bound": ("image = 1\nanswer(image)", (1, 1), "a new name", "is given", "once"),
    "tool's name bound": ("count = 1\nanswer(1)", (1, 1), "a name", "is a tool", None),
    "reserved name": ("answer = 1\nanswer(1)", (1, 1), "a name", "reserved", None),
    "long name": (f"{'a' * (MAX_NAME + 1)} = 1\nanswer(1)", (1, 1), "plain letters", "`aaa", None),
    "name of other letters": ("컵 = 1\nanswer(1)", (1, 1), "plain letters", "`컵`", None),
    "no image of that name": ("answer(count(read_text(image2)))", (1, 24), "bound before", "`image2`", "`image`"),
    "wrong type": ("answer(count(image))", (1, 14), "Regions as `regions` of count", "Image", "detect"),
    "several where one is needed": (
        "answer(number_of(read_text(image)))", (1, 18), "Region as `region`", "Regions", "only, first"),
    "too few": ("answer(count())", (1, 8), "regions: Regions", "nothing", "count(regions: Regions)"),
    "too many": ("answer(count(read_text(image), 2))", (1, 32), "at most 1 values", "2", "count(regions"),
    "unknown option": ("answer(count(read_text(image), colour=1))", (1, 8), "an option of count", "`colour`", None),
    "option nearly right": ("answer(count(region=read_text(image)))", (1, 8), "option", "`region`", "`regions`"),
    "given twice": ("answer(count(read_text(image), regions=image))", (1, 8), "`regions` once", "twice", None),
    "not a choice": ('answer(find_entities(image, "emial"))', (1, 29), "one of", "'emial'", "`email`"),
    "not a literal choice": (
        "t = describe(image)\nanswer(find_entities(image, t))", (2, 29), "one of", "no literal", None),
    "a float is no choice": ("answer(rotate(image, 90.0))", (1, 22), "one of 90, 180, 270", "90.0", "`90`"),
    "adding texts": ("answer(describe(image) + 1)", (1, 8), "Number beside `+`", "Text", None),
    "counting forgotten": ("answer(read_text(image) > 3)", (1, 8), "Number beside `>`", "Regions", "count(...)"),
    "and of numbers": ("answer(1 and True)", (1, 8), "Bool beside `and`", "Number", None),
    "exists forgotten": (
        "answer(1 if read_text(image) else 0)", (1, 13), "Bool beside `if`", "Regions", "exists"),
    "minus of a truth value": ("answer(-True)", (1, 9), "Number beside `-`", "Bool", None),
    "not of a number": ("answer(not 1)", (1, 12), "Bool beside `not`", "Number", None),
    "unlike things compared": ('answer(1 == "a")', (1, 8), "two Numbers", "Number and Text", None),
    "pictures compared": ("answer(image == image)", (1, 8), "two Numbers", "Image and Image", None),
    "unlike branches": ('answer(1 if True else "a")', (1, 8), "one type", "Number and Text", None),
    "a list of numbers": ("answer(classify(image, [1, 2]))", (1, 25), "a list of texts", "`1`", None),
    "depth as answer": ("answer(depth(image))", (1, 1), "can be shown", "Depth", None),
    "no answer": ("a = 1", (1, 1), "answer(...) as the last", "none", None),
    "empty": ("", (1, 1), "answer(...) as the last", "an empty program", None),
    "after the answer": ("answer(1)\na = 1\nanswer(a)", (1, 1), "nothing after", "statements after answer", None),
    "cannot among others": ('a = 1\ncannot("no tool for this")', (2, 1), "only statement", "before it", None),
    "unknown reason": ('cannot("no tool for that")', (1, 1), "one of", "no tool for that", "no tool for this"),
    "answer inside": ("a = answer(1)\nanswer(1)", (1, 5), "statement of its own", "inside an expression", None),
}  # fmt: skip


@pytest.mark.parametrize(("text", "at", "expected", "found", "hint"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake(text: str, at: tuple[int, int], expected: str, found: str, hint: str | None) -> None:
    first = mistakes(text)[0]
    assert first.at == at
    assert expected in first.expected
    assert found in first.found
    if hint is None:
        assert first.hint is None
    else:
        assert first.hint is not None
        assert hint in first.hint
    assert str(first).startswith(f"line {at[0]}, column {at[1]}: expected ")


# A misspelt option also leaves the one that was meant empty.
SINGLE = sorted(set(MISTAKES) - {"after the answer", "option nearly right"})


@pytest.mark.parametrize("label", SINGLE)
def test_one_mistake_is_one_error(label: str) -> None:
    assert len(mistakes(MISTAKES[label][0])) == 1


def test_all_at_once_and_none_follows_from_another() -> None:
    text = """\
mugs = detct(image, "mug")
n = count(mugs)
lines = read_text(image).items
t = total(lines) + describe(image)
u = count(image)
t = 3
answer(u + missing)
"""
    found = mistakes(text)
    assert [d.at for d in found] == [(1, 8), (3, 9), (4, 20), (5, 11), (6, 1), (7, 12)]
    assert "`detect`" in str(found[0])


MISSING_ENDS = {
    "a mistake before": ("a = b.c\nd = 1\n", [(1, 5), (2, 1)]),
    "what stands last cannot be read": ("a = 1\nanswer(b.c)\n", [(2, 8)]),
    "a syntax error last": ("a = 1\nanswer(1\n", [(2, 7)]),
}


@pytest.mark.parametrize(("text", "at"), MISSING_ENDS.values(), ids=MISSING_ENDS.keys())
def test_a_missing_answer_beside_other_mistakes(text: str, at: list[tuple[int, int]]) -> None:
    assert [d.at for d in mistakes(text)] == at


def test_statements_that_go_on_need_no_answer() -> None:
    assert check("a = 1", TOOLS, {}, ends=False).names == {"a": "Number"}
    assert check("b = a + 1", TOOLS, {"a": "Number"}, ends=False).names == {"b": "Number"}


def test_types() -> None:
    assert fits("Region", ("Regions",))
    assert not fits("Regions", ("Region",))
    assert joined("Region", "Regions") == "Regions"
    assert joined("Region", "Text") is None


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_is_valid(reason: str) -> None:
    assert check(f'cannot("{reason}")', TOOLS, {}).answer_type is None
