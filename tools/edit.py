"""Edits that change pixels inside regions, or outside of them.

Every tool keeps the picture's frame, except `crop` (a derived frame) and `rotate` (a new one). Regions may come from a
crop of the same picture or from before one: they are mapped through the root frame. Regions of another picture raise
ToolError; no regions at all leave the picture as it is. A region counts by its mask where it has one, else by its quad,
else by its box. Blurring and pixelating are for looks: what must not be read goes through `redact`.
NOT here: redact (tools.redact), marks and labels (tools.mark), the filling algorithm (tools.filling).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np

from tools.core import Context, tool
from tools.drawing import outline_regions
from tools.filling import fill
from tools.places import everything_in, placed, stamp, without_hidden_pixels
from tools.types import Bools, Floats, Image, Pixels, Region, Regions

Strength = Literal["light", "medium", "strong"]

# Blur: standard deviation of the Gaussian as a share of the shorter side. A face needs about a fifth to lose who it is;
# a line of text is read by strokes far thinner than the line, and is gone from half its height on.
BLUR_SHARE = {"light": 0.1, "medium": 0.2, "strong": 0.35}
TEXT_BLUR_SHARE = {"light": 0.2, "medium": 0.4, "strong": 0.6}
# Pixelate: blocks along the shorter side.
BLOCKS = {"light": 9, "medium": 6, "strong": 4}
TEXT_BLOCKS = {"light": 3, "medium": 2, "strong": 1}
TEXT_ASPECT = 3.0  # longer than this is taken for a line of text
DIM = 0.4  # brightness that is left around a spotlight
MARKER = np.array([255, 226, 64], dtype=np.float32) / 255  # the yellow of a text marker, multiplied in
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)  # ITU-R BT.601, which Pillow uses too


@tool(group="edit", example="out = crop(image, faces)")
def crop(ctx: Context, image: Image, regions: Regions) -> Image:
    """Cut the picture down to the box around the regions.

    The result's frame is derived from the picture's, so regions found in either can be used with the other. The box is
    rounded outwards to whole pixels. Without regions the picture stays whole.
    """
    found = placed(regions, image)
    if not found:
        return image
    boxes = np.array([r.box for r in found])
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    return image.crop((float(low[0]), float(low[1]), float(high[0]), float(high[1])))


@tool(group="edit", example="out = blur(image, faces)")
def blur(ctx: Context, image: Image, regions: Regions, strength: Strength = "medium") -> Image:
    """Blur the regions.

    A Gaussian whose width follows the region's size (BLUR_SHARE), so that a face is as unrecognisable on a 200-pixel
    picture as on a 6,000-pixel one. It fades out over a few pixels outside of the region, never inside.
    """
    return _inside(image, regions, lambda pixels, region: _blurred(pixels, region, strength), feather=True)


@tool(group="edit", example="out = pixelate(image, faces)")
def pixelate(ctx: Context, image: Image, regions: Regions, strength: Strength = "medium") -> Image:
    """Pixelate the regions.

    Square blocks of the mean colour, a fixed number along the region's shorter side (BLOCKS).
    """
    return _inside(image, regions, lambda pixels, region: _blocks(pixels, region, strength), feather=False)


@tool(group="edit", example="out = highlight(image, faces)")
def highlight(
    ctx: Context, image: Image, regions: Regions, style: Literal["spotlight", "marker", "outline"] = "spotlight"
) -> Image:
    """Draw attention to the regions.

    spotlight: the rest of the picture goes dim and pale, and the regions get an outline. marker: the yellow of a text
    marker, for documents. outline: the outline alone. Line widths follow the picture's size.
    """
    found = placed(regions, image)
    if not found:
        return image
    inside = everything_in(found, image)
    if style == "marker":
        pixels = image.pixels.copy()
        pixels[inside] = np.rint(pixels[inside] * MARKER).astype(np.uint8)
        return image.edited(pixels)
    if style == "spotlight":
        image = image.edited(_mix(image.pixels, _dimmed, _soft(inside, image)))
    return outline_regions(image, found)


@tool(group="edit", example="out = cut_out(image, masks)")
def cut_out(ctx: Context, image: Image, regions: Regions) -> Image:
    """Make everything outside the regions transparent.

    Alpha becomes 0 there and the pixels under it black, so that a saved file does not carry them along.
    """
    found = placed(regions, image)
    if not found:
        return image
    before = np.full((image.height, image.width), 255, dtype=np.uint8) if image.alpha is None else image.alpha
    alpha = np.where(everything_in(found, image), before, 0).astype(np.uint8)
    return without_hidden_pixels(image.edited(image.pixels, alpha))


@tool(group="edit", example="out = color_pop(image, masks)")
def color_pop(ctx: Context, image: Image, regions: Regions) -> Image:
    """Turn everything outside the regions gray."""
    found = placed(regions, image)
    if not found:
        return image
    return image.edited(_mix(image.pixels, _gray, _soft(everything_in(found, image), image)))


@tool(group="edit", example="out = remove(image, masks)")
def remove(ctx: Context, image: Image, regions: Regions) -> Image:
    """Take the regions out and fill the hole with what surrounds it.

    The hole is the regions, a little widened (their soft edges and shadows go too); each is filled by
    `tools.filling.fill`. Good on paper, walls, sky, grass; what stood behind a large thing is invented.
    """
    found = placed(regions, image)
    if not found:
        return image
    pixels = image.pixels.copy()
    for region in found:
        fill(pixels, stamp(region, image.width, image.height))
    return image.edited(pixels)


@tool(group="edit", example="out = grayscale(image)")
def grayscale(ctx: Context, image: Image) -> Image:
    """Turn the whole picture gray.

    By brightness (ITU-R BT.601); the picture keeps three equal channels.
    """
    return image.edited(_mix(image.pixels, _gray, np.zeros((image.height, image.width), dtype=np.float32)))


@tool(group="edit", example="out = rotate(image, 90)")
def rotate(ctx: Context, image: Image, degrees: Literal[90, 180, 270]) -> Image:
    """Turn the picture clockwise.

    A geometric edit: the result starts a frame of its own, and regions found before do not fit it.
    """
    turns = -degrees // 90
    alpha = None if image.alpha is None else np.ascontiguousarray(np.rot90(image.alpha, turns))
    return Image.from_pixels(np.ascontiguousarray(np.rot90(image.pixels, turns)), alpha)


def _inside(image: Image, regions: Regions, change: Callable[[Pixels, Region], Pixels], feather: bool) -> Image:
    """`change(picture, region)` -> pixels of the region's window, mixed into the picture where the region covers it."""
    found = placed(regions, image)
    if not found:
        return image
    pixels = image.pixels.copy()
    for region in found:
        place = stamp(region, image.width, image.height)
        margin = max(1, round(_shorter(region) * 0.06)) if feather else 0
        x0, y0, x1, y1 = place.window
        window = (
            max(x0 - margin, 0), max(y0 - margin, 0), min(x1 + margin, image.width), min(y1 + margin, image.height),
        )  # fmt: skip
        rows, columns = slice(window[1], window[3]), slice(window[0], window[2])
        weight = np.zeros((window[3] - window[1], window[2] - window[0]), dtype=np.float32)
        weight[y0 - window[1] : y1 - window[1], x0 - window[0] : x1 - window[0]] = place.mask
        if margin:
            weight = _faded(weight, margin)
        edited = change(pixels, region.with_(box=tuple(float(v) for v in window)))
        old = pixels[rows, columns]
        pixels[rows, columns] = np.rint(old + (edited.astype(np.float32) - old) * weight[:, :, None]).astype(np.uint8)
    return image.edited(pixels)


def _faded(weight: Floats, margin: int) -> Floats:
    """1 where it was 1, falling to 0 over `margin` pixels outside."""
    import cv2

    away = cv2.distanceTransform((weight < 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray(np.clip(1.0 - away / (margin + 1), 0, 1), dtype=np.float32)


def _shorter(region: Region) -> float:
    """The shorter side of the region in pixels: of its quad where it has one, else of its box."""
    if region.quad is not None:
        corners = np.array(region.quad)
        sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
        return float(max(min(sides), 1.0))
    x0, y0, x1, y1 = region.box
    return max(min(x1 - x0, y1 - y0), 1.0)


def _is_text(region: Region) -> bool:
    x0, y0, x1, y1 = region.box
    long, short = max(x1 - x0, y1 - y0), max(min(x1 - x0, y1 - y0), 1.0)
    return region.text is not None or (region.mask is None and long / short > TEXT_ASPECT)


def _blurred(pixels: Pixels, region: Region, strength: Strength) -> Pixels:
    """The region's box, blurred together with what surrounds it; at a smaller size where the Gaussian is wide."""
    import cv2

    share = TEXT_BLUR_SHARE if _is_text(region) else BLUR_SHARE
    sigma = max(share[strength] * _shorter(region), 2.5)
    x0, y0, x1, y1 = (round(v) for v in region.box)
    reach = int(np.ceil(2 * sigma))
    left, top = max(x0 - reach, 0), max(y0 - reach, 0)
    around = pixels[top : y1 + reach, left : x1 + reach]
    factor = max(
        1.0, sigma / 6
    )  # a Gaussian of 6 pixels at the smaller size looks the same and costs the same anywhere
    size = (max(1, round(around.shape[1] / factor)), max(1, round(around.shape[0] / factor)))
    small = cv2.resize(around, size, interpolation=cv2.INTER_AREA) if factor > 1 else around
    small = cv2.GaussianBlur(small, (0, 0), sigma / factor, borderType=cv2.BORDER_REPLICATE)
    if factor > 1:
        small = cv2.resize(small, (around.shape[1], around.shape[0]), interpolation=cv2.INTER_CUBIC)
    return np.asarray(small[y0 - top : y1 - top, x0 - left : x1 - left])


def _blocks(pixels: Pixels, region: Region, strength: Strength) -> Pixels:
    """The region's box in square blocks of their mean colour."""
    import cv2

    across = (TEXT_BLOCKS if _is_text(region) else BLOCKS)[strength]
    x0, y0, x1, y1 = (round(v) for v in region.box)
    window = pixels[y0:y1, x0:x1]
    block = max(_shorter(region) / across, 3.0)
    size = (max(1, round((x1 - x0) / block)), max(1, round((y1 - y0) / block)))
    small = cv2.resize(window, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (x1 - x0, y1 - y0), interpolation=cv2.INTER_NEAREST))


def _soft(inside: Bools, image: Image) -> Floats:
    """float32 (height, width): 1 inside, 0 outside, with an edge as soft as one pixel in a thousand."""
    import cv2

    sigma = max(image.width, image.height) / 1500
    weight = inside.astype(np.float32)
    return weight if sigma < 0.4 else np.asarray(cv2.GaussianBlur(weight, (0, 0), sigma), dtype=np.float32)


def _mix(pixels: Pixels, outside: Callable[[Floats], Floats], weight: Floats) -> Pixels:
    """`pixels` where weight (height, width) is 1 and `outside(pixels)` where it is 0, strip by strip."""
    result = np.empty_like(pixels)
    for top in range(0, len(pixels), 256):
        strip = pixels[top : top + 256].astype(np.float32)
        other = outside(strip)
        mixed = other + (strip - other) * weight[top : top + 256, :, None]
        result[top : top + 256] = np.clip(np.rint(mixed), 0, 255)
    return result


def _gray(pixels: Floats) -> Floats:
    return np.repeat((pixels @ LUMA)[:, :, None], 3, axis=2)


def _dimmed(pixels: Floats) -> Floats:
    """Darker, and half of the colour gone."""
    return np.asarray((_gray(pixels) * 0.5 + pixels * 0.5) * DIM, dtype=np.float32)
