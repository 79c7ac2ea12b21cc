"""What speed costs and saves, one table: every ratio of two ways measured in turns in one run on one machine.

    python -m bench.speed [--full] [--quick] [--parts cold,steps,planner,eyes,others] [--write]

`--full` adds full-size architectures with random weights (minutes on a CPU); `--write` puts the table into
docs/benchmarks.md. Ratios travel better than seconds: on a shared machine repeat them before you believe a small one.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from bench import cold_start, speed_eyes, speed_others, speed_planner, speed_steps, timing
from bench.timing import HEAD, Row, machine

PARTS = ("cold", "steps", "planner", "eyes", "others")
BEGIN, END = "<!-- python -m bench.speed --full --write -->", "<!-- end -->"


def rows(parts: list[str], full: bool) -> Iterator[Row]:
    forward: Row | None = None
    if "eyes" in parts:
        for row in speed_eyes.rows(full):
            if row.what.startswith("Grounding DINO tiny: 4 phrases on a picture"):
                forward = row
            yield row
    if "steps" in parts:
        yield from speed_steps.rows(forward.other if forward else None, "Grounding DINO tiny")
    if "planner" in parts:
        yield from speed_planner.rows()
    if "others" in parts:
        yield from speed_others.rows()
    if "cold" in parts:
        with cold_start.own_folder():
            yield cold_start.whole(cold_start.PICTURE, cold_start.QUESTION)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--full", action="store_true", help="full-size architectures too")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="everything once, for a busy machine")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    timing.QUICK = options.quick
    parts = options.parts.split(",")
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        parser.error(f"there are no parts {', '.join(unknown)}; there are {', '.join(PARTS)}")
    lines = [f"On {machine()}:", "", *HEAD]
    print("\n".join(lines))
    for row in rows(parts, options.full):
        lines.append(row.line())
        print(row.line(), flush=True)
    if options.write:
        page = speed_eyes.ROOT / "docs" / "benchmarks.md"
        text = page.read_text(encoding="utf-8")
        start, rest = text.split(BEGIN)
        page.write_text(start + BEGIN + "\n" + "\n".join(lines) + "\n" + END + rest.split(END)[1], encoding="utf-8")
        print(f"written to {page.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
