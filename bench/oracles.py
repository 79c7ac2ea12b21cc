"""Every tool as an oracle over symbolic scenes: seeing, reading and editing are looked up, composing is real.

Edits paint their regions, so that two pictures are equal exactly where the same was done to the same.

Lenient by design: `look`, `pick` and `describe` depend on what is looked at and not on the wording; `segment` changes
nothing; e-mail, phone and website are the same by label and by kind.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from bench.world import Scene, Thing, condition_of, key_of, parts_of
from tools.core import Context, NothingThere, Tool, registered
from tools.types import Depth, Image, Region, Regions


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
        if not len(found):
            raise NothingThere("there is nothing to pick from")
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
        def paint(ctx: Context, image: Image, found: Regions, *options: str) -> Image:
            pixels = image.pixels.copy()
            name_and_options = name + "".join(options)
            for n, r in enumerate(found):
                x0, y0, x1, y1 = (int(v) for v in r.box)
                mark = sum(name_and_options.encode()) % 199 + (n if name == "mark" else 0)
                pixels[y0 : y1 + 1, x0 : x1 + 1] = pixels[y0 : y1 + 1, x0 : x1 + 1] // 2 + mark % 120
            return image.edited(pixels)

        return paint

    made: dict[str, Callable[..., Any]] = {
        "detect": detect, "where": where, "attribute": attribute, "same_as": same_as, "depth": depth,
        "look": seen, "describe": seen,
        "classify": classify, "pick": pick, "segment": lambda ctx, image, found: found,
        "segment_all": lambda ctx, image: regions(image, [t.region for t in of(image).things], "thing"),
        "read_text": lambda ctx, image: regions(image, of(image).lines, "text"), "find_text": text, "find_value": value,
        "find_entities": lambda ctx, image, kind: regions(image, of(image).entities[kind], kind),
        "read_codes": lambda ctx, image: regions(image, of(image).codes, "code"),
        "grayscale": lambda ctx, image: image.edited(image.pixels // 3),
        "rotate": lambda ctx, image, n: image.edited(image.pixels // 2 + n // 9),
    }  # fmt: skip
    made |= {
        n: painter(n)
        for n in ("crop", "blur", "pixelate", "highlight", "cut_out", "color_pop", "remove", "redact", "mark")
    }
    return {
        name: replace(t, function=_by_position(made[name])) if name in made else t for name, t in registered().items()
    }


def _by_position(function: Callable[..., Any]) -> Callable[..., Any]:
    """The interpreter passes arguments by the real tools' names, in their order."""
    return lambda ctx, **arguments: function(ctx, *arguments.values())
