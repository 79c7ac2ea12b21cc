"""Depth's adapter: the picture's own size, and larger is farther for both kinds of checkpoint."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.tools.adapters import tiny
from tools.adapters.depth import load
from tools.types import Image


@pytest.mark.parametrize(("kind", "sign"), [("relative", -1.0), ("metric", 1.0)])
def test_larger_is_farther_over_the_whole_picture(tmp_path: Path, kind: str, sign: float) -> None:
    import torch

    adapter = load(str(tiny.depth_anything(tmp_path, kind)))
    pixels = np.zeros((60, 100, 3), np.uint8)
    pixels[:, 70:] = 255
    image = Image.from_pixels(pixels)
    found = adapter.depth(image)
    assert found.values.shape == (60, 100)
    inputs = adapter._processor(images=pixels, return_tensors="pt")
    with torch.inference_mode():
        raw = adapter._model(**inputs).predicted_depth
    theirs = torch.nn.functional.interpolate(raw[:, None], (60, 100), mode="bilinear")[0, 0].numpy()
    np.testing.assert_allclose(found.values, sign * theirs, atol=1e-4)
