"""Finding e-mail addresses, phone numbers, dates, prices and their like by the libraries made for each.

Names, addresses and secrets have no pattern: those the role "private" finds (tools.private_text).
"""

from __future__ import annotations

from typing import Literal

from tools.amounts import NUMBER, find_amounts, mend_digits
from tools.core import Context, tool
from tools.dates import find_dates, find_times
from tools.entity_patterns import Span, find_cards, find_emails, find_ids, find_phones, find_urls, regions_for
from tools.private_text import PRIVATE, find_private
from tools.text_layout import Page, joined, part_of, read_page
from tools.types import Image, Region, Regions

Kind = Literal["email", "phone", "url", "date", "time", "money", "number", "card number", "id number",
               "name", "address", "account number", "secret"]  # fmt: skip


@tool(
    group="read",
    example='mails = find_entities(image, "email")',
    needs=("reader",),
    role="read",
    choice_needs={"kind": dict.fromkeys(PRIVATE, "private")},
)
def find_entities(ctx: Context, image: Image, kind: Kind) -> Regions:
    """Find every e-mail address, phone number, date, price or other entity of a kind.

    Each region is boxed by its words (by its share of a word where words are joined), its text as printed, its label
    the kind. Spaces that OCR put into addresses are taken out; an e-mail or web address that runs over a line's end
    is one region around both parts. Phone numbers are valid in some country (phonenumbers) or stand after a word like
    "Tel"; card and identity numbers pass their checksums (python-stdnum). Money has a currency or cents.

    Where the profile has a model for the role "private", it finds names and addresses of persons, account numbers of
    any form and secrets (passwords, keys), from how the page reads, block by block. What runs over several lines is one
    region around them where they stand under one another; a name that ends a line of running text and goes on at the
    beginning of the next is a region for each part, since a box around both would take two whole lines with it.
    """
    if kind in PRIVATE:
        return find_private(ctx, image, kind)
    page = read_page(ctx, image)
    regions = regions_for(" ".join(p.text for p in page.placed))
    found: list[Region] = []
    for i, line in enumerate(page.lines):
        if line.text:
            found.extend(
                part_of(line, s.start, s.end, kind).with_(text=s.text) for s in spans_of(line.text, kind, regions)
            )
            if kind in ("email", "url"):
                found = _broken(page, i, kind, found)
    return Regions(tuple(found), image.frame, kind)


def spans_of(text: str, kind: str, regions: tuple[str, ...]) -> list[Span]:
    """Entities of a kind in one line."""
    if kind == "email":
        return find_emails(text)
    if kind == "url":
        return find_urls(text)
    if kind == "phone":
        return find_phones(text, regions)
    if kind == "card number":
        return find_cards(text)
    if kind == "id number":
        return find_ids(text)
    if kind == "date":
        places = [(d.start, d.end) for d in find_dates(text)]
    elif kind == "time":
        places = find_times(text)
    elif kind == "money":
        dates = [(d.start, d.end) for d in find_dates(text)]
        places = [(a.start, a.end) for a in find_amounts(text) if (a.cents or a.currency)
                  and not any(s < a.end and a.start < e for s, e in dates)]  # fmt: skip
    else:
        places = [(m.start(), m.end()) for m in NUMBER.finditer(mend_digits(text))]
    return [Span(start, end, text[start:end].strip()) for start, end in places]


def _broken(page: Page, index: int, kind: str, found: list[Region]) -> list[Region]:
    """Join an address that ends one line and goes on in the next below it, replacing what either line alone gave."""
    here = page.placed[index]
    first = (page.lines[index].text or "").rstrip()
    tail = first.split(" ")[-1] if first else ""
    below = [p for p in page.placed if 0.5 * here.height < p.y - here.y < 2.2 * here.height
             and min(p.x1, here.x1) - max(p.x0, here.x0) > 0]  # fmt: skip
    if not below or not tail:
        return found
    under = min(below, key=lambda p: (p.y, abs(p.x0 - here.x0)))
    second = page.lines[under.index]
    head = (second.text or "").strip().split(" ")[0]
    open_end = tail[-1] in "@._-/" or ("@" in tail and "." not in tail.split("@")[-1]) or head[:1] in ("@", ".")
    if kind == "url" and not (open_end and ("www" in tail.lower() or "://" in tail or tail[-1] == "/")):
        return found
    if not open_end:
        return found
    spans = spans_of(tail + head, kind, ())
    if len(spans) != 1 or spans[0].start >= len(tail) or spans[0].end <= len(tail):
        return found
    start = len(first) - len(tail) + spans[0].start
    parts = [part_of(page.lines[index], start, len(first), kind), part_of(second, 0, spans[0].end - len(tail), kind)]
    kept = [r for r in found if not (r.frame == parts[0].frame and r.box == parts[0].box)]
    return [*kept, joined(parts, spans[0].text, kind)]
