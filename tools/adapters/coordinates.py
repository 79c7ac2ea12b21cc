"""Places that vision-language models write as text, mapped to the one frame: each family's convention.

A model that sees writes a box as JSON of 0-1000, as pixels of the picture that it was shown, as numbers in 0-1, or as
tags such as <loc0123>. `read` finds the places in raw output (tools.adapters.place_text holds the syntaxes) and maps
them to pixels of the frame of the picture that was shown; a crop's frame then leads to the first picture.

Raw output is not trusted: what is cut off, has the wrong number of values, lies outside or has no area is refused
with a reason, and never raises. Values at most `SLACK` beyond the range are clipped; farther out they speak for
another convention and are refused, for a box in the wrong place is worse than none. A box's corners may come in
either order.

    convention   numbers                          families that write it
    thousand     0-1000, JSON                     Qwen3-VL, Qwen3-Omni, GLM-4.5V (lists)
    resized      pixels of the resized picture    Qwen2.5-VL
    pairs        0-1000, tags or (x,y),(x,y)      Qwen-VL, Qwen2-VL, InternVL 2 and 3 (<box>[[...]]</box>)
    unit         0-1, JSON or lists               Moondream (x_min ...), models prompted for it
    unit_square  0-1 of the picture padded square LLaVA 1.5, Shikra
    yx_thousand  0-1000, JSON, y before x         Gemma 3, Gemini (box_2d)
    loc          <loc0123>, 1024 bins, y before x PaliGemma
    florence     <loc_123>, 1000 bins             Florence-2
    patches      <patch_index_0123>, 32 x 32      Kosmos-2
    percent      <point x="61.5" y="40.2">, 0-100 Molmo (points only)

SmolVLM2 was trained to write no places; it answers and chooses (tools.adapters.vlm) and detects nothing.
NOT here: asking a model for places (tools.adapters.vlm_detector).
"""

from __future__ import annotations

from dataclasses import dataclass

from tools.adapters.place_text import MOST_CHARACTERS, Syntax, Written, jsons, lists, locs, pairs, patches, points
from tools.types import Box, Point

SLACK = 0.02
"""How far beyond the picture a value may lie, as a share of its width or height, and still be clipped to it."""
MOST_PLACES = 256
"""Places taken from one text; a small model that repeats itself writes without end."""


@dataclass(frozen=True)
class Convention:
    """How one family writes places.

    syntaxes: tried in order, the first that finds anything is used. across: the value that stands for the picture's
    full width and height, None for pixels of the picture as the model was shown it. y_first: y before x in each pair.
    bins: values are numbers of bins whose middle is meant. square: they count in the picture padded to a square
    around its middle.
    """

    syntaxes: tuple[Syntax, ...]
    across: float | None
    y_first: bool = False
    bins: bool = False
    square: bool = False


CONVENTIONS: dict[str, Convention] = {
    "thousand": Convention((jsons, lists), 1000.0),
    "resized": Convention((jsons, lists), None),
    "pairs": Convention((pairs, lists), 1000.0),
    "unit": Convention((jsons, lists), 1.0),
    "unit_square": Convention((jsons, lists), 1.0, square=True),
    "yx_thousand": Convention((jsons, lists), 1000.0, y_first=True),
    "loc": Convention((locs,), 1024.0, y_first=True),
    "florence": Convention((locs,), 1000.0, bins=True),
    "patches": Convention((patches,), 1.0),
    "percent": Convention((points,), 100.0),
}


@dataclass(frozen=True)
class Canvas:
    """What a model was shown, in pixels of the picture: width x height, with the picture's corner at (left, top).

    Larger than the picture where it was padded; the padding lies outside the picture's frame.
    """

    width: float
    height: float
    left: float = 0.0
    top: float = 0.0


@dataclass(frozen=True)
class Place:
    """A box (xyxy) or a point (xy, box None) in pixels of the frame of the picture that was shown."""

    label: str | None
    point: Point
    box: Box | None = None


@dataclass(frozen=True)
class Reading:
    """What a text says: its places, and for everything that looked like one and is none, the reason."""

    places: tuple[Place, ...]
    refused: tuple[str, ...]


def read(
    text: str,
    convention: str,
    size: tuple[int, int],
    resized: tuple[int, int] | None = None,
    canvas: Canvas | None = None,
) -> Reading:
    """The places in a model's raw output, in pixels of a picture of `size` (width, height).

    resized: (width, height) of the picture after the model's own resizing, needed by the convention "resized".
    canvas: what was shown, where the picture was padded first. Raises ValueError for an unknown convention, a size
    below one pixel, or "resized" without it; never for the text.
    """
    if convention not in CONVENTIONS:
        raise ValueError(f"convention must be one of {', '.join(CONVENTIONS)}, got {convention!r}")
    rules = CONVENTIONS[convention]
    if min(size) < 1:
        raise ValueError(f"a picture has at least 1x1 pixels, got {size[0]}x{size[1]}")
    if rules.across is None and (resized is None or min(resized) < 1):
        raise ValueError(f"the convention {convention!r} needs the resized picture's width and height, got {resized}")
    shown = canvas or (_squared(size) if rules.square else Canvas(*size))
    per_unit = _per_unit(rules, shown, resized)
    found: list[Place] = []
    refused: list[str] = []
    for written in _written(text[:MOST_CHARACTERS], rules):
        place = _placed(written, rules, per_unit, shown, size)
        if isinstance(place, str):
            refused.append(place)
        elif place not in found:
            found.append(place)
        if len(found) == MOST_PLACES:
            break
    return Reading(tuple(found), tuple(refused[:MOST_PLACES]))


def boxes_of(reading: Reading) -> list[Box]:
    """The boxes of a reading, each once; points are left out."""
    return list(dict.fromkeys(place.box for place in reading.places if place.box is not None))


def _written(text: str, rules: Convention) -> list[Written]:
    for syntax in rules.syntaxes:
        found = list(syntax(text))
        if found:
            return found
    return []


def _squared(size: tuple[int, int]) -> Canvas:
    """The square that a picture is padded to, the picture in its middle (whole pixels, as LLaVA's expand2square)."""
    side = max(size)
    return Canvas(side, side, (side - size[0]) // 2, (side - size[1]) // 2)


def _per_unit(rules: Convention, shown: Canvas, resized: tuple[int, int] | None) -> tuple[float, float]:
    """Pixels of the canvas that one unit of the model's values is, along x and y."""
    if rules.across is not None:
        return shown.width / rules.across, shown.height / rules.across
    if resized is None:
        raise ValueError("pixels of the resized picture need its size")
    return shown.width / resized[0], shown.height / resized[1]


def _placed(
    written: Written, rules: Convention, per_unit: tuple[float, float], shown: Canvas, size: tuple[int, int]
) -> Place | str:
    """The place in the picture's pixels, or why it is none."""
    if written.problem:
        return written.problem
    values = written.values
    if len(values) not in (2, 4):
        return f"a place has 2 or 4 numbers, got {len(values)}"
    middle = 0.5 if rules.bins else 0.0
    pairs_of = [values[i : i + 2] for i in range(0, len(values), 2)]
    corners: list[Point] = []
    for first, second in pairs_of:
        x, y = (second, first) if rules.y_first and not written.x_first else (first, second)
        across, down = (x + middle) * per_unit[0], (y + middle) * per_unit[1]
        if not (_near(across, shown.width) and _near(down, shown.height)):
            return f"the values {_listed(values)} lie outside of the picture's range"
        corners.append((_clipped(across - shown.left, size[0]), _clipped(down - shown.top, size[1])))
    if len(corners) == 1:
        return Place(written.label, corners[0])
    (x0, x1), (y0, y1) = (sorted(axis) for axis in zip(*corners, strict=True))
    if not (x0 < x1 and y0 < y1):
        return f"the box {_listed(values)} has no area in the picture"
    return Place(written.label, ((x0 + x1) / 2, (y0 + y1) / 2), (x0, y0, x1, y1))


def _near(value: float, limit: float) -> bool:
    return -SLACK * limit <= value <= (1 + SLACK) * limit


def _clipped(value: float, limit: int) -> float:
    return min(max(value, 0.0), float(limit))


def _listed(values: tuple[float, ...]) -> str:
    return "[" + ", ".join(f"{v:g}" for v in values) + "]"
