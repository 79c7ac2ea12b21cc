"""Set-of-Mark overlays (Yang et al. 2023)."""

from __future__ import annotations

from tools.core import Context, tool
from tools.drawing import draw_marks
from tools.types import Image, Regions


@tool(group="edit", example="out = mark(image, mugs)")
def mark(ctx: Context, image: Image, regions: Regions) -> Image:
    """Draw a number and an outline on every region."""
    return draw_marks(image, regions)
