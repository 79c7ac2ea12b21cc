"""Where the seconds and megabytes of one `eyeshot ask` go, and what the next question costs.

    python -m bench.cold_start [PICTURE] [QUESTION]

Each line is measured in one fresh process, in the order in which the command itself does things; the last lines are
whole commands, in turns with the planner by torch and transformers, as it was at first. Prints seconds,
and the peak resident memory after each stage.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from agent.home import home
from bench.timing import Row, versus

PICTURE, QUESTION = "examples/receipt.png", "What is the total?"


def stages(picture: str, question: str) -> list[tuple[str, float, float]]:
    """(stage, seconds, peak MB) in this process, which must have done nothing before."""
    rows: list[tuple[str, float, float]] = []

    def stage(name: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        result = work()
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rows.append((name, time.perf_counter() - began, peak))
        return result

    def modules() -> Any:
        from agent.agent import Agent

        return Agent

    agent = stage("import agent, tools, langgraph; make the Agent", lambda: modules()(cache=False))
    stage("load the planner's weights", lambda: agent.models.model("planner"))
    stage("make the planner: its vocabulary for grammars", lambda: agent.planner)
    stage("load the reader", lambda: agent.models.model("reader"))
    stage("plan", lambda: agent.plan(question))
    stage("whole first question", lambda: agent.ask(picture, question))
    stage("the same question again", lambda: agent.ask(picture, question))
    stage("another question about the picture", lambda: agent.ask(picture, "How many lines of text are there?"))
    return rows


def command(arguments: list[str]) -> float:
    """Seconds of one whole command. Raises CalledProcessError where it does not answer."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "agent", *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


BY_TORCH = ["--set", "planner.adapter=language", "--set", "planner.precision=bf16"]


def whole(picture: str, question: str, repeats: int = 3) -> Row:
    """A whole command against the same with the planner by torch; nothing comes from the step cache."""
    ask = ["ask", picture, question, "--no-trace"]

    def fresh(*more: str) -> None:
        shutil.rmtree(home() / "steps", ignore_errors=True)
        command([*ask, *more])

    return versus(
        "eyeshot ask, a whole command; the same with the planner by torch", fresh, lambda: fresh(*BY_TORCH),
        repeats=repeats, bound="at most 0.5", note="seconds on the wall", clock=time.perf_counter,
    )  # fmt: skip


@contextmanager
def own_folder() -> Iterator[None]:
    """An $EYESHOT_HOME of its own with the assembled planner in it, which is made once for a user."""
    models = home() / "models"
    before = os.environ.get("EYESHOT_HOME")
    with tempfile.TemporaryDirectory() as folder:
        if models.is_dir():
            Path(folder, "models").symlink_to(models)
        os.environ["EYESHOT_HOME"] = folder
        try:
            yield
        finally:
            os.environ.pop("EYESHOT_HOME")
            if before is not None:
                os.environ["EYESHOT_HOME"] = before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("picture", nargs="?", default=PICTURE)
    parser.add_argument("question", nargs="?", default=QUESTION)
    parser.add_argument("--stages", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stages:
        print(json.dumps(stages(options.picture, options.question)))
        return
    with own_folder():
        done = subprocess.run(
            [sys.executable, "-m", "bench.cold_start", "--stages", options.picture, options.question],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        for name, taken, peak in json.loads(done.stdout.strip().splitlines()[-1]):
            print(f"{taken:7.2f} s  {peak:7.0f} MB  {name}")
        print(f"{command(['--help']):7.2f} s              eyeshot --help")
        row = whole(options.picture, options.question)
        print(f"{row.ours:7.2f} s              eyeshot ask, a whole command")
        print(f"{row.other:7.2f} s              the same with the planner by torch: {row.ratio:.2f} of it are left")


if __name__ == "__main__":
    main()
