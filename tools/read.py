"""Reading text: lines and words with boxes, and finding a text among them."""

from __future__ import annotations

from tools.core import Context, Span, tool
from tools.text_layout import Page, joined, part_of, read_page, words_of
from tools.text_match import find_in, fold, is_number
from tools.types import Image, Region, Regions


@tool(group="read", example="lines = read_text(image)", needs=("reader",), role="read")
def read_text(ctx: Context, image: Image) -> Regions:
    """Read every line of text.

    Lines come in reading order along the page's own slant, whichever way up the picture is, each with box, quad where
    it is slanted, text, words and score. A line in a script that nothing here reads has the label "unread text" and no
    text. Each picture is read once.
    """
    return Regions(read_page(ctx, image).lines, image.frame, "text")


@tool(group="read", example='found = find_text(image, "net weight")', needs=("reader",), role="read")
def find_text(ctx: Context, image: Image, text: Span) -> Regions:
    """Find the lines or words that hold a text.

    Gives whole lines, so that text_of says what each of them reads; `words` splits them where only words are wanted. A
    text that runs over a line's end is one region around its lines. Case, accents, spaces, hyphens and OCR's usual
    slips (0 O, 1 l I, rn m) are forgiven, and about one other slip in seven letters; where exact places exist, only
    they count. Numbers must agree digit for digit.
    """
    page = read_page(ctx, image)
    places = [(line, find_in(text, line.text)) for line in page.lines if line.text]
    hits = [(line, place[2]) for line, place in places if place is not None]
    fewest = min((edits for _, edits in hits), default=0)
    found = [line for line, edits in hits if edits == fewest]
    if not hits or fewest > 0:
        found = _over_lines(page, text) or found
    return Regions(tuple(found), image.frame, text)


def _over_lines(page: Page, text: str) -> list[Region]:
    """Places where a text of several words begins at one line's end and goes on below it."""
    if len(fold(text).text) < 5 or is_number(text) or " " not in text.strip():
        return []
    found = []
    for here in page.placed:
        under = [p for p in page.placed if 0.5 * here.height < p.y - here.y < 2.5 * here.height
                 and min(p.x1, here.x1) - max(p.x0, here.x0) > 0]  # fmt: skip
        if not under or not here.text:
            continue
        below = min(under, key=lambda p: (p.y, p.x0))
        first = here.text[:-1] if here.text.endswith("-") else here.text + " "
        place = find_in(text, first + below.text)
        if place is not None and place[0] < len(first.rstrip()) and place[1] > len(first):
            parts = [page.lines[here.index], page.lines[below.index]]
            found.append(joined(parts, first + below.text, "text"))
    return found


@tool(group="read", example="w = words(lines)", role="read")
def words(ctx: Context, regions: Regions) -> Regions:
    """Split lines of text into their words.

    In reading order, each with its own box and score. A region without text has none.
    """
    found = [part_of(r, start, end, "word") for r in regions if r.text for _, start, end in words_of(r)]
    return Regions(tuple(found), regions.frame, "word")


@tool(group="read", example="t = text_of(lines)", role="read")
def text_of(ctx: Context, regions: Regions) -> tuple[str, ...]:
    """What is written in each region, in reading order.

    A region that was not found by reading gives "".
    """
    return tuple(region.text or "" for region in regions)


@tool(group="read", example='found = contains(t, "paid")', role="compared")
def contains(ctx: Context, text: str | tuple[str, ...], part: Span) -> bool:
    """Whether a text, or any of several, holds another, whatever the case.

    As tolerant as find_text: accents, spaces, line ends and OCR's slips are forgiven, numbers must agree. An empty
    part is held by nothing.
    """
    texts = (text,) if isinstance(text, str) else text
    return any(find_in(part, t) is not None for t in (*texts, " ".join(texts)))


@tool(group="read", example="row = same_row(lines, only(label))", role="compared")
def same_row(ctx: Context, regions: Regions, region: Region) -> Regions:
    """The regions that stand on the same line of the page as the region, itself left out.

    By the slant of the regions' own quads, so that rows of a skewed page are rows: a region is in the row where its
    middle lies within half a height of the region's.
    """
    page = Page.of([*regions, region])
    here = next(p for p in page.placed if page.lines[p.index] == region)
    found = []
    for other in page.placed:
        item = page.lines[other.index]
        off = abs(other.y - here.y)
        if item != region and off <= 0.5 * max(min(other.height, here.height), 1.0) and item not in found:
            found.append(item)
    return Regions(tuple(r for r in regions if r in found), regions.frame, regions.searched)
