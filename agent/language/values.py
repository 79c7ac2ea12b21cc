"""Values as JSON, and as a few words.

Pictures and depth maps stand in the JSON as the id of an artifact; whoever encodes says how one is kept, whoever
decodes how one is fetched. Everything else is written out in full, so that equal values have equal JSON.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tools.types import RLE, Depth, Frame, Image, Region, Regions, Value, Word

Json = Any


def encode(value: Value, keep: Callable[[Image | Depth], str] = lambda v: v.id) -> Json:
    """A value as JSON. keep: stores a picture or depth map and returns its id."""
    if isinstance(value, bool):
        return {"type": "Bool", "value": value}
    if isinstance(value, (int, float)):
        return {"type": "Number", "value": value}
    if isinstance(value, str):
        return {"type": "Text", "value": value}
    if isinstance(value, tuple):
        return {"type": "Texts", "value": list(value)}
    if isinstance(value, Region):
        return {"type": "Region", "value": _region(value), "frame": _frame(value.frame)}
    if isinstance(value, Regions):
        items = [_region(r) for r in value]
        near = {"near": value.near} if value.near else {}
        return {"type": "Regions", "value": items, "frame": _frame(value.frame), "searched": value.searched, **near}
    if isinstance(value, (Image, Depth)):
        kind = "Image" if isinstance(value, Image) else "Depth"
        camera = {"camera": [value.focal, value.ground]} if isinstance(value, Depth) and value.focal else {}
        return {"type": kind, "value": keep(value), "frame": _frame(value.frame), **camera}
    raise TypeError(f"not a value of the language: {type(value).__name__}")


def decode(data: Json, fetch: Callable[[str, str, Frame], Image | Depth]) -> Value:
    """A value from its JSON. fetch(type, id, frame) returns a picture or depth map."""
    kind, value = data["type"], data["value"]
    if kind in ("Bool", "Number", "Text"):
        scalar: str | int | float | bool = value
        return scalar
    if kind == "Texts":
        return tuple(value)
    root, width, height, to_root = data["frame"]
    frame = Frame(root, width, height, tuple(to_root))
    if kind == "Region":
        return _region_from(value, frame)
    if kind == "Regions":
        return Regions(tuple(_region_from(r, frame) for r in value), frame, data["searched"], data.get("near", 0.0))
    found = fetch(kind, value, frame)
    if isinstance(found, Depth) and "camera" in data:
        focal, ground = data["camera"]
        return replace(found, focal=focal, ground=None if ground is None else tuple(ground))
    return found


def _frame(frame: Frame) -> Json:
    return [frame.root, frame.width, frame.height, list(frame.to_root)]


def _region(region: Region) -> Json:
    data: dict[str, Json] = {"box": list(region.box)}
    if region.mask is not None:
        data["mask"] = list(region.mask.counts)
    for key in ("score", "label", "text"):
        if getattr(region, key) is not None:
            data[key] = getattr(region, key)
    if region.words:
        data["words"] = [[w.text, list(w.box), w.score] for w in region.words]
    if region.quad is not None:
        data["quad"] = [list(p) for p in region.quad]
    return data


def _region_from(data: Json, frame: Frame) -> Region:
    mask = RLE(frame.height, frame.width, tuple(data["mask"])) if "mask" in data else None
    words = tuple(Word(t, tuple(b), s) for t, b, s in data.get("words", ()))
    quad = tuple(tuple(p) for p in data["quad"]) if "quad" in data else None
    return Region(
        tuple(data["box"]), frame, mask, data.get("score"), data.get("label"), data.get("text"), words, quad  # type: ignore[arg-type]
    )  # fmt: skip


# bool before int, which it is one of.
_NAMES: tuple[tuple[Any, str], ...] = (
    (bool, "Bool"), ((int, float), "Number"), (str, "Text"), (tuple, "Texts"), (Region, "Region"),
    (Regions, "Regions"), (Image, "Image"), (Depth, "Depth"),
)  # fmt: skip


def type_of(value: Value) -> str:
    """The name of a value's type in the language."""
    for kinds, name in _NAMES:
        if isinstance(value, kinds):
            return name
    raise TypeError(f"not a value of the language: {type(value).__name__}")


def summary(value: Value, private: bool = False) -> str:
    """A value in a few words, as a step's result is shown. private: without any text that was read."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return number_text(value)
    if isinstance(value, str):
        return "a text" if private else f'"{_short(value)}"'
    if isinstance(value, tuple):
        if len(value) == 1 and not private:
            return f'"{_short(value[0])}"'
        return f"{len(value)} text{'' if len(value) == 1 else 's'}"
    if isinstance(value, Region):
        return "1 region"
    if isinstance(value, Regions):
        return f"{len(value)} region{'' if len(value) == 1 else 's'}"
    kind = "picture" if isinstance(value, Image) else "depth map"
    return f"{kind} {value.frame.width}x{value.frame.height}"


def number_text(value: int | float) -> str:
    """A number as people write it: no trailing zeros, at most six decimals."""
    if isinstance(value, float):
        shown = str(int(value)) if value.is_integer() else f"{value:.6f}".rstrip("0").rstrip(".")
        return "0" if shown == "-0" else shown
    return str(value)


def _short(text: str, limit: int = 60) -> str:
    return text if len(text) <= limit else text[: limit - 3] + "..."
