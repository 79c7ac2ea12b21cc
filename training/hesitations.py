"""What the planner hesitates between, on requests of which the right program is known; training.sharpen learns from it.

    python -m training.hesitations --out training/runs/hesitations.jsonl --count 6000 --seed 131

Requests are drawn like those of the planner's training. A line holds a request, its live names, its right program and
the other programs that the planner thought of, with their probabilities. Requests that it gets right without hesitating
are left out. Resumable: run again, it goes on after the last line.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

from agent.prompting import Request
from bench.plan_eval import load
from training.requests import stream

MOST, LEAST = 4, 0.05  # programs, and how probable a turn must be, measured by the likeliest program
SURE = 0.9  # a right program at least so probable is no hesitation
NAMED = re.compile(r"(?m)^(\w+) = ")
QUOTED = re.compile(r'("[^"]*")')


def nameless(program: str) -> str:
    """A program with its own names numbered: programs that differ in names alone become equal."""
    numbers = {name: f"_{n}" for n, name in enumerate(dict.fromkeys(NAMED.findall(program)))}
    parts = QUOTED.split(program.strip())
    parts[::2] = [re.sub(r"\w+", lambda m: numbers.get(m[0], m[0]), part) for part in parts[::2]]
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=6000, help="requests to draw")
    parser.add_argument("--seed", type=int, default=131)
    parser.add_argument("--adapter", type=Path, default=Path("checkpoints/vlm"))
    parser.add_argument("--precision", default="int8")
    parser.add_argument("--threads", type=int, default=1)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    written = args.out.read_text(encoding="utf-8").splitlines() if args.out.exists() else []
    done = json.loads(written[-1])["drawn"] + 1 if written else 0
    planner = load(args)
    with args.out.open("a", encoding="utf-8") as out:
        for drawn, example in zip(range(args.count), stream(args.seed), strict=False):
            if drawn < done:
                continue
            plans = planner.hesitations(Request(example.request, example.names), MOST, LEAST)
            right = nameless(example.program)
            others = [(p.text.strip(), p.probability) for p in plans if nameless(p.text) != right]
            first = plans[0].probability or 0.0
            if not others or (nameless(plans[0].text) == right and first > SURE):
                continue
            line = {
                "drawn": drawn, "request": example.request, "names": example.names, "program": example.program,
                "others": others, "first": nameless(plans[0].text) == right,
            }  # fmt: skip
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
            out.flush()


if __name__ == "__main__":
    main()
