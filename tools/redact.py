"""Destroying what stands in regions, so that it cannot be read again.

Covered is at least the box, and where there is more the quad and the mask too, then the ink that sticks out of the box
(measured, see `_with_ink`) and a margin. The result is then read by the role "reader" and compared with what was to go.
NOT here: what else could give a text away: the same text elsewhere in the picture (a warning is logged), the traces and
caches of a request (agent.store), the file (agent.pictures.saving writes no metadata, thumbnail or layer).
"""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

import numpy as np
import numpy.typing as npt

from tools.adapters.roles import Reader
from tools.core import Context, EyeshotError, tool
from tools.geometry import overlap_share
from tools.places import Stamp, placed, polygon, stamp, without_hidden_pixels
from tools.text_layout import read_page
from tools.types import Bools, Box, Image, Pixels, Region, Regions, whole_box

log = logging.getLogger(__name__)

TRIES = 3
MARGIN = 0.08  # of the text's height, around box and ink
GROW = 0.25  # of the text's height, added at each further try
LEFT_OVER = 3  # letters or figures in a row that count as readable (fewer where the text is shorter)
LEAST_CONTRAST = 12  # of 255, between ink and paper
MOST_INK = 0.5  # of the text's height: how far ink may stick out of a box before it is taken for something else


class StillReadable(EyeshotError):
    """A redaction that could be read after every try; the message carries the number of places, never the text."""


@tool(group="edit", example="out = redact(image, mails)", needs=("reader",))
def redact(ctx: Context, image: Image, regions: Regions) -> Image:
    """Cover the regions with solid black, and check by reading the result that nothing of them can be read.

    The frame stays; alpha becomes 255 under the cover, and the pixels under wholly transparent parts anywhere become
    black. Only the regions go: the same text elsewhere stays, and a warning with the number of such places is logged.
    Raises StillReadable where after TRIES ever larger covers something is still read at or beside one of them.
    """
    found = placed(regions, image)
    if not found:
        return image
    reader: Reader = ctx.model("reader")
    turns = _turns(found)
    before = _words(read_page(ctx, image).lines if turns == 0 else _read(reader, image, turns))
    targets = [_letters(_target(region, before)) for region in found]
    remains: list[list[Box]] = [[] for _ in found]  # what could still be read of each region after the tries so far
    readable: list[int] = []
    for attempt in range(TRIES):
        covers = [_cover(image, region, attempt * GROW, remains[i]) for i, region in enumerate(found)]
        result = _blackened(image, covers)
        after = _words(_read(reader, result, turns))
        boxes = [(float(a), float(b), float(c), float(d)) for a, b, c, d in (cover.window for cover in covers)]
        left = [_left_over(targets[i], box, found[i], after, before) for i, box in enumerate(boxes)]
        remains = [old + new for old, new in zip(remains, left, strict=True)]
        readable = [i for i, places in enumerate(left) if places]
        if not readable:
            _warn_of_others(targets, boxes, after)
            return result
    raise StillReadable(
        f"{len(readable)} of {len(found)} redacted places can still be read after {TRIES} tries; nothing was written. "
        "Redact the whole lines instead, or crop the picture"
    )


def _height(region: Region) -> float:
    """Of the text in pixels, across its direction."""
    x0, y0, x1, y1 = region.box
    if region.quad is not None:
        corners = np.array(region.quad)
        return max(float(np.linalg.norm(corners[3] - corners[0])), 1.0)
    return max(min(x1 - x0, y1 - y0), 1.0)


def _cover(image: Image, region: Region, more: float, remains: Sequence[Box]) -> Stamp:
    """What is blackened for one region; `more` heights wider than the first time.

    remains: boxes of words beside the region in which a piece of its text was still read; they go too.
    """
    height = _height(region)
    pad = max(2.0, math.ceil((MARGIN + more) * height))
    boxes = [_grown(box, pad) for box in (_with_ink(image.pixels, region.box, height), *remains)]
    corners = None
    if region.quad is not None:
        corners = np.array(region.quad, dtype=np.float64)
        along, down = (_unit(corners[k] - corners[0]) * pad for k in (1, 3))
        corners += np.array([-along - down, along - down, along + down, down - along])
        (low_x, low_y), (high_x, high_y) = corners.min(axis=0), corners.max(axis=0)
        boxes.append((float(low_x), float(low_y), float(high_x) + 1, float(high_y) + 1))
    mask = None if region.mask is None or not region.mask.area else stamp(region, image.width, image.height)
    if mask is not None:
        a, b, c, d = mask.window
        boxes.append(_grown((float(a), float(b), float(c), float(d)), pad))
    whole = [whole_box(box, image.width, image.height) for box in boxes]
    left, top, right, bottom = (f(w[k] for w in whole) for k, f in enumerate((min, min, max, max)))
    cover = np.zeros((bottom - top, right - left), dtype=bool)
    for x0, y0, x1, y1 in whole[: 1 + len(remains)]:
        cover[y0 - top : y1 - top, x0 - left : x1 - left] = True
    if corners is not None:
        cover |= polygon(corners - (left, top), right - left, bottom - top)
    if mask is not None:
        cover |= _widened(mask, (left, top, right, bottom), pad)
    return Stamp((left, top, right, bottom), cover)


def _widened(mask: Stamp, window: tuple[int, int, int, int], pad: float) -> Bools:
    """The mask, `pad` pixels wider, in the given window."""
    import cv2

    local = np.zeros((window[3] - window[1], window[2] - window[0]), dtype=np.uint8)
    x0, y0, x1, y1 = mask.window
    local[y0 - window[1] : y1 - window[1], x0 - window[0] : x1 - window[0]] = mask.mask
    reach = 2 * int(pad) + 1
    return np.asarray(cv2.dilate(local, np.ones((reach, reach), dtype=np.uint8)), dtype=bool)


def _unit(vector: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), dtype=np.float64)


def _with_ink(pixels: Pixels, box: Box, height: float) -> Box:
    """The box, enlarged to hold the letters that it cuts.

    Ink is what differs from the paper (the median colour) by Otsu's threshold; a connected piece of ink belongs to the
    box when a third or more of it lies inside, which leaves out neighbouring lines, rules and frames.
    """
    import cv2

    reach = math.ceil(MOST_INK * height)
    outer = (box[0] - reach, box[1] - reach, box[2] + reach, box[3] + reach)
    left, top, right, bottom = whole_box(outer, pixels.shape[1], pixels.shape[0])
    window = pixels[top:bottom, left:right].astype(np.int16)
    paper = np.median(window.reshape(-1, 3), axis=0)
    differs = np.abs(window - paper).max(axis=2).astype(np.uint8)
    if differs.max() < LEAST_CONTRAST:
        return box
    threshold, _ = cv2.threshold(differs, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    ink = (differs > max(threshold, LEAST_CONTRAST / 2)).astype(np.uint8)
    x0, y0, x1, y1 = whole_box(box, pixels.shape[1], pixels.shape[0])
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    inside = np.bincount(labels[y0 - top : y1 - top, x0 - left : x1 - left].ravel(), minlength=count)
    low_x, low_y, high_x, high_y = box
    for i in range(1, count):
        x, y, w, h, area = (int(v) for v in stats[i])
        touches_window = x == 0 or y == 0 or x + w == right - left or y + h == bottom - top
        if inside[i] * 3 >= area and not (touches_window and inside[i] * 3 < 2 * area):
            low_x, low_y = min(low_x, x + left), min(low_y, y + top)
            high_x, high_y = max(high_x, x + w + left), max(high_y, y + h + top)
    return (low_x, low_y, high_x, high_y)


def _blackened(image: Image, covers: Iterable[Stamp]) -> Image:
    """The picture with black, opaque covers, and nothing hidden under its transparent parts."""
    pixels = image.pixels.copy()
    alpha = None if image.alpha is None else image.alpha.copy()
    for cover in covers:
        pixels[cover.slices][cover.mask] = 0
        if alpha is not None:
            alpha[cover.slices][cover.mask] = 255
    return without_hidden_pixels(image.edited(pixels, alpha))


def _turns(regions: Sequence[Region]) -> int:
    """Quarter turns clockwise that the text of the regions stands at, by most of their quads."""
    votes = [0, 0, 0, 0]
    for region in regions:
        if region.quad is not None:
            (x0, y0), (x1, y1) = region.quad[0], region.quad[1]
            votes[round(math.degrees(math.atan2(y1 - y0, x1 - x0)) / 90) % 4] += 1
    return votes.index(max(votes))


def _read(reader: Reader, image: Image, turns: int) -> list[Region]:
    """Text lines of the picture, turned upright for the reader, in the picture's frame again."""
    if turns == 0:
        return list(reader.lines(image))
    upright = Image.from_pixels(np.ascontiguousarray(np.rot90(image.pixels, turns)))

    def back(box: Box) -> Box:
        x0, y0, x1, y1 = box
        w, h = image.width, image.height
        if turns == 1:
            return (w - y1, x0, w - y0, x1)
        if turns == 2:
            return (w - x1, h - y1, w - x0, h - y0)
        return (y0, h - x1, y1, h - x0)

    found = []
    for line in reader.lines(upright):
        words = tuple(w.__class__(w.text, back(w.box), w.score) for w in line.words)
        found.append(line.with_(box=back(line.box), frame=image.frame, quad=None, mask=None, words=words))
    return found


def _words(lines: Iterable[Region]) -> list[tuple[str, Box]]:
    """Texts and boxes of the words; a line that comes without words is cut at its spaces, by the number of letters."""
    words: list[tuple[str, Box]] = []
    for line in lines:
        if line.words or not line.text:
            words += [(w.text, w.box) for w in line.words]
            continue
        x0, y0, x1, y1 = line.box
        step = (x1 - x0) / len(line.text)
        for match in re.finditer(r"\S+", line.text):
            words.append((match.group(), (x0 + match.start() * step, y0, x0 + match.end() * step, y1)))
    return words


def _target(region: Region, before: Sequence[tuple[str, Box]]) -> str:
    """The text that is to go: the region's own, else what was read in it."""
    return region.text or " ".join(text for text, box in before if overlap_share(box, region.box) >= 0.5)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _left_over(
    target: str, cover: Box, region: Region, after: Sequence[tuple[str, Box]], before: Sequence[tuple[str, Box]]
) -> list[Box]:
    """Words at or beside the cover that hold a piece of the target which did not stand beside it before.

    A piece is LEFT_OVER letters from anywhere in the target, or two at its start or end.
    """
    if not target:
        return []
    least = min(LEFT_OVER, len(target))
    near = 0.5 * _height(region)
    around = _grown(cover, near)
    beside = [(_letters(other), place) for other, place in before if overlap_share(place, region.box) < 0.5]
    found = []
    for text, box in after:
        if overlap_share(box, around) <= 0:
            continue
        letters = _letters(text)
        for neighbour, place in beside:
            if overlap_share(box, _grown(place, near)) > 0.3:
                letters = _without(letters, neighbour if neighbour == target else neighbour.replace(target, " "))
        rest = letters.strip()
        at_an_end = len(rest) >= 2 and (target.startswith(rest) or target.endswith(rest))
        if at_an_end or _shared(letters, target) >= least:
            found.append(box)
    return found


def _grown(box: Box, by: float) -> Box:
    return (box[0] - by, box[1] - by, box[2] + by, box[3] + by)


def _without(letters: str, known: str) -> str:
    """`letters` without the longest piece that it shares with `known`."""
    match = SequenceMatcher(None, letters, known, autojunk=False).find_longest_match()
    return letters[: match.a] + " " + letters[match.a + match.size :] if match.size > 1 else letters


def _shared(a: str, b: str) -> int:
    """Length of the longest piece that both have."""
    return SequenceMatcher(None, a, b, autojunk=False).find_longest_match().size


def _warn_of_others(targets: Sequence[str], covers: Sequence[Box], after: Sequence[tuple[str, Box]]) -> None:
    """Log how many places away from the covers still show one of the texts; never which."""
    long = [t for t in targets if len(t) > LEFT_OVER]
    others = [box for text, box in after if any(t in _letters(text) for t in long)]
    elsewhere = [box for box in others if all(overlap_share(box, cover) <= 0 for cover in covers)]
    if elsewhere:
        log.warning("a redacted text can also be read in %d other places, which were not redacted", len(elsewhere))
