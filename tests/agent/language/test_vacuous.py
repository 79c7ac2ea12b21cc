"""Programs that give the same for every picture, and their neighbours that do not."""

from __future__ import annotations

import pytest

from agent.language.check import check, image_names
from agent.language.parse import parse
from agent.language.vacuous import CHOICES, FILTERS, OUTERMOST, RELATIONS, vacuous
from bench.oracles import oracles
from tools.core import registered

CUPS = 'cups = detect(image, "cup")\n'
VACUOUS = [
    CUPS + "answer(count(minus(cups, cups)))",
    CUPS + 'answer(minus(where(cups, "red"), cups))',
    CUPS + 'answer(minus(largest(cups), union(detect(image, "mug"), cups)))',
    CUPS + "answer(left_of(cups, leftmost(cups)))",
    CUPS + "answer(behind(cups, farthest(cups, depth(image)), depth(image)))",
    CUPS + "answer(count(inside(cups, only(cups))))",
    CUPS + 'answer(same_as(where(cups, "red"), only(cups), "color"))',
    CUPS + 'red = where(cups, "red")\nanswer(exists(above(red, only(red))))',
    'cup = only(detect(image, "cup"))\nanswer(count(right_of(cup, cup)))',
    CUPS + "answer(count(cups) > count(cups))",
    'answer(count(detect(image, "cup")) - count(detect(image, "cup")))',
    CUPS + "n = count(cups)\nanswer(n < 3 and n < 3)",
    CUPS + 'n = count(cups)\nm = count(detect(image, "mug"))\nanswer(n < m and m < n)',
    CUPS + "answer(exists(cups) and not exists(cups))",
    CUPS + "answer(image if exists(cups) else image)",
    CUPS + 'answer(classify(only(cups), ["red", "blue", "what color"]))',
]
MEANT = [
    CUPS + 'answer(minus(cups, where(cups, "red")))',
    CUPS + "answer(minus(cups, leftmost(cups)))",
    CUPS + "answer(left_of(cups, rightmost(cups)))",
    CUPS + "answer(left_of(cups, largest(cups)))",
    CUPS + 'answer(same_as(cups, largest(cups), "color"))',
    CUPS + 'answer(left_of(cups, only(where(cups, "red"))))',
    CUPS + 'answer(inside(cups, only(detect(image, "box"))))',
    CUPS + "answer(nearest(cups, leftmost(cups)))",
    CUPS
    + 'n = count(cups)\nm = count(detect(image, "mug"))\nanswer("cups" if n > m else "mugs" if m > n else "the same")',
    CUPS + "answer(count(cups) + count(cups))",
    CUPS + 'answer(exists(cups) or exists(detect(image, "mug")))',
    CUPS + 'answer(classify(only(cups), ["red", "blue"]))',
    'cannot("no tool for this")',
]


@pytest.mark.parametrize("text", VACUOUS)
def test_asks_nothing(text: str) -> None:
    check(text, registered(), image_names(1))
    assert vacuous(parse(text))


@pytest.mark.parametrize("text", MEANT)
def test_asks_something(text: str) -> None:
    check(text, registered(), image_names(1))
    assert not vacuous(parse(text))


def test_what_it_knows_of_tools_is_in_the_registry() -> None:
    tools = registered()
    assert all(tools[name].returns == "Regions" for name in FILTERS | RELATIONS | set(OUTERMOST))
    assert all(tools[name].returns == "Region" for name in CHOICES | set(OUTERMOST.values()))
    assert set(oracles([])) >= FILTERS | CHOICES
