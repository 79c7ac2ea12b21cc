"""Destroying what stands in regions, so that it cannot be read again."""

from __future__ import annotations

from tools.core import Context, tool
from tools.types import Image, Regions


@tool(group="edit", example="out = redact(image, mails)", needs=("reader",))
def redact(ctx: Context, image: Image, regions: Regions) -> Image:
    """Cover the regions with solid black, and check by reading the result that nothing of them can be read."""
    raise NotImplementedError
