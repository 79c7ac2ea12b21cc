"""Train a small SAM from scratch on rendered tabletop scenes: masks from boxes and points, with a predicted quality.

    python -m training.train_segmenter --scenes SCENES.zip... --out training/runs/segmenter [--pictures 4400] [--seed 1]

Seeded, resumable, one process. A box prompt asks for one mask, a point for three, of which the best is trained; a point
on the floor has quality 0. Losses as in the paper (Kirillov et al., ICCV 2023): focal x20, dice, squared error of the
predicted IoU; pictures of 320 pixels, masks of 160.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from transformers import SamConfig, SamImageProcessorPil, SamModel, SamProcessor

from training import dense
from training.detector_model import MEAN, STD
from training.tabletop.compose import Sample, sample
from training.tabletop.scenes import SceneSet

SIDE, PATCH, WIDTH, DECODER = 320, 8, 96, 64
MASK = 4 * SIDE // PATCH
"""The masks' side in cells: SAM's decoder enlarges the embedding four times."""
BATCH, PROMPTS, RATE = 4, 5, 1e-3


def build() -> SamModel:
    """A fresh model; set torch's seed first."""
    config = SamConfig(
        vision_config={
            "hidden_size": WIDTH,
            "output_channels": DECODER,
            "num_hidden_layers": 3,
            "num_attention_heads": 3,
            "image_size": SIDE,
            "patch_size": PATCH,
            "window_size": 20,
            "global_attn_indexes": [],
            "mlp_dim": 2 * WIDTH,
            "num_pos_feats": DECODER // 2,
            "use_rel_pos": False,
        },
        prompt_encoder_config={
            "hidden_size": DECODER,
            "image_size": SIDE,
            "patch_size": PATCH,
            "mask_input_channels": 8,
        },
        mask_decoder_config={
            "hidden_size": DECODER,
            "mlp_dim": 128,
            "num_attention_heads": 4,
            "iou_head_hidden_dim": 64,
        },
    )
    model = SamModel(config)
    dense.initialise(model, zero_biases=False)
    with torch.no_grad():
        model.vision_encoder.patch_embed.projection.weight.copy_(dense.cosines(WIDTH, PATCH))
        positions = model.shared_image_embedding.positional_embedding
        positions.copy_(2.0 * torch.randn(positions.shape))
    return model


class Task(dense.Task):
    """The model and its data; `loss(n)` is a function of the seed and the step alone."""

    def __init__(self, sets: list[SceneSet], seed: int) -> None:
        super().__init__(sets, seed, build)

    def loss(self, n: int) -> dict[str, Tensor]:
        """The parts of step n's loss."""
        scenes, pool, rng = self.draw(n)
        size = (SIDE, round(SIDE * scenes.size_wh[1] / scenes.size_wh[0]))
        samples = [s for s in (sample(scenes, pool, size, rng) for _ in range(4 * BATCH)) if len(s.boxes)]
        samples = samples[:BATCH]
        pixels = F.pad(self.pixels(samples, n), (0, 0, 0, SIDE - size[1]))
        masks = torch.zeros(BATCH, PROMPTS, SIDE, SIDE)
        chosen = [[rng.randrange(len(s.boxes)) for _ in range(PROMPTS)] for s in samples]
        for i, s in enumerate(samples):
            for j, k in enumerate(chosen[i]):
                masks[i, j, : size[1]] = torch.from_numpy(s.mask == k + 1)
        target = F.avg_pool2d(masks, SIDE // MASK)
        if rng.random() < 0.7:
            boxes = torch.tensor([[jittered(s, k, rng) for k in ks] for s, ks in zip(samples, chosen, strict=True)])
            out = self.model(pixel_values=pixels, input_boxes=boxes, multimask_output=False)
            return mask_losses(out.pred_masks, out.iou_scores, target)
        points, real = [], torch.ones(BATCH, PROMPTS)
        for i, s in enumerate(samples):
            row = [point_in(s.mask == k + 1, rng) for k in chosen[i]]
            row[-1] = point_in(s.mask == 0, rng)
            real[i, -1] = 0
            points.append(row)
        out = self.model(pixel_values=pixels, input_points=torch.tensor(points)[:, :, None], multimask_output=True)
        return mask_losses(out.pred_masks, out.iou_scores, target, real)

    def save(self, folder: Path) -> None:
        """Write the model and its processor in transformers' folder layout."""
        self.model.save_pretrained(folder)
        image = SamImageProcessorPil(
            size={"longest_edge": SIDE},
            pad_size={"height": SIDE, "width": SIDE},
            mask_size={"longest_edge": MASK},
            image_mean=list(MEAN),
            image_std=list(STD),
            mask_pad_size={"height": MASK, "width": MASK},
        )
        SamProcessor(image).save_pretrained(folder)


def jittered(s: Sample, k: int, rng: random.Random) -> list[float]:
    """Object k's box with each side moved by a few per cent of its size."""
    x0, y0, x1, y1 = (float(v) for v in s.boxes[k])
    w, h = x1 - x0, y1 - y0
    spread = 0.04 if rng.random() < 0.7 else 0.08
    return [
        x0 + rng.gauss(0, spread) * w,
        y0 + rng.gauss(0, spread) * h,
        x1 + rng.gauss(0, spread) * w,
        y1 + rng.gauss(0, spread) * h,
    ]


def point_in(mask: NDArray[np.bool_], rng: random.Random) -> list[float]:
    """A random pixel's centre of a mask, xy."""
    ys, xs = np.nonzero(mask)
    at = rng.randrange(len(xs)) if len(xs) else 0
    return [float(xs[at]) + 0.5, float(ys[at]) + 0.5] if len(xs) else [0.5, 0.5]


def mask_losses(logits: Tensor, quality: Tensor, target: Tensor, real: Tensor | None = None) -> dict[str, Tensor]:
    """logits (B, P, M, h, w), quality (B, P, M), target (B, P, h, w); of M masks the best is trained.

    real: (B, P), 0 where there is no mask to find and only the quality, 0, is learnt.
    """
    truth = target[:, :, None].expand_as(logits)
    probability = logits.sigmoid()
    cross = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    focal = ((truth - probability).abs() ** 2 * cross).mean((-1, -2))
    dice = 1 - (2 * (probability * truth).sum((-1, -2)) + 1) / (probability.sum((-1, -2)) + truth.sum((-1, -2)) + 1)
    with torch.no_grad():
        on, there = logits > 0, truth > 0.5
        iou = (on & there).sum((-1, -2)) / (on | there).sum((-1, -2)).clamp(min=1)
        if real is not None:
            iou = iou * real[..., None]
    per_mask = 20 * focal + dice
    best = per_mask.min(-1)
    weight = torch.ones_like(best.values) if real is None else real
    pick = best.indices[..., None]
    chosen = (focal.gather(-1, pick)[..., 0] * weight).sum() / weight.sum()
    overlap = (dice.gather(-1, pick)[..., 0] * weight).sum() / weight.sum()
    return {"focal": 20 * chosen, "dice": overlap, "quality": F.mse_loss(quality, iou.to(quality.dtype))}


if __name__ == "__main__":
    dense.main("segmenter", __doc__, Task, pictures=4400, batch=BATCH, rate=RATE)
