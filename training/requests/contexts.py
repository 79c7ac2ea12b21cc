"""What people say around a request: who they are, why they ask, what happened. None of it is meant in the program.

The lines of contexts_en.txt and contexts_ko.txt are hand-written, `before: ...` or `after: ...`, with the slots of phrasings
(training.requests.phrasings.slots), so that the nouns that a planner must not take change with every draw.
"""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

from training.requests.phrasings.slots import SLOT, Fill

SHARE = 0.25  # of the requests that get a context
LONGEST = 160  # characters of a request that may still get one
ENDED = re.compile(r"[?.!…~ㅋㅎㅠㅜ)]$")
JOINTS = (". ", ". ", ", ", " - ", "... ")  # before what comes after a request that no mark ends


@cache
def contexts(lang: str) -> dict[str, tuple[str, ...]]:
    """The lines of a language by their place, "before" and "after". Raises ValueError for a line of another form."""
    found: dict[str, list[str]] = {"before": [], "after": []}
    path = Path(__file__).with_name(f"contexts_{lang}.txt")
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        place, colon, text = line.partition(": ")
        if not colon or place not in found or not text.strip():
            raise ValueError(f"{path.name}:{n}: expected `before: ...` or `after: ...`, got {line!r}")
        found[place].append(text.strip())
    return {place: tuple(texts) for place, texts in found.items()}


def in_context(rng: random.Random, lang: str, request: str, share: float = SHARE) -> str:
    """The request, now and then with a context before it, after it, or both."""
    if len(request) > LONGEST or rng.random() >= share:
        return request
    roll, of = rng.random(), contexts(lang)
    if roll < 0.7:
        request = f"{_filled(rng, lang, rng.choice(of['before']))} {request}"
    if roll > 0.6:
        after = _filled(rng, lang, rng.choice(of["after"]))
        joint = " " if ENDED.search(request) or not after[0].isalnum() else rng.choice(JOINTS)
        request = f"{request}{joint}{after}"
    return request


def _filled(rng: random.Random, lang: str, text: str) -> str:
    return SLOT.sub(Fill(rng, lang, text).asked, text)
