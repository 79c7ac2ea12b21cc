"""Korean questions about what is written: values, lines, texts to find, entities, codes."""

from __future__ import annotations

import random

from training.requests.korean_voice import way
from training.requests.korean_words import EVENTS_KO, PAPER_KO
from training.requests.pools import TEXTS
from training.requests.program import IMAGE, call
from training.requests.reading import the_value
from training.requests.seeing import Pair
from training.requests.sets import single, thing
from training.requests.words import ENTITIES, LABEL_WORDS, HeldOut, held_out, invented, listed

SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저기니디리미비시이지고노도로모보소오조구누두루무부수우주강산한민서영진현준희연정김박은선별"


def text_to_find(rng: random.Random) -> str:
    roll = rng.random()
    if roll < 0.4:
        return listed(rng, TEXTS["ko"])
    if roll < 0.65:
        while True:
            word = "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))
            if held_out(word) == isinstance(rng, HeldOut):
                return word
    return invented(rng) if rng.random() < 0.5 else listed(rng, TEXTS["en"])


def value(rng: random.Random) -> Pair:
    key = (
        rng.choice(
            (
                "total",
                "date",
                "company",
                "name",
                "address",
                "invoice number",
                "due date",
                "tax",
                "receipt number",
                "id number",
                "date of birth",
                "expiry date",
            )
        )
        if rng.random() < 0.55
        else rng.choice(list(LABEL_WORDS))
    )
    tree, paper = call("text_of", call("find_value", IMAGE, key)), rng.choice(PAPER_KO.split("|"))
    if key in EVENTS_KO and rng.random() < 0.5:
        return way(rng, EVENTS_KO[key], p=paper), tree
    return labelled(rng, rng.choice(LABEL_WORDS[key][1].split("|")), paper), tree


def labelled(rng: random.Random, word: str, paper: str) -> str:
    return way(
        rng,
        "{w:은/는} 뭐예요?|{w:이/가} 뭐야?|{w:이/가} 무엇입니까?|이 {p}의 {w:은/는} 뭔가요?|{p}에 적힌 {w:을/를} 알려{g}|{w:을/를} 읽어{g}|{w} 알려{g}|{w} 좀 읽어{g}|{w:을/를} 찾아{g}|{w}?|{w:이/가} 얼마예요?|이 {p} {w:이/가} 어떻게 되나요?|{w:이/가} 뭐라고 되어 있어?|{w} 확인해{g}",
        w=word,
        p=paper,
    )


def reading(rng: random.Random) -> Pair:
    roll, paper = rng.random(), rng.choice(PAPER_KO.split("|"))
    read, text = call("read_text", IMAGE), text_to_find(rng)
    found = call("find_text", IMAGE, text)
    if roll < 0.12:
        return way(
            rng,
            "글이 몇 줄 있어요?|텍스트가 몇 줄이야?|몇 줄로 되어 있나요?|{p}에 글자가 몇 줄 있어?|줄 수를 세어{g}|모두 몇 줄인지 알려{g}|글이 몇 줄인가요?",
            p=paper,
        ), call("count", read)
    if roll < 0.17:
        return way(
            rng, "단어가 몇 개 있어요?|단어 수를 세어{g}|{p}에 단어가 몇 개야?|단어는 모두 몇 개인가요?", p=paper
        ), call("count", call("words", read))
    if roll < 0.3:
        return way(
            rng,
            "뭐라고 적혀 있어요?|뭐라고 쓰여 있어?|글자를 읽어{g}|{p} 내용을 읽어{g}|전부 읽어{g}|텍스트를 추출해{g}|여기 뭐라고 써 있나요?|{p}에 뭐라고 되어 있습니까?|글을 다 읽어{g}|적힌 내용을 알려{g}",
            p=paper,
        ), call("text_of", read)
    if roll < 0.36:
        n, word = rng.choice(
            (
                (1, "첫 번째"),
                (1, "첫"),
                (-1, "마지막"),
                (-1, "맨 아래"),
                (2, "두 번째"),
                (3, "세 번째"),
                (4, "네 번째"),
                (5, "다섯 번째"),
            )
        )
        one = call("first", read) if n == 1 else call("last", read) if n == -1 else call("nth", read, n)
        return way(rng, "{w} 줄을 읽어{g}|{w} 줄은 뭐예요?|{w} 줄에 뭐라고 쓰여 있어?|{w} 줄 내용은?", w=word), call(
            "text_of", one
        )
    if roll < 0.52:
        return way(
            rng,
            "어느 줄에 {t:이라는/라는} 말이 있어요?|{t:이/가} 적힌 줄을 읽어{g}|{t:이/가} 나오는 줄은 뭐야?|{t}에 대해 뭐라고 쓰여 있나요?|어떤 줄이 {t:을/를} 언급하나요?|{t} 관련 내용을 읽어{g}|{t:이/가} 들어간 줄을 보여{g}",
            t=quoted(rng, text),
        ), call("text_of", found)
    if roll < 0.68:
        return way(
            rng,
            "{t:이라고/라고} 적혀 있어요?|{t:이라는/라는} 말이 있나요?|{t:이/가} 쓰여 있어?|{p}에 {t:이/가} 나와요?|{t:이라고/라고} 되어 있습니까?|{t:이라는/라는} 단어가 있는지 확인해{g}",
            t=quoted(rng, text),
            p=paper,
        ), call("exists", found)
    if roll < 0.76:
        return way(
            rng,
            "{t:은/는} 어디에 적혀 있어요?|{t:이라는/라는} 글자를 찾아{g}|{t:이/가} 어디 쓰여 있어?|{t} 위치를 보여{g}",
            t=quoted(rng, text),
        ), found
    if roll < 0.83:
        return way(
            rng,
            "{t:이/가} 몇 번 나와요?|{t:이/가} 몇 번 적혀 있나요?|{t:이라는/라는} 말이 몇 줄에 나오나요?",
            t=quoted(rng, text),
        ), call("count", found)
    if roll < 0.91:
        return way(
            rng, "{t} 가격이 얼마예요?|{t:은/는} 얼마야?|{t}의 가격을 알려{g}|{t} 얼마인가요?|{t} 값은?", t=text
        ), call("text_of", call("find_value", IMAGE, text))
    s = thing(rng, category=rng.choice(("object", "clothing", "vehicle", "place")), plain=0.7)
    return way(
        rng,
        "{s}에 뭐라고 쓰여 있어요?|{s}에 적힌 글을 읽어{g}|{s}에 뭐라고 적혀 있어?|{s} 위의 글자를 읽어{g}",
        s=s.korean,
    ), call("text_of", call("inside", read, single(s)))


def quoted(rng: random.Random, text: str) -> str:
    return f"'{text}'" if rng.random() < 0.25 else text


def entities(rng: random.Random) -> Pair:
    kind = rng.choices(list(ENTITIES), (8, 8, 5, 3, 2, 4, 2, 3, 2))[0]
    word, paper = rng.choice(ENTITIES[kind][1].split("|")), rng.choice(PAPER_KO.split("|"))
    found, roll = call("find_entities", IMAGE, kind), rng.random()
    if roll < 0.3 and kind in ("email", "phone", "url", "card number"):
        return labelled(rng, word, paper).replace("얼마예요", "뭐예요"), call("text_of", the_value(kind, found))
    if roll < 0.5:
        return way(
            rng,
            "{w:이/가} 몇 개 있어요?|{w:은/는} 몇 개야?|{p}에 {w:이/가} 몇 개 있나요?|{w} 개수를 세어{g}",
            w=word,
            p=paper,
        ), call("count", found)
    if roll < 0.7:
        return way(
            rng, "{w:이/가} 있어요?|{p}에 {w:이/가} 있나요?|{w} 있어?|{w:이/가} 적혀 있습니까?", w=word, p=paper
        ), call("exists", found)
    if roll < 0.82:
        return way(
            rng, "모든 {w:을/를} 읽어{g}|{w:을/를} 전부 알려{g}|{w} 목록을 보여{g}|{w:을/를} 다 뽑아{g}", w=word
        ), call("text_of", found)
    if kind in ("money", "number"):
        how, ways = rng.choice(
            (
                ("most", "가장 큰 {w:은/는} 얼마예요?|제일 높은 {w:이/가} 뭐야?|가장 비싼 {w:을/를} 알려{g}"),
                ("least", "가장 작은 {w:은/는} 얼마예요?|제일 낮은 {w:이/가} 뭐야?"),
                ("total", "{w:을/를} 모두 더하면 얼마예요?|{w}의 합을 구해{g}|{w:을/를} 전부 합쳐{g}"),
            )
        )
        return way(rng, ways, w=word), call("total", found) if how == "total" else call("text_of", call(how, found))
    return way(rng, "{w:은/는} 어디에 있어요?|{w:을/를} 찾아{g}|{w:이/가} 어디 있어?", w=word), found


def codes(rng: random.Random) -> Pair:
    word = rng.choice(("QR 코드", "큐알 코드", "QR코드", "바코드", "큐알"))
    found, roll = call("read_codes", IMAGE), rng.random()
    if roll < 0.5:
        return way(
            rng,
            "{w}에 뭐라고 되어 있어요?|{w:을/를} 읽어{g}|{w:을/를} 스캔해{g}|{w} 내용이 뭐야?|{w}에 뭐가 들어 있나요?|{w:을/를} 해독해{g}",
            w=word,
        ), call("text_of", found)
    if roll < 0.65:
        return way(rng, "{w:이/가} 몇 개 있어요?|{w:은/는} 몇 개야?", w=word), call("count", found)
    if roll < 0.85:
        return way(rng, "{w:이/가} 있어요?|{w} 있어?|{w:이/가} 있나요?", w=word), call("exists", found)
    return way(rng, "{w:은/는} 어디 있어요?|{w:을/를} 찾아{g}", w=word), found


def signed(rng: random.Random) -> Pair:
    what, ways = rng.choice(
        (
            ("signature", "서명이 있어요?|서명되어 있나요?|{p}에 서명이 되어 있어?|사인이 있나요?"),
            ("stamp", "도장이 찍혀 있어요?|{p}에 도장이 있나요?|도장 찍혔어?"),
            ("logo", "로고가 있어요?|{p}에 로고가 있나요?"),
            ("face", "얼굴이 있어요?|얼굴이 보이나요?"),
        )
    )
    return way(rng, ways, p=rng.choice(PAPER_KO.split("|"))), call("exists", call("detect", IMAGE, what))
