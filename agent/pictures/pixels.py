"""From a decoded Pillow picture of any mode to a tools.types.Image: upright, 8 bit, sRGB, alpha apart.

Modes: 1, L, LA, P (with transparency), RGB (with a transparent colour), RGBA, CMYK, YCbCr, LAB, HSV, I;16*, I, F.
Peak memory is the decoded picture plus the result (3 or 4 bytes a pixel); conversions go strip by strip.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from tools.types import Image, Pixels

ORIENTATION = 0x0112  # the EXIF tag
STRIP_ROWS = 512
FULL_16_BIT = 65_535
DIM_16_BIT = FULL_16_BIT // 8  # below this maximum it is a 12-bit scan in a 16-bit file, which would look black


def to_image(opened: Any, name: str, notes: list[str]) -> Image:
    """The picture as an Image in a frame of its own; what a person should know about the conversion goes to `notes`."""
    if opened.mode.startswith("I") or opened.mode == "F":
        pixels, alpha = _from_deep(opened, name, notes), None
    else:
        pixels, alpha = _from_eight_bit(opened, name, notes)
    # After loading: Pillow has turned a TIFF by then already, and pillow_heif a HEIC, and both took the tag away.
    turn = opened.getexif().get(ORIENTATION, 1)
    pixels = upright(pixels, turn)
    alpha = None if alpha is None or bool((alpha == 255).all()) else upright(alpha, turn)
    return Image.from_pixels(pixels, alpha)


def upright(array: Pixels, orientation: int) -> Pixels:
    """`array` (height, width, ...) as EXIF orientation 1 ... 8 says that it is meant to be seen; else unchanged."""
    if orientation in (5, 6, 7, 8):
        array = np.swapaxes(array, 0, 1)
    if orientation in (3, 4, 7, 8):
        array = array[::-1]
    if orientation in (2, 3, 6, 7):
        array = array[:, ::-1]
    return np.ascontiguousarray(array)


def _from_eight_bit(opened: Any, name: str, notes: list[str]) -> tuple[Pixels, Pixels | None]:
    has_alpha = opened.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in opened.info
    target = "RGBA" if has_alpha else "RGB"
    to_srgb = _profile_transform(opened, name, notes)
    pixels = np.empty((opened.height, opened.width, 3), dtype=np.uint8)
    alpha = np.empty((opened.height, opened.width), dtype=np.uint8) if has_alpha else None
    for top in range(0, opened.height, STRIP_ROWS):
        bottom = min(top + STRIP_ROWS, opened.height)
        strip = opened.crop((0, top, opened.width, bottom))
        # A crop keeps `info`, and with it the transparent colour of a palette or of a plain RGB picture.
        if to_srgb is not None:
            strip = _apply_profile(strip, to_srgb)
        values = np.asarray(strip.convert(target))
        pixels[top:bottom] = values[..., :3]
        if alpha is not None:
            alpha[top:bottom] = values[..., 3]
    return pixels, alpha


def _profile_transform(opened: Any, name: str, notes: list[str]) -> Any:
    """A transform from the embedded colour profile to sRGB, or None where there is none or it is of no use."""
    data = opened.info.get("icc_profile")
    if not data or opened.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return None
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(data))
        if "sRGB" in (ImageCms.getProfileDescription(source) or ""):
            return None
        mode = "RGB" if opened.mode == "RGBA" else opened.mode
        return ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        notes.append(f"{name} carries a colour profile that cannot be used; its colours may be a little off")
        return None


def _apply_profile(strip: Any, transform: Any) -> Any:
    from PIL import ImageCms

    if strip.mode != "RGBA":
        return ImageCms.applyTransform(strip, transform)
    alpha = strip.getchannel("A")
    converted: Any = ImageCms.applyTransform(strip.convert("RGB"), transform)
    converted.putalpha(alpha)
    return converted


def _from_deep(opened: Any, name: str, notes: list[str]) -> Pixels:
    """Grey with 16 or 32 bits or floats, scaled to 8 bits: by the full 16-bit range, or stretched where that is dim."""
    values = np.asarray(opened)
    if values.dtype.kind == "f":
        finite = np.isfinite(values)
        low, high = (float(values[finite].min()), float(values[finite].max())) if finite.any() else (0.0, 1.0)
        values = np.where(finite, values, np.float32(low))
        stretched = True
    else:
        low, high = min(float(values.min()), 0.0), float(values.max())
        stretched = low < 0 or high > FULL_16_BIT or high <= DIM_16_BIT
        if not stretched:
            high = FULL_16_BIT
    if stretched:
        notes.append(f"{name} has more than 8 bits a pixel; its values {low:g} to {high:g} were stretched to 0 to 255")
    gray = np.empty(values.shape, dtype=np.uint8)
    scale = 255.0 / max(high - low, 1e-12)
    for top in range(0, values.shape[0], STRIP_ROWS):
        strip = values[top : top + STRIP_ROWS].astype(np.float32)
        gray[top : top + STRIP_ROWS] = np.clip(np.rint((strip - low) * scale), 0, 255)
    return np.repeat(gray[:, :, None], 3, axis=2)
