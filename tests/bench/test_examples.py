"""Every few-shot program of prompts/examples.txt does something on symbolic scenes, with oracle tools."""

from __future__ import annotations

import random
from importlib.resources import files

import pytest

from agent.language.check import check, image_names
from bench.plan_eval import result
from bench.world import Named, make_scene
from tools.core import registered

EXAMPLES = (files("prompts") / "examples.txt").read_text(encoding="utf-8").strip().split("\n\n")
WANTED, TRIES = 5, 200


def test_there_are_enough_of_them() -> None:
    assert len(EXAMPLES) >= 40


@pytest.mark.parametrize("block", [b for b in EXAMPLES if "cannot(" not in b], ids=lambda b: b.splitlines()[0])
def test_it_runs_on_random_scenes(block: str) -> None:
    text = block.split("\n", 1)[1]
    images = 2 if "image2" in text else 1
    checked = check(text, registered(), image_names(images))
    named, rng, results = Named().add(checked), random.Random(5), []
    for _ in range(TRIES):
        scenes = [make_scene(rng, named) for _ in range(images)]
        found = result(checked, scenes, image_names(images))
        if found is not None:
            results.append(found)
        if len(results) == WANTED:
            return
    raise AssertionError(f"{len(results)} results on {TRIES} scenes")
