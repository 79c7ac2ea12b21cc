"""Pictures that are no tabletop scenes: bundled photographs, drawn documents, drawings, noise, plain colours.

The photographs are those in the scikit-image wheel. Everything else is made here from a seed, so that anyone gets the
same pictures. Of no picture there is a crop, a mirrored or a turned copy: each is one of its own.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFilter

from training.documents import DAMAGES, KINDS, make

Pixels = NDArray[np.uint8]
Painter = Callable[[ImageDraw.ImageDraw, random.Random], None]

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".bmp")
PHOTOGRAPHS = (
    "astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "clock_motion.png", "coffee.png",
    "coins.png", "color.png", "grass.png", "gravel.png", "horse.png", "hubble_deep_field.jpg", "ihc.png", "logo.png",
    "microaneurysms.png", "moon.png", "motorcycle_left.png", "page.png", "retina.jpg", "rocket.jpg", "text.png",
)  # fmt: skip
WIDTH, HEIGHT = 480, 320
GROUNDS = ("white", "#f4ecd8", "#bfbfbf", "#7d8590", "#20242c", "#87ceeb")
INKS = ("#d62728", "#1f77b4", "#2ca02c", "#9467bd", "#8c564b", "#ff9f1c", "#17becf", "#111111")
PLAIN = {
    "black": (0, 0, 0), "white": (255, 255, 255), "middle gray": (128, 128, 128), "light gray": (200, 200, 200),
    "red": (200, 30, 30), "green": (30, 160, 60), "blue": (30, 60, 200), "beige": (222, 205, 170),
}  # fmt: skip


def photographs() -> Iterator[tuple[str, Pixels]]:
    """The photographs of the scikit-image wheel."""
    import skimage

    folder = Path(skimage.__file__).parent / "data"
    for name in PHOTOGRAPHS:
        yield name.partition(".")[0], opened(folder / name)


def of_folder(folder: Path) -> Iterator[tuple[str, Pixels]]:
    """Every picture of a folder, in the order of names."""
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES):
        yield path.name, opened(path)


def opened(path: Path) -> Pixels:
    """A file as uint8 (height, width, 3), at most 1024 pixels on its longer side."""
    with Pillow.open(path) as picture:
        shown = picture.convert("RGB")
    shown.thumbnail((1024, 1024))
    return np.array(shown)


def documents(each: int = 2) -> Iterator[tuple[str, Pixels]]:
    """`each` documents of every kind that training.documents draws, under different damages."""
    damages = list(DAMAGES)
    for n, kind in enumerate(KINDS):
        for i in range(each):
            damage = damages[(n + 3 * i) % len(damages)]
            yield f"{kind} {i + 1} ({damage})", make(kind, damage, seed=900 + i).pixels


def drawings() -> Iterator[tuple[str, Pixels]]:
    """One of each painter below, on grounds in turn; the last ones come near to a tabletop on purpose."""
    for n, (name, paint) in enumerate(PAINTERS.items()):
        canvas = Pillow.new("RGB", (WIDTH, HEIGHT), GROUNDS[n % len(GROUNDS)])
        paint(ImageDraw.Draw(canvas), random.Random(name))
        yield name, np.array(canvas)
    yield "blurred discs", np.array(_discs("blurred discs").filter(ImageFilter.GaussianBlur(6)))
    yield "shaded balls", shaded_balls()


def noise() -> Iterator[tuple[str, Pixels]]:
    """Noise of several kinds and grains."""
    rng = np.random.default_rng(5)
    shape = (HEIGHT, WIDTH, 3)
    yield "uniform noise", rng.integers(0, 256, shape, np.uint8)
    yield "gaussian noise on gray", rng.normal(128, 20, shape).clip(0, 255).astype(np.uint8)
    yield "gray noise", np.repeat(rng.integers(0, 256, (HEIGHT, WIDTH, 1), np.uint8), 3, 2)
    yield "salt and pepper", np.where(rng.random((HEIGHT, WIDTH, 1)) < 0.5, 0, 255).astype(np.uint8).repeat(3, 2)
    for cells in (4, 12, 40):
        small = Pillow.fromarray(rng.integers(0, 256, (cells, cells * 3 // 2, 3), np.uint8))
        yield f"clouds of {cells}", np.array(small.resize((WIDTH, HEIGHT), Pillow.Resampling.BICUBIC))
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    waves = 128 + 120 * np.sin(np.hypot(x - 200, y - 150) / 7)
    yield "rings", np.repeat(waves.astype(np.uint8)[..., None], 3, 2)


def plain() -> Iterator[tuple[str, Pixels]]:
    """Plain colours and gradients."""
    for name, colour in PLAIN.items():
        yield f"plain {name}", np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
    ramp = np.linspace(90, 200, HEIGHT).astype(np.uint8)[:, None, None]
    yield "gray gradient", np.broadcast_to(ramp, (HEIGHT, WIDTH, 3)).copy()


def outside() -> Iterator[tuple[str, str, Pixels]]:
    """All of the above: (kind, name, pixels)."""
    made = {"photograph": photographs, "document": documents, "drawing": drawings, "noise": noise, "plain": plain}
    for kind, pictures in made.items():
        for name, pixels in pictures():
            yield kind, name, pixels


def _box(rng: random.Random, least: int = 30, most: int = 90) -> tuple[int, int, int, int]:
    w, h = rng.randint(least, most), rng.randint(least, most)
    x, y = rng.randint(5, WIDTH - w - 5), rng.randint(5, HEIGHT - h - 5)
    return x, y, x + w, y + h


def _discs(seed: str) -> Pillow.Image:
    canvas = Pillow.new("RGB", (WIDTH, HEIGHT), "#a0a0a0")
    draw, rng = ImageDraw.Draw(canvas), random.Random(seed)
    for _ in range(6):
        x0, y0, x1, _ = _box(rng, 35, 70)
        draw.ellipse((x0, y0, x1, y0 + x1 - x0), fill=rng.choice(INKS))
    return canvas


def shaded_balls() -> Pixels:
    """Five balls, lit from one side, on a gray floor with a lighter wall behind."""
    rng = np.random.default_rng(8)
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    pixels = np.where(y[..., None] < 120, 175.0, 125.0 + 0.12 * y[..., None]) * np.ones(3)
    for _ in range(5):
        cx, cy, r = rng.integers(50, WIDTH - 50), rng.integers(150, HEIGHT - 50), rng.integers(18, 42)
        inside = np.hypot(x - cx, y - cy) < r
        light = np.clip(1.1 - np.hypot(x - cx + r * 0.4, y - cy + r * 0.4) / (1.6 * r), 0.15, 1)
        pixels = np.where(inside[..., None], light[..., None] * rng.integers(60, 255, 3), pixels)
    return pixels.clip(0, 255).astype(np.uint8)


def chart(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.line((40, 20, 40, 290, 460, 290), fill="black", width=2)
    for i in range(9):
        draw.rectangle((60 + 44 * i, rng.randint(60, 270), 90 + 44 * i, 289), fill=INKS[i % len(INKS)])


def line_chart(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for ink in INKS[:4]:
        height, points = 160, []
        for x in range(30, 470, 10):
            height = min(300, max(20, height + rng.randint(-18, 18)))
            points.append((x, height))
        draw.line(points, fill=ink, width=3)


def pie(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    start = 0
    for ink in INKS[:6]:
        end = start + rng.randint(30, 80)
        draw.pieslice((110, 30, 370, 290), start, min(end, 360), fill=ink, outline="white")
        start = end


def flow_chart(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for i in range(4):
        draw.rectangle((180, 15 + 78 * i, 300, 60 + 78 * i), outline="white", width=2)
        draw.text((205, 30 + 78 * i), rng.choice(("start", "read", "check", "write")), fill="white")
        draw.line((240, 60 + 78 * i, 240, 93 + 78 * i), fill="white", width=2)


def house(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.rectangle((0, 230, WIDTH, HEIGHT), fill="#3b8a3b")
    draw.rectangle((150, 130, 330, 250), fill="#c98b5e", outline="black")
    draw.polygon([(130, 130), (240, 50), (350, 130)], fill="#8b2f2f")
    draw.rectangle((220, 180, 260, 250), fill="#4b3621")
    draw.ellipse((390, 20, 450, 80), fill="#ffd400")


def street(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for i in range(8):
        draw.rectangle((i * 60, rng.randint(30, 130), i * 60 + 56, 220), fill=rng.choice(INKS))
        for y in range(140, 210, 18):
            draw.rectangle((i * 60 + 12, y, i * 60 + 22, y + 10), fill="#ffe9a0")
    draw.rectangle((0, 220, WIDTH, HEIGHT), fill="#444444")
    for x in range(10, WIDTH, 60):
        draw.rectangle((x, 265, x + 30, 271), fill="white")


def stick_figures(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for i in range(5):
        x = 60 + 88 * i
        draw.ellipse((x - 16, 70, x + 16, 102), outline="black", width=3)
        draw.line((x, 102, x, 190), fill="black", width=3)
        draw.line((x - 30, rng.randint(110, 150), x, 130, x + 30, rng.randint(110, 150)), fill="black", width=3)
        draw.line((x - 24, 260, x, 190, x + 24, 260), fill="black", width=3)


def face(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.ellipse((130, 30, 350, 290), fill="#f2c9a0", outline="black", width=3)
    for x in (190, 270):
        draw.ellipse((x, 110, x + 30, 130), fill="white", outline="black")
        draw.ellipse((x + 10, 113, x + 22, 127), fill="black")
    draw.arc((180, 160, 300, 245), 20, 160, fill="#a02020", width=5)


def maze(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for x in range(0, WIDTH, 20):
        for y in range(0, HEIGHT, 20):
            ends = ((x, y), (x + 20, y + 20)) if rng.random() < 0.5 else ((x + 20, y), (x, y + 20))
            draw.line(ends, fill="white", width=3)


def board(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for i in range(8):
        for k in range(8):
            draw.rectangle((100 + 35 * i, 20 + 35 * k, 135 + 35 * i, 55 + 35 * k), fill=("#eee", "#386")[(i + k) % 2])
    for _ in range(9):
        i, k = rng.randrange(8), rng.randrange(8)
        draw.ellipse((106 + 35 * i, 26 + 35 * k, 129 + 35 * i, 49 + 35 * k), fill=rng.choice(("black", "white")))


def spiral(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    points = [(240 + t * math.cos(t / 6), 160 + t * math.sin(t / 6) * 0.9) for t in range(150)]
    draw.line(points, fill="#d62728", width=4)


def scribble(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    points = [(rng.randint(20, 460), rng.randint(20, 300)) for _ in range(40)]
    draw.line(points, fill="#1f3a93", width=3)


def keyboard(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for row, letters in enumerate(("QWERTYUIOP", "ASDFGHJKL", "ZXCVBNM")):
        for i, letter in enumerate(letters):
            x, y = 25 + 43 * i + 15 * row, 80 + 50 * row
            draw.rounded_rectangle((x, y, x + 38, y + 44), 6, outline="#dddddd", fill="#333943")
            draw.text((x + 15, y + 14), letter, fill="white")


def flag(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for i, ink in enumerate(("#0055a4", "#ffffff", "#ef4135")):
        draw.rectangle((90 + 100 * i, 60, 190 + 100 * i, 260), fill=ink)


def tree(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    def branch(x: float, y: float, angle: float, length: float) -> None:
        if length < 6:
            return
        to = x + length * math.cos(angle), y - length * math.sin(angle)
        draw.line((x, y, *to), fill="#5b3a1e", width=max(1, int(length / 10)))
        for turn in (0.45, -0.5):
            branch(*to, angle + turn + rng.uniform(-0.1, 0.1), length * 0.74)

    branch(240, 310, math.pi / 2, 80)


def flat_shapes(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for i in range(8):
        (draw.rectangle, draw.ellipse)[i % 2](_box(rng), fill=rng.choice(INKS))


def outlined_cubes(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for _ in range(5):
        x, y, x1, _ = _box(rng, 40, 70)
        s, d = x1 - x, (x1 - x) // 3
        draw.polygon([(x, y + d), (x + d, y), (x + s + d, y), (x + s, y + d)], outline="black", fill="#dddddd")
        draw.polygon(
            [(x + s, y + d), (x + s + d, y), (x + s + d, y + s), (x + s, y + s + d)], outline="black", fill="#999"
        )
        draw.rectangle((x, y + d, x + s, y + s + d), outline="black", fill=rng.choice(INKS))


PAINTERS: dict[str, Painter] = {
    "bar chart": chart, "line chart": line_chart, "pie chart": pie, "house": house, "flow chart": flow_chart,
    "street": street, "stick figures": stick_figures, "face": face, "maze": maze, "board game": board,
    "spiral": spiral, "scribble": scribble, "keyboard": keyboard, "flag": flag, "tree": tree,
    "flat shapes": flat_shapes, "outlined cubes": outlined_cubes,
}  # fmt: skip
