"""Values through JSON and back, and in a few words."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.language.values import decode, encode, number_text, summary, type_of
from tests.fakes import blank
from tools.types import RLE, Depth, Frame, Image, Region, Regions, Value, Word

FRAME = Frame("root", 40, 30, (0.5, 0.0, 3.0, 0.0, 0.5, 4.0))
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
numbers = st.floats(-1e6, 1e6, allow_nan=False)
boxes = st.tuples(numbers, numbers, st.floats(0.01, 1e4), st.floats(0.01, 1e4)).map(
    lambda v: (v[0], v[1], v[0] + v[2], v[1] + v[3])
)
masks = st.integers(0, 2**32 - 1).map(lambda seed: RLE.encode(np.random.default_rng(seed).random((30, 40)) < 0.3))
scores = st.floats(0, 1)
points = st.tuples(numbers, numbers)
regions = st.builds(
    Region,
    boxes,
    st.just(FRAME),
    st.none() | masks,
    st.none() | scores,
    st.none() | texts,
    st.none() | texts,
    st.lists(st.builds(Word, texts, boxes, scores), max_size=3).map(tuple),
    st.none() | st.tuples(points, points, points, points),
)
values = st.one_of(
    st.booleans(),
    st.integers(-(10**15), 10**15),
    numbers,
    texts,
    st.lists(texts, max_size=4).map(tuple),
    regions,
    st.builds(Regions, st.lists(regions, max_size=3).map(tuple), st.just(FRAME), st.none() | texts, st.floats(0, 1)),
)


def nothing(kind: str, identity: str, frame: Frame) -> Any:
    raise AssertionError("no artifact is among these")


@settings(max_examples=200, deadline=None)
@given(values)
def test_there_and_back(value: Value) -> None:
    data = json.loads(json.dumps(encode(value)))
    back = decode(data, nothing)
    assert back == value
    assert type(back) is type(value)
    assert encode(back) == encode(value)
    assert type_of(value) == data["type"]


def test_pictures_and_depth_stand_as_ids() -> None:
    image = blank(3, 2)
    depth = Depth(np.zeros((2, 3), np.float32), image.frame)
    kept: dict[str, Image | Depth] = {}

    def keep(value: Image | Depth) -> str:
        kept[value.id] = value
        return value.id

    for value in (image, depth):
        data = json.loads(json.dumps(encode(value, keep)))
        assert decode(data, lambda kind, identity, frame: kept[identity]) is value
        assert type_of(value) == data["type"] == type(value).__name__


@pytest.mark.parametrize("value", [None, [], {}, np.float32(1), np.array([1]), object()], ids=repr)
def test_nothing_else_is_a_value(value: Any) -> None:
    with pytest.raises(TypeError, match="not a value of the language"):
        encode(value)
    with pytest.raises(TypeError, match="not a value of the language"):
        type_of(value)


ONE = Region((0, 0, 1, 1), FRAME, text="secret", label="line")
SUMMARIES = {
    "yes": (True, "yes", "yes"),
    "no": (False, "no", "no"),
    "whole": (3, "3", "3"),
    "float": (2.5, "2.5", "2.5"),
    "text": ("secret", '"secret"', "a text"),
    "long text": ("x" * 70, '"' + "x" * 57 + '..."', "a text"),
    "one text": (("secret",), '"secret"', "1 text"),
    "texts": (("a", "b"), "2 texts", "2 texts"),
    "region": (ONE, "1 region", "1 region"),
    "regions": (Regions((ONE, ONE), FRAME), "2 regions", "2 regions"),
    "one of regions": (Regions((ONE,), FRAME), "1 region", "1 region"),
    "none": (Regions((), FRAME), "0 regions", "0 regions"),
    "picture": (blank(4, 3), "picture 4x3", "picture 4x3"),
    "depth": (Depth(np.zeros((30, 40), np.float32), FRAME), "depth map 40x30", "depth map 40x30"),
}


@pytest.mark.parametrize(("value", "shown", "private"), SUMMARIES.values(), ids=SUMMARIES.keys())
def test_summary(value: Value, shown: str, private: str) -> None:
    assert summary(value) == shown
    assert summary(value, private=True) == private


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (3, "3"), (3.0, "3"), (0.5, "0.5"), (1 / 3, "0.333333"), (-0.0, "0"), (-1e-9, "0"),
        (1e15, "1" + "0" * 15), (54.30, "54.3"),
    ],
)  # fmt: skip
def test_number_text(number: float, shown: str) -> None:
    assert number_text(number) == shown
