"""Korean requests: the same meanings in several levels of politeness, with the right particles."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from training.requests import program, tabletop
from training.requests.edits import edit
from training.requests.program import IMAGE, Op, call
from training.requests.reading import the_value
from training.requests.seeing import Pair
from training.requests.sets import Found, chosen, single, some, thing
from training.requests.words import CATEGORIES, COLORS, ENTITIES, LABEL_WORDS, TEXTS, held_out, invented
from training.requests.korean_words import ANSWERS, ATTRIBUTE, COUNTERS, EDIT_VERBS, EVENTS_KO, GIVE, OPEN, OUTSIDE_KO, PAPER_KO, TEXTS_KO

SYLLABLES = "가나다라마바사아자차카타파하거너더러머버서어저기니디리미비시이지고노도로모보소오조구누두루무부수우주강산한민서영진현준희연정김박은선별"
NUMBER_KO = ("영", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열")


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


def counting(rng: random.Random) -> Pair:
    s = _some(rng)
    return way(rng, (
        "{s:이/가} 몇 {c} 있어요?|{s:은/는} 몇 {c}예요?|{s} 몇 {c}야?|{s:이/가} 몇 {c} 있습니까?|{s:이/가} 몇 {c} 보여?|{s} 개수 좀 알려{g}|{s:을/를} 세어{g}|{s:이/가} 모두 몇 {c}인지 알려{g}|"
        "사진에 {s:이/가} 몇 {c} 있나요?|{s} 수는?|{s:이/가} 총 몇 {c}인가요?|몇 {c}의 {s:이/가} 있나요?|{s} 몇 {c} 있는지 세 봐|{s:은/는} 전부 몇 {c}지?|여기 {s:이/가} 몇 {c} 있어"
    ), s=s.korean, c=counter(s)), call("count", s.tree)  # fmt: skip


def existing(rng: random.Random) -> Pair:
    s = _some(rng)
    if rng.random() < 0.15:
        return way(rng, "{s:이/가} 없어요?|{s:이/가} 하나도 없나요?|{s:은/는} 없는 거 맞아?|{s:이/가} 없습니까?", s=s.korean), Op("not", None, call("exists", s.tree))
    return way(rng, (
        "{s:이/가} 있어요?|{s:이/가} 있나요?|{s} 있어?|{s:이/가} 있습니까?|사진에 {s:이/가} 있어?|{s:이/가} 보이나요?|{s} 보여?|{s:이/가} 있는지 확인해{g}|{s:이/가} 있는지 알려{g}|여기 {s:이/가} 있을까요?|혹시 {s:이/가} 있나요?|{s:이/가} 하나라도 있어?"
    ), s=s.korean), call("exists", s.tree)  # fmt: skip


def finding(rng: random.Random) -> Pair:
    s = _some(rng)
    ways = "{s:은/는} 어디에 있어요?|{s:은/는} 어디 있어?|{s:을/를} 찾아{g}|{s:을/를} 보여{g}|{s} 어디야?|{s:이/가} 어디 있나요?|{s} 위치를 알려{g}|{s:이/가} 어디에 있는지 보여{g}|{s:을/를} 모두 찾아{g}|{s:을/를} 다 찾아{g}"
    if rng.random() < 0.35:
        tree, _, korean = chosen(rng, s)
        return way(rng, ways.rsplit("|", 2)[0] + "|{s:은/는} 어느 것인가요?|어느 게 {s:이/가} 맞아?", s=korean), tree
    return way(rng, ways, s=s.korean), s.tree


def asking(rng: random.Random) -> Pair:
    s = _some(rng)
    what = rng.choices(list(ATTRIBUTE), (6, 2, 2, 1))[0]
    tree, korean = single(s), s.korean
    if rng.random() < 0.35:
        tree, _, korean = chosen(rng, s)
    return way(rng, ATTRIBUTE[what], s=korean), call("attribute", tree, what)


def comparing(rng: random.Random) -> Pair:
    table = rng.random() < 0.4
    a, b = (tabletop.item(rng), tabletop.item(rng)) if table else (some(rng, 0.2), thing(rng))
    ca, cb = call("count", a.tree), call("count", b.tree)
    roll = rng.random()
    if roll < 0.4:
        sign, ways = rng.choice((
            (">", "{a:이/가} {b}보다 많아요?|{a:이/가} {b}보다 더 많나요?|{a} 수가 {b} 수보다 많은가요?|{b}보다 {a:이/가} 더 많아?"),
            ("<", "{a:이/가} {b}보다 적어요?|{a:이/가} {b}보다 더 적나요?|{a} 개수가 {b} 개수보다 적습니까?"),
            ("==", "{a:과/와} {b}의 수가 같아요?|{a:과/와} {b:이/가} 같은 수만큼 있나요?|{a:과/와} {b} 개수가 같습니까?"),
        ))  # fmt: skip
        return way(rng, ways, a=a.korean, b=b.korean), Op(sign, ca, cb)
    if roll < 0.65:
        n = rng.randint(1, 9)
        sign, ways = rng.choice((
            (">=", "{a:이/가} {n} {c} 이상 있어요?|{a:이/가} 적어도 {n} {c} 있나요?|{a} {n} {c} 이상이야?"), (">", "{a:이/가} {n} {c}보다 많아요?|{a:이/가} {n} {c} 넘게 있나요?|{a} {n} {c} 넘어?"),
            ("<", "{a:이/가} {n} {c}보다 적어요?|{a:이/가} {n} {c} 미만인가요?"), ("<=", "{a:이/가} {n} {c} 이하인가요?|{a:이/가} 많아야 {n} {c}예요?"), ("==", "{a:이/가} 정확히 {n} {c}예요?|{a:이/가} 딱 {n} {c} 있나요?|{a:이/가} {n} {c} 맞아?"),
        ))  # fmt: skip
        return way(rng, ways, a=a.korean, n=NUMBER_KO[n] if rng.random() < 0.5 else str(n), c=counter(a)), Op(sign, ca, n)
    if roll < 0.75:
        return way(rng, "{a:이/가} {b}보다 몇 {c} 더 많아요?|{a:은/는} {b}보다 몇 {c} 많나요?|{a:과/와} {b}의 개수 차이는?", a=a.korean, b=b.korean, c=counter(a)), Op("-", ca, cb)
    if roll < 0.85:
        return way(rng, "{a:과/와} {b:은/는} 모두 몇 {c}예요?|{a:과/와} {b:이/가} 합쳐서 몇 {c} 있나요?|{a:과/와} {b:을/를} 합하면 몇 개야?", a=a.korean, b=b.korean, c="개"), call("count", call("union", a.tree, b.tree))
    sign, ways = rng.choice((("and", "{a:과/와} {b:이/가} 둘 다 있어요?|{a:이/가} 있고 {b}도 있나요?|{a:과/와} {b:이/가} 모두 보이나요?"), ("or", "{a:이/가} 있거나 {b:이/가} 있나요?|{a} 또는 {b:이/가} 있어요?|{a:이나/나} {b:이/가} 있어?".replace("{a:이나/나}", "{a} 아니면"))))
    return way(rng, ways, a=a.korean, b=b.korean), Op(sign, call("exists", a.tree), call("exists", b.tree))


def arithmetic(rng: random.Random) -> Pair:
    a = tabletop.item(rng) if rng.random() < 0.7 else thing(rng)
    c = counter(a)
    roll = rng.random()
    if roll < 0.4:
        return way(rng, "{a:을/를} 모두 빼면 물체가 몇 개 남아요?|{a:을/를} 다 치우면 몇 개가 남나요?|{a:을/를} 전부 제거하면 남는 물체는 몇 개야?|{a:을/를} 뺀 나머지는 몇 개예요?|{a:을/를} 제외하고 물체가 몇 개 있나요?", a=a.korean), call("count", call("minus", call("detect", IMAGE, "object"), a.tree))
    n = rng.randint(1, 5)
    word = NUMBER_KO[n] if rng.random() < 0.5 else str(n)
    if roll < 0.75:
        return way(rng, "{a} {n} {c}를 빼면 몇 {c} 남아요?|{a:을/를} {n} {c} 치우면 몇 {c} 남나요?|{a} {n} {c} 빼면 {a:은/는} 몇 {c}야?", a=a.korean, n=word, c=c), Op("-", call("count", a.tree), n)
    return way(rng, "{a} {n} {c}를 더하면 몇 {c}예요?|{a:이/가} {n} {c} 더 있으면 모두 몇 {c}예요?|{a:을/를} {n} {c} 추가하면 몇 {c}가 되나요?", a=a.korean, n=word, c=c), Op("+", call("count", a.tree), n)


def relating(rng: random.Random) -> Pair:
    table = rng.random() < 0.5
    a, b = (tabletop.item(rng), tabletop.item(rng)) if table else (thing(rng), thing(rng))
    roll = rng.random()
    if roll < 0.3:
        return way(rng, "{b}에 가장 가까운 {a:은/는} 어느 것이에요?|{b}에서 제일 가까운 {a:을/를} 찾아{g}|{b} 바로 옆에 있는 {a:은/는} 뭐야?", a=a.korean, b=b.korean), call("nearest", a.tree, single(b))
    what = rng.choice(("color", "shape", "size", "material"))
    word = {"color": "색", "shape": "모양", "size": "크기", "material": "재질"}[what]
    if roll < 0.65:
        return way(rng, "{a:과/와} {b:은/는} {w:이/가} 같아요?|{a:과/와} {b}의 {w:이/가} 같나요?|{a:은/는} {b:과/와} 같은 {w}이야?|{a:과/와} {b} {w} 같아?", a=a.korean, b=b.korean, w=word), Op("==", call("attribute", single(a), what), call("attribute", single(b), what))
    same = call("same_as", a.tree, single(b), what)
    if roll < 0.85:
        return way(rng, "{b:과/와} {w:이/가} 같은 {a:은/는} 몇 {c}예요?|{b:과/와} 같은 {w}의 {a:이/가} 몇 {c} 있나요?", a=a.korean, b=b.korean, w=word, c=counter(a)), call("count", same)
    return way(rng, "{b:과/와} {w:이/가} 같은 {a:이/가} 있어요?|{b:과/와} 같은 {w}의 {a:이/가} 있나요?", a=a.korean, b=b.korean, w=word), call("exists", same)


def _some(rng: random.Random) -> Found:
    return tabletop.anchored(rng, rng.choice((0, 0, 1, 1, 2))) if rng.random() < 0.25 else some(rng, 0.3)


def text_to_find(rng: random.Random) -> str:
    roll = rng.random()
    if roll < 0.4:
        return rng.choice(TEXTS_KO.split("|"))
    if roll < 0.65:
        while True:
            word = "".join(rng.choices(SYLLABLES, k=rng.randint(2, 4)))
            if not held_out(word):
                return word
    return invented(rng) if rng.random() < 0.5 else rng.choice(TEXTS)


def value(rng: random.Random) -> Pair:
    key = rng.choice(("total", "date", "company", "name", "address", "invoice number", "due date", "tax", "receipt number", "id number", "date of birth", "expiry date")) if rng.random() < 0.55 else rng.choice(list(LABEL_WORDS))
    tree, paper = call("text_of", call("find_value", IMAGE, key)), rng.choice(PAPER_KO.split("|"))
    if key in EVENTS_KO and rng.random() < 0.5:
        return way(rng, EVENTS_KO[key], p=paper), tree
    return labelled(rng, rng.choice(LABEL_WORDS[key][1].split("|")), paper), tree


def labelled(rng: random.Random, word: str, paper: str) -> str:
    return way(rng, "{w:은/는} 뭐예요?|{w:이/가} 뭐야?|{w:이/가} 무엇입니까?|이 {p}의 {w:은/는} 뭔가요?|{p}에 적힌 {w:을/를} 알려{g}|{w:을/를} 읽어{g}|{w} 알려{g}|{w} 좀 읽어{g}|{w:을/를} 찾아{g}|{w}?|{w:이/가} 얼마예요?|이 {p} {w:이/가} 어떻게 되나요?|{w:이/가} 뭐라고 되어 있어?|{w} 확인해{g}", w=word, p=paper)


def reading(rng: random.Random) -> Pair:
    roll, paper = rng.random(), rng.choice(PAPER_KO.split("|"))
    read, text = call("read_text", IMAGE), text_to_find(rng)
    found = call("find_text", IMAGE, text)
    if roll < 0.12:
        return way(rng, "글이 몇 줄 있어요?|텍스트가 몇 줄이야?|몇 줄로 되어 있나요?|{p}에 글자가 몇 줄 있어?|줄 수를 세어{g}|모두 몇 줄인지 알려{g}|글이 몇 줄인가요?", p=paper), call("count", read)
    if roll < 0.17:
        return way(rng, "단어가 몇 개 있어요?|단어 수를 세어{g}|{p}에 단어가 몇 개야?|단어는 모두 몇 개인가요?", p=paper), call("count", call("words", read))
    if roll < 0.3:
        return way(rng, "뭐라고 적혀 있어요?|뭐라고 쓰여 있어?|글자를 읽어{g}|{p} 내용을 읽어{g}|전부 읽어{g}|텍스트를 추출해{g}|여기 뭐라고 써 있나요?|{p}에 뭐라고 되어 있습니까?|글을 다 읽어{g}|적힌 내용을 알려{g}", p=paper), call("text_of", read)
    if roll < 0.36:
        n, word = rng.choice(((1, "첫 번째"), (1, "첫"), (-1, "마지막"), (-1, "맨 아래"), (2, "두 번째"), (3, "세 번째"), (4, "네 번째"), (5, "다섯 번째")))
        one = call("first", read) if n == 1 else call("last", read) if n == -1 else call("nth", read, n)
        return way(rng, "{w} 줄을 읽어{g}|{w} 줄은 뭐예요?|{w} 줄에 뭐라고 쓰여 있어?|{w} 줄 내용은?", w=word), call("text_of", one)
    if roll < 0.52:
        return way(rng, "어느 줄에 {t:이라는/라는} 말이 있어요?|{t:이/가} 적힌 줄을 읽어{g}|{t:이/가} 나오는 줄은 뭐야?|{t}에 대해 뭐라고 쓰여 있나요?|어떤 줄이 {t:을/를} 언급하나요?|{t} 관련 내용을 읽어{g}|{t:이/가} 들어간 줄을 보여{g}", t=_q(rng, text)), call("text_of", found)
    if roll < 0.68:
        return way(rng, "{t:이라고/라고} 적혀 있어요?|{t:이라는/라는} 말이 있나요?|{t:이/가} 쓰여 있어?|{p}에 {t:이/가} 나와요?|{t:이라고/라고} 되어 있습니까?|{t:이라는/라는} 단어가 있는지 확인해{g}", t=_q(rng, text), p=paper), call("exists", found)
    if roll < 0.76:
        return way(rng, "{t:은/는} 어디에 적혀 있어요?|{t:이라는/라는} 글자를 찾아{g}|{t:이/가} 어디 쓰여 있어?|{t} 위치를 보여{g}", t=_q(rng, text)), found
    if roll < 0.83:
        return way(rng, "{t:이/가} 몇 번 나와요?|{t:이/가} 몇 번 적혀 있나요?|{t:이라는/라는} 말이 몇 줄에 나오나요?", t=_q(rng, text)), call("count", found)
    if roll < 0.91:
        return way(rng, "{t} 가격이 얼마예요?|{t:은/는} 얼마야?|{t}의 가격을 알려{g}|{t} 얼마인가요?|{t} 값은?", t=text), call("text_of", call("find_value", IMAGE, text))
    s = thing(rng, category=rng.choice(("object", "clothing", "vehicle", "place")), plain=0.7)
    return way(rng, "{s}에 뭐라고 쓰여 있어요?|{s}에 적힌 글을 읽어{g}|{s}에 뭐라고 적혀 있어?|{s} 위의 글자를 읽어{g}", s=s.korean), call("text_of", call("inside", read, single(s)))


def _q(rng: random.Random, text: str) -> str:
    return f"'{text}'" if rng.random() < 0.25 else text


def entities(rng: random.Random) -> Pair:
    kind = rng.choices(list(ENTITIES), (8, 8, 5, 3, 2, 4, 2, 3, 2))[0]
    word, paper = rng.choice(ENTITIES[kind][1].split("|")), rng.choice(PAPER_KO.split("|"))
    found, roll = call("find_entities", IMAGE, kind), rng.random()
    if roll < 0.3 and kind in ("email", "phone", "url", "card number"):
        return labelled(rng, word, paper).replace("얼마예요", "뭐예요"), call("text_of", the_value(kind, found))
    if roll < 0.5:
        return way(rng, "{w:이/가} 몇 개 있어요?|{w:은/는} 몇 개야?|{p}에 {w:이/가} 몇 개 있나요?|{w} 개수를 세어{g}", w=word, p=paper), call("count", found)
    if roll < 0.7:
        return way(rng, "{w:이/가} 있어요?|{p}에 {w:이/가} 있나요?|{w} 있어?|{w:이/가} 적혀 있습니까?", w=word, p=paper), call("exists", found)
    if roll < 0.82:
        return way(rng, "모든 {w:을/를} 읽어{g}|{w:을/를} 전부 알려{g}|{w} 목록을 보여{g}|{w:을/를} 다 뽑아{g}", w=word), call("text_of", found)
    if kind in ("money", "number"):
        how, ways = rng.choice((("most", "가장 큰 {w:은/는} 얼마예요?|제일 높은 {w:이/가} 뭐야?|가장 비싼 {w:을/를} 알려{g}"), ("least", "가장 작은 {w:은/는} 얼마예요?|제일 낮은 {w:이/가} 뭐야?"), ("total", "{w:을/를} 모두 더하면 얼마예요?|{w}의 합을 구해{g}|{w:을/를} 전부 합쳐{g}")))
        return way(rng, ways, w=word), call("total", found) if how == "total" else call("text_of", call(how, found))
    return way(rng, "{w:은/는} 어디에 있어요?|{w:을/를} 찾아{g}|{w:이/가} 어디 있어?", w=word), found


def codes(rng: random.Random) -> Pair:
    word = rng.choice(("QR 코드", "큐알 코드", "QR코드", "바코드", "큐알"))
    found, roll = call("read_codes", IMAGE), rng.random()
    if roll < 0.5:
        return way(rng, "{w}에 뭐라고 되어 있어요?|{w:을/를} 읽어{g}|{w:을/를} 스캔해{g}|{w} 내용이 뭐야?|{w}에 뭐가 들어 있나요?|{w:을/를} 해독해{g}", w=word), call("text_of", found)
    if roll < 0.65:
        return way(rng, "{w:이/가} 몇 개 있어요?|{w:은/는} 몇 개야?", w=word), call("count", found)
    if roll < 0.85:
        return way(rng, "{w:이/가} 있어요?|{w} 있어?|{w:이/가} 있나요?", w=word), call("exists", found)
    return way(rng, "{w:은/는} 어디 있어요?|{w:을/를} 찾아{g}", w=word), found


def signed(rng: random.Random) -> Pair:
    what, ways = rng.choice((("signature", "서명이 있어요?|서명되어 있나요?|{p}에 서명이 되어 있어?|사인이 있나요?"), ("stamp", "도장이 찍혀 있어요?|{p}에 도장이 있나요?|도장 찍혔어?"), ("logo", "로고가 있어요?|{p}에 로고가 있나요?"), ("face", "얼굴이 있어요?|얼굴이 보이나요?")))
    return way(rng, ways, p=rng.choice(PAPER_KO.split("|"))), call("exists", call("detect", IMAGE, what))


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
            part, korean = call("detect", IMAGE, f"{color} {base.phrase}", hint=f"{color}_{base.hint}"), f"{COLORS[color]} {rng.choice(('것', base.korean))}"
        words = way(rng, "{k:을/를} 제외한 모든 {b}|{k:을/를} 뺀 {b} 전부|{k}만 빼고 모든 {b}|{k} 말고 다른 {b}|{k:을/를} 제외하고 {b}", k=korean, b=base.korean)
        tree = call("minus", base.tree, part)
    elif roll < 0.66:
        text = text_to_find(rng)
        words, tree, written = way(rng, "{t:이라는/라는} 글자|{t:이/가} 적힌 줄|{t}", t=_q(rng, text)), call("find_text", IMAGE, text), True
        how = rng.choice(("redact", "blur", "highlight"))
    elif roll < 0.76:
        return rng.choice((
            (way(rng, "흑백으로 바꿔{g}|흑백으로 만들어{g}|사진을 흑백으로 해{g}|색을 빼{g}"), call("grayscale", IMAGE)),
            (way(rng, "오른쪽으로 90도 돌려{g}|시계 방향으로 돌려{g}|90도 회전해{g}"), call("rotate", IMAGE, 90)),
            (way(rng, "180도 돌려{g}|거꾸로 돌려{g}|180도 회전해{g}"), call("rotate", IMAGE, 180)),
            (way(rng, "왼쪽으로 90도 돌려{g}|반시계 방향으로 돌려{g}|270도 회전해{g}"), call("rotate", IMAGE, 270)),
        ))  # fmt: skip
    else:
        s = _some(rng)
        words, tree = rng.choice(("", "모든 ")) + s.korean, s.tree
        if rng.random() < 0.3:
            tree, _, words = chosen(rng, s)
    return way(rng, EDIT_VERBS[how], s=words), edit(how, tree, written)


def opened(rng: random.Random) -> Pair:
    """Descriptions and open questions, whose English wording stands in the program."""
    return way(rng, "이 사진을 설명해{g}|사진에 뭐가 있어요?|이게 뭐야?|사진을 묘사해{g}|무슨 사진이에요?|그림에 무엇이 보이나요?|뭐가 보여?"), call("describe", IMAGE)


def known(rng: random.Random) -> Pair:
    korean, question = rng.choice(OPEN)
    return korean, call("look", IMAGE, question)


FAMILIES: list[tuple[str, float, Callable[[random.Random], Pair]]] = [
    ("ko_count", 2, counting), ("ko_exists", 1.4, existing), ("ko_find", 1.2, finding), ("ko_attribute", 1.3, asking), ("ko_compare", 1.4, comparing),
    ("ko_math", 0.8, arithmetic), ("ko_relation", 1, relating), ("ko_value", 2.6, value), ("ko_read", 2.6, reading), ("ko_entity", 1.4, entities),
    ("ko_code", 0.6, codes), ("ko_signed", 0.4, signed), ("ko_edit", 3.2, editing), ("ko_describe", 0.3, opened), ("ko_look", 0.2, known),
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
    return voiced(rng, request), _one_english(program.text(tree)), family


def _one_english(text: str) -> str:
    """Of several English words for one Korean word, the program has always the same."""

    def same(found: re.Match[str]) -> str:
        return " ".join(ENGLISH.get(word, word) for word in found[0][1:-1].split(" ")).join('""')

    return re.sub(r'"[^"]*"', same, text)


def _english() -> dict[str, str]:
    found = {"big": "large", "little": "small", "tiny": "small", "huge": "large", "metallic": "metal", "grey": "gray", "cardboard": "paper"}
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
