"""Where the seconds and megabytes of one `eyeshot ask` go, and what the next question costs.

    python -m bench.cold_start [PICTURE] [QUESTION]

Each line is measured in one fresh process, in the order in which the command itself does things; the last lines are
whole commands. Prints seconds, and the peak resident memory after each stage.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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

    def libraries() -> None:
        import torch  # noqa: F401
        from transformers import AutoModelForCausalLM  # noqa: F401

    agent = stage("import agent, tools, langgraph; make the Agent", lambda: modules()(cache=False))
    stage("import torch and transformers", libraries)
    stage("load the planner", lambda: agent.planner)
    stage("load the reader", lambda: agent.models.model("reader"))
    stage("plan", lambda: agent.plan(question))
    stage("whole first question", lambda: agent.ask(picture, question))
    stage("the same question again", lambda: agent.ask(picture, question))
    stage("another question about the picture", lambda: agent.ask(picture, "How many lines of text are there?"))
    return rows


def command(arguments: list[str]) -> float:
    """Seconds of one whole command."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "agent", *arguments], check=False, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("picture", nargs="?", default=PICTURE)
    parser.add_argument("question", nargs="?", default=QUESTION)
    parser.add_argument("--stages", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stages:
        print(json.dumps(stages(options.picture, options.question)))
        return
    with tempfile.TemporaryDirectory() as folder:
        kept = {k: v for k, v in os.environ.items() if k != "EYESHOT_HOME"}
        # The assembled planner is made once for a user; it is not part of a cold start.
        from agent.home import home

        models = home() / "models"
        if models.is_dir():
            Path(folder, "models").symlink_to(models)
        environment = kept | {"EYESHOT_HOME": folder}
        done = subprocess.run(
            [sys.executable, "-m", "bench.cold_start", "--stages", options.picture, options.question],
            check=True, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        rows = json.loads(done.stdout.strip().splitlines()[-1])
        for name, seconds, peak in rows:
            print(f"{seconds:7.2f} s  {peak:7.0f} MB  {name}")
        os.environ["EYESHOT_HOME"] = folder
        print(f"{command(['--help']):7.2f} s              eyeshot --help")
        print(f"{command(['ask', options.picture, options.question]):7.2f} s              eyeshot ask, a whole command")


if __name__ == "__main__":
    main()
