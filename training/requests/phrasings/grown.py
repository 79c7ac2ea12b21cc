"""A noun of a phrasing grows into a noun phrase: "the mug" becomes "the mug left of the lamp that is on the desk".

A slot for things grows where the request has it once and the program only as `detect(image, "{slot}")`; the phrase then
says which of the things are meant, and the program selects them.
"""

from __future__ import annotations

import random
import re
from dataclasses import replace

from training.requests import tabletop
from training.requests.korean_voice import j
from training.requests.phrasings.slots import PARTICLES, SLOT, Fill
from training.requests.program import expression
from training.requests.sets import SIDES, Found, chosen, related, single, such, thing
from training.requests.words import CATEGORIES

SHARE = 0.3
"""Of the phrasings in which a noun can grow."""
LADEN = re.compile(
    r"^ *(\{|that|which|who|with|on|in|under|near|next|behind|left|right|above|below|inside|wearing|holding|by|beside|at|of|not|"
    r"from|closest|nearest|standing|sitting|to the|except|but|without|made|made of|[a-z]+ing )\b"
)
SIDES_OF_BLOCKS = ("left_of", "right_of", "in_front_of", "behind")


def grow(rng: random.Random, fill: Fill, request: str, program: str) -> tuple[str, str]:
    """Request and program with one slot grown, or as they are; the other slots stay slots."""
    able = [slot for slot in SLOT.finditer(request) if _able(slot, request, program, fill.lang)]
    if not able or rng.random() > SHARE:
        return request, program
    slot = rng.choice(able)
    key, form = slot[1] + slot[2], slot[3]
    found = _phrase(rng, fill.base(slot[1], slot[2]), slot[1] == "block")
    if fill.lang == "ko":
        said = j(found.korean, form) if form and PARTICLES.match(form) else found.korean
    else:
        one = (
            found.after.replace(" that are", " that is")
            .replace(" that aren't", " that isn't")
            .replace(" who are", " who is")
        )
        said = found.all if form == "s" else replace(found, after=one).a if form == "a" else found.one + one
    text = expression(found.tree)
    return request[: slot.start()] + said + request[slot.end() :], program.replace(f'detect(image, "{{{key}}}")', text)


def _able(slot: re.Match[str], request: str, program: str, lang: str) -> bool:
    kind, key = slot[1], slot[1] + slot[2]
    if not (kind == "thing" or kind == "block" or kind in CATEGORIES):
        return False
    whole, before, after = f'detect(image, "{{{key}}}")', request[: slot.start()], request[slot.end() :]
    if request.count("{" + key) > 1 or program.count("{" + key) != program.count(whole) or whole not in program:
        return False
    if lang == "ko":
        return not re.search(r"(는|은|ㄴ|의|\}) ?$", before)  # nothing else stands before the noun
    article = slot[3] in ("s", "a") or before.endswith("the ")
    return article and not LADEN.match(after) and not before.endswith("} ")


def _phrase(rng: random.Random, base: Found, block: bool) -> Found:
    """The things of `base` with one or two conditions."""
    if block:
        anchor = tabletop.anchored(rng, rng.choice((0, 0, 0, 1)))
        return related(rng, base, single(anchor), anchor.the_one, anchor.korean, rng.choice(SIDES_OF_BLOCKS))
    roll = rng.random()
    if roll < 0.42:
        return such(rng, base)
    other = thing(rng, plain=0.6)
    if roll > 0.9:
        base = such(rng, base, negated=False)
    elif roll > 0.8:
        other = such(rng, other, negated=False)
        other = replace(other, after=other.after.replace(" that are", " that is").replace(" who are", " who is"))
    elif roll > 0.7:
        tree, english, korean = chosen(rng, other)
        return related(rng, base, tree, english, korean)
    return related(rng, base, single(other), other.the_one, other.korean, rng.choice(list(SIDES)))
