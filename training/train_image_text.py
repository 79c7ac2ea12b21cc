"""Train a small SigLIP from scratch on regions of rendered tabletop scenes: crops and the phrases that name them.

    python -m training.train_image_text --scenes SCENES.zip... --out training/runs/image_text [--pictures 36000]

Seeded, resumable, one process. A step takes the objects of a few recomposed pictures, each with some of its
surroundings (up to CONTEXT of its box on each side, the box a little off), and phrases that are true of some of them.
The loss is SigLIP's (Zhai et al., ICCV 2023), a sigmoid for each pair; a softmax for each attribute on the pooled
feature and on the mean of the patches, which a language model sees (training.train_eye); and each patch's part of the
object's mask, without which a tower this small tells colours at once and shapes hardly ever. These heads are dropped at
the end.
"""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn
from transformers import SiglipConfig, SiglipImageProcessorPil, SiglipModel, SiglipProcessor

from training import dense
from training.detector_loss import AttributeHeads
from training.detector_model import tokenizer, vocabulary_ids
from training.loop import fast_dtype
from training.tabletop.compose import relight, sample
from training.tabletop.phrases import draw
from training.tabletop.scenes import SceneSet
from training.train_detector import LARGE, SMALL

SIDE, PATCH, WIDTH, LAYERS, TEXT_WIDTH = 64, 8, 160, 4, 128
CELL = 2  # pixels of a tile that share a cell of its mask
LENGTH = 12  # tokens of a phrase, padded
CONTEXT = 0.35
BATCH, MOST_CROPS, PHRASES, RATE = 8, 56, 40, 1e-3


def build() -> SiglipModel:
    """A fresh model; set torch's seed first."""
    config = SiglipConfig(
        vision_config={
            "hidden_size": WIDTH,
            "intermediate_size": 448,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": 5,
            "image_size": SIDE,
            "patch_size": PATCH,
        },
        text_config={
            "hidden_size": TEXT_WIDTH,
            "intermediate_size": 256,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "vocab_size": len(vocabulary_ids()),
            "max_position_embeddings": LENGTH,
            "projection_size": WIDTH,
            "pad_token_id": 0,
            "bos_token_id": 101,
            "eos_token_id": 102,
        },
    )
    model = SiglipModel(config)
    dense.initialise(model)
    with torch.no_grad():
        first = dense.cosines(WIDTH, PATCH)
        model.vision_model.embeddings.patch_embedding.weight[: len(first)] = first
        model.logit_scale.fill_(2.3)
        model.logit_bias.fill_(-2.0)
    return model


class Trained(nn.Module):
    """The model with the heads that only training uses."""

    def __init__(self) -> None:
        super().__init__()
        self.siglip = build()
        self.pooled, self.patches = AttributeHeads(WIDTH), AttributeHeads(WIDTH)
        self.mask = nn.Linear(WIDTH, (PATCH // CELL) ** 2)


class Task(dense.Task):
    """The model and its data; `loss(n)` is a function of the seed and the step alone."""

    def __init__(self, sets: list[SceneSet], seed: int) -> None:
        super().__init__(sets, seed, Trained)
        self.ids = vocabulary_ids()

    def loss(self, n: int) -> dict[str, Tensor]:
        """The parts of step n's loss."""
        crops, masks, attributes, rng = self.crops(n)
        phrases = [draw(attributes, rng) for _ in range(PHRASES)]
        tokens = torch.tensor([encoded(p.text, self.ids) for p in phrases])
        match = torch.from_numpy(np.stack([p.match(attributes) for p in phrases], axis=1))
        model, wanted = self.model, torch.from_numpy(attributes)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast_dtype() is torch.bfloat16):
            seen = model.siglip.vision_model(pixel_values=crops)
        pooled, patches = seen.pooler_output.float(), seen.last_hidden_state.float().mean(1)
        read = model.siglip.text_model(input_ids=tokens).pooler_output
        logits = unit(pooled) @ unit(read).T * model.siglip.logit_scale.exp() + model.siglip.logit_bias
        pairs = F.binary_cross_entropy_with_logits(logits, match.float(), reduction="sum") / len(crops)
        return {
            "pairs": pairs,
            "pooled": model.pooled.loss(pooled, wanted),
            "patches": model.patches.loss(patches, wanted),
            "mask": 10 * F.binary_cross_entropy_with_logits(model.mask(seen.last_hidden_state.float()), masks),
        }

    def crops(self, n: int) -> tuple[Tensor, Tensor, NDArray[np.int64], random.Random]:
        """Step n's regions: pixel values (N, 3, SIDE, SIDE), the share of each patch's cells that is the object's
        (N, patches, cells), attributes (N, 4), and the step's random numbers."""
        scenes, pool, rng = self.draw(n)
        aspect = 4 / 3 if scenes.size_wh[0] / scenes.size_wh[1] < 1.42 else 3 / 2
        size = (SMALL if rng.random() < 0.5 else LARGE)[aspect]
        samples = [sample(scenes, pool, size, rng) for _ in range(BATCH)]
        generator = torch.Generator().manual_seed(self.seed * 7919 + n)
        light = relight(np.stack([s.image for s in samples]), generator)
        chosen = [(i, k) for i, s in enumerate(samples) for k in range(len(s.boxes))]
        chosen = rng.sample(chosen, min(MOST_CROPS, len(chosen)))
        if not chosen:  # of eight pictures all without an object: the next step's
            return self.crops(n + 1_000_000_007)
        layers = [torch.cat([light[i], torch.from_numpy(samples[i].mask == k + 1)[None].float()]) for i, k in chosen]
        crops = torch.stack([cropped(p, samples[i].boxes[k], rng) for p, (i, k) in zip(layers, chosen, strict=True)])
        cells = F.unfold(F.avg_pool2d(crops[:, 3:], CELL), PATCH // CELL, stride=PATCH // CELL).transpose(1, 2)
        return (
            (crops[:, :3] - 0.5) / 0.5,
            cells,
            np.stack([samples[i].attributes[k] for i, k in chosen]),
            rng,
        )

    def save(self, folder: Path) -> None:
        """Write the model and its processor in transformers' folder layout."""
        self.model.siglip.save_pretrained(folder)
        image = SiglipImageProcessorPil(size={"height": SIDE, "width": SIDE})
        words = tokenizer()
        words.model_max_length = LENGTH
        SiglipProcessor(image, words).save_pretrained(folder)

    def begin_with(self, folder: Path) -> None:
        """Take a checkpoint's weights; the heads start anew."""
        self.model.siglip.load_state_dict(SiglipModel.from_pretrained(folder, dtype=torch.float32).state_dict())


def encoded(text: str, ids: dict[str, int]) -> list[int]:
    """The LENGTH token ids of a phrase, as the tokenizer gives them."""
    words = [ids.get(w, ids["[UNK]"]) for w in text.split()][: LENGTH - 2]
    padded = [ids["[CLS]"], *words, ids["[SEP]"]]
    return padded + [ids["[PAD]"]] * (LENGTH - len(padded))


def cropped(picture: Tensor, box: NDArray[np.float32], rng: random.Random) -> Tensor:
    """A box of a picture (C, H, W), up to 6% of its sides off, with some of its surroundings: (C, SIDE, SIDE)."""
    return tile(picture, jittered(box, 0.06, rng), rng.uniform(0, CONTEXT), rng)


def jittered(box: NDArray[np.float32], share: float, rng: random.Random) -> tuple[float, float, float, float]:
    """A box whose sides are up to `share` of its size off."""
    x0, y0, x1, y1 = (float(v) for v in box)
    w, h = share * (x1 - x0), share * (y1 - y0)
    return (x0 + rng.uniform(-w, w), y0 + rng.uniform(-h, h), x1 + rng.uniform(-w, w), y1 + rng.uniform(-h, h))


def tile(picture: Tensor, box: tuple[float, float, float, float], context: float, rng: random.Random) -> Tensor:
    """A box of a picture (C, H, W) with `context` of its sides around it, clipped to the picture: (C, SIDE, SIDE)."""
    x0, y0, x1, y1 = box
    dx, dy = context * (x1 - x0), context * (y1 - y0)
    left, top = max(0, int(x0 - dx)), max(0, int(y0 - dy))
    crop = picture[None, :, top : int(np.ceil(y1 + dy)), left : int(np.ceil(x1 + dx))]
    mode = rng.choice(("bilinear", "bicubic"))
    return F.interpolate(crop, (SIDE, SIDE), mode=mode, align_corners=False, antialias=True)[0].clamp_(0, 1)


def unit(features: Tensor) -> Tensor:
    """Features at length 1."""
    return features / features.norm(dim=-1, keepdim=True)


if __name__ == "__main__":
    dense.main("image_text", __doc__, Task, pictures=36_000, batch=BATCH, rate=RATE)
