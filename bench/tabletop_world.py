"""Tabletop scenes as their scene graphs know them: oracle tools, and the meaning of questions.

`oracles(truths, parts)` is the registry with some tools looked up in the scene graphs: finding (detect), naming (where,
attribute, same_as, classify) and relations (left_of, right_of, in_front_of, behind, by the CLEVR paper's definition on
the ground plane). With all of them a program's answer is what the scene graph says; with one of them, what a perfect
part would change. A region that the eyes found stands for the object whose box it overlaps most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.language.check import CheckedProgram, check, image_names
from agent.language.run import Budget, Interpreter, MemoryCache, StepFailed
from agent.profiles import Models, load_profile
from tools.core import Context, Phrase, Phrases, Tool, registered
from tools.geometry import box_iou
from tools.types import Depth, Image, Region, Regions
from training.tabletop.phrases import ADJECTIVES, ARTICLES, NOUNS
from training.tabletop.relations import relations
from training.tabletop.scenes import ATTRIBUTES

PARTS = ("finding", "naming", "relation")
SIDES = {"left_of": "left", "right_of": "right", "in_front_of": "front", "behind": "behind"}
SAME_OBJECT = 0.4  # IoU from which on a found region stands for an object

WORDS: dict[str, tuple[str, str]] = {
    word: (name, value) for name, values in ATTRIBUTES.items() for value in values for word in ADJECTIVES.get(value, ())
} | {word: ("shape", shape) for shape, ways in NOUNS.items() if shape for pair in ways for word in pair}
GENERIC = {word for pair in NOUNS[None] for word in pair} | set(ARTICLES)


@dataclass(frozen=True, eq=False)
class Truth:
    """One picture with its scene graph.

    boxes: float32 (objects, 4) xyxy pixels. sides: for each direction [a, b], where b lies that way of a.
    """

    image: Image
    objects: tuple[dict[str, str], ...]
    boxes: NDArray[np.float32]
    sides: Mapping[str, NDArray[np.bool_]]
    number: int

    @classmethod
    def of(cls, image: Image, graph: dict[str, Any]) -> Truth:
        objects = tuple({name: str(o[name]) for name in ATTRIBUTES} for o in graph["objects"])
        boxes = np.array([o["box"] for o in graph["objects"]], np.float32).reshape(-1, 4)
        return cls(image, objects, boxes, relations(graph), int(graph["scene"]))

    def named(self, phrase: str) -> list[int]:
        """The objects that a noun phrase names; none where it holds a word that is not of this world."""
        wanted: dict[str, set[str]] = {}
        for word in phrase.lower().split():
            if word in GENERIC:
                continue
            if word not in WORDS:
                return []
            name, value = WORDS[word]
            wanted.setdefault(name, set()).add(value)
        return [i for i, o in enumerate(self.objects) if all({o[n]} == v for n, v in wanted.items())]

    def object_at(self, region: Region) -> int | None:
        """The object that a region stands for."""
        overlaps = box_iou(np.array([region.in_root().box], np.float32), self.boxes)[0]
        best = int(overlaps.argmax()) if len(overlaps) else -1
        return best if best >= 0 and overlaps[best] >= SAME_OBJECT else None

    def region(self, i: int, label: str) -> Region:
        """An object as a region with its true box."""
        x0, y0, x1, y1 = (float(v) for v in self.boxes[i])
        return Region((x0, y0, max(x1, x0 + 1), max(y1, y0 + 1)), self.image.frame, score=1.0, label=label)


def oracles(truths: Sequence[Truth], parts: Sequence[str] = PARTS) -> dict[str, Tool]:
    """The registry with the tools of `parts` looked up in the scene graphs."""
    by_root = {t.image.frame.root: t for t in truths}

    def detect(ctx: Context, image: Image, phrase: Phrase) -> Regions:
        truth = by_root[image.frame.root]
        return Regions.of((truth.region(i, phrase) for i in truth.named(phrase)), image.frame, phrase)

    def attribute(ctx: Context, region: Region, attribute: str) -> str:
        truth = by_root[region.frame.root]
        i = truth.object_at(region)
        return truth.objects[i][attribute] if i is not None else "none"

    def same_as(ctx: Context, regions: Regions, region: Region, attribute_name: str) -> Regions:
        truth, wanted = by_root[region.frame.root], attribute(ctx, region, attribute_name)
        own = truth.object_at(region)
        return regions.keep(
            r for r in regions if truth.object_at(r) != own and attribute(ctx, r, attribute_name) == wanted
        )

    def where(ctx: Context, regions: Regions, phrase: Phrase) -> Regions:
        truth = by_root[regions.frame.root]
        named = set(truth.named(phrase))
        return regions.keep(r for r in regions if truth.object_at(r) in named)

    def classify(ctx: Context, image: Image | Region, labels: Phrases) -> str:
        if isinstance(image, Image):
            return labels[0]
        truth = by_root[image.frame.root]
        return next((label for label in labels if truth.object_at(image) in truth.named(label)), labels[0])

    def side(direction: str) -> Callable[..., Regions]:
        def keep(ctx: Context, regions: Regions, region: Region, depth: Depth | None = None) -> Regions:
            truth = by_root[region.frame.root]
            anchor = truth.object_at(region)
            placed = [(r, truth.object_at(r)) for r in regions]
            return regions.keep(
                r for r, i in placed if anchor is not None and i is not None and truth.sides[direction][anchor, i]
            )

        return keep

    def depth(ctx: Context, image: Image) -> Depth:
        return Depth(np.zeros((image.height, image.width), np.float32), image.frame)

    made: dict[str, Callable[..., Any]] = {}
    if "finding" in parts:
        made["detect"] = detect
    if "naming" in parts:
        made |= {"attribute": attribute, "same_as": same_as, "where": where, "classify": classify}
    if "relation" in parts:
        made |= {name: side(direction) for name, direction in SIDES.items()} | {"depth": depth}
    every = registered()
    return {n: replace(t, function=_by_position(made[n])) if n in made else t for n, t in every.items()}


def _by_position(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda ctx, **arguments: function(ctx, *arguments.values())


def value_of(
    program: CheckedProgram | str, truth: Truth, tools: Mapping[str, Tool], context: Context | None = None
) -> Any:
    """A program's value on one picture, or the name of what it ends with (`NothingThere`, `Ambiguous`, "cannot")."""
    checked = check(program, tools, image_names(1)) if isinstance(program, str) else program
    if checked.answer_type is None:
        return "cannot"
    context = context or Context(Models(load_profile()))
    try:
        run = Interpreter(checked, {"image": truth.image}, context, tools, cache=MemoryCache(), budget=Budget())
        return run.run().answer.value
    except StepFailed as failure:
        return type(failure.error).__name__
