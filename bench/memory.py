"""Peak memory of a profile's public models taking turns, at full size with random weights, against its budget.

    python -m bench.memory [--profile laptop] [--set memory.budget_gb=5] [--rounds 2] [--limit-gb 8]

Each architecture of the profile is built from its configuration (bench.architectures) on the CPU, whatever device the
profile names, and held by the same Residents as the agent's models. A child process asks for the roles one after the
other, in `--rounds` rounds, and reports its resident memory after each; the last line compares the peak, less what
the process took with its libraries and no model, with the budget. Nothing is run through the models: activations come
on top. Models larger than `--limit-gb`, and roles in int8 or int4, are left out, and said.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from agent.checkpoints import Checkpoint, catalogue, shown_size
from agent.profiles import Profile, hub_source, load_profile
from agent.residents import Residents, Weights
from bench.architectures import random_model
from tools.adapters.loading import release


def turns(profile: Profile, limit: float) -> tuple[dict[str, tuple[Checkpoint, str]], list[str]]:
    """The profile's public roles with checkpoint and precision; and a line for each that is left out."""
    kept: dict[str, tuple[Checkpoint, str]] = {}
    left: list[str] = []
    for role, settings in profile.roles.items():
        source, precision = hub_source(settings), str(settings.get("precision", "fp32"))
        if source is None or source.repository not in catalogue():
            continue
        known = catalogue()[source.repository]
        if precision not in ("fp32", "bf16", "fp16"):
            left.append(f"{role}: {precision} is not built here")
        elif known.memory(precision) > limit:
            left.append(f"{role}: {known.repository} takes {shown_size(known.memory(precision))}, above --limit-gb")
        else:
            kept[role] = known, precision
    return kept, left


def resident_bytes() -> int:
    """This process's resident memory now, or its peak so far where the platform tells no more."""
    status = Path("/proc/self/status")
    if status.is_file():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        return int(lines["VmRSS"].split()[0]) * 1024
    return peak_bytes()


def peak_bytes() -> int:
    scale = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * scale


def child(profile: Profile, limit: float, rounds: int) -> None:
    """Take the turns in this process, which has done nothing before; a JSON line for each."""
    import torch
    import transformers

    roles, _ = turns(profile, limit)
    shared: dict[str, Any] = {}

    def build(known: Checkpoint, precision: str) -> Any:
        """A model; planner and eyes of one checkpoint are the same, as in tools.adapters.loading."""
        import weakref

        key = f"{known.repository} {precision}"
        made = shared[key]() if key in shared else None
        if made is None:
            made = random_model(known, precision)
            shared[key] = weakref.ref(made)
        return made

    for known, _precision in roles.values():  # the classes' modules are no part of what is measured
        getattr(transformers, known.model)
    torch.zeros(1)
    print(json.dumps({"start": resident_bytes()}), flush=True)
    residents = Residents(profile.budget, release)
    for _ in range(rounds):
        for role, (known, precision) in roles.items():
            began, dropped = time.perf_counter(), len(residents.dropped)
            weights = Weights(f"{known.repository} {precision}", known.memory(precision))
            residents.get(role, lambda w=weights: w, lambda k=known, p=precision: build(k, p))
            print(
                json.dumps({
                    "role": role, "checkpoint": known.repository, "precision": precision, "held": residents.size,
                    "now": resident_bytes(), "peak": peak_bytes(), "dropped": residents.dropped[dropped:],
                    "seconds": time.perf_counter() - began,
                }),
                flush=True,
            )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--profile", default="laptop")
    parser.add_argument("--set", dest="settings", action="append", default=[], metavar="ROLE.KEY=VALUE")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--limit-gb", type=float, default=8.0)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    profile, limit = load_profile(options.profile, options.settings), options.limit_gb * 1e9
    if options.child:
        child(profile, limit, options.rounds)
        return 0
    for line in turns(profile, limit)[1]:
        print(f"left out  {line}")
    start, steps = 0, []
    command = [sys.executable, "-m", "bench.memory", "--child", *sys.argv[1:]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        for line in running.stdout or ():
            said = json.loads(line)
            if "start" in said:
                start = said["start"]
                print(f"{shown_size(start):>8} resident with libraries and no model", flush=True)
                continue
            steps.append(said)
            gone = f", {', '.join(said['dropped'])} went" if said["dropped"] else ""
            print(
                f"{shown_size(said['now']):>8} resident, {shown_size(said['held'])} of weights held, after "
                f"{said['role']} ({said['checkpoint']}, {said['precision']}), {said['seconds']:.1f} s{gone}",
                flush=True,
            )
    if running.returncode or not steps:
        print("the models could not be built; see above", file=sys.stderr)
        return 1
    peak = max(s["peak"] for s in steps) - start
    every = sum(
        {s["checkpoint"] + s["precision"]: catalogue()[s["checkpoint"]].memory(s["precision"]) for s in steps}.values()
    )
    if profile.budget is None:
        print(f"peak {shown_size(peak)} above the start, without a budget; all weights together {shown_size(every)}")
        return 0
    print(
        f"peak {shown_size(peak)} above the start, {peak / profile.budget:.3f} of the budget of "
        f"{shown_size(profile.budget)}; all weights together {shown_size(every)}"
    )
    return 0 if peak <= profile.budget * 1.03 else 1


if __name__ == "__main__":
    sys.exit(main())
