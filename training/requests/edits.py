"""Edits: what is done (blur, redact, cut out, ...) to which regions, with exceptions."""

from __future__ import annotations

import random
from typing import Any

from training.requests.program import IMAGE, call
from training.requests.reading import wanted
from training.requests.seeing import Pair, pick
from training.requests.sets import Found, chosen, related, single, some, thing
from training.requests.words import COLORS, ENTITIES, LABEL_WORDS

FACE = "faces|faces|people's faces|human faces|the faces of the people|the faces of everyone|everyone's face|everybody's faces"
WAYS = {
    "blur": "blur {s}|blur out {s}|make {s} blurry|blur {s} out|{s} should be blurred|make {s} unrecognizable by blurring|apply a blur to {s}|put a blur over {s}|make {s} blurred|smear {s}|blur {s} in this picture",
    "pixelate": "pixelate {s}|pixelate {s} in the picture|make {s} pixelated|mosaic {s}|put a mosaic on {s}|put a mosaic over {s}|turn {s} into pixels|make {s} blocky|apply pixelation to {s}",
    "redact": "black out {s}|redact {s}|censor {s}|cover {s} with black|hide {s}|black {s} out|paint over {s}|cover up {s}|put black bars over {s}|make {s} unreadable|block out {s}|anonymize {s}|mask {s}|strike out {s}|obscure {s}",
    "highlight": "highlight {s}|emphasize {s}|draw attention to {s}|make {s} stand out|put a highlight on {s}|point {s} out with a highlight|spotlight {s}",
    "mark": "number {s}|mark {s} with numbers|put numbers on {s}|label {s} with numbers|mark {s}|give {s} numbers|put a number on {s}|number {s} one by one|tag {s} with numbers",
    "crop": "crop to {s}|crop the picture to {s}|zoom in on {s}|crop {s}|cut the picture down to {s}|trim the image to {s}|show only the part with {s}|zoom to {s}|crop the image around {s}|crop so that only {s} can be seen|give me a crop of {s}",
    "cut_out": "cut out {s}|extract {s} from the background|isolate {s}|remove the background around {s}|remove the background behind {s}|make everything but {s} transparent|cut {s} out|put {s} on a transparent background|make the background of {s} transparent|separate {s} from the background",
    "color_pop": "make everything gray except {s}|keep only {s} in color|turn everything black and white except {s}|color pop {s}|keep {s} in colour and the rest gray|leave only {s} in color|desaturate everything but {s}|make all but {s} black and white|everything grey besides {s}|make the background black and white but keep {s} colored",
    "remove": "remove {s}|erase {s}|get rid of {s}|delete {s}|take {s} out of the picture|make {s} disappear|remove {s} from the photo|take away {s}|wipe out {s}|edit out {s}|retouch {s} away|i don't want {s} in the picture",
}
MASKED = ("cut_out", "color_pop", "remove")


def edit(how: str, regions: Any, written: bool = False) -> Any:
    """The edit's tree; where a shape matters, things are segmented first, text is not."""
    if how in MASKED and not written:
        regions = call("segment", IMAGE, regions, hint="masks")
    return call(how, IMAGE, regions)


def say(rng: random.Random, how: str, words: str) -> str:
    return pick(rng, WAYS[how]).replace("{s}", words)


def all_of(rng: random.Random, s: Found) -> str:
    return rng.choice(("the ", "the ", "all ", "all the ", "every ", "")).replace("every ", "every ") + s.all


def things(rng: random.Random) -> Pair:
    how = rng.choice(list(WAYS))
    roll = rng.random()
    if roll < 0.3:
        s = thing(rng)
        if rng.random() < 0.5:
            return say(rng, how, s.the_one), edit(how, s.tree)
        words = all_of(rng, s)
        words = f"every {s.one}" if words.startswith("every") else words
        return say(rng, how, words), edit(how, s.tree)
    if roll < 0.5:
        s = some(rng, 1.0)
        return say(rng, how, rng.choice(("the ", "all ", "all the ")) + s.all), edit(how, s.tree)
    if roll < 0.75:
        tree, english, _ = chosen(rng, some(rng, 0.12))
        return say(rng, how, english), edit(how, tree)
    if roll < 0.87:
        a, b = thing(rng), thing(rng)
        return say(
            rng,
            how,
            pick(
                rng,
                f"the {a.all} and the {b.all}|{a.all} and {b.all}|the {a.one} and the {b.one}|both the {a.all} and the {b.all}|all {a.all} and {b.all}",
            ),
        ), edit(how, call("union", a.tree, b.tree))
    a, b = thing(rng), thing(rng)
    if rng.random() < 0.5:
        n = call("nearest", a.tree, single(b))
        return say(
            rng,
            how,
            pick(
                rng,
                f"the {a.one} nearest to {b.the_one}|the {a.one} closest to {b.the_one}|the {a.one} next to {b.the_one}",
            ),
        ), edit(how, n)
    r = related(rng, a, single(b), b.the_one, "")
    return say(rng, how, r.the_one), edit(how, r.tree)


def faces(rng: random.Random) -> Pair:
    how = rng.choice(("blur", "blur", "blur", "pixelate", "pixelate", "redact", "highlight", "crop", "mark"))
    found = call("detect", IMAGE, "face", hint="faces")
    base = Found(found, "face", "faces", "얼굴", "face", "part", "faces")
    roll = rng.random()
    if roll < 0.35:
        words = pick(rng, FACE)
        words = rng.choice(("", "the ", "all ", "all the ", "every one of the ")) + words if words == "faces" else words
        return say(rng, how, words), edit(how, found)
    if roll < 0.55:
        tree, english, _ = chosen(rng, base)
        return say(rng, how, english), edit(how, tree)
    if roll < 0.9:
        return except_for(rng, how, base)
    kind = rng.choice(("email", "phone", "card number"))
    many = rng.choice(ENTITIES[kind][0].split("|")).split("/")[1]
    return say(rng, how, pick(rng, f"the faces and the {many}|all faces and all {many}|faces and {many}")), edit(
        how, call("union", found, call("find_entities", IMAGE, kind))
    )


BUT = "except|except for|but not|apart from|other than|excluding|besides|leaving out|all but"


def except_for(rng: random.Random, how: str, base: Found, nouns: bool = True) -> Pair:
    """All of these but some."""
    roll = rng.random()
    if roll < 0.55 or not nouns:
        tree, english, _ = chosen(rng, base)
        if rng.random() < 0.7:
            english = english.replace(" " + base.one + base.after, rng.choice(("", "", " one")), 1)
    elif roll < 0.8 and base.category != "part":
        color = rng.choice(list(COLORS))
        tree = call("detect", IMAGE, f"{color} {base.phrase}", hint=f"{color}_{base.hint}")
        english = f"the {color} {rng.choice(('ones', 'ones', base.many, 'one'))}"
    else:
        anchor = thing(rng, plain=0.7)
        r = related(
            rng, base, single(anchor), anchor.the_one, "", rng.choice(("left_of", "right_of", "above", "below"))
        )
        tree, english = r.tree, f"the {rng.choice(('ones', 'one', base.many))}{r.after}"
    words = rng.choice(("all ", "the ", "all the ", "every one of the ")) + base.all
    but = pick(rng, BUT)
    sentence = say(rng, how, f"{words} {but} {english}")
    if but == "all but":
        rest = english.replace("the ", "the ", 1)
        sentence = say(rng, how, f"all {base.all} but {rest}")
    if rng.random() < 0.15:
        rest = say(rng, how, words)
        sentence = pick(
            rng,
            f"{rest}, but leave {english} alone|{rest} but keep {english} as it is|{rest}, only not {english}|{rest}, just not {english}|{rest} and spare {english}",
        )
    return sentence, edit(how, call("minus", base.tree, tree))


def exceptions(rng: random.Random) -> Pair:
    return except_for(rng, rng.choice(list(WAYS)), thing(rng, plain=0.7))


def written(rng: random.Random) -> Pair:
    how = rng.choices(("redact", "blur", "highlight", "pixelate", "mark", "crop"), (8, 3, 4, 2, 1, 2))[0]
    roll = rng.random()
    if roll < 0.42:
        kind = rng.choices(list(ENTITIES), (7, 7, 3, 4, 2, 4, 2, 4, 4))[0]
        one, _, many = rng.choice(ENTITIES[kind][0].split("|")).partition("/")
        found = call("find_entities", IMAGE, kind, hint=kind)
        base = Found(found, one, many, "", one, "part", kind)
        if rng.random() < 0.2:
            return except_for(rng, how, base, nouns=False)
        if rng.random() < 0.12:
            tree, english, _ = chosen(rng, base, rng.choice(("first", "last", "topmost", "bottommost")))
            return say(rng, how, english), edit(how, tree)
        words = pick(
            rng, f"the {many}|every {one}|all {many}|all the {many}|{many}|any {one}|each {one}|the {one}|my {one}"
        )
        return say(rng, how, words), edit(how, found)
    if roll < 0.58:
        kinds = rng.sample([k for k in ENTITIES if k != "number"], 2)
        if rng.random() < 0.5:
            kinds = rng.choice(
                (["email", "phone"], ["phone", "email"], ["date", "money"], ["card number", "id number"])
            )
        m1, m2 = (rng.choice(ENTITIES[k][0].split("|")).split("/")[1] for k in kinds)
        words = pick(
            rng,
            f"the {m1} and the {m2}|all {m1} and {m2}|{m1} and {m2}|every {m1[:-1]} and every {m2[:-1]}|both the {m1} and the {m2}|{m1} as well as {m2}|{m1}, and also the {m2}",
        )
        return say(rng, how, words), edit(how, call("union", *(call("find_entities", IMAGE, k) for k in kinds)))
    if roll < 0.74:
        key = rng.choice(list(LABEL_WORDS))
        word = pick(rng, LABEL_WORDS[key][0])
        return say(rng, how, pick(rng, f"the {word}|the {word}|the {word} on this page|my {word}")), edit(
            how, call("find_value", IMAGE, key)
        )
    if roll < 0.86:
        text = wanted(rng)
        q = rng.choice((f'"{text}"', text, f"'{text}'"))
        words = pick(
            rng,
            f"the line with {q}|the lines that mention {q}|the word {q}|every {q}|{q}|all lines containing {q}|wherever it says {q}|the text {q}|every line that says {q}",
        )
        return say(rng, how, words), edit(how, call("find_text", IMAGE, text), True)
    if roll < 0.93:
        word = rng.choice(("QR code", "barcode", "codes", "QR codes", "barcodes"))
        return say(rng, how, rng.choice(("the ", "the ", "all ")) + word), edit(how, call("read_codes", IMAGE))
    read = call("read_text", IMAGE, hint="lines")
    which, words = rng.choice(
        (
            (read, "all text"),
            (read, "every line of text"),
            (read, "the text"),
            (call("first", read), "the first line"),
            (call("last", read), "the last line"),
            (call("nth", read, 2), "the second line"),
            (call("nth", read, 3), "the third line"),
            (read, "everything written"),
            (call("minus", read, call("first", read)), "everything but the first line"),
        )
    )
    return say(rng, how, words), edit(how, which, True)


def whole(rng: random.Random) -> Pair:
    turn, ways = rng.choice((
        (None, "make it black and white|turn the picture gray|grayscale|convert to grayscale|make the picture black and white|take the color out|b&w please|remove all colors|make the image grey|desaturate the photo|i want this in black and white"),
        (90, "rotate it 90 degrees|rotate it clockwise|turn it to the right|rotate right|turn the picture by 90 degrees|rotate the image a quarter turn clockwise"),
        (180, "turn it upside down|rotate it by 180 degrees|flip it upside down by rotating|rotate 180|turn the picture around by 180 degrees|it is upside down, fix it"),
        (270, "rotate it to the left|turn it left|rotate counterclockwise|rotate it 270 degrees|rotate 90 degrees counterclockwise|turn the picture anticlockwise|rotate left"),
    ))  # fmt: skip
    return pick(rng, ways), call("grayscale", IMAGE) if turn is None else call("rotate", IMAGE, turn)


EDITS = [
    ("edit_thing", 3.4, things),
    ("edit_face", 3.2, faces),
    ("edit_except", 1.8, exceptions),
    ("edit_text", 4.4, written),
    ("edit_whole", 0.6, whole),
]
