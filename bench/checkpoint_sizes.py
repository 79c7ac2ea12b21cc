"""Counts the parameters of every checkpoint in the catalogue from its architecture.

    python -m bench.checkpoint_sizes            a line for each, with the sizes that follow from it
    python -m bench.checkpoint_sizes --table    the table of docs/checkpoints.md, from the catalogue

The first exits 1 where the catalogue says another count.
"""

from __future__ import annotations

import sys

from agent.checkpoints import catalogue, shown_size
from agent.profiles import hub_source, load_profile, profile_names
from bench.architectures import count


def table() -> str:
    """The catalogue as a Markdown table."""
    used: dict[str, list[str]] = {}
    for name in profile_names():
        for role, settings in load_profile(name).roles.items():
            source = hub_source(settings)
            if source is not None:
                used.setdefault(source.repository, []).append(f"{name}: {role}")
    lines = [
        "| checkpoint | family | licence | parameters | disk | memory fp32 | memory bf16 | profiles |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for c in catalogue().values():
        licence = c.licence if c.common_use else f"{c.licence}, no default"
        disk, plays = f"{shown_size(c.disk)} ({c.stored})", ", ".join(used.get(c.repository, []))
        memory = [shown_size(c.memory(p)) for p in ("fp32", "bf16")]
        cells = [f"`{c.repository}`", c.family, licence, f"{c.parameters / 1e6:,.0f} M", disk, *memory, plays]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def main() -> int:
    if sys.argv[1:] == ["--table"]:
        print(table(), end="")
        return 0
    wrong = 0
    for checkpoint in catalogue().values():
        loaded = count(checkpoint, checkpoint.model)
        stored = loaded if checkpoint.stored_model == checkpoint.model else count(checkpoint, checkpoint.stored_model)
        right = (loaded, stored) == (checkpoint.parameters, checkpoint.stored_parameters)
        wrong += not right
        print(
            f"{'ok   ' if right else 'WRONG'} {checkpoint.repository}: {loaded} loaded, {stored} stored; "
            f"disk {shown_size(checkpoint.disk)} ({checkpoint.stored}), memory "
            + ", ".join(f"{p} {shown_size(checkpoint.memory(p))}" for p in ("fp32", "bf16"))
        )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
