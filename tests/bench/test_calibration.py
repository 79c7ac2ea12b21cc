"""The reliability of kept answers: its numbers by hand, a fit that is found again, and the profile's lines."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from agent.confidence import Fit, Grounds, evidence_features
from bench.calibration import PROFILE, auroc, bins, expected_error, fitted, logistic_fit, main, report, written
from bench.reliability_diagram import draw, interval
from bench.tabletop_eval import Asked

ROW = Asked(
    "1", "count", "en", 3, "How many?", "answer(1)", 1, "answer(1)", "answered", 1, None, True, 0.1, True, True, ""
)
FIT = Fit((4.0, -2.0, -3.0), (1.0, 1.0), hedge=0.5)


def rows(number: int, scene: int, seed: int) -> list[Asked]:
    """Answers that are right as often as FIT says."""
    rng, made = np.random.default_rng(seed), []
    for i in range(number):
        grounds = Grounds(float(rng.exponential(1.0)), float(rng.exponential(0.6)))
        chance = 1 / (1 + math.exp(-float(np.dot(FIT.evidence, evidence_features(grounds)))))
        right = bool(rng.random() < chance)
        made.append(replace(ROW, id=f"{scene}-{i}", scene=scene, right=right, grounds=asdict(grounds)))
    return made


def test_bins_and_their_error() -> None:
    found = bins(np.array([0.9, 0.1, 0.8, 0.3]), np.array([1.0, 0.0, 0.0, 1.0]), number=2)
    assert [(b.count, b.low, b.high, b.right) for b in found] == [(2, 0.1, 0.3, 0.5), (2, 0.8, 0.9, 0.5)]
    assert [b.mean for b in found] == pytest.approx([0.2, 0.85])
    assert expected_error(found) == pytest.approx((0.3 + 0.35) / 2)
    assert len(bins(np.array([0.5]), np.array([1.0]))) == 1


def test_auroc() -> None:
    right = np.array([1, 1, 0, 0], np.float64)
    assert auroc(np.array([0.9, 0.8, 0.2, 0.1]), right) == 1
    assert auroc(np.array([0.9, 0.1, 0.9, 0.1]), right) == 0.5
    assert math.isnan(auroc(np.array([0.9]), np.array([1.0])))


def test_a_fit_is_found_again_and_is_calibrated() -> None:
    fit = fitted(rows(4000, 1, seed=1))
    assert fit.evidence == pytest.approx(FIT.evidence, abs=0.5)
    assert fit.plan == ()  # no plans among the lines
    lines, found = report(rows(4000, 3, seed=2), fit)
    assert expected_error(found) < 0.03
    assert "4000 questions, 4000 answered, 4000 of them with a confidence" in lines


def test_a_plan_s_part_is_fitted_on_what_the_programs_mean() -> None:
    sure = [replace(ROW, plan=0.9, same_meaning=i % 10 > 0) for i in range(100)]
    torn = [replace(ROW, plan=0.3, same_meaning=i % 2 > 0) for i in range(100)]
    fit = fitted([*sure, *torn])
    assert fit.evidence == ()
    assert Fit((50.0, 0.0, 0.0), fit.plan).confidence(Grounds(0, 0, 0.9)) == pytest.approx(0.9, abs=0.01)
    assert Fit((50.0, 0.0, 0.0), fit.plan).confidence(Grounds(0, 0, 0.3)) == pytest.approx(0.5, abs=0.01)


def test_a_fit_without_wrong_answers_ends() -> None:
    weights = logistic_fit(np.array([[1.0, 0.1], [1.0, 0.2]] * 20), np.ones(40), -1)
    assert np.isfinite(weights).all()


def test_doubt_never_makes_an_answer_surer() -> None:
    rng = np.random.default_rng(6)
    x = np.column_stack([np.ones(2000), rng.exponential(1.0, (2000, 2))])
    right = (rng.random(2000) < 1 / (1 + np.exp(-(1 + 0.5 * x[:, 1] - 1.5 * x[:, 2])))).astype(np.float64)
    weights = logistic_fit(x, right, -1)
    assert weights[1] == 0
    assert weights[2] == pytest.approx(-1.5, abs=0.3)
    assert logistic_fit(x[:, [0, 1]], right, 1)[1] > 0


def test_the_profile_is_written_where_the_weights_stand() -> None:
    text = PROFILE.read_text(encoding="utf-8")
    fit = Fit((1.5, -2.5, -0.5), (3.0, 4.0))
    again = written(text, fit)
    assert (again.count("evidence = [1.5, -2.5, -0.5]"), again.count("scenes = [3.0, 4.0]")) == (1, 1)
    assert len(again.splitlines()) == len(text.splitlines())
    assert written(text, Fit()) == text
    with pytest.raises(ValueError, match=r"under \[detector\]"):
        written("[planner]\nevidence = []\n", Fit((1.0,)))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], own_home: Path) -> None:
    lines = [*rows(300, 1, seed=3), *rows(300, 6, seed=4), *rows(300, 9, seed=5)]
    lines += [replace(ROW, status="abstained", right=False, grounds=None), replace(ROW, id="x", grounds=None)]
    results, profile, picture = tmp_path / "r.jsonl", tmp_path / "p.toml", tmp_path / "d.png"
    results.write_text("\n".join(json.dumps(asdict(line)) for line in lines), encoding="utf-8")
    profile.write_text("[detector]\nkeep = 0.2\nevidence = []\nhedge = 0.5\n[planner]\nscenes = []\n", encoding="utf-8")
    said = run(capsys, results, "--fit", "--write", "--profile", profile, "--diagram", picture)
    assert "fitted on evidence: 300 lines" in said
    assert "602 questions, 601 answered, 600 of them with a confidence" in said
    assert "scenes = []" in profile.read_text()  # too few plans: the general calibration goes on serving
    assert "evidence = [" in profile.read_text() and "evidence = []" not in profile.read_text()
    with Pillow.open(picture) as drawn:
        assert drawn.width > 500
    halves = run(capsys, results, "--halves", "--profile", profile)
    assert "302 questions" in halves  # scene 9, and 3 of the two others


def run(capsys: pytest.CaptureFixture[str], *arguments: Any) -> str:
    """What the command prints."""
    main([str(a) for a in arguments])
    return capsys.readouterr().out


def test_the_diagram_shows_points_where_they_belong() -> None:
    found = bins(np.linspace(0.5, 1.0, 100), np.array([i % 4 > 0 for i in range(100)], np.float64), number=4)
    assert np.asarray(draw(found)).std() > 5
    with pytest.raises(ValueError, match="no"):
        draw([])
    least, most = interval(1.0, 50)
    assert 0.9 < least < 1 <= most + 1e-9
