"""How well boxes found match boxes known: average precision, exact counts; and a curve drawn as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw


@dataclass(frozen=True)
class Found:
    """One phrase asked of one picture: boxes (N, 4) xyxy pixels, scores (N,) and the true boxes (K, 4).

    A found box whose centre lies on something too small to count should be left out before.
    """

    boxes: NDArray[np.float32]
    scores: NDArray[np.float32]
    truth: NDArray[np.float32]


def iou_matrix(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, K) IoU of xyxy boxes."""
    low, high = np.maximum(a[:, None, :2], b[None, :, :2]), np.minimum(a[:, None, 2:], b[None, :, 2:])
    overlap = np.clip(high - low, 0, None).prod(-1)
    area_a, area_b = (a[:, 2:] - a[:, :2]).prod(1), (b[:, 2:] - b[:, :2]).prod(1)
    result: NDArray[np.float32] = overlap / np.maximum(area_a[:, None] + area_b[None] - overlap, 1e-9)
    return result


def average_precision(answers: Sequence[Found], iou: float) -> float:
    """Area under precision over recall (all points, precision made monotone), detections of all answers pooled."""
    scores, hits, total = [], [], 0
    for a in answers:
        total += len(a.truth)
        order = np.argsort(-a.scores, kind="stable")
        overlap = iou_matrix(a.boxes[order], a.truth)
        free = np.ones(len(a.truth), bool)
        for row, score in zip(overlap, a.scores[order], strict=True):
            best = int(np.argmax(np.where(free, row, -1))) if free.any() else -1
            hit = best >= 0 and row[best] >= iou
            if hit:
                free[best] = False
            scores.append(float(score))
            hits.append(hit)
    if not total:
        return float("nan")
    right = np.array(hits, bool)[np.argsort(-np.array(scores), kind="stable")]
    if not len(right):
        return 0.0
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    return float((precision * right).sum() / total)


def exact_count(answers: Sequence[Found], keep: float) -> float:
    """Share of answers that hold exactly as many boxes scored `keep` or more as there are true ones."""
    return float(np.mean([int((a.scores >= keep).sum()) == len(a.truth) for a in answers]))


def draw_curve(path: Path, title: str, series: dict[str, list[tuple[float, float]]]) -> None:
    """A line chart of (x, y) series, one colour each, smoothed lightly; values in the legend are the last ones."""
    width, height, margin = 900, 480, 60
    picture = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(picture)
    points = [p for s in series.values() for p in s]
    if points:
        x1 = max(p[0] for p in points) or 1.0
        y1 = float(np.percentile([p[1] for p in points], 98)) * 1.1 or 1.0
        colours = ("#1b6ca8", "#c0392b", "#1e8449", "#8e44ad", "#d68910", "#16a085")
        pen.rectangle((margin, margin, width - margin, height - margin), outline="#888888")
        for tick in range(5):
            y = height - margin - tick / 4 * (height - 2 * margin)
            pen.text((8, y - 6), f"{y1 * tick / 4:.3g}", fill="#444444")
            pen.text(
                (margin + tick / 4 * (width - 2 * margin) - 10, height - margin + 8), f"{x1 * tick / 4:.4g}", "#444444"
            )
        for colour, (i, (name, line)) in zip(colours, enumerate(series.items()), strict=False):
            at = [
                (margin + x / x1 * (width - 2 * margin), height - margin - min(y / y1, 1) * (height - 2 * margin))
                for x, y in line
            ]
            if len(at) > 1:
                pen.line(at, fill=colour, width=2)
            if line:
                pen.text((width - margin - 250, margin + 8 + 16 * i), f"{name}: {line[-1][1]:.4g}", fill=colour)
    pen.text((margin, 20), title, fill="black")
    temporary = path.with_suffix(".part.png")
    picture.save(temporary)
    temporary.replace(path)
