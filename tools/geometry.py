"""Algorithms over boxes and masks: IoU and identity. Boxes are xyxy pixels of one frame."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.types import RLE, Box, Floats, Region

SAME_THING = 0.7  # two regions of one frame are the same thing from this IoU on (design, section 3)


def box_iou(a: Floats, b: Floats) -> Floats:
    """Pairwise intersection over union of boxes (N, 4) and (M, 4): float32 (N, M)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.prod(np.clip(high - low, 0, None), axis=2)
    area_a = np.prod(a[:, 2:] - a[:, :2], axis=1)
    area_b = np.prod(b[:, 2:] - b[:, :2], axis=1)
    union = area_a[:, None] + area_b[None, :] - overlap
    iou: Floats = (overlap / np.maximum(union, 1e-9)).astype(np.float32)
    return iou


def suppressed(boxes: Floats, scores: Floats, iou: float) -> list[int]:
    """Indices that survive non-maximum suppression, best score first."""
    kept: list[int] = []
    overlaps = box_iou(boxes, boxes)
    for i in np.argsort(-scores, kind="stable"):
        if all(overlaps[i, j] <= iou for j in kept):
            kept.append(int(i))
    return kept


def overlap_share(inner: Box, outer: Box) -> float:
    """The share of `inner`'s area that lies in `outer`, in [0, 1]."""
    width = min(inner[2], outer[2]) - max(inner[0], outer[0])
    height = min(inner[3], outer[3]) - max(inner[1], outer[1])
    if width <= 0 or height <= 0:
        return 0.0
    return (width * height) / ((inner[2] - inner[0]) * (inner[3] - inner[1]))


def region_iou(a: Region, b: Region) -> float:
    """Mask IoU where both have masks in one frame, else box IoU."""
    if a.mask is not None and b.mask is not None and a.frame == b.frame:
        overlap = _mask_overlap(a.mask, b.mask)
        union = a.mask.area + b.mask.area - overlap
        return overlap / union if union else 0.0
    # In doubles: two boxes of IoU 0.7 are the same thing, which float32 would put at 0.69999999.
    width = min(a.box[2], b.box[2]) - max(a.box[0], b.box[0])
    height = min(a.box[3], b.box[3]) - max(a.box[1], b.box[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = [(x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in (a.box, b.box)]
    return width * height / (sum(areas) - width * height)


def _mask_overlap(a: RLE, b: RLE) -> int:
    """The number of pixels that two masks of one frame share, from their runs: no mask is decoded."""
    a_ends, b_ends = np.cumsum((0, *a.counts)), np.cumsum((0, *b.counts))
    b_runs = np.array((0, *b.counts))
    b_runs[1::2] = 0  # runs of zeros: the first, third, ...
    # Pixels of b before a place grow linearly within each run.
    before = np.interp(a_ends, b_ends, np.cumsum(b_runs))
    return round(float(np.diff(before)[1::2].sum()))


def same_things(a: Sequence[Region], b: Sequence[Region]) -> list[tuple[int, int]]:
    """Pairs (i, j) where a[i] and b[j] are the same thing, matched one to one, best overlap first.

    Regions found by reading are told apart by their text too: two words in nearly one box stay two.
    """
    scored = []
    for i, first in enumerate(a):
        for j, second in enumerate(b):
            if first == second:
                scored.append((2.0, i, j))
                continue
            iou = region_iou(first, second)
            if iou >= SAME_THING and (first.text is None or second.text is None or first.text == second.text):
                scored.append((iou, i, j))
    pairs: list[tuple[int, int]] = []
    used_a: set[int] = set()
    used_b: set[int] = set()
    for _, i, j in sorted(scored, key=lambda s: (-s[0], s[1], s[2])):
        if i not in used_a and j not in used_b:
            pairs.append((i, j))
            used_a.add(i)
            used_b.add(j)
    return pairs
