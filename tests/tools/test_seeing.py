"""The embedded profile sees: a held-out tabletop scene of 480 by 320, rendered, with its scene graph beside it.

The picture is not square and the objects stand off its centre, so a swapped axis or a wrong resize fails here.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from agent.language.check import check
from agent.language.run import Interpreter, MemoryCache
from agent.profiles import Models, load_profile
from tools.core import Context, registered
from tools.depth import closest, depth, farthest, in_front_of
from tools.detect import where
from tools.geometry import box_iou
from tools.look import attribute, classify, same_as
from tools.segment import segment
from tools.types import Image, Region, Regions

SCENE = Path(__file__).parents[1] / "data" / "tabletop" / "020001"
ORDER = ("size", "color", "material", "shape")


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(load_profile())


@pytest.fixture
def context(models: Models) -> Context:
    return Context(models)


@pytest.fixture(scope="module")
def image() -> Image:
    return Image.from_pixels(np.array(Pillow.open(SCENE.with_suffix(".jpg"))))


@pytest.fixture(scope="module")
def objects() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(SCENE.with_suffix(".json").read_text())["objects"]
    return found


def found(context: Context, image: Image, phrase: str) -> Regions:
    """What `detect` finds and a second look leaves."""
    program = check(f'answer(detect(image, "{phrase}"))', registered(), {"image": "Image"})
    run = Interpreter(program, {"image": image}, context, registered(), cache=MemoryCache())
    value = run.run().answer.value
    assert isinstance(value, Regions)
    return value


def test_every_object_is_found_where_it_stands(context: Context, image: Image, objects: list[dict[str, Any]]) -> None:
    everything = found(context, image, "object")
    assert len(everything) == len(objects)
    overlaps = box_iou(np.array([o["box"] for o in objects], np.float32), everything.boxes)
    assert overlaps.max(axis=1).min() > 0.7


def test_every_phrase_is_counted(context: Context, image: Image, objects: list[dict[str, Any]]) -> None:
    names = Counter(" ".join(o[a] for a in ORDER) for o in objects)
    for name, count in names.items():
        assert len(found(context, image, name)) == count, name
    for absent in ("mug", "laptop"):
        assert len(found(context, image, absent)) == 0
    for shape in ("cube", "ball", "cylinders"):
        kind = {"ball": "sphere", "cylinders": "cylinder"}.get(shape, shape)
        assert len(found(context, image, shape)) == sum(o["shape"] == kind for o in objects), shape


def test_regions_are_named_and_compared(context: Context, image: Image, objects: list[dict[str, Any]]) -> None:
    context.register(image)
    everything = found(context, image, "object")
    for o in objects:
        region = Region(tuple(float(v) for v in o["box"]), image.frame)  # type: ignore[arg-type]
        assert [attribute(context, region, a) for a in ORDER] == [o[a] for a in ORDER]
        alike = sum(other["color"] == o["color"] for other in objects)
        assert len(same_as(context, everything, region, "color")) in (alike, alike - 1)
    colour = objects[0]["color"]
    assert len(where(context, everything, f"{colour} object")) == sum(o["color"] == colour for o in objects)
    region = Region(tuple(float(v) for v in objects[0]["box"]), image.frame)  # type: ignore[arg-type]
    other = "red" if colour != "red" else "blue"
    assert classify(context, region, (f"{other} object", f"{colour} object")) == f"{colour} object"


def test_nearer_and_farther(context: Context, image: Image, objects: list[dict[str, Any]]) -> None:
    """Of the objects that stand clearly apart along the viewing axis, depth tells which is nearer."""
    far_off = depth(context, image)
    near = max(objects, key=lambda o: o["box"][3])
    far = min(objects, key=lambda o: o["box"][3])
    front, back = (Region(tuple(float(v) for v in o["box"]), image.frame) for o in (near, far))  # type: ignore[arg-type]
    everything = Regions.of([front, back], image.frame)
    assert closest(context, everything, far_off) == front
    assert farthest(context, everything, far_off) == back
    assert list(in_front_of(context, everything, back, far_off)) == [front]


def test_masks_lie_on_their_objects(context: Context, image: Image, objects: list[dict[str, Any]]) -> None:
    boxes = [Region(tuple(float(v) for v in o["box"]), image.frame) for o in objects]  # type: ignore[arg-type]
    for region, o in zip(segment(context, image, Regions(tuple(boxes), image.frame)), objects, strict=True):
        assert region.mask is not None
        assert 0.6 < region.mask.area / o["pixels"] < 1.5
