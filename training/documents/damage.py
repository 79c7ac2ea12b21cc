"""What happens to paper and pictures: crumpling, skew, perspective, faded thermal print, blur, JPEG, noise, turns.

Geometric damages move the known boxes with the pixels: exactly for skew, perspective and turns, to within a pixel or
two for crumpling (its displacement is smooth and is inverted by its own value).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from training.documents.sheet import Box, Document, Pixels, Value

Mover = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]
DAMAGES = ("none", "crumple", "skew", "perspective", "fade", "blur", "jpeg", "noise", "turned", "mixed")


def damaged(document: Document, damage: str, seed: int) -> Document:
    """The document under one damage of DAMAGES, or several ("mixed")."""
    rng = np.random.default_rng([seed, DAMAGES.index(damage)])
    if damage == "none":
        return document
    if damage in ("crumple", "skew", "perspective", "turned"):
        return _moved(document, damage, *_GEOMETRIC[damage](document.pixels, rng))
    if damage == "mixed":
        made = document
        for one in ("crumple", str(rng.choice(["skew", "perspective"]))):
            made = _moved(made, damage, *_GEOMETRIC[one](made.pixels, rng))
        pixels = _fade(made.pixels, rng, weakest=0.5) if rng.random() < 0.5 else made.pixels
        return replace(made, pixels=_jpeg(_noise(pixels, rng, strength=6.0), rng), damage=damage)
    made_pixels = {"fade": _fade, "blur": _blur, "jpeg": _jpeg, "noise": _noise}[damage](document.pixels, rng)
    return replace(document, pixels=made_pixels, damage=damage)


def _moved(document: Document, damage: str, pixels: Pixels, move: Mover) -> Document:
    def value(v: Value) -> Value:
        x0, y0, x1, y1 = v.box
        points = move(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], dtype=np.float64))
        low, high = points.min(axis=0), points.max(axis=0)
        box: Box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        return Value(v.text, box)

    return replace(
        document,
        pixels=pixels,
        damage=damage,
        values={k: value(v) for k, v in document.values.items()},
        lines=tuple(value(v) for v in document.lines),
        entities={k: tuple(value(v) for v in vs) for k, vs in document.entities.items()},
    )


def _crumple(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mover]:
    """Smooth random displacement of a few pixels, with shading along its slopes, as crumpled paper shows."""
    height, width = pixels.shape[:2]
    field = np.zeros((height, width), np.float32)
    for cell, weight in ((160, 1.0), (70, 0.35)):
        coarse = rng.normal(size=(max(height // cell, 2) + 2, max(width // cell, 2) + 2)).astype(np.float32)
        field += weight * cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    down = np.gradient(field, axis=0).astype(np.float32)
    across = np.gradient(field, axis=1).astype(np.float32)
    strength = float(rng.uniform(3.0, 7.0))
    dx = strength * cv2.GaussianBlur(across, (0, 0), 12) / max(float(np.abs(across).max()), 1e-6) * 1.5
    dy = strength * field / max(float(np.abs(field).max()), 1e-6)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = cv2.remap(pixels, x + dx, y + dy, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    slope = (down + across) / max(float(np.abs(down + across).max()), 1e-6)
    light = 1.0 + float(rng.uniform(0.15, 0.35)) * slope[:, :, None]
    shaded = np.clip(moved.astype(np.float32) * light * float(rng.uniform(0.8, 0.95)), 0, 255).astype(np.uint8)

    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        i = np.clip(points[:, 1].round().astype(int), 0, height - 1)
        j = np.clip(points[:, 0].round().astype(int), 0, width - 1)
        return points - np.stack([dx[i, j], dy[i, j]], axis=1)

    return shaded, move


def _warped(pixels: Pixels, matrix: npt.NDArray[np.float64], size: tuple[int, int]) -> tuple[Pixels, Mover]:
    table = tuple(int(v) for v in (pixels.reshape(-1, 3).mean(axis=0) * 0.45))
    made = cv2.warpPerspective(
        pixels, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_CONSTANT, borderValue=table
    )

    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        h = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ matrix.T
        out: npt.NDArray[np.float64] = h[:, :2] / h[:, 2:]
        return out

    return np.asarray(made), move


def _skew(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mover]:
    """Turned by 3 to 14 degrees either way, on a darker table."""
    height, width = pixels.shape[:2]
    angle = float(rng.uniform(3, 14) * rng.choice([-1, 1]))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1.0)
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (int(height * sin + width * cos) + 20, int(height * cos + width * sin) + 20)
    turn[:, 2] += [(size[0] - width) / 2, (size[1] - height) / 2]
    return _warped(pixels, np.vstack([turn, [0, 0, 1]]), size)


def _perspective(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mover]:
    """Seen at a slant: every corner pulled in by up to a tenth."""
    height, width = pixels.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    inward = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]], np.float32)
    pulled = corners + inward * rng.uniform(0.0, 0.1, (4, 2)).astype(np.float32) * [width, height] + 15
    matrix = cv2.getPerspectiveTransform(corners, pulled.astype(np.float32))
    return _warped(pixels, matrix, (width + 30, height + 30))


def _turned(pixels: Pixels, rng: np.random.Generator) -> tuple[Pixels, Mover]:
    """A quarter turn, half a turn or three quarters."""
    height, width = pixels.shape[:2]
    turns = int(rng.integers(1, 4))

    def move(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        x, y = points[:, 0], points[:, 1]
        return np.stack({1: (y, width - x), 2: (width - x, height - y), 3: (height - y, x)}[turns], axis=1)

    return np.ascontiguousarray(np.rot90(pixels, turns)), move


def _fade(pixels: Pixels, rng: np.random.Generator, weakest: float = 0.25) -> Pixels:
    """Thermal print that lost most of its contrast, unevenly, on grayish paper."""
    height, width = pixels.shape[:2]
    coarse = rng.uniform(weakest, 0.6, (5, 4)).astype(np.float32)
    keep = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)[:, :, None]
    paper = np.array([225, 222, 212], np.float32)
    faded = paper - (255.0 - pixels.astype(np.float32)) * np.clip(keep, 0.15, 1.0) * 0.85
    return np.clip(faded + rng.normal(0, 2.5, pixels.shape), 0, 255).astype(np.uint8)


def _blur(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), float(rng.uniform(1.0, 1.8))))


def _jpeg(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="JPEG", quality=int(rng.integers(18, 45)))
    return np.asarray(Image.open(buffer)).copy()


def _noise(pixels: Pixels, rng: np.random.Generator, strength: float = 18.0) -> Pixels:
    return np.clip(pixels.astype(np.float32) + rng.normal(0, strength, pixels.shape), 0, 255).astype(np.uint8)


_GEOMETRIC = {"crumple": _crumple, "skew": _skew, "perspective": _perspective, "turned": _turned}
