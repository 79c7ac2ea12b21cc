"""Train a small Depth Anything from scratch on rendered tabletop scenes: relative inverse depth.

    python -m training.train_depth --scenes SCENES.zip... --out training/runs/depth [--pictures 12000] [--seed 1]

Seeded, resumable, one process. The target is 10 over the renderer's depth (about 0.5 to 1.4 on the table), learnt by
mean absolute error and that of its gradients, which keeps the objects' edges.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config, DPTImageProcessorPil

from training.detector_model import MEAN, STD
from training.export import evaluated, export, shown
from training.loop import run
from training.tabletop.compose import relight, sample
from training.tabletop.scenes import NO_DEPTH, SceneSet, indices, load
from training.train_detector import SMALL
from training.train_segmenter import cosines

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
    with torch.no_grad():
        for module in model.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                nn.init.normal_(module.weight, std=module.weight[0].numel() ** -0.5)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.ConvTranspose2d):
                nn.init.normal_(module.weight, std=module.weight.shape[0] ** -0.5)
        model.backbone.embeddings.patch_embeddings.projection.weight.copy_(cosines(WIDTH, PATCH))
        model.head.conv3.weight.mul_(0.1)
        model.head.conv3.bias.fill_(0.9)
    return model


class Task:
    """The model and its data; `loss(n)` is a function of the seed and the step alone."""

    def __init__(self, sets: list[SceneSet], seed: int) -> None:
        self.sets, self.seed = sets, seed
        self.pools = [indices(s, held_out=False) for s in sets]
        torch.manual_seed(seed)
        self.model = build()
        self.mean, self.std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)

    def loss(self, n: int) -> dict[str, Tensor]:
        """The parts of step n's loss."""
        rng = random.Random(self.seed * 1_000_003 + n)
        which = rng.randrange(len(self.sets))
        scenes = self.sets[which]
        size = SMALL[4 / 3 if scenes.size_wh[0] / scenes.size_wh[1] < 1.42 else 3 / 2]
        samples = [sample(scenes, self.pools[which], size, rng) for _ in range(BATCH)]
        generator = torch.Generator().manual_seed(self.seed * 7919 + n)
        pixels = (relight(np.stack([s.image for s in samples]), generator) - self.mean) / self.std
        depth = np.stack([s.depth for s in samples])
        target = torch.from_numpy(np.where(depth == NO_DEPTH, 0.15, 10_000 / np.maximum(depth, 1)).astype(np.float32))
        out = self.model(pixel_values=pixels).predicted_depth
        across = (out.diff(dim=-1) - target.diff(dim=-1)).abs().mean()
        down = (out.diff(dim=-2) - target.diff(dim=-2)).abs().mean()
        return {"l1": (out - target).abs().mean() * 10, "gradient": (across + down) * 20}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--scenes", nargs="+", required=True, metavar="ZIP_OR_DIR")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=Path("training/data"))
    parser.add_argument("--pictures", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--stop-after", type=float, default=math.inf, help="seconds, then checkpoint and leave")
    parser.add_argument("--checkpoint", type=Path, metavar="FOLDER", help="export and evaluate there at the end")
    parser.add_argument("--note", default="", help="what else the model card should say")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    sets = load(a.scenes, a.cache)
    task = Task(sets, a.seed)

    def save(folder: Path) -> None:
        task.model.save_pretrained(folder)
        DPTImageProcessorPil(
            size={"height": 240, "width": 320},
            keep_aspect_ratio=True,
            ensure_multiple_of=PATCH,
            image_mean=list(MEAN),
            image_std=list(STD),
        ).save_pretrained(folder)

    run("depth", task.model, task.loss, save, a.out, a.pictures // BATCH, BATCH, RATE, stop_after=a.stop_after)
    if a.checkpoint is not None:
        command = "python -m training.train_depth " + " ".join(shown(v) for v in sys.argv[1:])
        export(a.out, a.checkpoint, command, a.note)
        evaluated(a.checkpoint, "depth", sets, 0.0)


if __name__ == "__main__":
    main()
