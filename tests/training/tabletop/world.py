"""A tabletop scene made by hand, two flat objects on a wide picture, for tests."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

RED_CUBE, BLUE_BALL = (20, 60, 60, 90), (100, 30, 130, 60)
"""xyxy boxes in a picture of 160 by 120."""


def scene(number: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any], dict[str, Any]]:
    """image (120, 160, 3), mask, depth and scene graph; the cube is nearer."""
    image = np.full((120, 160, 3), 128, np.uint8)
    mask, depth = np.zeros((120, 160), np.uint8), np.full((120, 160), 15_000, np.uint16)
    objects = []
    for k, (box, colour, rgb, shape, far) in enumerate(
        [(RED_CUBE, "red", (173, 35, 35), "cube", 9_000), (BLUE_BALL, "blue", (42, 75, 215), "sphere", 12_000)], 1
    ):
        x0, y0, x1, y1 = box
        image[y0:y1, x0:x1], mask[y0:y1, x0:x1], depth[y0:y1, x0:x1] = rgb, k, far
        objects.append({"shape": shape, "size": "large", "material": "metal", "color": colour, "box": list(box),
                        "xyz": [float(k), 0.0, 0.7], "pixels": (x1 - x0) * (y1 - y0)})  # fmt: skip
    directions = {"left": [-1, 0, 0], "right": [1, 0, 0], "front": [0, -1, 0], "behind": [0, 1, 0]}
    return image, mask, depth, {"scene": number, "size_wh": [160, 120], "directions": directions, "objects": objects}


def archive(path: Path, numbers: list[int]) -> Path:
    """A zip of such scenes in the layout of the rendered ones."""
    with zipfile.ZipFile(path, "w") as out:
        for n in numbers:
            image, mask, depth, graph = scene(n)
            picture, layers = io.BytesIO(), io.BytesIO()
            Image.fromarray(image).save(picture, "JPEG", quality=95)
            np.savez_compressed(layers, mask=mask, depth=depth)
            out.writestr(f"{n:06d}.jpg", picture.getvalue())
            out.writestr(f"{n:06d}.npz", layers.getvalue())
            out.writestr(f"{n:06d}.json", json.dumps(graph))
    return path
