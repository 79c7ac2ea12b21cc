"""How well the reading tools read damaged documents: tables by kind of document, by value and by damage.

    python -m bench.reading_eval --count 240 --seed 1

Documents come from training.documents (seeded, drawn here, nothing is downloaded). A value counts as right where it
means the same: equal money, equal day, else equal letters and digits. "box" is the share of right values whose box
overlaps the true one by IoU 0.3 or more. CER is the edit distance between all printed and all read text in reading
order, spaces left out, over the printed length (so it holds errors of order too). Times include everything but loading.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from tools.adapters.rapid_ocr import load
from tools.amounts import number_in
from tools.core import Context
from tools.dates import find_dates
from tools.entities import find_entities
from tools.geometry import box_iou
from tools.labels import KINDS
from tools.read import read_text
from tools.text_match import fold
from tools.types import Image, Region
from tools.values import find_value
from training.documents import DAMAGES, Document, Value, make
from training.documents import KINDS as DRAWN

SHARES = ("receipt",) * 6 + (
    "invoice",
    "business card",
    "identity card",
    "letter",
    "label",
    "screenshot",
    "korean receipt",
)


class Reader:
    """A ModelSource with one model."""

    def __init__(self, reader: Any) -> None:
        self.reader = reader

    def model(self, role: str) -> Any:
        return self.reader

    def setting(self, role: str, key: str, default: float) -> float:
        return default


def same_value(key: str, printed: str, read: str) -> bool:
    """Whether what was read means what was printed."""
    kind = KINDS.get(key, "text")
    if kind == "money":
        a, b = number_in(printed), number_in(read)
        return a is not None and b is not None and abs(a - b) < 0.005
    if kind == "date" or key == "date":
        a_days, b_days = find_dates(printed), find_dates(read)
        return bool(a_days and b_days and a_days[0].day == b_days[0].day)
    return fold(printed, confuse=False).text == fold(read, confuse=False).text


def edit_distance(a: str, b: str) -> int:
    """Levenshtein, a row at a time in numpy."""
    codes = np.frombuffer(b.encode("utf-32-le"), np.uint32)
    steps = np.arange(len(b) + 1)
    row = steps.copy()
    for i, c in enumerate(a, start=1):
        best = np.empty_like(row)
        best[0] = i
        best[1:] = np.minimum(row[:-1] + (codes != ord(c)), row[1:] + 1)
        row = np.minimum.accumulate(best - steps) + steps
    return int(row[-1])


def printed_text(document: Document) -> str:
    """All that is printed, in reading order, without spaces."""
    return "".join(line.text for line in document.lines).replace(" ", "")


def overlap(region: Region, value: Value) -> float:
    boxes = np.array([region.box, value.box], dtype=np.float32)
    return float(box_iou(boxes[:1], boxes[1:])[0, 0])


class Scores:
    """Counts of right answers by row and column."""

    def __init__(self) -> None:
        self.right: dict[tuple[str, str], list[float]] = defaultdict(list)

    def add(self, row: str, column: str, value: float) -> None:
        self.right[row, column].append(value)

    def table(self, title: str, rows: Sequence[str], columns: Sequence[str]) -> str:
        """Percentages with counts, empty where nothing was asked."""
        lines = [title, f"{'':<18}" + "".join(f"{c:>15}" for c in columns)]
        for row in rows:
            cells = []
            for column in columns:
                values = self.right.get((row, column))
                cells.append(f"{100 * float(np.mean(values)):.1f} ({len(values)})" if values else "")
            lines.append(f"{row:<18}" + "".join(f"{c:>15}" for c in cells))
        return "\n".join(lines)


def evaluate(document: Document, context: Context, scores: Scores, errors: list[str], name: str) -> None:
    """Ask for everything that is known of one document."""
    image = Image.from_pixels(document.pixels)
    context.register(image)
    start = time.perf_counter()
    lines = read_text(context, image)
    scores.add(document.kind, "seconds", time.perf_counter() - start)
    read = "".join((line.text or "") for line in lines).replace(" ", "")
    printed = printed_text(document)
    for row in (document.kind, document.damage):
        scores.add(row, "cer", 100 * edit_distance(printed, read) / max(len(printed), 1))
    for key, value in document.values.items():
        found = find_value(context, image, key)
        first = next(iter(found), None)
        right = first is not None and same_value(key, value.text, first.text or "")
        for row in (document.kind, document.damage):
            scores.add(row, key, right)
        scores.add("all", key, right)
        scores.add("all", "every value", right)
        scores.add(document.kind, "every value", right)
        scores.add(document.damage, "every value", right)
        if right and first is not None:
            scores.add(document.damage, "box", overlap(first, value) >= 0.3)
        if not right:
            errors.append(f"{name}: {key}: printed {value.text!r}, read {first.text if first else None!r}")
    for kind, values in document.entities.items():
        found = find_entities(context, image, kind)  # type: ignore[arg-type]
        texts = [fold(r.text or "", confuse=False).text for r in found]
        for value in values:
            right = fold(value.text, confuse=False).text in texts
            scores.add(document.damage, f"each {kind}", right)
            scores.add("all", f"each {kind}", right)
            if not right:
                errors.append(f"{name}: each {kind}: printed {value.text!r}, read {[r.text for r in found]!r}")
        scores.add("all", f"extra {kind}", max(len(texts) - len(values), 0))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--kinds", nargs="*", default=None, help=f"only these of {', '.join(DRAWN)}")
    parser.add_argument("--damages", nargs="*", default=list(DAMAGES))
    parser.add_argument("--errors", action="store_true", help="say each wrong value on stderr")
    options = parser.parse_args()
    context = Context(Reader(load(threads=options.threads)))
    scores, errors = Scores(), []
    kinds = itertools.cycle(options.kinds or SHARES)
    for i in range(options.count):
        kind, damage = next(kinds), options.damages[(i // 3 + i) % len(options.damages)]
        document = make(kind, damage, options.seed * 100_000 + i)
        known = len(errors)
        evaluate(document, context, scores, errors, f"{kind}/{damage}/{options.seed * 100_000 + i}")
        if options.errors:
            print("\n".join(errors[known:]), end="\n" if errors[known:] else "", file=sys.stderr, flush=True)
        if (i + 1) % 20 == 0:
            print(f"{i + 1}/{options.count} documents, {len(errors)} wrong values", file=sys.stderr, flush=True)
    keys = ("total", "date", "phone", "company", "invoice number", "subtotal", "tax")
    shown = [k for k in DRAWN if (k, "cer") in scores.right]
    print(
        scores.table(
            f"values right, % (count), {options.count} documents, seed {options.seed}, by kind",
            [*shown, "all"],
            ("every value", *keys),
        )
    )
    print()
    print(scores.table("values right, % (count), by damage", [*options.damages, "all"], ("every value", "box", *keys)))
    print()
    rest = sorted({c for r, c in scores.right if r == "all"} - set(keys) - {"every value"})
    for column in rest:
        values = scores.right["all", column]
        unit = (
            f"{float(np.mean(values)):.2f} a page"
            if column.startswith("extra")
            else f"{100 * float(np.mean(values)):.1f} % of {len(values)}"
        )
        print(f"{column:<18}{unit}")
    print()
    print("character error, %: mean and median a page")
    for row in (*shown, *options.damages):
        values = scores.right.get((row, "cer"), [0.0])
        print(f"{row:<18}{np.mean(values):>8.2f}{np.median(values):>8.2f}")
    print()
    seconds = [s for (_, c), values in scores.right.items() if c == "seconds" for s in values]
    print(f"seconds a page: median {np.median(seconds):.2f}, mean {np.mean(seconds):.2f}, max {max(seconds):.2f}")


if __name__ == "__main__":
    main()
