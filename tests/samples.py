"""Real photographs from the scikit-image wheel, read as files (its own loader may want to download)."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
from PIL import Image as Pil

from tools.types import Image


def photo(name: str) -> Image:
    """A picture such as "astronaut.png" of skimage/data, RGB."""
    spec = importlib.util.find_spec("skimage")
    if spec is None or spec.origin is None:
        raise RuntimeError("the tests want scikit-image (the extra `test`)")
    with Pil.open(Path(spec.origin).parent / "data" / name) as opened:
        return Image.from_pixels(np.array(opened.convert("RGB")))
