"""Print generated requests, as bench.plan_eval reads them.

python -m training.requests --seed 4242 --count 120 --held-out > bench/requests/own.jsonl
"""

from __future__ import annotations

import argparse
import json

from training.requests import stream


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--held-out", action="store_true", help="names and texts to find that training never sees")
    args = parser.parse_args()
    requests = stream(args.seed, args.held_out)
    shown = 0
    while shown < args.count:
        e = next(requests)
        if any(not name.startswith("image") for name in e.names):
            continue
        shown += 1
        line = {"id": str(shown), "lang": e.lang, "family": e.family, "request": e.request, "gold": e.program}
        print(json.dumps(line | {"images": len(e.names)}, ensure_ascii=False))


if __name__ == "__main__":
    main()
