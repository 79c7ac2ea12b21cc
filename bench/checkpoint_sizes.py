"""Counts the parameters of every checkpoint in the catalogue from its architecture.

    python -m bench.checkpoint_sizes

Prints a line for each, with the sizes that follow from it; exits 1 where the catalogue says another count.
"""

from __future__ import annotations

import sys

from agent.checkpoints import catalogue, shown_size
from bench.architectures import count


def main() -> int:
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
