"""Drawing outlines, numbered marks and labels on pictures; for the tools that show and for evidence overlays."""

from __future__ import annotations

from tools.types import Image, Regions


def draw_marks(image: Image, regions: Regions) -> Image:
    """Numbered marks (1, 2, ... in the order of the regions), placed where they hide least."""
    raise NotImplementedError
