"""SigLIP's adapter against transformers' own scores of the same crops."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters import tiny
from tools.adapters.siglip import load, widened
from tools.types import Image, Region


def test_probabilities_are_those_of_transformers(tmp_path: Path) -> None:
    import torch

    matcher = load(str(tiny.siglip(tmp_path)), context=0.0, template="a photo of {}")
    image = Image.from_pixels(np.random.default_rng(0).integers(0, 255, (40, 90, 3), dtype=np.uint8))
    regions = [Region((0, 0, 30, 40), image.frame), Region((50, 10, 90, 40), image.frame)]
    phrases = ["red cube", "ball", "object"]
    ours = matcher.match(image, regions, phrases)
    inputs = matcher._processor(
        images=[image.pixels[0:40, 0:30], image.pixels[10:40, 50:90]],
        text=[f"a photo of {p}" for p in phrases],
        padding="max_length",
        return_tensors="pt",
    )
    with torch.inference_mode():
        out = matcher._model(input_ids=inputs["input_ids"], pixel_values=inputs["pixel_values"])
    assert ours.shape == (2, 3)
    np.testing.assert_allclose(ours, out.logits_per_image.sigmoid().numpy(), atol=1e-5)
    assert matcher.match(image, [], phrases).shape == (0, 3)
    word, share = matcher.attribute(image, regions[0], "size")
    assert word in ("small", "large") and 0.5 <= share <= 1
    with pytest.raises(ValueError, match="weight"):
        matcher.attribute(image, regions[0], "weight")


def test_context_is_added_on_each_side() -> None:
    image = Image.from_pixels(np.zeros((100, 100, 3), np.uint8))
    assert widened(Region((20, 40, 40, 80), image.frame), 0.5) == (10, 20, 50, 100)
