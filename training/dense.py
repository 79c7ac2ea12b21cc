"""What the trainers of masks and of depth share: their batches, their first filters and their command line."""

from __future__ import annotations

import argparse
import math
import random
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from training.detector_model import MEAN, STD
from training.export import evaluated, export, shown
from training.loop import run
from training.tabletop.compose import Sample, relight
from training.tabletop.scenes import SceneSet, indices, load


class Task(ABC):
    """A model and its data; `loss(n)` is a function of the seed and the step alone."""

    def __init__(self, sets: list[SceneSet], seed: int, build: Callable[[], nn.Module]) -> None:
        self.sets, self.seed = sets, seed
        self.pools = [indices(s, held_out=False) for s in sets]
        torch.manual_seed(seed)
        self.model = build()
        self._mean, self._std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)

    def draw(self, n: int) -> tuple[SceneSet, list[int], random.Random]:
        """The scenes that step n is made from, which of them may be trained on, and the step's random numbers."""
        rng = random.Random(self.seed * 1_000_003 + n)
        which = rng.randrange(len(self.sets))
        return self.sets[which], self.pools[which], rng

    def pixels(self, samples: list[Sample], n: int) -> Tensor:
        """pixel_values (B, 3, H, W) of step n's samples, each under a light of its own."""
        generator = torch.Generator().manual_seed(self.seed * 7919 + n)
        return (relight(np.stack([s.image for s in samples]), generator) - self._mean) / self._std

    @abstractmethod
    def loss(self, n: int) -> dict[str, Tensor]:
        """The parts of step n's loss."""

    def begin_with(self, folder: Path) -> None:
        """Take a checkpoint's weights."""
        begun = type(self.model).from_pretrained(folder, dtype=torch.float32)  # type: ignore[attr-defined]
        self.model.load_state_dict(begun.state_dict())

    @abstractmethod
    def save(self, folder: Path) -> None:
        """Write the model and its processor in transformers' folder layout."""


@torch.no_grad()
def initialise(model: nn.Module, zero_biases: bool = True) -> None:
    """Weights of linear layers and convolutions at std 1/sqrt(fan_in), embeddings at .3: for training from scratch.

    The library's defaults (std .02) suit fine-tuning and stall here.
    """
    for module in model.modules():
        if isinstance(module, nn.Linear | nn.Conv2d):
            nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
            if zero_biases and module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.ConvTranspose2d):
            nn.init.normal_(module.weight, std=module.weight.shape[0] ** -0.5)
        elif isinstance(module, nn.Embedding):
            nn.init.normal_(module.weight, std=0.3)


def cosines(count: int, size: int) -> Tensor:
    """(count, 3, size, size) filters to begin a patch embedding with: the lowest 2-D cosines of grey, red-green and
    blue-yellow, the finer the stronger, since pictures hold less of them."""
    ramp = torch.cos(math.pi * torch.arange(size)[:, None] * (torch.arange(size) + 0.5)[None] / size)
    order = sorted(((i, j) for i in range(size) for j in range(size)), key=lambda p: (p[0] ** 2 + p[1] ** 2, p))
    colours = torch.tensor([[1.0, 1.0, 1.0], [1.0, -1.0, 0.0], [0.5, 0.5, -1.0]])
    shares = (count - 2 * (count // 4), count // 4, count // 4)
    filters = [
        colours[c][:, None, None] * ramp[i][None, :, None] * ramp[j][None, None] * (1 + (i * i + j * j) ** 0.5)
        for c, share in enumerate(shares)
        for i, j in order[:share]
    ]
    return torch.stack(filters) / size**2


def main(
    name: str, doc: str, task: Callable[[list[SceneSet], int], Task], pictures: int, batch: int, rate: float
) -> None:
    """The command line of the trainer `training.train_NAME`: trains `pictures` pictures in steps of `batch`."""
    parser = argparse.ArgumentParser(description=doc.split("\n")[0])
    parser.add_argument("--scenes", nargs="+", required=True, metavar="ZIP_OR_DIR")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("training/data"))
    parser.add_argument("--pictures", type=int, default=pictures)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start-from", type=Path, metavar="FOLDER", help="begin with the weights of a checkpoint")
    parser.add_argument("--stop-after", type=float, default=math.inf, help="seconds, then checkpoint and leave")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="export and evaluate there at the end")
    parser.add_argument("--note", default="", help="what else the model card should say")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    sets = load(a.scenes, a.cache)
    made = task(sets, a.seed)
    if a.start_from is not None:
        made.begin_with(a.start_from)
    run(name, made.model, made.loss, made.save, a.out, a.pictures // batch, batch, rate, stop_after=a.stop_after)
    if a.checkpoint is not None:
        command = f"python -m training.train_{name} " + " ".join(shown(v) for v in sys.argv[1:])
        export(a.out, a.checkpoint, command, a.note, sets)
        evaluated(a.checkpoint, name, sets, 0.0)
