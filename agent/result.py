"""What a request ends with, and its JSON (schema 1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from agent.confidence import Grounds
from agent.language.evidence import Evidence
from agent.language.run import Step
from tools.types import Image, Region, Regions, Value

SCHEMA = 1
STATUSES = ("answered", "abstained", "failed")
# Why a request was not answered.
ABSTAINED = ("nothing_found", "ambiguous", "not_ready", "cannot", "unsure", "wrong_kind")
FAILED = ("invalid_program", "step_failed", "budget", "bad_input")
VALUE_TYPES = {
    "Number": "number", "Bool": "yes_no", "Text": "text", "Texts": "texts", "Region": "regions",
    "Regions": "regions", "Image": "image",
}  # fmt: skip


@dataclass(frozen=True)
class Files:
    """Where the overlay, an edited picture and the trace were written; None where there is none."""

    overlay: str | None = None
    image: str | None = None
    trace: str | None = None


@dataclass(frozen=True)
class Result:
    """The answer with its evidence.

    answer: for people, in the question's language. value: for programs. type: one of VALUE_TYPES' values, or None.
    reason: one of ABSTAINED or FAILED, else None. image: the edited picture of an edit. grounds: what the confidence
    follows from, where it can be told.
    """

    status: str
    answer: str
    reason: str | None = None
    value: Any = None
    type: str | None = None
    confidence: float | None = None
    program: str = ""
    replans: int = 0
    steps: Sequence[Step] = ()
    evidence: Sequence[Evidence] = ()
    pictures: Mapping[str, str] = field(default_factory=dict)  # root content id -> name
    files: Files = field(default_factory=Files)
    profile: str = ""
    seconds: float = 0.0
    notes: Sequence[str] = ()
    image: Image | None = None
    grounds: Grounds | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that `--json` prints."""
        return {
            "schema": SCHEMA,
            "status": self.status,
            "reason": self.reason,
            "answer": self.answer,
            "value": self.value,
            "type": self.type,
            "confidence": self.confidence,
            "program": self.program,
            "replans": self.replans,
            "steps": [
                {"n": s.n, "call": s.call, "result": s.result, "seconds": round(s.seconds, 4), "cached": s.cached}
                for s in self.steps
            ],
            "evidence": [self._evidence(e) for e in self.evidence],
            "files": {"overlay": self.files.overlay, "image": self.files.image, "trace": self.files.trace},
            "profile": self.profile,
            "seconds": round(self.seconds, 3),
            "notes": list(self.notes),
        }

    def _evidence(self, piece: Evidence) -> dict[str, Any]:
        region = piece.region
        mask = region.mask
        return {
            "step": piece.step,
            "role": piece.role,
            "image": self.pictures.get(region.frame.root),
            "box": [round(v, 2) for v in region.box],
            "mask": None if mask is None else {"size": [mask.height, mask.width], "counts": list(mask.counts)},
            "label": region.label,
            "score": None if region.score is None else round(region.score, 4),
            "text": region.text,
        }


def json_value(value: Value) -> Any:
    """A value for `value` of the JSON: numbers and truth values as they are, texts, boxes; None for a picture."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, (Region, Regions)):
        items = (value,) if isinstance(value, Region) else value.items
        return [{"box": [round(v, 2) for v in r.in_root().box], "label": r.label, "text": r.text} for r in items]
    if isinstance(value, (bool, int, float, str)):
        return value
    return None
