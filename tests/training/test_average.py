"""Averaging adapters."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from training import lora
from training.average import NAME, average


def adapter(folder: Path, value: float, rank: int = 2) -> Path:
    model = nn.ModuleDict({"block": nn.ModuleDict({"q_proj": nn.Linear(4, 4)})})
    trained = lora.attach(model, rank, 2.0, seed=0)
    with torch.no_grad():
        for parameter in trained.values():
            parameter.fill_(value)
    lora.save(trained, rank, 2.0, folder)
    return folder


def test_every_tensor_is_the_mean(tmp_path: Path) -> None:
    average([adapter(tmp_path / "a", 1.0), adapter(tmp_path / "b", 2.0)], tmp_path / "out")
    made = load_file(tmp_path / "out" / NAME)
    assert set(made) == set(load_file(tmp_path / "a" / NAME))
    assert all(bool((tensor == 1.5).all()) and tensor.dtype == torch.float16 for tensor in made.values())
    assert (tmp_path / "out" / "adapter_config.json").read_text() == (
        tmp_path / "a" / "adapter_config.json"
    ).read_text()


def test_other_ranks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="different layers or ranks"):
        average([adapter(tmp_path / "a", 1.0), adapter(tmp_path / "b", 1.0, rank=3)], tmp_path / "out")
