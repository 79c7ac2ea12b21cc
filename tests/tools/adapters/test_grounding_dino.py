"""The detector's adapter: geometry, suppression, one encoding for many phrases, and agreement with transformers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters import tiny
from tools.adapters import grounding_dino
from tools.adapters.grounding_dino import caption, fitted
from tools.adapters.phrase_matcher import PhraseMatcher, at_places
from tools.adapters.scored import Scored
from tools.types import Image, Region


def picture(width: int, height: int) -> Image:
    return Image.from_pixels(np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (320, 240, (432, 320)),
        (480, 320, (480, 320)),
        (240, 320, (320, 432)),
        (4000, 500, (480, 64)),
        (9, 9, (320, 320)),
    ],
)
def test_pictures_are_fitted_to_whole_cells(width: int, height: int, expected: tuple[int, int]) -> None:
    assert fitted(width, height, 320, 480, 16) == expected


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [("Red cube", "red cube ."), ("a dog.", "a dog ."), ("cat. dog?", "cat dog ."), ("  big   mug ", "big mug .")],
)
def test_a_phrase_is_one_sentence(phrase: str, expected: str) -> None:
    assert caption(phrase) == expected


def test_a_place_is_scored_by_the_decoder_first_then_by_the_encoder() -> None:
    boxes = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [20, 0, 30, 11]], np.float32)
    said = Scored(boxes, np.array([0.3, 0.1, 0.9], np.float32), queries=1)
    places = np.array([[0, 0, 10, 10], [20, 0, 30, 10], [50, 50, 60, 60]], np.float32)
    assert at_places(said, places) == pytest.approx([0.3, 0.9, 0.0])


@pytest.mark.parametrize(
    ("family", "layers"), [("mm_grounding_dino", 0), ("mm_grounding_dino", 1), ("grounding_dino", 1)]
)
def test_boxes_and_scores_are_those_of_transformers(tmp_path: Path, family: str, layers: int) -> None:
    """On a wide picture: an encoding shared between phrases changes nothing, and no axis is swapped."""
    import torch

    folder = tiny.grounding_dino(tmp_path, family, layers)
    detector = grounding_dino.load(str(folder), floor=0.0, nms=1.1)
    image = picture(100, 60)
    encoding = detector.encode(image)
    said = detector.scored(image, encoding, ["red cube", "ball"])
    processor, model = detector._processor, detector._model
    for phrase, ours in zip(["red cube", "ball"], said, strict=True):
        inputs = processor(
            images=image.pixels, text=phrase + " .", size={"height": 64, "width": 112}, return_tensors="pt"
        )
        with torch.inference_mode():
            out = model(**inputs)
        theirs = processor.post_process_grounded_object_detection(out, threshold=-1.0, target_sizes=[(60, 100)])[0]
        np.testing.assert_allclose(ours.boxes[: ours.queries], theirs["boxes"].numpy(), atol=1e-2)
        words = out.logits[0, :, 1 : 1 + len(phrase.split())].sigmoid().amax(-1)
        np.testing.assert_allclose(ours.scores[: ours.queries], words.numpy(), atol=1e-4)


def test_the_picture_is_encoded_once(tmp_path: Path) -> None:
    detector = grounding_dino.load(str(tiny.grounding_dino(tmp_path, "mm_grounding_dino", 0)), floor=0.0)
    image = picture(64, 64)
    assert detector.encode(image) is detector.encode(Image.from_pixels(image.pixels.copy()))


def test_a_phrase_is_asked_once_and_in_any_company_gives_the_same(tmp_path: Path) -> None:
    folder = str(tiny.grounding_dino(tmp_path, "mm_grounding_dino", 0))
    one, image = grounding_dino.load(folder, floor=0.0), picture(64, 64)
    encoding = one.encode(image)
    first = one.scored(image, encoding, ["ball", "red cube", "Ball."])
    assert first[0] is first[2]
    assert one.scored(image, encoding, ["red cube"])[0] is first[1]
    other = grounding_dino.load(folder, floor=0.01)
    alone = other.scored(image, other.encode(image), ["ball"])[0]
    np.testing.assert_allclose(alone.scores, first[0].scores, atol=1e-5)
    np.testing.assert_allclose(alone.boxes, first[0].boxes, atol=1e-3)


def test_regions_lie_in_the_picture(tmp_path: Path) -> None:
    detector = grounding_dino.load(str(tiny.grounding_dino(tmp_path, "mm_grounding_dino", 0)), floor=0.0)
    image = picture(90, 50)
    found = detector.find(image, detector.encode(image), "red ball")
    assert found
    assert all(0 <= r.box[0] < r.box[2] <= 90 and 0 <= r.box[1] < r.box[3] <= 50 for r in found)
    assert all(r.frame == image.frame and r.label == "red ball" for r in found)


def test_an_unknown_attribute_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    detector = grounding_dino.load(str(tiny.grounding_dino(tmp_path, "mm_grounding_dino", 0)))
    matcher = PhraseMatcher(detector, {"color": ("red", "blue")})
    image = picture(64, 48)
    region = Region((5, 5, 30, 30), image.frame)
    assert matcher.attribute(image, region, "color")[0] in ("red", "blue")
    with pytest.raises(ValueError, match="color"):
        matcher.attribute(image, region, "weight")
