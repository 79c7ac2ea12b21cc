"""Names, addresses and other private things on a page, by the role "private". Support for `find_entities`.

The model reads the page's text once, block after block with a blank line between, so that a heading or a salutation
helps to tell a name; what it finds is then cut at the ends of blocks and lines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.adapters.roles import PrivateFinder, PrivateSpan
from tools.core import Context
from tools.text_layout import Page, joined, part_of, read_page
from tools.types import Image, Region, Regions

PRIVATE = ("name", "address", "account number", "secret")  # the kinds of spans that `find_entities` asks for


@dataclass(frozen=True)
class _Line:
    """A line's place in the page's text: [start, end), its index in Page.lines, the number of its block."""

    start: int
    end: int
    index: int
    block: int


def find_private(ctx: Context, image: Image, kind: str) -> Regions:
    """Every thing of a kind, scored by the model, from `private.keep` on (0 unless the profile sets it)."""
    finder: PrivateFinder = ctx.model("private")
    page = read_page(ctx, image)
    text, lines = page_text(page)
    spans: list[PrivateSpan] = ctx.memo((image.id, "private"), lambda: finder.spans(text) if lines else [])
    keep = ctx.setting("private", "keep", 0.0)
    found = [r for s in spans if s.kind == kind and s.score >= keep for r in _regions(page, lines, s)]
    return Regions.of(found, image.frame, kind)


def page_text(page: Page) -> tuple[str, list[_Line]]:
    """The page's lines in one text, a line break after each and a blank line after each block."""
    text, lines = "", []
    for number, block in enumerate(page.blocks):
        for index in block:
            line = page.lines[index].text
            if line:
                lines.append(_Line(len(text), len(text) + len(line), index, number))
                text += line + "\n"
        text += "\n"
    return text, lines


def _regions(page: Page, lines: Sequence[_Line], span: PrivateSpan) -> list[Region]:
    """The regions of one span: its part of each line, parts of a block that stand under one another as one."""
    groups: list[list[Region]] = []
    block = -1
    for line in lines:
        start, end = max(span.start, line.start), min(span.end, line.end)
        if start >= end:
            continue
        part = part_of(page.lines[line.index], start - line.start, end - line.start, span.kind)
        if not (part.text or "").strip():
            continue
        if line.block == block and _under(page, groups[-1][-1], part):
            groups[-1].append(part)
        else:
            groups.append([part])
        block = line.block
    texts = (" ".join((p.text or "").strip() for p in parts) for parts in groups)
    made = (joined(parts, text, span.kind) for parts, text in zip(groups, texts, strict=True))
    return [region.with_(score=span.score) for region in made]


def _under(page: Page, upper: Region, lower: Region) -> bool:
    a, b = page.upright(upper), page.upright(lower)
    return min(a.x1, b.x1) > max(a.x0, b.x0)
