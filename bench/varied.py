"""A scene's picture as a worse camera in another light takes it: harder than what the eyes were trained on.

Exposure, gamma, a tint, a shadow from one side, half to all of the resolution, blur, sensor noise, JPEG. Nothing moves:
boxes and scene graph stay true.
"""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageFilter


def varied(pixels: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """uint8 (height, width, 3) to the same shape; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    height, width, _ = pixels.shape
    light = (pixels / 255.0) ** rng.uniform(0.75, 1.4) * rng.uniform(0.7, 1.2) * rng.uniform(0.92, 1.08, 3)
    light *= np.linspace(1, rng.uniform(0.65, 1), width)[:: rng.choice((-1, 1)), None]
    picture = Pillow.fromarray((255 * light.clip(0, 1)).astype(np.uint8))
    scale = rng.uniform(0.5, 1)
    picture = picture.resize((round(width * scale), round(height * scale)), Pillow.Resampling.BILINEAR)
    picture = picture.resize((width, height), Pillow.Resampling.BILINEAR)
    picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.2)))
    noisy = np.asarray(picture) + rng.normal(0, rng.uniform(0, 10), pixels.shape)
    kept = io.BytesIO()
    Pillow.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(kept, "JPEG", quality=int(rng.integers(25, 90)))
    with Pillow.open(kept) as opened:
        return np.array(opened.convert("RGB"))
