"""Role "vlm": a model that sees and writes, through transformers' image-text-to-text classes.

For Idefics3, SmolVLM and SmolVLM2 (Marafioti et al., 2025), Qwen2.5-VL and Qwen3-VL, and others with a chat template.
Answers are greedy. `choose` scores every choice as a whole answer to one prompt, whose keys and values are computed
once, so it can only say a choice.

NOT here: how the embedded checkpoint is assembled from its parts; boxes in what is written
(tools.adapters.coordinates).
"""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from tools.adapters.coordinates import Canvas
from tools.adapters.loading import checkpoint, for_processor, need_torchvision, needs_torchvision, pretrained
from tools.types import Image

WITH_VIDEO = {"smolvlm": "SmolVLM", "qwen2_vl": "Qwen2-VL", "qwen2_5_vl": "Qwen2.5-VL", "qwen3_vl": "Qwen3-VL"}
"""Families whose processors have a slot for videos, which needs torchvision."""
SLIMMEST = 50
"""A picture is padded until its longer side is at most this many times the shorter; Qwen's processors refuse 200."""
PADDING = 127


@dataclass(frozen=True)
class Answer:
    """Raw output, special tokens included. canvas: what was shown. resized: its (width, height) in the model's own
    pixels, None where the family does not say. ended: whether the model ended it, and not the limit."""

    text: str
    canvas: Canvas
    resized: tuple[int, int] | None
    ended: bool


class ImageTextModel:
    """A loaded checkpoint, made by `load`. Methods may be called from several threads, one runs at a time."""

    def __init__(self, model: Any, processor: Any, *, device: str, most_tokens: int) -> None:
        self._model, self._processor, self._device, self._most_tokens = model, processor, device, most_tokens
        self._lock = threading.RLock()
        ends = model.generation_config.eos_token_id
        self._ends = [] if ends is None else list(ends) if isinstance(ends, (list, tuple)) else [int(ends)]

    def answer(self, image: Image, question: str) -> str:
        """A short answer to a question about the picture."""
        return self._written(self._inputs(image, question))

    def _written(self, inputs: Any, **how: Any) -> str:
        """What the model says to a prompt. how: further arguments of transformers' generate."""
        new, _ = self._generated(inputs, self._most_tokens, **how)
        said: str = self._processor.decode(new, skip_special_tokens=True)
        return said.strip()

    def write(self, image: Image, question: str, most_tokens: int) -> Answer:
        """What the model writes, unshortened, for places to be read from it (tools.adapters.coordinates)."""
        inputs = self._inputs(image, question)
        new, ended = self._generated(inputs, most_tokens)
        resized = None
        if "image_grid_thw" in inputs:
            patch = int(self._processor.image_processor.patch_size)
            _, rows, columns = (int(v) for v in inputs["image_grid_thw"][0])
            resized = (columns * patch, rows * patch)
        return Answer(self._processor.decode(new, skip_special_tokens=False), canvas_of(image), resized, ended)

    def _generated(self, inputs: Any, most_tokens: int, **how: Any) -> tuple[Any, bool]:
        """The tokens that the model appends, and whether it ended by itself."""
        import torch

        with self._lock, torch.inference_mode():
            out = self._model.generate(**inputs, max_new_tokens=most_tokens, do_sample=False, **how)
        new = out[0, inputs["input_ids"].shape[1] :]
        return new, len(new) < most_tokens or int(new[-1]) in self._ends

    def choose(self, image: Image, question: str, choices: Sequence[str]) -> tuple[str, float]:
        """The most probable of the choices and its share of their probabilities."""
        if not choices:
            raise ValueError("expected at least one choice, got none")
        inputs = self._inputs(image, question + " Answer with one of: " + ", ".join(choices) + ".")
        return self._chosen(inputs, choices, "" if self._prompt(question)[-1:].isspace() else " ")

    def _chosen(self, inputs: Any, choices: Sequence[str], space: str) -> tuple[str, float]:
        """The most probable continuation of a prompt among the choices, each after `space`, and its share."""
        import torch

        scores = []
        with self._lock, torch.inference_mode():
            seen = self._model(**inputs, use_cache=True)
            first = seen.logits[0, -1].float().log_softmax(-1)
            for choice in choices:
                tokens = self._processor.tokenizer(space + choice, add_special_tokens=False)["input_ids"]
                more = self._model(
                    input_ids=torch.tensor([tokens], device=self._device),
                    cache=copy.deepcopy(seen.cache),
                    use_cache=True,
                )
                following = more.logits[0].float().log_softmax(-1)
                score = float(first[tokens[0]]) + sum(float(following[i, t]) for i, t in enumerate(tokens[1:]))
                # Without the end, "1" would always beat "12", which begins with it.
                scores.append(score + float(following[-1, self._ends].logsumexp(0)) if self._ends else score)
        shares = np.exp(np.array(scores) - max(scores))
        best = int(np.argmax(scores))
        return choices[best], float(shares[best] / shares.sum())

    def _prompt(self, question: str) -> str:
        turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}]
        prompt: str = self._processor.apply_chat_template(turn, add_generation_prompt=True)
        return prompt

    def _inputs(self, image: Image, question: str) -> Any:
        """The picture and the question as one user turn, tensors on the model's device."""
        shown = for_processor(_padded(image))
        inputs = self._processor(text=self._prompt(question), images=[shown], return_tensors="pt")
        return inputs.to(self._device, self._model.dtype)


def canvas_of(image: Image) -> Canvas:
    """What a model is shown of a picture: a very slim one is padded on the right or at the bottom."""
    longer = max(image.width, image.height)
    least = -(-longer // SLIMMEST)
    return Canvas(max(image.width, least), max(image.height, least))


def _padded(image: Image) -> Image:
    canvas = canvas_of(image)
    right, below = int(canvas.width) - image.width, int(canvas.height) - image.height
    if not right and not below:
        return image
    return Image.from_pixels(np.pad(image.pixels, ((0, below), (0, right), (0, 0)), constant_values=PADDING))


_LOADED: WeakValueDictionary[tuple[str, str, str, int, int], ImageTextModel] = WeakValueDictionary()
_loading = threading.Lock()


def load(
    source: str, precision: str = "fp32", device: str = "cpu", most_tokens: int = 64, most_pixels: int = 1_048_576
) -> ImageTextModel:
    """Load from a transformers folder; the same settings give the same object while a role holds it.

    most_tokens: of an answer. most_pixels: of a picture, for families that keep its size (Qwen-VL: a token is 32 x 32
    pixels), 0 for the checkpoint's own. Raises NotReady where there is no checkpoint, or no torchvision for it.
    """
    folder = checkpoint("vlm", source)
    key = (str(folder.resolve()), precision, device, most_tokens, most_pixels)
    with _loading:
        model = _LOADED.get(key)
        if model is None:
            model = _LOADED[key] = _loaded(*key)
        return model


def _loaded(source: str, precision: str, device: str, most_tokens: int, most_pixels: int) -> ImageTextModel:
    folder = checkpoint("vlm", source)
    family = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    if family in WITH_VIDEO:
        needs_torchvision("vlm", WITH_VIDEO[family])
    need_torchvision("vlm", folder)
    from transformers import AutoProcessor

    model = pretrained("AutoModelForImageTextToText", "vlm", folder, precision, device, shared=True)
    processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
    images = processor.image_processor
    if most_pixels and hasattr(images, "merge_size"):
        longest = min(int(images.size["longest_edge"]), most_pixels)
        images.size = {"shortest_edge": min(int(images.size["shortest_edge"]), longest), "longest_edge": longest}
    return ImageTextModel(model, processor, device=device, most_tokens=most_tokens)
