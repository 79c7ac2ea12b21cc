"""Where things stand and how they are lit in a scene to be rendered: random, seeded, without Blender.

Cubes come in two measures, as tall as the other shapes or smaller by the root of two (see training.tabletop.grow):
where a size goes with one shape alone, it gives the shape away.

World frame: z up, the table at z = 0, scene units. Angles in degrees.
"""

from __future__ import annotations

import math
import random
from typing import Any

LAMPS = ("Lamp_Key", "Lamp_Fill", "Lamp_Back")
TRIES = 60
"""Places tried for an object before the whole scene is drawn anew."""


def draw_look(rng: random.Random) -> dict[str, Any]:
    """What varies besides the objects. Angles in degrees; factors multiply what the Blender file has."""

    def factor(most: float) -> float:
        return math.exp(rng.uniform(-1, 1) * math.log(most))

    crowded = rng.random() < 0.35
    sampling = [(6, True), (10, True), (20, True), (12, False), (32, False)]
    samples, denoise = rng.choices(sampling, [35, 35, 10, 12, 8])[0]
    return {
        "count": rng.randint(8, 12) if crowded else rng.randint(3, 10),
        "gap": 0.06 if crowded else rng.choice((0.12, 0.25)),
        "margin": 0.1 if crowded else rng.choice((0.2, 0.4)),
        "spread": rng.uniform(2.5, 3.0) if crowded else 3.0,
        "cube": 1.0 if rng.random() < 0.75 else math.sqrt(0.5),
        "camera": {
            "distance": 11.2 * factor(1.17),
            "elevation": rng.uniform(20, 38),
            "azimuth": -41 + rng.uniform(-20, 20),
            "target": [rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4), rng.uniform(-0.2, 0.3)],
            "roll": rng.uniform(-1.5, 1.5),
            "lens": 35 * factor(1.1),
        },
        "lamps": {
            name: {"move": [rng.uniform(-2, 2) for _ in range(3)], "energy": factor(1.7), "size": factor(3.0)}
            for name in LAMPS
        },
        "sun": factor(1.8),
        "world": rng.choice((0.0, rng.uniform(0, 0.25))),
        "ground": [min(1.0, shade * (1 + rng.uniform(-0.05, 0.05))) for shade in [rng.uniform(0.5, 0.95)] * 3],
        "exposure": rng.uniform(-0.5, 0.4),
        "samples": samples,
        "denoise": denoise,
        "quality": rng.choice((None, None, 95, 95, rng.randint(75, 95))),
    }


def place(
    rng: random.Random, look: dict[str, Any], directions: dict[str, list[float]], names: dict[str, Any]
) -> list[dict[str, Any]] | None:
    """Random objects on the table that keep the look's gap and margin, or None where no place was found for one."""
    objects: list[dict[str, Any]] = []
    for _ in range(look["count"]):
        for _ in range(TRIES):
            size, radius = rng.choice(list(names["sizes"].items()))
            shape = rng.choice(list(names["shapes"]))
            radius *= rng.uniform(0.93, 1.07) * (look["cube"] if shape == "cube" else 1)
            x, y = (rng.uniform(-look["spread"], look["spread"]) for _ in range(2))
            if all(_apart((x, y), radius, o, look, directions) for o in objects):
                break
        else:
            return None
        objects.append(
            {
                "shape": shape,
                "size": size,
                "material": rng.choice(list(names["materials"])),
                "color": rng.choice(list(names["colors"])),
                "xyz": [x, y, radius],
                "r": radius,
                "rotation": rng.uniform(0, 360),
            }
        )
    return objects


def _apart(
    xy: tuple[float, float],
    radius: float,
    other: dict[str, Any],
    look: dict[str, Any],
    directions: dict[str, list[float]],
) -> bool:
    dx, dy = xy[0] - other["xyz"][0], xy[1] - other["xyz"][1]
    if math.hypot(dx, dy) - radius - other["r"] < look["gap"]:
        return False
    # Along each axis the centres differ enough for "left of" and "behind" to be beyond doubt.
    offsets = (dx * directions[d][0] + dy * directions[d][1] for d in ("left", "front"))
    return all(abs(offset) >= look["margin"] for offset in offsets)
