"""Drawing outlines, numbered marks and labels on pictures; for the tools that show and for evidence overlays.

Set-of-Mark (Yang et al. 2023, arXiv:2310.11441) with marks beside what they mark. Sizes follow the picture, so that a
200-pixel and a 6,000-pixel picture look alike when seen at one size. Colours are those of Okabe and Ito (2008), told
apart by colour-blind people; every line has a dark rim and every label black or white letters, whichever reads better.
NOT here: where a label goes (tools.placing).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.places import placed, stamp
from tools.placing import Label, place_labels
from tools.types import Box, Image, Pixels, Region, Regions

Color = tuple[int, int, int]
COLORS: tuple[Color, ...] = (
    (213, 94, 0), (0, 114, 178), (0, 158, 115), (204, 121, 167), (230, 159, 0), (86, 180, 233), (240, 228, 66),
)  # fmt: skip
ACCENT: Color = (255, 176, 0)
RIM: Color = (20, 20, 20)
LONGEST_LABEL = 28
# Fonts with Hangul (and mostly Han) by file name; Pillow looks through the system's own font folders.
WIDE_FONTS = (
    "NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "NotoSansKR-Regular.otf", "NanumGothicBold.ttf",
    "NanumGothic.ttf", "NanumBarunGothic.ttf", "NanumSquareB.ttf", "malgun.ttf", "AppleSDGothicNeo.ttc", "UnDotum.ttf",
)  # fmt: skip


def draw_marks(image: Image, regions: Regions) -> Image:
    """Numbered marks (1, 2, ... in the order of the regions), placed where they hide least, and outlines.

    A mark stands outside of a small region, with a line to it where it is far. The frame stays. Regions of other frames
    are mapped; raises ToolError for those of another picture. Regions outside of the picture keep their number.
    """
    items = []
    for number, region in enumerate(regions, start=1):
        items += [(r, str(number), COLORS[(number - 1) % len(COLORS)]) for r in placed([region], image)]
    return _draw(image, items)


def draw_evidence(image: Image, items: Sequence[tuple[Region, str]]) -> Image:
    """Outlines with short labels ("total: 12.40"), none of which covers what another one points at where that can be.

    The words before a colon are the label's kind, and each kind has a colour. An empty label draws the outline alone.
    """
    kinds = list(dict.fromkeys(label.split(":")[0].strip() for _, label in items))
    drawn = []
    for region, label in items:
        color = COLORS[kinds.index(label.split(":")[0].strip()) % len(COLORS)]
        drawn += [(r, _short(label), color) for r in placed([region], image)]
    return _draw(image, drawn)


def outline_regions(image: Image, regions: Iterable[Region], color: Color = ACCENT) -> Image:
    """The outlines alone, in one colour, of regions that lie in the picture's frame."""
    return _draw(image, [(r, "", color) for r in regions])


def line_width(image: Image) -> float:
    """Of an outline, in pixels: 1.5 on small pictures, and about a 400th of the picture's size on large ones."""
    return max(1.5, math.sqrt(image.width * image.height) / 380)


def font_size(image: Image, count: int) -> float:
    """Of marks and labels, in pixels: never under 11, about a 48th of the picture's size, less in a crowd."""
    size = math.sqrt(image.width * image.height) / 46
    return max(11.0, size * (1.0 if count <= 30 else max(0.65, math.sqrt(30 / count))))


def _shorter(region: Region) -> float:
    x0, y0, x1, y1 = region.box
    return min(x1 - x0, y1 - y0)


def _short(label: str) -> str:
    label = " ".join(label.split())
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"


def _draw(image: Image, items: Sequence[tuple[Region, str, Color]]) -> Image:
    """Outlines first, then leader lines, then the labels, so that no line crosses a label."""
    if not items:
        return image
    canvas = np.ascontiguousarray(image.pixels.copy())
    width = line_width(image)
    shapes = [_contours(region, image, width) for region, _, _ in items]
    for rim in (True, False):
        for (region, _, own), contours in zip(items, shapes, strict=True):
            thin = width if region.text is None else min(width, max(1.0, _shorter(region) * 0.07))
            rimmed = thin + max(1.5, thin * 0.7)
            _lines(canvas, contours, RIM if rim else own, rimmed if rim else thin, closed=True)
    size = font_size(image, len(items))
    texts = [_writable(text) for _, text, _ in items]
    labels = [
        Label(region.box, _along(contours), *_label_size(text, size), region.text is not None)
        for (region, _, _), contours, text in zip(items, shapes, texts, strict=True)
        if text
    ]
    drawn = [(text, color) for text, (_, _, color) in zip(texts, items, strict=True) if text]
    spots = place_labels(image.pixels, labels, [r.box for r, _, _ in items])
    for spot, (_, color) in zip(spots, drawn, strict=True):
        if spot.leader is not None:
            line = [np.array(spot.leader)]
            _lines(canvas, line, RIM, width + max(1.5, width * 0.7), closed=False)
            _lines(canvas, line, color, width, closed=False)
    for spot, (text, color) in zip(spots, drawn, strict=True):
        _label(canvas, spot.box, text, color, size)
    alpha = None
    if image.alpha is not None:
        alpha = np.where((canvas != image.pixels).any(axis=2), 255, image.alpha).astype(np.uint8)
    return image.edited(canvas, alpha)


def _contours(region: Region, image: Image, width: float) -> list[npt.NDArray[np.float64]]:
    """Closed lines (N, 2) around the region: of its mask, its quad, or its box with rounded corners.

    Lines around a box run just outside of it, but inside of the picture. Around text they run on the edge: what reads
    text leaves room around it, and the next line of text is close.
    """
    import cv2

    if region.mask is not None and region.mask.area:
        place = stamp(region, image.width, image.height)
        padded = np.pad(place.mask.astype(np.uint8), 1)
        found, _ = cv2.findContours(padded, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        origin = np.array(place.window[:2]) - 0.5
        found = sorted(found, key=len, reverse=True)
        smooth = [cv2.approxPolyDP(c, 0.6, closed=True) for k, c in enumerate(found) if k == 0 or len(c) > 4]
        return [c[:, 0].astype(np.float64) + origin for c in smooth]
    gap = 0.0 if region.text is not None else width * 0.5 + 1
    inset = width * 0.5
    if region.quad is not None:
        corners = np.array(region.quad, dtype=np.float64)
        return [np.clip(corners, inset, [image.width - inset, image.height - inset])]
    x0, y0, x1, y1 = region.box
    high_x, high_y = image.width - inset, image.height - inset
    box = (max(x0 - gap, inset), max(y0 - gap, inset), min(x1 + gap, high_x), min(y1 + gap, high_y))
    return [_rounded(box, min(width * 2.5, (x1 - x0) / 5, (y1 - y0) / 5))]


def _along(contours: Sequence[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Up to 96 points (N, 2) along closed lines, evenly spread over each."""
    each = max(12, 96 // len(contours))
    points = []
    for line in contours[:8]:
        closed = np.concatenate([line, line[:1]])
        walked = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(closed, axis=0), axis=1))])
        at = np.linspace(0, walked[-1], each, endpoint=False)
        points.append(np.stack([np.interp(at, walked, closed[:, k]) for k in (0, 1)], axis=1))
    return np.concatenate(points)


def _rounded(box: Box, radius: float) -> npt.NDArray[np.float64]:
    """The outline (N, 2) of a rectangle with rounded corners."""
    x0, y0, x1, y1 = box
    turn = np.linspace(0, np.pi / 2, 7)
    arc = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius
    corners = []
    for (x, y), quarter in zip(((x1 - radius, y1 - radius), (x0 + radius, y1 - radius), (x0 + radius, y0 + radius),
                                (x1 - radius, y0 + radius)), range(4), strict=True):  # fmt: skip
        cos, sin = ((1, 0), (0, 1), (-1, 0), (0, -1))[quarter]
        corners.append(np.stack([x + arc[:, 0] * cos - arc[:, 1] * sin, y + arc[:, 0] * sin + arc[:, 1] * cos], axis=1))
    return np.concatenate(corners)


def _lines(canvas: Pixels, lines: Sequence[npt.NDArray[np.float64]], color: Color, width: float, closed: bool) -> None:
    """Smooth lines; OpenCV takes whole widths, so half ones are rounded."""
    import cv2

    points = [np.rint((line - 0.5) * 16).astype(np.int32) for line in lines]
    cv2.polylines(canvas, points, closed, color, max(1, round(width)), cv2.LINE_AA, shift=4)


def _label(canvas: Pixels, box: Box, text: str, color: Color, size: float) -> None:
    """A filled pill with a rim and the text in its middle, painted into the window of `box` only."""
    import cv2
    from PIL import Image as Pil
    from PIL import ImageDraw

    height = box[3] - box[1]
    radius = height * 0.3
    rim = max(1.0, size * 0.08)
    for grow, fill in ((rim + max(1.0, rim * 0.6), RIM), (rim, (255, 255, 255)), (0.0, color)):
        shape = _rounded((box[0] - grow, box[1] - grow, box[2] + grow, box[3] + grow), radius + grow)
        cv2.fillPoly(canvas, [np.rint((shape - 0.5) * 16).astype(np.int32)], fill, cv2.LINE_AA, shift=4)
    x0, y0 = max(int(box[0]), 0), max(int(box[1]), 0)
    window = canvas[y0 : int(np.ceil(box[3])), x0 : int(np.ceil(box[2]))]
    picture = Pil.fromarray(window)
    middle = ((box[0] + box[2]) / 2 - x0, (box[1] + box[3]) / 2 - y0)
    # Figures and capitals are centred by their own height; letters with descenders would sit too high.
    font = _font(_is_wide(text), size)
    _, top, _, bottom = font.getbbox("0", anchor="ls")
    ImageDraw.Draw(picture).text(
        (middle[0], middle[1] - (top + bottom) / 2), text, fill=_letters_on(color), font=font, anchor="ms"
    )
    window[...] = np.asarray(picture)


def _letters_on(color: Color) -> Color:
    """Black or white, whichever has the higher contrast (WCAG 2.1 relative luminance)."""
    linear = [(c / 255 / 12.92) if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return (0, 0, 0) if (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) else (255, 255, 255)


def _label_size(text: str, size: float) -> tuple[float, float]:
    """Width and height of the pill around a text."""
    height = round(size * 1.35)
    return max(_font(_is_wide(text), size).getlength(text) + size * 0.7, height), height


def _is_wide(text: str) -> bool:
    """Whether it has letters beyond those of Pillow's own font (Latin, with punctuation and currency signs)."""
    return any(c.isalpha() and ord(c) > 0x024F for c in text)


def _writable(text: str) -> str:
    """The text, or what is left of it when no font on this machine has its letters."""
    if not _is_wide(text) or _wide_font_name() is not None:
        return text
    return "".join(c for c in text if not (c.isalpha() and ord(c) > 0x024F)).strip(" :…")


@lru_cache(maxsize=64)
def _font(wide: bool, size: float) -> Any:
    from PIL import ImageFont

    name = _wide_font_name() if wide else None
    return ImageFont.truetype(name, size) if name else ImageFont.load_default(size)


@lru_cache(maxsize=1)
def _wide_font_name() -> str | None:
    from PIL import ImageFont

    for name in WIDE_FONTS:
        try:
            ImageFont.truetype(name, 12)
        except OSError:
            continue
        return name
    return None
