"""What Eyeshot itself costs: a step of a program, and a whole request, with models that answer at once.

A request's own cost is what is left when its models take no time.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent import Agent
from bench.timing import Row
from tools.types import Image, Region

SHORT, MORE = 4, 20  # steps of the short program, and how many more the long one has
SIDE = 640


class Instant:
    """A detector that sees the same three things for every phrase, at once."""

    def encode(self, image: Image) -> str:
        return image.id

    def find(self, image: Image, encoding: Any, phrase: str) -> list[Region]:
        boxes = [(float(x), 10.0, float(x + 20), 40.0) for x in (10, 100, 200)]
        return [Region(box, image.frame, score=0.9, label=phrase) for box in boxes]


class InstantModels:
    """A ModelSource with that detector."""

    def model(self, role: str) -> Any:
        return Instant()

    def setting(self, role: str, key: str, default: float) -> float:
        return default

    def fingerprint(self, role: str) -> str:
        return "instant"


def program(steps: int) -> str:
    """Pairs of steps, one that looks and one that computes; every one is needed for the answer."""
    lines, total = [], "0"
    for i in range(steps // 2):
        lines += [f'r{i} = detect(image, "thing {i}")', f"n{i} = count(r{i})", f"t{i} = {total} + n{i}"]
        total = f"t{i}"
    return "\n".join(lines) + f"\nanswer({total})\n"


def rows(model_seconds: float | None = None, model_name: str = "") -> Iterator[Row]:
    """model_seconds: what a full-size model takes for one forward, measured in this run, to compare a request with."""
    import numpy as np

    random = np.random.default_rng(0)
    pixels = random.integers(0, 255, (SIDE * 3 // 4, SIDE, 3), np.uint8)
    plain = 0.0
    for name, cache, trace in (
        ("without cache and trace", False, False), ("its result kept on disk", True, False), ("and traced", True, True),
    ):  # fmt: skip
        with tempfile.TemporaryDirectory() as folder:
            short, long = times(pixels, cache, trace, Path(folder))
        note = f"{short * 1e3:.1f} ms of CPU time a request of {SHORT} steps"
        if trace:
            yield Row("a request's own cost, traced, with overlay; untraced", short, plain, "CPU time")
        else:
            plain = short
            yield Row(f"own cost of a step, {name}; 0.5 ms", (long - short) / MORE, 0.5e-3, note, "at most 1")
        if model_seconds is not None and not trace:
            what = f"own cost of a request, {name}; one forward of {model_name}"
            yield Row(what, short, model_seconds, "", "under 0.01")


def times(pixels: Any, cache: bool, trace: bool, folder: Path) -> tuple[float, float]:
    """Median CPU seconds of requests of SHORT and of SHORT + MORE steps, each on a picture that is new to the cache.

    CPU time, since a wait for a core that others use is not Eyeshot's cost.
    """
    before = os.environ.get("EYESHOT_HOME")
    os.environ["EYESHOT_HOME"] = str(folder)
    try:
        agent = Agent(models=InstantModels(), trace=trace, cache=cache)
        seen: dict[int, list[float]] = {SHORT: [], SHORT + MORE: []}
        for n in range(12):
            for steps, taken in seen.items():
                changed = pixels.copy()
                changed[0, n, 0] ^= 1
                changed[1, n, 1] ^= steps
                began = time.process_time()
                result = agent.run_program(changed, program(steps))
                taken.append(time.process_time() - began)
                if len(result.steps) != steps:
                    raise RuntimeError(f"expected {steps} steps, got {len(result.steps)}")
        return statistics.median(seen[SHORT][2:]), statistics.median(seen[SHORT + MORE][2:])
    finally:
        os.environ.pop("EYESHOT_HOME")
        if before is not None:
            os.environ["EYESHOT_HOME"] = before
