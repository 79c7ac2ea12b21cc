"""A request's trace: all of it in one folder, readable as JSON and as a page, and enough to run it again.

    FOLDER/trace.json      request, program, plans, steps, evidence, result, profile, fingerprints
    FOLDER/index.html      the same as one self-contained page
    FOLDER/overlay.png     the evidence drawn on the picture
    FOLDER/image.png       the edited picture, where the answer is one and no other place was named
    FOLDER/inputs/         the pictures as they were given
    FOLDER/steps, FOLDER/artifacts    results, as agent.store keeps them

Of a request that destroys something (redact), no input, step result or text that was read stays, unless asked for.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.graph import Session
from agent.language.evidence import Evidence
from agent.language.run import Event, is_private
from agent.pictures import split_page
from agent.profiles import ROLES, Profile
from agent.report import page
from agent.result import Files, Result
from agent.store import Store, png, write_whole
from tools.core import InputError, ModelSource
from tools.drawing import draw_evidence, draw_marks
from tools.types import RLE, Image, Region, Regions

VERSION = 1
PLAIN_LABELS = frozenset({"text", "word", "unread text"})  # of regions that are nothing but text


class Trace(Store):
    """The trace of one request while it is written; a StepCache that keeps the steps for the replay."""

    def __init__(self, traces: Path, identity: str) -> None:
        super().__init__(traces / identity)

    def finish(
        self,
        result: Result,
        work: Session,
        state: Mapping[str, Any],
        events: Sequence[Event],
        profile: Profile,
        keep_source: bool,
    ) -> Result:
        """Write everything; the result with the places of its files, and without what a redaction destroyed."""
        private = bool(work.runs) and is_private(work.runs[-1].checked) and not keep_source
        if private:
            for part in ("steps", "artifacts"):
                shutil.rmtree(self.folder / part, ignore_errors=True)
        files = self._pictures(result, work, private)
        result = replace(result, files=replace(files, image=result.files.image or files.image))
        inputs = [] if private else self._inputs(work, state["sources"])
        record = {
            "trace": VERSION,
            "request": {"mode": state["mode"], "text": state["text"], "images": inputs},
            "plans": [_plan(p.text, p.probability, p.seconds, p.tokens, p.forced) for p in work.plans],
            "events": [e for e in events if e["event"] in ("replan",)],
            "profile": {"name": profile.name, "roles": {r: dict(s) for r, s in profile.roles.items()}},
            "fingerprints": {role: work.context.models.fingerprint(role) for role in ROLES if role != "planner"},
            "private": private,
            "result": result.to_json(),
        }
        write_whole(self.folder / "trace.json", json.dumps(record, ensure_ascii=False, indent=1).encode())
        write_whole(self.folder / "index.html", page(record, step_pictures(work, private), self._shown()).encode())
        return result

    def _pictures(self, result: Result, work: Session, private: bool) -> Files:
        overlay = image = None
        if result.image is not None:
            if result.files.image is None:
                image = str(self.folder / "image.png")
                write_whole(self.folder / "image.png", png(result.image))
            base = result.image if private else None
        else:
            base = None
        drawn = draw_overlay(result.evidence, work.images, base, numbered=result.reason == "ambiguous")
        if drawn is not None and not (private and base is None):
            overlay = str(self.folder / "overlay.png")
            write_whole(self.folder / "overlay.png", png(drawn))
        return Files(overlay, image, str(self.folder / "index.html"))

    def _inputs(self, work: Session, sources: Sequence[str]) -> list[dict[str, Any]]:
        """Copy the pictures as they were given; those from memory as PNG."""
        kept = []
        for (name, image), source in zip(work.images.items(), sources, strict=False):
            if source in work.given:
                file, part = f"inputs/{name}.png", None
                write_whole(self.folder / file, png(image))
            else:
                path, number = split_page(source)
                file, part = f"inputs/{name}{Path(path).suffix.lower()}", number
                write_whole(self.folder / file, Path(path).read_bytes())
            kept.append({"name": name, "file": file, "page": part, "source": source, "root": image.frame.root})
        return kept

    def _shown(self) -> bytes | None:
        path = self.folder / "overlay.png"
        return path.read_bytes() if path.exists() else None


@dataclass(frozen=True)
class OldTrace:
    """What a replay needs of a trace."""

    sources: list[str]
    text: str
    program: str
    fingerprints: Mapping[str, str]
    store: Store


class Replayed:
    """The models of now, under the fingerprints of then: steps that did not change are found."""

    def __init__(self, models: ModelSource, fingerprints: Mapping[str, str]) -> None:
        self.models, self.fingerprints = models, fingerprints

    def model(self, role: str) -> Any:
        """The adapter of a role."""
        return self.models.model(role)

    def setting(self, role: str, key: str, default: float) -> float:
        """A number from the profile of now."""
        return self.models.setting(role, key, default)

    def fingerprint(self, role: str) -> str:
        """As the trace recorded it."""
        return self.fingerprints.get(role, "none")


class _ReadOnly(Store):
    """The store of a trace that is replayed: nothing is added to it."""

    def put(self, key: str, value: Any) -> None:
        """A replay does not change the trace that it replays."""


def read_trace(place: Path) -> OldTrace:
    """Read a trace's folder, or its trace.json or index.html. Raises InputError for what is no trace."""
    folder = place if place.is_dir() else place.parent
    try:
        record = json.loads((folder / "trace.json").read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError(f"an object was expected, got {type(record).__name__}")
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{place} is no trace: it has no readable trace.json ({error})") from error
    if record.get("trace") != VERSION:
        raise InputError(f"{place} is a trace of version {record.get('trace')}; this Eyeshot reads version {VERSION}")
    try:
        if record["private"]:
            raise InputError("this trace is of a redaction: its pictures were not kept (--keep-source keeps them)")
        request, program, fingerprints = record["request"], record["result"]["program"], record["fingerprints"]
        sources = [str(folder / i["file"]) + (f"#{i['page']}" if i["page"] else "") for i in request["images"]]
        return OldTrace(sources, request["text"], program, fingerprints, _ReadOnly(folder))
    except (KeyError, TypeError) as error:
        raise InputError(f"{place} is no whole trace: its trace.json lacks {error}") from error


def draw_overlay(
    evidence: Sequence[Evidence], images: Mapping[str, Image], base: Image | None, numbered: bool = False
) -> Image | None:
    """The evidence on the picture that most of it lies in, or on `base`; None where there is nothing to draw."""
    drawn = [e for e in evidence if e.role != "searched"]
    pictures = {image.frame.root: image for image in images.values()}
    roots = [e.region.frame.root for e in drawn if e.region.frame.root in pictures]
    if not roots:
        return None
    root = max(set(roots), key=roots.count)
    picture = base if base is not None and base.frame.root == root else pictures[root]
    placed = [(e.region.with_(frame=picture.frame, mask=_mask(e.region, picture)), e) for e in drawn
              if e.region.frame.root == root]  # fmt: skip
    if picture.frame != pictures[root].frame:
        return None
    if numbered:
        return draw_marks(picture, Regions(tuple(r for r, _ in placed), picture.frame))
    return draw_evidence(picture, [(r, caption(e)) for r, e in placed])


def caption(piece: Evidence) -> str:
    """What stands beside a piece of evidence: what it was found as, or its role where that says nothing."""
    label = piece.region.label
    return label if label and label not in PLAIN_LABELS else piece.role


def step_pictures(work: Session, private: bool) -> dict[int, Image]:
    """For each step that found regions or made a picture: what it looks like."""
    shown: dict[int, Image] = {}
    if private or not work.runs:
        return shown
    last = work.runs[-1]
    for step, value in zip(last.steps, last.results, strict=True):
        if isinstance(value, Image):
            shown[step.n] = value
        elif isinstance(value, (Region, Regions)):
            items = (value,) if isinstance(value, Region) else value.items
            pieces = [Evidence(step.n, "found", r.in_root()) for r in items]
            drawn = draw_overlay(pieces, work.images, None)
            if drawn is not None:
                shown[step.n] = drawn
    return shown


def _mask(region: Region, picture: Image) -> RLE | None:
    mask = region.mask
    return mask if mask is not None and (mask.width, mask.height) == (picture.width, picture.height) else None


def _plan(text: str, probability: float | None, seconds: float, tokens: int, forced: int) -> dict[str, Any]:
    return {"program": text, "probability": probability, "seconds": seconds, "tokens": tokens, "forced": forced}
