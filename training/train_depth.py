"""Train a small Depth Anything from scratch on rendered tabletop scenes: relative inverse depth.

    python -m training.train_depth --scenes SCENES.zip... --out training/runs/depth [--pictures 12000] [--seed 1]

Seeded, resumable, one process. The target is 10 over the renderer's depth (about 0.5 to 1.4 on the table), learnt by
mean absolute error and that of its gradients, which keeps the objects' edges.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTImageProcessorPil

from training import dense
from training.detector_model import MEAN, STD
from training.tabletop.compose import sample
from training.tabletop.scenes import NO_DEPTH, SceneSet
from training.train_detector import SMALL

PATCH, WIDTH = 16, 96
BATCH, RATE = 8, 1e-3


def build() -> DepthAnythingForDepthEstimation:
    """A fresh model; set torch's seed first."""
    backbone = Dinov2Config(
        hidden_size=WIDTH,
        num_hidden_layers=4,
        num_attention_heads=3,
        mlp_ratio=2,
        patch_size=PATCH,
        image_size=320,
        out_indices=[1, 2, 3, 4],
        reshape_hidden_states=False,
        layerscale_value=0.5,
        apply_layernorm=True,
    )
    model = DepthAnythingForDepthEstimation(
        DepthAnythingConfig(
            backbone_config=backbone,
            patch_size=PATCH,
            reassemble_hidden_size=WIDTH,
            reassemble_factors=[2, 1, 0.5, 0.25],
            neck_hidden_sizes=[32, 48, 64, 64],
            fusion_hidden_size=32,
            head_hidden_size=16,
        )
    )
    dense.initialise(model)
    with torch.no_grad():
        model.backbone.embeddings.patch_embeddings.projection.weight.copy_(dense.cosines(WIDTH, PATCH))
        model.head.conv3.weight.mul_(0.1)
        model.head.conv3.bias.fill_(0.9)
    return model


class Task(dense.Task):
    """The model and its data; `loss(n)` is a function of the seed and the step alone."""

    def __init__(self, sets: list[SceneSet], seed: int) -> None:
        super().__init__(sets, seed, build)

    def loss(self, n: int) -> dict[str, Tensor]:
        """The parts of step n's loss."""
        scenes, pool, rng = self.draw(n)
        size = SMALL[4 / 3 if scenes.size_wh[0] / scenes.size_wh[1] < 1.42 else 3 / 2]
        samples = [sample(scenes, pool, size, rng) for _ in range(BATCH)]
        depth = np.stack([s.depth for s in samples])
        target = torch.from_numpy(np.where(depth == NO_DEPTH, 0.15, 10_000 / np.maximum(depth, 1)).astype(np.float32))
        out = self.model(pixel_values=self.pixels(samples, n)).predicted_depth
        across = (out.diff(dim=-1) - target.diff(dim=-1)).abs().mean()
        down = (out.diff(dim=-2) - target.diff(dim=-2)).abs().mean()
        return {"l1": (out - target).abs().mean() * 10, "gradient": (across + down) * 20}

    def save(self, folder: Path) -> None:
        """Write the model and its processor in transformers' folder layout."""
        self.model.save_pretrained(folder)
        DPTImageProcessorPil(
            size={"height": 240, "width": 320},
            keep_aspect_ratio=True,
            ensure_multiple_of=PATCH,
            image_mean=list(MEAN),
            image_std=list(STD),
        ).save_pretrained(folder)


if __name__ == "__main__":
    dense.main("depth", __doc__, Task, pictures=12_000, batch=BATCH, rate=RATE)
