"""The matcher on a detector: what it is unsure of is named by the mirror image too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from tools.adapters.phrase_matcher import PhraseMatcher, at_places
from tools.adapters.scored import Scored
from tools.types import Image, Region

WIDTH = 100
BOX = (10.0, 10.0, 30.0, 30.0)


class Scripted:
    """A detector that says for each phrase one score at one box, in the picture and in its mirror image."""

    second = None

    def __init__(self, here: dict[str, float], mirrored: dict[str, float], box: tuple[float, ...] = BOX) -> None:
        self.here, self.mirrored, self.box, self.looks = here, mirrored, box, 0

    def encode(self, image: Image) -> bool:
        """Whether it is the picture itself: its left half is black."""
        self.looks += 1
        return not image.pixels[0, 0, 0]

    def scored(self, image: Image, encoding: bool, phrases: Sequence[str]) -> list[Scored]:
        x0, y0, x1, y1 = self.box
        box = self.box if encoding else (WIDTH - x1, y0, WIDTH - x0, y1)
        said = self.here if encoding else self.mirrored
        return [Scored(np.array([box], np.float32), np.array([said[p]], np.float32), queries=1) for p in phrases]


def matcher(**scripted: Any) -> tuple[PhraseMatcher, Scripted]:
    detector = Scripted(**scripted)
    return PhraseMatcher(detector, {"size": ("small", "large")}), detector  # type: ignore[arg-type]


@pytest.fixture
def image() -> Image:
    pixels = np.zeros((50, WIDTH, 3), np.uint8)
    pixels[:, WIDTH // 2 :] = 255
    return Image.from_pixels(pixels)


def test_an_unsure_attribute_is_named_by_both_images(image: Image) -> None:
    made, detector = matcher(
        here={"small object": 0.26, "large object": 0.27}, mirrored={"small object": 0.7, "large object": 0.25}
    )
    word, share = made.attribute(image, Region(BOX, image.frame), "size")
    assert word == "small"
    assert share == pytest.approx(0.48 / (0.48 + 0.26), abs=1e-6)
    assert detector.looks > 1


def test_a_sure_one_is_named_at_once(image: Image) -> None:
    made, detector = matcher(
        here={"small object": 0.1, "large object": 0.9}, mirrored={"small object": 1.0, "large object": 0.0}
    )
    assert made.attribute(image, Region(BOX, image.frame), "size")[0] == "large"
    assert detector.looks == 1


def test_what_is_there_is_named_by_boxes_that_hit_it_loosely_and_found_by_those_that_hit_it_well(image: Image) -> None:
    lower = (10.0, 10.0, 30.0, 19.0)  # an IoU of 0.45
    scores = {"small object": 0.9, "large object": 0.0}
    made, _ = matcher(here=scores, mirrored=scores, box=lower)
    region = Region(BOX, image.frame)
    assert made.attribute(image, region, "size") == ("small", pytest.approx(1.0))
    assert made.confirm(image, [region], "small object").tolist() == [0.0]


def test_confirming_is_the_mean_of_both_images(image: Image) -> None:
    made, _ = matcher(here={"small object": 0.3}, mirrored={"small object": 0.7})
    assert made.confirm(image, [Region(BOX, image.frame)], "small object") == pytest.approx([0.5])


def test_a_place_is_hit_from_the_overlap_asked_for() -> None:
    said = Scored(np.array([[0, 0, 10, 4.5]], np.float32), np.array([0.8], np.float32), queries=1)
    place = np.array([[0, 0, 10, 10]], np.float32)
    assert at_places(said, place).tolist() == [0.0]
    assert at_places(said, place, 0.4) == pytest.approx([0.8])
