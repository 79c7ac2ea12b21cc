"""Further meanings in one picture: of them, all of them, the larger of two, two edits in one sentence, earlier results."""

from __future__ import annotations

import random
from typing import Any

from training.requests import tabletop
from training.requests.edits import FACE, edit, say
from training.requests.program import IMAGE, Call, Name, Op, call
from training.requests.reading import PAPER, wanted
from training.requests.seeing import Pair, number, pick
from training.requests.sets import Found, condition, related, single, thing
from training.requests.words import COLORS, ENTITIES, LABEL_WORDS, MATERIALS

GATHERED = ("count", "find", "exists", "edit")


def _kind(rng: random.Random, base: Found) -> tuple[Call, str]:
    """Some of the things: by color or material, a condition, or a place; the words stand after `are`."""
    roll = rng.random()
    if roll < 0.5:
        words = rng.choice([*COLORS, *COLORS, *MATERIALS])
        return call("detect", IMAGE, f"{words} {base.phrase}", hint=base.hint), words
    if roll < 0.75:
        english, _ = condition(rng, base.category)
        bare = english.removeprefix("that is ")
        return call("where", base.tree, bare, hint=base.hint), bare
    anchor = thing(rng, plain=0.7)
    r = related(rng, base, single(anchor), anchor.the_one, "")
    return r.tree, r.after.strip()


def headless(rng: random.Random) -> Pair:
    """`the black ones`: the noun stands elsewhere in the sentence."""
    base = tabletop.item(rng, 0.0) if rng.random() < 0.2 else thing(rng, plain=1.0)
    tree, words = _kind(rng, base)
    s = base.many
    single_word = words in COLORS or words in MATERIALS
    ones = f"the {words} ones" if single_word else f"the ones {words}"
    roll = rng.random()
    if roll < 0.4:
        return pick(
            rng,
            f"how many of the {s} are {words}|of the {s}, how many are {words}|look at the {s}: how many are {words}|there are several {s}. how many of them are {words}|count the {s}, but only {ones}|among the {s}, count {ones}|as for the {s}, how many are {words}|i see {s}; how many are {words}",
        ), call("count", tree)
    if roll < 0.6:
        return pick(
            rng,
            f"are any of the {s} {words}|is any of the {s} {words}|look at the {s}. is one of them {words}|is at least one of the {s} {words}|is there one among the {s} that is {words}",
        ), call("exists", tree)
    if roll < 0.8:
        return pick(
            rng,
            f"which of the {s} are {words}|which {s} are {words}|show me the {s}, just {ones}|find {ones} among the {s}|of all the {s} show {ones}|i see many {s}, point out {ones}",
        ), tree
    how = rng.choice(("blur", "highlight", "mark", "pixelate", "redact", "remove", "crop"))
    return pick(
        rng,
        f"look at the {s} and {say(rng, how, ones)}|of the {s}, {say(rng, how, ones)}|{say(rng, how, f'the {s}, but only {ones}')}|{say(rng, how, f'only {ones} of the {s}')}",
    ), edit(how, tree)


def every(rng: random.Random) -> Pair:
    """Whether all are so, or whether the one is of a color."""
    base = tabletop.item(rng, 0.2) if rng.random() < 0.35 else thing(rng, plain=1.0)
    if rng.random() < 0.35:
        color = rng.choice(list(COLORS))
        return pick(
            rng,
            f"is {base.the_one} {color}|is the color of {base.the_one} {color}|{base.the_one} is {color}, right|would you call {base.the_one} {color}|is {base.the_one} {color} or not",
        ), call("exists", call("detect", IMAGE, f"{color} {base.phrase}"))
    tree, words = _kind(rng, base)
    rest = call("exists", call("minus", base.tree, tree))
    if rng.random() < 0.7:
        return pick(
            rng,
            f"are all the {base.many} {words}|are all {base.many} {words}|is every {base.one} {words}|is each of the {base.many} {words}|are the {base.many} all {words}",
        ), Op("not", None, rest)
    return pick(
        rng, f"are some {base.many} not {words}|is there {base.a} that is not {words}|is any {base.one} not {words}"
    ), rest


def versus(rng: random.Random) -> Pair:
    """One of two by size, place or distance, and what lies beside something."""
    a, b = (tabletop.item(rng), tabletop.item(rng)) if rng.random() < 0.4 else (thing(rng), thing(rng))
    if rng.random() < 0.4:
        side = related(
            rng,
            Found(
                call("detect", IMAGE, "object", hint="objects"), "thing", "things", "", "object", "object", "objects"
            ),
            single(b),
            b.the_one,
            "",
        )
        words = side.after.strip()
        return pick(
            rng,
            f"what is {words}|what things are {words}|which objects are {words}|what do you see {words}|what's {words}|what lies {words}",
        ), side.tree
    how, word = rng.choice(
        (
            ("largest", "bigger"),
            ("largest", "larger"),
            ("smallest", "smaller"),
            ("leftmost", "further left"),
            ("rightmost", "further right"),
            ("topmost", "higher up"),
            ("bottommost", "lower"),
            ("closest", "closer to the camera"),
            ("closest", "nearer"),
            ("farthest", "farther away"),
        )
    )
    extra = [call("depth", IMAGE)] if how in ("closest", "farthest") else []
    return pick(
        rng,
        f"which is {word}, {a.the_one} or {b.the_one}|what is {word}: {a.the_one} or {b.the_one}|{a.the_one} or {b.the_one}, which one is {word}|which one is {word}, {a.the_one} or {b.the_one}",
    ), call(how, call("union", a.tree, b.tree), *extra)


def segmenting(rng: random.Random) -> Pair:
    if rng.random() < 0.4:
        return pick(
            rng,
            "segment everything|segment the picture|segment the whole image|split the picture into its parts|find all segments|show every segment|give me masks for everything|outline every single thing in the picture",
        ), call("segment_all", IMAGE)
    s = thing(rng)
    return pick(
        rng,
        f"segment {s.the_one}|segment the {s.all}|give me the mask of {s.the_one}|make masks of the {s.all}|segment all {s.all}|show the exact shape of {s.the_one}",
    ), call("segment", IMAGE, s.tree)


def doubled(rng: random.Random) -> Pair:
    """Two edits in one sentence: the second is made on the result of the first."""
    first_how, second_how = rng.sample(("blur", "redact", "highlight", "pixelate", "mark", "remove"), 2)

    def part(how: str) -> tuple[str, Any, bool]:
        roll = rng.random()
        if roll < 0.35:
            return (
                "the " + pick(rng, "faces|faces").strip() if rng.random() < 0.5 else pick(rng, FACE),
                call("detect", IMAGE, "face"),
                False,
            )
        if roll < 0.65 and how != "remove":
            kind = rng.choice(list(ENTITIES))
            return (
                "the " + rng.choice(ENTITIES[kind][0].split("|")).split("/")[1],
                call("find_entities", IMAGE, kind),
                True,
            )
        s = thing(rng)
        return "the " + s.all, s.tree, False

    w1, t1, text1 = part(first_how)
    w2, t2, text2 = part(second_how)
    inner = edit(first_how, t1, text1)
    outer: Any = call("segment", IMAGE, t2, hint="masks") if second_how == "remove" and not text2 else t2
    return pick(
        rng,
        f"{say(rng, first_how, w1)} and {say(rng, second_how, w2)}|{say(rng, first_how, w1)}, then {say(rng, second_how, w2)}|first {say(rng, first_how, w1)}, and after that {say(rng, second_how, w2)}|{say(rng, first_how, w1)} and also {say(rng, second_how, w2)}",
    ), call(second_how, inner, outer)


def paperwork(rng: random.Random) -> Pair:
    """Counts of lines, words, codes and entities against a number; everything but a value; two values at once."""
    kind = rng.choice(list(ENTITIES))
    many = rng.choice(ENTITIES[kind][0].split("|")).split("/")[1]
    read = call("read_text", IMAGE, hint="lines")
    sources = [
        (read, "lines of text"),
        (read, "lines"),
        (call("words", read), "words"),
        (call("read_codes", IMAGE), "QR codes"),
        (call("read_codes", IMAGE), "barcodes"),
        (call("find_entities", IMAGE, kind), many),
    ]
    roll = rng.random()
    paper = rng.choice(PAPER.split("|"))
    if roll < 0.35:
        tree, s = rng.choice(sources)
        n, word = number(rng, 2, 10)
        sign, ways = rng.choice(
            (
                (
                    ">",
                    f"are there more than {word} {s}|does it have more than {word} {s}|does the {paper} have more than {word} {s}",
                ),
                (">=", f"are there at least {word} {s}|does the {paper} contain {word} or more {s}"),
                ("<", f"are there fewer than {word} {s}|does it have less than {word} {s}"),
                ("==", f"are there exactly {word} {s}|does the {paper} have exactly {word} {s}|are there {word} {s}"),
                ("<=", f"are there at most {word} {s}|are there no more than {word} {s}"),
            )
        )
        return pick(rng, ways), Op(sign, call("count", tree), n)
    if roll < 0.45:
        (a, s), (b, t) = rng.sample(sources, 2)
        if s == t or a == b:
            return paperwork(rng)
        return pick(rng, f"are there more {s} than {t}|does the {paper} have more {s} than {t}"), Op(
            ">", call("count", a), call("count", b)
        )
    key, other = rng.sample(list(LABEL_WORDS), 2)
    word, second = (pick(rng, LABEL_WORDS[k][0]) for k in (key, other))
    value = call("find_value", IMAGE, key)
    how = rng.choice(("redact", "redact", "blur", "highlight", "pixelate"))
    if roll < 0.6:
        words = pick(rng, f"the {word} and the {second}|both the {word} and the {second}|{word} and {second}")
        return say(rng, how, words), edit(how, call("union", value, call("find_value", IMAGE, other)), True)
    if roll < 0.68:
        return pick(
            rng,
            f"what are the {word} and the {second}|read the {word} and the {second}|give me the {word} and the {second}|tell me both the {word} and the {second}",
        ), call("text_of", call("union", value, call("find_value", IMAGE, other)))
    if roll < 0.82:
        text = wanted(rng)
        part, words = rng.choice(
            (
                (value, f"the {word}"),
                (call("find_text", IMAGE, text), f"the line with {text}"),
                (call("find_entities", IMAGE, kind), f"the {many}"),
                (call("first", read), "the first line"),
                (call("last", read), "the last line"),
            )
        )
        everything = pick(rng, "everything|all text|all the text|every line|all lines")
        return say(rng, how, f"{everything} {pick(rng, 'except|but|except for|apart from')} {words}"), edit(
            how, call("minus", read, part), True
        )
    one, _, _ = rng.choice(ENTITIES[kind][0].split("|")).partition("/")
    n, ordinal = rng.choice(((1, "first"), (2, "second"), (3, "third"), (-1, "last")))
    found = call("find_entities", IMAGE, kind)
    which = call("first", found) if n == 1 else call("last", found) if n == -1 else call("nth", found, n)
    if rng.random() < 0.75:
        return pick(
            rng,
            f"what is the {ordinal} {one}|read the {ordinal} {one}|which {one} comes {ordinal}|give me the {ordinal} {one} on the {paper}",
        ), call("text_of", which)
    s = thing(rng, plain=0.7, category=rng.choice(("object", "place", "vehicle", "clothing")))
    text = wanted(rng)
    return pick(
        rng,
        f"does {s.the_one} say {text}|is {text} written on {s.the_one}|does it say {text} on {s.the_one}|is the word {text} on {s.the_one}",
    ), call("exists", call("inside", call("find_text", IMAGE, text), single(s)))


def earlier(rng: random.Random) -> tuple[str, Any, dict[str, str]]:
    """A request about results that have names already."""
    base = thing(rng, plain=0.9)
    name = base.hint.replace(" ", "_").replace("-", "_")
    found = Name(name)
    color = rng.choice(list(COLORS))
    how = rng.choice(("blur", "highlight", "mark", "pixelate", "redact", "crop"))
    choice, word = rng.choice(
        (
            ("largest", "largest"),
            ("smallest", "smallest"),
            ("leftmost", "leftmost"),
            ("first", "first"),
            ("topmost", "topmost"),
        )
    )
    english, _ = condition(rng, base.category)
    bare = english.removeprefix("that is ")
    request, tree = rng.choice((
        ("how many of them are there|how many are there|count them|and how many are those", call("count", found)), (f"how many of them are {color}|how many are {color}|and the {color} ones, how many", call("count", call("where", found, color))),
        (f"which of them are {bare}|only those {bare}|and the ones {bare}", call("where", found, bare)), (f"{say(rng, how, 'them')}|now {say(rng, how, 'them')}|{say(rng, how, 'those')}|{say(rng, how, 'these')}", call(how, IMAGE, found)),
        (f"{say(rng, how, f'the {word} one')}|and now {say(rng, how, f'the {word} of them')}", call(how, IMAGE, call(choice, found))), (f"{say(rng, how, f'all of them except the {word}')}|{say(rng, how, f'the {base.many} but not the {word} one')}", call(how, IMAGE, call("minus", found, call(choice, found)))),
        (f"which is the {word}|which one is the {word}|the {word} one?", call(choice, found)), (f"what color is the {word} one|and what color is the {word}", call("attribute", call(choice, found), "color")),
        (f"are there any {color} ones|is one of them {color}", call("exists", call("where", found, color))),
    ))  # fmt: skip
    return pick(rng, request), tree, {"image": "Image", name: "Regions"}


MORE = [
    ("headless", 2.0, headless),
    ("every", 1.2, every),
    ("versus", 1.2, versus),
    ("segment", 0.4, segmenting),
    ("two_edits", 1.0, doubled),
    ("paperwork", 3.0, paperwork),
]
