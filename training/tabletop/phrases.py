"""Noun phrases for tabletop objects: how they are worded, which objects they name, and the captions to train on.

A phrase is a set of attribute values (`Phrase.values`) and a wording of it. The words follow the CLEVR paper (Johnson
et al., CVPR 2017, synonyms of its question generator) and a few more. A phrase that holds a word outside the vocabulary
names nothing.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.tabletop.scenes import ATTRIBUTES

ADJECTIVES: dict[str, tuple[str, ...]] = {
    "small": ("small", "small", "tiny", "little"),
    "large": ("large", "large", "big"),
    "gray": ("gray", "gray", "grey"),
    "red": ("red",),
    "blue": ("blue",),
    "green": ("green",),
    "brown": ("brown",),
    "purple": ("purple", "purple", "purple", "violet"),
    "cyan": ("cyan", "cyan", "cyan", "turquoise"),
    "yellow": ("yellow",),
    "rubber": ("rubber", "rubber", "matte"),
    "metal": ("metal", "metal", "metallic", "shiny"),
}
"""Each value's wordings; repetition is weight."""

NOUNS: dict[str | None, tuple[tuple[str, str], ...]] = {
    "cube": (("cube", "cubes"), ("cube", "cubes"), ("block", "blocks")),
    "sphere": (("sphere", "spheres"), ("sphere", "spheres"), ("ball", "balls")),
    "cylinder": (("cylinder", "cylinders"),),
    None: (("object", "objects"), ("object", "objects"), ("thing", "things"), ("item", "items")),
}
"""Each shape's nouns, singular and plural; None where the phrase names no shape."""

ARTICLES = ("the", "a", "an", "all", "every", "any")
FOREIGN = ("mug", "dog", "laptop", "person", "cone", "pyramid", "wooden", "orange", "pink", "glass", "torus", "text")
"""Words that name nothing here; the tokenizer maps them all to its unknown token."""


@dataclass(frozen=True)
class Phrase:
    """A wording and what it asks for: a value id per attribute in the order of `ATTRIBUTES`, -1 where it asks nothing.

    `absent` phrases hold a foreign word and name nothing whatever their values.
    """

    text: str
    values: tuple[int, int, int, int]
    absent: bool = False

    def match(self, attributes: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(objects,) True for the rows of `attributes` (objects, 4) that the phrase names."""
        wanted = np.array(self.values)
        hit = ((wanted == -1) | (attributes == wanted)).all(axis=1)
        result: NDArray[np.bool_] = hit & (not self.absent)
        return result


def vocabulary() -> list[str]:
    """Every word that a phrase may hold, sorted."""
    words = {w for ways in ADJECTIVES.values() for w in ways} | set(ARTICLES)
    return sorted(words | {w for ways in NOUNS.values() for pair in ways for w in pair})


def plain(values: Sequence[int]) -> Phrase:
    """The phrase in the paper's own words and order: "small red metal cube", "large object"."""
    words = [names[v] for (name, names), v in zip(ATTRIBUTES.items(), values, strict=True) if v >= 0]
    if values[3] < 0:
        words.append("object")
    return Phrase(" ".join(words), (values[0], values[1], values[2], values[3]))


def worded(values: Sequence[int], rng: random.Random, foreign: bool = False) -> Phrase:
    """A free wording: synonyms, plurals, articles, now and then another order of the adjectives."""
    adjectives = [
        rng.choice(ADJECTIVES[names[v]])
        for (name, names), v in zip(ATTRIBUTES.items(), values, strict=True)
        if v >= 0 and name != "shape"
    ]
    if len(adjectives) > 1 and rng.random() < 0.15:
        rng.shuffle(adjectives)
    shape = None if values[3] < 0 else ATTRIBUTES["shape"][values[3]]
    noun = rng.choice(NOUNS[shape])[rng.random() < 0.35]
    if foreign:
        if rng.random() < 0.6 or not adjectives:
            noun = rng.choice(FOREIGN)
        else:
            adjectives[rng.randrange(len(adjectives))] = rng.choice(FOREIGN)
    if rng.random() < 0.06:
        adjectives.insert(0, rng.choice(ARTICLES))
    return Phrase(" ".join([*adjectives, noun]), (values[0], values[1], values[2], values[3]), foreign)


MASKS = (
    (0, 0, 0, 0),
    (0, 0, 0, 1),
    (0, 0, 0, 1),
    (0, 1, 0, 0),
    (0, 0, 1, 0),
    (1, 0, 0, 0),
    (0, 1, 0, 1),
    (0, 1, 0, 1),
    (1, 1, 1, 1),
    (1, 1, 1, 1),
    (0, 0, 1, 1),
    (1, 0, 0, 1),
)
"""Which attributes a phrase names (size, colour, material, shape), drawn evenly from these and a quarter at random."""


def draw(attributes: NDArray[np.int64], rng: random.Random) -> Phrase:
    """One phrase for a scene with these objects: true of one of them (70%), one value off (20%), or any at all."""
    values = list(attributes[rng.randrange(len(attributes))]) if len(attributes) else [0, 0, 0, 0]
    kind = rng.random()
    mask = rng.choice(MASKS) if rng.random() < 0.75 else tuple(rng.randint(0, 1) for _ in range(4))
    asked = [int(v) if m else -1 for v, m in zip(values, mask, strict=True)]
    named = [i for i, v in enumerate(asked) if v >= 0]
    sizes = [len(v) for v in ATTRIBUTES.values()]
    if kind > 0.9:
        asked = [rng.randrange(n) if v >= 0 else -1 for v, n in zip(asked, sizes, strict=True)]
    elif kind > 0.7 and named:
        i = rng.choice(named)
        asked[i] = (asked[i] + rng.randrange(1, sizes[i])) % sizes[i]
    return worded(asked, rng, foreign=rng.random() < 0.04)


def caption(scenes: Sequence[NDArray[np.int64]], rng: random.Random) -> list[Phrase]:
    """The phrases of one caption for a batch of scenes: twenty in 45% of captions, six in 20%, one to three in 35%."""
    kind = rng.random()
    count = 20 if kind < 0.45 else 6 if kind < 0.65 else rng.randint(1, 3)
    phrases: dict[str, Phrase] = {}
    for _ in range(4 * count):
        phrase = draw(scenes[rng.randrange(len(scenes))], rng)
        phrases.setdefault(phrase.text, phrase)
        if len(phrases) == count:
            break
    return list(phrases.values())
