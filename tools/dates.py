"""Dates and times of day in text that OCR read: strict patterns find them, then each is checked to be a real date.

Orders: day-month-year and month-day-year (whichever is a date; the first where both are), year-month-day, month names
(English here, any language of dateparser's for words that look like one), Chinese, Japanese and Korean characters.
Support for the reading tools.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from tools.amounts import mend_digits

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
LANGUAGES = ("de", "fr", "es", "it", "pt", "nl", "id", "ms", "sv", "da", "pl", "tr")  # month names besides English ones
_YEAR = r"(?P<y>(?:19|20)\d{2}|\d{2})(?=\D|$|[0-2]?\d:[0-5]\d)"
_LONG_YEAR = r"(?P<y>(?:19|20)\d{2})"
_S = r"\s?[/.\-–~,]\s?"
_WORD = r"(?P<name>[A-Za-zÀ-ÿ]{3,10}|(?i:0ct|n0v|ju1|5ep|apr1l|apri1))\.?"
PATTERNS = (
    re.compile(rf"(?<![\d./\-]){_LONG_YEAR}\s?[年년]\s?(?P<m>\d{{1,2}})\s?[月월]\s?(?P<d>\d{{1,2}})\s?[日일]?"),
    re.compile(rf"(?<![\d./\-]){_LONG_YEAR}(?P<s>\s?[/.\-–]\s?)(?P<m>\d{{1,2}})\s?[/.\-–]\s?(?P<d>\d{{1,2}})(?![/.\-]?\d(?!\d?:))"),
    re.compile(rf"(?<![\d./\-])(?P<a>\d{{1,2}})(?P<s>\s?[/.\-–]\s?)(?P<b>\d{{1,2}})\s?[/.\-–]\s?{_YEAR}(?![/\-]\d|\.\d)"),
    re.compile(rf"(?<![\d./\-])(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[/.\-–,']\s?|\s|)(?:of )?"
               rf"{_WORD}(?:\s?[/.\-–,']+\s?|\s|)'?{_YEAR}"),
    re.compile(rf"(?<![A-Za-z]){_WORD}(?:\s?[/.\-–]\s?|\s|)(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s?[/.\-–,']+\s?|\s)'?{_YEAR}"),
    re.compile(rf"(?<![\d./\-]){_LONG_YEAR}(?:\s?[/.\-–,]\s?|\s){_WORD}(?:\s?[/.\-–]\s?|\s)(?P<d>\d{{1,2}})(?!\d)"),
)  # fmt: skip
TWO_DIGIT_FIRST = re.compile(r"(?<![\d./\-])(?P<y>\d{2})\s?[/.\-]\s?(?P<m>\d{2})\s?[/.\-]\s?(?P<d>\d{2})(?![/.\-]?\d)")
COMPACT = re.compile(r"(?<!\d)(?P<y>20[0-4]\d)(?P<m>0\d|1[0-2])(?P<d>[0-2]\d|3[01])(?!\d)")
SPACED = re.compile(
    r"(?<![\d./\-])(?P<a>\d{2})\s(?P<b>\d{2})\s(?P<y>(?:19|20)\d{2})(?![\d./\-])"
)  # where a label says date
MONTH_ONLY = re.compile(r"(?<![\d/.\-])(?P<m>0?[1-9]|1[0-2])\s?[/\-]\s?(?P<y>(?:20)?\d{2})(?![\d/.\-])")
NAMED_MONTH_ONLY = re.compile(rf"(?<![A-Za-z]){_WORD}\s?[/\-, ]?\s?(?P<y>20\d{{2}})(?!\d)")
TIME = re.compile(
    r"(?<![\d:.,])(?:오전|오후|上午|下午)?\s?(?:[01]?\d|2[0-4])\s?(?:[:;]\s?[0-5]\d(?:\s?[:;.]\s?[0-5]\d)?(?:\s?[ap]\.?\s?m\b\.?)?"
    r"|[.][0-5]\d\s?[ap]\.?m\b\.?|\s?[ap]\.?m\b\.?|시\s?(?:[0-5]?\d\s?분)?|[h点時]\s?[0-5]\d)(?![:\d])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FoundDate:
    """A date at [start, end) of a text; day is 1 where only month and year are printed (whole is then False)."""

    start: int
    end: int
    day: date
    whole: bool = True


def find_dates(text: str, month_only: bool = False, spaced: bool = False) -> list[FoundDate]:
    """Every date in a text, left to right, none overlapping.

    month_only: "06/2027" and "Jun 2027" are dates too. spaced: "01 06 2025" is one too.
    """
    mended = mend_digits(text)
    found: list[FoundDate] = []
    patterns = [*PATTERNS, TWO_DIGIT_FIRST, COMPACT, *((SPACED,) if spaced else ()),
                *((MONTH_ONLY, NAMED_MONTH_ONLY) if month_only else ())]  # fmt: skip
    for pattern in patterns:
        for match in pattern.finditer(mended):
            if any(f.start < match.end() and match.start() < f.end for f in found):
                continue
            day = _day(match.groupdict())
            if day is not None:
                found.append(
                    FoundDate(match.start(), match.end(), day, "d" in match.groupdict() or "a" in match.groupdict())
                )
    return sorted(found, key=lambda f: f.start)


def find_times(text: str) -> list[tuple[int, int]]:
    """The places [start, end) of times of day; digits that belong to dates do not count."""
    mended = list(mend_digits(text))
    for found in find_dates(text):
        mended[found.start : found.end] = " " * (found.end - found.start)
    places = []
    for match in TIME.finditer("".join(mended)):
        start = match.start() + len(match.group()) - len(match.group().lstrip())
        places.append((start, match.end()))
    return places


def _day(parts: dict[str, str | None]) -> date | None:
    year = _year(parts["y"] or "")
    if parts.get("name") is not None:
        month = month_number(parts["name"] or "")
        orders = [(month, int(parts.get("d") or 1))] if month else []
    elif parts.get("a") is not None:
        a, b = int(parts["a"] or 0), int(parts["b"] or 0)
        orders = [(b, a), (a, b)]
    else:
        orders = [(int(parts["m"] or 0), int(parts.get("d") or 1))]
    for month, day in orders:
        try:
            return date(year, month, day)
        except ValueError:
            continue
    return None


def _year(digits: str) -> int:
    year = int(digits)
    if year >= 100:
        return year
    return 2000 + year if year < 60 else 1900 + year


@lru_cache(maxsize=1024)
def month_number(name: str) -> int | None:
    """The month that a word names, or None; English by its first three letters, others by dateparser."""
    low = name.lower().translate(str.maketrans("015", "ols")) if name.lower() != "apr1l" else "april"
    english = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
               "november", "december")  # fmt: skip
    for number, full in enumerate(english, start=1):
        if full.startswith(low) or low == "sept":
            return number if low != "sept" else 9
    if low[:3] in MONTHS and len(low) > 3:
        full = english[MONTHS.index(low[:3])]
        return MONTHS.index(low[:3]) + 1 if abs(len(full) - len(low)) <= 1 else None
    if len(low) < 3 or not low.isalpha():
        return None
    import dateparser

    parsed = dateparser.parse(
        f"5 {low} 2001", languages=list(LANGUAGES), settings={"STRICT_PARSING": True, "PARSERS": ["absolute-time"]}
    )
    return parsed.month if parsed is not None and (parsed.year, parsed.day) == (2001, 5) else None
