"""Geometry of text lines for OCR adapters: straight crops under quads, quarter turns, words from character columns.

A quad is float32 (4, 2), clockwise from the text's own top left, in pixels of whichever picture it was found in.
Support for tools.adapters.rapid_ocr; numpy only, so that it can be tested without a model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.types import Box, Floats, Pixels, Word

GAP_SHARE = 0.25  # a blank stretch this wide, in crop heights, may part two words although no space was read
GAP_TIMES = 2.5  # where it is also this many times the line's usual gap between letters
INK_SHARE = 0.25  # a column holds ink from this share of the crop's own contrast on


@dataclass(frozen=True)
class Reading:
    """What a recogniser made of one crop.

    text: with its spaces. score: mean character probability in [0, 1]. centers: for each character of `text` that is
    not a space, the middle of its column as a share of the crop's width, in [0, 1]. scores: their probabilities.
    """

    text: str
    score: float
    centers: tuple[float, ...]
    scores: tuple[float, ...]


def turn_quads(quads: Floats, turns: int, width: int, height: int) -> Floats:
    """Map quads found in np.rot90(picture, turns) back to the picture of width x height; the corners' order stays.

    np.rot90 turns counter-clockwise; pixel edges map to pixel edges, so the mapping is exact.
    """
    x, y = quads[..., 0], quads[..., 1]
    turned = {0: (x, y), 1: (width - y, x), 2: (width - x, height - y), 3: (y, height - x)}[turns % 4]
    return np.stack(turned, axis=-1).astype(np.float32)


def side_lengths(quads: Floats) -> tuple[Floats, Floats]:
    """Lengths (N,) along the text (top edge) and across it (left edge), in pixels."""
    along = np.linalg.norm(quads[:, 1] - quads[:, 0], axis=1)
    across = np.linalg.norm(quads[:, 3] - quads[:, 0], axis=1)
    return along.astype(np.float32), across.astype(np.float32)


def standing_share(quads: Floats) -> float:
    """The share, by length, of the quads that are higher than wide: near 1 where a page lies on its side."""
    if not len(quads):
        return 0.0
    along, across = side_lengths(quads)
    longest = np.maximum(along, across)
    return float(longest[across > 1.5 * along].sum() / max(float(longest.sum()), 1e-6))


def box_of(quad: npt.ArrayLike, width: int, height: int) -> Box | None:
    """The axis-aligned xyxy box around a quad, clipped to width x height; None where nothing of it lies inside."""
    points = np.asarray(quad, dtype=np.float64)
    x0, y0 = np.clip(points.min(axis=0), 0, [width, height])
    x1, y1 = np.clip(points.max(axis=0), 0, [width, height])
    return (float(x0), float(y0), float(x1), float(y1)) if x0 < x1 and y0 < y1 else None


def ink_columns(crop: Pixels) -> npt.NDArray[np.bool_]:
    """Which columns of a crop (height, width, 3) hold ink, dark on light or light on dark: bool (width,).

    The margins above and below are left out, where neighbouring lines reach in.
    """
    gray = crop.mean(axis=2)
    height = gray.shape[0]
    inner = gray[height // 8 : max(height - height // 8, height // 8 + 1)]
    paper = np.median(inner)
    distance = np.abs(inner - paper)
    contrast = np.percentile(distance, 98)
    columns: npt.NDArray[np.bool_] = distance.max(axis=0) > max(INK_SHARE * contrast, 12.0)
    return columns


def blank_run(ink: npt.NDArray[np.bool_], start: int, end: int) -> tuple[int, int]:
    """The longest stretch [a, b) without ink in [start, end); (m, m) at the middle where every column holds some."""
    middle = (start + end) // 2
    best = (middle, middle)
    run = start
    for x in range(start, end + 1):
        if x == end or ink[x]:
            if x - run > best[1] - best[0]:
                best = (run, x)
            run = x + 1
    return best


def split_words(reading: Reading, crop: Pixels) -> tuple[str, list[tuple[str, float, float, float]]]:
    """The line's text and its words as (text, start, end, score), start and end as shares of the crop's width.

    Words part at the spaces that were read, and at blank stretches that are wide for the line (GAP_SHARE, GAP_TIMES),
    where recognisers often drop the space ("TotalAmount"); there the text gets the space back. Words end at their ink.
    """
    height, width = crop.shape[:2]
    ink = ink_columns(crop)
    letters = [c for c in reading.text if not c.isspace()]
    if not letters or len(letters) != len(reading.centers):
        return reading.text, []
    spaced = _space_before(reading.text)
    columns = [min(max(round(c * width), 0), width) for c in reading.centers]
    bounds: list[tuple[int, int]] = []  # the blank stretch before letter i (i >= 1)
    for i in range(1, len(letters)):
        bounds.append(blank_run(ink, columns[i - 1], min(max(columns[i], columns[i - 1] + 1), width)))
    gaps = [b - a for i, (a, b) in enumerate(bounds, start=1) if i not in spaced]
    wide = max(GAP_SHARE * height, GAP_TIMES * float(np.median(gaps)) + 0.1 * height if gaps else 0.0)
    starts = [0]
    for i, (a, b) in enumerate(bounds, start=1):
        if i in spaced or (b - a >= wide and _may_part(letters[:i], letters[i])):
            starts.append(i)
    inked = np.flatnonzero(ink)
    left = min(int(inked[0]), columns[0]) if len(inked) else 0
    right = max(int(inked[-1]) + 1, columns[-1]) if len(inked) else width
    found = []
    for first, after in zip(starts, [*starts[1:], len(letters)], strict=True):
        start = left if first == 0 else bounds[first - 1][1]
        end = right if after == len(letters) else bounds[after - 1][0]
        score = float(np.mean(reading.scores[first:after]))
        end = min(max(end, start + 1), width)
        found.append(("".join(letters[first:after]), min(start, end - 1) / width, end / width, score))
    return " ".join(word for word, *_ in found), found


def _space_before(text: str) -> set[int]:
    """The indices, among the characters that are not spaces, of those with a space before them."""
    found: set[int] = set()
    index = 0
    for i, c in enumerate(text):
        if c.isspace():
            continue
        if i and text[i - 1].isspace():
            found.add(index)
        index += 1
    return found


def _may_part(before: Sequence[str], right: str) -> bool:
    """Whether a blank stretch between characters may be a lost space: digits and times are often set wide apart."""
    left = before[-1]
    if ord(left) >= 0x2E80 or ord(right) >= 0x2E80 or not right.isalnum():
        return False
    if left in ":)":
        return not (len(before) > 1 and before[-2].isdigit())
    return left.isalnum() and not (left.isdigit() and right.isdigit())


def place_words(found: Sequence[tuple[str, float, float, float]], quad: Floats, width: int, height: int) -> list[Word]:
    """Words with their xyxy boxes in the picture of width x height, from shares along the line's quad."""
    words = []
    for text, start, end, score in found:
        top = quad[1] - quad[0]
        bottom = quad[2] - quad[3]
        corners = [quad[0] + start * top, quad[0] + end * top, quad[3] + end * bottom, quad[3] + start * bottom]
        box = box_of(corners, width, height)
        if box is not None:
            words.append(Word(text, box, min(max(score, 0.0), 1.0)))
    return words
