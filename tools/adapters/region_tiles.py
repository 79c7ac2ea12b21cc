"""Square tiles of regions for a small image classifier: the region in the middle at one scale, and where it ends.

Support for tools.adapters.region_attributes and its trainer, which must cut alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from tools.types import Box

SIDE = 64
"""Width and height of a tile in pixels."""
SPAN = 0.625
"""The longer side of the region's box as a share of the tile's: the rest shows what stands around it."""


def tile(picture: Tensor, box: Box) -> Tensor:
    """A region of a picture (3, H, W), float32 in 0..1, as (4, SIDE, SIDE) in -1..1.

    The fourth layer is 1 inside the box. box: xyxy in pixels of the picture. What lies outside the picture is grey (0).
    """
    import torch
    import torch.nn.functional as F

    x0, y0, x1, y1 = box
    span = max(x1 - x0, y1 - y0, 1.0) / SPAN
    size = max(round(span), 2)
    left, top = round((x0 + x1 - size) / 2), round((y0 + y1 - size) / 2)
    height, width = picture.shape[1:]
    inside = picture[:, max(top, 0) : max(top + size, 0), max(left, 0) : max(left + size, 0)]
    gaps = (max(-left, 0), max(left + size - width, 0), max(-top, 0), max(top + size - height, 0))
    window = F.pad(inside * 2 - 1, gaps)
    shown = F.interpolate(window[None], (SIDE, SIDE), mode="bilinear", antialias=True, align_corners=False)[0]
    at = (torch.arange(SIDE) + 0.5) * size / SIDE
    columns, rows = at + left, at + top
    within = ((columns >= x0) & (columns < x1))[None] & ((rows >= y0) & (rows < y1))[:, None]
    return torch.cat([shown, within[None].to(shown.dtype)])
