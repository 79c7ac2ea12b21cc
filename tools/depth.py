"""Depth of a picture, and what is nearer or farther by it (Depth Anything V2, Yang et al., NeurIPS 2024)."""

from __future__ import annotations

from tools.core import Context, NothingThere, ToolError, tool
from tools.geometry import same_things
from tools.types import Depth, Image, Region, Regions


@tool(group="see", example="d = depth(image)", needs=("depth",))
def depth(ctx: Context, image: Image) -> Depth:
    """Estimate how far every pixel is.

    float32 (height, width) in the picture's frame, relative, larger is farther.
    """
    result: Depth = ctx.memo((image.id, "depth"), lambda: ctx.model("depth").depth(image))
    return result


@tool(group="compose", example="found = in_front_of(mugs, only(laptops), depth(image))", role="compared", version=2)
def in_front_of(ctx: Context, regions: Regions, region: Region, depth: Depth) -> Regions:
    """The regions that are nearer to the camera than the region, by the depth of their middles."""
    at = depth.middle(_anchor(regions, region, depth))
    return regions.keep(r for r in _others(regions, region) if depth.middle(r) < at)


@tool(group="compose", example="found = behind(mugs, only(laptops), depth(image))", role="compared", version=2)
def behind(ctx: Context, regions: Regions, region: Region, depth: Depth) -> Regions:
    """The regions that are farther from the camera than the region, by the depth of their middles."""
    at = depth.middle(_anchor(regions, region, depth))
    return regions.keep(r for r in _others(regions, region) if depth.middle(r) > at)


@tool(group="compose", example="mug = closest(mugs, depth(image))", role="compared", version=2)
def closest(ctx: Context, regions: Regions, depth: Depth) -> Region:
    """The region nearest to the camera, by the depth of their middles. Raises NothingThere for none."""
    if not regions.items:
        raise NothingThere(regions.searched, regions.frame)
    _one_frame(regions, depth)
    return min(regions, key=depth.middle)


@tool(group="compose", example="mug = farthest(mugs, depth(image))", role="compared", version=2)
def farthest(ctx: Context, regions: Regions, depth: Depth) -> Region:
    """The region farthest from the camera, by the depth of their middles. Raises NothingThere for none."""
    if not regions.items:
        raise NothingThere(regions.searched, regions.frame)
    _one_frame(regions, depth)
    return max(regions, key=depth.middle)


def _anchor(regions: Regions, region: Region, depth: Depth) -> Region:
    _one_frame(regions, depth)
    _one_frame(region, depth)
    return region


def _others(regions: Regions, region: Region) -> list[Region]:
    """The regions without the one itself, under whichever phrase it was found."""
    same = {i for i, _ in same_things(regions.items, [region])}
    return [r for i, r in enumerate(regions) if i not in same]


def _one_frame(placed: Regions | Region, depth: Depth) -> None:
    if placed.frame != depth.frame:
        raise ToolError("the depth must be of the picture in which the regions were found")
