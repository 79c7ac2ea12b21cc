"""The second stage: how a region is cut, what it is asked, how two opinions become one score."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from tests.tools.adapters import tiny
from tools.adapters import grounding_dino, region_attributes
from tools.adapters.grounding_dino import Scored
from tools.adapters.region_attributes import RegionAttributes, Things, rescored
from tools.adapters.region_tiles import SIDE, SPAN, tile
from tools.geometry import suppressed
from tools.types import Image

WORDS = ("gray", "red", "cube", "sphere", "cylinder")


def classifier(favourite: str) -> transformers.ResNetForImageClassification:
    """A tiny ResNet that says the same of every tile."""
    config = transformers.ResNetConfig(
        num_channels=4, embedding_size=4, hidden_sizes=[4, 4], depths=[1, 1], layer_type="basic",
        id2label=dict(enumerate(WORDS)), label2id={w: i for i, w in enumerate(WORDS)},
    )  # fmt: skip
    model = transformers.ResNetForImageClassification(config).eval()
    with torch.no_grad():
        model.classifier[1].weight.zero_()
        model.classifier[1].bias.copy_(torch.tensor([9.0 * (w in (favourite, "gray")) for w in WORDS]))
    return model


def scored(*rows: tuple[tuple[float, float, float, float], float]) -> Scored:
    return Scored(np.array([b for b, _ in rows], np.float32), np.array([s for _, s in rows], np.float32), len(rows))


@pytest.mark.parametrize(
    ("box", "columns", "rows"),
    [
        ((40.0, 30.0, 60.0, 50.0), 1.0, 1.0),  # square: SPAN of the tile both ways
        ((40.0, 30.0, 60.0, 40.0), 1.0, 0.5),  # flat: the longer side sets the scale
        ((0.0, 0.0, 20.0, 20.0), 1.0, 1.0),  # at the picture's corner
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
    assert middle.tolist() == [1.0, 1.0, 1.0]
    assert (made[0] > 0).float().sub(inside.float()).abs().mean() < 0.05  # the layer says where the object is


def test_outside_the_picture_a_tile_is_grey() -> None:
    made = tile(torch.ones(3, 50, 50), (0.0, 0.0, 10.0, 10.0))
    assert made[:3, 0, 0].tolist() == [0.0, 0.0, 0.0]
    assert made[:3, -1, -1].tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("phrase", "plain", "shape"),
    [
        ("red cube", "red object", 0),
        ("Big shiny Balls.", "big shiny object", 1),
        ("cylinder", "object", 2),
        ("red object", "red object", None),
        ("ice cubed", "ice cubed", None),
    ],
)
def test_the_shape_is_taken_from_a_phrase(phrase: str, plain: str, shape: int | None) -> None:
    assert RegionAttributes(classifier("cube"), "cpu").without(phrase) == (plain, shape)


def test_what_the_second_stage_calls_a_cylinder_is_no_cube() -> None:
    place, shifted = (10.0, 10.0, 30.0, 30.0), (12.0, 10.0, 32.0, 30.0)
    things = Things(np.array([place], np.float32), np.array([[0.02, 0.0, 0.98]], np.float32))
    cube = rescored(things, 0, scored((place, 0.8)), scored((place, 0.9), (shifted, 0.3)))
    cylinder = rescored(things, 2, scored((shifted, 0.3)), scored((place, 0.9), (shifted, 0.3)))
    assert cube.scores[0] < 0.3 < 0.7 < cylinder.scores[0]
    assert cylinder.scores[1] < 0.3  # a weak box stays weak: no second cylinder
    assert [tuple(b) for b in cube.boxes] == [place, shifted]


def test_without_things_a_shape_is_anybodys_guess() -> None:
    nothing = Things(np.zeros((0, 4), np.float32), np.zeros((0, 3), np.float32))
    said = rescored(nothing, 0, scored(((0.0, 0.0, 9.0, 9.0), 0.9)), scored(((0.0, 0.0, 9.0, 9.0), 0.9)))
    assert said.scores.tolist() == pytest.approx([0.3])


def test_a_picture_is_cut_up_once_however_much_is_asked() -> None:
    second, known = RegionAttributes(classifier("sphere"), "cpu"), list[Things]()
    asked: list[list[str]] = []

    def ask(phrases: object) -> list[Scored]:
        asked.append(list(phrases))  # type: ignore[call-overload]
        return [scored(((10.0, 10.0, 30.0, 30.0), 0.9)) for _ in asked[-1]]

    image, once = Image.from_pixels(np.zeros((60, 80, 3), np.uint8)), partial(suppressed, iou=0.5)
    ball, red = second.scored(image, known, ["red ball", "red object"], ask, once)
    assert asked == [["red ball", "red object", "red object", "red object", "object"]]
    assert ball.scores.tolist() == pytest.approx([0.9], abs=0.01)
    assert red.scores.tolist() == pytest.approx([0.9])
    assert len(known) == 1
    (cube,) = second.scored(image, known, ["cube"], ask, once)
    assert len(known) == 1
    assert cube.scores[0] == pytest.approx(0.27, abs=0.01)  # the detector alone says cube
    second.scored(image, known, ["red object"], ask, once)
    assert asked[-1] == ["red object"]


def test_a_folder_without_a_second_stage_has_none(tmp_path: Path) -> None:
    assert region_attributes.load(tmp_path, "fp32", "cpu") is None


def test_a_detector_takes_up_the_second_stage_of_its_folder(tmp_path: Path) -> None:
    folder = tiny.grounding_dino(tmp_path, "mm_grounding_dino", 0)
    image = Image.from_pixels(np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8))
    alone = grounding_dino.load(str(folder), floor=0.0)
    (direct,) = alone.scored(image, alone.encode(image), ["red ball"])
    classifier("sphere").save_pretrained(folder / region_attributes.FOLDER)
    both = grounding_dino.load(str(folder), floor=0.001)  # other settings: a detector of its own
    ball, red = both.scored(image, both.encode(image), ["red ball", "red object"])
    assert not np.array_equal(ball.scores, direct.scores)
    assert np.array_equal(ball.boxes, red.boxes)
    assert ball.scores.tolist() == pytest.approx((red.scores / 3).tolist())  # random weights see no thing: a guess
