"""The vision-language adapter: answers are text, choices are held to, and their shares are the model's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters import tiny
from tools.adapters.vlm import load
from tools.types import Image


def test_a_choice_is_scored_as_the_model_scores_it(tmp_path: Path) -> None:
    import torch

    model = load(str(tiny.idefics3(tmp_path)), most_tokens=3)
    image = Image.from_pixels(np.random.default_rng(0).integers(0, 255, (30, 50, 3), dtype=np.uint8))
    assert isinstance(model.answer(image, "this is a photo of"), str)
    choices = ["red", "blue cube", "1"]
    chosen, share = model.choose(image, "this is", choices)
    inputs = model._inputs(image, "this is Answer with one of: " + ", ".join(choices) + ".")
    scores = []
    for choice in choices:
        tokens = torch.tensor([model._processor.tokenizer(choice, add_special_tokens=False)["input_ids"]])
        whole = torch.cat([inputs["input_ids"], tokens], dim=1)
        with torch.inference_mode():
            logits = model._model(**{**inputs, "input_ids": whole, "attention_mask": torch.ones_like(whole)}).logits
        words = logits[0, -tokens.shape[1] - 1 :].log_softmax(-1)
        end = words[-1, model._ends].logsumexp(0)
        scores.append(float(words[:-1].gather(1, tokens.T).sum() + end))
    expected = torch.tensor(scores).softmax(0)
    assert chosen == choices[int(expected.argmax())]
    assert share == pytest.approx(float(expected.max()), abs=1e-4)
    with pytest.raises(ValueError, match="at least one choice"):
        model.choose(image, "this is", [])
