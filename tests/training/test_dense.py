"""Trainers of masks, depth, attributes: a step is a function of seed and number; of three masks the best is trained."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.training.tabletop.world import archive
from training import dense, train_attributes, train_depth, train_segmenter
from training.tabletop.scenes import SceneSet, load


@pytest.fixture
def sets(tmp_path: Path) -> list[SceneSet]:
    return load([archive(tmp_path / "s.zip", [1, 2])], tmp_path / "cache")


@pytest.mark.parametrize("trainer", [train_depth, train_segmenter, train_attributes])
def test_a_step_depends_on_seed_and_number_alone(trainer, sets: list[SceneSet]) -> None:  # type: ignore[no-untyped-def]
    task: dense.Task = trainer.Task(sets, 1)
    first = {k: v.item() for k, v in task.loss(3).items()}
    task.loss(4)
    assert {k: v.item() for k, v in task.loss(3).items()} == pytest.approx(first)
    assert all(v > 0 for v in first.values())


def test_the_best_of_three_masks_is_trained_and_its_quality_is_its_iou() -> None:
    target = torch.zeros(1, 1, 8, 8)
    target[..., :4] = 1
    right = (target * 2 - 1) * 20
    logits = torch.stack([-right, right, torch.full_like(right, 20.0)], 2).requires_grad_()
    quality = torch.tensor([[[0.0, 1.0, 0.5]]])
    parts = train_segmenter.mask_losses(logits, quality, target)
    assert all(float(v.detach()) < 1e-3 for v in parts.values())
    worse = train_segmenter.mask_losses(logits, quality + 0.5, target)
    assert float(worse["quality"].detach()) == pytest.approx(0.25)


def test_first_filters_hold_every_colour_axis_and_no_filter_twice() -> None:
    filters = dense.cosines(12, 8)
    assert filters.shape == (12, 3, 8, 8)
    flat = torch.nn.functional.normalize(filters.flatten(1), dim=1)
    assert float((flat @ flat.T).fill_diagonal_(0).abs().max()) < 0.99
