"""Korean questions about things: how many, whether, where, of what kind, compared with what."""

from __future__ import annotations

import random

from training.requests import tabletop
from training.requests.korean_voice import counter, way
from training.requests.korean_words import ATTRIBUTE
from training.requests.program import IMAGE, Op, call
from training.requests.seeing import Pair
from training.requests.sets import Found, chosen, single, some, thing

NUMBER_KO = ("영", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열")


def counting(rng: random.Random) -> Pair:
    s = several(rng)
    return way(rng, (
        "{s:이/가} 몇 {c} 있어요?|{s:은/는} 몇 {c}예요?|{s} 몇 {c}야?|{s:이/가} 몇 {c} 있습니까?|{s:이/가} 몇 {c} 보여?|{s} 개수 좀 알려{g}|{s:을/를} 세어{g}|{s:이/가} 모두 몇 {c}인지 알려{g}|"
        "사진에 {s:이/가} 몇 {c} 있나요?|{s} 수는?|{s:이/가} 총 몇 {c}인가요?|몇 {c}의 {s:이/가} 있나요?|{s} 몇 {c} 있는지 세 봐|{s:은/는} 전부 몇 {c}지?|여기 {s:이/가} 몇 {c} 있어"
    ), s=s.korean, c=counter(s)), call("count", s.tree)  # fmt: skip


def existing(rng: random.Random) -> Pair:
    s = several(rng)
    if rng.random() < 0.15:
        return way(
            rng, "{s:이/가} 없어요?|{s:이/가} 하나도 없나요?|{s:은/는} 없는 거 맞아?|{s:이/가} 없습니까?", s=s.korean
        ), Op("not", None, call("exists", s.tree))
    return way(rng, (
        "{s:이/가} 있어요?|{s:이/가} 있나요?|{s} 있어?|{s:이/가} 있습니까?|사진에 {s:이/가} 있어?|{s:이/가} 보이나요?|{s} 보여?|{s:이/가} 있는지 확인해{g}|{s:이/가} 있는지 알려{g}|여기 {s:이/가} 있을까요?|혹시 {s:이/가} 있나요?|{s:이/가} 하나라도 있어?"
    ), s=s.korean), call("exists", s.tree)  # fmt: skip


def finding(rng: random.Random) -> Pair:
    s = several(rng)
    ways = "{s:은/는} 어디에 있어요?|{s:은/는} 어디 있어?|{s:을/를} 찾아{g}|{s:을/를} 보여{g}|{s} 어디야?|{s:이/가} 어디 있나요?|{s} 위치를 알려{g}|{s:이/가} 어디에 있는지 보여{g}|{s:을/를} 모두 찾아{g}|{s:을/를} 다 찾아{g}"
    if rng.random() < 0.35:
        tree, _, korean = chosen(rng, s)
        return way(rng, ways.rsplit("|", 2)[0] + "|{s:은/는} 어느 것인가요?|어느 게 {s:이/가} 맞아?", s=korean), tree
    return way(rng, ways, s=s.korean), s.tree


def asking(rng: random.Random) -> Pair:
    s = several(rng)
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
        return way(rng, ways, a=a.korean, n=NUMBER_KO[n] if rng.random() < 0.5 else str(n), c=counter(a)), Op(
            sign, ca, n
        )
    if roll < 0.75:
        return way(
            rng,
            "{a:이/가} {b}보다 몇 {c} 더 많아요?|{a:은/는} {b}보다 몇 {c} 많나요?|{a:과/와} {b}의 개수 차이는?",
            a=a.korean,
            b=b.korean,
            c=counter(a),
        ), Op("-", ca, cb)
    if roll < 0.85:
        return way(
            rng,
            "{a:과/와} {b:은/는} 모두 몇 {c}예요?|{a:과/와} {b:이/가} 합쳐서 몇 {c} 있나요?|{a:과/와} {b:을/를} 합하면 몇 개야?",
            a=a.korean,
            b=b.korean,
            c="개",
        ), call("count", call("union", a.tree, b.tree))
    sign, ways = rng.choice(
        (
            (
                "and",
                "{a:과/와} {b:이/가} 둘 다 있어요?|{a:이/가} 있고 {b}도 있나요?|{a:과/와} {b:이/가} 모두 보이나요?",
            ),
            (
                "or",
                "{a:이/가} 있거나 {b:이/가} 있나요?|{a} 또는 {b:이/가} 있어요?|{a:이나/나} {b:이/가} 있어?".replace(
                    "{a:이나/나}", "{a} 아니면"
                ),
            ),
        )
    )
    return way(rng, ways, a=a.korean, b=b.korean), Op(sign, call("exists", a.tree), call("exists", b.tree))


def arithmetic(rng: random.Random) -> Pair:
    a = tabletop.item(rng) if rng.random() < 0.7 else thing(rng)
    c = counter(a)
    roll = rng.random()
    if roll < 0.4:
        return way(
            rng,
            "{a:을/를} 모두 빼면 물체가 몇 개 남아요?|{a:을/를} 다 치우면 몇 개가 남나요?|{a:을/를} 전부 제거하면 남는 물체는 몇 개야?|{a:을/를} 뺀 나머지는 몇 개예요?|{a:을/를} 제외하고 물체가 몇 개 있나요?",
            a=a.korean,
        ), call("count", call("minus", call("detect", IMAGE, "object"), a.tree))
    n = rng.randint(1, 5)
    word = NUMBER_KO[n] if rng.random() < 0.5 else str(n)
    if roll < 0.75:
        return way(
            rng,
            "{a} {n} {c}를 빼면 몇 {c} 남아요?|{a:을/를} {n} {c} 치우면 몇 {c} 남나요?|{a} {n} {c} 빼면 {a:은/는} 몇 {c}야?",
            a=a.korean,
            n=word,
            c=c,
        ), Op("-", call("count", a.tree), n)
    return way(
        rng,
        "{a} {n} {c}를 더하면 몇 {c}예요?|{a:이/가} {n} {c} 더 있으면 모두 몇 {c}예요?|{a:을/를} {n} {c} 추가하면 몇 {c}가 되나요?",
        a=a.korean,
        n=word,
        c=c,
    ), Op("+", call("count", a.tree), n)


def relating(rng: random.Random) -> Pair:
    table = rng.random() < 0.5
    a, b = (tabletop.item(rng), tabletop.item(rng)) if table else (thing(rng), thing(rng))
    roll = rng.random()
    if roll < 0.3:
        return way(
            rng,
            "{b}에 가장 가까운 {a:은/는} 어느 것이에요?|{b}에서 제일 가까운 {a:을/를} 찾아{g}|{b} 바로 옆에 있는 {a:은/는} 뭐야?",
            a=a.korean,
            b=b.korean,
        ), call("nearest", a.tree, single(b))
    what = rng.choice(("color", "shape", "size", "material"))
    word = {"color": "색", "shape": "모양", "size": "크기", "material": "재질"}[what]
    if roll < 0.65:
        return way(
            rng,
            "{a:과/와} {b:은/는} {w:이/가} 같아요?|{a:과/와} {b}의 {w:이/가} 같나요?|{a:은/는} {b:과/와} 같은 {w}이야?|{a:과/와} {b} {w} 같아?",
            a=a.korean,
            b=b.korean,
            w=word,
        ), Op("==", call("attribute", single(a), what), call("attribute", single(b), what))
    same = call("same_as", a.tree, single(b), what)
    if roll < 0.85:
        return way(
            rng,
            "{b:과/와} {w:이/가} 같은 {a:은/는} 몇 {c}예요?|{b:과/와} 같은 {w}의 {a:이/가} 몇 {c} 있나요?",
            a=a.korean,
            b=b.korean,
            w=word,
            c=counter(a),
        ), call("count", same)
    return way(
        rng,
        "{b:과/와} {w:이/가} 같은 {a:이/가} 있어요?|{b:과/와} 같은 {w}의 {a:이/가} 있나요?",
        a=a.korean,
        b=b.korean,
        w=word,
    ), call("exists", same)


def several(rng: random.Random) -> Found:
    return tabletop.anchored(rng, rng.choice((0, 0, 1, 1, 2))) if rng.random() < 0.25 else some(rng, 0.3)
