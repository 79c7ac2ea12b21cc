"""Masks (Segment Anything, Kirillov et al., ICCV 2023)."""

from __future__ import annotations

from tools.core import Context, tool
from tools.types import RLE, Image, Region, Regions, whole_box


@tool(group="see", example="masks = segment(image, mugs)", needs=("segmenter",))
def segment(ctx: Context, image: Image, regions: Regions) -> Regions:
    """Give every region the mask of what its box frames.

    Masks are over the picture's whole frame; boxes, labels and scores stay. The picture is embedded once.
    """
    if not regions.items:
        return regions
    model = ctx.model("segmenter")
    encoding = ctx.memo((image.id, "segmenter"), lambda: model.encode(image))
    masks = model.masks(image, encoding, regions.boxes)
    return regions.keep(
        r.with_(mask=RLE.encode(mask) if mask.any() else None) for r, (mask, _) in zip(regions, masks, strict=True)
    )


@tool(group="see", example="things = segment_all(image)", needs=("segmenter",))
def segment_all(ctx: Context, image: Image) -> Regions:
    """Cut the picture into things, without saying what they are.

    Each region has a mask, the mask's tight box, and the predicted IoU as its score.
    """
    model = ctx.model("segmenter")
    encoding = ctx.memo((image.id, "segmenter"), lambda: model.encode(image))
    found = []
    for mask, score in model.everything(image, encoding):
        ys, xs = mask.any(axis=1).nonzero()[0], mask.any(axis=0).nonzero()[0]
        if len(ys) and len(xs):
            box = whole_box((xs[0], ys[0], xs[-1] + 1, ys[-1] + 1), image.width, image.height)
            found.append(Region(tuple(float(v) for v in box), image.frame, RLE.encode(mask), score, "thing"))  # type: ignore[arg-type]
    return Regions.of(found, image.frame, "thing")
