"""Edits that change pixels inside regions, or outside of them."""

from __future__ import annotations

from typing import Literal

from tools.core import Context, tool
from tools.types import Image, Regions


@tool(group="edit", example="out = crop(image, faces)")
def crop(ctx: Context, image: Image, regions: Regions) -> Image:
    """Cut the picture down to the box around the regions."""
    raise NotImplementedError


@tool(group="edit", example="out = blur(image, faces)")
def blur(ctx: Context, image: Image, regions: Regions) -> Image:
    """Blur the regions."""
    raise NotImplementedError


@tool(group="edit", example="out = pixelate(image, faces)")
def pixelate(ctx: Context, image: Image, regions: Regions) -> Image:
    """Pixelate the regions."""
    raise NotImplementedError


@tool(group="edit", example="out = highlight(image, faces)")
def highlight(ctx: Context, image: Image, regions: Regions) -> Image:
    """Draw attention to the regions."""
    raise NotImplementedError


@tool(group="edit", example="out = cut_out(image, masks)")
def cut_out(ctx: Context, image: Image, regions: Regions) -> Image:
    """Make everything outside the regions transparent."""
    raise NotImplementedError


@tool(group="edit", example="out = color_pop(image, masks)")
def color_pop(ctx: Context, image: Image, regions: Regions) -> Image:
    """Turn everything outside the regions gray."""
    raise NotImplementedError


@tool(group="edit", example="out = remove(image, masks)")
def remove(ctx: Context, image: Image, regions: Regions) -> Image:
    """Take the regions out and fill the hole with what surrounds it."""
    raise NotImplementedError


@tool(group="edit", example="out = grayscale(image)")
def grayscale(ctx: Context, image: Image) -> Image:
    """Turn the whole picture gray."""
    raise NotImplementedError


@tool(group="edit", example="out = rotate(image, 90)")
def rotate(ctx: Context, image: Image, degrees: Literal[90, 180, 270]) -> Image:
    """Turn the picture clockwise."""
    raise NotImplementedError
