"""Which value belongs to a printed label: after it on its line, beside it in its row, under it, or down its column.

A label may be one of tools.labels' keys, with all its synonyms, or words of the page's own. The kind of value that a
key has (a date, a code, an e-mail address ...) decides what counts as a value. Support for tools.values; amounts of
bills are in tools.totals.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from tools.amounts import NUMBER, find_amounts, mend_digits
from tools.dates import find_dates, find_times
from tools.entity_patterns import find_emails, find_ids, find_measures, find_phones, find_urls
from tools.label_index import EMPTY_HINT, LEADING, Hit, LabelIndex
from tools.text_layout import Page, Placed

CODE = re.compile(r"[A-Za-z]{0,6}[-#/.]?[A-Z0-9][A-Z0-9/\-.*]*\d[A-Z0-9/\-.*]*|\d", re.IGNORECASE)
SPACED_CODE = re.compile(r"(?<![\w/.:-])\d{2,4}(?: \d{2,4}){2,4}(?![\w/.:-])")  # "99 999 999"
SEX = re.compile(
    r"(?<![A-Za-z])(?:female|male|lelaki|perempuan|[MFX])(?:\s?/\s?[MFKHWN])?(?![A-Za-z])|남성?|여성?", re.IGNORECASE
)
SAYS_NUMBER = re.compile(
    r"no\b|num|#|id\b|code|nr\b|번호", re.IGNORECASE
)  # a title like "INVOICE" heads no number below it
NEEDS_COLON = (
    "company",
    "customer",
    "address",
    "subject",
    "title",
    "model",
    "department",
)  # words of names and titles too
FAR = 40.0  # widest gap, in line heights, between a label and a value in its row
BELOW = 2.6  # farthest line below, in line heights, middle to middle


@dataclass(frozen=True)
class Place:
    """A value at [start, end) of a line's text."""

    line: int
    start: int
    end: int


def places_in(
    text: str, kind: str, index: LabelIndex, month_only: bool = False, labelled: bool = False
) -> list[tuple[int, int]]:
    """Values of a kind in a text as [start, end). labelled: a label says that it is of this kind."""
    if kind == "date":
        return [(d.start, d.end) for d in find_dates(text, month_only, spaced=labelled)]
    if kind == "time":
        return find_times(text)
    if kind == "phone":
        found = [(s.start, s.end) for s in find_phones(text, index.regions)]
        return found or [(s.start, s.end) for s in (find_phones(f"tel: {text.strip()}", ()))
                         if s.start == 5 and s.end == 5 + len(text.strip()) and text == text.strip()]  # fmt: skip
    if kind == "email":
        return [(s.start, s.end) for s in find_emails(text)]
    if kind == "url":
        return [(s.start, s.end) for s in find_urls(text)]
    if kind == "measure":
        return [(s.start, s.end) for s in find_measures(text)]
    if kind == "money":
        return [(a.start, a.end) for a in find_amounts(text)]
    if kind == "number":
        return [(m.start("digits"), m.end("digits")) for m in NUMBER.finditer(mend_digits(text))]
    if kind == "id":
        return [(s.start, s.end) for s in find_ids(text)]
    if kind == "sex":
        return [(m.start(), m.end()) for m in SEX.finditer(text)]
    if kind == "code":
        return [(m.start(), m.end()) for m in CODE.finditer(text)]
    if kind == "spaced code":
        return [(m.start(), m.end()) for m in SPACED_CODE.finditer(text)] or places_in(text, "code", index)
    start = len(text) - len(text.lstrip(LEADING))
    end = len(text.rstrip(" :;,|"))
    return [(start, end)] if any(c.isalnum() for c in text[start:end]) else []


def value_of_hit(index: LabelIndex, hit: Hit, kind: str, key: str | None) -> list[Place]:
    """The value of one printed label, or [] where none stands near; several lines for an address or a list."""
    page = index.page
    text = page.placed[hit.line].text
    month_only = key in ("expiry date", "best before", "production date")
    end = index.field_end(hit)
    start = hit.end
    hint = EMPTY_HINT.match(text[start:end])
    start += hint.end() if hint else 0
    if "/" in text[start : start + 2] and re.match(
        r"\s?/\s?[^\d:]{2,30}(?::|$)", text[start:end]
    ):  # a second language's label
        start += re.match(r"\s?/\s?[^\d:]{2,30}(?::|$)", text[start:end]).end()  # type: ignore[union-attr]
    number_word = (
        re.match(r"\s*(?:no|num|number|nr)\b\.?", text[start:end], re.IGNORECASE) if kind in ("code", "phone") else None
    )
    start += number_word.end() if number_word else 0
    sought = "spaced code" if key == "id number" else kind
    lead = len(text[start:end]) - len(text[start:end].lstrip(LEADING if kind != "money" else " :;.=#|"))
    start += lead
    inside = places_in(text[start:end], sought, index, month_only, labelled=True)
    loose = kind == "text" and key is not None and not index.colon(hit) and (not hit.firm or key in NEEDS_COLON)
    if inside and not loose:
        if key == "expiry date":
            inside = _after_range(text[start:end], inside)
        found = [Place(hit.line, start + inside[0][0], start + inside[0][1])]
        return _with_lines_below(index, found, key) if kind == "text" else found
    if kind == "text" and (any(c.isalnum() for c in text[start:end]) or (loose and not hit.firm)):
        return []
    here = page.placed[hit.line]
    for cell in _right_of(page, here):
        if index.is_label(cell.index) and kind == "text":
            break
        inside = places_in(cell.text, sought, index, month_only, labelled=True)
        if inside:
            if key == "expiry date":
                inside = _after_range(cell.text, inside)
            found = [Place(cell.index, *inside[0])]
            return _with_lines_below(index, found, key) if kind == "text" else found
        if index.is_label(cell.index):
            break
    if (
        kind == "code"
        and not number_word
        and not index.colon(hit)
        and not SAYS_NUMBER.search(text[hit.start : hit.end])
    ):
        return []
    whole = kind != "text" or text[: hit.start].rstrip().endswith("/")
    for cell in _below(page, here, hit, whole):
        if index.is_label(cell.index):
            continue
        inside = places_in(cell.text, sought, index, month_only, labelled=True)
        if inside:
            if key == "expiry date":
                inside = _after_range(cell.text, inside)
            middle = sum(_stretch(here, hit.start, hit.end)) / 2
            start, end = min(inside, key=lambda span: abs(sum(_stretch(cell, *span)) / 2 - middle))
            found = [Place(cell.index, start, end)]
            return _with_lines_below(index, found, key) if kind == "text" else found
        if kind == "text":
            break
    return []


def _after_range(text: str, dates: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Dates without the beginnings of spans of time: "15/01/2022 - 14/01/2027" ends on the second."""
    ends = [
        b for a, b in itertools.pairwise(dates) if re.fullmatch(r"\s?(?:[-–~]|to|hingga|bis)\s?", text[a[1] : b[0]])
    ]
    return ends or dates


def _right_of(page: Page, here: Placed) -> list[Placed]:
    row = page.rows[page.row_of[here.index]]
    return [p for p in row if p.x0 >= here.x0 and p.index != here.index and p.x0 - here.x1 < FAR * here.height]


def _below(page: Page, here: Placed, hit: Hit, whole: bool) -> list[Placed]:
    """Lines under a label (under its whole line, with `whole`), the nearest first: they begin near where it begins."""
    share = 0.0 if whole else hit.start / max(len(here.text), 1)
    x0 = here.x0 + share * (here.x1 - here.x0)
    x1 = here.x0 + max(hit.end / max(len(here.text), 1), share) * (here.x1 - here.x0)
    found = []
    for p in page.placed:
        down = (p.y - here.y) / max(here.height, 1.0)
        under = min(p.x1, x1) - max(p.x0, x0) > 0.3 * min(p.x1 - p.x0, x1 - x0)
        near = abs(p.x0 - x0) < 2.0 * here.height
        if down > 0.5 and p.y - here.y < BELOW * max(here.height, p.height) and (under or near):
            found.append(p)
    middle = sum(_stretch(here, hit.start, hit.end)) / 2

    def nearness(p: Placed) -> tuple[int, float]:
        return round((p.y - here.y) / max(here.height, 1.0)), max(p.x0 - middle, middle - p.x1, 0.0)

    return sorted(found, key=nearness)


def _with_lines_below(index: LabelIndex, found: list[Place], key: str | None) -> list[Place]:
    """An address goes on over the lines below it that begin where it begins."""
    if key not in ("address", "ingredients"):
        return found
    page = index.page
    last = page.placed[found[-1].line]
    share = found[-1].start / max(len(last.text), 1)
    x0 = last.x0 + share * (last.x1 - last.x0)
    for p in page.placed:
        if len(found) >= 5:
            break
        if p.y <= last.y + 0.5 * last.height or abs(p.x0 - x0) > 2.0 * p.height:
            continue
        if (
            p.y - last.y > 1.9 * max(last.height, p.height)
            or index.is_label(p.index)
            or any(h.start <= 2 for h in index.known(p.index))
        ):
            break
        found.append(Place(p.index, 0, len(p.text)))
        last = p
    return found


def column_of(index: LabelIndex, hit: Hit, kind: str) -> list[Place]:
    """The values down the column that a label heads, or [] where it heads none.

    A heading stands in a row of at least two headings without values or colons; the column ends after rows without a
    value in it, or at the bill's sums.
    """
    page = index.page
    number = page.row_of[hit.line]
    row = page.rows[number]
    text_of_row = " ".join(p.text for p in row)
    beside = [h for p in row if p.index != hit.line for h in index.known(p.index)]
    beside += [
        h
        for h in index.known(hit.line)
        if not page.placed[hit.line].text[min(hit.end, h.end) : max(hit.start, h.start)].strip()
    ]
    if not any(h.end <= hit.start or h.start >= hit.end or h.line != hit.line for h in beside):
        return []
    if any(c.isdigit() or c in ":：" for c in text_of_row):
        return []
    here = page.placed[hit.line]
    x0, x1 = _stretch(here, hit.start, hit.end)
    others = [
        _stretch(p, h.start, h.end)
        for p in row
        for h in index.known(p.index)
        if (p.index, h.start) != (hit.line, hit.start)
    ]
    left = max([(b + x0) / 2 for a, b in others if b <= x0], default=x0 - 3 * here.height)
    right = min([(a + x1) / 2 for a, b in others if a >= x1], default=x1 + 6 * here.height)
    found: list[Place] = []
    missed, last = 0, here.y
    for below in page.rows[number + 1 :]:
        if any(re.match(r"\W*(?:sub|grand|total|tax|gst|vat|합계|소계|총)", p.text, re.IGNORECASE) for p in below):
            break
        if below[0].y - last > 4 * here.height:
            break
        places = [Place(p.index, a, b) for p in below for a, b in _cells(p, kind, index)
                  if left <= sum(_stretch(p, a, b)) / 2 <= right]  # fmt: skip
        if places:
            found.append(places[-1] if kind == "money" else places[0])
            missed, last = 0, below[0].y
        else:
            missed += 1
            if missed > 2:
                break
    return found


def _cells(placed: Placed, kind: str, index: LabelIndex) -> list[tuple[int, int]]:
    if kind == "text":
        return [(m.start(), m.end()) for m in re.finditer(r"\S+(?: \S+)*", placed.text)]
    return places_in(placed.text, kind, index)


def _stretch(placed: Placed, start: int, end: int) -> tuple[float, float]:
    """Where characters [start, end) of a line lie along the page, by their share of its length."""
    width = (placed.x1 - placed.x0) / max(len(placed.text), 1)
    return placed.x0 + start * width, placed.x0 + end * width
