"""The detector's thresholds by what they count right."""

from __future__ import annotations

import numpy as np
import pytest

from bench.calibration import PROFILE
from bench.second_looks import Looked, Thresholds, exact, fit, written


def looked(kind: str, scores: list[float], seconds: list[float], truth: int) -> Looked:
    return Looked(kind, np.array(scores, np.float32), np.array(seconds, np.float32), truth)


SURE = looked("object", [0.9, 0.8], [0.9, 0.8], 2)
CONFIRMED = looked("shape", [0.9, 0.35], [0.9, 0.6], 2)
REFUTED = looked("shape", [0.9, 0.42], [0.9, 0.25], 1)


def test_between_keep_and_sure_the_second_look_decides() -> None:
    t = Thresholds(0.3, 0.5, 0.5)
    assert [t.count(v) for v in (SURE, CONFIRMED, REFUTED)] == [2, 2, 1]
    assert [t.looks(v) for v in (SURE, CONFIRMED, REFUTED)] == [False, True, True]
    assert Thresholds(0.4, 0.5, 0.5).count(CONFIRMED) == 1  # under keep nothing is looked at


def test_the_fit_counts_every_kind_alike_and_looks_no_oftener_than_it_must() -> None:
    chosen, table = fit([SURE, CONFIRMED, REFUTED])
    assert exact(chosen, [SURE, CONFIRMED, REFUTED]) == {"object": 1.0, "shape": 1.0}
    assert chosen.keep <= 0.35 and chosen.sure > 0.42 and 0.25 < chosen.confirm <= 0.6
    best = table[0][0]
    assert all(looks >= 2 / 3 - 1e-9 for mean, looks, _ in table if mean == best)
    assert exact(Thresholds(0.3, 0.3, 0.5), [SURE, CONFIRMED, REFUTED]) == {"object": 1.0, "shape": 0.5}


def test_thresholds_are_written_into_their_sections_alone() -> None:
    text = written(PROFILE.read_text(encoding="utf-8"), Thresholds(0.11, 0.22, 0.33))
    detector = text.split("[detector]")[1].split("[matcher]")[0]
    assert "keep = 0.11" in detector and "sure = 0.22" in detector
    assert "confirm = 0.33" in text.split("[matcher]")[1].split("[segmenter]")[0]
    assert text.split("[detector]")[0] == PROFILE.read_text(encoding="utf-8").split("[detector]")[0]
    with pytest.raises(ValueError, match="found 0"):
        written("[detector]\nkeep = 0.3\n", Thresholds(0.1, 0.2, 0.3))
