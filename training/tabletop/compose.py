"""New pictures from rendered ones: another scene's objects pasted in by depth, crops, flips, and changed light.

Copy-paste follows Ghiasi et al. (CVPR 2021), with the renderer's depth deciding which object stands in front. A pasted
object brings no shadow along.

Frames: every box and mask is in pixels of the picture that it comes with; crops and flips are applied to all alike.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage
from torch import Tensor

from training.tabletop.grow import Layers, factors, grown
from training.tabletop.scenes import SceneSet

MIN_PIXELS = 60
"""Objects with fewer visible pixels (of a 320x240 picture) are ignored: neither found nor wrong to find."""
MOST_OBJECTS = 20
GROW = 0.5
"""Share of pictures in which cubes that were rendered smaller than the other shapes are brought to their size."""
RESAMPLING = (Image.Resampling.BILINEAR, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


@dataclass(frozen=True)
class Sample:
    """One training picture.

    image (H, W, 3) uint8; mask (H, W) uint8, 0 background, k object k, 255 an ignored object; depth (H, W) uint16;
    boxes (objects, 4) float32 xyxy pixels; attributes (objects, 4) value ids in the order of `ATTRIBUTES`.
    """

    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    depth: NDArray[np.uint16]
    boxes: NDArray[np.float32]
    attributes: NDArray[np.int64]


def layers(scenes: SceneSet, index: int, rng: random.Random) -> Layers:
    """Scene `index`'s image, mask and depth, at times with its cubes grown."""
    plain = scenes.images[index], scenes.masks[index], scenes.depth[index]
    by = factors(scenes.graphs[index], rng) if rng.random() < GROW else {}
    return grown(plain, by, scenes.graphs[index]) if by else plain


def paste(
    scenes: SceneSet, base: int, other: int, rng: random.Random
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint16], NDArray[np.int64]]:
    """Scene `base` with some of scene `other`'s objects at their own places, the nearer one in front."""
    image, mask, depth = (layer.copy() for layer in layers(scenes, base, rng))
    more_image, more_mask, more_depth = layers(scenes, other, rng)
    attributes, more = scenes.attributes(base), scenes.attributes(other)
    keep = [k for k in range(len(more)) if rng.random() < 0.7][: MOST_OBJECTS - len(attributes)]
    lookup = np.zeros(256, np.uint8)
    for at, k in enumerate(keep):
        lookup[k + 1] = len(attributes) + at + 1
    step = -1 if rng.random() < 0.5 else 1
    other_mask = lookup[more_mask[:, ::step]]
    other_depth = more_depth[:, ::step]
    put = (other_mask > 0) & ((mask == 0) | (other_depth < depth))
    image[put], mask[put], depth[put] = more_image[:, ::step][put], other_mask[put], other_depth[put]
    return image, mask, depth, np.concatenate([attributes, more[keep]])


def sample(
    scenes: SceneSet,
    pool: Sequence[int],
    size_wh: tuple[int, int],
    rng: random.Random,
    paste_probability: float = 0.6,
    zoom: float = 0.8,
) -> Sample:
    """One picture of the size asked for: a scene of `pool`, perhaps with another's objects, cropped and flipped."""
    base = rng.choice(pool)
    if rng.random() < paste_probability:
        image, mask, depth, attributes = paste(scenes, base, rng.choice(pool), rng)
    else:
        image, mask, depth = layers(scenes, base, rng)
        attributes = scenes.attributes(base)
    width, height = scenes.size_wh
    window_w = min(width, height * size_wh[0] / size_wh[1])
    if abs(size_wh[0] / size_wh[1] - width / height) < 0.03:
        window_w, window_h = float(width), float(height)
    else:
        window_h = window_w * size_wh[1] / size_wh[0]
    factor = rng.uniform(zoom, 1.0) if rng.random() < 0.35 else 1.0
    window_w, window_h = window_w * factor, window_h * factor
    left, top = rng.uniform(0, width - window_w), rng.uniform(0, height - window_h)
    window, flip, resampling = (left, top, window_w, window_h), rng.random() < 0.5, rng.choice(RESAMPLING)
    return _window(image, mask, depth, attributes, window, size_wh, flip, resampling)


def _window(
    image: NDArray[np.uint8],
    mask: NDArray[np.uint8],
    depth: NDArray[np.uint16],
    attributes: NDArray[np.int64],
    window: tuple[float, float, float, float],
    size_wh: tuple[int, int],
    flip: bool,
    resampling: Image.Resampling,
) -> Sample:
    left, top, window_w, window_h = window
    found = ndimage.find_objects(mask, max_label=len(attributes))
    boxes = np.array([[s[1].start, s[0].start, s[1].stop, s[0].stop] if s else [0, 0, 0, 0] for s in found], np.float32)
    scale = np.array([size_wh[0] / window_w, size_wh[1] / window_h] * 2, np.float32)
    boxes = (boxes.reshape(-1, 4) - np.array([left, top, left, top], np.float32)) * scale
    boxes = np.clip(boxes, 0, np.array([*size_wh, *size_wh], np.float32))
    area = (left, top, left + window_w, top + window_h)
    if area != (0, 0, *size_wh):
        image = np.asarray(Image.fromarray(image).resize(size_wh, resampling, box=area))
        columns = (left + (np.arange(size_wh[0]) + 0.5) / scale[0]).astype(np.int64)
        rows = (top + (np.arange(size_wh[1]) + 0.5) / scale[1]).astype(np.int64)
        mask, depth = mask[rows[:, None], columns], depth[rows[:, None], columns]
    if flip:
        image, mask, depth = image[:, ::-1], mask[:, ::-1], depth[:, ::-1]
        boxes[:, [0, 2]] = size_wh[0] - boxes[:, [2, 0]]
    seen = np.bincount(mask.ravel(), minlength=len(attributes) + 1)[1 : len(attributes) + 1]
    kept = np.flatnonzero(seen >= MIN_PIXELS * size_wh[0] ** 2 / 320**2)
    lookup = np.full(len(attributes) + 1, 255, np.uint8)
    lookup[0] = 0
    lookup[kept + 1] = np.arange(1, len(kept) + 1)
    return Sample(np.ascontiguousarray(image), lookup[mask], np.ascontiguousarray(depth), boxes[kept], attributes[kept])


def relight(images: NDArray[np.uint8], generator: torch.Generator) -> Tensor:
    """(B, H, W, 3) uint8 to (B, 3, H, W) float32 in 0..1 under changed light, camera and noise, each picture its own.

    Exposure, contrast, gamma, colour temperature (within what keeps the eight colours apart), a sideways falloff of the
    light, blur of a lower resolution, sharpening
    (a cleaner renderer or a camera that sharpens), sensor noise.
    """
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float().div_(255)
    count, _, height, width = x.shape

    def draw(low: float, high: float, *shape: int) -> Tensor:
        return torch.empty(count, *(shape or (1, 1, 1))).uniform_(low, high, generator=generator)

    def some(probability: float) -> Tensor:
        return (torch.rand(count, 1, 1, 1, generator=generator) < probability).float()

    x = x * (1 + some(0.7) * draw(-0.3, 0.3))
    warmth = some(0.5) * draw(-0.1, 0.1)
    x = x * torch.cat([1 + warmth, 1 + some(0.3) * draw(-0.04, 0.04), 1 - warmth], dim=1)
    across, down = (
        torch.linspace(-0.5, 0.5, width).view(1, 1, 1, -1),
        torch.linspace(-0.5, 0.5, height).view(1, 1, -1, 1),
    )
    x = x * (1 + some(0.4) * (draw(-0.4, 0.4) * across + draw(-0.4, 0.4) * down))
    x = (x - 0.45) * (1 + some(0.5) * draw(-0.25, 0.25)) + 0.45
    x = x.clamp_(0, 1)
    for i in range(count):
        roll = torch.rand(3, generator=generator).tolist()
        if roll[0] < 0.35:
            x[i] = x[i].clamp_min(1e-4).pow(float(np.exp((roll[2] - 0.5) * 0.6)))
        if roll[1] < 0.12:
            small = torch.nn.functional.interpolate(
                x[i : i + 1], scale_factor=0.5 + 0.4 * roll[2], mode="bilinear", antialias=True
            )
            x[i] = torch.nn.functional.interpolate(small, size=(height, width), mode="bilinear")[0]
    blurred = torch.nn.functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)
    x = x + some(0.5) * draw(0.2, 2.0) * (x - blurred)
    noise = torch.randn(x.shape, generator=generator) * (some(0.6) * draw(0, 0.02))
    return (x + noise).clamp_(0, 1)
