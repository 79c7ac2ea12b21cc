"""Where regions lie relative to one region, by box centres in pixels of their common root frame."""

from __future__ import annotations

from collections.abc import Callable

from tools.core import Context, NothingThere, ToolError, tool
from tools.geometry import overlap_share, same_things
from tools.types import Region, Regions

INSIDE = 0.5  # a region is inside another from this share of its box on


@tool(group="compose", example="found = left_of(mugs, only(laptops))", role="compared")
def left_of(ctx: Context, regions: Regions, region: Region) -> Regions:
    """The regions whose centre lies to the left of the region's centre."""
    return _where(regions, region, lambda r, anchor: r.center[0] < anchor.center[0])


@tool(group="compose", example="found = right_of(mugs, only(laptops))", role="compared")
def right_of(ctx: Context, regions: Regions, region: Region) -> Regions:
    """The regions whose centre lies to the right of the region's centre."""
    return _where(regions, region, lambda r, anchor: r.center[0] > anchor.center[0])


@tool(group="compose", example="found = above(mugs, only(laptops))", role="compared")
def above(ctx: Context, regions: Regions, region: Region) -> Regions:
    """The regions whose centre lies higher in the picture than the region's centre."""
    return _where(regions, region, lambda r, anchor: r.center[1] < anchor.center[1])


@tool(group="compose", example="found = below(mugs, only(laptops))", role="compared")
def below(ctx: Context, regions: Regions, region: Region) -> Regions:
    """The regions whose centre lies lower in the picture than the region's centre."""
    return _where(regions, region, lambda r, anchor: r.center[1] > anchor.center[1])


@tool(group="compose", example="found = inside(lines, only(signs))", role="compared")
def inside(ctx: Context, regions: Regions, region: Region) -> Regions:
    """The regions of which at least half the box lies within the region's box."""
    return _where(regions, region, lambda r, anchor: overlap_share(r.box, anchor.box) >= INSIDE)


@tool(group="compose", example="mug = nearest(mugs, only(laptops))", role="compared")
def nearest(ctx: Context, regions: Regions, region: Region) -> Region:
    """The region whose centre is nearest to the region's centre, itself left out. Raises NothingThere for none."""
    others = _others(regions, region)
    if not others:
        raise NothingThere(regions.searched, regions.frame)
    anchor = region.in_root()

    def squared_distance(r: Region) -> float:
        (x, y), (ax, ay) = r.in_root().center, anchor.center
        return (x - ax) ** 2 + (y - ay) ** 2

    return min(others, key=squared_distance)


def _others(regions: Regions, region: Region) -> list[Region]:
    """The regions without the anchor. Raises ToolError where the two come from different pictures."""
    if regions.frame.root != region.frame.root:
        raise ToolError("both regions must be of one picture; these are of two different ones")
    at_root = [r.in_root() for r in regions]
    same = {i for i, _ in same_things(at_root, [region.in_root()])}
    return [r for i, r in enumerate(regions) if i not in same]


def _where(regions: Regions, region: Region, holds: Callable[[Region, Region], bool]) -> Regions:
    anchor = region.in_root()
    return regions.keep(r for r in _others(regions, region) if holds(r.in_root(), anchor))
