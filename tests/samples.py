"""Sample pictures: real photographs from the scikit-image wheel (read as files), and a scene of four quarters."""

from __future__ import annotations

import importlib.util
import io
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


def encoded(picture: Pil.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def scene(width: int = 60, height: int = 40) -> Pil.Image:
    """Red in the top left quarter, blue in the bottom right one, white elsewhere."""
    picture = Pil.new("RGB", (width, height), "white")
    picture.paste((200, 0, 0), (0, 0, width // 2, height // 2))
    picture.paste((0, 0, 200), (width // 2, height // 2, width, height))
    return picture


def quarters(image: Image) -> str:
    """The colours of the four quarters in reading order: r, b, w or ?."""
    height, width = image.pixels.shape[:2]
    names = []
    for y in (height // 4, 3 * height // 4):
        for x in (width // 4, 3 * width // 4):
            red, green, blue = (int(v) for v in image.pixels[y, x])
            if min(red, green, blue) > 200:
                names.append("w")
            elif red > 120 and red > 2 * blue:
                names.append("r")
            else:
                names.append("b" if blue > 120 and blue > 2 * red else "?")
    return "".join(names)
