"""A reliability diagram: the share of right answers over their confidence, drawn with Pillow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

SIDE, LEFT, TOP, RIGHT, BOTTOM = 560, 110, 60, 40, 100
INK, FAINT, BLUE, PALE = "#222222", "#dddddd", "#1f5fa8", "#a9c6e8"


class Binned(Protocol):
    """Answers of like confidence."""

    @property
    def count(self) -> int:
        """How many."""

    @property
    def mean(self) -> float:
        """Their mean confidence."""

    @property
    def right(self) -> float:
        """The share that is right."""


def interval(share: float, count: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95% interval of a share."""
    middle = share + z * z / (2 * count)
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    return (middle - spread) / (1 + z * z / count), (middle + spread) / (1 + z * z / count)


def draw(bins: Sequence[Binned]) -> Pillow.Image:
    """The bins as points with 95% intervals beside the diagonal, on which a calibrated confidence lies.

    Both axes begin at a tenth under everything that is shown. Raises ValueError for no bins.
    """
    if not bins:
        raise ValueError("expected at least one bin, got none")
    shown = [v for b in bins for v in (b.mean, interval(b.right, b.count)[0])]
    low = min(0.9, math.floor(min(shown) * 10) / 10)
    canvas = Pillow.new("RGB", (LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM), "white")
    pen = ImageDraw.Draw(canvas)
    font, small = ImageFont.load_default(22), ImageFont.load_default(18)

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + SIDE * (x - low) / (1 - low), TOP + SIDE * (1 - (y - low) / (1 - low))

    tick = 0.1 if low < 0.75 else 0.05
    for i in range(round((1 - low) / tick) + 1):
        v = low + i * tick
        pen.line((*at(v, low), *at(v, 1)), fill=FAINT)
        pen.line((*at(low, v), *at(1, v)), fill=FAINT)
        x, y = at(v, low)
        pen.text((x, y + 12), f"{v:.{2 if tick < 0.1 else 1}f}", INK, small, "mt")
        x, y = at(low, v)
        pen.text((x - 12, y), f"{v:.{2 if tick < 0.1 else 1}f}", INK, small, "rm")
    pen.line((*at(low, low), *at(1, 1)), fill=INK, width=2)
    pen.rectangle((*at(low, 1), *at(1, low)), outline=INK)
    for b in bins:
        least, most = interval(b.right, b.count)
        pen.line((*at(b.mean, least), *at(b.mean, min(most, 1))), fill=PALE, width=5)
    for b in bins:
        x, y = at(b.mean, b.right)
        pen.ellipse((x - 7, y - 7, x + 7, y + 7), fill=BLUE, outline="white")
    pen.text((LEFT + SIDE / 2, TOP / 2), "How often answers of a confidence are right", INK, font, "mm")
    pen.text((LEFT + SIDE / 2, TOP + SIDE + 60), f"confidence ({sum(b.count for b in bins)} answers)", INK, font, "mm")
    label = Pillow.new("RGB", (SIDE, 40), "white")
    ImageDraw.Draw(label).text((SIDE / 2, 20), "share right, with 95% interval", INK, font, "mm")
    canvas.paste(label.rotate(90, expand=True), (4, TOP))
    return canvas
