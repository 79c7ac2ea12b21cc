"""A symbolic world: random scenes whose contents are known, and every tool as an oracle over them.

A scene is made for the programs that are to be run on it: the things, conditions and texts that they name occur in it
some number of times. Seeing, reading and editing are looked up in the scene; composing is the real tools. Edits paint
their regions, so that two pictures are equal exactly where the same was done to the same.

Lenient by design: `look`, `pick` and `describe` depend on what is looked at and not on the wording; `segment` changes
nothing; e-mail, phone and website are the same by label and by kind.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from agent.language.check import CheckedProgram
from agent.language.syntax import Answer, Assign, Call, Expr, ListOf, Literal
from tools.core import Context, Tool, registered
from tools.labels import canonical
from tools.types import Depth, Image, Region, Regions, Word
from training.requests.valid import _parts

WIDTH, HEIGHT, COLUMNS, ROWS = 640, 480, 8, 5
SAME = {
    "ball": "sphere", "block": "cube", "big": "large", "huge": "large", "tiny": "small", "little": "small", "shiny": "metal", "metallic": "metal",
    "matte": "rubber", "grey": "gray", "thing": "object", "item": "object", "couch": "sofa", "bike": "bicycle", "automobile": "car", "cell": "phone",
    "people": "person", "men": "man", "women": "woman", "children": "child", "kid": "child", "guy": "man", "lady": "woman", "photo": "picture",
    "human": "person", "individual": "person", "mobile": "phone", "smartphone": "phone", "cellphone": "phone", "autos": "car", "mouses": "mouse",
}  # fmt: skip
PEOPLE = {"man", "woman", "boy", "girl", "child", "baby"}
ADJECTIVES = set(
    "red blue green yellow black white orange purple pink brown gray beige golden silver cyan turquoise large small tall long wooden metal rubber plastic leather paper ceramic stone "
    "striped woolen cardboard open closed broken empty old new round square dirty wet folded parked ripe full cracked rusty dark light half-full young rotten clean hot cold glass unripe".split()
)
COLORS = ("red", "blue", "green", "yellow", "black", "white", "gray", "brown", "purple", "cyan")
CHOICES = {"color": COLORS, "size": ("large", "small"), "material": ("metal", "rubber"), "shape": ("cube", "sphere", "cylinder")}
FILLERS = set("a an the of that which who is are be being been it its their his her s wearing worn with in on at to has have having while currently by and there".split())


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
    head, *rest = re.split(r" (?=(?:with|without|wearing|in|on|holding|that|who|of|from|made|carrying|under|at|for|near)\b)", phrase.lower(), maxsplit=1)
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
        kind = generic or (noun == "person" and self.noun in PEOPLE) or (noun in CHOICES["shape"] and self.properties["shape"] == noun)
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
        for statement in checked.program.statements:
            if isinstance(statement, (Assign, Answer)):
                self._expr(statement.value)
        return self

    def _expr(self, expr: Expr) -> None:
        into = {"detect": self.phrases, "where": self.conditions, "find_text": self.texts, "contains": self.texts, "find_value": self.labels}
        if isinstance(expr, Call) and expr.tool in into:
            into[expr.tool] += [str(a.value) for a in expr.args if isinstance(a, Literal)]
        for part in _parts(expr):
            self._expr(part)


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
            for word in [*(adjectives if rng.random() < 0.6 else ()), *(a for a in others if rng.random() < 0.3)]:
                kind = next((k for k, v in CHOICES.items() if word in v), None)
                if kind:
                    properties[kind] = word
                else:
                    own.add(word)
            if condition and rng.random() < 0.5:
                own |= {w for w in condition if w in ADJECTIVES}
            for truth in conditions:
                color = next((w for w in truth if w in COLORS), None)
                if len(truth) == 1 and color and rng.random() < 0.4:
                    properties["color"] = color
            region = _place(rng, scene.image, cells.pop())
            truths = [t for t in conditions if rng.random() < 0.5]
            scene.things.append(Thing(shape if noun == "object" else noun, properties, own, truths, region, rng.random()))
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
            box = (5.0, 4.0 + 18 * used, 5.0 + min(220, 6 * len(text) + 4), 4.0 + 18 * used + rng.choice((11, 12, 13, 14)))
            used += 1
        wide = (box[2] - box[0]) / max(1, len(text))
        found, at = [], 0
        for part in text.split():
            at = text.index(part, at)
            found.append(Word(part, (box[0] + at * wide, box[1], box[0] + (at + len(part)) * wide, box[3]), 0.9))
            at += len(part)
        return Region(box, frame, score=0.9, label="text", text=text, words=tuple(found))

    plain = ["Thank you", "Table for two", "No. 7 of 9", "See over", "All rights kept", "Line of text"]
    texts = [f"{rng.choice(('about', 'the', 'our', ''))} {t} {rng.choice(('here', 'now', ''))}".strip() for t in named.texts for _ in range(rng.choice((0, 1, 1, 2)))]
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
            scene.values[key_of(label)] = line(f"{rng.choice((1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)) + rng.randint(0, 99) / 100:.2f}")
    for kind in ("email", "phone", "url", "date", "time", "money", "number", "card number", "id number"):
        made = [Region((240.0 + 2 * i, 4.0 + 9 * used + 3 * i, 252.0 + 2 * i, 6.0 + 9 * used + 3 * i), frame, text=f"{rng.randint(1, 999)}.{rng.randint(10, 99)}", label=kind) for i in range(rng.choice((0, 1, 1, 2, 3)))]
        used += 1
        scene.entities[kind] = made
    scene.codes = [Region((5.0 + 40 * i, 440.0, 35.0 + 40 * i, 470.0), frame, text=f"code {rng.randint(1, 999)}") for i in range(rng.choice((0, 1, 1, 2)))]


def key_of(label: str) -> str:
    return canonical(label) or " ".join(words_of(label)) or label.lower()


def oracles(scenes: Sequence[Scene]) -> Mapping[str, Tool]:
    """The registry with seeing, reading and editing looked up in the scenes."""
    by_root = {s.image.frame.root: s for s in scenes}

    def of(placed: Any) -> Scene:
        return by_root[placed.frame.root]

    def thing_at(region: Region) -> Thing | None:
        return next((t for t in of(region).things if t.region.box == region.box), None)

    def regions(image: Image, items: Sequence[Region], searched: str) -> Regions:
        placed = [r if r.frame == image.frame else r.with_(frame=image.frame) for r in items]
        return Regions.of(placed, image.frame, searched)

    def detect(ctx: Context, image: Image, phrase: str) -> Regions:
        noun, adjectives, condition = parts_of(phrase)
        return regions(image, [t.region for t in of(image).things if t.fits(noun, adjectives, condition)], phrase)

    def where(ctx: Context, found: Regions, phrase: str) -> Regions:
        truth = condition_of(phrase)
        kept = []
        for r in found:
            t = thing_at(r)
            if t is not None and (truth in t.truths or (truth and t.has(truth))):
                kept.append(r)
        return found.keep(kept)

    def attribute(ctx: Context, region: Region, attribute: str) -> str:
        t = thing_at(region)
        return t.properties[attribute] if t is not None else "none"

    def same_as(ctx: Context, found: Regions, region: Region, attribute_name: str) -> Regions:
        wanted = attribute(ctx, region, attribute_name)
        return found.keep(r for r in found if r.box != region.box and attribute(ctx, r, attribute_name) == wanted)

    def depth(ctx: Context, image: Image) -> Depth:
        values = np.ones((image.height, image.width), np.float32)
        for t in of(image).things:
            x0, y0, x1, y1 = (int(v) for v in t.region.box)
            values[y0 : y1 + 1, x0 : x1 + 1] = t.far
        return Depth(values, image.frame)

    def seen(ctx: Context, looked: Any, *_: Any) -> str:
        return f"seen {getattr(looked, 'box', 'whole')}"

    def classify(ctx: Context, looked: Any, labels: tuple[str, ...]) -> str:
        return random.Random(seen(ctx, looked) + of(looked).image.frame.root).choice(sorted(labels))

    def pick(ctx: Context, image: Image, found: Regions, description: str) -> Region:
        return max(found, key=lambda r: r.box[0] * 7 % 5)

    def value(ctx: Context, image: Image, label: str) -> Regions:
        scene, key = of(image), key_of(label)
        kind = {"email": "email", "phone": "phone", "website": "url"}.get(key)
        items = scene.entities[kind] if kind else [scene.values[key]] if key in scene.values else []
        return regions(image, items, label)

    def text(ctx: Context, image: Image, text: str) -> Regions:
        wanted = text.lower().strip()
        return regions(image, [r for r in of(image).lines if wanted in (r.text or "").lower()], text)

    def painter(name: str) -> Callable[..., Image]:
        def paint(ctx: Context, image: Image, found: Regions) -> Image:
            pixels = image.pixels.copy()
            for n, r in enumerate(found):
                x0, y0, x1, y1 = (int(v) for v in r.box)
                mark = sum(name.encode()) % 199 + (n if name == "mark" else 0)
                pixels[y0 : y1 + 1, x0 : x1 + 1] = pixels[y0 : y1 + 1, x0 : x1 + 1] // 2 + mark % 120
            return image.edited(pixels)

        return paint

    made: dict[str, Callable[..., Any]] = {
        "detect": detect, "where": where, "attribute": attribute, "same_as": same_as, "depth": depth, "look": seen, "describe": seen,
        "classify": classify, "pick": pick, "segment": lambda ctx, image, found: found,
        "segment_all": lambda ctx, image: regions(image, [t.region for t in of(image).things], "thing"),
        "read_text": lambda ctx, image: regions(image, of(image).lines, "text"), "find_text": text, "find_value": value,
        "find_entities": lambda ctx, image, kind: regions(image, of(image).entities[kind], kind),
        "read_codes": lambda ctx, image: regions(image, of(image).codes, "code"),
        "grayscale": lambda ctx, image: image.edited(image.pixels // 3), "rotate": lambda ctx, image, n: image.edited(image.pixels // 2 + n // 9),
    }  # fmt: skip
    made |= {n: painter(n) for n in ("crop", "blur", "pixelate", "highlight", "cut_out", "color_pop", "remove", "redact", "mark")}
    return {name: replace(t, function=_by_position(made[name])) if name in made else t for name, t in registered().items()}


def _by_position(function: Callable[..., Any]) -> Callable[..., Any]:
    """The interpreter passes arguments by the real tools' names, in their order."""
    return lambda ctx, **arguments: function(ctx, *arguments.values())
