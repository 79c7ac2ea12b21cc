"""Where regions lie on a picture's own pixel grid: the support that editing, redacting and drawing share.

A region may come from another frame of the same picture (found in a crop, or before one). `placed` maps it through the
root frame. `stamp` turns one region into whole pixels: a window and a bool mask in it, so that an edit of a small face
in a 6,000-pixel picture touches a small array only.
NOT here: what an edit does with those pixels (tools.edit, tools.redact), and drawing (tools.drawing).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tools.core import ToolError
from tools.types import RLE, Affine, Bools, Box, Frame, Image, Region, whole_box

Matrix = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Stamp:
    """A region in whole pixels: the window (x0, y0, x1, y1) and what it covers there, bool (y1 - y0, x1 - x0)."""

    window: tuple[int, int, int, int]
    mask: Bools

    @property
    def slices(self) -> tuple[slice, slice]:
        """To index an array (height, width, ...) of the whole picture."""
        x0, y0, x1, y1 = self.window
        return slice(y0, y1), slice(x0, x1)


def placed(regions: Iterable[Region], image: Image) -> list[Region]:
    """The regions in the frame of `image`, in their order; those that lie wholly outside of it are left out.

    Boxes are the axis-aligned boxes around the mapped corners, clipped to the picture. Raises ToolError where a region
    belongs to another picture (another root frame).
    """
    found = []
    for region in regions:
        if region.frame.root != image.frame.root:
            raise ToolError(
                "the regions were found in another picture than the one that is edited; use its own regions"
            )
        mapped = region if region.frame == image.frame else _mapped(region, image.frame)
        if mapped is not None:
            mapped = _clipped(mapped)
        if mapped is not None:
            found.append(mapped)
    return found


def _matrix(affine: Affine) -> Matrix:
    a, b, c, d, e, f = affine
    return np.array([[a, b, c], [d, e, f], [0.0, 0.0, 1.0]])


def _inverse(matrix: Matrix) -> Matrix:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _apply(matrix: Matrix, points: npt.ArrayLike) -> Matrix:
    xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
    return np.asarray(xy @ matrix[:2, :2].T + matrix[:2, 2], dtype=np.float64)


def _box_through(matrix: Matrix, box: Box) -> Box:
    x0, y0, x1, y1 = box
    corners = _apply(matrix, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
    low, high = corners.min(axis=0), corners.max(axis=0)
    return (float(low[0]), float(low[1]), float(high[0]), float(high[1]))


def _mapped(region: Region, frame: Frame) -> Region | None:
    """`region` in `frame`, which has the same root; None where it lies outside."""
    matrix = _inverse(_matrix(frame.to_root)) @ _matrix(region.frame.to_root)
    box = _box_through(matrix, region.box)
    if box[0] >= frame.width or box[1] >= frame.height or box[2] <= 0 or box[3] <= 0:
        return None
    quad = None
    if region.quad is not None:
        p = [(float(x), float(y)) for x, y in _apply(matrix, region.quad)]
        quad = (p[0], p[1], p[2], p[3])
    words = tuple(w.__class__(w.text, _box_through(matrix, w.box), w.score) for w in region.words)
    mask = None if region.mask is None else _mask_through(region.mask.decode(), matrix, box, frame)
    return region.with_(box=box, frame=frame, quad=quad, words=words, mask=mask)


def _mask_through(mask: Bools, matrix: Matrix, box: Box, frame: Frame) -> RLE:
    """The mask resampled onto `frame`: each pixel takes the value at its middle's place in the old frame."""
    x0, y0, x1, y1 = whole_box(box, frame.width, frame.height)
    xs, ys = np.meshgrid(np.arange(x0, x1) + 0.5, np.arange(y0, y1) + 0.5)
    old = np.floor(_apply(_inverse(matrix), np.stack([xs.ravel(), ys.ravel()], axis=1))).astype(int)
    inside = (old >= 0).all(axis=1) & (old[:, 0] < mask.shape[1]) & (old[:, 1] < mask.shape[0])
    values = np.zeros(len(old), dtype=bool)
    values[inside] = mask[old[inside, 1], old[inside, 0]]
    full = np.zeros((frame.height, frame.width), dtype=bool)
    full[y0:y1, x0:x1] = values.reshape(y1 - y0, x1 - x0)
    return RLE.encode(full)


def _clipped(region: Region) -> Region | None:
    """The region with its box clipped to its frame; None where nothing is left."""
    x0, y0, x1, y1 = region.box
    width, height = region.frame.width, region.frame.height
    box = (max(x0, 0.0), max(y0, 0.0), min(x1, float(width)), min(y1, float(height)))
    if box[0] >= box[2] or box[1] >= box[3]:
        return None
    return region if box == region.box else region.with_(box=box)


def stamp(region: Region, width: int, height: int) -> Stamp:
    """The pixels of a placed region: its mask where it has one, else its quad, else its box (rounded outwards)."""
    if region.mask is not None and region.mask.area:
        full = region.mask.decode()
        rows, columns = np.flatnonzero(full.any(axis=1)), np.flatnonzero(full.any(axis=0))
        window = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        return Stamp(window, full[window[1] : window[3], window[0] : window[2]])
    window = whole_box(region.box, width, height)
    x0, y0, x1, y1 = window
    if region.quad is None:
        return Stamp(window, np.ones((y1 - y0, x1 - x0), dtype=bool))
    return Stamp(window, polygon(np.array(region.quad) - (x0, y0), x1 - x0, y1 - y0))


def polygon(corners: npt.ArrayLike, width: int, height: int) -> Bools:
    """bool (height, width): the pixels that the convex polygon (N, 2) covers or touches."""
    import cv2

    canvas = np.zeros((height, width), dtype=np.uint8)
    points = np.round((np.asarray(corners, dtype=np.float64) - 0.5) * 16).astype(np.int32)
    cv2.fillConvexPoly(canvas, points, 1, lineType=cv2.LINE_8, shift=4)
    covered: Bools = canvas.astype(bool)
    return covered


def everything_in(regions: Iterable[Region], image: Image) -> Bools:
    """bool (height, width): the pixels that any of the placed regions covers."""
    full = np.zeros((image.height, image.width), dtype=bool)
    for region in regions:
        place = stamp(region, image.width, image.height)
        full[place.slices] |= place.mask
    return full


def without_hidden_pixels(image: Image) -> Image:
    """The picture with black under every wholly transparent pixel, so that nothing invisible is carried along.

    Pixels under alpha 0 are not seen but are written to a PNG; whatever is saved or redacted goes through here.
    """
    if image.alpha is None or not (image.pixels[image.alpha == 0]).any():
        return image
    pixels = image.pixels.copy()
    pixels[image.alpha == 0] = 0
    return image.edited(pixels)
