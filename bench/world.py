"""A symbolic world: random scenes whose contents are known.

A scene is made for the programs that are to be run on it: the things, conditions and texts that they name occur in it
some number of times. The tools over it are in bench.oracles.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field
from typing import get_args

import numpy as np

from agent.language.check import CheckedProgram
from agent.language.syntax import Literal, calls_in
from tools.entities import Kind
from tools.labels import canonical
from tools.types import Image, Region, Word

WIDTH, HEIGHT, COLUMNS, ROWS = 640, 480, 8, 5
SAME = dict(
    pair.split("=")
    for pair in """
ball=sphere block=cube big=large huge=large tiny=small little=small shiny=metal metallic=metal
matte=rubber grey=gray thing=object item=object couch=sofa bike=bicycle automobile=car cell=phone
people=person men=man women=woman children=child kid=child guy=man lady=woman photo=picture
human=person individual=person mobile=phone smartphone=phone cellphone=phone autos=car mouses=mouse
fridge=refrigerator tv=television telly=television lorry=truck sneaker=trainer trousers=pants jumper=sweater
plane=airplane aeroplane=airplane motorbike=motorcycle pram=stroller handbag=purse doorway=door rug=carpet mum=mother
mom=mother dad=father
""".split()
)
PEOPLE = {"man", "woman", "boy", "girl", "child", "baby"}
ADJECTIVES = frozenset(
    """
red blue green yellow black white orange purple pink brown gray beige golden silver cyan turquoise
large small tall long wooden metal rubber plastic leather paper ceramic stone striped woolen
cardboard open closed broken empty old new round square dirty wet folded parked ripe full cracked
rusty dark light half-full young rotten clean hot cold glass unripe
""".split()
)
COLORS = ("red", "blue", "green", "yellow", "black", "white", "gray", "brown", "purple", "cyan")
CHOICES = {
    "color": COLORS,
    "size": ("large", "small"),
    "material": ("metal", "rubber"),
    "shape": ("cube", "sphere", "cylinder"),
}
FILLERS = frozenset(
    """
a an the of that which who is are be being been it its their his her s wearing worn with in on at to
has have having while currently by and there
""".split()
)


def words_of(phrase: str) -> tuple[str, ...]:
    """The words of a phrase, singular and without synonyms."""
    return tuple(_word(w) for w in re.findall(r"[a-z0-9'-]+", phrase.lower()))


def _word(word: str) -> str:
    word = SAME.get(word, word)
    if len(word) > 3 and word.endswith("ies"):
        word = word[:-3] + "y"
    elif len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        word = word[:-1]
    return SAME.get(word, word)


def parts_of(phrase: str) -> tuple[str, frozenset[str], frozenset[str]]:
    """A noun phrase as noun, adjectives and the words of a condition behind it."""
    head, *rest = re.split(
        r" (?=(?:with|without|wearing|in|on|holding|that|who|of|from|made|carrying|under|at|for|near)\b)",
        phrase.lower(),
        maxsplit=1,
    )
    listed = [w for w in words_of(head) if w not in FILLERS] or ["object"]
    adjectives = frozenset(w for w in listed[:-1] if w in ADJECTIVES)
    noun = " ".join(w for w in listed if w not in adjectives)
    return noun, adjectives, condition_of(rest[0]) if rest else frozenset()


def condition_of(phrase: str) -> frozenset[str]:
    """The words of a condition that carry meaning."""
    return frozenset(w for w in words_of(phrase) if w not in FILLERS)


@dataclass
class Thing:
    """Something in a scene: what it is, how it is, and what is true of it."""

    noun: str
    properties: dict[str, str]
    adjectives: set[str]
    truths: list[frozenset[str]]
    region: Region
    far: float

    def fits(self, noun: str, adjectives: frozenset[str], condition: frozenset[str]) -> bool:
        generic = noun in ("object", "things", "any", "anything", "everything") or noun == self.noun
        kind = (
            generic
            or (noun == "person" and self.noun in PEOPLE)
            or (noun in CHOICES["shape"] and self.properties["shape"] == noun)
        )
        return kind and self.has(adjectives) and (not condition or condition in self.truths or self.has(condition))

    def has(self, words: frozenset[str]) -> bool:
        return words <= (self.adjectives | set(self.properties.values()))


@dataclass
class Scene:
    """A picture's contents. texts: lines. entities: by kind. values: by canonical key or folded label."""

    image: Image
    things: list[Thing] = field(default_factory=list)
    lines: list[Region] = field(default_factory=list)
    entities: dict[str, list[Region]] = field(default_factory=dict)
    values: dict[str, Region] = field(default_factory=dict)
    codes: list[Region] = field(default_factory=list)


@dataclass
class Named:
    """What programs name: phrases of things, conditions, texts, labels."""

    phrases: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)

    def add(self, checked: CheckedProgram) -> Named:
        into = {
            "detect": self.phrases,
            "where": self.conditions,
            "find_text": self.texts,
            "contains": self.texts,
            "find_value": self.labels,
        }
        for call in calls_in(checked.program):
            if call.tool in into:
                into[call.tool] += [str(a.value) for a in call.args if isinstance(a, Literal)]
        return self


def make_scene(rng: random.Random, named: Named) -> Scene:
    """A random scene in which what is named occurs now and then."""
    pixels = np.full((HEIGHT, WIDTH, 3), 200, np.uint8)
    pixels[0, 0] = [rng.randrange(256) for _ in range(3)]
    scene = Scene(Image.from_pixels(pixels))
    cells = [(c, r) for c in range(3, COLUMNS) for r in range(ROWS)]
    rng.shuffle(cells)
    nouns = [parts_of(p) for p in named.phrases] or [("object", frozenset(), frozenset())]
    conditions = [condition_of(c) for c in named.conditions] + [n[2] for n in nouns if n[2]]
    for noun, adjectives, condition in [*nouns, *([("cup", frozenset(), frozenset())] if rng.random() < 0.5 else [])]:
        shape = noun if noun in CHOICES["shape"] else rng.choice(CHOICES["shape"])
        for _ in range(rng.choice((0, 1, 1, 1, 2, 3))):
            if not cells:
                break
            properties = {k: rng.choice(v) for k, v in CHOICES.items()} | {"shape": shape}
            own = set()
            others = [a for n in nouns for a in n[1]]
            told = [t for t in conditions if t <= ADJECTIVES]  # a chair that is "empty" is an "empty chair"
            likely = [*(adjectives if rng.random() < 0.6 else ()), *(a for a in others if rng.random() < 0.3)]
            for word in [*likely, *(w for t in told if rng.random() < 0.4 for w in t)]:
                kind = next((k for k, v in CHOICES.items() if word in v), None)
                if kind:
                    properties[kind] = word
                else:
                    own.add(word)
            if condition and rng.random() < 0.5:
                own |= {w for w in condition if w in ADJECTIVES}
            region = _place(rng, scene.image, cells.pop())
            truths = [t for t in conditions if not t <= ADJECTIVES and rng.random() < 0.5]
            scene.things.append(
                Thing(shape if noun == "object" else noun, properties, own, truths, region, rng.random())
            )
    _write(rng, scene, named)
    return scene


def _place(rng: random.Random, image: Image, cell: tuple[int, int]) -> Region:
    w, h = WIDTH / COLUMNS, HEIGHT / ROWS
    width, height = w * rng.uniform(0.4, 0.9), h * rng.uniform(0.4, 0.9)
    x, y = cell[0] * w + rng.uniform(0, w - width), cell[1] * h + rng.uniform(0, h - height)
    return Region((x, y, x + width, y + height), image.frame, score=0.9)


def _write(rng: random.Random, scene: Scene, named: Named) -> None:
    """Lines, values, entities and codes in the left of the picture, a line on some of the things."""
    frame, used = scene.image.frame, 0

    def line(text: str, box: tuple[float, float, float, float] | None = None) -> Region:
        nonlocal used
        if box is None:
            box = (
                5.0,
                4.0 + 18 * used,
                5.0 + min(220, 6 * len(text) + 4),
                4.0 + 18 * used + rng.choice((11, 12, 13, 14)),
            )
            used += 1
        wide = (box[2] - box[0]) / max(1, len(text))
        found, at = [], 0
        for part in text.split():
            at = text.index(part, at)
            found.append(Word(part, (box[0] + at * wide, box[1], box[0] + (at + len(part)) * wide, box[3]), 0.9))
            at += len(part)
        return Region(box, frame, score=0.9, label="text", text=text, words=tuple(found))

    plain = ["Thank you", "Table for two", "No. 7 of 9", "See over", "All rights kept", "Line of text"]
    texts = [
        f"{rng.choice(('about', 'the', 'our', ''))} {t} {rng.choice(('here', 'now', ''))}".strip()
        for t in named.texts
        for _ in range(rng.choice((0, 1, 1, 2)))
    ]
    texts += rng.sample(plain, rng.randint(0, 4))
    rng.shuffle(texts)
    scene.lines = [line(t) for t in texts]
    for thing in scene.things:
        if rng.random() < 0.5:
            x0, y0, x1, y1 = thing.region.box
            chosen = rng.choice([*named.texts, *plain])
            scene.lines.append(line(chosen, (x0 + 2, y0 + 2, x1 - 2, min(y1 - 2, y0 + 14))))
    for label in dict.fromkeys([*named.labels, "total", "date"]):
        if rng.random() < 0.85 and used < 24:
            scene.values[key_of(label)] = line(
                f"{rng.choice((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)) + rng.randint(0, 99) / 100:.2f}"
            )
    for kind in get_args(Kind):
        made = [
            Region(
                (240.0 + 2 * i, 4.0 + 9 * used + 3 * i, 252.0 + 2 * i, 6.0 + 9 * used + 3 * i),
                frame,
                text=f"{rng.randint(1, 999)}.{rng.randint(10, 99)}",
                label=kind,
            )
            for i in range(rng.choice((0, 1, 1, 2, 3)))
        ]
        used += 1
        scene.entities[kind] = made
    scene.codes = [
        Region((5.0 + 40 * i, 440.0, 35.0 + 40 * i, 470.0), frame, text=f"code {rng.randint(1, 999)}")
        for i in range(rng.choice((0, 1, 1, 2)))
    ]


def key_of(label: str) -> str:
    return canonical(label) or " ".join(words_of(label)) or label.lower()
