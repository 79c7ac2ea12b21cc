"""How likely an answer is right, from the plan's probability and from the evidence that the answer rests on.

    confidence = sigmoid(a + b log p) * sigmoid(w0 + w1 kept + w2 missed)

The first factor is how likely the program means what was asked; a program that the user gave has none. The second is
how likely its answer is right if it does. Both are fitted by bench.calibration on questions with known answers, and
stand in the profile: planner.scenes = [a, b] (else planner.calibration, for requests of all kinds, which are harder),
detector.evidence = [w0, w1, w2].

Limits: it was fitted on answers that follow from what the detector found, and is None for all others: for what was
read, for faces, for what a vision-language model said, for answers without evidence; and where a profile has no fit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.language.evidence import Evidence
from agent.language.run import Interpreter
from tools.core import Tool
from tools.types import Regions

SEEING = frozenset({"detector", "faces", "matcher", "depth", "segmenter"})
"""The roles of models behind the steps of an answer that the fit speaks for."""
LEAST = 1e-12
QUOTED = re.compile(r'"([^"]*)"')
ASKED = frozenset({"color", "shape", "size", "material"})


@dataclass(frozen=True)
class Grounds:
    """What the confidence of one answer follows from.

    kept: -log(score) of the least sure region that the answer follows from, 0 without any. missed: -log(1 - score) of
    the surest one that a search left out. plan: the plan's probability, or None for a program that was given.
    """

    kept: float
    missed: float
    plan: float | None = None


@dataclass(frozen=True)
class Fit:
    """The fitted weights of a profile; either may be missing.

    hedge: with evidence that is less likely to hold than this, an answer says that it is not sure. words: all that the
    profile's detector was trained to find, where that is little. keep_scenes: see `threshold`.
    """

    evidence: tuple[float, ...] = ()
    plan: tuple[float, ...] = ()
    hedge: float = 0.0
    words: frozenset[str] = frozenset()
    keep_scenes: float | None = None

    @classmethod
    def of(cls, roles: Mapping[str, Mapping[str, Any]]) -> Fit:
        """From a profile's roles."""
        planner = roles.get("planner", {})
        plan = planner.get("scenes") or planner.get("calibration") or ()
        detector = roles.get("detector", {})
        evidence = tuple(float(v) for v in detector.get("evidence") or ())
        keep = planner.get("keep_scenes")
        return cls(
            evidence,
            tuple(float(v) for v in plan),
            float(detector.get("hedge", 0.0)),
            frozenset(detector.get("words") or ()),
            None if keep is None else float(keep),
        )

    def threshold(self, program: str, keep: float) -> float:
        """The probability under which a plan is not run: `keep`, or planner.keep_scenes for one about scenes.

        That is one that searches, and whose phrases hold no word but detector.words: such plans are right at lower
        probabilities than others (bench.calibration), since the planner hesitates between forms of one meaning.
        """
        if self.keep_scenes is None or "detect(" not in program:
            return keep
        said = {word for quoted in QUOTED.findall(program) for word in quoted.split()}
        return self.keep_scenes if said <= self.words | ASKED else keep

    def confidence(self, grounds: Grounds | None) -> float | None:
        """The probability that an answer with these grounds is right; None without grounds or a fit for them."""
        if grounds is None or not self.evidence or (grounds.plan is not None and not self.plan):
            return None
        chance = logistic(self.evidence, evidence_features(grounds))
        if grounds.plan is not None:
            chance *= logistic(self.plan, plan_features(grounds))
        return round(chance, 4)

    def doubts(self, grounds: Grounds | None) -> bool:
        """Whether the evidence is such that the answer has to say that it is not sure.

        The plan plays no part: a doubtful one was not run (planner.keep), or its answer says so (planner.hedge).
        """
        if grounds is None or not self.evidence:
            return False
        return logistic(self.evidence, evidence_features(grounds)) < self.hedge


def grounds_of(
    run: Interpreter, evidence: Sequence[Evidence], tools: Mapping[str, Tool], probability: float | None
) -> Grounds | None:
    """The grounds of a finished run's answer; None where it rests on something that the fit does not speak for."""
    from tools.detect import is_face

    found = [v for s, v in zip(run.steps, run.results, strict=True) if s.tool == "detect" and isinstance(v, Regions)]
    roles = {role for step in run.steps for role in tools[step.tool].needs}
    if not found or not roles <= SEEING or any(is_face(v.searched) for v in found):
        return None
    scored = {(e.region.frame.root, e.region.box): e.region.score for e in evidence if e.role != "searched"}
    scores = [score for score in scored.values() if score is not None]
    if len(scores) < len(scored):
        return None
    near = max(v.near for v in found)
    return Grounds(_surprise(min(scores, default=1.0)), _surprise(1 - near), probability)


def _surprise(chance: float) -> float:
    return max(0.0, -math.log(max(chance, LEAST)))


def evidence_features(grounds: Grounds) -> tuple[float, ...]:
    """What detector.evidence weighs."""
    return (1.0, grounds.kept, grounds.missed)


def plan_features(grounds: Grounds) -> tuple[float, ...]:
    """What planner.scenes weighs."""
    return (1.0, math.log(max(grounds.plan or 0.0, LEAST)))


def logistic(weights: Sequence[float], features: Sequence[float]) -> float:
    """The logistic function of a weighted sum."""
    total = sum(w * x for w, x in zip(weights, features, strict=True))
    return 1 / (1 + math.exp(-max(min(total, 700.0), -700.0)))
