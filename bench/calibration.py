"""Whether `confidence` means what it says: reliability of the answers that bench.tabletop_eval kept, and its fit.

    python -m bench.calibration RESULTS.jsonl... [--fit] [--write] [--halves] [--diagram docs/reliability.png]

Confidence is computed anew from each line's grounds (agent.confidence) by the profile's weights, so nothing is asked
again. Lines about held-out scenes are reported; `--fit` fits the weights on the lines about all other scenes
(`tabletop_eval --trained`; `--gold` lines serve the evidence's part), with `--halves` also on the held-out scenes of
even number, and then reports on the odd ones. `--write` puts what was fitted into the profile. Prints the reliability
in ten bins of equally many answers, expected calibration error over them, Brier score, AUROC of right against wrong
answers, how many are right among the surest, and how many right and wrong ones are hedged.

NOT here: the plan's calibration for requests of all kinds (bench.plan_eval).
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import agent.profiles
from agent.confidence import Fit, Grounds, evidence_features, plan_features
from agent.profiles import load_profile
from bench.reliability_diagram import draw
from bench.tabletop_eval import Asked, read
from training.tabletop.scenes import is_held_out

BINS = 10
COVERAGES = (1.0, 0.95, 0.9, 0.8, 0.7, 0.5)
FEWEST = 30
"""Lines of which a part is fitted; of fewer it stays as it is."""
PROFILE = Path(agent.profiles.__file__).parent / "embedded.toml"
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence: how many, their lowest, highest and mean confidence, and the share that is right."""

    count: int
    low: float
    high: float
    mean: float
    right: float


def bins(confidences: Doubles, right: Doubles, number: int = BINS) -> list[Bin]:
    """`number` bins of equally many answers, least sure first; fewer where there are fewer answers."""
    order = np.argsort(confidences, kind="stable")
    parts = [part for part in np.array_split(order, number) if len(part)]
    return [
        Bin(len(p), float(c.min()), float(c.max()), float(c.mean()), float(right[p].mean()))
        for p in parts
        for c in [confidences[p]]
    ]


def expected_error(found: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance of confidence and share right, weighted by the bins' counts."""
    return sum(b.count * abs(b.mean - b.right) for b in found) / sum(b.count for b in found)


def auroc(confidences: Doubles, right: Doubles) -> float:
    """How often a right answer is surer than a wrong one, ties counting half; nan where there are not both."""
    good, bad = confidences[right == 1], confidences[right == 0]
    if not len(good) or not len(bad):
        return float("nan")
    more, same = good[:, None] > bad[None], good[:, None] == bad[None]
    return float((more + 0.5 * same).mean())


def logistic_fit(features: Doubles, right: Doubles, sign: int, ridge: float = 0.1) -> list[float]:
    """Weights of a logistic model, by Newton's method; the ridge leaves the first, the constant, free.

    features: (N, D), the first column ones. right: (N,) of 0 and 1. sign: of all weights but the first; a feature that
    wants the other one (more doubt, more right) is chance, and gets no weight.
    """
    used = list(range(features.shape[1]))
    while True:
        weights = _newton(features[:, used], right, ridge)
        against = [i for i, w in zip(used[1:], weights[1:], strict=True) if w * sign < 0]
        if not against:
            break
        used = [i for i in used if i not in against]
    found = dict(zip(used, weights, strict=True))
    return [round(float(found.get(i, 0.0)), 3) for i in range(features.shape[1])]


def _newton(features: Doubles, right: Doubles, ridge: float) -> Doubles:
    held = ridge * np.eye(features.shape[1])
    held[0, 0] = 1e-6
    weights = np.zeros(features.shape[1])
    for _ in range(100):
        chance = 1 / (1 + np.exp(-features @ weights))
        curve = (features.T * (chance * (1 - chance))) @ features + held
        step = np.linalg.solve(curve, features.T @ (right - chance) - held @ weights)
        weights += np.clip(step, -2, 2)
    return weights


def fitted(rows: Sequence[Asked]) -> Fit:
    """The evidence's part from answers by programs that mean what was asked, the plan's part from all plans.

    A part with fewer lines than FEWEST stays empty.
    """
    found, said = Fit(), []
    answered = [(Grounds(**r.grounds), r.right) for r in rows if r.grounds and r.same_meaning]
    planned = [(r.plan, r.same_meaning) for r in rows if r.plan is not None and not r.program.startswith("cannot(")]
    if len(answered) >= FEWEST:
        x = np.array([evidence_features(g) for g, _ in answered])
        found = replace(found, evidence=tuple(logistic_fit(x, np.array([float(y) for _, y in answered]), -1)))
    if len(planned) >= FEWEST:
        x = np.array([plan_features(Grounds(0, 0, p)) for p, _ in planned])
        found = replace(found, plan=tuple(logistic_fit(x, np.array([float(y) for _, y in planned]), 1)))
    for what, lines in (("evidence", answered), ("plan", planned)):
        wrong = sum(not right for _, right in lines)
        said.append(f"{what}: {len(lines)} lines, {wrong} wrong" + ("" if len(lines) >= FEWEST else ", too few"))
    print("fitted on " + "; ".join(said))
    return found


def written(profile: str, fit: Fit) -> str:
    """A profile's text with the fit's weights in place of what stands there. Raises ValueError where nothing does."""
    for table, key, weights in (("detector", "evidence", fit.evidence), ("planner", "scenes", fit.plan)):
        if not weights:
            continue
        line = re.compile(rf"(^\[{table}\]\n(?:(?!\[).*\n)*?){key} = \[.*\]$", re.M)
        profile, times = line.subn(lambda m, k=key, w=weights: f"{m[1]}{k} = {list(w)}", profile)
        if not times:
            raise ValueError(f"expected a line `{key} = [...]` under [{table}] of the profile, found none")
    return profile


def report(rows: Sequence[Asked], fit: Fit) -> tuple[list[str], list[Bin]]:
    """The printed lines, and the bins for the diagram."""
    answered = [r for r in rows if r.status == "answered"]
    grounds = [(Grounds(**r.grounds) if r.grounds else None, r.right) for r in answered]
    pairs = [(c, right, fit.doubts(g)) for g, right in grounds if (c := fit.confidence(g)) is not None]
    lines = [f"{len(rows)} questions, {len(answered)} answered, {len(pairs)} of them with a confidence"]
    if not pairs:
        return lines, []
    confidences, right, low = (np.array(column, np.float64) for column in zip(*pairs, strict=True))
    found = bins(confidences, right)
    lines += ["", "| confidence | answers | mean confidence | right |", "|---|---|---|---|"]
    lines += [f"| {b.low:.3f} to {b.high:.3f} | {b.count} | {b.mean:.3f} | {b.right:.3f} |" for b in found]
    lines += [
        "",
        f"right {right.mean():.3f}, mean confidence {confidences.mean():.3f}, "
        f"expected calibration error {expected_error(found):.3f}, "
        f"Brier score {np.mean((confidences - right) ** 2):.4f} ({right.var():.4f} for the mean), "
        f"AUROC {auroc(confidences, right):.3f}",
        "",
        "| answered | confidence from | right |",
        "|---|---|---|",
    ]
    order = np.argsort(-confidences, kind="stable")
    for coverage in COVERAGES:
        kept = order[: max(1, round(coverage * len(order)))]
        lines.append(f"| the surest {100 * coverage:.0f}% | {confidences[kept].min():.3f} | {right[kept].mean():.3f} |")
    lines += [
        "",
        f"hedged (evidence under {fit.hedge}): {int((low * right).sum())} of {int(right.sum())} right answers, "
        f"{int((low * (1 - right)).sum())} of {int((1 - right).sum())} wrong ones",
    ]
    return lines, found


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("results", type=Path, nargs="+", metavar="JSONL")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--write", action="store_true", help="put what is fitted into the profile")
    parser.add_argument("--halves", action="store_true", help="fit on the held-out scenes of even number too")
    parser.add_argument("--profile", type=Path, default=PROFILE)
    parser.add_argument("--diagram", type=Path, metavar="PNG")
    a = parser.parse_args(arguments)
    rows = [row for path in a.results for row in read(path)]
    fit = Fit.of(load_profile(str(a.profile)).roles)
    held = [r for r in rows if is_held_out(r.scene)]
    others = [r for r in rows if not is_held_out(r.scene)]
    if a.halves:
        others, held = others + [r for r in held if r.scene % 2 == 0], [r for r in held if r.scene % 2]
    if a.fit:
        new = fitted(others)
        print(f"detector.evidence = {list(new.evidence)}\nplanner.scenes = {list(new.plan)}")
        if a.write:
            a.profile.write_text(written(a.profile.read_text(encoding="utf-8"), new), encoding="utf-8")
        fit = replace(fit, evidence=new.evidence or fit.evidence, plan=new.plan or fit.plan)
    lines, found = report(held, fit)
    print("\n".join(lines))
    if a.diagram and found:
        draw(found).save(a.diagram)


if __name__ == "__main__":
    main()
