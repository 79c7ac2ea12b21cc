"""Scripted stand-ins, one per seam; injected, nothing is patched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tools.core import Context, NotReady
from tools.types import Image, Region, Word

Script = Sequence[tuple[Any, ...]] | Callable[[Image], Sequence[Region]]


class FakeModels:
    """A ModelSource over a dict of adapters by role; `asked` counts how often each role was asked for."""

    def __init__(
        self, adapters: Mapping[str, Any] | None = None, settings: Mapping[tuple[str, str], float] | None = None
    ) -> None:
        self.adapters = dict(adapters or {})
        self.settings = dict(settings or {})
        self.asked: dict[str, int] = {}

    def model(self, role: str) -> Any:
        self.asked[role] = self.asked.get(role, 0) + 1
        if role not in self.adapters:
            raise NotReady(role, f"this test has no {role}", "")
        return self.adapters[role]

    def setting(self, role: str, key: str, default: float) -> float:
        return self.settings.get((role, key), default)

    def fingerprint(self, role: str) -> str:
        return f"fake-{role}" if role in self.adapters else "none"


class FakeReader:
    """Plays "reader" from a script, and remembers the pictures that it was shown.

    The script is what a function of the picture returns, or entries (x, y, text) or (x, y, text, height) with top left
    corners; words are evenly spaced, a character 0.6 of the height wide.
    """

    def __init__(self, script: Script) -> None:
        self.script = script
        self.seen: list[Image] = []

    @property
    def reads(self) -> int:
        return len(self.seen)

    def lines(self, image: Image) -> list[Region]:
        self.seen.append(image)
        if callable(self.script):
            return list(self.script(image))
        return [scripted_line(image, *entry) for entry in self.script]


def scripted_line(image: Image, x: float, y: float, text: str, height: float = 20.0) -> Region:
    """A level line of text with its words boxed."""
    wide = 0.6 * height
    words, at = [], 0
    for part in text.split():
        start = text.index(part, at)
        at = start + len(part)
        words.append(Word(part, (x + start * wide, y, x + at * wide, y + height), 0.9))
    box = (x, y, x + max(len(text), 1) * wide, y + height)
    return Region(box, image.frame, score=0.9, label="text", text=text, words=tuple(words))


def blank(width: int = 800, height: int = 1000, shade: int = 255) -> Image:
    """An empty picture."""
    return Image.from_pixels(np.full((height, width, 3), shade, np.uint8))


def page_of(*rows: str | tuple[str, ...], x: float = 20.0, right: float = 620.0, step: float = 32.0) -> FakeReader:
    """A reader of rows from top to bottom: a text at the left, or several, the last one flush right at `right`."""
    script = []
    for i, row in enumerate(rows):
        cells = (row,) if isinstance(row, str) else row
        for j, text in enumerate(cells):
            if not text:
                continue
            last = len(cells) > 1 and j == len(cells) - 1
            left = right - 12 * len(text) if last else x + j * (right - x) / len(cells)
            script.append((left, 20 + i * step, text))
    return FakeReader(script)


def reading(*rows: str | tuple[str, ...]) -> tuple[Context, Image]:
    """A context whose reader reads these rows, and the picture to ask about."""
    return Context(FakeModels({"reader": page_of(*rows)})), blank()
