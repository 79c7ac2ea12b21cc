"""A contact sheet: what the embedded eyes find and name in some pictures, drawn on them.

    python -m bench.eyes_sheet PICTURE... --out docs/eyes.jpg [--checkpoints checkpoints] [--keep 0.45]

Every object ("object") is boxed and named by the detector's phrase scores; where there is a segmenter, its mask is
outlined. Prints the names, so that a person or a test can compare.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw

from tools.adapters import grounding_dino, phrase_matcher, sam
from tools.types import Image, Region

ORDER = ("size", "color", "material", "shape")


def named(image: Image, checkpoints: Path, keep: float, score: str) -> list[tuple[Region, str]]:
    """Every object of the picture with its full name, best score first."""
    source = str(checkpoints / "detector")
    detector = grounding_dino.load(source, score=score)  # type: ignore[arg-type]
    matcher = phrase_matcher.load(source, score=score)  # type: ignore[arg-type]
    found = [r for r in detector.find(image, detector.encode(image), "object") if (r.score or 0) >= keep]
    return [(r, " ".join(matcher.attribute(image, r, attribute)[0] for attribute in ORDER)) for r in found]


def drawn(image: Image, things: list[tuple[Region, str]], segmenter: sam.Sam | None, scale: int = 2) -> Pillow.Image:
    """The picture, enlarged, with boxes, the masks' outlines, and names."""
    pixels = np.array(image.pixels)
    if segmenter is not None and things:
        boxes = np.array([r.box for r, _ in things], np.float32)
        for mask, _ in segmenter.masks(image, segmenter.encode(image), boxes):
            inner = mask.copy()
            for axis in (0, 1):
                for step in (1, -1):
                    inner &= np.roll(mask, step, axis)
            pixels[mask & ~inner] = 255
    picture = Pillow.fromarray(pixels).resize((image.width * scale, image.height * scale), Pillow.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for region, name in things:
        x0, y0, x1, y1 = (v * scale for v in region.box)
        pen.rectangle((x0, y0, x1, y1), outline="white", width=2)
        text = f"{name} {region.score or 0:.2f}"
        length = pen.textlength(text)
        x = min(max(x0, 0), picture.width - length - 2)
        pen.rectangle((x, y0 - 12, x + length + 2, y0), fill="black")
        pen.text((x + 1, y0 - 12), text, fill="white")
    return picture


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("pictures", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"))
    parser.add_argument("--keep", type=float, default=0.45)
    parser.add_argument("--score", choices=("max", "mean"), default="max")
    a = parser.parse_args()
    segmenter = sam.load(str(a.checkpoints / "segmenter")) if (a.checkpoints / "segmenter").is_dir() else None
    cells = []
    for path in a.pictures:
        image = Image.from_pixels(np.array(Pillow.open(path).convert("RGB")))
        things = named(image, a.checkpoints, a.keep, a.score)
        print(f"{path.name}: {len(things)} objects: " + ", ".join(sorted(name for _, name in things)))
        cells.append(drawn(image, things, segmenter).resize((640, round(640 * image.height / image.width))))
    columns = 3
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    heights = [max(c.height for c in row) for row in rows]
    sheet = Pillow.new("RGB", (640 * columns, sum(heights)), "black")
    for row, top in zip(rows, np.cumsum([0, *heights]), strict=False):
        for at, cell in enumerate(row):
            sheet.paste(cell, (at * 640, int(top)))
    a.out.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(a.out, quality=80)


if __name__ == "__main__":
    main()
