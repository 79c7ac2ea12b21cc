"""Sets of things: what a noun phrase of a request means, with its English and Korean words.

A Found carries the tree and the words together, so that every family asks about the same meanings.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from tools.adapters.kiwi import morphemes
from training.requests import pools
from training.requests.program import IMAGE, Call, Name, call
from training.requests.words import (
    CATEGORIES,
    COLORS,
    MATERIALS,
    SIZES,
    STATES,
    plural,
)  # fmt: skip

STEMS = ("VV", "VA", "VX", "XSV", "XSA")
PLACES = ("위", "아래", "밑", "옆", "앞", "뒤", "안", "속", "곁", "가", "쪽", "사이", "바닥", "구석")
SIDES = {
    "left_of": (
        ("to the left of", "left of", "on the left side of", "on the left of"),
        "왼쪽에 있는|왼쪽에 있는|왼편에 있는|왼쪽의|왼쪽에 놓인",
    ),
    "right_of": (
        ("to the right of", "right of", "on the right side of", "on the right of"),
        "오른쪽에 있는|오른쪽에 있는|오른편에 있는|오른쪽의|오른쪽에 놓인",
    ),
    "above": (("above", "over", "higher than", "up above"), "위쪽에 있는|위에 있는|위쪽의"),
    "below": (("below", "underneath", "beneath", "lower than"), "아래쪽에 있는|아래에 있는|밑에 있는"),
    "in_front_of": (("in front of", "before"), "앞에 있는|앞에 있는|앞쪽에 있는|앞에 놓인"),
    "behind": (("behind", "in back of", "at the back of"), "뒤에 있는|뒤에 있는|뒤쪽에 있는|뒤편에 있는"),
    "inside": (("inside", "in", "within", "inside of"), "안에 있는|안에 있는|속에 있는"),
}
CHOICES = {
    "largest": (("largest", "biggest"), "가장 큰|제일 큰"), "smallest": (("smallest", "tiniest"), "가장 작은|제일 작은"),
    "leftmost": (("leftmost", "furthest left", "most left"), "가장 왼쪽에 있는|맨 왼쪽에 있는|제일 왼쪽의"),
    "rightmost": (("rightmost", "furthest right", "most right"), "가장 오른쪽에 있는|맨 오른쪽에 있는|제일 오른쪽의"),
    "topmost": (("topmost", "highest", "uppermost"), "가장 위에 있는|맨 위에 있는|맨 위의"), "bottommost": (("bottommost", "lowest"), "가장 아래에 있는|맨 아래에 있는|맨 밑의"),
    "closest": (("closest", "nearest"), "가장 가까운|제일 가까운"), "farthest": (("farthest", "most distant"), "가장 먼|제일 먼"),
    "first": (("first",), "첫 번째|첫째"), "last": (("last",), "마지막|맨 마지막"),
}  # fmt: skip


@dataclass(frozen=True)
class Found:
    """Things and how they are called.

    tree: a Regions. one, many: the bare English noun phrase. after: what follows the noun. korean: the Korean phrase.
    phrase: what stands in detect. category: a key of CATEGORIES or "". hint: a name for it in programs.
    """

    tree: Call
    one: str
    many: str
    korean: str
    phrase: str
    category: str
    hint: str
    after: str = ""

    @property
    def the_one(self) -> str:
        return f"the {self.one}{self.after}"

    @property
    def a(self) -> str:
        article = "an" if self.one[0] in "aeiou" and not self.one.startswith(("uni", "one", "eu")) else "a"
        return f"{article} {self.one}{self.after}"

    @property
    def all(self) -> str:
        return self.many + self.after


def thing(rng: random.Random, image: Name = IMAGE, plain: float = 0.4, category: str | None = None) -> Found:
    """Something to detect: a noun, often with a property."""
    names = list(CATEGORIES)
    weights = [16, 10, 9, 10, 9, 20, 8, 9, 9, 5, 5]
    category = category or rng.choices(names, weights)[0]
    rare = rng.random() < 0.5
    one, many, korean = pools.thing(rng, category, "ko") if rare else rng.choice(CATEGORIES[category])
    if rng.random() < 0.05:
        one, many, korean, category = "object", "objects", "물체", "object"
    parts: list[tuple[str, str]] = []
    if rng.random() > plain and category not in ("person", "part"):
        kinds: list[dict[str, str]] = [COLORS, COLORS, SIZES]
        if category in ("kitchen", "furniture", "object", "clothing", "place"):
            kinds += [MATERIALS, STATES]
        pool = rng.choice(kinds)
        parts.append(rng.choice(list(pool.items())))
        if pool is SIZES and rng.random() < 0.3:
            parts.append(rng.choice(list(COLORS.items())))
    english = "".join(p[0] + " " for p in parts)
    phrase = english + one
    tree = call("detect", image, phrase, hint=plural(one.split()[-1]) if many != one else one.split()[-1])
    return Found(
        tree, english + one, english + many, "".join(p[1] + " " for p in parts) + korean, phrase, category, tree.hint
    )


def condition(rng: random.Random, category: str) -> tuple[str, str]:
    """Something that may be true of a thing: English and Korean."""
    return pools.condition(rng, category, "ko")


def such(rng: random.Random, base: Found, negated: bool | None = None) -> Found:
    """The things of which a condition is true, or (`negated`) is not."""
    english, korean = condition(rng, base.category)
    if negated is None:
        negated = rng.random() < 0.22 and not english.startswith(("without",))
    kept = call("where", base.tree, english.removeprefix("that is "), hint=base.hint)
    if not negated:
        after = english
        if english.split()[0].endswith("ing") and rng.random() < 0.4:
            after = rng.choice(("who are ", "that are ") if base.category == "person" else ("that are ",)) + english
        elif english.startswith(("on ", "in ", "under ", "by ")) and rng.random() < 0.3:
            after = "that are " + english
        elif english.startswith("that is"):
            after = english.replace("that is", "that are")
        elif english.startswith("wearing") and rng.random() < 0.3:
            after = english.replace("wearing", rng.choice(("with", "in")))
            kept = call("where", base.tree, after, hint=base.hint)
        return replace(base, tree=kept, korean=f"{korean} {base.korean}", after=" " + after)
    tree = call("minus", base.tree, kept, hint=base.hint)
    bare = english.removeprefix("that is ")
    after = rng.choice(("not ", "who are not ", "that aren't ", "that are not "))
    if base.category != "person":
        after = after.replace("who", "that")
    if english.startswith("with ") and rng.random() < 0.7:
        after, bare = "without ", bare.removeprefix("with ")
    elif english.startswith(("wearing", "holding", "carrying")) and rng.random() < 0.35:
        after, bare = "without ", bare.split(" ", 1)[1]
    return replace(base, tree=tree, korean=f"{negate(korean)} {base.korean}", after=" " + after + bare)


@lru_cache(4096)
def negate(korean: str) -> str:
    """`모자를 쓴` -> `모자를 쓰지 않은`, `지붕 위의` -> `지붕 위에 있지 않은`, `맨발인` -> `맨발이 아닌`."""
    found = morphemes(korean)
    stem, ending = found[-2:] if len(found) > 1 else (found[0], found[0])
    if ending.tag == "ETM" and stem.tag in STEMS:
        negation = "지 않는" if ending.form == "는" and stem.form not in ("있", "없") else "지 않은"
        return korean[: stem.start] + stem.form + negation
    if ending.tag == "JKG" and stem.form in PLACES:
        return korean[:-1] + "에 있지 않은"
    noun = korean[: stem.start] if stem.tag == "VCP" else korean.removesuffix("의")
    return noun + ("이 아닌" if (ord(noun[-1]) - ord("가")) % 28 else "가 아닌")


def related(
    rng: random.Random, base: Found, anchor: Any, words: str, korean: str, relation: str | None = None
) -> Found:
    """The things that lie on one side of an anchor (a tree of a Region with its words)."""
    relation = relation or rng.choices(list(SIDES), (6, 6, 4, 4, 3, 3, 2))[0]
    ways, sides = SIDES[relation]
    side = ("의 " if rng.random() < 0.3 else " ") + rng.choice(sides.split("|"))
    extra = [call("depth", IMAGE, hint="d")] if relation in ("in_front_of", "behind") else []
    tree = call(relation, base.tree, anchor, *extra, hint=base.hint)
    return replace(
        base, tree=tree, korean=f"{korean}{side} {base.korean}", after=f"{base.after} {rng.choice(ways)} {words}"
    )


def single(found: Found) -> Call:
    """The only one of these."""
    return call("only", found.tree, hint=found.hint.removesuffix("s"))


def chosen(rng: random.Random, base: Found, how: str | None = None) -> tuple[Call, str, str]:
    """One of the things by a superlative: tree, English with article, Korean."""
    how = how or rng.choices(list(CHOICES), (6, 5, 5, 5, 3, 3, 3, 2, 1, 1))[0]
    ways, korean_ways = CHOICES[how]
    word, korean = rng.choice(ways), rng.choice(korean_ways.split("|"))
    extra = [call("depth", IMAGE, hint="d")] if how in ("closest", "farthest") else []
    english = f"the {word} {base.one}{base.after}"
    if how in ("leftmost", "rightmost") and rng.random() < 0.3:
        english = f"the {base.one}{base.after} on the far {how[:-4]}"
    if how in ("closest", "farthest"):
        english = (
            f"the {base.one}{base.after} {word} to the camera"
            if how == "closest"
            else f"the {base.one}{base.after} {word} from the camera"
        )
        korean = "카메라에서 " + korean
    return call(how, base.tree, *extra, hint=base.hint.removesuffix("s")), english, f"{korean} {base.korean}"


def some(rng: random.Random, hard: float = 0.45) -> Found:
    """Things as questions are asked about them: plain, with a condition, or beside something."""
    base = thing(rng)
    roll = rng.random()
    if roll > hard:
        return base
    if roll < hard * 0.45:
        return such(rng, base)
    anchor = thing(rng)
    if rng.random() < 0.18:
        farther = thing(rng, plain=0.7)
        anchor = related(rng, anchor, single(farther), farther.the_one, farther.korean)
    elif rng.random() < 0.2:
        tree, english, korean = chosen(rng, anchor)
        return related(rng, base, tree, english, korean)
    return related(rng, base, single(anchor), anchor.the_one, anchor.korean)
