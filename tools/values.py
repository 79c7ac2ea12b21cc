"""Values that belong to printed labels, and numbers in text."""

from __future__ import annotations

import re

from tools.amounts import number_in
from tools.cards import card_field
from tools.core import Context, Label, NothingThere, ToolError, tool
from tools.dates import find_times
from tools.headers import address_lines, company_lines, is_whole, person_lines, without_registration
from tools.label_index import Hit, LabelIndex
from tools.label_values import Place, column_of, places_in, value_of_hit
from tools.labels import KINDS, LABELS, canonical
from tools.text_layout import Page, joined, part_of, read_page
from tools.text_match import fold
from tools.totals import PARTS, Pair, choose_part, choose_total
from tools.types import Image, Region, Regions

RIVALS = {  # labels whose values must not be taken for this key's where it stands unlabelled
    "date": ("due date", "expiry date", "date of birth", "delivery date", "best before", "production date"),
    "phone": ("fax",),
}
LED_BY_ZERO = re.compile(r"^0(?=[A-Z]\d{4})")  # "0R00483781": numbers led by a nought and a letter are read wrong
NOT_ISSUED = re.compile(r"valid|expir|until|before|promo|member|birth|since|within|return|exchange", re.IGNORECASE)
PRINTED = fold("print").text
PERSONAL = fold("personal").text
SURNAMES = {fold(s).text for s in LABELS["surname"]}
ONE_OF_A_PAGE = ("name", "surname", "given name", "address", "company")  # never a column
UNLABELLED = ("date", "time", "phone", "email", "website")


@tool(group="read", example='value = find_value(image, "total")', needs=("reader",), role="read")
def find_value(ctx: Context, image: Image, label: Label) -> Regions:
    """Find the value that belongs to a printed label: to its right, below it, or in its column.

    A label of tools.labels stands for all its synonyms and for a kind of value: "total" finds the amount to pay, also
    where the page prints "Amount due", and not the subtotal, the cash or the change; sums that must hold (cash less
    change, subtotal plus tax) decide between several. "date", "time", "phone", "email" and "website" are found
    unlabelled too, "company", "address" and "name" where receipts and cards print them. Other labels are looked for
    as they are written, forgiving OCR's slips. A table's heading gives its whole column, top to bottom.

    The regions' text is the value as printed, their label the key (or the label given), their box the words' box; one
    region, except for columns. Nothing found is an empty Regions.
    """
    page = read_page(ctx, image)
    key = canonical(label)
    found = _find(page, label, key)
    return Regions(tuple(r.with_(label=key or label) for r in found), image.frame, key or label)


def _find(page: Page, label: str, key: str | None) -> list[Region]:
    if key == "total":
        best = choose_total(page)
        return [_amount(page, best)] if best is not None else []
    if key in PARTS:
        part = choose_part(page, key)
        return [_amount(page, part)] if part is not None else []
    kind = KINDS.get(key, "text") if key is not None else "text"
    index = LabelIndex(page)
    hits = index.hits(label, key)
    if key == "id number":  # a document's own number, unless the label asks for the holder's
        asked = fold(label).text
        hits.sort(key=lambda h: (_words_of(page, h) != asked, _words_of(page, h).startswith(PERSONAL)))
    if key == "date":
        hits.sort(key=lambda h: _words_of(page, h).startswith(PRINTED))
    if key == "address" and hits and choose_total(page) is not None:  # a bill's buyer has an address too
        head = address_lines(page)
        if is_whole(page, head) and max(head) < min(h.line for h in hits):
            return [_whole(page, [Place(i, 0, len(page.lines[i].text or "")) for i in head])]
    for hit in hits:
        if key == "name" and any(h.start != hit.start for h in index.known(hit.line) if _words_of(page, h) in SURNAMES):
            continue  # "Name/Surname": one of two fields
        heads = kind in ("money", "number") or (kind == "text" and key not in ONE_OF_A_PAGE)
        column = column_of(index, hit, kind) if heads else []
        if len(column) > (0 if kind != "text" else 1):
            return [_part(page, place) for place in column]
        places = value_of_hit(index, hit, kind, key)
        if places:
            whole = _whole(page, places)
            return [whole.with_(text=LED_BY_ZERO.sub("O", whole.text or ""))] if kind == "code" else [whole]
    return _unlabelled(page, index, key, kind)


def _unlabelled(page: Page, index: LabelIndex, key: str | None, kind: str) -> list[Region]:
    """Values that are known by their looks or their place on the page."""
    if key in UNLABELLED:
        found = _by_looks(page, index, key or "", kind)
        issued = card_field(page, key) if key == "date" else []
        return [_part(page, place) for place in (issued or found)[:1]]
    if key == "id number":
        found = _by_looks(page, index, key, "id") or card_field(page, key)
        return [_part(page, found[0])] if found else []
    if key in ("surname", "given name", "date of birth", "expiry date", "sex"):
        places = card_field(page, key)
        return [_whole(page, places)] if places else []
    if key == "name":  # printed in two fields
        halves = [places for half in ("surname", "given name") for hit in index.hits(half, half)[:2]
                  if (places := value_of_hit(index, hit, "text", half))]  # fmt: skip
        halves = halves or [places for half in ("surname", "given name") if (places := card_field(page, half))]
        if halves:
            return [_whole(page, sorted({p for places in halves for p in places}, key=lambda p: (p.line, p.start)))]
    lines = {"company": company_lines, "address": address_lines, "name": person_lines}
    if key in lines:
        texts = {i: page.lines[i].text or "" for i in lines[key](page)}
        ends = {i: without_registration(t) if key == "company" else len(t) for i, t in texts.items()}
        return [_whole(page, [Place(i, 0, end) for i, end in ends.items()])] if texts else []
    return []


def _words_of(page: Page, hit: Hit) -> str:
    return fold(page.placed[hit.line].text[hit.start : hit.end]).text


def _by_looks(page: Page, index: LabelIndex, key: str, kind: str) -> list[Place]:
    """Values of a kind that no rival label claims; a date in a row with a time of day first, then from the top."""
    claimed = [place for rival in RIVALS.get(key, ()) for hit in index.hits(rival, rival)
               if hit.firm for place in value_of_hit(index, hit, kind, rival)]  # fmt: skip
    found: list[Place] = []
    for placed in page.placed:
        for start, end in places_in(placed.text, kind, index):
            if not any(c.line == placed.index and c.start < end and start < c.end for c in claimed):
                found.append(Place(placed.index, start, end))
    if kind == "date":
        timed = [any(find_times(c.text) for c in page.rows[page.row_of[f.line]]) for f in found]
        doubted = [bool(NOT_ISSUED.search(page.placed[f.line].text)) for f in found]
        order = sorted(range(len(found)), key=lambda i: (doubted[i], not timed[i], i))
        found = [found[i] for i in order]
    return found


def _amount(page: Page, pair: Pair) -> Region:
    return part_of(page.lines[pair.line], pair.start, pair.end, None)


def _part(page: Page, place: Place) -> Region:
    return part_of(page.lines[place.line], place.start, place.end, None)


def _whole(page: Page, places: list[Place]) -> Region:
    parts = [_part(page, place) for place in places]
    return joined(parts, " ".join(p.text or "" for p in parts), None)


@tool(group="read", example="n = number_of(only(value))", role="read")
def number_of(ctx: Context, region: Region) -> float:
    """The number that is written in a region.

    Currency signs, separators of any country ("1.234,56") and OCR's slips ("1O.00") are understood; of several numbers
    the last amount of money counts, else the first number. Raises ToolError where the region has no text or no number.
    """
    value = None if region.text is None else number_in(region.text)
    if value is None:
        what = region.label or "region"
        raise ToolError(f"number_of() needs a region with a number written in it; this {what} has none")
    return value


@tool(group="read", example="n = total(prices)", role="counted")
def total(ctx: Context, regions: Regions) -> float:
    """The sum of the numbers that are written in the regions.

    0 for none; regions without a number count as nothing; rounded to a millionth. Raises ToolError where there are
    regions and none of them has a number.
    """
    found = [v for v in map(_number, regions) if v is not None]
    if len(regions) and not found:
        raise ToolError(f"total() needs regions with numbers written in them; none of these {len(regions)} has one")
    return round(sum(found), 6)


@tool(group="read", example="r = most(prices)", role="compared")
def most(ctx: Context, regions: Regions) -> Region:
    """The region with the largest number written in it.

    The first of equals. Raises NothingThere for no regions, ToolError where none has a number.
    """
    return _extreme(regions, "most", 1.0)


@tool(group="read", example="r = least(prices)", role="compared")
def least(ctx: Context, regions: Regions) -> Region:
    """The region with the smallest number written in it.

    The first of equals. Raises NothingThere for no regions, ToolError where none has a number.
    """
    return _extreme(regions, "least", -1.0)


def _number(region: Region) -> float | None:
    return None if region.text is None else number_in(region.text)


def _extreme(regions: Regions, name: str, sign: float) -> Region:
    if not len(regions):
        raise NothingThere(regions.searched)
    numbered = [(value, region) for region in regions if (value := _number(region)) is not None]
    if not numbered:
        raise ToolError(f"{name}() needs regions with numbers written in them; none of these {len(regions)} has one")
    return max(numbered, key=lambda pair: sign * pair[0])[1]
