"""GrabCut's adapter on a wide picture of two flat objects, one partly behind the other's box."""

from __future__ import annotations

import numpy as np

from tests.training.tabletop.world import BLUE_BALL, RED_CUBE, scene
from tools.adapters.grabcut import GrabCut, load
from tools.core import NotReady
from tools.types import Image, Region


def test_masks_are_cut_from_boxes_and_found_without() -> None:
    pixels, truth, _, _ = scene(1)
    noise = np.random.default_rng(0).integers(-6, 7, pixels.shape)
    image = Image.from_pixels(np.clip(pixels.astype(int) + noise, 0, 255).astype(np.uint8))
    segmenter = load()
    encoding = segmenter.encode(image)
    loose = np.array([RED_CUBE, BLUE_BALL], np.float32) + np.array([-2, -2, 2, 2], np.float32)
    for found in (segmenter.masks(image, encoding, loose), segmenter.everything(image, encoding)):
        assert len(found) == 2
        for mask, quality in found:
            assert mask.shape == (120, 160) and 0 <= quality <= 1
            k = 1 if mask[75, 40] else 2
            assert (mask & (truth == k)).sum() / (mask | (truth == k)).sum() > 0.9


def test_a_box_over_the_whole_picture_is_no_error() -> None:
    image = Image.from_pixels(np.zeros((30, 50, 3), np.uint8))
    segmenter = load()
    mask, _ = segmenter.masks(image, segmenter.encode(image), np.array([[0, 0, 50, 30]], np.float32))[0]
    assert mask.shape == (30, 50)


class ScriptedDetector:
    """Finds the red cube surely and the floor hardly, or knows nothing of such pictures."""

    def __init__(self, knows: bool) -> None:
        self.knows = knows

    def encode(self, image: Image) -> None:
        if not self.knows:
            raise NotReady("detector", "another world", "")

    def find(self, image: Image, encoding: None, phrase: str) -> list[Region]:
        assert phrase == "object"
        x0, y0, x1, y1 = RED_CUBE
        loose = (x0 - 2.0, y0 - 2.0, x1 + 2.0, y1 + 2.0)
        return [Region(loose, image.frame, score=0.9), Region((0.0, 0.0, 9.0, 9.0), image.frame, score=0.1)]


def test_everything_is_what_a_detector_calls_an_object_where_it_knows_the_world() -> None:
    pixels, truth, _, _ = scene(1)
    noise = np.random.default_rng(0).integers(-6, 7, pixels.shape)
    image = Image.from_pixels(np.clip(pixels.astype(int) + noise, 0, 255).astype(np.uint8))
    for knows, expected in ((True, 1), (False, 2)):
        segmenter = GrabCut(ScriptedDetector(knows), least=0.4)  # type: ignore[arg-type]
        found = segmenter.everything(image, segmenter.encode(image))
        assert len(found) == expected
        assert max((mask & (truth == 1)).sum() for mask, _ in found) > 0.8 * (truth == 1).sum()
