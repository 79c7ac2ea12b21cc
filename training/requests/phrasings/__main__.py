"""Say what is wrong with files of phrasings, and show some examples.

python -m training.requests.phrasings FILE...
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from training.requests.phrasings.lines import check, read


def main() -> int:
    found = [p for name in sys.argv[1:] for p in read(Path(name))]
    rng = random.Random()
    wrong = check(found, rng.randrange(10**6))
    bad = {w.split(": ")[0] for w in wrong}
    for p in rng.sample([p for p in found if p.at not in bad], min(12, len(found) - len(bad))):
        print("\n    ".join(("", *p.example(rng))))
    print("\n".join(wrong))
    print(f"{len(found)} phrasings, {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
