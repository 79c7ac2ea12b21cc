"""Where labels go: near what they point at, hiding as little as possible.

Each label has some 150 candidate spots (around its region, further out with a leader line, inside, anywhere). A spot
costs what it covers: other regions, its own region, labels placed before, and detail of the picture (edges, such as
letters). Labels are placed one after another, those in the thickest crowd first; Christensen et al. (1995) compare
this with better and slower searches.
NOT here: drawing them (tools.drawing).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.types import Box, Pixels, Point

Array = npt.NDArray[np.float64]
GRID = 9  # spots across and down the whole picture, in all but a crowd
CROWD = 60
DETAIL_SIDE = 640  # the longer side at which the picture's detail is measured

# What covering costs, per share of the label's area, and per label height of distance.
ON_LABEL, ON_OWN_TEXT, ON_OWN, ON_OTHER, ON_DETAIL = 40.0, 20.0, 3.0, 8.0, 4.0
PROMISING = 8  # of the cheapest spots, whose leader lines are looked at
FAR, CROSSING, NEARER_TO_ANOTHER = 0.35, 1.5, 1.2


@dataclass(frozen=True)
class Label:
    """To be placed.

    target: the box it points at. outline: points (N, 2) of what is drawn around it, where a leader line ends.
    width, height: of the label in pixels. keep_clear: the target holds text that must stay readable.
    """

    target: Box
    outline: Array
    width: float
    height: float
    keep_clear: bool


@dataclass(frozen=True)
class Spot:
    """A label's box, and its leader line from the label to the region where they do not touch."""

    box: Box
    leader: tuple[Point, Point] | None


def place_labels(pixels: Pixels, labels: Sequence[Label], boxes: Sequence[Box]) -> list[Spot]:
    """A spot for each label, in their order. `boxes` are all regions, none of which should be hidden."""
    height, width = pixels.shape[:2]
    detail = _Detail(pixels)
    all_boxes = np.array(boxes, dtype=np.float64).reshape(-1, 4)
    spots: dict[int, Spot] = {}
    taken = np.zeros((0, 4))
    leaders: list[tuple[Point, Point]] = []
    for i in _crowded_first(labels):
        label = labels[i]
        candidates = _candidates(label, width, height, GRID if len(labels) <= CROWD else 0)
        cost = _cost(label, candidates, all_boxes, taken, detail)
        promising = np.argsort(cost, kind="stable")[:PROMISING]
        lines = [_leader(candidates[k], label) for k in promising]
        crossings = [sum(_cross(line, other) for other in leaders) for line in lines]
        best = candidates[promising[int(np.argmin(cost[promising] + CROSSING * np.array(crossings)))]]
        box = (float(best[0]), float(best[1]), float(best[2]), float(best[3]))
        leader = _leader(best, label)
        spots[i] = Spot(box, leader)
        if leader is not None:
            leaders.append(leader)
        taken = np.vstack([taken, best])
    return [spots[i] for i in range(len(labels))]


def _crowded_first(labels: Sequence[Label]) -> list[int]:
    middles = np.array(
        [[(la.target[0] + la.target[2]) / 2, (la.target[1] + la.target[3]) / 2] for la in labels]
    ).reshape(-1, 2)
    reach = np.array([la.width + la.height for la in labels])
    apart = np.linalg.norm(middles[:, None] - middles[None], axis=2)
    neighbours = (apart < 2 * reach[:, None]).sum(axis=1) if len(labels) else np.zeros(0)
    return sorted(range(len(labels)), key=lambda i: (-int(neighbours[i]), i))


def _candidates(label: Label, width: int, height: int, grid: int) -> Array:
    """(N, 4) xyxy spots inside of the picture where it is large enough, nearest and most usual first."""
    x0, y0, x1, y1 = label.target
    w, h = label.width, label.height
    gap = max(2.0, h * 0.2)
    lefts = (x0, (x0 + x1 - w) / 2, x1 - w)
    tops = (y0, (y0 + y1 - h) / 2, y1 - h)
    corners = []
    for ring in (0.0, 0.7, 1.6, 2.8, 4.5):
        d = gap + ring * h
        corners += [(x, y) for y in (y0 - d - h, y1 + d) for x in (*lefts, x0 - d - w, x1 + d)]
        corners += [(x, y) for x in (x0 - d - w, x1 + d) for y in tops]
    inset = max(1.0, h * 0.25)
    corners += [(x, y) for y in (y0 + inset, y1 - inset - h) for x in (x0 + inset, x1 - inset - w)]
    corners += [(lefts[1], tops[1])]
    # In a page full of text the free places may be far away.
    across = [(x, y) for y in np.linspace(0, height - h, grid) for x in np.linspace(0, width - w, grid)]
    spots = np.array(corners + across)
    margin = h * 0.15 + 1  # the rim
    spots[:, 0] = np.clip(spots[:, 0], margin, max(margin, width - w - margin))
    spots[:, 1] = np.clip(spots[:, 1], margin, max(margin, height - h - margin))
    return np.concatenate([spots, spots + np.array([w, h])], axis=1)


def _cost(label: Label, spots: Array, boxes: Array, taken: Array, detail: _Detail) -> Array:
    """float64 (N,): what a label at each spot hides, and how far it is."""
    area = label.width * label.height
    target = np.array(label.target)
    grown = spots + np.array([-0.15, -0.15, 0.15, 0.15]) * label.height
    own = _overlap(spots, target[None])[:, 0]
    # Covering a corner of a large region hides little of it, covering a small one hides it.
    room = max((target[2] - target[0]) * (target[3] - target[1]), 1.0)
    cost = (ON_OWN_TEXT if label.keep_clear else ON_OWN * min(1.0, 8 * area / room) + 0.6) * own / area
    other = boxes[(boxes != target).any(axis=1)]
    holds = np.zeros(len(other), dtype=bool)
    if len(other):
        sizes = np.maximum(np.prod(other[:, 2:] - other[:, :2], axis=1), 1.0)
        holds = (_overlap(other, target[None])[:, 0] > 0.9 * room) & (sizes > 2 * room)  # it lies in that one anyway
        hidden = _overlap(grown, other) / np.minimum(area, sizes)
        cost += ON_OTHER * (hidden * np.where(holds, 0.05, 1.0)).sum(axis=1)
    if len(taken):
        cost += ON_LABEL * (_overlap(grown, taken) / area).sum(axis=1)
    cost += ON_DETAIL * detail.under(spots)
    away = _away(spots, label.outline)[0]
    cost += FAR * away / label.height
    if len(other):
        gap_x = np.maximum(np.maximum(other[:, 0] - spots[:, 2:3], spots[:, 0:1] - other[:, 2]), 0)
        gap_y = np.maximum(np.maximum(other[:, 1] - spots[:, 3:4], spots[:, 1:2] - other[:, 3]), 0)
        nearer = np.hypot(gap_x, gap_y) < away[:, None] + 0.1 * label.height
        cost += NEARER_TO_ANOTHER * (nearer & ~holds).any(axis=1)
    return np.asarray(cost + np.arange(len(spots)) * 0.002, dtype=np.float64)


def _overlap(a: Array, b: Array) -> Array:
    """Pairwise overlap areas of boxes (N, 4) and (M, 4): (N, M)."""
    wide = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    tall = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    return np.asarray(np.maximum(wide, 0) * np.maximum(tall, 0), dtype=np.float64)


def _away(spots: Array, outline: Array) -> tuple[Array, npt.NDArray[np.intp]]:
    """How far each spot (N, 4) is from the nearest of the points (M, 2), and which one that is."""
    gaps = np.maximum(np.maximum(spots[:, None, :2] - outline, outline - spots[:, None, 2:]), 0)
    away = np.linalg.norm(gaps, axis=2)
    return away.min(axis=1), away.argmin(axis=1)


def _leader(spot: Array, label: Label) -> tuple[Point, Point] | None:
    """From the label's edge to the nearest point of the outline, or None where they are close."""
    away, nearest = _away(spot[None], label.outline)
    if away[0] <= 0.6 * label.height:
        return None
    end = label.outline[nearest[0]]
    start = np.clip(end, spot[:2], spot[2:])
    return (float(start[0]), float(start[1])), (float(end[0]), float(end[1]))


def _cross(first: tuple[Point, Point] | None, second: tuple[Point, Point]) -> bool:
    """Whether two segments cross."""
    if first is None:
        return False

    def side(a: Point, b: Point, c: Point) -> float:
        return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])

    (a, b), (c, d) = first, second
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


class _Detail:
    """How much there is to see under a box, in [0, 1]: the mean strength of edges, by a summed-area table."""

    def __init__(self, pixels: Pixels) -> None:
        import cv2

        height, width = pixels.shape[:2]
        self.scale = min(1.0, DETAIL_SIDE / max(height, width))
        size = (max(1, round(width * self.scale)), max(1, round(height * self.scale)))
        gray = cv2.cvtColor(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
        edges = np.abs(cv2.Laplacian(gray, cv2.CV_32F, ksize=3)) / 60
        self.table = cv2.integral(np.minimum(edges, 1.0))

    def under(self, boxes: Array) -> Array:
        """float64 (N,) for boxes (N, 4) in the picture's pixels."""
        high = np.array(self.table.shape[::-1]) - 1
        low = np.clip(np.floor(boxes[:, :2] * self.scale).astype(int), 0, high - 1)
        up = np.clip(np.ceil(boxes[:, 2:] * self.scale).astype(int), low + 1, high)
        t = self.table
        total = t[up[:, 1], up[:, 0]] - t[low[:, 1], up[:, 0]] - t[up[:, 1], low[:, 0]] + t[low[:, 1], low[:, 0]]
        return np.asarray(total / np.prod(up - low, axis=1), dtype=np.float64)
