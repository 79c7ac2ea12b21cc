"""Questions about things in one picture: how many, whether, where, which, of what kind."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from training.requests.program import IMAGE, Op, call
from training.requests.sets import Found, chosen, condition, related, single, some, such, thing

Pair = tuple[str, Any]
NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def number(rng: random.Random, low: int = 1, high: int = 10) -> tuple[int, str]:
    """A number and how it is written."""
    n = rng.randint(low, high)
    return n, NUMBERS[n] if rng.random() < 0.5 else str(n)


def pick(rng: random.Random, ways: str) -> str:
    """One of several wordings, separated by |."""
    return rng.choice(ways.split("|"))


HERE = "|||| in the picture| in this photo| in the image| here| can you see| are visible"


def counting(rng: random.Random) -> Pair:
    s = some(rng)
    where = rng.choice(HERE.split("|")) if not s.after else ""
    way = pick(rng, (
        "how many {s} are there{w}|how many {s} are there{w}|how many {s}|number of {s}{w}|count the {s}{w}|count all {s}|what is the number of {s}|"
        "how many {s} do you see|how many {s} can you count|give me the number of {s}|tell me how many {s} there are|i need a count of the {s}|"
        "how many {s} does the picture show|the {s}: how many are there|what's the total count of {s}|what is the count of {s}|"
        "how many of the {s} are there|count {s}|i wonder how many {s} there are|how many {s} exist|how many {s} are in the scene"
    ))  # fmt: skip
    return way.replace("{s}", s.all).replace("{w}", where if "are there" in way else ""), call("count", s.tree)


def existing(rng: random.Random) -> Pair:
    s = some(rng)
    way = pick(rng, (
        "is there {a}|are there any {s}|is there {a} in the picture|do you see {a}|can you see any {s}|any {s} here|does the picture show {a}|"
        "is {a} visible|are {s} present|does this photo contain {a}|check whether there is {a}|is there any {o}|i want to know if there is {a}|"
        "tell me if there are any {s}|are there {s}|can you spot {a}|is at least one {o} there|do we have any {s} in this image|got any {s} in there"
    ))  # fmt: skip
    return fill(way, s), call("exists", s.tree)


def fill(way: str, s: Found) -> str:
    """{a} a red mug, {s} red mugs, {t} the red mug, {o} red mug."""
    return way.replace("{a}", s.a).replace("{s}", s.all).replace("{t}", s.the_one).replace("{o}", s.one + s.after)


def absent(rng: random.Random) -> Pair:
    s = some(rng, 0.25)
    way = pick(
        rng,
        "are there no {s}|is there no {o}|is the picture free of {s}|is it true that there are no {s}|is there not a single {o}|are {s} missing|confirm that no {s} are visible",
    )
    return fill(way, s), Op("not", None, call("exists", s.tree))


def finding(rng: random.Random) -> Pair:
    s = some(rng, 0.5)
    if rng.random() < 0.35:
        tree, english, _ = chosen(rng, s)
        return pick(
            rng,
            f"where is {english}|find {english}|show me {english}|which one is {english}|point out {english}|locate {english}|i'm looking for {english}|can you find {english}",
        ), tree
    way = pick(rng, (
        "where is {t}|where are the {s}|find the {s}|find all {s}|show me the {s}|show me every {o}|locate {t}|point at the {s}|detect all {s}|"
        "i can't find {t}, where is it|can you show where the {s} are|which are the {s}|spot the {s}|give me all the {s}|where can i see {a}|get me the {s}"
    ))  # fmt: skip
    return fill(way, s), s.tree


def attribute(rng: random.Random) -> Pair:
    s = some(rng, 0.3) if rng.random() < 0.6 else thing(rng, plain=0.75)
    what = rng.choices(("color", "material", "shape", "size"), (6, 2, 2, 1))[0]
    if rng.random() < 0.35:
        tree, the, _ = chosen(rng, s)
    elif rng.random() < 0.15:
        anchor = thing(rng)
        tree = call("nearest", s.tree, single(anchor), hint=s.hint.removesuffix("s"))
        the = f"the {s.one}{s.after} " + pick(rng, "nearest to|closest to|nearest|next to") + f" {anchor.the_one}"
    else:
        tree, the = single(s), s.the_one
    ways = {
        "color": "what color is {t}|what colour is {t}|which color does {t} have|what is the color of {t}|{t} is what color|tell me the color of {t}|what's the colour of {t}|what hue is {t}|name the color of {t}|what color would you say {t} is",
        "material": "what is {t} made of|what material is {t}|which material is {t} made from|what is the material of {t}|{t} is made of what|what's {t} made out of|what stuff is {t} made of",
        "shape": "what shape is {t}|what is the shape of {t}|what shape does {t} have|tell me the shape of {t}|which shape is {t}",
        "size": "what size is {t}|how big is {t}|what is the size of {t}|how large is {t}|is {t} big or small",
    }
    return pick(rng, ways[what]).replace("{t}", the), call("attribute", tree, what)


def comparing(rng: random.Random) -> Pair:
    a, b = some(rng, 0.25), some(rng, 0.15)
    roll = rng.random()
    ca, cb = call("count", a.tree), call("count", b.tree)
    if roll < 0.4:
        sign = rng.choice((">", "<", "=="))
        ways = {
            ">": "are there more {a} than {b}|do the {a} outnumber the {b}|is the number of {a} greater than the number of {b}|more {a} than {b}?|does the picture have more {a} than {b}",
            "<": "are there fewer {a} than {b}|are there less {a} than {b}|is the number of {a} smaller than the number of {b}|is the number of {a} less than that of {b}|fewer {a} than {b}?",
            "==": "are there as many {a} as {b}|is the number of {a} equal to the number of {b}|are there equally many {a} and {b}|same number of {a} and {b}?|are there the same number of {a} as {b}|is there an equal number of {a} and {b}",
        }
        return pick(rng, ways[sign]).replace("{a}", a.all).replace("{b}", b.all), Op(sign, ca, cb)
    if roll < 0.75:
        n, word = number(rng)
        ways_n = {
            ">": "are there more than {n} {a}|is the number of {a} above {n}|do you see more than {n} {a}|more than {n} {a} here?|does it show more than {n} {a}",
            ">=": "are there at least {n} {a}|are there {n} or more {a}|do we have at least {n} {a}|is there a minimum of {n} {a}|no fewer than {n} {a}, right",
            "<": "are there fewer than {n} {a}|are there less than {n} {a}|is the number of {a} below {n}|under {n} {a}?",
            "<=": "are there at most {n} {a}|are there {n} or fewer {a}|is it no more than {n} {a}|are there no more than {n} {a}|max {n} {a}?",
            "==": "are there exactly {n} {a}|is the number of {a} {n}|are there {n} {a}|is it exactly {n} {a}|do you count precisely {n} {a}|are there just {n} {a}",
        }
        sign = rng.choice(list(ways_n))
        many = a.all if n > 1 else a.one + a.after
        return pick(rng, ways_n[sign]).replace("{n}", word).replace("{a}", many), Op(sign, ca, n)
    if roll < 0.88:
        way = pick(
            rng,
            "how many more {a} than {b} are there|by how many do the {a} outnumber the {b}|what is the difference between the number of {a} and the number of {b}|how many more {a} are there than {b}|number of {a} minus number of {b}",
        )
        return way.replace("{a}", a.all).replace("{b}", b.all), Op("-", ca, cb)
    way = pick(
        rng,
        "how many {a} and {b} are there|how many {a} and {b} are there altogether|count the {a} and the {b} together|how many {a} or {b} are there|what is the total number of {a} and {b}|how many things are either {a} or {b}|{a} plus {b}: how many",
    )
    return way.replace("{a}", a.all).replace("{b}", b.all), call("count", call("union", a.tree, b.tree))


def together(rng: random.Random) -> Pair:
    a, b = some(rng, 0.2), some(rng, 0.2)
    ea, eb = call("exists", a.tree), call("exists", b.tree)
    roll = rng.random()
    if roll < 0.45:
        way = pick(
            rng,
            "is there {a} and {b}|are there both {a1} and {b1}|does it show {a} as well as {b}|can you see {a} and also {b}|is there {a} and is there {b}|do both {a} and {b} appear|are there {a1} and {b1}",
        )
        tree: Any = Op("and", ea, eb)
    elif roll < 0.75:
        way = pick(
            rng,
            "is there {a} or {b}|are there any {a1} or {b1}|do you see {a} or {b}|is there either {a} or {b}|does it show {a} or maybe {b}",
        )
        tree = Op("or", ea, eb)
    elif roll < 0.9:
        way = pick(
            rng,
            "is there {a} but no {b2}|are there {a1} but no {b1}|is there {a} without any {b1}|do you see {a} and no {b1}",
        )
        tree = Op("and", ea, Op("not", None, eb))
    else:
        way = pick(rng, "is there neither {a} nor {b}|are there neither {a1} nor {b1}|no {a1} and no {b1}, right")
        tree = Op("and", Op("not", None, ea), Op("not", None, eb))
    way = way.replace("{a1}", a.all).replace("{b1}", b.all).replace("{b2}", b.one + b.after)
    return way.replace("{a}", a.a).replace("{b}", b.a), tree


def removing(rng: random.Random) -> Pair:
    a, b = thing(rng, plain=0.7), some(rng, 0.2)
    roll = rng.random()
    if roll < 0.4:
        n, word = number(rng, 1, 6)
        way = pick(
            rng,
            "if i take away {n} {a}, how many are left|remove {n} {a}. how many {s} remain|how many {s} would be left if {n} were removed|someone takes {n} {a} away; how many {s} are left|how many {s} remain after removing {n} of them|subtract {n} {a}. how many {s} are left",
        )
        return way.replace("{n}", word).replace("{a}", a.many if n > 1 else a.one).replace("{s}", a.many), Op(
            "-", call("count", a.tree), n
        )
    if roll < 0.6:
        n, word = number(rng, 1, 6)
        way = pick(
            rng,
            "if {n} more {a} came, how many {s} would there be|add {n} {a}. how many {s} are there|{n} {a} are added, how many {s} are there now|put {n} more {a} there: how many {s} in all",
        )
        return way.replace("{n}", word).replace("{a}", a.many if n > 1 else a.one).replace("{s}", a.many), Op(
            "+", call("count", a.tree), n
        )
    base = thing(rng, plain=1.0)
    tree = call("count", call("minus", base.tree, b.tree))
    way = pick(
        rng,
        "how many {s} are there except the {b}|how many {s} are left if all {b} are removed|not counting the {b}, how many {s} are there|remove all {b}; how many {s} remain|how many {s} besides the {b}|how many {s} are not {b}|take away every one of the {b}. how many {s} are left|leaving out the {b}, count the {s}",
    )
    return way.replace("{s}", base.many).replace("{b}", b.all), tree


def relating(rng: random.Random) -> Pair:
    a, b = thing(rng), thing(rng)
    roll = rng.random()
    tree: Any
    if roll < 0.3:
        n = call("nearest", a.tree, single(b))
        return pick(
            rng,
            f"which {a.one} is nearest to {b.the_one}|which {a.one} is closest to {b.the_one}|find the {a.one} closest to {b.the_one}|show the {a.one} nearest {b.the_one}|what {a.one} is next to {b.the_one}",
        ), n
    if roll < 0.55:
        what = rng.choice(("color", "color", "size", "shape", "material"))
        word = "colour" if what == "color" and rng.random() < 0.3 else what
        if rng.random() < 0.5:
            tree = Op("==", call("attribute", single(a), what), call("attribute", single(b), what))
            return pick(
                rng,
                f"are {a.the_one} and {b.the_one} the same {word}|does {a.the_one} have the same {word} as {b.the_one}|is {a.the_one} the same {word} as {b.the_one}|do {a.the_one} and {b.the_one} share the same {word}|is the {word} of {a.the_one} the same as that of {b.the_one}",
            ), tree
        tree = call("same_as", a.tree, single(b), what)
        if rng.random() < 0.5:
            return pick(
                rng,
                f"how many {a.many} have the same {word} as {b.the_one}|how many {a.many} are the same {word} as {b.the_one}|count the {a.many} that share {b.the_one}'s {word}",
            ), call("count", tree)
        return pick(
            rng,
            f"is there {a.a} of the same {word} as {b.the_one}|are there any {a.many} with the same {word} as {b.the_one}|is any {a.one} the same {word} as {b.the_one}",
        ), call("exists", tree)
    if roll < 0.8:
        s = related(rng, a, single(b), "", "")
        side = s.after.strip()
        return pick(
            rng,
            f"is {a.the_one} {side} {b.the_one}|is there {a.a} {side} {b.the_one}|do you see {a.a} {side} {b.the_one}",
        ), call("exists", s.tree)
    tree, english, _ = chosen(rng, a)
    s = related(rng, b, tree, english, "")
    return pick(rng, f"what is the number of {s.all}|how many {s.all} are there|are there {s.all}, and how many"), call(
        "count", s.tree
    )


def being(rng: random.Random) -> Pair:
    if rng.random() < 0.6:
        a = thing(rng, plain=0.8)
        english, _ = condition(rng, a.category)
        english = english.removeprefix("that is ")
        tree = call("exists", call("where", a.tree, english))
        the = a.the_one
        if a.category == "person" and rng.random() < 0.4:
            return pick(rng, f"is anyone {english}|is somebody {english}|is there anyone {english}"), call(
                "exists", call("where", call("detect", IMAGE, "person"), english)
            )
        return pick(
            rng,
            f"is {the} {english}|is {the} {english} in this picture|would you say {the} is {english}|{the} is {english}, isn't it",
        ), tree
    options = rng.choice((
        (None, ["day", "night"], "is it {0} or {1}|was this taken during the {0} or at {1}"), (None, ["indoors", "outdoors"], "is this {0} or {1}|was it taken {0} or {1}"),
        (None, ["summer", "winter"], "is it {0} or {1} here"), (None, ["photo", "drawing"], "is this a {0} or a {1}"), (None, ["sunny", "rainy", "snowy"], "is it {0}, {1} or {2}"),
        (None, ["kitchen", "bathroom", "bedroom"], "is this a {0}, a {1} or a {2}"), (None, ["city", "countryside"], "is this in the {0} or in the {1}"),
        ("door", ["open", "closed"], "is {t} {0} or {1}"), ("window", ["open", "closed"], "is {t} {0} or {1}"), ("cup", ["full", "empty"], "is {t} {0} or {1}"),
        ("dog", ["sitting", "standing"], "is {t} {0} or {1}"), ("woman", ["smiling", "serious"], "is {t} {0} or {1}"), ("traffic light", ["red", "green"], "is {t} {0} or {1}"),
        ("baby", ["asleep", "awake"], "is {t} {0} or {1}"), ("banana", ["ripe", "unripe"], "is {t} {0} or {1}"), ("lamp", ["on", "off"], "is {t} {0} or {1}"),
        ("car", ["parked", "moving"], "is {t} {0} or {1}"), ("man", ["young", "old"], "is {t} {0} or {1}"), ("cat", ["awake", "asleep"], "is {t} {0} or {1}"),
    ))  # fmt: skip
    noun, labels, way = options
    request = pick(rng, way)
    for i, label in enumerate(labels):
        request = request.replace(f"{{{i}}}", label)
    target = IMAGE if noun is None else call("only", call("detect", IMAGE, noun))
    return request.replace("{t}", f"the {noun}"), call("classify", target, labels)


def looking(rng: random.Random) -> Pair:
    a = thing(rng, plain=0.6)
    if rng.random() < 0.3:
        if rng.random() < 0.6:
            return pick(
                rng,
                "describe the picture|describe this image|what is in the picture|what does the picture show|what is this|give me a description|what do you see|tell me about this photo|what's going on here|summarize this image|caption this picture|explain what is in the photo|what can be seen",
            ), call("describe", IMAGE)
        return pick(
            rng,
            f"describe {a.the_one}|tell me about {a.the_one}|what does {a.the_one} look like|give a description of {a.the_one}",
        ), call("describe", single(a))
    if rng.random() < 0.25:
        why = pick(
            rng,
            "best for a child|most comfortable|the most expensive looking|most dangerous|in the worst condition|easiest to reach|the odd one out|best for two people|the oldest looking|most damaged",
        )
        return pick(
            rng,
            f"which {a.one} is {why}|which of the {a.many} is {why}|pick the {a.one} that is {why}|choose the {a.one} that is {why}",
        ), call("pick", IMAGE, a.tree, why)
    question = pick(rng, (
        f"what is {a.the_one} doing?|why is {a.the_one} there?|what is the weather like?|is the shop open?|what is the mood of this picture?|what kind of room is this?|"
        f"what sport are they playing?|what happened here?|what is {a.the_one} used for?|what brand is {a.the_one}?|how old is {a.the_one}?|what style is {a.the_one}?|"
        f"what breed is {a.the_one}?|what season is it?|is it safe to cross?|what is the person looking at?|what are they celebrating?|what type of {a.one} is this?|"
        f"is {a.the_one} in good condition?|what is behind the camera's focus?|what is the man holding?|what emotion does the child show?|what time of day is it?|does this look expensive?|"
        f"what is written in the style of the poster?|what game is being played?|how is {a.the_one} feeling?"
    ))  # fmt: skip
    question = question[0].upper() + question[1:]
    return question, call("look", IMAGE, question)


SEEING: list[tuple[str, float, Callable[[random.Random], Pair]]] = [
    ("count", 3.0, counting), ("exists", 2.2, existing), ("absent", 0.5, absent), ("find", 2.0, finding), ("attribute", 2.0, attribute),
    ("compare", 2.4, comparing), ("and_or", 1.4, together), ("arithmetic", 1.5, removing), ("relation", 1.8, relating),
    ("state", 1.2, being), ("look", 1.2, looking),
]  # fmt: skip
__all__ = ["SEEING", "such"]
