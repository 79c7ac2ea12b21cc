"""Korean sentences: particles that fit, endings of several levels of politeness, counters."""

from __future__ import annotations

import random

from training.requests.korean_words import ANSWERS, COUNTERS, GIVE
from training.requests.sets import Found


def j(word: str, pair: str) -> str:
    """The word with the particle that fits its end, of a pair such as 을/를, 은/는, 이/가, 과/와, 으로/로, 이라고/라고."""
    closed, _, vowel = pair.partition("/")
    last = word[-1]
    if "가" <= last <= "힣":
        final = (ord(last) - ord("가")) % 28
        return word + (closed if final and not (pair == "으로/로" and final == 8) else vowel)
    return word + (closed if last.lower() in "136780lmnr" else vowel)


def way(rng: random.Random, ways: str, **words: str) -> str:
    """One of several wordings; {s:을/를} is the word s with its particle."""
    text = rng.choice(ways.split("|"))
    for name, word in words.items():
        for pair in ("을/를", "은/는", "이/가", "과/와", "으로/로", "이라고/라고", "이라는/라는"):
            if f"{{{name}:{pair}}}" in text:
                text = text.replace(f"{{{name}:{pair}}}", j(word, pair))
        text = text.replace(f"{{{name}}}", word)
    for slot, choices in (("{q}", ANSWERS), ("{g}", GIVE)):
        if slot in text:
            text = text.replace(slot, rng.choice(choices.split("|")))
    return text


def counter(found: Found) -> str:
    return COUNTERS.get(found.category, "개")
