"""Korean requests in English words."""

from __future__ import annotations

import pytest

from agent.gloss import dictionary, gloss, is_korean
from agent.prompting import Request, TunedPrompt
from tests.language_models import byte_tokenizer

GLOSSES = {
    "a noun and a question": ("빨간 컵이 몇 개야?", ["red", "cup", "how many"]),
    "a relative clause": ("모자를 쓴 사람", ["hat", "person"]),
    "a negation": ("헬멧 안 쓴 인부", ["helmet", "not", "worker"]),
    "without spaces": ("고양이몇마리있어", ["cat", "how many"]),
    "a particle makes no other noun": ("문의 색깔은 뭐야?", ["door's", "color", "what"]),
    "a determiner that is also a bird": ("새 신발", ["new", "shoe"]),
    "a comparison": ("상자보다 작은 공", ["box than", "small", "ball"]),
    "all is no verb's ending": ("쥐 다 찾아줘", ["mouse", "all", "find"]),
    "all before a verb, read as is": ("수량 칸 숫자 다 더해주세요", ["number", "all", "add"]),
    "a person, politely": ("마스크 안 쓴 분이 몇 분이야?", ["mask", "person", "how many"]),
    "minutes after a digit": ("5분 뒤에", ["minute"]),
    "before": ("올리기 전에 확인해 줘", ["raise", "before", "check"]),
    "a pancake": ("전이 몇 장이야?", ["pancake", "how many"]),
    "quotes stay": ("'환불 불가'라고 적힌 줄", ["'환불 불가'", "line"]),
    "numbers and Latin stay": ("QR코드 3개", ["qr code", "3"]),
}


@pytest.mark.parametrize(("request_text", "words"), GLOSSES.values(), ids=GLOSSES.keys())
def test_words_stand_in_their_order(request_text: str, words: list[str]) -> None:
    english = gloss(request_text).text
    places = [english.find(word) for word in words]
    assert -1 not in places, english
    assert places == sorted(places), english


@pytest.mark.parametrize(
    ("request_text", "word"),
    [("사과랑 배 합쳐서 몇 개야", "pear"), ("승용차하고 배 중에 뭐가 더 많아", "boat"), ("배가 몇 척이야?", "boat")],
)
def test_a_word_of_two_senses_is_meant_as_the_things_beside_it(request_text: str, word: str) -> None:
    assert word in gloss(request_text).text


def test_what_is_a_ball_is_read_so_where_kiwi_takes_it_for_a_noun() -> None:
    made = gloss("보라색 원기둥 또는 공인 것은 몇 개야?")
    assert "cylinder or ball is thing" in made.text
    assert made.unknown == ()


def test_an_ending_is_not_all() -> None:
    assert "all" not in gloss("이것은 사과다").text.split()


def test_a_word_of_no_dictionary_is_told_and_stays() -> None:
    made = gloss("뷁궯이 몇 개야?")
    assert made.unknown
    assert any(word in made.text for word in made.unknown)


def test_known_requests_have_no_unknown_words() -> None:
    assert gloss("영수증에서 총액이 얼마인지 알려주세요").unknown == ()


def test_korean_is_what_has_hangul_outside_quotes() -> None:
    assert is_korean("컵 찾아줘")
    assert not is_korean('Where does it say "환불"?')
    assert not is_korean("How many cups?")
    assert is_korean("'환불'")


def test_every_word_has_english() -> None:
    assert len(dictionary()) > 5_000
    assert all(english.strip() for english in dictionary().values())


def test_a_tuned_planner_reads_request_and_gloss() -> None:
    tokenizer = byte_tokenizer()
    shown = tokenizer.decode(TunedPrompt().tokens(tokenizer, Request("컵이 몇 개야?", {"image": "Image"})))
    assert "컵이 몇 개야?" in shown
    assert "cup" in shown
