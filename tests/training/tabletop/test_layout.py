"""Scenes to be rendered: laid out apart, seeded, cubes of both measures; and small cubes grown in a picture."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from tests.training.tabletop.world import BLUE_BALL, RED_CUBE, scene
from training.tabletop.grow import factors, grown
from training.tabletop.layout import draw_look, place

NAMES: dict[str, Any] = {
    "sizes": {"large": 0.7, "small": 0.35},
    "shapes": {"cube": "SmoothCube_v2", "sphere": "Sphere", "cylinder": "SmoothCylinder"},
    "materials": {"rubber": "Rubber", "metal": "MyMetal"},
    "colors": {"red": [173, 35, 35], "blue": [42, 75, 215]},
}
DIRECTIONS = {"left": [-1.0, 0.0, 0.0], "front": [0.0, -1.0, 0.0]}


def laid_out(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rng = random.Random(seed)
    look = draw_look(rng)
    objects = None
    while objects is None:
        objects = place(rng, look, DIRECTIONS, NAMES)
    return look, objects


def test_objects_stand_on_the_table_and_apart() -> None:
    for seed in range(30):
        look, objects = laid_out(seed)
        assert len(objects) == look["count"]
        for i, a in enumerate(objects):
            assert a["xyz"][2] == a["r"]
            for b in objects[:i]:
                dx, dy = a["xyz"][0] - b["xyz"][0], a["xyz"][1] - b["xyz"][1]
                assert math.hypot(dx, dy) >= a["r"] + b["r"] + look["gap"]
                assert min(abs(dx), abs(dy)) >= look["margin"]
    assert laid_out(7) == laid_out(7)


def test_no_size_belongs_to_cubes_alone() -> None:
    half: dict[tuple[str, str], list[float]] = {}
    for seed in range(60):
        for o in laid_out(seed)[1]:
            half.setdefault((o["shape"], o["size"]), []).append(o["r"])
    for size, full in NAMES["sizes"].items():
        assert min(half["cube", size]) < 0.76 * full
        assert max(half["cube", size]) > 0.95 * full
        assert min(half["cylinder", size]) > 0.92 * full
    assert min(half["cube", "large"]) > 1.15 * max(half["cube", "small"])


@pytest.mark.parametrize(("height", "count"), [(0.7, 0), (0.495, 1)])
def test_only_cubes_rendered_small_are_grown(height: float, count: int) -> None:
    graph = scene(1)[3]
    graph["objects"][0]["xyz"][2] = height
    assert len(factors(graph, random.Random(0))) == count


def test_a_grown_cube_keeps_its_foot_and_stays_behind_what_is_nearer() -> None:
    image, mask, depth, graph = scene(1)
    bigger, marked, _ = grown((image, mask, depth), {0: 1.5}, graph)
    x0, y0, x1, y1 = RED_CUBE
    ys, xs = np.nonzero(marked == 1)
    assert (xs.min(), xs.max() + 1, ys.max() + 1) == (x0 - 10, x1 + 10, y1)
    assert abs((ys.max() + 1 - ys.min()) - 1.5 * (y1 - y0)) <= 1
    assert (bigger[marked == 1][:, 0] > 150).all()
    assert (mask == 1).sum() * 2.2 < (marked == 1).sum() < (mask == 1).sum() * 2.3
    _, marked, _ = grown((image, mask, depth), {1: 3.0}, graph)  # the ball is farther than the cube
    assert ((marked == 1) == (mask == 1)).all()
    assert (marked == 2).sum() > 3 * (BLUE_BALL[2] - BLUE_BALL[0]) * (BLUE_BALL[3] - BLUE_BALL[1])
