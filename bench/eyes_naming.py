"""The part of bench.eyes_eval that measures the second stage, the image-text model and the VLM's eye; run that.

All are asked about held-out scenes. The second stage and the image-text model are given the true boxes; the eye finds
its objects itself, except where marks are chosen from.
"""

from __future__ import annotations

import random
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from agent.embedded import assemble_eye, wheel_gguf
from agent.home import home
from tools.adapters import region_attributes, siglip, tabletop_eye
from tools.adapters.phrase_matcher import TABLETOP
from tools.types import Image, Region
from training.tabletop.phrases import plain
from training.tabletop.scenes import ATTRIBUTES, SceneSet
from training.tabletop.talk import named, the, told

Scenes = Iterable[tuple[SceneSet, int, Image]]
TEMPLATE = "{}"  # the embedded SigLIP was trained on bare phrases


def evaluate_attributes(folder: Path, scenes: Scenes) -> list[str]:
    """What the detector's second stage says of the true boxes, alone. folder: the detector's, or the stage's in it."""
    model = region_attributes.load(folder.parent if folder.name == region_attributes.FOLDER else folder, "fp32", "cpu")
    if model is None:
        return ["This detector has no second stage."]
    right: dict[str, list[bool]] = defaultdict(list)
    seconds: list[float] = []
    for group, i, image in scenes:
        began = time.perf_counter()
        named = model.probabilities(image, group.boxes(i))
        seconds.append((time.perf_counter() - began) / max(1, len(group.boxes(i))))
        for name in region_attributes.WORDS:
            column = list(ATTRIBUTES).index(name)
            said = np.stack([named[value] for value in ATTRIBUTES[name]]).argmax(0)
            right[name] += list(said == group.attributes(i)[:, column])
    lines = ["| what | asked | right |", "|---|---|---|"]
    lines += [f"| {name} | {len(rows)} | {np.mean(rows):.4f} |" for name, rows in right.items()]
    return [*lines, "", f"A region takes {1000 * float(np.median(seconds)):.1f} ms (median)."]


def evaluate_image_text(folder: Path, scenes: Scenes) -> list[str]:
    """Attributes of true regions, and which region a full phrase names among all of its scene."""
    model = siglip.load(str(folder), template=TEMPLATE, words=TABLETOP)
    right: dict[str, list[bool]] = defaultdict(list)
    seconds: list[float] = []
    for group, i, image in scenes:
        attributes = group.attributes(i)
        regions = [Region((float(b[0]), float(b[1]), float(b[2]), float(b[3])), image.frame) for b in group.boxes(i)]
        began = time.perf_counter()
        words = [w if name == "shape" else f"{w} object" for name in ATTRIBUTES for w in TABLETOP[name]]
        scores = model.match(image, regions, words)
        seconds.append((time.perf_counter() - began) / len(regions))
        at = 0
        for column, name in enumerate(ATTRIBUTES):
            count = len(TABLETOP[name])
            said = scores[:, at : at + count].argmax(axis=1)
            truth = [TABLETOP[name].index(ATTRIBUTES[name][v]) for v in attributes[:, column]]
            right[name] += list(said == np.array(truth))
            at += count
        phrases = {tuple(int(v) for v in row) for row in attributes}
        for values in phrases:
            phrase = plain(values)
            best = int(model.match(image, regions, [phrase.text])[:, 0].argmax())
            right["the region of a full phrase"].append(bool(phrase.match(attributes)[best]))
    lines = ["| what | asked | right |", "|---|---|---|"]
    lines += [f"| {name} | {len(rows)} | {np.mean(rows):.3f} |" for name, rows in right.items()]
    return [*lines, "", f"A region takes {1000 * float(np.median(seconds)):.0f} ms (median), with all words."]


def _eye(folder: Path) -> tabletop_eye.TabletopEye:
    tower, detector = folder.parent / "image_text", folder.parent / "detector"
    return tabletop_eye.load(str(assemble_eye(wheel_gguf(), tower, folder, home())), str(detector), str(tower))


def evaluate_descriptions(folder: Path, scenes: Scenes) -> list[str]:
    """Descriptions of whole scenes, as `describe` asks for them: of each object all four words must be right."""
    model = _eye(folder)
    exact, objects, seconds = list[bool](), list[bool](), list[float]()
    for group, i, image in scenes:
        began = time.perf_counter()
        said = model.answer(image, "Describe this picture.")
        seconds.append(time.perf_counter() - began)
        parts = said.split(":", 1)[-1].removeprefix("There is ").strip(". ").replace(" and a ", ", a ").split(", ")
        left = [f"a {told(row)}" for row in group.attributes(i)]
        exact.append(sorted(left) == sorted(p.strip() for p in parts))
        for part in parts:
            objects.append(part.strip() in left)
            if objects[-1]:
                left.remove(part.strip())
    lines = ["| what | asked | right |", "|---|---|---|"]
    lines += [f"| {name} | {len(rows)} | {np.mean(rows):.3f} |" for name, rows in (
        ("an object of a description", objects), ("a description, but for its order", exact))]  # fmt: skip
    slow = float(np.percentile(seconds, 90))
    return [*lines, "", f"A description takes {float(np.median(seconds)):.2f} s (90% within {slow:.2f})."]


def evaluate_eye(folder: Path, scenes: Scenes) -> list[str]:
    """Questions about single regions and choices among several, asked as `look` and `pick` ask them."""
    model = _eye(folder)
    right: dict[str, list[bool]] = defaultdict(list)
    seconds: dict[str, list[float]] = defaultdict(list)

    def ask(kind: str, wanted: str, said: str) -> None:
        right[kind].append(said.strip(". ").lower() == wanted.strip(". ").lower())

    for group, i, image in scenes:
        rng = random.Random(int(group.numbers[i]))
        boxes = group.boxes(i)
        order = sorted(range(len(boxes)), key=lambda k: float(boxes[k][0] + boxes[k][2]))
        attributes = group.attributes(i)[order]
        regions = [Region(tuple(float(v) for v in boxes[k]), image.frame) for k in order]  # type: ignore[arg-type]
        k = rng.randrange(len(order))
        for name, values in ATTRIBUTES.items():
            what = {"material": "What is it made of?"}.get(name, f"What {name} is it?")
            column = list(ATTRIBUTES).index(name)
            began = time.perf_counter()
            ask(f"{name} of a region", values[attributes[k, column]], model.answer_region(image, regions[k], what))
            seconds["a question about a region"].append(time.perf_counter() - began)
        phrase = named(attributes, k, rng)
        if phrase is not None:
            chosen = model.choose_region(image, regions, the(phrase, rng))
            right["choice among regions"].append(chosen == k)
        values = [int(v) for v in attributes[k]]
        if rng.random() < 0.5:
            values[1] = (values[1] + rng.randrange(1, 8)) % 8
        asked = plain(values)
        truth = bool(asked.match(attributes).any())
        answer, _ = model.choose(image, f"Is there a {asked.text}?", ["Yes", "No"])
        ask("yes or no about a scene (look declines to)", "Yes" if truth else "No", answer)
    lines = ["| what | asked | right |", "|---|---|---|"]
    lines += [f"| {name} | {len(rows)} | {np.mean(rows):.3f} |" for name, rows in right.items()]
    times = ", ".join(f"{kind} {float(np.median(s)):.2f} s" for kind, s in seconds.items())
    return [*lines, "", f"Medians: {times}."]
