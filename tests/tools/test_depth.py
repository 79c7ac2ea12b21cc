"""Nearer and farther, on a depth that grows from left to right."""

from __future__ import annotations

import numpy as np
import pytest

from tests.fakes import FakeDepth, FakeModels, blank
from tools.core import Context, NothingThere, NotReady, ToolError
from tools.depth import behind, closest, depth, farthest, in_front_of
from tools.types import Depth, Frame, Region, Regions

IMAGE, SQUARE = blank(100, 40), blank(100, 100)
NEAR, MIDDLE, FAR = (Region((x, 0, x + 10, 20), IMAGE.frame) for x in (0, 40, 80))
ALL = Regions((NEAR, MIDDLE, FAR), IMAGE.frame, "mug")


def test_one_estimate_a_picture() -> None:
    model = FakeDepth()
    context = Context(FakeModels({"depth": model}))
    first = depth(context, IMAGE)
    assert depth(context, IMAGE) is first
    depth(context, blank(100, 41))
    assert model.runs == 2


def test_order_by_depth() -> None:
    context = Context(FakeModels({"depth": FakeDepth()}))
    d = depth(context, IMAGE)
    assert list(in_front_of(context, ALL, MIDDLE, d)) == [NEAR]
    assert list(behind(context, ALL, MIDDLE, d)) == [FAR]
    assert (closest(context, ALL, d), farthest(context, ALL, d)) == (NEAR, FAR)


def test_a_thing_is_not_before_or_behind_itself() -> None:
    context = Context(FakeModels({"depth": FakeDepth()}))
    d = depth(context, IMAGE)
    under_another_phrase = Region((41, 0, 51, 20), IMAGE.frame, label="red mug")
    assert list(in_front_of(context, ALL, under_another_phrase, d)) == [NEAR]
    assert list(behind(context, ALL, MIDDLE.with_(box=(39, 0, 49, 20)), d)) == [FAR]


def test_a_known_camera_tells_where_the_middles_are() -> None:
    """A ball 40 pixels wide, its near side at 10, is 0.4 x 10 wide before a lens of 100 px: its middle lies at 12."""
    values = np.full((100, 100), 11, np.float32)
    values[:40, :40] = 10
    ball, dot = Region((0, 0, 40, 40), SQUARE.frame), Region((60, 60, 64, 64), SQUARE.frame)
    context, both = Context(FakeModels()), Regions((ball, dot), SQUARE.frame)
    plain, of_camera = Depth(values, SQUARE.frame), Depth(values, SQUARE.frame, 100.0)
    assert of_camera.middle(ball) == pytest.approx(12)
    assert list(in_front_of(context, both, dot, plain)) == [ball]
    assert list(behind(context, both, dot, of_camera)) == [ball]
    assert (closest(context, both, plain), closest(context, both, of_camera)) == (ball, dot)


def test_none_and_other_pictures() -> None:
    context = Context(FakeModels({"depth": FakeDepth()}))
    d = depth(context, IMAGE)
    with pytest.raises(NothingThere, match="no mug"):
        closest(context, Regions((), IMAGE.frame, "mug"), d)
    with pytest.raises(NothingThere, match="no mug"):
        farthest(context, Regions((), IMAGE.frame, "mug"), d)
    other = Region((0, 0, 1, 1), Frame("other", 100, 40))
    with pytest.raises(ToolError, match="in which the regions were found"):
        in_front_of(context, ALL, other, d)
    with pytest.raises(ToolError, match="in which the regions were found"):
        closest(context, Regions((other,), other.frame), d)
    with pytest.raises(NotReady):
        depth(Context(FakeModels()), IMAGE)
