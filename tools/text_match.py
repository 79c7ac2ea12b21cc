"""Comparing a wanted text with what OCR read: case, accents, spaces, line breaks and the usual slips are forgiven.

Both texts are folded to a key of letters and digits in which characters that OCR confuses are one (0 O, 1 l I, 5 S,
rn m, ...). A key is then looked for in another by approximate substring matching (Sellers 1980: edit distance with a
free start and end). Support for the reading tools; pure Python.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

CONFUSED = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "$": "s", "8": "b", "2": "z"})
CONFUSED_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("ii", "u"))
SLIPS_PER_LETTER = 1 / 7  # edits allowed beyond the folded confusions, per letter of the wanted text


@dataclass(frozen=True)
class Key:
    """A folded text. text: the key. at, ends: for each of its characters, where in the original it begins and ends."""

    text: str
    at: tuple[int, ...]
    ends: tuple[int, ...]


@lru_cache(maxsize=4096)
def fold(text: str, confuse: bool = True) -> Key:
    """The key of a text: lower case, without accents, spaces and signs; with `confuse`, look-alikes made one."""
    letters: list[tuple[str, int, int]] = []
    for i, original in enumerate(text):
        for c in unicodedata.normalize("NFKD", original):
            if unicodedata.combining(c) and not _hangul_part(c):
                continue
            if c.isalnum():
                letters.extend((low, i, i + 1) for low in c.lower())
    if confuse:
        letters = [(c.translate(CONFUSED), i, j) for c, i, j in letters]
        for pair, one in CONFUSED_PAIRS:
            letters = _merged(letters, pair, one)
    return Key("".join(c for c, _, _ in letters), tuple(i for _, i, _ in letters), tuple(j for _, _, j in letters))


def _hangul_part(c: str) -> bool:
    return "\u1100" <= c <= "\u11ff"


def _merged(letters: list[tuple[str, int, int]], pair: str, one: str) -> list[tuple[str, int, int]]:
    made: list[tuple[str, int, int]] = []
    for letter in letters:
        if made and made[-1][0] + letter[0] == pair:
            made[-1] = (one, made[-1][1], letter[2])
        else:
            made.append(letter)
    return made


def slips_allowed(key: str) -> int:
    """How many edits a wanted key may differ by: none below 5 characters, or where it is a number."""
    if len(key) < 5:
        return 0
    return int(len(key) * SLIPS_PER_LETTER + 0.3)


def is_number(text: str) -> bool:
    """Whether a text consists of digits and signs only, where every digit counts."""
    return any(c.isdigit() for c in text) and not any(c.isalpha() for c in text)


def find_key(wanted: str, held: str, slips: int) -> tuple[int, int, int] | None:
    """The best place of `wanted` in `held` as (start, end, edits) with at most `slips` edits, or None."""
    if not wanted:
        return None
    exact = held.find(wanted)
    if exact >= 0:
        return exact, exact + len(wanted), 0
    n = len(wanted)
    if slips == 0 or n - slips > len(held):
        return None
    column = [(i, 0) for i in range(n + 1)]  # (edits, start in held) after each prefix of wanted
    best: tuple[int, int, int] | None = None
    for j, c in enumerate(held):
        previous, column = column, [(0, j + 1)]
        for i in range(1, n + 1):
            change = (previous[i - 1][0] + (wanted[i - 1] != c), previous[i - 1][1])
            skip_held = (previous[i][0] + 1, previous[i][1])
            skip_wanted = (column[i - 1][0] + 1, column[i - 1][1])
            column.append(min(change, skip_held, skip_wanted))
        edits, start = column[n]
        if edits <= slips and (best is None or edits < best[2]):
            best = (min(start, j), j + 1, edits)
    return best


def find_in(wanted: str, held: str) -> tuple[int, int, int] | None:
    """Where `held` shows `wanted`, forgiving OCR: (start, end, edits) in characters of `held`, or None.

    A wanted number must agree digit for digit; a wanted word below 4 letters must stand as a word of its own.
    """
    if not any(c.isalnum() for c in wanted):  # a sign such as "$" or "%"
        at = held.find(wanted.strip()) if wanted.strip() else -1
        return (at, at + len(wanted.strip()), 0) if at >= 0 else None
    number = is_number(wanted)
    key, target = fold(wanted, not number), fold(held, not number)
    if not key.text:
        return None
    from_ = 0
    while True:
        place = find_key(key.text, target.text[from_:], 0 if number else slips_allowed(key.text))
        if place is None:
            return None
        start, end = place[0] + from_, place[1] + from_
        first, last = target.at[start], target.ends[end - 1]
        if len(key.text) > 3 or _stands_alone(held, first, last, number):
            return first, last, place[2]
        from_ = start + 1


def _stands_alone(text: str, start: int, end: int, number: bool) -> bool:
    def same(c: str) -> bool:
        return c.isdigit() if number else c.isalnum() and c.isascii()

    before = start > 0 and same(text[start]) and same(text[start - 1])
    after = end < len(text) and same(text[end - 1]) and same(text[end])
    return not (before or after)


def likeness(a: str, b: str) -> float:
    """How alike two short texts are after folding: 1 minus edit distance over the longer length, in [0, 1]."""
    x, y = fold(a).text, fold(b).text
    if not x or not y:
        return 0.0
    if x == y:
        return 1.0
    row = list(range(len(y) + 1))
    for i, c in enumerate(x, start=1):
        before, row = row, [i]
        for j, d in enumerate(y, start=1):
            row.append(min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (c != d)))
    return 1.0 - row[-1] / max(len(x), len(y))


def join_lines(texts: Sequence[str]) -> tuple[str, list[int]]:
    """Lines as one running text, hyphens at line ends dropped, and for each character the line it came from."""
    made: list[str] = []
    owner: list[int] = []
    for i, text in enumerate(texts):
        part = text[:-1] if text.endswith("-") and len(text) > 1 and text[-2].isalpha() else text + " "
        made.append(part)
        owner.extend([i] * len(part))
    return "".join(made), owner
