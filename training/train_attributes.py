"""Train a small ResNet that names colour, material and shape of a region of a tabletop scene from its tile.

    python -m training.train_attributes --scenes SCENES.zip... --out training/runs/attributes [--pictures 50000]

Seeded, resumable, one process. A step takes the objects of a few recomposed pictures, each box up to JITTER off, cut as
the adapter cuts them (tools.adapters.region_tiles). One classifier of all words, a softmax for each attribute (He et
al., CVPR 2016, basic blocks). The detector by phrase sees a whole picture at stride 8 and takes a cube seen face on for
a cylinder now and then; a tile shows the same object three times as large.

Sizes are not learned: a tile shows everything equally large.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from transformers import ResNetConfig, ResNetForImageClassification

from tools.adapters.region_tiles import tile
from training import dense
from training.tabletop.compose import relight, sample
from training.tabletop.scenes import ATTRIBUTES, SceneSet
from training.train_detector import LARGE, SMALL
from training.train_image_text import jittered

NAMED = ("color", "material", "shape")
BATCH, MOST_TILES, RATE, JITTER = 6, 64, 2e-3, 0.1
WEIGHTS = {"color": 0.3, "material": 0.5, "shape": 1.0}


def build() -> ResNetForImageClassification:
    """A fresh model; set torch's seed first."""
    words = [word for name in NAMED for word in ATTRIBUTES[name]]
    model = ResNetForImageClassification(
        ResNetConfig(
            num_channels=4,
            embedding_size=32,
            hidden_sizes=[32, 64, 128],
            depths=[2, 2, 2],
            layer_type="basic",
            id2label=dict(enumerate(words)),
            label2id={w: i for i, w in enumerate(words)},
        )
    )
    dense.initialise(model)
    return model


class Task(dense.Task):
    """The model and its data; `loss(n)` is a function of the seed and the step alone."""

    def __init__(self, sets: list[SceneSet], seed: int) -> None:
        super().__init__(sets, seed, build)

    def loss(self, n: int) -> dict[str, Tensor]:
        """The parts of step n's loss."""
        tiles, attributes = self.tiles(n)
        logits, parts, at = self.model(pixel_values=tiles).logits, {}, 0
        for name in NAMED:
            count = len(ATTRIBUTES[name])
            wanted = torch.from_numpy(attributes[:, list(ATTRIBUTES).index(name)])
            parts[name] = WEIGHTS[name] * F.cross_entropy(logits[:, at : at + count], wanted)
            at += count
        return parts

    def tiles(self, n: int) -> tuple[Tensor, NDArray[np.int64]]:
        """Step n's tiles (N, 4, SIDE, SIDE) and their attributes (N, 4)."""
        scenes, pool, rng = self.draw(n)
        aspect = 4 / 3 if scenes.size_wh[0] / scenes.size_wh[1] < 1.42 else 3 / 2
        size = (SMALL if rng.random() < 0.6 else LARGE)[aspect]
        samples = [sample(scenes, pool, size, rng) for _ in range(BATCH)]
        light = relight(np.stack([s.image for s in samples]), torch.Generator().manual_seed(self.seed * 7919 + n))
        chosen = [(i, k) for i, s in enumerate(samples) for k in range(len(s.boxes))]
        chosen = rng.sample(chosen, min(MOST_TILES, len(chosen)))
        if len(chosen) < 2:  # batch normalisation needs two: the next step's
            return self.tiles(n + 1_000_000_007)
        tiles = [tile(light[i], jittered(samples[i].boxes[k], JITTER, rng)) for i, k in chosen]
        return torch.stack(tiles), np.stack([samples[i].attributes[k] for i, k in chosen])

    def save(self, folder: Path) -> None:
        """Write the model in transformers' folder layout; its processor is tools.adapters.region_tiles."""
        self.model.save_pretrained(folder)


if __name__ == "__main__":
    dense.main("attributes", __doc__, Task, pictures=50_000, batch=BATCH, rate=RATE)
