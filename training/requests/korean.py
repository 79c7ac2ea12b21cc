"""Korean requests: the same meanings in several levels of politeness, with the right particles."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from training.requests import program
from training.requests.edits import edit
from training.requests.korean_reading import codes, entities, quoted, reading, signed, text_to_find, value
from training.requests.korean_seeing import (
    arithmetic,
    asking,
    comparing,
    counting,
    existing,
    finding,
    relating,
    several,
)
from training.requests.korean_voice import j, way
from training.requests.korean_words import EDIT_VERBS, OPEN, OUTSIDE_KO
from training.requests.program import IMAGE, call
from training.requests.seeing import Pair
from training.requests.sets import Found, chosen, thing
from training.requests.words import CATEGORIES, COLORS, ENTITIES, LABEL_WORDS


def editing(rng: random.Random) -> Pair:
    how = rng.choice(list(EDIT_VERBS))
    roll = rng.random()
    faces = Found(call("detect", IMAGE, "face", hint="faces"), "face", "faces", "얼굴", "face", "part", "faces")
    words, tree, written = "", faces.tree, False
    if roll < 0.22:
        how = rng.choice(("blur", "blur", "pixelate", "redact", "highlight"))
        words = rng.choice(("얼굴", "모든 얼굴", "사람들 얼굴", "사람 얼굴", "얼굴 전부"))
        if rng.random() < 0.3:
            tree, _, words = chosen(rng, faces)
    elif roll < 0.45:
        how = rng.choice(("redact", "redact", "blur", "highlight", "pixelate"))
        if rng.random() < 0.7:
            kind = rng.choice(list(ENTITIES))
            words = rng.choice(("", "모든 ")) + rng.choice(ENTITIES[kind][1].split("|"))
            tree = call("find_entities", IMAGE, kind)
            if rng.random() < 0.25:
                other = rng.choice([k for k in ENTITIES if k != kind])
                words = f"{j(words, '과/와')} {rng.choice(ENTITIES[other][1].split('|'))}"
                tree = call("union", tree, call("find_entities", IMAGE, other))
        else:
            key = rng.choice(list(LABEL_WORDS))
            words, tree = rng.choice(LABEL_WORDS[key][1].split("|")), call("find_value", IMAGE, key)
    elif roll < 0.6:
        base = faces if rng.random() < 0.5 else thing(rng, plain=0.7)
        if rng.random() < 0.6 or base is faces:
            part, _, korean = chosen(rng, base)
            if rng.random() < 0.6:
                korean = korean.removesuffix(base.korean) + rng.choice(("것", base.korean))
        else:
            color = rng.choice(list(COLORS))
            part, korean = (
                call("detect", IMAGE, f"{color} {base.phrase}", hint=f"{color}_{base.hint}"),
                f"{COLORS[color]} {rng.choice(('것', base.korean))}",
            )
        words = way(
            rng,
            "{k:을/를} 제외한 모든 {b}|{k:을/를} 뺀 {b} 전부|{k}만 빼고 모든 {b}|{k} 말고 다른 {b}|{k:을/를} 제외하고 {b}",
            k=korean,
            b=base.korean,
        )
        tree = call("minus", base.tree, part)
    elif roll < 0.66:
        text = text_to_find(rng)
        words, tree, written = (
            way(rng, "{t:이라는/라는} 글자|{t:이/가} 적힌 줄|{t}", t=quoted(rng, text)),
            call("find_text", IMAGE, text),
            True,
        )
        how = rng.choice(("redact", "blur", "highlight"))
    elif roll < 0.76:
        return rng.choice((
            (way(rng, "흑백으로 바꿔{g}|흑백으로 만들어{g}|사진을 흑백으로 해{g}|색을 빼{g}"), call("grayscale", IMAGE)),
            (way(rng, "오른쪽으로 90도 돌려{g}|시계 방향으로 돌려{g}|90도 회전해{g}"), call("rotate", IMAGE, 90)),
            (way(rng, "180도 돌려{g}|거꾸로 돌려{g}|180도 회전해{g}"), call("rotate", IMAGE, 180)),
            (way(rng, "왼쪽으로 90도 돌려{g}|반시계 방향으로 돌려{g}|270도 회전해{g}"), call("rotate", IMAGE, 270)),
        ))  # fmt: skip
    else:
        s = several(rng)
        words, tree = rng.choice(("", "모든 ")) + s.korean, s.tree
        if rng.random() < 0.3:
            tree, _, words = chosen(rng, s)
    return way(rng, EDIT_VERBS[how], s=words), edit(how, tree, written)


def opened(rng: random.Random) -> Pair:
    """Descriptions and open questions, whose English wording stands in the program."""
    return way(
        rng,
        "이 사진을 설명해{g}|사진에 뭐가 있어요?|이게 뭐야?|사진을 묘사해{g}|무슨 사진이에요?|그림에 무엇이 보이나요?|뭐가 보여?",
    ), call("describe", IMAGE)


def known(rng: random.Random) -> Pair:
    korean, question = rng.choice(OPEN)
    return korean, call("look", IMAGE, question)


FAMILIES: list[tuple[str, float, Callable[[random.Random], Pair]]] = [
    ("ko_count", 2, counting), ("ko_exists", 1.2, existing), ("ko_find", 0.8, finding), ("ko_attribute", 1, asking), ("ko_compare", 0.7, comparing),
    ("ko_math", 0.4, arithmetic), ("ko_relation", 0.4, relating), ("ko_value", 3.4, value), ("ko_read", 3.2, reading), ("ko_entity", 1.6, entities),
    ("ko_code", 0.8, codes), ("ko_signed", 0.4, signed), ("ko_edit", 3.6, editing), ("ko_describe", 0.3, opened), ("ko_look", 0.1, known),
]  # fmt: skip
BEFORE = "저기요, |혹시 |음, |안녕하세요. |있잖아, |이 사진에서 |여기서 |잠깐만, |궁금한데 |죄송한데 |제발 |그럼 "


def draw(rng: random.Random) -> tuple[str, str, str]:
    """Request, program and family."""
    if rng.random() < 0.07:
        reason = rng.choice(list(OUTSIDE_KO))
        request = way(rng, OUTSIDE_KO[reason], s=thing(rng).korean, t=thing(rng, plain=1.0).korean)
        return voiced(rng, request), f'cannot("{reason}")', "ko_outside"
    family, _, make = rng.choices(FAMILIES, [f[1] for f in FAMILIES])[0]
    request, tree = make(rng)
    return voiced(rng, request), one_english(program.text(tree)), family


def one_english(text: str) -> str:
    """Of several English words for one Korean word, the program has always the same."""

    def same(found: re.Match[str]) -> str:
        return " ".join(ENGLISH.get(word, word) for word in found[0][1:-1].split(" ")).join('""')

    return re.sub(r'"[^"]*"', same, text)


def _english() -> dict[str, str]:
    found = {
        "big": "large",
        "little": "small",
        "tiny": "small",
        "huge": "large",
        "metallic": "metal",
        "grey": "gray",
        "cardboard": "paper",
    }
    for entries in CATEGORIES.values():
        for one, _, korean in entries:
            first = next(o for e in CATEGORIES.values() for o, _, k in e if k == korean)
            if first != one:
                found[one] = first
    return found


ENGLISH = _english()


def voiced(rng: random.Random, request: str) -> str:
    """A filler before it, or the punctuation gone."""
    text = request
    if rng.random() < 0.15:
        text = rng.choice(BEFORE.split("|")) + text
    return text.rstrip("?.") if rng.random() < 0.25 else text
