"""Role "vlm": a model that sees and writes, through transformers' image-text-to-text classes.

For Idefics3 and SmolVLM (Marafioti et al., 2025) and others with a chat template. Answers are greedy. `choose` scores
every choice as a continuation of one prompt, whose keys and values are computed once, so it can only say a choice.

NOT here: how the embedded checkpoint is assembled from its parts.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from tools.adapters.loading import checkpoint, need_torchvision, pretrained
from tools.types import Image


class ImageTextModel:
    """A loaded checkpoint, made by `load`."""

    def __init__(self, model: Any, processor: Any, *, device: str, most_tokens: int) -> None:
        self._model, self._processor, self._device, self._most_tokens = model, processor, device, most_tokens

    def answer(self, image: Image, question: str) -> str:
        """A short answer to a question about the picture."""
        import torch

        inputs = self._inputs(image, question)
        with torch.inference_mode():
            out = self._model.generate(**inputs, max_new_tokens=self._most_tokens, do_sample=False)
        said: str = self._processor.decode(out[0, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        return said.strip()

    def choose(self, image: Image, question: str, choices: Sequence[str]) -> tuple[str, float]:
        """The most probable of the choices and its share of their probabilities."""
        if not choices:
            raise ValueError("expected at least one choice, got none")
        import torch

        inputs = self._inputs(image, question + " Answer with one of: " + ", ".join(choices) + ".")
        scores = []
        with torch.inference_mode():
            seen = self._model(**inputs, use_cache=True)
            first = seen.logits[0, -1].float().log_softmax(-1)
            for choice in choices:
                tokens = self._processor.tokenizer(" " + choice, add_special_tokens=False)["input_ids"]
                score = float(first[tokens[0]])
                if len(tokens) > 1:
                    rest = torch.tensor([tokens[:-1]], device=self._device)
                    known = torch.cat([inputs["attention_mask"], torch.ones_like(rest)], dim=1)
                    more = self._model(
                        input_ids=rest,
                        attention_mask=known,
                        past_key_values=copy.deepcopy(seen.past_key_values),
                        use_cache=True,
                    )
                    following = more.logits[0].float().log_softmax(-1)
                    score += sum(float(following[i, t]) for i, t in enumerate(tokens[1:]))
                scores.append(score)
        shares = np.exp(np.array(scores) - max(scores))
        best = int(np.argmax(scores))
        return choices[best], float(shares[best] / shares.sum())

    def _inputs(self, image: Image, question: str) -> Any:
        """The picture and the question as one user turn, tensors on the model's device."""
        turn = [{"role": "user", "content": [{"type": "image"}, {"type": "text", "text": question}]}]
        prompt = self._processor.apply_chat_template(turn, add_generation_prompt=True)
        inputs = self._processor(text=prompt, images=[image.pixels], return_tensors="pt")
        return inputs.to(self._device, self._model.dtype)


def load(source: str, precision: str = "fp32", device: str = "cpu", most_tokens: int = 64) -> ImageTextModel:
    """Load from a transformers folder; answers are at most `most_tokens` tokens long. Raises NotReady."""
    folder = checkpoint("vlm", source)
    need_torchvision("vlm", folder)
    from transformers import AutoProcessor

    model = pretrained("AutoModelForImageTextToText", "vlm", folder, precision, device, shared=True)
    processor = AutoProcessor.from_pretrained(folder, local_files_only=True)
    return ImageTextModel(model, processor, device=device, most_tokens=most_tokens)
