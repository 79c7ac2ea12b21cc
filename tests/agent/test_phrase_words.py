"""The words that a phrase may be made of: those of the request in any form, slips mended, and a closed list."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.language.parse import parse
from agent.phrase_words import _phrases, phrase_words, words_of
from agent.prompting import Request, TunedPrompt

SAID = {
    "a plural": ("How many mugs are there?", ["mug", "mugs"], ["cup"]),
    "irregular plurals": ("women with geese and knives", ["woman", "goose", "knife"], ["swan"]),
    "an activity": ("who wears a hat, sits or lies down", ["wearing", "sitting", "lying", "hat"], ["scarf"]),
    "a doubled consonant": ("somebody jogs and swims", ["jogging", "swimming"], []),
    "a comparison": ("the ripest bananas", ["ripe", "banana"], []),
    "people are persons": ("how many people", ["person"], []),
    "rare words stand": ("count the lads at the till", ["lad", "till", "lads"], ["ladder", "tilth", "ladest"]),
    "hyphens": ("shrink-wrapped pallets", ["shrink-wrapped", "wrapped", "pallet"], ["shrunk"]),
    "possessives": ("the baby's face", ["baby", "face"], []),
    "a letter left out": ("where is the umbrela", ["umbrella"], []),
    "letters swapped": ("is the brigde open", ["bridge"], []),
    "a letter doubled": ("find the ballloon", ["balloon"], []),
    "capitals stay": ("the Lego bricks", ["Lego", "lego", "brick"], []),
    "the closed list": ("x", ["object", "metal", "large", "same", "license", "without"], ["mug", "screen"]),
    "korean by its gloss": ("빨간 우산 든 사람이 몇 명이야?", ["red", "umbrella", "holding"], ["scarf"]),
    "korean superlatives": ("제일 잘 익은 바나나", ["ripest", "banana"], []),
    "korean superlatives in y": ("제일 더러운 컵", ["dirtiest"], []),
    "parts that glosses name otherwise": ("엑스", ["license", "screen"], []),
    "korean participles": ("플라스틱으로 만든 상자", ["plastic", "made", "making", "box"], []),
    "latin letters in korean": ("NIKE 신발 찾아줘", ["NIKE", "shoe"], ["scarf"]),
}


@pytest.mark.parametrize(("request_text", "held", "lacked"), SAID.values(), ids=SAID.keys())
def test_words_of_a_request(request_text: str, held: list[str], lacked: list[str]) -> None:
    words = phrase_words(request_text)
    assert [w for w in held if w not in words] == []
    assert [w for w in lacked if w in words] == []


UNKNOWN = {
    "only what was understood is named": ("뷁궯 서류용인데 컵 몇 개야?", 'answer(count(detect(image, "cup")))', True),
    "a word that nobody said": ("뷁궯이 몇 개야?", 'answer(count(detect(image, "dog")))', False),
    "a thing in general": ("뷁궯이 몇 개야?", 'answer(count(detect(image, "object")))', False),
    "a condition that nobody said": (
        "뷁궯한 사람이 몇 명이야?",
        'people = detect(image, "person")\nanswer(count(where(people, "wearing a scarf")))',
        False,
    ),
    "no phrase at all": ("뷁궯에 낼 건데 바코드 읽어 줘", "answer(text_of(read_codes(image)))", True),
    "a question of its own words": ("뷁궯 분위기가 어때?", 'answer(look(image, "What is the mood?"))', True),
}


@pytest.mark.parametrize(("request_text", "program", "free"), UNKNOWN.values(), ids=UNKNOWN.keys())
def test_an_unknown_word_counts_where_the_program_may_hang_on_it(request_text: str, program: str, free: bool) -> None:
    request = Request(request_text, {"image": "Image"})
    assert TunedPrompt().words(request) is None
    assert (TunedPrompt().unknown(request, program) == ()) is free


def test_an_unknown_word_that_was_copied_is_no_hindrance() -> None:
    request = Request("뷁궯이라는 글자 찾아줘", {"image": "Image"})
    assert TunedPrompt().unknown(request, 'answer(inside(find_text(image, "뷁궯"), only(detect(image, "dog"))))') == ()


HELD = Path(__file__).parents[2] / "bench" / "requests" / "held_en.jsonl"


def test_right_programs_of_people_who_knew_nothing_of_the_list_hold_its_words() -> None:
    """Nearly all: what the grammar shuts out are things that a request names by another word only."""

    def writable(request: str, program: str) -> bool:
        return all(words_of(phrase) <= phrase_words(request) for phrase in _phrases(parse(program)))

    requests = [json.loads(line) for line in HELD.read_text(encoding="utf-8").splitlines()]
    shut = [r["request"] for r in requests if not any(writable(r["request"], p) for p in (r["gold"], *r["also"]))]
    assert len(requests) == 200
    assert len(shut) <= 2, shut
