"""Korean morphological analysis by Kiwi (`kiwipiepy`, LGPL-3): a sentence in dictionary forms with their tags.

Loading takes two to three seconds and 0.5 GB, so it waits for the first Korean request.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any


@dataclass(frozen=True)
class Morpheme:
    """form: as in a dictionary, endings in Hangul letters. tag: Sejong. start, end: characters of the text."""

    form: str
    tag: str
    start: int
    end: int


@cache
def _kiwi() -> Any:
    from kiwipiepy import Kiwi

    return Kiwi(num_workers=1)


def morphemes(text: str) -> list[Morpheme]:
    """The morphemes of a text in order, the likeliest analysis."""
    found = _kiwi().tokenize(text, z_coda=True)
    return [Morpheme(t.form, t.tag.split("-")[0], t.start, t.start + t.len) for t in found]
