"""The syntaxes in which vision-language models write places: from raw text to labelled numbers, units not yet known.

Every syntax reads any text, in time linear in its length: what it cannot read it reports as a `problem` or passes over.
NOT here: units, order of the axes, frames (tools.adapters.coordinates).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

MOST_CHARACTERS = 32_768
"""How much of a text is read; an answer that lists 256 boxes is shorter."""
LONGEST_LABEL = 200
PATCHES = 32
"""Kosmos-2's grid has this many patches along each side."""


@dataclass(frozen=True)
class Written:
    """One place as it was written: its numbers in the text's order and units, or the `problem` with it.

    x_first: the text itself says which number is x, whatever the family's order.
    """

    values: tuple[float, ...] = ()
    label: str | None = None
    problem: str = ""
    x_first: bool = False


Syntax = Callable[[str], Iterator[Written]]

_NUMBER = r"[-+]?\d{1,9}(?:\.\d{0,9})?(?:[eE][-+]?\d{1,2})?"
_NUMBERS = re.compile(_NUMBER)
_KEY = r"""["'](?:bbox_2d|bbox|box_2d|box|bounding_box|point_2d|point)["']\s*:\s*"""
_PLACE = re.compile(_KEY + r"((?:\[\s*(?=\[))?(?:\[[^\[\]{}]*\]?[\s,]*)+)")
_LABEL = re.compile(
    r"""["'](?:label|name|text|description|object)["']\s*:\s*(?:"((?:[^"\\]|\\.){0,200})"|'((?:[^'\\]|\\.){0,200})')"""
)
_SIDES = tuple(
    re.compile(rf"""["']{side}["']\s*:\s*["']?({_NUMBER})""") for side in ("x_min", "y_min", "x_max", "y_max")
)
_POINT = tuple(re.compile(rf"""["']{side}["']\s*:\s*["']?({_NUMBER})""") for side in ("x", "y"))


def jsons(text: str) -> Iterator[Written]:
    """Objects with a box or a point, wherever they stand: in code fences, in prose, in a list that was cut off."""
    for body, closed in _objects(text):
        label = _label(body)
        place = _PLACE.search(body)
        if place is not None:
            for inside, closing in re.findall(r"\[([^\[\]]+)(\]?)", place[1]):
                yield _numbers(inside, label) if closing else Written(problem="the text ends within a place")
            continue
        for sides in (_SIDES, _POINT):
            values = [found for side in sides if (found := side.search(body)) is not None]
            if len(values) == len(sides) and closed:
                yield Written(tuple(float(v[1]) for v in values), label, x_first=True)
                break


def lists(text: str) -> Iterator[Written]:
    """Bare lists of four numbers: [[12, 40, 300, 420], [...]], (0.1, 0.2, 0.5, 0.9); others are prose."""
    for found in re.finditer(r"[\[(]([^\[\]()]{1,200})[\])]", text):
        written = _numbers(found[1], None)
        if len(written.values) == 4:
            yield written


def pairs(text: str) -> Iterator[Written]:
    """(x,y),(x,y) and [[x, y, x, y]] in <box> tags or without, the label in <ref> tags or before it on the line."""
    label: str | None = None
    n = rf"\s*({_NUMBER})\s*"
    token = re.compile(
        rf"(?:<ref>|<\|object_ref_start\|>)([^<\n]*)|\({n},{n}\)\s*,\s*\({n},{n}\)|(?<!\[)\[?\[{n},{n},{n},{n}\]"
        r"|(?:<box>|<\|box_start\|>|<\|begin_of_box\|>)(?!\s*[\[(])([^<\n]{0,60})"
    )
    end = 0
    for found in token.finditer(text):
        before = text[end : found.start()].rsplit("\n", 1)[-1]
        words = re.sub(r"<[^<>]*>|[\[\](),:;]", " ", before).strip()
        end = found.end()
        if found[1] is not None:
            label = found[1].strip() or None
        elif found[10] is not None:
            yield Written(problem="a box tag without a box")
        else:
            label = words or label
            values = tuple(float(v) for v in found.groups()[1:9] if v is not None)
            yield Written(values, label)


def locs(text: str) -> Iterator[Written]:
    """<loc0123> and <loc_123>, four to a box; the label stands after them (PaliGemma) or before (Florence-2)."""
    label: str | None = None
    end = 0
    for run in re.finditer(r"(?:<loc_?\d{1,4}>)+", text):
        bins = [int(v) for v in re.findall(r"\d+", run[0])]
        before, after = text[end : run.start()], text[run.end() : run.end() + LONGEST_LABEL]
        end = run.end()
        words = re.split(r"[<>;]", before)[-1] if "<loc_" in run[0] else re.split(r"[<>;]", after)[0]
        label = words.strip() or label
        if len(bins) % 4:
            yield Written(problem=f"location tags come in fours, got {len(bins)}")
            continue
        for i in range(0, len(bins), 4):
            yield Written(tuple(float(b) for b in bins[i : i + 4]), label)


def patches(text: str) -> Iterator[Written]:
    """<patch_index_0044><patch_index_0863>: the patches of the top left and bottom right corners, as values in 0-1.

    As transformers' Kosmos-2 reads them: middles of the patches, but whole patches where the two share a row or column.
    """
    label: str | None = None
    for run in re.finditer(r"<phrase>([^<]*)|((?:<patch_index_\d{1,6}>)+)", text):
        if run[1] is not None:
            label = run[1].strip() or None
            continue
        numbers = [int(v) for v in re.findall(r"\d+", run[2])]
        if len(numbers) != 2 or max(numbers) >= PATCHES**2:
            yield Written(problem=f"a box is two patches of 0 to {PATCHES**2 - 1}, got {numbers[:4]}")
            continue
        (y0, x0), (y1, x1) = (divmod(number, PATCHES) for number in numbers)
        low, high = (0.0, 1.0) if x0 == x1 or y0 == y1 else (0.5, 0.5)
        corners = (x0 + low, y0 + low, x1 + high, y1 + high)
        yield Written(tuple(v / PATCHES for v in corners), label)


def points(text: str) -> Iterator[Written]:
    """<point x="61.5" y="40.2" alt="mug">mug</point>, and <points x1="..." y1="..." x2=...> with several."""
    for tag in re.finditer(r"<points?\b([^<>]*)(>?)([^<>]*)", text):
        named = dict(re.findall(r"""(\w{1,8})\s*=\s*["']([^"'<>]*)["']""", tag[1]))
        label = str(named.get("alt", tag[3])).strip() or None
        suffixes = [key[1:] for key in named if re.fullmatch(r"x\d*", key)]
        if not suffixes or not tag[2]:
            yield Written(problem="a point tag without its values")
        for suffix in suffixes:
            yield _numbers(f"{named['x' + suffix]},{named.get('y' + suffix, '')}", label)


def _objects(text: str) -> Iterator[tuple[str, bool]]:
    """The innermost {...} of a text with what they hold, and whether they are closed; strings may hold braces."""
    start, quote, escaped = -1, "", False
    for i, character in enumerate(text):
        if quote:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == quote or character == "\n":
                quote = ""
        elif character == "{":
            start = i
        elif character == "}" and start >= 0:
            yield text[start:i], True
            start = -1
        elif character == '"' and start >= 0:
            quote = character
    if start >= 0:
        yield text[start:], False


def _numbers(inside: str, label: str | None) -> Written:
    """The numbers between brackets; anything else there but commas, quotes and space is a problem."""
    rest = _NUMBERS.sub(" ", inside)
    if re.search(r"[^\s,\"']", rest):
        return Written(problem="a place holds something else than numbers")
    return Written(tuple(float(v) for v in _NUMBERS.findall(inside)[:9]), label)


def _label(body: str) -> str | None:
    found = _LABEL.search(body)
    if found is None:
        return None
    said = found[1] if found[1] is not None else found[2]
    return re.sub(r"\\(.)", r"\1", said).strip() or None
