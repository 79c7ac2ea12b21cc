"""Counting and choosing among regions. All of these are pure; a choice from nothing raises NothingThere."""

from __future__ import annotations

from collections.abc import Callable

from tools.core import Ambiguous, Context, NothingThere, ToolError, tool
from tools.types import Region, Regions


@tool(group="compose", example="n = count(mugs)", role="counted")
def count(ctx: Context, regions: Regions) -> int:
    """How many regions there are: 0 where nothing was found."""
    return len(regions)


@tool(group="compose", example="found = exists(mugs)", role="found")
def exists(ctx: Context, regions: Regions) -> bool:
    """Whether there is at least one region."""
    return len(regions) > 0


@tool(group="compose", example="laptop = only(laptops)")
def only(ctx: Context, regions: Regions) -> Region:
    """The one region that there must be.

    Raises NothingThere for none and Ambiguous, with the candidates, for several.
    """
    if len(regions) > 1:
        raise Ambiguous(regions)
    return _some(regions)[0]


@tool(group="compose", example="line = first(lines)")
def first(ctx: Context, regions: Regions) -> Region:
    """The first region in reading order. Raises NothingThere for none."""
    return _some(regions)[0]


@tool(group="compose", example="line = last(lines)")
def last(ctx: Context, regions: Regions) -> Region:
    """The last region in reading order. Raises NothingThere for none."""
    return _some(regions)[-1]


@tool(group="compose", example="line = nth(lines, 3)")
def nth(ctx: Context, regions: Regions, n: int) -> Region:
    """The n-th region in reading order, counted from 1, or from the end for a negative n (-1 is the last).

    Raises NothingThere for no regions, ToolError where there are fewer than n or n is not a whole number but 0.
    """
    found = _some(regions)
    if n == 0 or n != int(n) or abs(n) > len(found):
        raise ToolError(f"nth() needs n between 1 and {len(found)} (or -1 and -{len(found)}), got {n}")
    return found[int(n) - 1 if n > 0 else int(n)]


@tool(group="compose", example="mug = largest(mugs)")
def largest(ctx: Context, regions: Regions) -> Region:
    """The region of the largest area, by mask where there is one, else by box. Raises NothingThere for none."""
    return _extreme(regions, lambda r: -r.area)


@tool(group="compose", example="mug = smallest(mugs)")
def smallest(ctx: Context, regions: Regions) -> Region:
    """The region of the smallest area, by mask where there is one, else by box. Raises NothingThere for none."""
    return _extreme(regions, lambda r: r.area)


@tool(group="compose", example="mug = leftmost(mugs)")
def leftmost(ctx: Context, regions: Regions) -> Region:
    """The region whose box centre lies farthest to the left. Raises NothingThere for none."""
    return _extreme(regions, lambda r: r.center[0])


@tool(group="compose", example="mug = rightmost(mugs)")
def rightmost(ctx: Context, regions: Regions) -> Region:
    """The region whose box centre lies farthest to the right. Raises NothingThere for none."""
    return _extreme(regions, lambda r: -r.center[0])


@tool(group="compose", example="mug = topmost(mugs)")
def topmost(ctx: Context, regions: Regions) -> Region:
    """The region whose box centre lies highest. Raises NothingThere for none."""
    return _extreme(regions, lambda r: r.center[1])


@tool(group="compose", example="mug = bottommost(mugs)")
def bottommost(ctx: Context, regions: Regions) -> Region:
    """The region whose box centre lies lowest. Raises NothingThere for none."""
    return _extreme(regions, lambda r: -r.center[1])


def _some(regions: Regions) -> tuple[Region, ...]:
    if not regions.items:
        raise NothingThere(regions.searched, regions.frame)
    return regions.items


def _extreme(regions: Regions, key: Callable[[Region], float]) -> Region:
    return min(_some(regions), key=key)
