"""The tabletop world: cubes, spheres and cylinders, asked about as CLEVR and CLEVR-Math do, with the user's synonyms."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

from training.requests.edits import WAYS, edit, say
from training.requests.program import IMAGE, Op, call
from training.requests.seeing import Pair, number, pick
from training.requests.sets import CHOICES, Found, chosen, related, single

COLORS = {
    "gray": "회색|회색", "red": "빨간색|빨간|빨강|붉은", "blue": "파란색|파란|파랑|푸른", "green": "초록색|초록|녹색", "brown": "갈색|갈색|밤색",
    "purple": "보라색|보라색|보라", "cyan": "청록색|청록색|시안색", "yellow": "노란색|노란|노랑",
}  # fmt: skip
SHAPES = {
    "cube": "정육면체|정육면체|큐브|육면체", "sphere": "구|구|구체", "cylinder": "원기둥|원기둥|실린더|원통", "ball": "공", "block": "블록",
}  # fmt: skip
THINGS = "물체|물체|물건|것"
MATERIALS = {
    "rubber": "고무|고무|고무로 된|고무로 만든", "metal": "금속|금속|금속으로 된|금속으로 만든", "matte": "무광|무광의|매트한",
    "shiny": "반짝이는|반짝이는|번쩍이는|빛나는", "metallic": "금속",
}  # fmt: skip
SIZES = {"large": "큰", "small": "작은", "big": "큰|커다란", "tiny": "작은|조그만|조그마한"}
MEANT = {
    "thing": "object", "ball": "sphere", "block": "cube", "big": "large", "tiny": "small",
    "shiny": "metal", "metallic": "metal", "matte": "rubber",
}  # fmt: skip
ATTRIBUTES = {"color": "color|colour|color", "shape": "shape", "size": "size", "material": "material"}
THING = {"object": "objects", "thing": "things", "object ": "objects"}


def item(rng: random.Random, detail: float = 0.55, shape: str | None = None) -> Found:
    """Something on the table; generic nouns are `object` in the phrase."""
    words: list[tuple[str, str]] = []
    for pool in (SIZES, COLORS, MATERIALS):
        if rng.random() < detail * (0.9 if pool is COLORS else 0.55):
            word, korean_ways = rng.choice(list(pool.items()))
            words.append((word, pick(rng, korean_ways)))
    noun = shape or rng.choices([*SHAPES, "object", "thing"], (5, 5, 5, 3, 3, 4, 4))[0]
    korean = pick(rng, SHAPES.get(noun, THINGS))
    english = "".join(w[0] + " " for w in words)
    phrase = " ".join(MEANT.get(w, w) for w in (english + noun).split())
    tree = call("detect", IMAGE, phrase, hint=noun + "s")
    return Found(
        tree,
        english + noun,
        english + noun + "s",
        "".join(w[1] + " " for w in words) + korean,
        phrase,
        "table",
        noun + "s",
    )


def anchored(rng: random.Random, depth: int) -> Found:
    """Things in a chain of `depth` relations."""
    base = item(rng)
    if depth == 0:
        return base
    anchor = anchored(rng, depth - 1)
    relation = rng.choice(("left_of", "right_of", "in_front_of", "behind"))
    made = related(rng, base, single(anchor), anchor.the_one, anchor.korean, relation)
    if rng.random() < 0.35:
        made = replace(made, after=" that are" + made.after)
    return made


def links(rng: random.Random) -> int:
    return rng.choices((0, 1, 2, 3), (4, 3, 3, 3))[0]


def one_of(found: Found) -> Found:
    """The wording for a single thing: `that is` for `that are`."""
    return replace(found, after=found.after.replace(" that are", " that is", 1))


def counted(rng: random.Random) -> Pair:
    s = anchored(rng, links(rng))
    return pick(
        rng,
        f"how many {s.all} are there|how many {s.all}|what number of {s.all} are there|what is the number of {s.all}|how many {s.all} do you see|count the {s.all}|what number of {s.all}",
    ), call("count", s.tree)


def present(rng: random.Random) -> Pair:
    s = one_of(anchored(rng, links(rng)))
    many = s.all.replace(" that is", " that are")
    return pick(
        rng,
        f"is there {s.a}|are there any {many}|are any {many} visible|is there any {s.one}{s.after}|do you see {s.a}|are there {many}|is {s.a} there",
    ), call("exists", s.tree)


def queried(rng: random.Random) -> Pair:
    s = one_of(anchored(rng, links(rng)))
    if rng.random() < 0.2:
        tree, the, _ = chosen(rng, s)
        return attribute_of(rng, s, tree, the)
    return attribute_of(rng, s, single(s))


def attribute_of(rng: random.Random, s: Found, tree: Any, the: str = "") -> Pair:
    """What is asked of one thing, which `the` calls."""
    what = rng.choice(list(ATTRIBUTES))
    word = pick(rng, ATTRIBUTES[what])
    the = the or s.the_one
    ways = {
        "color": f"what {word} is {the}|what is the {word} of {the}|{the} is what {word}|{the} has what {word}|tell me the {word} of {the}",
        "shape": f"what shape is {the}|what is the shape of {the}|{the} has what shape|{the} is what shape|there is {the[4:]}; what shape is it",
        "size": f"what size is {the}|there is {the[4:]}; how big is it|what is the size of {the}|how big is {the}|{the} has what size|{the} is what size",
        "material": f"what material is {the}|what is {the} made of|what is the material of {the}|{the} is made of what material|{the} is made of what|what material is {the} made of",
    }
    return pick(rng, ways[what]), call("attribute", tree, what)


def compared(rng: random.Random) -> Pair:
    a, b = anchored(rng, rng.choice((0, 0, 1))), anchored(rng, rng.choice((0, 0, 0, 1)))
    if rng.random() < 0.55:
        sign, ways = rng.choice((
            (">", f"are there more {a.all} than {b.all}|is the number of {a.all} greater than the number of {b.all}"),
            ("<", f"are there fewer {a.all} than {b.all}|is the number of {a.all} less than the number of {b.all}"),
            ("==", f"are there the same number of {a.all} and {b.all}|is the number of {a.all} the same as the number of {b.all}|are there an equal number of {a.all} and {b.all}"),
        ))  # fmt: skip
        return pick(rng, ways), Op(sign, call("count", a.tree), call("count", b.tree))
    a, b = one_of(a), one_of(b)
    what = rng.choice(list(ATTRIBUTES))
    word = pick(rng, ATTRIBUTES[what])
    way = f"is the {word} of {a.the_one} the same as {b.the_one}|does {a.the_one} have the same {word} as {b.the_one}|are {a.the_one} and {b.the_one} the same {word}|do {a.the_one} and {b.the_one} have the same {word}|is {a.the_one} the same {word} as {b.the_one}"
    if what == "material":
        way += f"|are {a.the_one} and {b.the_one} made of the same material|is {a.the_one} made of the same material as {b.the_one}"
    return pick(rng, way), Op("==", call("attribute", single(a), what), call("attribute", single(b), what))


def same(rng: random.Random) -> Pair:
    a, b = item(rng, 0.25), one_of(anchored(rng, rng.choice((0, 0, 1))))
    what = rng.choice(list(ATTRIBUTES))
    word = pick(rng, ATTRIBUTES[what])
    other = rng.choice(("other ", "other ", ""))
    tree: Any = call("same_as", a.tree, single(b), what)
    made = "|made of the same material as" if what == "material" else ""
    way = pick(
        rng,
        f"that have the same {word} as|of the same {word} as|that are the same {word} as|with the same {word} as{made}",
    )
    roll = rng.random()
    if roll < 0.45:
        return pick(
            rng,
            f"how many {other}{a.many} are there {way} {b.the_one}|how many {other}{a.many} {way} {b.the_one}|what number of {other}{a.many} are there {way} {b.the_one}",
        ), call("count", tree)
    if roll < 0.75:
        return pick(
            rng,
            f"are there any {other}{a.many} {way} {b.the_one}|is there {'another' if other else 'a'} {a.one} {way.replace('have', 'has').replace('are', 'is')} {b.the_one}",
        ), call("exists", tree)
    asked = rng.choice([k for k in ATTRIBUTES if k != what])
    way = way.replace("have", "has").replace("that are", "that is")
    return pick(
        rng,
        f"what is the {asked} of the {other}{a.one} {way} {b.the_one}|what {asked} is the {other}{a.one} {way} {b.the_one}|there is {'another' if other else 'a'} {a.one} {way} {b.the_one}; what {asked} is it",
    ), call("attribute", call("only", tree, hint="match"), asked)


def both(rng: random.Random) -> Pair:
    a = item(rng, 0.35)
    c, d = one_of(anchored(rng, rng.choice((0, 0, 1, 1, 2)))), one_of(anchored(rng, rng.choice((0, 0, 0, 1))))
    r1, r2 = rng.sample(("left_of", "right_of", "in_front_of", "behind"), 2)
    if rng.random() < 0.5:
        x = related(rng, a, single(c), c.the_one, "", r1)
        y = related(rng, a, single(d), d.the_one, "", r2)
        inner = related(rng, x, single(d), d.the_one, "", r2)
        roll, sides = (
            rng.random(),
            f"both{x.after} and{y.after}" if rng.random() < 0.6 else f"{x.after[1:]} and{y.after}",
        )
        if roll < 0.5:
            many = f"{a.many} are {sides}"
            return pick(
                rng,
                f"how many {many}|what number of {many}|count the {a.many} that are {sides}|how many {a.many} stand {sides}",
            ), call("count", inner.tree)
        if roll < 0.65:
            return pick(
                rng, f"is there {a.a} that is {sides}|are there any {a.many} {sides}|is any {a.one} {sides}"
            ), call("exists", inner.tree)
        return attribute_of(rng, replace(a, after=f" that is {sides}"), single(inner))
    sides = [item(rng, 0.35), anchored(rng, rng.choice((0, 0, 1, 1, 2)))]
    if rng.random() < 0.3:
        sides.reverse()
    named = " or ".join(s.all for s in sides)
    return pick(
        rng,
        f"how many things are either {named}|how many objects are {named}|what number of things are either {named}|count the things that are {named}|how many things are {named}, one or the other",
    ), call("count", call("union", *(s.tree for s in sides)))


def arithmetic(rng: random.Random) -> Pair:
    everything = call("detect", IMAGE, "object")
    gone = item(rng, 0.6)
    word = rng.choice(("objects", "objects", "things", "items"))
    roll = rng.random()
    left = pick(rng, "are left|are left|remain|are there now|are still there")
    take = pick(rng, "subtract|remove|take away|subtract|take out")
    tree: Any
    if roll < 0.3:
        rest = item(rng, 0.15) if rng.random() < 0.4 else None
        base, many = (rest.tree, rest.many) if rest else (everything, word)
        tree = call("count", call("minus", base, gone.tree))
        return (
            f"{take} {pick(rng, 'all|all|every one of the|all the')} {gone.many}{pick(rng, '. |; |, ')}how many {many} {left}",
            tree,
        )
    if roll < 0.5:
        second = item(rng, 0.6)
        tree = call("count", call("minus", call("minus", everything, gone.tree), second.tree))
        return f"{take} all {gone.many}. {take} all {second.many}. how many {word} {left}", tree
    if roll < 0.7:
        n, n_word = number(rng, 1, 6)
        many = gone.many if n > 1 else gone.one
        sign = rng.choice(("-", "-", "+"))
        verb = take if sign == "-" else pick(rng, "add|put in|add")
        after = left if sign == "-" else pick(rng, "are there|exist|are there now")
        target, tail = (gone.tree, gone.many) if rng.random() < 0.6 else (everything, word)
        return f"{verb} {n_word} {many}{pick(rng, '. |; |, ')}how many {tail} {after}", Op(
            sign, call("count", target), n
        )
    n, n_word = number(rng, 1, 5)
    many = gone.many if n > 1 else gone.one
    if rng.random() < 0.6:
        return pick(
            rng,
            f"how many {gone.many} must be subtracted to get {n_word} {many}|how many {gone.many} must be removed to get {n_word} {many}|how many {gone.many} have to be taken away to leave {n_word}|how many {gone.many} do i need to remove so that {n_word} {many} {'remain' if n > 1 else 'remains'}",
        ), Op("-", call("count", gone.tree), n)
    other = item(rng, 0.5)
    return pick(
        rng,
        f"how many {gone.many} need to be removed to have as many {gone.many} as {other.many}|how many more {gone.many} than {other.many} are there|what is the difference between the number of {gone.many} and {other.many}",
    ), Op("-", call("count", gone.tree), call("count", other.tree))


def changed(rng: random.Random) -> Pair:
    how = rng.choice(list(WAYS))
    s = anchored(rng, rng.choice((0, 0, 1)))
    if rng.random() < 0.3:
        tree, english, _ = chosen(rng, s, rng.choice([h for h in CHOICES if h not in ("first", "last")]))
        return say(rng, how, english), edit(how, tree)
    words = one_of(s).the_one if rng.random() < 0.5 else pick(rng, "all |the |every one of the ") + s.all
    if rng.random() < 0.2:
        done = {"blur": "blurred", "highlight": "highlighted", "cut_out": "cut out", "pixelate": "pixelated"}
        how = rng.choice(list(done))
        return f"make {words} {done[how]}", edit(how, s.tree)
    return say(rng, how, words), edit(how, s.tree)


TABLETOP = [
    ("table_count", 2.0, counted), ("table_exists", 1.3, present), ("table_query", 2.2, queried), ("table_compare", 1.8, compared),
    ("table_same", 1.6, same), ("table_both", 2.0, both), ("table_math", 2.2, arithmetic), ("table_edit", 0.8, changed),
]  # fmt: skip
