"""The same work by another agent library: smolagents' CodeAgent, with a model and tools that answer at once.

Not a dependency: `pip install smolagents` in an environment of your own; without it there is no row. The agent gets
the same four steps as code in one turn; its model is a script, so what is timed is the library's own cost. Models,
prompts and answers are not compared.
"""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.timing import Row

CODE = """r0 = detect("thing 0")
n0 = count(r0)
r1 = detect("thing 1")
n1 = count(r1)
final_answer(n0 + n1)"""


def rows() -> Iterator[Row]:
    if importlib.util.find_spec("smolagents") is None:
        return
    import numpy as np

    from bench.speed_steps import SIDE, times

    pixels = np.random.default_rng(0).integers(0, 255, (SIDE * 3 // 4, SIDE, 3), np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        ours, _ = times(pixels, True, False, Path(folder))
    theirs = statistics.median(smolagents())
    yield Row(
        "own cost of a request of 4 steps, results kept; of smolagents' CodeAgent, in memory", ours, theirs, "CPU time"
    )


def smolagents() -> list[float]:
    """CPU seconds of some runs of the same four steps."""
    from smolagents import ChatMessage, CodeAgent, LogLevel, MessageRole, Model, tool

    class Script(Model):
        def generate(self, messages: Any, **options: Any) -> Any:
            return ChatMessage(role=MessageRole.ASSISTANT, content=f"Thought: look.\n<code>\n{CODE}\n</code>")

    @tool
    def detect(phrase: str) -> list:
        """Find things.

        Args:
            phrase: what to find
        """
        return [(10, 10, 30, 40), (100, 10, 120, 40), (200, 10, 220, 40)]

    @tool
    def count(regions: list) -> int:
        """How many there are.

        Args:
            regions: what was found
        """
        return len(regions)

    agent = CodeAgent(tools=[detect, count], model=Script(model_id="script"), verbosity_level=LogLevel.OFF)
    taken = []
    for _ in range(12):
        began = time.process_time()
        said = agent.run("How many things are there?")
        taken.append(time.process_time() - began)
        if said != 6:
            raise RuntimeError(f"expected 6, got {said!r}")
    return taken[2:]
