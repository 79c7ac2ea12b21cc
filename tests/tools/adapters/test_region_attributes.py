"""The second stage: how a region is cut, what it is asked, how two opinions become one score."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from tests.tools.adapters import tiny
from tools.adapters import grounding_dino, region_attributes
from tools.adapters.phrase_matcher import TABLETOP, PhraseMatcher
from tools.adapters.region_attributes import RegionAttributes, Things, rescored
from tools.adapters.region_tiles import SIDE, SPAN, tile
from tools.adapters.scored import Scored
from tools.core import NotReady
from tools.geometry import suppressed
from tools.types import Image, Region
from training.tabletop.phrases import ADJECTIVES, ARTICLES, NOUNS
from training.tabletop.scenes import ATTRIBUTES

WORDS = tuple(label for labels in region_attributes.WORDS.values() for label in labels)


def classifier(favourite: str) -> transformers.ResNetForImageClassification:
    """A tiny ResNet that says the same of every tile."""
    config = transformers.ResNetConfig(
        num_channels=4, embedding_size=4, hidden_sizes=[4, 4], depths=[1, 1], layer_type="basic",
        id2label=dict(enumerate(WORDS)), label2id={w: i for i, w in enumerate(WORDS)},
    )  # fmt: skip
    model = transformers.ResNetForImageClassification(config).eval()
    with torch.no_grad():
        model.classifier[1].weight.zero_()
        model.classifier[1].bias.copy_(torch.tensor([9.0 * (w in (favourite, "red", "metal")) for w in WORDS]))
    return model


def scored(*rows: tuple[tuple[float, float, float, float], float]) -> Scored:
    return Scored(np.array([b for b, _ in rows], np.float32), np.array([s for _, s in rows], np.float32), len(rows))


@pytest.mark.parametrize(
    ("box", "columns", "rows"),
    [
        ((40.0, 30.0, 60.0, 50.0), 1.0, 1.0),  # square: SPAN of the tile both ways
        ((40.0, 30.0, 60.0, 40.0), 1.0, 0.5),  # flat: the longer side sets the scale
        ((40.0, 30.0, 50.0, 50.0), 0.5, 1.0),  # tall
        ((0.0, 0.0, 20.0, 20.0), 1.0, 1.0),  # at the picture's first corner
        ((100.0, 80.0, 120.0, 100.0), 1.0, 1.0),  # at its last
        ((0.0, 0.0, 120.0, 100.0), 1.0, 5 / 6),  # the whole of it
    ],
)
def test_a_region_stands_in_the_middle_of_its_tile(
    box: tuple[float, float, float, float], columns: float, rows: float
) -> None:
    picture = torch.zeros(3, 100, 120)
    x0, y0, x1, y1 = (int(v) for v in box)
    picture[:, y0:y1, x0:x1] = 1
    made = tile(picture, box)
    assert made.shape == (4, SIDE, SIDE)
    inside = made[3] > 0
    assert inside.any(0).sum() == pytest.approx(columns * SPAN * SIDE, abs=1)
    assert inside.any(1).sum() == pytest.approx(rows * SPAN * SIDE, abs=1)
    middle = made[:3, SIDE // 2, SIDE // 2]
    assert middle.tolist() == pytest.approx([1.0, 1.0, 1.0])
    assert (made[0] > 0).float().sub(inside.float()).abs().mean() < 0.05  # the layer says where the object is


def test_outside_the_picture_a_tile_is_grey() -> None:
    made = tile(torch.ones(3, 50, 50), (0.0, 0.0, 10.0, 10.0))
    assert made[:3, 0, 0].tolist() == [0.0, 0.0, 0.0]
    assert made[:3, -1, -1].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("phrase", "plain", "labels"),
    [
        ("small red cube", "small object", ["red", "cube"]),
        ("Big shiny Balls.", "big object", ["metal", "sphere"]),
        ("turquoise thing", "thing", ["cyan"]),
        ("metal", "object", ["metal"]),
        ("the red", "the object", ["red"]),
        ("red, shiny cube?", "object", ["red", "metal", "cube"]),
        ("wooden block", "wooden block", []),  # what else stands there is the detector's alone
        ("cube that is not red", "cube that is not red", []),
        ("red ball on small metal object", "red ball on small metal object", []),
        ("block cube", "block cube", []),
        ("tiny object", "tiny object", []),
        ("red blue cube", "red blue cube", []),  # whatever that is, the detector's alone
        ("ice cubed", "ice cubed", []),
    ],
)
def test_the_words_it_knows_are_taken_from_a_phrase(phrase: str, plain: str, labels: list[str]) -> None:
    assert RegionAttributes(classifier("cube"), "cpu").without(phrase) == (plain, labels)


def test_what_the_second_stage_calls_a_cylinder_is_no_cube() -> None:
    place, shifted, elsewhere = (10.0, 10.0, 30.0, 30.0), (12.0, 10.0, 32.0, 30.0), (70.0, 10.0, 90.0, 30.0)
    labels = {w: np.array([{"cube": 0.02, "cylinder": 0.98, "red": 0.9}.get(w, 0.0)], np.float32) for w in WORDS}
    things = Things(np.array([place], np.float32), labels)
    plain = scored((place, 0.9), (shifted, 0.3), (elsewhere, 0.8))
    assert rescored(things, ["cube"], plain).scores.tolist() == pytest.approx([0.018, 0.006, 0.0])
    assert rescored(things, ["red", "cylinder"], plain).scores.tolist() == pytest.approx([0.794, 0.265, 0.0], abs=1e-3)
    assert rescored(things, [], plain) is plain


def test_without_things_nothing_is_named() -> None:
    nothing = Things(np.zeros((0, 4), np.float32), {w: np.zeros(0, np.float32) for w in WORDS})
    assert rescored(nothing, ["cube"], scored(((0.0, 0.0, 9.0, 9.0), 0.9))).scores.tolist() == [0.0]


def test_a_picture_is_cut_up_once_however_much_is_asked() -> None:
    second, known = RegionAttributes(classifier("sphere"), "cpu"), list[Things]()
    asked: list[list[str]] = []

    def ask(phrases: Sequence[str]) -> list[Scored]:
        asked.append(list(phrases))
        return [scored(((10.0, 10.0, 30.0, 30.0), 0.9)) for _ in phrases]

    image, once = Image.from_pixels(np.zeros((60, 80, 3), np.uint8)), partial(suppressed, iou=0.5)
    ball, big = second.scored(image, known, ["red metal ball", "big object"], ask, once)
    assert asked == [["object", "big object", "object"]]
    assert ball.scores.tolist() == pytest.approx([0.9], abs=0.01)
    assert big.scores.tolist() == pytest.approx([0.9])
    things = list(known)
    (cube,) = second.scored(image, known, ["cube"], ask, once)
    assert cube.scores[0] < 0.01
    second.scored(image, known, ["big object"], ask, once)
    assert asked[-1] == ["big object"]
    assert known == things


def test_a_folder_without_a_second_stage_has_none(tmp_path: Path) -> None:
    assert region_attributes.load(tmp_path, "fp32", "cpu") is None


def test_a_second_stage_that_is_not_whole_is_said(tmp_path: Path) -> None:
    folder = tmp_path / region_attributes.FOLDER
    classifier("cube").save_pretrained(folder)
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:500])
    with pytest.raises(NotReady, match="cannot be loaded"):
        region_attributes.load(tmp_path, "fp32", "cpu")
    other = transformers.ResNetConfig(num_channels=4, hidden_sizes=[4], depths=[1], layer_type="basic")
    with pytest.raises(NotReady, match="every label, got none of"):
        RegionAttributes(transformers.ResNetForImageClassification(other), "cpu")


def test_its_words_are_those_that_the_detector_was_trained_on() -> None:
    for attribute, labels in region_attributes.WORDS.items():
        assert tuple(labels) == ATTRIBUTES[attribute]
        for label, words in labels.items():
            known = NOUNS[label] if attribute == "shape" else [(w,) for w in ADJECTIVES[label]]
            assert set(words) == {w for forms in known for w in forms}
    others = {w for s in ATTRIBUTES["size"] for w in ADJECTIVES[s]} | {*ARTICLES} | {w for f in NOUNS[None] for w in f}
    assert others == region_attributes.OTHERS


def test_a_detector_takes_up_the_second_stage_of_its_folder(tmp_path: Path) -> None:
    folder = tiny.grounding_dino(tmp_path, "mm_grounding_dino", 0)
    image = Image.from_pixels(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    assert grounding_dino.load(str(folder), floor=0.0).second is None
    classifier("sphere").save_pretrained(folder / region_attributes.FOLDER)
    detector = grounding_dino.load(str(folder), floor=0.001)  # other settings: a detector of its own
    encoding = detector.encode(image)
    plain, ball = detector.scored(image, encoding, ["object", "ball"])
    # Random weights are never sure enough of an object; with one put where they look, it is named.
    assert ball.scores.max() == 0
    box = plain.boxes[:1]
    encoding.things[:] = [Things(box, detector.second.probabilities(image, box))] if detector.second else []
    ball, cube, red = detector.scored(image, encoding, ["ball", "cube", "red object"])
    assert ball.scores[0] == pytest.approx(plain.scores[0], rel=0.01)
    assert red.scores[0] == pytest.approx(plain.scores[0], rel=0.01)
    assert cube.scores[0] < 0.01 * plain.scores[0]


def test_a_matcher_names_a_region_that_the_detector_does_not_see(tmp_path: Path) -> None:
    folder = tiny.grounding_dino(tmp_path, "mm_grounding_dino", 0)
    classifier("sphere").save_pretrained(folder / region_attributes.FOLDER)
    matcher = PhraseMatcher(grounding_dino.load(str(folder), floor=0.002), TABLETOP)
    image = Image.from_pixels(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    region = Region((3.0, 40.0, 11.0, 63.0), image.frame)
    for attribute, word in (("color", "red"), ("material", "metal"), ("shape", "sphere")):
        said, share = matcher.attribute(image, region, attribute)
        assert (said, share > 0.9) == (word, True)
    ball, cube = matcher.match(image, [region, image.whole()], ["red ball", "red cube"]).T
    assert (ball >= 100 * cube).all()


def test_a_tile_and_its_mirror_image_are_one_opinion() -> None:
    torch.manual_seed(3)
    model = classifier("sphere")
    with torch.no_grad():
        for weight in model.parameters():
            weight.normal_(0, 0.3)
    second = RegionAttributes(model, "cpu")
    pixels = np.random.default_rng(1).integers(0, 255, (60, 80, 3), np.uint8)
    boxes = np.array([[10, 20, 30, 40], [50, 8, 70, 32]], np.float32)
    turned = boxes.copy()
    turned[:, 0], turned[:, 2] = 80 - boxes[:, 2], 80 - boxes[:, 0]
    here = second.probabilities(Image.from_pixels(pixels), boxes)
    there = second.probabilities(Image.from_pixels(np.ascontiguousarray(pixels[:, ::-1])), turned)
    assert np.ptp([here["cube"], here["sphere"], here["cylinder"]]) > 0.01
    for label, share in here.items():
        assert share == pytest.approx(there[label], abs=1e-5)
