"""The detector's thresholds by what they count right: keep, sure and confirm of a profile, fitted on scenes.

    python -m bench.second_looks --scenes FOLDER... [--checkpoint checkpoints/detector] [--trained] [--write]

Asks the phrases of bench.eyes_eval of every held-out scene (or every other one, `--trained`) once, with a second look
at every region from `LEAST` on, then counts anew under each triple of thresholds: a region counts from `sure` on, and
between `keep` and `sure` where the matcher confirms it. The triple with the best exact count, as the mean over the
kinds of phrases, is printed beside the profile's own; of triples within `NEAR` of the best the one that takes the
fewest second looks is chosen. `--write` puts it into the default profile.

Give it scenes that bench.eyes_eval does not report on: three numbers fitted on the scenes of a report flatter it.
"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from agent.profiles import Models, load_profile
from bench.calibration import PROFILE
from bench.eyes_eval import KINDS, asked, chosen
from tools.adapters import grounding_dino
from tools.adapters.phrase_matcher import TABLETOP, PhraseMatcher
from tools.types import Floats
from training.tabletop.scenes import load

LEAST = 0.15
NEAR = 0.0005
KEEPS = tuple(round(0.2 + 0.05 * i, 2) for i in range(9))
SURES = tuple(round(0.3 + 0.05 * i, 2) for i in range(13))
CONFIRMS = tuple(round(0.2 + 0.05 * i, 2) for i in range(11))


@dataclass(frozen=True)
class Looked:
    """One phrase asked of one scene: scores (N,), the second look's (N,), and how many there are in truth."""

    kind: str
    scores: Floats
    seconds: Floats
    truth: int


@dataclass(frozen=True)
class Thresholds:
    """A profile's detector.keep, detector.sure and matcher.confirm."""

    keep: float
    sure: float
    confirm: float

    def count(self, looked: Looked) -> int:
        """How many regions the profile would return."""
        doubtful = (looked.scores >= self.keep) & (looked.scores < self.sure)
        surely = looked.scores >= max(self.sure, self.keep)
        return int(surely.sum() + (doubtful & (looked.seconds >= self.confirm)).sum())

    def looks(self, looked: Looked) -> bool:
        """Whether a second look is taken."""
        return bool(((looked.scores >= self.keep) & (looked.scores < self.sure)).any())


def look(checkpoint: str, sources: Sequence[str], cache: Path, trained: bool, limit: int) -> Iterator[Looked]:
    """Every phrase of bench.eyes_eval asked of every scene."""
    detector = grounding_dino.load(checkpoint, floor=0.02)
    matcher = PhraseMatcher(detector, TABLETOP)
    for scenes, i, image in chosen(load(sources, cache), limit, trained):
        attributes = scenes.attributes(i)
        encoding = detector.encode(image)
        questions = asked(attributes, int(scenes.numbers[i]))
        said = detector.scored(image, encoding, [p.text for _, p in questions])
        for (kind, phrase), s in zip(questions, said, strict=True):
            regions = [r for r in detector.regions(image, s, phrase.text) if (r.score or 0) >= LEAST]
            seconds = matcher.confirm(image, regions, phrase.text) if regions else np.zeros(0, np.float32)
            scores = np.array([r.score for r in regions], np.float32)
            yield Looked(kind, scores, seconds, int(phrase.match(attributes).sum()))


def exact(thresholds: Thresholds, every: Sequence[Looked]) -> dict[str, float]:
    """The share of phrases of each kind whose count is exact."""
    rights: dict[str, list[bool]] = defaultdict(list)
    for looked in every:
        rights[looked.kind].append(thresholds.count(looked) == looked.truth)
    return {kind: float(np.mean(rights[kind])) for kind in KINDS if rights[kind]}


def fit(every: Sequence[Looked]) -> tuple[Thresholds, list[tuple[float, float, Thresholds]]]:
    """The chosen thresholds, and all (mean over kinds, share of second looks, thresholds), best first."""
    table = []
    for keep in KEEPS:
        for sure in (s for s in SURES if s >= keep):
            for confirm in CONFIRMS if sure > keep else (0.5,):
                t = Thresholds(keep, sure, confirm)
                looks = float(np.mean([t.looks(v) for v in every]))
                table.append((float(np.mean(list(exact(t, every).values()))), looks, t))
    table.sort(key=lambda row: (-row[0], row[1]))
    best = min((row for row in table if row[0] >= table[0][0] - NEAR), key=lambda row: row[1])
    return best[2], table


def written(text: str, t: Thresholds) -> str:
    """A profile's text with these thresholds in its sections [detector] and [matcher]."""
    for section, name, value in (
        ("detector", "keep", t.keep),
        ("detector", "sure", t.sure),
        ("matcher", "confirm", t.confirm),
    ):
        text, done = re.subn(rf"(?ms)(^\[{section}\](?:(?!^\[).)*?^{name} = )[\d.]+", rf"\g<1>{value}", text)
        if done != 1:
            raise ValueError(f"expected one {name} in [{section}] of the profile, found {done}")
    return text


def main(argv: Sequence[str] | None = None) -> None:
    """Print the thresholds that count best, and write them where asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--scenes", nargs="+", required=True)
    parser.add_argument("--checkpoint", default="checkpoints/detector")
    parser.add_argument("--cache", type=Path, default=Path("training/data"))
    parser.add_argument("--trained", action="store_true")
    parser.add_argument("--limit", type=int, default=10**6, help="scenes of each source")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args(argv)
    every = list(look(args.checkpoint, args.scenes, args.cache, args.trained, args.limit))
    if not every:
        raise SystemExit("these scenes are all on the other side of the split: leave --trained away, or give it")
    profile = Models(load_profile())
    now = Thresholds(
        profile.setting("detector", "keep", 0.3),
        profile.setting("detector", "sure", 0.3),
        profile.setting("matcher", "confirm", 0.5),
    )
    best, table = fit(every)
    print(f"{len(every)} phrases; mean over {len(KINDS)} kinds, share of phrases looked at again:")
    for mean, looks, t in table[:8]:
        print(f"  keep {t.keep:.2f} sure {t.sure:.2f} confirm {t.confirm:.2f}: {mean:.4f}, {looks:.3f}")
    for name, t in (("chosen", best), ("the profile's", now), ("no second look", Thresholds(0.45, 0.45, 0.5))):
        shares = exact(t, every)
        print(
            f"{name} (keep {t.keep} sure {t.sure} confirm {t.confirm}): {np.mean(list(shares.values())):.4f}; "
            + ", ".join(f"{kind} {share:.3f}" for kind, share in shares.items())
        )
    if args.write:
        PROFILE.write_text(written(PROFILE.read_text(), best))
        print(f"wrote keep {best.keep}, sure {best.sure}, confirm {best.confirm} into {PROFILE.name}")


if __name__ == "__main__":
    main()
