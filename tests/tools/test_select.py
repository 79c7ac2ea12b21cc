"""Counting and choosing."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.fakes import FakeModels
from tools import select
from tools.core import Ambiguous, Context, NothingThere, ToolError
from tools.types import RLE, Frame, Region, Regions

FRAME = Frame("root", 100, 100)
CONTEXT = Context(FakeModels())
TOP, LEFT, BIG = (Region(b, FRAME) for b in ((40, 0, 50, 10), (0, 30, 8, 42), (60, 50, 90, 80)))
ALL = Regions((TOP, LEFT, BIG), FRAME, "mug")
NONE = Regions((), FRAME, "mug")

CHOICES: dict[str, tuple[Callable[..., Region], Region]] = {
    "first": (select.first, TOP),
    "last": (select.last, BIG),
    "largest": (select.largest, BIG),
    "smallest": (select.smallest, LEFT),
    "leftmost": (select.leftmost, LEFT),
    "rightmost": (select.rightmost, BIG),
    "topmost": (select.topmost, TOP),
    "bottommost": (select.bottommost, BIG),
}


@pytest.mark.parametrize(("choose", "chosen"), CHOICES.values(), ids=CHOICES.keys())
def test_choice(choose: Callable[..., Region], chosen: Region) -> None:
    assert choose(CONTEXT, ALL) is chosen


@pytest.mark.parametrize("choose", [c for c, _ in CHOICES.values()] + [select.only], ids=[*CHOICES, "only"])
def test_a_choice_from_nothing(choose: Callable[..., Region]) -> None:
    with pytest.raises(NothingThere, match="there is no mug in the picture") as caught:
        choose(CONTEXT, NONE)
    assert (caught.value.searched, caught.value.frame) == ("mug", FRAME)


def test_only() -> None:
    assert select.only(CONTEXT, Regions((BIG,), FRAME)) is BIG
    with pytest.raises(Ambiguous, match="exactly one mug, there are 3") as caught:
        select.only(CONTEXT, ALL)
    assert caught.value.candidates is ALL


def test_the_mask_decides_the_area_where_there_is_one() -> None:
    mask = np.zeros((100, 100), bool)
    mask[0, 0] = True
    thin = BIG.with_(mask=RLE.encode(mask))
    assert select.largest(CONTEXT, Regions((TOP, thin), FRAME)) is TOP


def test_of_equals_the_first() -> None:
    twice = Regions((TOP, TOP.with_(label="b")), FRAME)
    assert select.largest(CONTEXT, twice) is TOP


@pytest.mark.parametrize(("n", "chosen"), [(1, TOP), (3, BIG), (-1, BIG), (-3, TOP), (2.0, LEFT)])
def test_nth(n: int, chosen: Region) -> None:
    assert select.nth(CONTEXT, ALL, n) is chosen


@pytest.mark.parametrize("n", [0, 4, -4, 1.5])
def test_nth_out_of_bounds(n: int) -> None:
    with pytest.raises(ToolError, match="between 1 and 3"):
        select.nth(CONTEXT, ALL, n)


def test_counting() -> None:
    assert (select.count(CONTEXT, ALL), select.count(CONTEXT, NONE)) == (3, 0)
    assert (select.exists(CONTEXT, ALL), select.exists(CONTEXT, NONE)) == (True, False)
