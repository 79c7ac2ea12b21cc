"""The values that programs compute with: pictures, regions, depth, and the frames that tie them together.

Every value is frozen and validated when made; a validator raises ValueError with what was expected and what arrived.
Boxes are xyxy in pixels of a frame; x grows to the right, y downwards, the pixel (0, 0) covers [0, 1) x [0, 1).
NOT here: reading or writing files (agent.pictures), drawing (tools.drawing), algorithms over boxes (tools.geometry).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from tools.order import reading_order

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
Affine = tuple[float, float, float, float, float, float]

IDENTITY: Affine = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Frame:
    """The geometry of one picture.

    root: content id of the picture whose pixel grid is the root frame.
    width, height: size of this frame in its own pixels.
    to_root: (a, b, c, d, e, f); a point (x, y) here is (a x + b y + c, d x + e y + f) in the root frame.

    A pixel edit keeps the frame, a crop or zoom derives one with the same root, a geometric edit starts a new root.
    """

    root: str
    width: int
    height: int
    to_root: Affine = IDENTITY

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise ValueError(f"a frame has at least 1x1 pixels, got {self.width}x{self.height}")

    def points_to_root(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map points (N, 2) of this frame to the root frame, (N, 2) float64."""
        a, b, c, d, e, f = self.to_root
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        return np.stack([a * xy[:, 0] + b * xy[:, 1] + c, d * xy[:, 0] + e * xy[:, 1] + f], axis=1)

    def box_to_root(self, box: Box) -> Box:
        """The axis-aligned xyxy box in the root frame that encloses `box` of this frame."""
        x0, y0, x1, y1 = box
        corners = self.points_to_root([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        low, high = corners.min(axis=0), corners.max(axis=0)
        return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))

    def cropped(self, x0: int, y0: int, x1: int, y1: int) -> Frame:
        """The frame of the crop [x0, x1) x [y0, y1), whole pixels of this frame."""
        a, b, c, d, e, f = self.to_root
        moved = (a, b, a * x0 + b * y0 + c, d, e, d * x0 + e * y0 + f)
        return Frame(self.root, x1 - x0, y1 - y0, moved)

    def scaled(self, width: int, height: int) -> Frame:
        """The frame of this picture resized to width x height."""
        a, b, c, d, e, f = self.to_root
        sx, sy = self.width / width, self.height / height
        return Frame(self.root, width, height, (a * sx, b * sy, c, d * sx, e * sy, f))


def content_id(*parts: bytes | str) -> str:
    """32 hex digits of the SHA-256 over the parts, each preceded by its length so that parts cannot run together."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()[:32]


@dataclass(frozen=True, eq=False)
class Image:
    """A picture in memory.

    pixels: uint8 (height, width, 3), sRGB, read-only. alpha: uint8 (height, width) or None where all is opaque.
    """

    pixels: Pixels
    frame: Frame
    alpha: Pixels | None = None

    def __post_init__(self) -> None:
        shape, dtype = self.pixels.shape, self.pixels.dtype
        if self.pixels.ndim != 3 or shape[2] != 3 or dtype != np.uint8:
            raise ValueError(f"pixels must be uint8 (height, width, 3), got {dtype} {shape}")
        if (self.frame.height, self.frame.width) != shape[:2]:
            raise ValueError(f"the frame is {self.frame.width}x{self.frame.height}, the pixels {shape[1]}x{shape[0]}")
        if self.alpha is not None and (self.alpha.shape != shape[:2] or self.alpha.dtype != np.uint8):
            raise ValueError(f"alpha must be uint8 {shape[:2]}, got {self.alpha.dtype} {self.alpha.shape}")
        self.pixels.flags.writeable = False

    @classmethod
    def from_pixels(cls, pixels: Pixels, alpha: Pixels | None = None) -> Image:
        """A picture that starts a frame of its own, named by its content."""
        pixels = np.ascontiguousarray(pixels)
        root = content_id(str(pixels.shape), pixels.tobytes(), b"" if alpha is None else alpha.tobytes())
        return cls(pixels, Frame(root, pixels.shape[1], pixels.shape[0]), alpha)

    @cached_property
    def id(self) -> str:
        """The id of this content: equal pixels and alpha in an equal frame have equal ids."""
        alpha = b"" if self.alpha is None else self.alpha.tobytes()
        return content_id(repr(self.frame), self.pixels.tobytes(), alpha)

    @property
    def width(self) -> int:
        return self.frame.width

    @property
    def height(self) -> int:
        return self.frame.height

    def edited(self, pixels: Pixels, alpha: Pixels | None = None) -> Image:
        """The same frame with other pixels (and the alpha of before unless given)."""
        return Image(np.ascontiguousarray(pixels), self.frame, self.alpha if alpha is None else alpha)

    def crop(self, box: Box) -> Image:
        """The part under `box` (xyxy pixels of this frame, rounded outwards, clipped); at least one pixel."""
        x0, y0, x1, y1 = whole_box(box, self.width, self.height)
        alpha = None if self.alpha is None else np.ascontiguousarray(self.alpha[y0:y1, x0:x1])
        return Image(np.ascontiguousarray(self.pixels[y0:y1, x0:x1]), self.frame.cropped(x0, y0, x1, y1), alpha)

    def whole(self) -> Region:
        """The region that covers the whole picture."""
        return Region((0.0, 0.0, float(self.width), float(self.height)), self.frame)


def whole_box(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """`box` rounded outwards to whole pixels and clipped to width x height; at least one pixel wide and high."""
    x0, y0 = int(np.floor(box[0])), int(np.floor(box[1]))
    x1, y1 = int(np.ceil(box[2])), int(np.ceil(box[3]))
    x0, y0 = min(max(x0, 0), width - 1), min(max(y0, 0), height - 1)
    return x0, y0, max(min(x1, width), x0 + 1), max(min(y1, height), y0 + 1)


@dataclass(frozen=True)
class RLE:
    """A binary mask, run-length encoded column by column as COCO does (uncompressed counts, zeros first)."""

    height: int
    width: int
    counts: tuple[int, ...]

    def __post_init__(self) -> None:
        if any(c < 0 for c in self.counts) or sum(self.counts) != self.height * self.width:
            raise ValueError(f"counts must be >= 0 and add up to {self.height * self.width}, got {sum(self.counts)}")

    @classmethod
    def encode(cls, mask: Bools) -> RLE:
        """From bool (height, width)."""
        if mask.ndim != 2:
            raise ValueError(f"a mask is (height, width), got {mask.shape}")
        flat = np.asarray(mask, dtype=bool).flatten(order="F")
        edges = np.flatnonzero(flat[1:] != flat[:-1]) + 1
        bounds = np.concatenate([[0], edges, [flat.size]])
        counts = np.diff(bounds).tolist()
        if flat.size and flat[0]:
            counts.insert(0, 0)
        return cls(int(mask.shape[0]), int(mask.shape[1]), tuple(int(c) for c in counts))

    def decode(self) -> Bools:
        """To bool (height, width)."""
        values = np.arange(len(self.counts)) % 2 == 1
        return np.repeat(values, self.counts).reshape((self.height, self.width), order="F")

    @property
    def area(self) -> int:
        """Number of set pixels."""
        return sum(self.counts[1::2])


@dataclass(frozen=True)
class Word:
    """One word of a text line: its text, xyxy box in the line's frame, and recognition score in [0, 1]."""

    text: str
    box: Box
    score: float


@dataclass(frozen=True)
class Region:
    """One place in one picture.

    box: xyxy pixels of `frame`, x0 < x1 and y0 < y1. mask: over the whole frame, or None. score: in [0, 1] or None.
    label: what it was found as ("red mug", "text", "date"). text: what is written there, or None.
    words: the words of a text line in reading order. quad: the four corners of slanted text, clockwise from the
    text's own top left, or None where the box says it all.
    """

    box: Box
    frame: Frame
    mask: RLE | None = None
    score: float | None = None
    label: str | None = None
    text: str | None = None
    words: tuple[Word, ...] = ()
    quad: tuple[Point, Point, Point, Point] | None = None

    def __post_init__(self) -> None:
        x0, y0, x1, y1 = (float(v) for v in self.box)
        if not (np.isfinite([x0, y0, x1, y1]).all() and x0 < x1 and y0 < y1):
            raise ValueError(f"a box is finite xyxy with x0 < x1 and y0 < y1, got {self.box}")
        object.__setattr__(self, "box", (x0, y0, x1, y1))
        if self.mask is not None and (self.mask.height, self.mask.width) != (self.frame.height, self.frame.width):
            raise ValueError(
                f"the mask is {self.mask.width}x{self.mask.height}, its frame {self.frame.width}x{self.frame.height}"
            )
        if self.score is not None and not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a score lies in [0, 1], got {self.score}")

    @property
    def center(self) -> Point:
        return ((self.box[0] + self.box[2]) / 2, (self.box[1] + self.box[3]) / 2)

    @property
    def area(self) -> float:
        """Mask area where there is a mask, else box area, in square pixels."""
        if self.mask is not None:
            return float(self.mask.area)
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])

    def with_(self, **changes: Any) -> Region:
        """A copy with some fields changed."""
        return replace(self, **changes)

    def in_root(self) -> Region:
        """This region in its root frame's pixels (the mask, which belongs to this frame, is dropped if they differ)."""
        if self.frame.to_root == IDENTITY:
            return self
        words = tuple(replace(w, box=self.frame.box_to_root(w.box)) for w in self.words)
        quad = None
        if self.quad is not None:
            p = [(float(x), float(y)) for x, y in self.frame.points_to_root(self.quad)]
            quad = (p[0], p[1], p[2], p[3])
        box = self.frame.box_to_root(self.box)
        width, height = int(np.ceil(box[2])), int(np.ceil(box[3]))
        root = Frame(self.frame.root, max(width, 1), max(height, 1))
        return replace(self, box=box, frame=root, mask=None, words=words, quad=quad)


@dataclass(frozen=True)
class Regions:
    """Any number of regions of one frame, in reading order; where there are none it remembers what was looked for.

    searched: the phrase, text or kind that was looked for, or None. near: the best score of what a search left out
    for scoring too low, 0 where nothing came near or it was no search by scores.
    """

    items: tuple[Region, ...]
    frame: Frame
    searched: str | None = None
    near: float = 0.0

    def __post_init__(self) -> None:
        for item in self.items:
            if item.frame != self.frame:
                raise ValueError("all regions of one Regions lie in one frame")

    @classmethod
    def of(cls, items: Iterable[Region], frame: Frame, searched: str | None = None, near: float = 0.0) -> Regions:
        """Sort into reading order: rows from top to bottom, each from left to right."""
        found = list(items)
        return cls(tuple(found[i] for i in reading_order([r.box for r in found])), frame, searched, near)

    def keep(self, items: Iterable[Region]) -> Regions:
        """Some of these regions, in the order that they have here, with the memory of what was looked for."""
        return Regions(tuple(items), self.frame, self.searched)

    @property
    def boxes(self) -> Floats:
        """float32 (N, 4) xyxy pixels of the frame."""
        return np.array([r.box for r in self.items], dtype=np.float32).reshape(-1, 4)

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Iterator[Region]:
        return iter(self.items)


BEHIND_ITS_FOOT = 0.25  # of a thing's size: how far its middle lies behind the lowest point that is seen of it


@dataclass(frozen=True, eq=False)
class Depth:
    """Relative depth of one picture: float32 (height, width), larger is farther, no unit; NaN-free, read-only.

    focal: the camera's focal length in pixels, where the values are true depths along the viewing axis up to one
    factor; None where they tell the order only.
    ground: (a, b, c) where things stand on a plane: its depth at the pixel (x, y) is 1 / (a x + b y + c); else None.
    """

    values: Floats
    frame: Frame
    focal: float | None = None
    ground: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        if self.values.shape != (self.frame.height, self.frame.width) or self.values.dtype != np.float32:
            raise ValueError(
                f"depth must be float32 ({self.frame.height}, {self.frame.width}), "
                f"got {self.values.dtype} {self.values.shape}"
            )
        if not np.isfinite(self.values).all():
            raise ValueError("depth must be finite everywhere")
        if self.focal is not None and not self.focal > 0:
            raise ValueError(f"a focal length is a number of pixels above 0, or None; got {self.focal}")
        self.values.flags.writeable = False

    @cached_property
    def id(self) -> str:
        return content_id(repr((self.frame, self.focal, self.ground)), self.values.tobytes())

    def middle(self, region: Region) -> float:
        """The depth of a thing's middle; without `focal`, that of its visible surface.

        A camera sees the near side of things: without this, a large thing seems nearer than a small one beside it. A
        thing's size is taken as the side of a square of its box's area: that many pixels, times depth over focal
        length. Half of it lies behind the middle of the surface. Where the ground is known, the thing stands there
        where its box ends, its middle a share of its size behind, which was measured on rendered scenes.
        """
        if self.focal is None:
            return self.at(region)
        x0, y0, x1, y1 = region.box
        size = float(np.sqrt((x1 - x0) * (y1 - y0))) / self.focal
        if self.ground is None:
            return self.at(region) * (1 + 0.5 * size)
        a, b, c = self.ground
        inverse = a * (x0 + x1) / 2 + b * y1 + c
        return (1 + BEHIND_ITS_FOOT * size) / inverse if inverse > 0 else float("inf")

    def at(self, region: Region) -> float:
        """The median depth over the region's mask, else over the central half of its box."""
        if region.frame != self.frame:
            raise ValueError("the region lies in another frame than the depth")
        if region.mask is not None and region.mask.area:
            return float(np.median(self.values[region.mask.decode()]))
        x0, y0, x1, y1 = region.box
        dx, dy = (x1 - x0) / 4, (y1 - y0) / 4
        a, b, c, d = whole_box((x0 + dx, y0 + dy, x1 - dx, y1 - dy), self.frame.width, self.frame.height)
        return float(np.median(self.values[b:d, a:c]))


Text = str
Texts = tuple[str, ...]
Number = int | float
Value = Image | Region | Regions | Depth | str | tuple[str, ...] | int | float | bool
