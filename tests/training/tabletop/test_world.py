"""The tabletop world: the split, phrases and what they name, relations, and pictures made from other pictures."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.tabletop.world import BLUE_BALL, RED_CUBE, archive, scene
from training.tabletop.compose import Sample, paste, relight, sample
from training.tabletop.phrases import FOREIGN, caption, plain, vocabulary, worded
from training.tabletop.relations import relations
from training.tabletop.scenes import SceneSet, indices, is_held_out, load

THINGS = np.array([[1, 1, 1, 0], [1, 2, 1, 1], [0, 1, 0, 2]])
"""large red metal cube, large blue metal sphere, small red rubber cylinder"""


@pytest.fixture
def scenes(tmp_path: Path) -> SceneSet:
    return load([archive(tmp_path / "s.zip", [1, 2, 3, 4, 6])], tmp_path / "cache")[0]


def test_scenes_are_read_once_and_split_by_number(scenes: SceneSet, tmp_path: Path) -> None:
    assert scenes.size_wh == (160, 120)
    assert [int(scenes.numbers[i]) for i in indices(scenes, held_out=True)] == [3, 6]
    assert not any(is_held_out(int(scenes.numbers[i])) for i in indices(scenes, held_out=False))
    with pytest.raises(ValueError, match="expected scenes"):
        load([tmp_path / "cache"], tmp_path / "other")


def test_a_folder_of_lossless_pictures_is_read_too(tmp_path: Path) -> None:
    folder = tmp_path / "scenes"
    folder.mkdir()
    image, mask, depth, graph = scene(5)
    Image.fromarray(image).save(folder / "000005.png")
    np.savez_compressed(folder / "000005.npz", mask=mask, depth=depth)
    (folder / "000005.json").write_text(json.dumps(graph))
    (found,) = load([folder], tmp_path / "cache")
    assert np.array_equal(found.images[0], image)


@pytest.mark.parametrize(
    ("values", "text", "named"),
    [
        ((-1, -1, -1, -1), "object", [True, True, True]),
        ((-1, 1, -1, -1), "red object", [True, False, True]),
        ((-1, 1, -1, 0), "red cube", [True, False, False]),
        ((1, 2, 1, 1), "large blue metal sphere", [False, True, False]),
        ((0, -1, -1, 0), "small cube", [False, False, False]),
    ],
)
def test_a_phrase_names_what_has_all_its_values(values: tuple[int, ...], text: str, named: list[bool]) -> None:
    assert plain(values).text == text
    assert plain(values).match(THINGS).tolist() == named


def test_captions_are_worded_in_the_vocabulary_and_foreign_words_name_nothing() -> None:
    rng, known = random.Random(0), set(vocabulary())
    assert not known & set(FOREIGN)
    for _ in range(200):
        for phrase in caption([THINGS], rng):
            foreign = not set(phrase.text.split()) <= known
            assert foreign == phrase.absent
            assert not (foreign and phrase.match(THINGS).any())
    assert {worded((-1, 1, -1, 0), rng).text.split()[-1] for _ in range(99)} == {"cube", "cubes", "block", "blocks"}


def test_relations_are_on_the_ground_and_exact() -> None:
    graph = scene(1)[3]
    found = relations(graph)
    assert found["right"].tolist() == [[False, True], [False, False]]
    assert found["left"].tolist() == [[False, False], [True, False]]
    assert not found["front"].any() and not found["behind"].any()
    graph["objects"][1]["xyz"][0] = 1.2  # exactly the margin
    assert not relations(graph)["right"].any()


def test_the_nearer_object_stands_in_front(scenes: SceneSet) -> None:
    for seed in range(40):
        image, mask, _, attributes = paste(scenes, 0, 1, random.Random(seed))
        x0, y0, x1, y1 = RED_CUBE
        assert (image[y0 + 8 : y1 - 8, x0 + 8 : x1 - 8, 0] > 100).all()
        assert len(attributes) >= mask.max()


def box_of(s: Sample, k: int) -> list[int]:
    ys, xs = np.nonzero(s.mask == k + 1)
    return [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]


@pytest.mark.parametrize("size", [(160, 120), (320, 240), (160, 112)])
def test_boxes_follow_the_mask_through_crop_flip_and_resize(scenes: SceneSet, size: tuple[int, int]) -> None:
    for seed in range(60):
        s = sample(scenes, [0, 1], size, random.Random(seed), paste_probability=0.0)
        assert s.image.shape == (size[1], size[0], 3)
        for k in range(len(s.boxes)):
            assert np.abs(s.boxes[k] - box_of(s, k)).max() <= 1.5
            colour = s.image[s.mask == k + 1].mean(0).argmax()
            assert colour == (0 if s.attributes[k, 1] == 1 else 2)


def test_changed_light_keeps_shape_range_and_seed() -> None:
    import torch

    images = np.stack([scene(1)[0]] * 3)
    one, same = (relight(images, torch.Generator().manual_seed(5)) for _ in range(2))
    assert one.shape == (3, 3, 120, 160)
    assert float(one.min()) >= 0 and float(one.max()) <= 1
    assert torch.equal(one, same)
    assert not torch.equal(one[0], one[1])
    x0, y0, x1, y1 = BLUE_BALL
    assert (one[:, 2, y0:y1, x0:x1].mean((1, 2)) > one[:, 0, y0:y1, x0:x1].mean((1, 2))).all()
