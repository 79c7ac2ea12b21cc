"""Where a page prints labels: those of tools.labels with all their synonyms, and any others asked for.

A label stands between word boundaries; longer labels win over shorter ones inside them ("date of birth" over "date").
Support for tools.label_values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.entity_patterns import regions_for
from tools.labels import LABELS
from tools.text_layout import Page, Placed
from tools.text_match import find_in, fold

LEADING = " \t:：;.,=#|>)]-–_*•·/"
EMPTY_HINT = re.compile(r"^\s*[(\[][^)\]]{1,24}[)\]]")  # "(RM)", "(dd/mm/yyyy)" after a label


@dataclass(frozen=True)
class Hit:
    """A label printed at [start, end) of a line. size: letters of the synonym. firm: it begins the line or a field."""

    line: int
    start: int
    end: int
    size: int
    firm: bool


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
        last = max((h.end for h in self.known(line)), default=0)
        in_languages = "/" in text and not text[last:].strip(LEADING) and not any(c.isdigit() for c in text)
        return in_languages or text.rstrip().endswith((":", "："))


def letters_before(text: str) -> bool:
    """Whether there is a value, not only punctuation, between two labels."""
    return any(c.isalnum() for c in text)


def _exact(placed: Placed, key: str, size: int) -> list[Hit]:
    """Places where a line shows a folded label between word boundaries."""
    target = fold(placed.text)
    found: list[Hit] = []
    at = target.text.find(key)
    while key and at >= 0:
        start, end = target.at[at], target.ends[at + len(key) - 1]
        text = placed.text
        before, after = text[start - 1 : start], text[end : end + 1]
        joined = after.isalpha() and text[end - 1].isalpha() and not re.match(r"RM|USD|SGD|No\b|NO\b", text[end:])
        glued = before.isalpha() or (before.isdigit() and text[start].isdigit())
        short = size <= 3 and not (
            _firm(text, start) and re.match(r"\s?(?:no)?\s?[:.#/\d)]|\s*$|\s+\S", text[end:], re.IGNORECASE)
        )
        tiny = size <= 2 and not re.match(r"\s?(?:no\.?\s?)?[:.#]|\s?[+(]\d", text[end:], re.IGNORECASE)
        tiny = tiny and not (size == 2 and text[start:end].isupper() and _firm(text, start))  # "LN", "ID"
        if not (joined or glued or short or tiny) and any(c.isalpha() for c in text[start:end]):
            found.append(Hit(placed.index, start, end, size, _firm(text, start)))
        at = target.text.find(key, at + 1)
    return found


def _whole_words(text: str, start: int, end: int) -> bool:
    before, after = text[:start][-1:], text[end : end + 1]
    return not (before.isalpha() and text[start].isalpha()) and not (after.isalpha() and text[end - 1].isalpha())


def _firm(text: str, start: int) -> bool:
    before = text[:start].rstrip(" (*#.-•·")
    field = re.fullmatch(r"\W*\d{1,2}[a-d]", before)  # "4b EXP 31/12/2027": the number of a licence's field
    return not any(c.isalnum() for c in before) or before[-1] in "|:;/" or before[-1].isdigit() or field is not None


def _longest(hits: Sequence[Hit]) -> list[Hit]:
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda h: (-h.size, h.start)):
        if not any(k.start < hit.end and hit.start < k.end for k in kept):
            kept.append(hit)
    return sorted(kept, key=lambda h: h.start)
