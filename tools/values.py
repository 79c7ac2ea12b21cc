"""Values that belong to printed labels, and numbers in text."""

from __future__ import annotations

from tools.core import Context, Label, tool
from tools.types import Image, Region, Regions


@tool(group="read", example='value = find_value(image, "total")', needs=("reader",), role="read")
def find_value(ctx: Context, image: Image, label: Label) -> Regions:
    """Find the value that belongs to a printed label: to its right, below it, or in its column."""
    raise NotImplementedError


@tool(group="read", example="n = number_of(only(value))", role="read")
def number_of(ctx: Context, region: Region) -> float:
    """The number that is written in a region."""
    raise NotImplementedError


@tool(group="read", example="n = total(prices)", role="counted")
def total(ctx: Context, regions: Regions) -> float:
    """The sum of the numbers that are written in the regions."""
    raise NotImplementedError


@tool(group="read", example="r = most(prices)", role="compared")
def most(ctx: Context, regions: Regions) -> Region:
    """The region with the largest number written in it."""
    raise NotImplementedError


@tool(group="read", example="r = least(prices)", role="compared")
def least(ctx: Context, regions: Regions) -> Region:
    """The region with the smallest number written in it."""
    raise NotImplementedError
