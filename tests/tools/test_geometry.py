"""IoU, identity, reading order."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.geometry import box_iou, overlap_share, region_iou, same_things, suppressed
from tools.order import reading_order
from tools.types import RLE, Frame, Region

FRAME = Frame("root", 100, 100)


def at(*box: float, **more: Any) -> Region:
    return Region(box, FRAME, **more)  # type: ignore[arg-type]


IOU = {
    "the same": ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
    "half": ((0, 0, 10, 10), (0, 0, 10, 5), 0.5),
    "a third": ((0, 0, 10, 10), (5, 0, 15, 10), 1 / 3),
    "touching": ((0, 0, 10, 10), (10, 0, 20, 10), 0.0),
    "apart": ((0, 0, 10, 10), (50, 50, 60, 60), 0.0),
}


@pytest.mark.parametrize(("a", "b", "iou"), IOU.values(), ids=IOU.keys())
def test_box_iou(a: Any, b: Any, iou: float) -> None:
    assert region_iou(at(*a), at(*b)) == pytest.approx(iou, abs=1e-6)
    assert box_iou(np.array([a], np.float32), np.array([b, b], np.float32)).shape == (1, 2)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 0.6, 1.0]), st.sampled_from([0.0, 0.1, 0.6, 1.0]))
def test_mask_iou_is_that_of_the_pixels(seed: int, share_a: float, share_b: float) -> None:
    random = np.random.default_rng(seed)
    frame = Frame("root", 9, 7)
    a, b = random.random((7, 9)) < share_a, random.random((7, 9)) < share_b
    union = np.logical_or(a, b).sum()
    expected = np.logical_and(a, b).sum() / union if union else 0.0
    box = (0.0, 0.0, 9.0, 7.0)
    found = region_iou(Region(box, frame, RLE.encode(a)), Region(box, frame, RLE.encode(b)))
    assert found == pytest.approx(expected, abs=1e-12)


SHARES = {
    "wholly": ((2, 2, 4, 4), (0, 0, 10, 10), 1.0),
    "half": ((-5, 0, 5, 10), (0, 0, 10, 10), 0.5),
    "not": ((20, 20, 30, 30), (0, 0, 10, 10), 0.0),
}


@pytest.mark.parametrize(("inner", "outer", "share"), SHARES.values(), ids=SHARES.keys())
def test_overlap_share(inner: Any, outer: Any, share: float) -> None:
    assert overlap_share(inner, outer) == share


IDENTITY = {
    "the same box": ([at(0, 0, 10, 10)], [at(0, 0, 10, 10)], [(0, 0)]),
    "nearly": ([at(0, 0, 10, 10)], [at(0, 0, 10, 8)], [(0, 0)]),
    "at the bound": ([at(0, 0, 10, 10)], [at(0, 0, 10, 7)], [(0, 0)]),
    "not quite": ([at(0, 0, 10, 10)], [at(0, 0, 10, 6.9)], []),
    "one to one": ([at(0, 0, 10, 10)], [at(0, 0, 10, 9), at(0, 0, 10, 9.5)], [(0, 1)]),
    "two words in one box": ([at(0, 0, 10, 10, text="a")], [at(0, 0, 10, 10, text="b")], []),
    "equal goes before better": (
        [at(0, 0, 10, 9, text="a"), at(0, 0, 10, 10)], [at(0, 0, 10, 9, text="a")], [(0, 0)]),
}  # fmt: skip


@pytest.mark.parametrize(("a", "b", "pairs"), IDENTITY.values(), ids=IDENTITY.keys())
def test_same_things(a: list[Region], b: list[Region], pairs: list[tuple[int, int]]) -> None:
    assert same_things(a, b) == pairs


def test_many_masks_of_a_large_picture_are_compared_in_bounded_time() -> None:
    frame = Frame("root", 2000, 1500)
    made = []
    for i in range(40):
        mask = np.zeros((1500, 2000), bool)
        mask[i * 30 : i * 30 + 60, 100:900] = True
        made.append(Region((100, i * 30, 900, i * 30 + 60), frame, RLE.encode(mask)))
    began = time.process_time()
    assert same_things(made, made) == [(i, i) for i in range(40)]
    assert time.process_time() - began < 8  # decoding each of 1,600 pairs took more than 20 s; the runs take 0.5 s


ORDERS = {
    "nothing": ([], []),
    "a row": ([(20, 0, 30, 10), (0, 1, 10, 11)], [1, 0]),
    "two rows": ([(0, 30, 10, 40), (50, 0, 60, 10), (0, 2, 10, 12)], [2, 1, 0]),
    "a column": ([(0, 40, 10, 50), (0, 20, 10, 30), (0, 0, 10, 10)], [2, 1, 0]),
    "a tall one beside two rows": ([(0, 0, 10, 40), (20, 0, 30, 10), (20, 30, 30, 40)], [1, 0, 2]),
}


@pytest.mark.parametrize(("boxes", "order"), ORDERS.values(), ids=ORDERS.keys())
def test_reading_order(boxes: Any, order: list[int]) -> None:
    assert reading_order(boxes) == order


def test_of_two_boxes_on_one_thing_the_better_stays() -> None:
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], np.float32)
    assert suppressed(boxes, np.array([0.5, 0.9, 0.4], np.float32), 0.5) == [1, 2]
