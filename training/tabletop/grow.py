"""Make rendered cubes as tall as the other shapes, in the picture.

CLEVR's public generator means to draw cubes smaller by the root of two ("adjust the size a bit") but compares with a
name that no shape has; its published pictures hold cubes 1.4 (large) and 0.7 (small) units wide, as wide as the
cylinders. Scenes rendered after that code's intent have them 1.0 and 0.5 wide. A detector that only sees the latter
takes a cube's size for a cylinder's. Growing some of them takes that cue away.
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

RADIUS = {"small": 0.35, "large": 0.7}
"""Half an object's width in scene units, as CLEVR's properties have it; cubes may be smaller."""

Layers = tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint16]]
"""A scene's image (H, W, 3), mask (H, W) and depth (H, W), as in `SceneSet`."""


def factors(graph: dict[str, Any], rng: random.Random) -> dict[int, float]:
    """By how much to enlarge which object (from 0) so that small cubes come to full size, give or take 6%."""
    short = {}
    for k, o in enumerate(graph["objects"]):
        share = o["xyz"][2] / RADIUS[o["size"]]  # an object's centre stands half its height above the table
        if o["shape"] == "cube" and share < 0.85:
            short[k] = rng.uniform(0.94, 1.06) / share
    return short


def grown(layers: Layers, by: dict[int, float], graph: dict[str, Any]) -> Layers:
    """The layers with object k enlarged `by`[k] times about the middle of its visible box's lower side, far ones first.

    Nearer objects stay in front. Shadows stay as they are.
    """
    image, mask, depth = (layer.copy() for layer in layers)
    height, width = mask.shape
    found = ndimage.find_objects(layers[1], max_label=len(graph["objects"]))
    distance = {k: float(np.median(layers[2][layers[1] == k + 1])) for k in by if found[k] is not None}
    for k in sorted(distance, key=lambda k: -distance[k]):
        rows, columns = found[k]
        size = (round((columns.stop - columns.start) * by[k]), round((rows.stop - rows.start) * by[k]))
        own = Image.fromarray((layers[1][found[k]] == k + 1).astype(np.uint8) * 255)
        shape = np.asarray(own.resize(size, Image.Resampling.BILINEAR)) > 127
        pixels = np.asarray(Image.fromarray(layers[0][found[k]]).resize(size, Image.Resampling.BICUBIC))
        x0, y0 = (columns.start + columns.stop - size[0]) // 2, rows.stop - size[1]
        inner = (slice(max(y0, 0), min(y0 + size[1], height)), slice(max(x0, 0), min(x0 + size[0], width)))
        part = (
            slice(inner[0].start - y0, inner[0].stop - y0),
            slice(inner[1].start - x0, inner[1].stop - x0),
        )
        near = max(distance[k] - (by[k] - 1) * 1000 * graph["objects"][k]["xyz"][2], 1.0)
        put = shape[part] & ((mask[inner] == k + 1) | (mask[inner] == 0) | (depth[inner] > near))
        image[inner][put], mask[inner][put], depth[inner][put] = pixels[part][put], k + 1, round(near)
    return image, mask, depth
