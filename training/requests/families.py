"""What is asked how often, and the endless stream of checked examples."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import accumulate
from typing import Any

from agent.language.check import check
from tools.core import registered
from training.requests import korean, program
from training.requests.contexts import in_context
from training.requests.edits import EDITS
from training.requests.limits import outside, several
from training.requests.more import MORE, earlier
from training.requests.papers import READING
from training.requests.phrasings import Phrasing, phrasings
from training.requests.seeing import SEEING
from training.requests.tabletop import TABLETOP
from training.requests.tabletop_korean import TABLETOP_KOREAN
from training.requests.valid import errors
from training.requests.voice import voiced
from training.requests.words import HeldOut

COPIED = re.compile(r'(?:find_text\(\w+|find_value\(\w+|contains\(.*?), "((?:[^"\\]|\\.)*)"')
SHARES = {
    "phrased_en": 0.38, "phrased_ko": 0.36, "reading": 0.025, "edits": 0.025, "tabletop": 0.08, "tabletop_ko": 0.06, "seeing": 0.015,
    "more": 0.02, "korean": 0.01, "outside": 0.01, "several": 0.005, "earlier": 0.01, "registry": 0.005,
}  # fmt: skip


@dataclass(frozen=True)
class Example:
    """One request with its program, the names that are live, its language and family."""

    request: str
    program: str
    names: dict[str, str]
    lang: str
    family: str


def draw(rng: random.Random, times: Mapping[str, float] | None = None, refusals: float = 1.0) -> Example:
    """One example, unchecked.

    times: how much likelier the phrasings of a file are than others, by the file's stem. refusals: how much likelier
    those that are to be declined.
    """
    group = rng.choices(list(SHARES), list(SHARES.values()))[0]
    names, lang = {"image": "Image"}, "en"
    tree: Any
    if group == "korean":
        request, text, family = korean.draw(rng)
        return Example(request, text, names, "ko", family)
    if group == "tabletop_ko":
        family, _, ask = rng.choices(TABLETOP_KOREAN, [f[1] for f in TABLETOP_KOREAN])[0]
        request, tree = ask(rng)
        return Example(korean.voiced(rng, request), korean.one_english(program.text(tree)), names, "ko", family)
    if group.startswith("phrased"):
        return phrased(rng, group[-2:], times, refusals)
    if group == "registry":
        pairs = [pair for t in registered().values() for pair in t.requests]
        if pairs:
            request, text = rng.choice(pairs)
            return Example(voiced(rng, request, 0.3), text, names, lang, "registry")
        group = "reading"
    if group == "outside":
        request, reason = outside(rng)
        return Example(voiced(rng, request, 0.4), f'cannot("{reason}")', names, lang, "outside")
    if group == "several":
        request, tree, n = several(rng)
        names = {f"image{i + 1}": "Image" for i in range(n)}
        return Example(voiced(rng, request, 0.5, tree), program.text(tree), names, lang, "several")
    if group == "earlier":
        request, tree, names = earlier(rng)
        return Example(voiced(rng, request, 0.5), program.text(tree), names, lang, "earlier")
    families = {"reading": READING, "edits": EDITS, "tabletop": TABLETOP, "seeing": SEEING, "more": MORE}[group]
    family, _, make = rng.choices(families, [f[1] for f in families])[0]
    request, tree = make(rng)
    keep = family in ("look",)
    return Example(request if keep else voiced(rng, request, 1.0, tree), program.text(tree), names, lang, family)


@cache
def _pool(lang: str, times: tuple[tuple[str, float], ...], refusals: float) -> tuple[list[Phrasing], list[float]]:
    """The phrasings of a language and their cumulative weights. Raises ValueError for a stem that no file has."""
    stems = {p.at.split(".")[0] for p in phrasings()}
    of = dict(times)
    if unknown := set(of) - stems:
        raise ValueError(f"no file of phrasings has the stem {sorted(unknown)[0]!r}; there are {sorted(stems)}")
    pool = [p for p in phrasings() if p.lang == lang]
    declined = (refusals if p.program.startswith("cannot(") else 1.0 for p in pool)
    weights = (of.get(p.at.split(".")[0], 1.0) * more for p, more in zip(pool, declined, strict=True))
    return pool, list(accumulate(weights))


def phrased(rng: random.Random, lang: str, times: Mapping[str, float] | None = None, refusals: float = 1.0) -> Example:
    """An example of a phrasing that somebody wrote; each is as likely as any other of its language, but for `draw`'s."""
    pool, weights = _pool(lang, tuple((times or {}).items()), refusals)
    chosen = rng.choices(pool, cum_weights=weights)[0]
    request, text = chosen.example(rng)
    if lang == "en":
        copied = [s for s in COPIED.findall(text) if s in request]
        request = voiced(rng, request, 0.5, keep=copied)
    else:
        request = korean.voiced(rng, request)
    return Example(request, text, chosen.names, lang, chosen.family)


def going_on(rng: random.Random, example: Example) -> Example:
    """Now and then the first statements are done already, as in a repair: their names live, the rest is to be written."""
    statements = example.program.split("\n")
    if len(statements) < 2 or rng.random() > 0.06:
        return example
    names = dict(example.names)
    for statement in statements[:-1]:
        names |= check(statement, registered(), names, ends=False).names
    return Example(example.request, statements[-1], names, example.lang, example.family)


def stream(
    seed: int, held_out: bool = False, times: Mapping[str, float] | None = None, refusals: float = 1.0
) -> Iterator[Example]:
    """Checked examples for ever, the same for the same seed; what a check rejects is drawn again.

    held_out: with the names and texts to find that are kept from training. times, refusals: as in `draw`.
    """
    rng = HeldOut(seed) if held_out else random.Random(seed)
    while True:
        drawn = draw(rng, times, refusals)
        example = going_on(rng, replace(drawn, request=in_context(rng, drawn.lang, drawn.request)))
        if not errors(example.program, example.names, example.request):
            yield example
