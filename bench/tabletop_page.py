"""A page with the questions that were answered wrong: the picture, what was found, what stands in the graph."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image as Pillow
from PIL import ImageDraw

from bench.tabletop_world import Truth
from tools.adapters.roles import Detector

PHRASES = re.compile(r'detect\(image, "([^"]+)"\)')
COLORS = ("#e6194b", "#3cb44b", "#4363d8", "#f58231", "#911eb4")


def write(folder: Path, rows: Sequence[Any], truths: Mapping[int, Truth], detector: Detector, most: int = 60) -> None:
    """`folder`/index.html with up to `most` rows (bench.tabletop_eval.Asked), each with its drawn picture.

    Found boxes are drawn in the colour of their phrase with their scores, true boxes in thin white.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts = ["<!doctype html><meta charset=utf-8><title>Wrong answers</title>", STYLE]
    for n, row in enumerate(sorted(rows, key=lambda r: (r.blame, r.family))[:most]):
        name = f"{n:03d}.png"
        phrases = list(dict.fromkeys(PHRASES.findall(row.program)))
        draw(truths[row.scene], phrases, detector).save(folder / name)
        key = "".join(f'<b style="color:{COLORS[i % 5]}">{html.escape(p)}</b> ' for i, p in enumerate(phrases))
        said = html.escape(f"{row.value if row.status == 'answered' else row.status}")
        parts.append(
            f'<section><img src="{name}"><div><h2>{html.escape(row.request)}</h2><p>{row.family}, scene {row.scene}: '
            f"<b>{row.blame}</b></p><p>said {said}, is {html.escape(str(row.wanted))}</p><p>{key}</p>"
            f"<pre>{html.escape(row.program)}</pre><pre class=gold>{html.escape(row.gold)}</pre></div></section>"
        )
    (folder / "index.html").write_text("\n".join(parts), encoding="utf-8")


def draw(truth: Truth, phrases: Sequence[str], detector: Detector) -> Pillow.Image:
    """The picture at twice its size with true and found boxes."""
    picture = Pillow.fromarray(truth.image.pixels).resize((truth.image.width * 2, truth.image.height * 2))
    pen = ImageDraw.Draw(picture)
    for box in truth.boxes:
        pen.rectangle([2 * float(v) for v in box], outline="white", width=1)
    encoding = detector.encode(truth.image)
    for i, phrase in enumerate(phrases):
        for region in detector.find(truth.image, encoding, phrase):
            score = region.score or 0.0
            if score >= 0.3:
                x0, y0, x1, y1 = (2 * v + i for v in region.box)
                pen.rectangle((x0, y0, x1, y1), outline=COLORS[i % 5], width=2)
                pen.text((x0 + 3, y0 + 2 + 10 * i), f"{score:.2f}", fill=COLORS[i % 5])
    return picture


STYLE = """<style>
body { font: 14px/1.4 sans-serif; margin: 2em; max-width: 1200px }
section { display: flex; gap: 1.5em; margin-bottom: 2em; border-top: 1px solid #ccc; padding-top: 1em }
h2 { font-size: 16px; margin: 0 }
pre { background: #f4f4f4; padding: .5em; white-space: pre-wrap } .gold { background: #eef6ee }
</style>"""
