"""The words that a phrase may be made of: those of the request in any form, slips mended, and a closed list."""

from __future__ import annotations

import pytest

from agent.phrase_words import phrase_words

SAID = {
    "a plural": ("How many mugs are there?", ["mug", "mugs"], ["cup"]),
    "irregular plurals": ("women with geese and knives", ["woman", "goose", "knife"], ["swan"]),
    "an activity": ("who wears a hat, sits or lies down", ["wearing", "sitting", "lying", "hat"], ["scarf"]),
    "a doubled consonant": ("somebody jogs and swims", ["jogging", "swimming"], []),
    "a comparison": ("the ripest bananas", ["ripe", "banana"], []),
    "people are persons": ("how many people", ["person"], []),
    "rare words stand": ("count the lads at the till", ["lad", "till", "lads"], ["ladder", "tilth"]),
    "hyphens": ("shrink-wrapped pallets", ["shrink-wrapped", "wrapped", "pallet"], ["shrunk"]),
    "possessives": ("the baby's face", ["baby", "face"], []),
    "a letter left out": ("where is the umbrela", ["umbrella"], []),
    "letters swapped": ("is the brigde open", ["bridge"], []),
    "a letter doubled": ("find the ballloon", ["balloon"], []),
    "capitals stay": ("the Lego bricks", ["Lego", "lego", "brick"], []),
    "the closed list": ("x", ["object", "metal", "large", "same", "license", "without"], ["mug"]),
    "korean by its gloss": ("빨간 우산 든 사람이 몇 명이야?", ["red", "umbrella", "holding"], ["scarf"]),
    "latin letters in korean": ("NIKE 신발 찾아줘", ["NIKE", "shoe"], ["scarf"]),
}


@pytest.mark.parametrize(("request_text", "held", "lacked"), SAID.values(), ids=SAID.keys())
def test_words_of_a_request(request_text: str, held: list[str], lacked: list[str]) -> None:
    words = phrase_words(request_text)
    assert words is not None
    assert [w for w in held if w not in words] == []
    assert [w for w in lacked if w in words] == []


def test_an_unknown_korean_word_may_be_anything() -> None:
    assert phrase_words("뷁궯이 몇 개야?") is None
