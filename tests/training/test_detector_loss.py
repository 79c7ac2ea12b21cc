"""The detector's targets and its one-command trainer: a cell answers for the object under it, a run can be resumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.training.tabletop.world import RED_CUBE, archive, scene
from training.detector_loss import Text, cell_targets, giou, phrase_match
from training.detector_model import FIXED, processor, vocabulary_ids
from training.measure import Found, average_precision, exact_count
from training.tabletop.compose import Sample
from training.tabletop.phrases import plain
from training.tabletop.scenes import load
from training.train_detector import SECOND_RATE, Trainer, save


def hand_made() -> Sample:
    image, mask, depth, graph = scene(1)
    boxes = np.array([o["box"] for o in graph["objects"]], np.float32)
    return Sample(image, mask, depth, boxes, np.array([[1, 1, 1, 0], [1, 2, 1, 1]]))


def test_the_strongest_cell_lies_at_the_objects_centre_on_its_level() -> None:
    cells = cell_targets([hand_made()])
    fine = 20 * 15  # cells of stride 8 in 160 by 120
    assert cells.value.shape == (1, fine + 10 * 7)
    assert float(cells.value[0, fine:].max()) == 0  # both objects are under 40 pixels
    grid, owner = cells.value[0, :fine].reshape(15, 20), cells.owner[0, :fine].reshape(15, 20)
    y, x = divmod(int(torch.where(owner == 0, grid, 0).argmax()), 20)
    assert abs(8 * x + 4 - (RED_CUBE[0] + RED_CUBE[2]) / 2) <= 4
    assert abs(8 * y + 4 - (RED_CUBE[1] + RED_CUBE[3]) / 2) <= 4
    assert torch.allclose(cells.boxes[0], torch.tensor([40 / 160, 75 / 120, 40 / 160, 30 / 120]))


def test_phrases_match_objects() -> None:
    cells = cell_targets([hand_made()])
    text = Text([plain((-1, 1, -1, -1)), plain((-1, -1, -1, -1))], torch.eye(2), torch.zeros(2))
    assert phrase_match(cells.attributes, text).tolist() == [[1, 1], [0, 1]]


def test_giou_of_known_boxes() -> None:
    a = torch.tensor([[0.0, 0.0, 2.0, 2.0]])
    assert float(giou(a, a)) == 1.0
    assert abs(float(giou(a, torch.tensor([[2.0, 0.0, 4.0, 2.0]])))) < 1e-6
    assert abs(float(giou(a, torch.tensor([[6.0, 0.0, 8.0, 2.0]]))) + 0.5) < 1e-6


def test_average_precision_of_known_answers() -> None:
    truth = np.array([[0, 0, 10, 10], [20, 0, 30, 10]], np.float32)
    right = Found(truth[:1], np.array([0.9], np.float32), truth)
    doubled = Found(truth[[0, 0, 1]], np.array([0.9, 0.8, 0.7], np.float32), truth)
    assert average_precision([right], 0.5) == 0.5
    assert abs(average_precision([doubled], 0.5) - (1 + 2 / 3) / 2) < 1e-9
    assert exact_count([right, doubled, Found(truth, np.ones(2, np.float32), truth)], 0.5) == 1 / 3


def test_words_are_tokens_as_the_trainer_numbers_them(tmp_path: Path) -> None:
    tokenizer, ids = processor(tmp_path).tokenizer, vocabulary_ids()
    assert len(ids) == max(ids.values()) + 1
    wanted = [FIXED["[CLS]"], ids["red"], ids["cube"], FIXED["."], FIXED["[SEP]"]]
    assert tokenizer("Red cube .")["input_ids"] == wanted
    assert tokenizer("laptop .")["input_ids"][1] == FIXED["[UNK]"]


def test_a_step_depends_on_seed_and_number_alone(tmp_path: Path) -> None:
    sets = load([archive(tmp_path / "s.zip", [1, 2, 4, 5])], tmp_path / "cache")
    one, other = Trainer(sets, 800, 400, 3, 1.0), Trainer(sets, 800, 400, 3, 1.0)
    for trainer in (one, other):
        trainer.batch(5)
    first, second = one.batch(7), other.batch(7)
    assert torch.equal(first[1], second[1]) and torch.equal(first[2], second[2])
    assert abs(sum(v.item() for v in one.loss(7).values()) - sum(v.item() for v in other.loss(7).values())) < 1e-3


def test_a_second_cosine_begins_where_the_first_ends(tmp_path: Path) -> None:
    sets = load([archive(tmp_path / "s.zip", [1, 2])], tmp_path / "cache")
    trainer = Trainer(sets, 8000, 4000, 3, 0.4, rate=1e-3)
    assert (trainer.first, trainer.steps) == (1000, 1500)
    assert trainer.rate(0) == pytest.approx(1e-5)  # warming up
    assert trainer.rate(150) > trainer.rate(500) > trainer.rate(999) == pytest.approx(1e-5, rel=0.01)
    assert trainer.rate(1099) > 50 * trainer.rate(1499) > 0
    assert trainer.rate(1000) < trainer.rate(1050) < trainer.rate(1099) < SECOND_RATE


def test_a_run_begins_with_a_run_or_a_checkpoint(tmp_path: Path) -> None:
    sets = load([archive(tmp_path / "s.zip", [1, 2])], tmp_path / "cache")
    one, other = Trainer(sets, 800, 400, 3, 1.0), Trainer(sets, 800, 400, 4, 1.0)
    save(one, tmp_path, 1, 0.0)
    other.begin_with(tmp_path / "model")
    assert torch.equal(other.model.model.level_embed, one.model.model.level_embed)
    assert not torch.equal(other.heads[0].heads[0].weight, one.heads[0].heads[0].weight)
    other.begin_with(tmp_path)
    assert torch.equal(other.heads[0].heads[0].weight, one.heads[0].heads[0].weight)
