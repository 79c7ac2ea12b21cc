"""The word pools: well formed, and of a Korean request only what a planner can take from its words."""

from __future__ import annotations

import random
import re

import pytest

from agent.phrase_words import phrase_words, words_of
from training.requests import pools
from training.requests.sets import negate, such, thing
from training.requests.words import CATEGORIES

HANGUL = re.compile(r"[가-힣]")


def test_every_condition_stands_once_with_its_korean() -> None:
    for category, known in pools.CONDITIONS.items():
        assert category in (*CATEGORIES, "face", "any"), category
        assert len(set(known)) == len(known)
        for english, korean in known:
            assert english.isascii() and english == english.strip() and HANGUL.search(korean), english


def test_every_thing_has_a_plural_and_its_korean() -> None:
    for category, known in pools.RARE_THINGS.items():
        assert category in CATEGORIES, category
        for one, many, korean in known:
            assert one and many and HANGUL.search(korean), one


def test_labels_and_texts_stand_once() -> None:
    for listed in (*pools.FIELDS.values(), *pools.TEXTS.values()):
        assert len(set(listed)) == len(listed)
        assert all(entry == entry.strip() and '"' not in entry for entry in listed)


@pytest.mark.parametrize("category", ["person", "animal", "object", "place"])
def test_what_a_korean_request_asks_for_is_in_its_gloss(category: str) -> None:
    rng = random.Random(5)
    for _ in range(12):
        english, korean = pools.condition(rng, category, "ko")
        assert words_of(english.removeprefix("that is ")) <= phrase_words(korean)
        one, _, korean = pools.thing(rng, category, "ko")
        assert words_of(one) <= phrase_words(korean)


def test_english_draws_more_than_korean_can_say() -> None:
    rng = random.Random(5)
    drawn = [pools.condition(rng, "person", "en") for _ in range(40)]
    assert not all(pools.sayable(english, korean) for english, korean in drawn)


def test_nothing_taken_is_drawn_again() -> None:
    rng = random.Random(6)
    first = [pools.condition(rng, "face", "en")[0] for _ in range(30)]
    again = [pools.condition(rng, "face", "en", first)[0] for _ in range(30)]
    assert not set(first) & set(again)


def test_things_and_conditions_come_from_both_lists() -> None:
    rng = random.Random(7)
    small = {one for known in CATEGORIES.values() for one, _, _ in known}
    nouns = {thing(rng, plain=1.0).one for _ in range(60)}
    assert nouns & small and nouns - small
    told = {such(rng, thing(rng, category="person"), negated=False).after for _ in range(60)}
    assert len(told) > 45


@pytest.mark.parametrize(
    ("korean", "negated"),
    [
        ("모자를 쓴", "모자를 쓰지 않은"),
        ("길을 건너는", "길을 건너지 않는"),
        ("벽에 기대어 있는", "벽에 기대어 있지 않은"),
        ("잔디에 누운", "잔디에 눕지 않은"),
        ("지붕 위의", "지붕 위에 있지 않은"),
        ("수술복 차림의", "수술복 차림이 아닌"),
        ("맨발인", "맨발이 아닌"),
        ("혼자", "혼자가 아닌"),
    ],
)
def test_korean_conditions_are_negated_at_their_last_verb(korean: str, negated: str) -> None:
    assert negate(korean) == negated
