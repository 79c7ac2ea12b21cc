"""Filling a hole in a picture with what surrounds it.

Method: Telea's fast marching (2004, cv2.inpaint) at a size where the hole is small, so that broad colours and edges
cross it; then texture, sampled from the ring around the hole, is laid over (its high frequencies only), so that grain
and paper do not turn into a smear. NOT here: generative filling, which invents objects.
"""

from __future__ import annotations

import numpy as np

from tools.places import Stamp
from tools.types import Bools, Pixels

HOLE_SIDE = 160  # the hole's longer side when it is filled, in pixels
RADIUS = 4


def fill(pixels: Pixels, hole: Stamp) -> None:
    """Fill the hole, widened a little, in the writable picture (height, width, 3); other pixels are untouched.

    A hole that nothing surrounds stays as it is.
    """
    import cv2

    height, width = pixels.shape[:2]
    x0, y0, x1, y1 = hole.window
    side = max(x1 - x0, y1 - y0)
    widen = max(3, min(round(min(x1 - x0, y1 - y0) * 0.08), max(width, height) // 200))
    around = max(16, side // 2)
    left, top, right, bottom = (
        max(x0 - around, 0),
        max(y0 - around, 0),
        min(x1 + around, width),
        min(y1 + around, height),
    )
    mask = np.zeros((bottom - top, right - left), dtype=np.uint8)
    mask[y0 - top : y1 - top, x0 - left : x1 - left] = hole.mask
    if mask.all():
        return
    # A distance, for a dilation by hundreds of pixels takes minutes.
    mask = (cv2.distanceTransform(1 - mask, cv2.DIST_L2, 3) <= widen).astype(np.uint8)
    if mask.all():
        return
    window = np.ascontiguousarray(pixels[top:bottom, left:right])
    filled = _smooth_fill(window, mask, side)
    filled = _with_texture(window, filled, mask.astype(bool))
    pixels[top:bottom, left:right] = filled


def _smooth_fill(window: Pixels, mask: Pixels, side: int) -> Pixels:
    """Inpainted at a size where the hole is at most HOLE_SIDE; the known pixels stay as they are."""
    import cv2

    scale = min(1.0, HOLE_SIDE / side)
    if scale == 1.0:
        return np.asarray(cv2.inpaint(window, mask, RADIUS, cv2.INPAINT_TELEA))
    size = (max(1, round(window.shape[1] * scale)), max(1, round(window.shape[0] * scale)))
    known = (mask == 0).astype(np.float32)
    # Averaging only known pixels: what is to go must not tint the border that the filling grows from.
    share = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    mean = cv2.resize(window.astype(np.float32) * known[:, :, None], size, interpolation=cv2.INTER_AREA)
    small = (mean / np.maximum(share, 1e-6)[:, :, None]).clip(0, 255).astype(np.uint8)
    small = cv2.inpaint(small, (share < 0.25).astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)
    large = cv2.resize(small, (window.shape[1], window.shape[0]), interpolation=cv2.INTER_CUBIC)
    # Fade into the known pixels over the width of one small pixel, on the hole's side.
    inner = cv2.distanceTransform(mask, cv2.DIST_L2, 3) * scale
    fine = cv2.inpaint(window, ((mask > 0) & (inner < 1.5)).astype(np.uint8), RADIUS, cv2.INPAINT_TELEA)
    weight = np.clip(inner, 0, 1)[:, :, None]
    return np.where(mask[:, :, None] > 0, np.rint(fine + (large.astype(np.float32) - fine) * weight), window).astype(
        np.uint8
    )


def _with_texture(window: Pixels, filled: Pixels, mask: Bools) -> Pixels:
    """`filled` with the grain of its surroundings: high frequencies of known pixels, mirrored into the hole."""
    import cv2

    sigma = 2.0
    base = window.astype(np.float32)
    known = (~mask).astype(np.float32)
    weight = cv2.GaussianBlur(known, (0, 0), sigma)
    smooth = cv2.GaussianBlur(base * known[:, :, None], (0, 0), sigma) / np.maximum(weight, 1e-6)[:, :, None]
    grain = (base - smooth)[~mask]
    # Grain only: strong edges of neighbouring objects are no texture.
    spread = float(np.median(np.abs(grain)) * 1.4826)
    if spread < 0.5:
        return filled
    random = np.random.default_rng(int(mask.sum()))  # the same hole gives the same picture
    calm = grain[np.abs(grain).max(axis=1) <= 3 * spread + 1]
    if not len(calm):
        return filled
    noise = calm[random.integers(0, len(calm), mask.shape)].astype(np.float32)
    result = filled.astype(np.float32)
    result[mask] += noise[mask]
    return np.clip(np.rint(result), 0, 255).astype(np.uint8)
