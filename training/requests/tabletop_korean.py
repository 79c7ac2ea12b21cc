"""The tabletop world asked about in Korean: the meanings of training.requests.tabletop in Korean sentences."""

from __future__ import annotations

import random
from typing import Any

from training.requests.korean_voice import j, way
from training.requests.korean_words import ATTRIBUTE
from training.requests.program import IMAGE, Op, call
from training.requests.seeing import Pair
from training.requests.sets import Found, related, single
from training.requests.tabletop import ATTRIBUTES, anchored, item, links

WORDS = {"color": "색|색깔", "shape": "모양|형태", "size": "크기", "material": "재질|소재"}
NUMBERS = ("영", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열")
ASK = {
    "color": "|{s:은/는} 색이 어떻게 되나요?|{s}의 색은요?|{s}은 무슨 색깔이죠?|{s} 색 좀|{s:이/가} 있는데 무슨 색이야?",
    "material": "|{s:은/는} 뭘로 되어 있나요?|{s:은/는} 금속이야 고무야?|{s}의 재질을 말해{g}|{s:은/는} 어떤 소재인가요?|{s} 재질은?",
    "shape": "|{s:은/는} 어떻게 생겼나요?|{s}의 형태는?|{s:은/는} 무슨 모양이지?|{s:이/가} 있습니다. 모양이 뭔가요?",
    "size": "|{s:은/는} 큰가요 작은가요?|{s:은/는} 커 작아?|{s}의 크기가 궁금해요|{s} 크기는?|{s:은/는} 얼마나 큰가요?",
}


def number(rng: random.Random, low: int = 1, high: int = 6) -> tuple[int, str]:
    """A number and how it is written before a counter."""
    n = rng.randint(low, high)
    return n, rng.choice((str(n), str(n), NUMBERS[n] + " "))


def counted(rng: random.Random) -> Pair:
    s = anchored(rng, links(rng))
    return way(
        rng,
        "{s:이/가} 몇 개인가요?|{s:은/는} 총 몇 개예요?|{s} 몇 개 있어?|{s} 개수 알려{g}|{s:이/가} 몇 개나 있지?|{s:이/가} 몇 개 있습니까?|{s:을/를} 세면 몇 개야?|{s:은/는} 몇 개?|{s:이/가} 몇 개 보이나요?",
        s=s.korean,
    ), call("count", s.tree)


def present(rng: random.Random) -> Pair:
    s = anchored(rng, links(rng))
    return way(
        rng,
        "{s:이/가} 있습니까?|{s:이/가} 있니?|{s} 있나?|{s:이/가} 하나라도 있나요?|{s:이/가} 존재하나요?|{s:이/가} 눈에 띄나요?|{s:이/가} 있는지 봐{g}|혹시 {s} 있어요?",
        s=s.korean,
    ), call("exists", s.tree)


def asked(rng: random.Random, korean: str, tree: Any) -> Pair:
    """A property of one thing."""
    what = rng.choice(list(ATTRIBUTES))
    return way(rng, ATTRIBUTE[what] + ASK[what], s=korean), call("attribute", tree, what)


def queried(rng: random.Random) -> Pair:
    s = anchored(rng, links(rng))
    return asked(rng, s.korean, single(s))


def compared(rng: random.Random) -> Pair:
    a, b = anchored(rng, rng.choice((0, 0, 1))), anchored(rng, rng.choice((0, 0, 1)))
    if rng.random() < 0.5:
        sign, ways = rng.choice((
            (">", "{a:이/가} {b}보다 많습니까?|{a} 개수가 {b} 개수보다 많아?|{b}보다 {a:이/가} 많나요?"),
            ("<", "{a:이/가} {b}보다 적습니까?|{a} 수가 {b} 수보다 적어?|{b}보다 {a:이/가} 더 적나요?"),
            ("==", "{a:과/와} {b:이/가} 같은 개수인가요?|{a:과/와} {b:은/는} 수가 같아?|{a} 수와 {b} 수가 똑같나요?"),
        ))  # fmt: skip
        return way(rng, ways, a=a.korean, b=b.korean), Op(sign, call("count", a.tree), call("count", b.tree))
    what = rng.choice(list(ATTRIBUTES))
    word = rng.choice(WORDS[what].split("|"))
    return way(
        rng,
        "{a:과/와} {b:은/는} {k:이/가} 같나요?|{a}의 {k:이/가} {b:과/와} 같아?|{a:은/는} {b:과/와} 같은 {k}인가요?|{a:과/와} {b:이/가} 같은 {k:을/를} 가지고 있나요?|{a} {k:과/와} {b} {k:이/가} 같은지 알려{g}",
        a=a.korean,
        b=b.korean,
        k=word,
    ), Op("==", call("attribute", single(a), what), call("attribute", single(b), what))


def same(rng: random.Random) -> Pair:
    a, b = item(rng, 0.25), anchored(rng, rng.choice((0, 0, 1)))
    what = rng.choice(list(ATTRIBUTES))
    word = rng.choice(WORDS[what].split("|"))
    tree = call("same_as", a.tree, single(b), what)
    other = rng.choice(("다른 ", "다른 ", "나머지 ", ""))
    korean = rng.choice((
        f"{j(b.korean, '과/와')} {j(word, '이/가')} 같은 {other}{a.korean}",
        f"{j(b.korean, '과/와')} 같은 {word}의 {other}{a.korean}",
        f"{b.korean} 말고 {j(word, '이/가')} 같은 {a.korean}",
        f"{j(b.korean, '과/와')} {j(word, '이/가')} 똑같은 {other}{a.korean}",
    ))  # fmt: skip
    roll = rng.random()
    if roll < 0.45:
        return way(
            rng, "{s:은/는} 몇 개야?|{s:이/가} 몇 개나 있나요?|{s} 몇 개 있어?|{s:은/는} 총 몇 개죠?", s=korean
        ), call("count", tree)
    if roll < 0.75:
        return way(
            rng,
            "{s:이/가} 있나요?|{s} 있어?|{s:이/가} 또 있나요?|{s:이/가} 더 있습니까?|{s:이/가} 하나라도 있어?",
            s=korean,
        ), call("exists", tree)
    return asked(rng, korean, call("only", tree, hint="match"))


def both(rng: random.Random) -> Pair:
    a, one, two = item(rng, 0.35), anchored(rng, rng.choice((0, 0, 1, 1, 2))), item(rng)
    if rng.random() < 0.35:
        return way(
            rng,
            "{a} 또는 {b:이/가} 몇 개 있나요?|{a:이거나/거나} {b}인 것은 몇 개야?|{a:과/와} {b:은/는} 합쳐서 몇 개인가요?|{a}이나 {b:은/는} 모두 몇 개야?".replace(
                "{a:이거나/거나}", j(two.korean, "이거나/거나")
            ),
            a=two.korean,
            b=one.korean,
        ), call("count", call("union", two.tree, one.tree))
    first, second = rng.sample(("left_of", "right_of", "in_front_of", "behind"), 2)
    x = related(rng, a, single(one), one.the_one, one.korean, first)
    y = related(
        rng, Found(x.tree, a.one, a.many, a.korean, a.phrase, a.category, a.hint), single(two), "", two.korean, second
    )
    stem = x.korean.removesuffix(" " + a.korean)
    for ending in ("에 있는", "에 놓인", "의"):
        if stem.endswith(ending):
            stem = stem.removesuffix(ending) + rng.choice(("에 있으면서", "에 있고", "에 있으며"))
            break
    korean = f"{stem} {y.korean}"
    roll = rng.random()
    if roll < 0.5:
        return way(rng, "{s:은/는} 몇 개야?|{s:이/가} 몇 개인가요?|{s} 개수는?", s=korean), call("count", y.tree)
    if roll < 0.65:
        return way(rng, "{s:이/가} 있나요?|{s} 있어?|{s:이/가} 있습니까?", s=korean), call("exists", y.tree)
    return asked(rng, korean, single(y))


def arithmetic(rng: random.Random) -> Pair:
    everything, gone = call("detect", IMAGE, "object"), item(rng, 0.6)
    roll = rng.random()
    if roll < 0.45:
        second = item(rng, 0.6)
        base, korean = (everything, rng.choice(("물체", "물건", "것"))) if rng.random() < 0.6 else _rest(rng)
        tree, words = call("minus", base, gone.tree), gone.korean
        take = "{a:을/를} 모두 빼면|{a:을/를} 다 치우고 나면|{a:을/를} 전부 없애면|{a:을/를} 싹 제거하면|{a:을/를} 모두 빼 주세요. 그러면|{a:을/를} 제외하면"
        if rng.random() < 0.4:
            tree = call("minus", tree, second.tree)
            words = rng.choice((
                f"{j(gone.korean, '과/와')} {second.korean}", f"{j(gone.korean, '을/를')} 모두 빼고 {second.korean}",
            ))  # fmt: skip
        return way(
            rng,
            "|".join(f"{t} {e}" for t in take.split("|") for e in ("{b:이/가} 몇 개 남나요?", "{b:은/는} 몇 개 남아?", "남는 {b:은/는} 몇 개야?", "{b:이/가} 몇 개예요?")),
            a=words,
            b=korean,
        ), call("count", tree)  # fmt: skip
    n, word = number(rng)
    base, korean = (gone.tree, gone.korean) if rng.random() < 0.65 else (everything, rng.choice(("물체", "물건")))
    if roll < 0.65:
        return way(
            rng,
            "{a} {n}개를 빼면 {b:이/가} 몇 개 남지?|{a:을/를} {n}개 없애면 {b:은/는} 몇 개 남나요?|{a} {n}개를 치우면 남는 {b:은/는}?|{a} {n}개 제거. {b} 몇 개?",
            a=gone.korean, n=word, b=korean,
        ), Op("-", call("count", base), n)  # fmt: skip
    if roll < 0.82:
        return way(
            rng,
            "{a} {n}개를 더 놓으면 {b:은/는} 모두 몇 개죠?|{a:을/를} {n}개 더하면 {b:이/가} 몇 개야?|{a} {n}개 추가하면 {b:은/는} 총 몇 개인가요?",
            a=gone.korean, n=word, b=korean,
        ), Op("+", call("count", base), n)  # fmt: skip
    return way(
        rng,
        "{a:을/를} 몇 개 빼면 {n}개가 되나요?|{a:이/가} {n}개만 남게 하려면 몇 개를 치워야 해?|{a:을/를} 몇 개 없애야 {n}개가 남나요?|{a:이/가} {n}개가 되려면 몇 개를 빼야 하죠?",
        a=gone.korean, n=word,
    ), Op("-", call("count", gone.tree), n)  # fmt: skip


def _rest(rng: random.Random) -> tuple[Any, str]:
    found = item(rng, 0.15)
    return found.tree, found.korean


TABLETOP_KOREAN = [
    ("ko_table_count", 1.6, counted), ("ko_table_exists", 1.2, present), ("ko_table_query", 2.0, queried),
    ("ko_table_compare", 1.8, compared), ("ko_table_same", 1.6, same), ("ko_table_both", 2.2, both),
    ("ko_table_math", 2.0, arithmetic),
]  # fmt: skip
