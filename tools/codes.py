"""Barcodes and QR codes."""

from __future__ import annotations

from tools.core import Context, tool
from tools.types import Image, Regions


@tool(group="read", example="codes = read_codes(image)", role="read")
def read_codes(ctx: Context, image: Image) -> Regions:
    """Read every barcode and QR code."""
    raise NotImplementedError
