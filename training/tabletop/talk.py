"""Questions about tabletop scenes with short answers, for a language model that is shown an object at a time.

An object's size is asked and told only where the picture shows more than it alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from tools.adapters.scene_description import listing
from training.tabletop.phrases import NOUNS, Phrase, draw, plain, worded
from training.tabletop.scenes import ATTRIBUTES

Turn = tuple[str, str]
NAMES = list(ATTRIBUTES)
SIZE, COLOR, MATERIAL, SHAPE = range(4)
DESCRIBE = ("Describe this picture.", "Describe this picture.", "Describe the picture", "What is in this picture?",
            "What do you see?", "describe what you see", "What does the picture show?")  # fmt: skip
ASK = {
    "color": ("What color is {}?", "What is the color of {}?", "what colour is {}", "{}: what color?"),
    "shape": ("What shape is {}?", "What is the shape of {}?", "what shape does {} have"),
    "material": ("What is {} made of?", "What material is {}?", "What is the material of {}?", "what's {} made of"),
    "size": ("What size is {}?", "How big is {}?", "What is the size of {}?"),
}


def told(values: NDArray[np.int64], sized: bool = True) -> str:
    """An object in words: "small red metal cube"."""
    return plain([int(v) if sized or i != SIZE else -1 for i, v in enumerate(values)]).text


def description(attributes: NDArray[np.int64]) -> str:
    """A sentence that names every object, in the order given."""
    things = [told(row) for row in attributes]
    return f"There is a {things[0]}." if len(things) == 1 else listing(things)


def named(attributes: NDArray[np.int64], k: int, rng: random.Random) -> Phrase | None:
    """A phrase that names object k and no other, or None where none is short enough to be found."""
    for _ in range(8):
        mask = rng.sample(range(4), rng.choice((1, 2, 2, 3, 4)))
        phrase = worded([int(attributes[k, i]) if i in mask else -1 for i in range(4)], rng)
        if phrase.match(attributes).sum() == 1:
            return phrase
    return None


def the(phrase: Phrase, rng: random.Random) -> str:
    """A phrase with its article, in the singular."""
    words = [w for w in phrase.text.split() if w not in ("the", "a", "an", "all", "every", "any")]
    words[-1] = next((one for pairs in NOUNS.values() for one, many in pairs if many == words[-1]), words[-1])
    if words[-1] in ("object", "thing", "item") and len(words) > 1 and rng.random() < 0.4:
        words[-1] = "one"
    return "the " + " ".join(words)


def scene(attributes: NDArray[np.int64], places: Sequence[tuple[int, int, int]], rng: random.Random) -> Turn:
    """A question about a picture of several objects (or one), shown from left to right."""
    return rng.choices((_describe, _attribute, _exists, _is, _which, _count, _number), (5, 7, 3, 3, 6, 3, 2))[0](
        attributes, places, rng
    )


def alone(values: NDArray[np.int64], rng: random.Random) -> Turn:
    """A question about a picture of one object and nothing else."""
    kind, what = rng.random(), rng.choice([n for n in NAMES if n != "size"])
    value = ATTRIBUTES[what][values[NAMES.index(what)]]
    if kind < 0.3:
        return rng.choice((*DESCRIBE, "What is this?", "what is it")), f"A {told(values, sized=False)}."
    it = rng.choice(("it", "this", "the object", "the thing", f"the {ATTRIBUTES['shape'][values[SHAPE]]}"))
    if kind < 0.7:
        return rng.choice(ASK[what]).format(it if what != "shape" else "it"), value
    return _yes_no(it, values, what, rng)


def _yes_no(it: str, values: NDArray[np.int64], what: str, rng: random.Random) -> Turn:
    i = NAMES.index(what)
    asked = int(values[i]) if rng.random() < 0.5 else rng.randrange(len(ATTRIBUTES[what]))
    phrase = worded([asked if j == i else -1 for j in range(4)], rng).text.split()
    word = (
        phrase[-1] if what == "shape" else next(w for w in phrase if w not in ("the", "a", "an", "all", "every", "any"))
    )
    if what == "shape":
        word = "a " + next((one for pairs in NOUNS.values() for one, many in pairs if many == word), word)
    made = "made of " if word in ("rubber", "metal") and rng.random() < 0.5 else ""
    return f"Is {it} {made}{word}?", "Yes" if asked == values[i] else "No"


def _describe(attributes: NDArray[np.int64], places: Sequence[tuple[int, int, int]], rng: random.Random) -> Turn:
    return rng.choice(DESCRIBE), description(attributes)


def _attribute(attributes: NDArray[np.int64], places: Sequence[tuple[int, int, int]], rng: random.Random) -> Turn:
    k = rng.randrange(len(attributes))
    phrase = named(attributes, k, rng)
    what = rng.choice(NAMES)
    it = f"number {k + 1}" if phrase is None or rng.random() < 0.15 else the(phrase, rng)
    return rng.choice(ASK[what]).format(it), ATTRIBUTES[what][attributes[k, NAMES.index(what)]]


def _exists(attributes: NDArray[np.int64], places: Sequence[tuple[int, int, int]], rng: random.Random) -> Turn:
    phrase = draw(attributes, rng)
    noun = the(phrase, rng).removeprefix("the ")
    article = "an" if noun[0] in "aeiou" else "a"
    way = rng.choice(("Is there {}?", "Is there {} in the picture?", "do you see {}", "Can you see {}?"))
    return way.format(f"{article} {noun}"), "Yes" if phrase.match(attributes).any() else "No"


def _is(attributes: NDArray[np.int64], places: Sequence[tuple[int, int, int]], rng: random.Random) -> Turn:
    k = rng.randrange(len(attributes))
    phrase = named(attributes, k, rng)
    it = f"number {k + 1}" if phrase is None or rng.random() < 0.3 else the(phrase, rng)
    return _yes_no(it, attributes[k], rng.choice(NAMES), rng)


def _which(attributes: NDArray[np.int64], places: Sequence[tuple[int, int, int]], rng: random.Random) -> Turn:
    k = rng.randrange(len(attributes))
    phrase = named(attributes, k, rng)
    best: dict[str, Callable[[int], int]] = {
        "leftmost": lambda i: places[i][0], "rightmost": lambda i: -places[i][0],
        "closest": lambda i: -places[i][1], "farthest": lambda i: places[i][1],
    }  # fmt: skip
    if phrase is None or rng.random() < 0.25:
        how = rng.choice(list(best))
        ways = {
            "leftmost": ("the leftmost one", "the one on the far left"), "closest": ("the closest one", "the nearest"),
            "rightmost": ("the rightmost one", "the one on the far right"), "farthest": ("the farthest one",),
        }  # fmt: skip
        k, said = min(range(len(attributes)), key=best[how]), rng.choice(ways[how])
    else:
        said = the(phrase, rng)
    if rng.random() < 0.3:
        said = said.removeprefix("the ")
    return f"Which number is {said}?", str(k + 1)


def _count(attributes: NDArray[np.int64], places: Sequence[tuple[int, int, int]], rng: random.Random) -> Turn:
    phrase = draw(attributes, rng)
    words = phrase.text.split()
    many = next((m for pairs in NOUNS.values() for one, m in pairs if one == words[-1]), words[-1])
    words = [w for w in words[:-1] if w not in ("the", "a", "an", "all", "every", "any")]
    way = rng.choice(("How many {} are there?", "how many {}", "count the {}"))
    return way.format(" ".join([*words, many])), str(int(phrase.match(attributes).sum()))


def _number(attributes: NDArray[np.int64], places: Sequence[tuple[int, int, int]], rng: random.Random) -> Turn:
    k = rng.randrange(len(attributes))
    return rng.choice(("What is number {}?", "Describe number {}.")).format(k + 1), f"A {told(attributes[k])}."
