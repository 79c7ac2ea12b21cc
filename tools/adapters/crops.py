"""Pictures of single lines for OCR: cut straight, turned, with more contrast; and what they look like.

Support for tools.adapters.rapid_ocr. Crops are uint8 (height, width, 3), RGB.
"""

from __future__ import annotations

import numpy as np

from tools.types import Floats, Pixels


def straight(pixels: Pixels, quad: Floats) -> Pixels:
    """The part of a picture under a quad, warped straight: uint8 (height, width, 3)."""
    import cv2

    width = max(round(float(max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3])))), 1)
    height = max(round(float(max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1])))), 1)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    return np.asarray(
        cv2.warpPerspective(pixels, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    )


def contrasted(pixels: Pixels) -> Pixels:
    """The picture in gray with its local contrast stretched (CLAHE, Zuiderveld 1994), as uint8 (height, width, 3)."""
    import cv2

    gray = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    low, high = np.percentile(gray, (1, 99))
    stretched = np.clip((gray.astype(np.float32) - low) * (255.0 / max(high - low, 1.0)), 0, 255).astype(np.uint8)
    clahe = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4)).apply(stretched)
    return np.asarray(np.repeat(clahe[:, :, None], 3, axis=2))


def flat(pixels: Pixels) -> bool:
    """Whether a picture has so little contrast that stretching it can pay."""
    sample = pixels[:: max(pixels.shape[0] // 256, 1), :: max(pixels.shape[1] // 256, 1)].mean(axis=2)
    low, high = np.percentile(sample, (1, 99))
    return bool(high - low < 140)


def half_turn(crop: Pixels) -> Pixels:
    return np.ascontiguousarray(crop[::-1, ::-1])


def is_level(quad: Floats) -> bool:
    """Whether a quad is an upright rectangle as its own box, top left first."""
    x, y = quad[:, 0], quad[:, 1]
    tilt = max(abs(y[1] - y[0]), abs(y[2] - y[3]), abs(x[3] - x[0]), abs(x[2] - x[1]))
    return bool(tilt <= max(2.0, 0.01 * abs(x[1] - x[0])) and x[1] > x[0] and y[3] > y[0])


def inked(crop: Pixels) -> bool:
    """Whether a crop shows clear strokes of a line's shape, and not only texture."""
    gray = crop.mean(axis=2)
    low, high = np.percentile(gray, (5, 95))
    return bool(high - low > 60 and crop.shape[1] > 1.5 * crop.shape[0])
