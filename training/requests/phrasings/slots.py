"""What fills the slots of phrasings. A slot means the same wherever it stands in a line.

things     {thing} anything, or one of {person} {animal} {vehicle} {kitchen} {furniture} {object} {clothing} {food} {place}
           {plant} {part}; {block} a tabletop object ("small shiny cube"). Now and then with a color, size, material or
           state, unless {color} or the like stands before it in the request. `{thing}` is singular ("red mug"),
           `{thing:s}` plural, `{thing:a}` with its article; in programs always the singular phrase.
properties {color} {size} {material}; {doing} what may be true of a person ("wearing a hat"), {state} of a thing ("on
           the table")
numbers    {n} 1 to 10, as a digit or a word; in programs a digit
texts      {text} a text to be found in a picture, now and then in quotes; {name} a name; both as they are in programs
labels     {label} the words for a printed label ("grand total"), its key in programs; {amount} such with a sum of
           money; {day} such with a date; {field} a label that Eyeshot has no key for, as it is
entities   {entity} "e-mail address", `{entity:s}` plural; its kind in programs

A digit tells slots apart: {thing1} {thing2}. Korean ones take a particle, `{thing:을/를}`, and {c} counts {thing} ("명").
"""

from __future__ import annotations

import random
import re

from training.requests import pools, tabletop
from training.requests.korean_voice import j
from training.requests.korean_words import COUNTERS
from training.requests.pools import FIELDS, TEXTS
from training.requests.program import IMAGE, call
from training.requests.seeing import NUMBERS
from training.requests.sets import Found
from training.requests.words import (
    CATEGORIES,
    COLORS,
    ENTITIES,
    LABEL_WORDS,
    MATERIALS,
    SIZES,
    STATES,
    invented,
    listed,
    plural,
)

SLOT = re.compile(r"\{([a-z]+)(\d?)(?::([^}]*))?\}")
PARTICLES = re.compile(r"^[가-힣]+/[가-힣]+$")
AMOUNTS = ("total", "subtotal", "tax", "tip", "discount", "cash", "change", "shipping", "price", "amount")
DAYS = ("date", "due date", "delivery date", "expiry date", "best before", "production date", "date of birth")
CLASHING = ("person", "part")


class Fill:
    """The words of one example: each slot is drawn when it is first met."""

    def __init__(self, rng: random.Random, lang: str, request: str) -> None:
        self.rng, self.lang, self.request = rng, lang, request
        self.drawn: dict[str, tuple[str, str, str, str]] = {}  # English, its plural, Korean, what stands in programs
        self.category: dict[str, str] = {}

    def asked(self, slot: re.Match[str]) -> str:
        """What stands in the request."""
        kind, digit, form = slot.groups()
        if kind == "c":
            return COUNTERS.get(self._category(), "개")
        one, many, korean, _ = self._draw(kind, digit)
        if self.lang == "ko":
            return j(korean, form) if form and PARTICLES.match(form) else korean
        if form == "s":
            return many
        return (
            f"{'an' if one[:1].lower() in 'aeiou' and not one.startswith(('uni', 'one', 'eu')) else 'a'} {one}"
            if form == "a"
            else one
        )

    def meant(self, slot: re.Match[str]) -> str:
        """What stands in the program; `{thing:s}` there is an answer in words, the English plural."""
        drawn = self._draw(slot[1], slot[2])
        return drawn[1] if slot[3] == "s" else drawn[3]

    def base(self, kind: str, digit: str) -> Found:
        """The things of a slot, for a phrase to grow from; in programs under the name of their noun."""
        one, many, korean, phrase = self._draw(kind, digit)
        category = self.category.get(kind + digit, "table")
        hint = many.split()[-1]
        return Found(call("detect", IMAGE, phrase, hint=hint), one, many, korean, phrase, category, hint)

    def _category(self) -> str:
        return next(iter(self.category.values()), "")

    def _draw(self, kind: str, digit: str) -> tuple[str, str, str, str]:
        key = kind + digit
        if key not in self.drawn:
            self.drawn[key] = self._fresh(kind, key)
        return self.drawn[key]

    def _fresh(self, kind: str, key: str) -> tuple[str, str, str, str]:
        rng, meant = self.rng, {d[3] for d in self.drawn.values()}
        if kind == "block":
            while (found := tabletop.item(rng)).phrase in meant:
                pass
            return found.one, found.many, found.korean, found.phrase
        if kind == "thing" or kind in CATEGORIES:
            return self._thing(kind, key)
        if kind in ("color", "size", "material"):
            pool = {"color": COLORS, "size": SIZES, "material": MATERIALS}[kind]
            word = rng.choice([w for w in pool if w not in {d[0] for d in self.drawn.values()}])
            return word, word, pool[word], word
        if kind in ("doing", "state"):
            category = "person" if kind == "doing" else self._category()
            taken = {d[3] for d in self.drawn.values()}
            english, korean = pools.condition(rng, category, self.lang, tuple(taken))
            bare = english.removeprefix("that is ")
            return bare, bare, korean, bare
        if kind == "n":
            n = rng.randint(1, 10)
            shown = NUMBERS[n] if rng.random() < 0.45 and self.lang == "en" else str(n)
            return shown, shown, str(n), str(n)
        if kind == "text":
            text = invented(rng) if rng.random() < 0.3 else listed(rng, TEXTS[self.lang])
            before = self.request.split("{" + key)[0][-1:]
            shown = rng.choice((f'"{text}"', f"'{text}'", text)) if before not in "\"'“‘" else text
            return shown, shown, shown, text
        if kind == "name":
            word = invented(rng)
            return word, word, word, word
        if kind in ("label", "amount", "day"):
            keys = AMOUNTS if kind == "amount" else DAYS if kind == "day" else list(LABEL_WORDS)
            chosen = rng.choice([k for k in keys if k not in meant])
            english, korean = (rng.choice(words.split("|")) for words in LABEL_WORDS[chosen])
            return english, plural(english), korean, chosen
        if kind == "field":
            word = rng.choice(FIELDS[self.lang])
            return word, plural(word), word, word
        if kind == "entity":
            chosen = rng.choice([k for k in ENTITIES if k not in meant])
            one, _, many = rng.choice(ENTITIES[chosen][0].split("|")).partition("/")
            return one, many, rng.choice(ENTITIES[chosen][1].split("|")), chosen
        raise KeyError(f"no slot {{{key}}}; there are those of training/requests/phrasings/slots.py")

    def _thing(self, kind: str, key: str) -> tuple[str, str, str, str]:
        rng = self.rng
        taken = {d[3].split(" ")[-1] for d in self.drawn.values()}
        category = (
            kind if kind in CATEGORIES else rng.choices(list(CATEGORIES), (8, 8, 9, 12, 10, 22, 9, 10, 8, 5, 3))[0]
        )
        options = [w for w in CATEGORIES[category] if w[0].split(" ")[-1] not in taken] or CATEGORIES[category]
        if rng.random() < 0.65:
            one, many, korean = pools.thing(rng, category, self.lang, tuple(taken))
        else:
            one, many, korean = rng.choice(options)
        self.category[key] = category
        english, korean_words = "", ""
        told = re.search(r"\{(color|size|material|state|doing)\d?\} \{" + key, self.request)
        if not told and category not in CLASHING and rng.random() < 0.3:
            kinds = [COLORS, COLORS, SIZES]
            if category in ("kitchen", "furniture", "object", "clothing"):
                kinds += [MATERIALS, STATES]
            word, in_korean = rng.choice(list(rng.choice(kinds).items()))
            english, korean_words = word + " ", in_korean + " "
        return english + one, english + many, korean_words + korean, english + one
