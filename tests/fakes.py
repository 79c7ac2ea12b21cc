"""Scripted stand-ins, one per seam: models by role through FakeModels, and a planner; injected, nothing patched."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from agent.planner import Plan
from agent.prompting import Request
from tools.adapters.roles import PrivateSpan
from tools.core import Context, NotReady
from tools.types import Box, Depth, Image, Region, Word


class FakeModels:
    """A ModelSource over a dict of adapters by role; `asked` counts how often each role was asked for."""

    def __init__(
        self,
        adapters: Mapping[str, Any] | None = None,
        settings: Mapping[tuple[str, str], float] | None = None,
        *,
        roles: Mapping[str, Any] | None = None,
    ) -> None:
        self.adapters = {**(adapters or {}), **(roles or {})}
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
        """Changes with a role's settings, as that of a profile does."""
        if role not in self.adapters:
            return "none"
        return f"fake {sorted((k, v) for (r, k), v in self.settings.items() if r == role)}"


class FakeReader:
    """Plays "reader" from a script: (x, y, text) or (x, y, text, height) with top left corners; words evenly spaced.

    A character is 0.6 of the height wide. The script may also be a function from a picture to its lines.
    `reads` counts the pictures read, `seen` keeps them.
    """

    def __init__(self, script: Sequence[tuple[Any, ...]] | Callable[[Image], Sequence[Region]]) -> None:
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


class FakeFaces:
    """Plays "faces": the same boxes in every picture; `runs` counts."""

    def __init__(self, boxes: Sequence[Box]) -> None:
        self.boxes = list(boxes)
        self.runs = 0

    def find(self, image: Image) -> list[Region]:
        self.runs += 1
        return [Region(b, image.frame, score=0.9, label="face") for b in self.boxes]


class FakeDetector:
    """Plays "detector": phrase -> boxes, or (box, score) pairs; `encodes` and `finds` say what was asked."""

    def __init__(self, script: Mapping[str, Sequence[Any]]) -> None:
        self.script = dict(script)
        self.encodes = 0
        self.finds: list[str] = []

    def encode(self, image: Image) -> str:
        self.encodes += 1
        return image.id

    def find(self, image: Image, encoding: Any, phrase: str) -> list[Region]:
        if encoding != image.id:
            raise AssertionError("the encoding is of another picture")
        self.finds.append(phrase)
        scored = [e if len(e) == 2 else (e, 0.9) for e in self.script.get(phrase, ())]
        return [Region(box, image.frame, score=score, label=phrase) for box, score in scored]


class FakeDepth:
    """Plays "depth": a map from left (near) to right (far); `runs` counts."""

    def __init__(self) -> None:
        self.runs = 0

    def depth(self, image: Image) -> Depth:
        self.runs += 1
        row = np.arange(image.width, dtype=np.float32)
        return Depth(np.tile(row, (image.height, 1)), image.frame)


class FakeMatcher:
    """Plays "matcher": `truth(region, phrase)` in [0, 1], and an attribute by function; keeps the regions it saw."""

    def __init__(
        self,
        truth: Callable[[Region, str], float] = lambda region, phrase: 0.0,
        attribute: Callable[[Region, str], str] = lambda region, attribute: "red",
    ) -> None:
        self.truth, self.of = truth, attribute
        self.seen: list[tuple[Image, Region]] = []

    def match(self, image: Image, regions: Sequence[Region], phrases: Sequence[str]) -> Any:
        self.seen += [(image, r) for r in regions]
        return np.array([[self.truth(r, p) for p in phrases] for r in regions], np.float32)

    def confirm(self, image: Image, regions: Sequence[Region], phrase: str) -> Any:
        return self.match(image, regions, [phrase])[:, 0]

    def attribute(self, image: Image, region: Region, attribute: str) -> tuple[str, float]:
        self.seen.append((image, region))
        return self.of(region, attribute), 0.9


class FakeVlm:
    """Plays "vlm": answers with `said`, chooses the choice at `pick`; `asked` keeps (picture, question)."""

    def __init__(self, said: str = "a cat", pick: int = 0) -> None:
        self.said, self.pick = said, pick
        self.asked: list[tuple[Image, str]] = []

    def answer(self, image: Image, question: str) -> str:
        self.asked.append((image, question))
        return self.said

    def choose(self, image: Image, question: str, choices: Sequence[str]) -> tuple[str, float]:
        self.asked.append((image, question))
        return choices[self.pick], 0.9


class FakePrivate:
    """Plays "private": text -> kind; a text is found over line ends too. `seen` keeps what it was shown."""

    def __init__(self, script: Mapping[str, str], score: float = 0.8) -> None:
        self.script, self.score = dict(script), score
        self.seen: list[str] = []

    def spans(self, text: str) -> list[PrivateSpan]:
        self.seen.append(text)
        found = []
        for words, kind in self.script.items():
            pattern = r"\s+".join(re.escape(word) for word in words.split())
            found += [PrivateSpan(m.start(), m.end(), kind, self.score) for m in re.finditer(pattern, text)]
        return sorted(found, key=lambda s: s.start)


class FakePlanner:
    """A planner that says its programs one after the other, the last one again; `requests` keeps what it was asked."""

    def __init__(self, *programs: str, reads_messages: bool = True) -> None:
        self.programs, self.reads_messages = list(programs), reads_messages
        self.requests: list[Request] = []

    def plan(self, request: Request) -> Plan:
        self.requests.append(request)
        said = self.programs[min(len(self.requests), len(self.programs)) - 1]
        kept = "".join(line + "\n" for line in request.kept)
        return Plan(kept + said, 0.5, tokens=7, forced=3)


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


def until_blackened(*script: tuple[Any, ...]) -> FakeReader:
    """A reader of these lines in every picture without a black pixel, and of nothing in others, as after redacting."""
    return FakeReader(lambda image: [scripted_line(image, *e) for e in script if image.pixels.any(axis=2).all()])


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
