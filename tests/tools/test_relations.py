"""Where regions lie relative to one, within a frame and across frames of one picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.fakes import FakeModels
from tools import relations
from tools.core import Context, NothingThere, ToolError
from tools.types import Frame, Region, Regions

FRAME = Frame("root", 100, 100)
CONTEXT = Context(FakeModels())


def at(x: float, y: float, size: float = 4) -> Region:
    return Region((x - size / 2, y - size / 2, x + size / 2, y + size / 2), FRAME)


LEFT, RIGHT, UP, DOWN, MIDDLE = at(10, 50), at(90, 50), at(50, 10), at(50, 95), at(50, 50)
ALL = Regions((UP, LEFT, MIDDLE, RIGHT, DOWN), FRAME, "mug")

RELATIONS: dict[str, tuple[Callable[..., Regions], list[Region]]] = {
    "left of": (relations.left_of, [LEFT]),
    "right of": (relations.right_of, [RIGHT]),
    "above": (relations.above, [UP]),
    "below": (relations.below, [DOWN]),
}


@pytest.mark.parametrize(("relate", "kept"), RELATIONS.values(), ids=RELATIONS.keys())
def test_relation(relate: Callable[..., Regions], kept: list[Region]) -> None:
    found = relate(CONTEXT, ALL, MIDDLE)
    assert list(found) == kept
    assert found.searched == "mug"
    # The same one under another phrase, a little off, stands on no side of itself.
    for shift in (-0.2, 0.2):
        x0, y0, x1, y1 = (v + shift for v in MIDDLE.box)
        assert MIDDLE not in list(relate(CONTEXT, ALL, MIDDLE.with_(box=(x0, y0, x1, y1), label="red mug")))
    assert len(relate(CONTEXT, Regions((), FRAME), MIDDLE)) == 0


def test_inside() -> None:
    sign = Region((0, 0, 20, 20), FRAME)
    wholly, mostly, hardly = at(10, 10), at(19.5, 10), at(21, 10)
    assert list(relations.inside(CONTEXT, Regions((wholly, mostly, hardly), FRAME), sign)) == [wholly, mostly]


def test_nearest() -> None:
    assert relations.nearest(CONTEXT, ALL, MIDDLE) in (LEFT, UP, RIGHT)
    assert relations.nearest(CONTEXT, ALL, at(88, 52)) == RIGHT
    with pytest.raises(NothingThere, match="no mug"):
        relations.nearest(CONTEXT, Regions((MIDDLE,), FRAME, "mug"), MIDDLE)


def test_across_a_crop() -> None:
    crop = FRAME.cropped(40, 40, 100, 100)
    in_crop = Region((0, 0, 4, 4), crop)  # around (42, 42) of the picture
    assert list(relations.left_of(CONTEXT, ALL, in_crop)) == [LEFT]
    assert list(relations.right_of(CONTEXT, Regions((in_crop,), crop), LEFT)) == [in_crop]


@pytest.mark.parametrize("relate", [relations.left_of, relations.inside, relations.nearest])
def test_two_pictures(relate: Callable[..., Any]) -> None:
    with pytest.raises(ToolError, match="one picture"):
        relate(CONTEXT, ALL, Region((0, 0, 1, 1), Frame("other", 100, 100)))
