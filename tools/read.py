"""Reading text: lines and words with boxes, and finding a text among them."""

from __future__ import annotations

from tools.core import Context, Span, tool
from tools.types import Image, Region, Regions


@tool(group="read", example="lines = read_text(image)", needs=("reader",), role="read")
def read_text(ctx: Context, image: Image) -> Regions:
    """Read every line of text."""
    raise NotImplementedError


@tool(group="read", example='found = find_text(image, "net weight")', needs=("reader",), role="read")
def find_text(ctx: Context, image: Image, text: Span) -> Regions:
    """Find the lines or words that hold a text."""
    raise NotImplementedError


@tool(group="read", example="w = words(lines)", role="read")
def words(ctx: Context, regions: Regions) -> Regions:
    """Split lines of text into their words."""
    raise NotImplementedError


@tool(group="read", example="t = text_of(lines)", role="read")
def text_of(ctx: Context, regions: Regions) -> tuple[str, ...]:
    """What is written in each region, in reading order."""
    raise NotImplementedError


@tool(group="read", example='found = contains(t, "paid")', role="compared")
def contains(ctx: Context, text: str | tuple[str, ...], part: Span) -> bool:
    """Whether a text, or any of several, holds another, whatever the case."""
    raise NotImplementedError


@tool(group="read", example="row = same_row(lines, only(label))", role="compared")
def same_row(ctx: Context, regions: Regions, region: Region) -> Regions:
    """The regions that stand on the same line of the page as the region, itself left out."""
    raise NotImplementedError
