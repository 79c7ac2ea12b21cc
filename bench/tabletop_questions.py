"""Questions about tabletop scenes as CLEVR (Johnson et al., CVPR 2017) and CLEVR-Math (Lindstrom and Abraham, 2022) ask
them, in English and Korean, each with the program that means it.

The wordings are those papers' templates with their synonyms, and plainer ones of everyday speech; they are not the
training generator's. A question is kept where its meaning has an answer on the scene: what is called "the" is there once.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.tabletop_world import Truth, oracles, value_of
from training.requests.korean_voice import j
from training.requests.program import IMAGE, Call, Op, call, text
from training.tabletop.scenes import ATTRIBUTES

ENGLISH: dict[str, tuple[str, ...]] = {
    "small": ("small", "small", "tiny"), "large": ("large", "large", "big"), "gray": ("gray", "gray", "grey"),
    "rubber": ("rubber", "rubber", "matte"), "metal": ("metal", "metal", "shiny", "metallic"),
    "cube": ("cube", "cube", "block"), "sphere": ("sphere", "sphere", "ball"), "cylinder": ("cylinder",),
    "": ("object", "thing", "thing"),
}  # fmt: skip
KOREAN: dict[str, tuple[str, ...]] = {
    "small": ("작은", "작은", "조그만"), "large": ("큰", "큰", "커다란"), "gray": ("회색",), "red": ("빨간색", "빨간"),
    "blue": ("파란색", "파란"), "green": ("초록색",), "brown": ("갈색",), "purple": ("보라색",), "cyan": ("청록색",),
    "yellow": ("노란색", "노란"), "rubber": ("고무", "무광"), "metal": ("금속", "반짝이는"), "cube": ("정육면체", "큐브"),
    "sphere": ("구", "공"), "cylinder": ("원기둥", "실린더"), "": ("물체", "물건"),
}  # fmt: skip
SIDES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "left_of": (("left of", "to the left of", "on the left side of"), ("왼쪽에 있는",)),
    "right_of": (("right of", "to the right of", "on the right side of"), ("오른쪽에 있는",)),
    "in_front_of": (("in front of",), ("앞에 있는", "앞쪽에 있는")),
    "behind": (("behind",), ("뒤에 있는", "뒤쪽에 있는")),
}
WHAT_KO = {"color": "색", "shape": "모양", "size": "크기", "material": "재질"}


@dataclass(frozen=True)
class Question:
    """One question about one scene, with the program that means it and what it answers there."""

    id: str
    scene: int
    lang: str
    family: str
    request: str
    gold: str
    answer: Any


@dataclass(frozen=True)
class Noun:
    """A set of objects: its tree and how both languages call it; `links` relations stand in it."""

    tree: Call
    one: str
    many: str
    korean: str
    after: str = ""

    @property
    def the(self) -> str:
        return f"the {self.one}{self.after}"

    @property
    def all(self) -> str:
        return self.many + self.after.replace(" that is ", " that are ", 1)


class Asker:
    """Draws questions about one scene."""

    def __init__(self, truth: Truth, rng: random.Random) -> None:
        self.truth, self.rng = truth, rng

    def noun(self, most: int = 3, least: int = 0, shape: bool | None = None) -> Noun:
        """A noun with up to `most` adjectives, of an object that is there (four of five times) or any other."""
        rng = self.rng
        values = {n: rng.choice(v) for n, v in ATTRIBUTES.items()}
        if self.truth.objects and rng.random() < 0.8:
            values = dict(rng.choice(self.truth.objects))
        adjectives = ["size", "color", "material"]
        said = set(rng.sample(adjectives, rng.randint(least, min(most, 3))))
        with_shape = rng.random() < 0.7 if shape is None else shape
        kind = values["shape"] if with_shape else ""
        chosen = [values[n] for n in adjectives if n in said]
        english = "".join(rng.choice(ENGLISH.get(v, (v,))) + " " for v in chosen)
        korean = "".join(rng.choice(KOREAN[v]) + " " for v in chosen) + rng.choice(KOREAN[kind])
        noun = rng.choice(ENGLISH[kind])
        phrase = " ".join([*chosen, kind or "object"])
        return Noun(call("detect", IMAGE, phrase, hint=noun + "s"), english + noun, english + noun + "s", korean)

    def chain(self, links: int, most: int = 2) -> Noun:
        """A noun that stands in a chain of `links` relations."""
        made = self.noun(most, shape=None)
        if not links:
            return made
        anchor = self.chain(links - 1, 3)
        side = self.rng.choice(list(SIDES))
        english, korean = (self.rng.choice(ways) for ways in SIDES[side])
        extra = (call("depth", IMAGE),) if side in ("in_front_of", "behind") else ()
        tree = call(side, made.tree, call("only", anchor.tree), *extra, hint=made.many.split()[-1])
        of = "의 " if self.rng.random() < 0.5 else " "
        return Noun(
            tree, made.one, made.many, f"{anchor.korean}{of}{korean} {made.korean}", f" that is {english} {anchor.the}"
        )

    def say(self, english: str, korean: str, **parts: str) -> tuple[str, str]:
        """One of the wordings of either language (`a|b`), filled; `{x:을/를}` takes a particle."""

        def fill(ways: str) -> str:
            way = self.rng.choice(ways.split("|"))
            return re.sub(r"\{(\w+)(?::([^}]*))?\}", lambda m: j(parts[m[1]], m[2]) if m[2] else parts[m[1]], way)

        return fill(english), fill(korean)

    def number(self, low: int, high: int) -> int:
        return self.rng.randint(low, high)


Made = tuple[tuple[str, str], Any]


def count(a: Asker, links: int = 0) -> Made:
    s = a.chain(links)
    return a.say(
        "How many {s} are there?|What number of {s} are there?|how many {s} do you see|count the {s}",
        "{k:이/가} 몇 개 있나요?|{k:은/는} 모두 몇 개인가요?|{k} 몇 개야?|{k:이/가} 몇 개 보여?",
        s=s.all, k=s.korean,
    ), call("count", s.tree)  # fmt: skip


def exist(a: Asker, links: int = 0) -> Made:
    s = a.chain(links)
    one = s.one + s.after
    article = "an" if one[0] in "aeiou" else "a"
    return a.say(
        f"Are there any {{s}}?|Is there {article} {{o}}?|Are any {{s}} visible?|is there {article} {{o}} in the picture",
        "{k:이/가} 있나요?|{k:이/가} 있어?|{k:이/가} 보이나요?|사진에 {k:이/가} 있습니까?",
        s=s.all, o=one, k=s.korean,
    ), call("exists", s.tree)  # fmt: skip


def query(a: Asker, links: int = 0) -> Made:
    what = a.rng.choice(list(ATTRIBUTES))
    s = a.chain(links)
    return _asked(a, what, s, call("only", s.tree))


def _asked(a: Asker, what: str, s: Noun, tree: Any) -> Made:
    ways = {
        "color": "What color is {t}?|What is the color of {t}?|{T} has what color?|There is a {o}; what color is it?|{T} is what color?",
        "shape": "What shape is {t}?|What is the shape of {t}?|{T} has what shape?|There is a {o}; what shape is it?",
        "size": "What size is {t}?|What is the size of {t}?|How big is {t}?|{T} is what size?|There is a {o}; how big is it?",
        "material": "What material is {t} made of?|What is the material of {t}?|What is {t} made of?|{T} is made of what material?|There is a {o}; what is its material?",
    }
    korean = {
        "color": "{k:은/는} 무슨 색인가요?|{k}의 색은 뭐야?|{k:은/는} 무슨 색이야?|{k}의 색깔을 알려 주세요",
        "shape": "{k:은/는} 어떤 모양인가요?|{k}의 모양은 뭐야?|{k}의 모양을 알려 주세요|{k:은/는} 무슨 모양이야?",
        "size": "{k:은/는} 큰가요, 작은가요?|{k}의 크기는 어떤가요?|{k}의 크기를 알려 주세요|{k:은/는} 크기가 어때?",
        "material": "{k:은/는} 무엇으로 만들어졌나요?|{k}의 재질은 뭐야?|{k:은/는} 어떤 재질인가요?|{k}의 재질을 알려 주세요",
    }
    the = s.the
    return a.say(ways[what], korean[what], t=the, T=the[0].upper() + the[1:], o=s.one + s.after, k=s.korean), call(
        "attribute", tree, what
    )


def more_or_less(a: Asker) -> Made:
    x, y = a.chain(a.rng.choice((0, 0, 1))), a.chain(a.rng.choice((0, 0, 0, 1)))
    sign = a.rng.choice((">", "<", "=="))
    english = {
        ">": "Are there more {x} than {y}?|Is the number of {x} greater than the number of {y}?",
        "<": "Are there fewer {x} than {y}?|Is the number of {x} less than the number of {y}?",
        "==": "Are there the same number of {x} and {y}?|Is the number of {x} the same as the number of {y}?|Are there an equal number of {x} and {y}?",
    }[sign]
    korean = {
        ">": "{a:이/가} {b}보다 많나요?|{a}의 수가 {b}의 수보다 많은가요?|{a:이/가} {b}보다 더 많아?",
        "<": "{a:이/가} {b}보다 적나요?|{a}의 수가 {b}의 수보다 적은가요?|{a:이/가} {b}보다 더 적어?",
        "==": "{a:과/와} {b}의 수가 같나요?|{a:과/와} {b:은/는} 개수가 같아?",
    }[sign]
    return a.say(english, korean, x=x.all, y=y.all, a=x.korean, b=y.korean), Op(
        sign, call("count", x.tree), call("count", y.tree)
    )


def same_or_not(a: Asker) -> Made:
    x, y = a.chain(a.rng.choice((0, 0, 1)), 3), a.chain(a.rng.choice((0, 0, 1)), 3)
    what = a.rng.choice(list(ATTRIBUTES))
    english = (
        "Is the {w} of {x} the same as {y}?|Does {x} have the same {w} as {y}?|Do {x} and {y} have the same {w}?|"
        "Are {x} and {y} the same {w}?|Is {x} the same {w} as {y}?"
    )
    if what == "material":
        english += "|Are {x} and {y} made of the same material?|Is {x} made of the same material as {y}?"
    korean = (
        "{a:과/와} {b}의 {k:이/가} 같나요?|{a:은/는} {b:과/와} {k:이/가} 같은가요?|{a:과/와} {b:은/는} {k:이/가} 같아?"
    )
    return a.say(english, korean, x=x.the, y=y.the, w=what, a=x.korean, b=y.korean, k=WHAT_KO[what]), Op(
        "==", call("attribute", call("only", x.tree), what), call("attribute", call("only", y.tree), what)
    )


def same_attribute(a: Asker) -> Made:
    x, y = a.noun(1), a.chain(a.rng.choice((0, 0, 1)), 3)
    what = a.rng.choice(list(ATTRIBUTES))
    tree = call("same_as", x.tree, call("only", y.tree), what)
    parts = {"s": x.many, "o": x.one, "y": y.the, "w": what, "a": x.korean, "b": y.korean, "k": WHAT_KO[what]}
    like = "that have the same {w} as {y}|of the same {w} as {y}|that are the same {w} as {y}"
    like = a.rng.choice(like.split("|"))
    roll = a.rng.random()
    if roll < 0.45:
        return a.say(
            f"How many other {{s}} are there {like}?|How many other {{s}} {like.replace('that ', '', 1)}?"
            if like.startswith("that")
            else f"How many other {{s}} are there {like}?|What number of other {{s}} are {like}?",
            "{b:과/와} {k:이/가} 같은 다른 {a:은/는} 몇 개인가요?|{b:과/와} 같은 {k}의 다른 {a:이/가} 몇 개 있나요?",
            **parts,
        ), call("count", tree)
    if roll < 0.75:
        return a.say(
            f"Are there any other {{s}} {like}?|Is there another {{o}} {like.replace('have', 'has').replace('that are', 'that is')}?",
            "{b:과/와} {k:이/가} 같은 다른 {a:이/가} 있나요?|{b} 말고 {k:이/가} 같은 {a:이/가} 또 있어?",
            **parts,
        ), call("exists", tree)
    asked = a.rng.choice([n for n in ATTRIBUTES if n != what])
    like = like.replace("have", "has").replace("that are", "that is")
    other = Noun(
        tree,
        f"other {x.one}",
        f"other {x.many}",
        j(y.korean, "과/와") + f" {j(WHAT_KO[what], '이/가')} 같은 다른 {x.korean}",
        " " + like.replace("{w}", what).replace("{y}", y.the),
    )
    (english, korean), meant = _asked(a, asked, other, call("only", tree))
    return (english.replace("a other", "another"), korean), meant


def both_sides(a: Asker) -> Made:
    s, one, two = a.noun(1), a.chain(a.rng.choice((0, 0, 1)), 3), a.noun(3)
    first, second = a.rng.sample(list(SIDES), 2)
    (e1, e2), (k1, k2) = zip(*((a.rng.choice(SIDES[x][0]), SIDES[x][1][0]) for x in (first, second)), strict=True)
    inner = _beside(first, s.tree, one)
    tree = _beside(second, inner, two)
    stem = k1.removesuffix(" 있는") + " 있으면서"
    korean = f"{one.korean} {stem} {two.korean} {k2} {s.korean}"
    if a.rng.random() < 0.6:
        return a.say(
            "How many {s} are both {e} {x} and {f} {y}?|What number of {s} are {e} {x} and {f} {y}?",
            "{k:은/는} 몇 개인가요?|{k:이/가} 몇 개 있어?",
            s=s.many, e=e1, f=e2, x=one.the, y=two.the, k=korean,
        ), call("count", tree)  # fmt: skip
    what = a.rng.choice(list(ATTRIBUTES))
    noun = Noun(tree, s.one, s.many, korean, f" that is both {e1} {one.the} and {e2} {two.the}")
    return _asked(a, what, noun, call("only", tree))


def _beside(side: str, things: Any, anchor: Noun) -> Call:
    extra = (call("depth", IMAGE),) if side in ("in_front_of", "behind") else ()
    return call(side, things, call("only", anchor.tree), *extra, hint="found")


def either(a: Asker) -> Made:
    x, y = a.noun(2), a.chain(a.rng.choice((0, 0, 1)), 2)
    return a.say(
        "How many things are either {x} or {y}?|How many objects are {x} or {y}?|What number of objects are either {x} or {y}?",
        "{a:이거나/거나} {b}인 물체는 몇 개인가요?|{a} 또는 {b}인 것은 모두 몇 개야?",
        x=x.many, y=y.all, a=x.korean, b=y.korean,
    ), call("count", call("union", x.tree, y.tree))  # fmt: skip


def subtract(a: Asker) -> Made:
    x, y = a.noun(3, least=1), a.noun(3, least=1)
    everything = call("detect", IMAGE, "object")
    word = a.rng.choice(("objects", "things"))
    parts = {"x": x.many, "y": y.many, "w": word, "a": x.korean, "b": y.korean}
    roll = a.rng.random()
    if roll < 0.35:
        return a.say(
            "Subtract all {x}. How many {w} are left?|Remove all {x}. How many {w} remain?|Take away all the {x}; how many {w} are left?",
            "{a:을/를} 모두 빼면 물체가 몇 개 남나요?|{a:을/를} 전부 치우면 물건이 몇 개 남아?|{a:을/를} 다 제거하세요. 남은 물체는 몇 개인가요?",
            **parts,
        ), call("count", call("minus", everything, x.tree))
    if roll < 0.6:
        return a.say(
            "Subtract all {x}. Subtract all {y}. How many {w} are left?|Remove all {x} and all {y}. How many {w} remain?",
            "{a:을/를} 모두 빼고 {b:도/도} 모두 빼면 물체가 몇 개 남나요?|{a:과/와} {b:을/를} 모두 치우면 몇 개가 남아?",
            **parts,
        ), call("count", call("minus", call("minus", everything, x.tree), y.tree))
    z = a.noun(1, shape=True)
    return a.say(
        "Subtract all {x}. How many {z} are left?|Remove all {x}. How many {z} remain?",
        "{a:을/를} 모두 빼면 {c:은/는} 몇 개 남나요?|{a:을/를} 다 치우면 {c:이/가} 몇 개 남아?",
        z=z.many, c=z.korean, **parts,
    ), call("count", call("minus", z.tree, x.tree))  # fmt: skip


def add_or_take(a: Asker) -> Made:
    x, n = a.noun(2), a.number(1, 5)
    everything = a.rng.random() < 0.35
    of = call("count", call("detect", IMAGE, "object") if everything else x.tree)
    tail, korean_tail = ("objects", "물체") if everything else (x.many, x.korean)
    parts = {"n": str(n), "x": x.one if n == 1 else x.many, "t": tail, "a": x.korean, "c": korean_tail}
    if a.rng.random() < 0.5:
        return a.say(
            "Add {n} {x}. How many {t} exist?|Add {n} {x}. How many {t} are there?|If {n} {x} are added, how many {t} are there?",
            "{a} {n}개를 더하면 {c:은/는} 모두 몇 개인가요?|{a:을/를} {n}개 추가하면 {c:이/가} 몇 개가 되나요?",
            **parts,
        ), Op("+", of, n)
    return a.say(
        "Subtract {n} {x}. How many {t} are left?|Remove {n} {x}; how many {t} remain?|Take away {n} {x}. How many {t} are left?",
        "{a} {n}개를 빼면 {c:은/는} 몇 개 남나요?|{a:을/를} {n}개 치우면 {c:이/가} 몇 개 남아?",
        **parts,
    ), Op("-", of, n)


def how_many_must(a: Asker) -> Made:
    x, n = a.noun(2, shape=True), a.number(1, 3)
    return a.say(
        "How many {x} must be subtracted to get {n} {o}?|How many {x} must be removed to get {n} {o}?|How many {x} have to be taken away so that {n} {o} remain?",
        "{n}개의 {a:이/가} 남으려면 {a:을/를} 몇 개 빼야 하나요?|{a:을/를} 몇 개 빼야 {n}개가 남아?",
        x=x.many, n=str(n), o=x.one if n == 1 else x.many, a=x.korean,
    ), Op("-", call("count", x.tree), n)  # fmt: skip


FAMILIES: dict[str, tuple[Callable[[Asker], Made], ...]] = {
    "count": (count, lambda a: count(a, 1)),
    "exist": (exist, lambda a: exist(a, 1)),
    "query": (query, lambda a: query(a, 1)),
    "chains of 2 and 3": (
        lambda a: count(a, 2), lambda a: query(a, 2), lambda a: exist(a, 2),
        lambda a: query(a, 3), lambda a: count(a, 3), lambda a: exist(a, 3),
    ),
    "compare counts": (more_or_less,),
    "compare attributes": (same_or_not,),
    "same attribute": (same_attribute,),
    "and": (both_sides,),
    "or": (either,),
    "subtract all": (subtract,),
    "add or take n": (add_or_take, how_many_must),
}  # fmt: skip
KOREAN_SHARE = 0.25


def questions(truths: list[Truth], total: int, seed: int) -> Iterator[Question]:
    """`total` questions, the families and the scenes in turn, every answer of a family as likely as can be had."""
    given: dict[str, Counter[str]] = {family: Counter() for family in FAMILIES}
    tools = [oracles([t]) for t in truths]
    families = list(FAMILIES)
    for n in range(total):
        family, at = families[n % len(families)], n * 7 % len(truths)
        rng = random.Random(f"{seed}-{n}")
        lang = "ko" if rng.random() < KOREAN_SHARE else "en"
        for patience in range(400):
            (english, korean), tree = rng.choice(FAMILIES[family])(Asker(truths[at], rng))
            gold = text(tree)
            answer = value_of(gold, truths[at], tools[at])
            if isinstance(answer, str) and answer in ("NothingThere", "Ambiguous", "none"):
                continue
            if isinstance(answer, int) and not isinstance(answer, bool) and answer < 0:
                continue
            often = given[family][str(answer)] / max(1, sum(given[family].values()))
            if often > 0.3 and patience < 40 and rng.random() < often:
                continue
            given[family][str(answer)] += 1
            yield Question(
                f"{seed}-{n}", truths[at].number, lang, family, korean if lang == "ko" else english, gold, answer
            )
            break
