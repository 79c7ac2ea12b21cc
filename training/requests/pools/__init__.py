"""Large word pools beside training.requests.words: what is copied from requests into programs, and so must vary most.

conditions_*.tsv: category, English, Korean, of what may be true of a thing ("leaning against the railing"; Korean as it
stands before a noun). things.tsv: category, English, plural, Korean. fields_LANG.txt: labels that Eyeshot has no key
for. texts_LANG.txt: what may stand in a picture. All by writers who saw no test.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from agent.phrase_words import phrase_words, words_of
from training.requests.words import CATEGORIES, plural

HERE = files("training.requests.pools")


def _rows(name: str) -> list[list[str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line]


def _conditions() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for category, english, korean in [*_rows("conditions_living.tsv"), *_rows("conditions_things.tsv")]:
        found.setdefault(category, []).append((english, korean))
    for category in found.keys() - {"person", "animal", "face", "any"}:
        found[category] += found["any"]
    return found


def _things() -> dict[str, list[tuple[str, str, str]]]:
    found: dict[str, list[tuple[str, str, str]]] = {}
    for line in (files("prompts") / "korean.tsv").read_text(encoding="utf-8").splitlines():
        korean, _, rest = line.partition("\t")
        english, _, kind = rest.partition("\t")
        plain = re.fullmatch(r"[a-z]+( [a-z]+)?", english) and " or " not in english and "/" not in korean
        if kind in CATEGORIES and kind not in ("person", "part") and plain and not english.endswith("s"):
            found.setdefault(kind, []).append((english, plural(english), korean))
    for category, one, many, korean in _rows("things.tsv"):
        found.setdefault(category, []).append((one, many, korean))
    return found


CONDITIONS = _conditions()
"""English and Korean by category of things; those of `any` may be true of whatever is not alive."""
RARE_THINGS = _things()
"""English, its plural and Korean by category: those of the Korean dictionary and of things.tsv."""
FIELDS = {lang: tuple(row[0] for row in _rows(f"fields_{lang}.txt")) for lang in ("en", "ko")}
TEXTS = {lang: tuple(row[0] for row in _rows(f"texts_{lang}.txt")) for lang in ("en", "ko")}


@lru_cache(None)
def sayable(english: str, korean: str) -> bool:
    """Whether a planner can take the English from the Korean: its words are in the gloss."""
    return words_of(english) <= phrase_words(korean)


def condition(rng: random.Random, category: str, lang: str, taken: Sequence[str] = ()) -> tuple[str, str]:
    """Something that may be true of a thing of the category: English and Korean; of a Korean request, `sayable`."""
    known = CONDITIONS.get(category) or CONDITIONS["any"]
    while True:
        english, korean = rng.choice(known)
        bare = english.removeprefix("that is ")
        if bare not in taken and (lang == "en" or sayable(bare, korean)):
            return english, korean


def thing(rng: random.Random, category: str, lang: str, taken: Sequence[str] = ()) -> tuple[str, str, str]:
    """English, plural and Korean of a thing of the category, no noun of `taken`; of a Korean request, `sayable`."""
    known = RARE_THINGS.get(category) or CATEGORIES[category]
    while True:
        one, many, korean = rng.choice(known)
        if one.split(" ")[-1] not in taken and (lang == "en" or sayable(one, korean)):
            return one, many, korean
