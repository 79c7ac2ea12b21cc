"""Role "segmenter" without a model: GrabCut from a box (Rother, Kolmogorov and Blake, SIGGRAPH 2004), by OpenCV.

For things on a plain ground, where colour tells them from what surrounds them; a trained segmenter (tools.adapters.sam)
is for everything else. The box is taken as certain outside and likely inside. Its quality is no learnt IoU but how
little the last rounds changed the mask (their IoU).

`everything` cuts out what a detector calls an object, where the profile names one that knows the picture's world.
Without, it finds coloured things on a grey ground only, and takes touching ones for one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tools.adapters import grounding_dino
from tools.adapters.grounding_dino import GroundingDino
from tools.core import NotReady
from tools.types import Bools, Floats, Image, whole_box

ROUNDS = 4
MARGIN = 0.35
"""Share of the box's size that is looked at around it."""


class GrabCut:
    """The segmenter. detector: finds the boxes of `everything`, from the score `least` on."""

    def __init__(self, detector: GroundingDino | None = None, least: float = 0.0) -> None:
        self._detector, self._least = detector, least

    def encode(self, image: Image) -> Any:
        """The picture's pixels in OpenCV's channel order, slightly smoothed."""
        import cv2

        return cv2.bilateralFilter(cv2.cvtColor(np.asarray(image.pixels), cv2.COLOR_RGB2BGR), 5, 20, 3)

    def masks(self, image: Image, encoding: Any, boxes: Floats) -> list[tuple[Bools, float]]:
        """For each xyxy box (N, 4) a mask over the whole frame, the largest connected piece, and its quality."""
        return [self._one(image, encoding, box) for box in boxes]

    def everything(self, image: Image, encoding: Any) -> list[tuple[Bools, float]]:
        """The detector's objects, or connected pieces of what has a colour, each cut out by its box."""
        boxes = self._objects(image)
        if boxes is None:
            boxes = self._coloured(image, encoding)
        return [(mask, quality) for mask, quality in self.masks(image, encoding, boxes) if mask.any()]

    def _objects(self, image: Image) -> Floats | None:
        """The detector's boxes (N, 4); None without a detector, or where it does not know such pictures."""
        if self._detector is None:
            return None
        try:
            found = self._detector.find(image, self._detector.encode(image), "object")
        except NotReady:
            return None
        return np.array([r.box for r in found if (r.score or 0.0) >= self._least], np.float32).reshape(-1, 4)

    def _coloured(self, image: Image, encoding: Any) -> Floats:
        """Boxes (N, 4) of connected pieces of colour."""
        import cv2

        lab = cv2.cvtColor(encoding, cv2.COLOR_BGR2LAB).astype(np.float32)[..., 1:] - 128
        strong = (np.hypot(lab[..., 0], lab[..., 1]) > 14).astype(np.uint8)
        strong = cv2.morphologyEx(strong, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        count, _, stats, _ = cv2.connectedComponentsWithStats(strong)
        least = image.width * image.height / 2000
        kept = [s for s in stats[1:count] if s[cv2.CC_STAT_AREA] >= least]
        return np.array([[s[0], s[1], s[0] + s[2], s[1] + s[3]] for s in kept], np.float32).reshape(-1, 4)

    def _one(self, image: Image, pixels: Any, box: Floats) -> tuple[Bools, float]:
        import cv2

        x0, y0, x1, y1 = whole_box((box[0], box[1], box[2], box[3]), image.width, image.height)
        dx, dy = max(4, round((x1 - x0) * MARGIN)), max(4, round((y1 - y0) * MARGIN))
        left, top = max(x0 - dx, 0), max(y0 - dy, 0)
        part = np.ascontiguousarray(pixels[top : y1 + dy, left : x1 + dx])
        labels = np.full(part.shape[:2], cv2.GC_BGD, np.uint8)
        inner = labels[y0 - top : y1 - top, x0 - left : x1 - left]
        inner[:] = cv2.GC_PR_FGD
        height, width = inner.shape
        inner[height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8] = cv2.GC_FGD
        early = labels & 1
        if (labels == cv2.GC_BGD).any():
            models = np.zeros((1, 65)), np.zeros((1, 65))
            cv2.grabCut(part, labels, (0, 0, 1, 1), *models, ROUNDS - 2, cv2.GC_INIT_WITH_MASK)
            early = labels & 1
            cv2.grabCut(part, labels, (0, 0, 1, 1), *models, 2, cv2.GC_EVAL)
        inside = labels & 1  # GC_FGD is 1, GC_PR_FGD is 3
        quality = float((inside & early).sum() / max(int((inside | early).sum()), 1))
        count, pieces, stats, _ = cv2.connectedComponentsWithStats(inside)
        mask = np.zeros((image.height, image.width), bool)
        if count < 2:
            return mask, 0.0
        largest = pieces == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
        mask[top : top + part.shape[0], left : left + part.shape[1]] = largest
        return mask, quality


def load(detector: str | None = None, least: float = 0.45) -> GrabCut:
    """The segmenter. detector: a checkpoint that finds what `everything` cuts out, from the score `least` on."""
    return GrabCut(grounding_dino.load(detector) if detector else None, least)
