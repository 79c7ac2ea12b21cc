"""Reading order of boxes, which are xyxy pixels of one frame."""

from __future__ import annotations

from collections.abc import Sequence


def reading_order(boxes: Sequence[tuple[float, float, float, float]]) -> list[int]:
    """Indices in reading order: rows from top to bottom by the boxes' middles, each from left to right."""
    order = sorted(range(len(boxes)), key=lambda i: (boxes[i][1] + boxes[i][3], boxes[i][0]))
    rows: list[list[int]] = []
    for i in order:
        middle = (boxes[i][1] + boxes[i][3]) / 2
        height = boxes[i][3] - boxes[i][1]
        if rows:
            last = [boxes[j] for j in rows[-1]]
            center = sum((b[1] + b[3]) / 2 for b in last) / len(last)
            tallest = max(b[3] - b[1] for b in last)
            if abs(middle - center) <= 0.5 * min(height, tallest):
                rows[-1].append(i)
                continue
        rows.append([i])
    return [i for row in rows for i in sorted(row, key=lambda i: boxes[i][0])]
