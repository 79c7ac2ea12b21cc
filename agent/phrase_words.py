"""The words that a phrase of a program may be made of: what the request says, and a closed list.

A small model miscopies rare words: of "lads" it makes a ladder, of a "till" a tilth. Under the grammar a phrase holds
only words that the request holds, in any form (mugs, mug; wears, wearing), known words that differ from one of it by
a single slip of the fingers, and the words of prompts/phrase_words.txt, which stand for others (person for people,
metal for shiny) or join them. Of a Korean request the words are those of its gloss; where the dictionary lacks a word
of it, any word may stand for that.

NOT here: text to be found in a picture, which is a span of the request (agent.language.grammar).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files

from agent.gloss import dictionary, gloss, is_korean
from agent.language.parse import parse
from agent.language.syntax import ListOf, Literal, Program, calls_in
from tools.core import registered

WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9'&.-]*(?<![.'-])")
SHORTEST_SLIP = 4  # letters of a word in which a slip is looked for
LETTERS = "abcdefghijklmnopqrstuvwxyz'-"
IRREGULAR = {
    "men": "man", "women": "woman", "people": "person", "children": "child", "kids": "child", "feet": "foot",
    "teeth": "tooth", "geese": "goose", "mice": "mouse", "oxen": "ox", "dice": "die", "wore": "wearing",
    "sat": "sitting", "stood": "standing", "lay": "lying", "lie": "lying", "lies": "lying", "held": "holding",
    "ate": "eating", "drank": "drinking", "ran": "running", "rode": "riding", "slept": "sleeping", "drove": "driving",
    "swam": "swimming", "flew": "flying", "hung": "hanging", "broke": "broken", "tore": "torn",
}  # fmt: skip


IRREGULAR_FORMS = {
    "tooth": ("teeth",), "foot": ("feet",), "child": ("children",), "man": ("men",), "woman": ("women",),
    "make": ("made",), "break": ("broken",), "tear": ("torn",), "wear": ("worn",), "hang": ("hung",),
    "hold": ("held",), "leave": ("left",), "take": ("taken",), "freeze": ("frozen",), "write": ("written",),
    "draw": ("drawn",), "bend": ("bent",), "burn": ("burnt",), "build": ("built",), "grow": ("grown",),
    "throw": ("thrown",), "fall": ("fallen",), "hide": ("hidden",), "sink": ("sunk",), "stick": ("stuck",),
    "steal": ("stolen",), "eat": ("eaten",), "bite": ("bitten",), "wind": ("wound",), "sew": ("sewn",),
    "light": ("lit",), "lay": ("laid",), "shake": ("shaken",), "seat": ("seated",), "bind": ("bound",),
    "drive": ("driven",), "spill": ("spilt",), "keep": ("kept",), "catch": ("caught",), "stand": ("stood",),
    "sit": ("seated",), "lose": ("lost",),
}  # fmt: skip


@lru_cache(maxsize=32)
def phrase_words(request: str, things: bool = True) -> frozenset[str]:
    """The words that phrases of a program for this request may hold; things: those for things in general, too."""
    korean = is_korean(request)
    said = f"{gloss(request).text} {request}" if korean else request
    found = set(_closed(things, korean))
    for token in WORD.findall(said):
        found.add(token)
        for word in {token.lower(), *token.lower().split("-")}:
            if word:
                found |= _forms(word)
                if korean:
                    found |= {re.sub("e$", "", re.sub("y$", "i", base)) + "est" for base in _singulars(word)}
                if not _singulars(word) & _known():
                    found |= _slips(word)
    return frozenset(w for w in found if WORD.fullmatch(w))


def invents(program: str, request: str) -> bool:
    """Whether a phrase of a valid program holds a word that the request does not: it may stand for an unknown one."""
    said = phrase_words(request, things=False)
    return any(not words_of(phrase) <= said for phrase in _phrases(parse(program)))


def words_of(phrase: str) -> set[str]:
    """The words of a phrase, parts of compounds by themselves."""
    return {word for word in re.split(r", | |-", phrase) if word}


def _phrases(program: Program) -> Iterator[str]:
    """What stands for phrases in the calls of a program."""
    for call in calls_in(program):
        for param, value in zip(registered()[call.tool].params, call.args, strict=False):
            if param.kind == "phrase":
                literals = value.items if isinstance(value, ListOf) else (value,)
                yield from (str(one.value) for one in literals if isinstance(one, Literal))


def _forms(word: str) -> set[str]:
    """A word, its singular, plural, -ing and -ed, and what it may be such a form of; some are no words."""
    one = _singulars(word)
    made = set(one)
    for base in (b for b in one if len(b) > 1):
        made |= {base + ending for ending in ("ing", "ed", "s", "es")} | set(IRREGULAR_FORMS.get(base, ()))
        if base.endswith("e"):
            made |= {f"{base[:-1]}ing", f"{base}d"}
        if base.endswith("y"):
            made.add(f"{base[:-1]}ies")
        if base.endswith(("f", "fe")):
            made.add(re.sub("fe?$", "ves", base))
        if re.search(r"[^aeiou][aeiou][^aeiouwxy]$", base):
            made |= {f"{base}{base[-1]}ing", f"{base}{base[-1]}ed"}
        for ending in ("ing", "ed", "er", "est"):
            if base.endswith(ending) and len(base) > len(ending) + 2:
                stem = base.removesuffix(ending)
                made |= {stem, f"{stem}e", f"{stem}ing"}
                if stem[-1] == stem[-2]:
                    made.add(stem[:-1])
    return made


def _singulars(word: str) -> set[str]:
    """A word and what it may be the plural, or another common form, of."""
    one = {word, word.removesuffix("'s")}
    if word in IRREGULAR:
        one.add(IRREGULAR[word])
    if word.endswith("ies"):
        one.add(word[:-3] + "y")
    if word.endswith("ves"):
        one |= {word[:-3] + "f", word[:-3] + "fe"}
    if word.endswith("es"):
        one.add(word[:-2])
    if word.endswith("s") and not word.endswith("ss"):
        one.add(word[:-1])
    return one


@cache
def _closed(things: bool = True, korean: bool = True) -> frozenset[str]:
    """The closed list, with or without what stands under headings that begin with `things` or end in `korean`."""
    found: set[str] = set()
    heading = ""
    for line in (files("prompts") / "phrase_words.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = line.strip("# ")
        elif (things or not heading.startswith("things")) and (korean or not heading.endswith("korean")):
            found |= set(line.split())
    return frozenset(found)


@cache
def _known() -> frozenset[str]:
    """The English words of the dictionary and of the closed list."""
    return _closed() | {w for english in dictionary().values() for w in WORD.findall(english.lower())}


def _slips(word: str) -> set[str]:
    """Known words that differ from one by a letter left out, put in, doubled, changed or swapped."""
    if len(word) < SHORTEST_SLIP:
        return set()
    halves = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    made = {a + b[1:] for a, b in halves if b} | {a + b[1] + b[0] + b[2:] for a, b in halves if len(b) > 1}
    made |= {a + c + b[skip:] for a, b in halves for c in LETTERS for skip in (0, 1)}
    return made & _known()
