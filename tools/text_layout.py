"""How a page's text lines lie: reading once per picture, the page's slant, rows, columns, reading order.

Works on line regions of one frame. `Page` turns the lines' centres by the page's slant, so that rows of a photographed,
skewed or turned page are rows. Support for the reading tools.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tools.core import Context
from tools.types import Box, Image, Region, Word


def read_page(ctx: Context, image: Image) -> Page:
    """The page of a picture, read once and kept in the context's memo."""

    def read() -> Page:
        return Page.of_pieces(ctx.model("reader").lines(image))

    page: Page = ctx.memo((image.id, "reader"), read)
    return page


SAYS_LITTLE = 100.0  # pixels of a level line that leave its slant open to about a degree


def slant_of(lines: Sequence[Region]) -> float:
    """The direction in which the lines run, in radians clockwise from rightwards: the median over quads by length.

    A line without a quad may lean by a pixel or two, so that only a long one says that the page is level.
    """
    angles, weights = [], []
    for line in lines:
        if line.quad is None:
            angles.append(0.0)
            weights.append(max(line.box[2] - line.box[0] - SAYS_LITTLE, 0.01))
        else:
            (ax, ay), (bx, by) = line.quad[0], line.quad[1]
            angles.append(math.atan2(by - ay, bx - ax))
            weights.append(math.hypot(bx - ax, by - ay))
    if not angles:
        return 0.0
    order = np.argsort(angles)
    summed = np.cumsum(np.array(weights)[order])
    return float(np.array(angles)[order][int(np.searchsorted(summed, summed[-1] / 2))])


@dataclass(frozen=True)
class Placed:
    """A line in upright page coordinates: along and down the page, in pixels. `index` is its place in Page.lines."""

    index: int
    x0: float
    x1: float
    y: float
    height: float
    text: str


@dataclass(frozen=True)
class Page:
    """Lines in reading order and their slant in radians."""

    lines: tuple[Region, ...]
    slant: float

    @classmethod
    def of(cls, lines: Sequence[Region]) -> Page:
        """Order lines into reading order along the page's own slant."""
        return cls._ordered(lines)

    @classmethod
    def of_pieces(cls, lines: Sequence[Region]) -> Page:
        """The same, where faint print may have come apart: pieces of a row that nearly touch become one line."""
        page = cls._ordered(lines)
        made: list[Region] = []
        for row in page.rows:
            for i, piece in enumerate(row):
                line = page.lines[piece.index]
                before = row[i - 1] if i else None
                if before is not None and _one_line(before, piece) and made[-1].text and line.text:
                    made[-1] = _in_one(made[-1], line)
                else:
                    made.append(line)
        return cls._ordered(made)

    @classmethod
    def _ordered(cls, lines: Sequence[Region]) -> Page:
        slant = _aligned(lines, slant_of(lines))
        placed = [_place(i, line, slant) for i, line in enumerate(lines)]
        order = [p.index for row in rows_of(placed) for p in row]
        return cls(tuple(lines[i] for i in order), slant)

    @cached_property
    def placed(self) -> tuple[Placed, ...]:
        """Every line upright, in reading order."""
        return tuple(_place(i, line, self.slant) for i, line in enumerate(self.lines))

    @cached_property
    def rows(self) -> tuple[tuple[Placed, ...], ...]:
        """Lines that stand beside each other, rows from top to bottom, each from left to right."""
        return tuple(tuple(row) for row in rows_of(self.placed))

    @cached_property
    def blocks(self) -> tuple[tuple[int, ...], ...]:
        """Lines, by their index, that follow closely under one another: a paragraph, an address, a table's column.

        A line goes on with the block whose last line is the nearest above it, within SPACING line heights, that
        reaches over some of its width in print of about its size. Blocks come in the order of their first lines.
        """
        blocks: list[list[int]] = []
        for line in self.placed:
            above = [(line.y - self.placed[b[-1]].y, abs(line.x0 - self.placed[b[-1]].x0), n)
                     for n, b in enumerate(blocks) if _goes_on(self.placed[b[-1]], line)]  # fmt: skip
            if above:
                blocks[min(above)[2]].append(line.index)
            else:
                blocks.append([line.index])
        return tuple(tuple(block) for block in blocks)

    def upright(self, region: Region) -> Placed:
        """A region along and down the page; its index means nothing."""
        return _place(-1, region, self.slant)

    @cached_property
    def row_of(self) -> dict[int, int]:
        """The row in which a line stands, by the line's index."""
        return {p.index: number for number, row in enumerate(self.rows) for p in row}


NEARBY = (0.0, 0.006, -0.006, 0.012, -0.012, 0.018, -0.018)  # radians


def _aligned(lines: Sequence[Region], slant: float) -> float:
    """The slant near an estimate at which the lines make the fewest rows: on crumpled paper, columns lean otherwise."""
    counts = [len(rows_of([_place(i, line, slant + d) for i, line in enumerate(lines)])) for d in NEARBY]
    return slant + NEARBY[counts.index(min(counts))]


SPACING = 2.0  # from a line's middle to the next one's; a blank line between paragraphs is more


def _goes_on(upper: Placed, lower: Placed) -> bool:
    low, high = sorted((upper.height, lower.height))
    close = 0.5 * low < lower.y - upper.y <= SPACING * low and high <= 1.6 * low
    return close and min(upper.x1, lower.x1) > max(upper.x0, lower.x0)


TOUCHING = 0.3  # gap, in line heights, between what a reader boxed, which holds a margin around the print


def _one_line(left: Placed, right: Placed) -> bool:
    low, high = sorted((left.height, right.height))
    return right.x0 - left.x1 <= TOUCHING * low and high <= 1.4 * low


def _in_one(left: Region, right: Region) -> Region:
    """Two pieces of a line as one region, its quad from the first piece's beginning to the second's end."""
    made = joined([left, right], f"{left.text} {right.text}", left.label)
    if left.quad is None or right.quad is None:
        return made
    return made.with_(quad=(left.quad[0], right.quad[1], right.quad[2], left.quad[3]))


def _place(index: int, line: Region, slant: float) -> Placed:
    text = line.text or ""
    cos, sin = math.cos(slant), math.sin(slant)
    if line.quad is None and abs(slant) < 0.02:
        x0, y0, x1, y1 = line.box
        return Placed(index, x0 * cos + (y0 + y1) / 2 * sin, x1 * cos + (y0 + y1) / 2 * sin,
                      (y0 + y1) / 2 * cos - (x0 + x1) / 2 * sin, y1 - y0, text)  # fmt: skip
    x0, y0, x1, y1 = line.box
    corners = line.quad or ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    along = [x * cos + y * sin for x, y in corners]
    down = [y * cos - x * sin for x, y in corners]
    sides = [math.dist(corners[0], corners[3]), math.dist(corners[1], corners[2])]
    return Placed(index, min(along), max(along), sum(down) / 4, sum(sides) / 2, text)


def rows_of(placed: Sequence[Placed]) -> list[list[Placed]]:
    """Group lines into rows by their middles, each row from left to right.

    A line joins the row whose nearest member (along the page) has its middle within half the smaller height; that
    follows rows which sag on crumpled paper.
    """
    rows: list[list[Placed]] = []
    for line in sorted(placed, key=lambda p: (p.y, p.x0)):
        best: tuple[float, list[Placed]] | None = None
        for row in rows[-6:]:
            near = min(row, key=lambda p: max(p.x0 - line.x1, line.x0 - p.x1))
            overlap = min(near.x1, line.x1) - max(near.x0, line.x0)
            if overlap > 0.3 * min(near.x1 - near.x0, line.x1 - line.x0):
                continue
            off = abs(near.y - line.y) / max(min(near.height, line.height), 1.0)
            if off <= 0.5 and (best is None or off < best[0]):
                best = (off, row)
        if best is None:
            rows.append([line])
        else:
            best[1].append(line)
    rows.sort(key=lambda row: float(np.median([p.y for p in row])))
    return [sorted(row, key=lambda p: p.x0) for row in rows]


def words_of(line: Region) -> list[tuple[Word, int, int]]:
    """A line's words with their [start, end) in the line's text; a line without words is one word."""
    text = line.text or ""
    made = []
    at = 0
    for word in line.words:
        start = text.find(word.text, at)
        if start < 0:
            continue
        at = start + len(word.text)
        made.append((word, start, at))
    if not made and text:
        made.append((Word(text, line.box, line.score if line.score is not None else 1.0), 0, len(text)))
    return made


def part_of(line: Region, start: int, end: int, label: str | None) -> Region:
    """The part [start, end) of a line's text as a region, boxed by the words that it touches.

    A part of a word takes its share of the word's box along the line, by characters; so that what stands before an
    address in one joined word is not covered with it.
    """
    text = (line.text or "")[start:end]
    boxes: list[Box] = []
    words = []
    for word, first, last in words_of(line):
        if first < end and start < last:
            boxes.append(
                _share(
                    word.box,
                    max(start - first, 0) / (last - first),
                    min(end - first, last - first) / (last - first),
                    line,
                )
            )
            words.append(word)
    if not boxes:
        return line.with_(text=text, label=label)
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    score = min(w.score for w in words)
    return Region(box, line.frame, score=score, label=label, text=text, words=tuple(words))


def _share(box: Box, start: float, end: float, line: Region) -> Box:
    """The stretch from start to end (shares) of a word's box; slanted and turned words keep their whole box."""
    if (
        line.quad is not None
        and abs(math.atan2(line.quad[1][1] - line.quad[0][1], line.quad[1][0] - line.quad[0][0])) > 0.1
    ):
        return box
    x0, y0, x1, y1 = box
    width = x1 - x0
    slack = 0.02 * width  # characters differ in width
    return (max(x0, x0 + start * width - slack), y0, min(x1, x0 + end * width + slack), y1)


def joined(parts: Sequence[Region], text: str, label: str | None) -> Region:
    """Several parts, such as an address that runs over two lines, as one region around them."""
    if len(parts) == 1:
        return parts[0].with_(text=text, label=label)
    boxes = [p.box for p in parts]
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    scores = [p.score for p in parts if p.score is not None]
    words = tuple(w for p in parts for w in p.words)
    return Region(box, parts[0].frame, score=min(scores) if scores else None, label=label, text=text, words=words)
