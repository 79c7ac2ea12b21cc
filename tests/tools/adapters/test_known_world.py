"""What a detector's world is: near the pictures that it was trained on, and what it says of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.samples import photo
from tests.tools.adapters import tiny
from tools.adapters import grounding_dino
from tools.adapters.known_world import KnownWorld, load, pooled
from tools.adapters.region_attributes import PLAIN
from tools.core import NotReady
from tools.types import Image

RANDOM = np.random.default_rng(3)
TRAINED = RANDOM.normal(2.0, 0.5, (300, 6)) * np.array([1, 1, 1, 10, 10, 0.1])


def test_the_world_is_where_the_training_pictures_lie(tmp_path: Path) -> None:
    world = KnownWorld.fitted(TRAINED)
    assert all(world.knows(row) for row in TRAINED)
    assert sum(not world.knows_well(row) for row in TRAINED) == 3  # one in a hundred
    assert not world.knows(TRAINED.mean(axis=0) + np.array([0, 0, 0, 0, 0, 1.0]))  # twenty deviations off
    world.save(tmp_path)
    back = load(tmp_path)
    assert back is not None
    assert back.distance(TRAINED[0]) == pytest.approx(world.distance(TRAINED[0]), rel=1e-3)
    assert load(tmp_path / "nowhere") is None


def test_a_detector_of_a_small_world_declines_other_pictures(tmp_path: Path) -> None:
    folder = tiny.grounding_dino(tmp_path, "grounding_dino", 1)
    gray = [Image.from_pixels(np.full((64, 96, 3), 100 + i, np.uint8)) for i in range(12)]
    open_to_all = grounding_dino.load(str(folder), floor=0.0)
    open_to_all.encode(photo("chelsea.png"))
    rows = np.stack([pooled([m for m, _ in open_to_all.encode(i).features[0]]) for i in gray])
    KnownWorld.fitted(rows.astype(np.float64)).save(folder)
    detector = grounding_dino.load(str(folder), floor=0.001)
    detector.encode(gray[3])
    with pytest.raises(NotReady, match=r"unlike all that .* was trained on .*--profile laptop"):
        detector.encode(photo("chelsea.png"))


def test_a_picture_at_the_border_is_known_where_anything_is_seen_in_it(tmp_path: Path) -> None:
    folder = tiny.grounding_dino(tmp_path, "grounding_dino", 1)
    open_to_all = grounding_dino.load(str(folder), floor=0.0)
    image = Image.from_pixels(np.full((64, 96, 3), 100, np.uint8))
    features = pooled([m for m, _ in open_to_all.encode(image).features[0]]).astype(np.float64)
    dimensions = np.eye(len(features))
    off = np.array([3.0, *[0.0] * (len(features) - 1)])
    KnownWorld(features + off, np.ones(len(features)), dimensions, limit=4.0).save(folder)
    detector = grounding_dino.load(str(folder), floor=0.002)
    world = load(folder)
    assert world is not None
    assert (world.knows(features), world.knows_well(features)) == (True, False)
    seen = detector.scored(image, open_to_all.encode(image), [PLAIN])[0]
    assert seen.scores[: seen.queries].max() < grounding_dino.SEEN  # a random model is sure of nothing
    with pytest.raises(NotReady, match="unlike all"):
        detector.encode(image)
    KnownWorld(features + off, np.ones(len(features)), dimensions, limit=8.0).save(folder)
    grounding_dino.load(str(folder), floor=0.003).encode(image)
