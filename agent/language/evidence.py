"""What an answer follows from, traced through the program.

Every value carries its evidence: the regions (and the empty searches) that it came from, each with the role that it
played. A value that is itself regions has those on top; they become evidence where a tool turns them into something
else (a count, a text, a picture), or where they are the answer.

    left_of(mugs, laptop)   the mugs that were kept go on; the laptop joins with the role "compared"
    minus(a, b)             what is left of a goes on; what b took away joins with the role "removed"
    count(mugs)             each mug joins with the role "counted"; of no mugs the picture joins with "searched"
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from tools.core import Tool
from tools.types import Frame, Region, Regions, Value


@dataclass(frozen=True)
class Evidence:
    """One piece: the step that used it, its role, and the region in its root frame.

    role: "counted", "compared", "removed", "read", "found", "searched" (looked for here, and nothing found), "edited",
    or "used".
    """

    step: int
    role: str
    region: Region


@dataclass(frozen=True)
class Traced:
    """A value, the step that made it (0: an input or a literal), and the evidence it came with."""

    value: Value
    step: int = 0
    evidence: tuple[Evidence, ...] = ()


def after_call(tool: Tool, step: int, args: Sequence[Traced], result: Value) -> Traced:
    """The result of a tool call with the evidence that it takes over from its arguments and adds itself."""
    gathered = [e for a in args for e in a.evidence]
    if isinstance(result, (Region, Regions)):
        kept = set(_boxes(result))
        placed = [a for a in args if isinstance(a.value, (Region, Regions))]
        if tool.role == "removed":
            # What is gone from the first; of what was to go, only a search that found nothing says more.
            gathered += [e for a in placed[1:] for e in as_evidence(a, tool.role) if e.role == "searched"]
            placed = placed[:1]
        elif tool.role == "used":
            placed = []
        else:
            placed = placed[1:]
        for other in placed:
            gathered += [Evidence(other.step, tool.role, r) for r in _regions(other.value) if _key(r) not in kept]
    else:
        role = "edited" if tool.group == "edit" else tool.role
        for arg in args:
            if isinstance(arg.value, (Region, Regions)):
                gathered += as_evidence(arg, role)
    return Traced(result, step, unique(gathered))


def as_evidence(traced: Traced, role: str) -> list[Evidence]:
    """The regions of a value as evidence; of an empty Regions, the whole place that was searched."""
    value = traced.value
    if isinstance(value, Regions) and not value.items:
        return [Evidence(traced.step, "searched", searched_place(value.frame, value.searched))]
    return [Evidence(traced.step, role, r) for r in _regions(value)]


def of_answer(traced: Traced) -> tuple[Evidence, ...]:
    """All evidence of the answer's value."""
    own = as_evidence(traced, "found") if isinstance(traced.value, (Region, Regions)) else []
    return unique([*own, *traced.evidence])


def merged(value: Value, parts: Iterable[Traced]) -> Traced:
    """A value computed by an operator from traced parts."""
    return Traced(value, 0, unique([e for p in parts for e in p.evidence]))


def searched_place(frame: Frame, searched: str | None) -> Region:
    """Where nothing was found: the whole frame, in root pixels."""
    return Region((0.0, 0.0, float(frame.width), float(frame.height)), frame, label=searched).in_root()


def unique(pieces: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Each region once a role, the first step that used it staying."""
    seen: dict[tuple[object, ...], Evidence] = {}
    for piece in pieces:
        at_root = piece.region.in_root()
        seen.setdefault((piece.role, _key(at_root), at_root.label), Evidence(piece.step, piece.role, at_root))
    return tuple(seen.values())


def without_text(piece: Evidence) -> Evidence:
    """The same place without what was written there."""
    return replace(piece, region=piece.region.with_(text=None, words=()))


def _regions(value: Value) -> tuple[Region, ...]:
    if isinstance(value, Region):
        return (value,)
    return value.items if isinstance(value, Regions) else ()


def _key(region: Region) -> tuple[str, tuple[float, ...], str | None]:
    return (region.frame.root, region.box, region.text)


def _boxes(value: Region | Regions) -> list[tuple[str, tuple[float, ...], str | None]]:
    return [_key(r) for r in _regions(value)]
