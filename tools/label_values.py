"""Which value belongs to a printed label: after it on its line, beside it in its row, under it, or down its column.

A label may be one of tools.labels' keys, with all its synonyms, or words of the page's own. The kind of value that a
key has (a date, a code, an e-mail address ...) decides what counts as a value. Support for tools.values; amounts of
bills are in tools.totals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.amounts import NUMBER, find_amounts, mend_digits
from tools.dates import find_dates, find_times
from tools.entity_patterns import find_emails, find_measures, find_phones, find_urls, regions_for
from tools.labels import LABELS
from tools.text_layout import Page, Placed
from tools.text_match import find_in, fold

CODE = re.compile(r"[A-Za-z]{0,6}[-#/.]?[A-Z0-9][A-Z0-9/\-.*]*\d[A-Z0-9/\-.*]*|\d", re.IGNORECASE)
LEADING = " \t:;.,=#|>)]-–_*•·/"
EMPTY_HINT = re.compile(r"^\s*[(\[][^)\]]{1,24}[)\]]")  # "(RM)", "(dd/mm/yyyy)" after a label
FAR = 40.0  # widest gap, in line heights, between a label and a value in its row
BELOW = 2.6  # farthest line below, in line heights, middle to middle


@dataclass(frozen=True)
class Hit:
    """A label printed at [start, end) of a line. size: letters of the synonym. firm: it begins the line or a field."""

    line: int
    start: int
    end: int
    size: int
    firm: bool


@dataclass(frozen=True)
class Place:
    """A value at [start, end) of a line's text."""

    line: int
    start: int
    end: int


class LabelIndex:
    """The labels printed on one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.regions = regions_for(" ".join(p.text for p in page.placed))
        synonyms = {s for group in LABELS.values() for s in group}
        self._known: dict[int, list[Hit]] = {}
        keys = {fold(s).text: len(fold(s, False).text) for s in synonyms}
        for placed in page.placed:
            self._known[placed.index] = _longest([h for key, size in keys.items() for h in _exact(placed, key, size)])

    def known(self, line: int) -> list[Hit]:
        """Labels of any key on a line, the longest where they overlap, from left to right."""
        return self._known[line]

    def hits(self, label: str, key: str | None) -> list[Hit]:
        """Where a label stands, the surest first: of a key all its synonyms, else the label's own words."""
        found: list[Hit] = []
        for placed in self.page.placed:
            here = []
            for synonym in LABELS[key] if key is not None else (label,):
                folded = fold(synonym)
                here += _exact(placed, folded.text, len(fold(synonym, False).text))
                if not here and (len(folded.text) >= 7 or key is None):
                    place = find_in(synonym, placed.text)
                    if place is not None and _whole_words(placed.text, place[0], place[1]):
                        here.append(
                            Hit(placed.index, place[0], place[1], len(folded.text) - 1, _firm(placed.text, place[0]))
                        )
            covering = self.known(placed.index) if key is not None else []
            # "sub total" is not a hit of "total"; "date of birth" is not one of "date"
            here = [
                h for h in here if not any(c.start <= h.start and h.end <= c.end and c.size > h.size for c in covering)
            ]
            found.extend(_longest(here))
        return sorted(found, key=lambda h: (not h.firm, not self.colon(h), -h.size, h.line))

    def colon(self, hit: Hit) -> bool:
        return bool(re.match(r"\s*(?:no\.?|#)?\s*[:：]", self.page.placed[hit.line].text[hit.end :], re.IGNORECASE))

    def field_end(self, hit: Hit) -> int:
        """Where the text after a label ends: at the next label of its line that has a value of its own."""
        text = self.page.placed[hit.line].text
        for other in self.known(hit.line):
            if other.start < hit.end or not letters_before(text[hit.end : other.start]):
                continue
            if re.match(r"\s*(?:no\.?|#)?\s*[:：#]", text[other.end :], re.IGNORECASE):
                return other.start
        return len(text)

    def is_label(self, line: int) -> bool:
        """Whether a line is only a label, or begins with one and a colon."""
        text = self.page.placed[line].text
        for hit in self.known(line):
            if hit.start > 2:
                break
            rest = EMPTY_HINT.sub("", text[hit.end :])
            if not rest.strip(LEADING) or rest.lstrip().startswith((":", "：")):
                return True
        return text.rstrip().endswith((":", "："))


def letters_before(text: str) -> bool:
    """Whether there is a value, not only punctuation, between two labels."""
    return any(c.isalnum() for c in text)


def _exact(placed: Placed, key: str, size: int) -> list[Hit]:
    """Places where a line shows a folded label between word boundaries."""
    target = fold(placed.text)
    found: list[Hit] = []
    at = target.text.find(key)
    while key and at >= 0:
        start, end = target.at[at], target.at[at + len(key) - 1] + 1
        text = placed.text
        before, after = text[start - 1 : start], text[end : end + 1]
        joined = after.isalpha() and text[end - 1].isalpha() and not re.match(r"RM|USD|SGD|No\b|NO\b", text[end:])
        glued = before.isalpha() or (before.isdigit() and text[start].isdigit())
        short = size <= 3 and not (
            _firm(text, start) and re.match(r"\s?(?:no)?\s?[:.#/\d)]|\s*$|\s+\S", text[end:], re.IGNORECASE)
        )
        tiny = size <= 2 and not re.match(r"\s?(?:no\.?\s?)?[:.#]", text[end:], re.IGNORECASE)
        if not (joined or glued or short or tiny) and any(c.isalpha() for c in text[start:end]):
            found.append(Hit(placed.index, start, end, size, _firm(text, start)))
        at = target.text.find(key, at + 1)
    return found


def _whole_words(text: str, start: int, end: int) -> bool:
    before, after = text[:start][-1:], text[end : end + 1]
    return not (before.isalpha() and text[start].isalpha()) and not (after.isalpha() and text[end - 1].isalpha())


def _firm(text: str, start: int) -> bool:
    before = text[:start].rstrip(" (*#.-•·")
    return not any(c.isalnum() for c in before) or before[-1] in "|:;/" or before[-1].isdigit()


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (-h.size, h.start)):
        if not any(k.start < hit.end and hit.start < k.end for k in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)


def places_in(text: str, kind: str, index: LabelIndex, month_only: bool = False) -> list[tuple[int, int]]:
    """Values of a kind in a text as [start, end)."""
    if kind == "date":
        return [(d.start, d.end) for d in find_dates(text, month_only)]
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
    if kind == "code":
        return [(m.start(), m.end()) for m in CODE.finditer(text)]
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
    lead = len(text[start:end]) - len(text[start:end].lstrip(LEADING if kind != "money" else " :;.=#|"))
    start += lead
    inside = places_in(text[start:end], kind, index, month_only)
    if inside and not (kind == "text" and not hit.firm and key is not None and not index.colon(hit)):
        found = [Place(hit.line, start + inside[0][0], start + inside[0][1])]
        return _with_lines_below(index, found, key) if kind == "text" else found
    if any(c.isalnum() for c in text[start:end]) and kind == "text":
        return []
    here = page.placed[hit.line]
    for cell in _right_of(page, here):
        if index.is_label(cell.index) and kind == "text":
            break
        inside = places_in(cell.text, kind, index, month_only)
        if inside:
            found = [Place(cell.index, *inside[0])]
            return _with_lines_below(index, found, key) if kind == "text" else found
        if index.is_label(cell.index):
            break
    for cell in _below(page, here, hit):
        if index.is_label(cell.index):
            continue
        inside = places_in(cell.text, kind, index, month_only)
        if inside:
            return (
                _with_lines_below(index, [Place(cell.index, *inside[0])], key)
                if kind == "text"
                else [Place(cell.index, *inside[0])]
            )
        if kind == "text":
            break
    return []


def _right_of(page: Page, here: Placed) -> list[Placed]:
    row = page.rows[page.row_of[here.index]]
    return [p for p in row if p.x0 >= here.x0 and p.index != here.index and p.x0 - here.x1 < FAR * here.height]


def _below(page: Page, here: Placed, hit: Hit) -> list[Placed]:
    """Lines under a label, the nearest first: they begin near where the label begins, or lie under it."""
    share = hit.start / max(len(here.text), 1)
    x0 = here.x0 + share * (here.x1 - here.x0)
    x1 = here.x0 + max(hit.end / max(len(here.text), 1), share) * (here.x1 - here.x0)
    found = []
    for p in page.placed:
        down = (p.y - here.y) / max(here.height, 1.0)
        under = min(p.x1, x1) - max(p.x0, x0) > 0.3 * min(p.x1 - p.x0, x1 - x0)
        near = abs(p.x0 - x0) < 2.0 * here.height
        if down > 0.5 and p.y - here.y < BELOW * max(here.height, p.height) and (under or near):
            found.append(p)
    return sorted(found, key=lambda p: (p.y, abs(p.x0 - x0)))


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

    A heading stands in a row of at least two headings without values; the column ends at a row without a value in it, or at
    the bill's sums.
    """
    page = index.page
    number = page.row_of[hit.line]
    row = page.rows[number]
    text_of_row = " ".join(p.text for p in row)
    labels = sum(len(index.known(p.index)) for p in row)
    if labels < 2 or any(c.isdigit() for c in text_of_row):
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
    missed = 0
    for below in page.rows[number + 1 :]:
        if any(re.match(r"\W*(?:sub|grand|total|tax|gst|vat|합계|소계|총)", p.text, re.IGNORECASE) for p in below):
            break
        places = [Place(p.index, a, b) for p in below for a, b in _cells(p, kind, index)
                  if left <= sum(_stretch(p, a, b)) / 2 <= right]  # fmt: skip
        if places:
            found.append(places[-1] if kind == "money" else places[0])
            missed = 0
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
