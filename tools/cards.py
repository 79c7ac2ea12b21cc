"""Fields of identity documents that no words name: a driving licence's numbered fields, machine-readable lines.

Driving licences of Europe and America print field numbers in place of labels (1 surname, 2 given names, 3 birth, 4a
issue, 4b expiry, 4d or 5 the licence's number, 15 sex); passports and cards repeat their fields in lines of "<".
Support for tools.values, where no label gave a value.
"""

from __future__ import annotations

import re

from tools.dates import find_dates
from tools.label_values import SEX, Place
from tools.text_layout import Page, Placed

LICENCE = re.compile(
    r"licen[cs]|driv|driver|permis|f[uü]hrer(?:schein|ausweis)|patente|rijbewijs|prawo jazdy|k[oö]rkort|k[oø]rekort"
    r"|f[oø]rerkort|ajokortti|condu[cç]|vodi[cč]sk|juhiluba|vairuotojo|vad[iī]t[aā]ja|vozni[cč]k|lesen",
    re.IGNORECASE,
)
NUMBERED = re.compile(r"(?:^|(?<=\s))(?P<number>1|2|3|4[abcd]|5|8|9|15|16)[.,:)]?\s+(?=\S)")
ALONE = re.compile(r"(?P<number>1|2|3|4[abcd]|5)[.,:)]?")
FIELDS = {
    "surname": ("1",),
    "given name": ("2",),
    "date of birth": ("3",),
    "date": ("4a",),
    "expiry date": ("4b",),
    "id number": ("4d", "5"),
    "sex": ("15",),
}
LICENCE_NUMBER = re.compile(r"(?=[A-Z -]{0,6}\d)[A-Z0-9*]+(?:-[A-Z0-9]+)*(?:(?<=\d) \d{2,4})*")
CARD_WORDS = re.compile(
    r"identi|passport|passeport|licen[cs]|ausweis|permis|kad pengenalan|lesen|mykad"
    r"|\bcard\b|dni|주민|면허|여권|등록증|신분증|학생증",
    re.IGNORECASE,
)
ID_SHAPES = (  # the surest first
    re.compile(r"(?<![\d-])\d{6}\s?-\s?\d{2}\s?-\s?\d{4}(?![\d-])|(?<![\d-])\d{6}\s?-\s?[1-8]\d{6}(?![\d-])"),
    re.compile(r"(?<![\d-])\d{2}-\d{2}-\d{6}-\d{2}(?![\d-])"),
    re.compile(r"(?<![\w<-])(?=[A-Z0-9]*[A-Z])(?:[A-Z]{1,3}\d{5,12}[A-Z]?|(?=(?:[A-Z]*\d){5})[A-Z0-9]{8,12})(?![\w<-])"),
    re.compile(r"(?<![\w<./-])\d{9,14}(?![\w<./-])"),
)  # fmt: skip
MRZ_NAMES = re.compile(r"^(?:[PIACV]<[A-Z<]{3})?(?P<surname>[A-Z]+(?:<[A-Z]+)*)<<(?P<given>[A-Z]+(?:<[A-Z]+)*)")
MRZ_DATES = re.compile(r"(?P<birth>\d{6})\d(?P<sex>[MFX<])(?P<expiry>\d{6})\d")
MRZ_GROUPS = {"surname": "surname", "given name": "given", "date of birth": "birth", "expiry date": "expiry",
              "sex": "sex"}  # fmt: skip


def card_field(page: Page, key: str) -> list[Place]:
    """The value of a key of tools.labels on an identity document without a label for it, or []."""
    return _numbered(page, key) or _machine_readable(page, key) or (_id_by_shape(page) if key == "id number" else [])


def _numbered(page: Page, key: str) -> list[Place]:
    if key not in FIELDS or not any(LICENCE.search(p.text) for p in page.placed):
        return []
    fields = _fields(page)
    if len({number for number, _, _, _ in fields} & {"1", "2", "3", "4a", "4b", "4d", "5"}) < 3:
        return []
    for wanted in FIELDS[key]:
        for number, placed, start, end in fields:
            if number != wanted:
                continue
            beside = [p for p in page.rows[page.row_of[placed.index]] if p.x0 > placed.x1][:1]
            found = _value(page, key, placed, start, end)
            if not found and key == "id number" and beside:
                found = _value(page, key, beside[0], 0, len(beside[0].text))
            if found:
                return found
    return []


def _fields(page: Page) -> list[tuple[str, Placed, int, int]]:
    """Numbers of fields with the line and stretch [start, end) of their values."""
    found = []
    for row in page.rows:
        for i, placed in enumerate(row):
            alone = ALONE.fullmatch(placed.text.strip())
            if alone is not None and i + 1 < len(row):
                found.append((alone["number"], row[i + 1], 0, len(row[i + 1].text)))
                continue
            marks = [
                m
                for m in NUMBERED.finditer(placed.text)
                if not m.start() or (len(m["number"]) == 2 and m["number"] > "4")
            ]
            for mark, after in zip(marks, [*marks[1:], None], strict=False):
                found.append((mark["number"], placed, mark.end(), after.start() if after else len(placed.text)))
    return found


def _value(page: Page, key: str, placed: Placed, start: int, end: int) -> list[Place]:
    text = placed.text[start:end]
    if "date" in key:
        return [Place(placed.index, start + d.start, start + d.end) for d in find_dates(text)[:1]]
    pattern = {"id number": LICENCE_NUMBER, "sex": SEX}.get(key)
    if pattern is not None:
        match = next((m for m in pattern.finditer(text) if key != "id number" or len(m.group()) > 4), None)
        return [Place(placed.index, start + match.start(), start + match.end())] if match else []
    if any(c.isdigit() for c in text) or not text.strip():
        return []
    found = [Place(placed.index, start, start + len(text.rstrip(" ,")))]
    below = [p for p in page.placed if 0.5 < (p.y - placed.y) / max(placed.height, 1.0) < 1.9
             and abs(p.x0 - placed.x0) < 3 * placed.height]  # fmt: skip
    if below and re.fullmatch(r"[^\W\d_][^\d:.]*", below[0].text.strip()) and below[0].text.isupper():
        found.append(Place(below[0].index, 0, len(below[0].text)))  # a name that goes on
    return found


def _machine_readable(page: Page, key: str) -> list[Place]:
    group = MRZ_GROUPS.get(key)
    for placed in page.placed if group else ():
        if "<" not in placed.text or len(placed.text) < 24:
            continue
        match = (MRZ_NAMES if group in ("surname", "given") else MRZ_DATES).search(placed.text)
        if match is not None:
            return [Place(placed.index, *match.span(group or 0))]
    return []


def _id_by_shape(page: Page) -> list[Place]:
    if not any(CARD_WORDS.search(p.text) for p in page.placed):
        return []
    for shape in ID_SHAPES:
        for placed in page.placed:
            taken = [(d.start, d.end) for d in find_dates(placed.text)]
            for match in shape.finditer(placed.text):
                if not any(a < match.end() and match.start() < b for a, b in taken):
                    return [Place(placed.index, match.start(), match.end())]
    return []
