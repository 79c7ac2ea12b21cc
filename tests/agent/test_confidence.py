"""How likely an answer is right: what its grounds are, what they weigh, and what is said where it is little."""

from __future__ import annotations

import math
from typing import Any

import pytest

from agent import Agent, Result
from agent.confidence import Fit, Grounds
from agent.planner import Plan
from agent.prompting import Request
from tests.fakes import FakeDepth, FakeDetector, FakeFaces, FakeMatcher, FakeModels, FakeReader, blank

IMAGE = blank(200, 100)
SCENE = {
    "mug": [((10, 10, 20, 20), 0.9), ((60, 10, 75, 25), 0.8), ((120, 10, 130, 20), 0.2)],
    "cup": [((120, 10, 130, 20), 0.5)],
    "laptop": [((90, 5, 110, 40), 0.95)],
}
FIT = ["detector.evidence=[3.0, -1.0, -2.0]", "planner.scenes=[2.0, 1.0]", "planner.keep=0.0"]
COUNT = 'answer(count(detect(image, "mug")))\n'


class Sure:
    """A planner that gives its one program a probability."""

    reads_messages = False

    def __init__(self, program: str, probability: float | None = 0.5) -> None:
        self.made = Plan(program, probability)

    def plan(self, request: Request) -> Plan:
        return self.made


def ran(
    program: str, planner: Sure | None = None, fit: list[str] = FIT, request: str = "How many?", **settings: float
) -> Result:
    thresholds = {("detector", "keep"): 0.25, ("detector", "sure"): 0.7} | {
        ("matcher", k): v for k, v in settings.items()
    }
    models = FakeModels(
        {
            "detector": FakeDetector(SCENE), "faces": FakeFaces([(1, 1, 9, 9)]), "depth": FakeDepth(),
            "matcher": FakeMatcher(lambda region, phrase: 0.4), "reader": FakeReader([(5, 5, "total 5")]),
        },
        thresholds,
    )  # fmt: skip
    agent = Agent(planner=planner, models=models, settings=fit, trace=False, cache=False)
    return agent.ask(IMAGE, request) if planner else agent.run_program(IMAGE, program)


def logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def test_what_was_kept_and_what_was_nearly_kept() -> None:
    result = ran(COUNT)
    assert result.grounds == Grounds(pytest.approx(-math.log(0.8)), pytest.approx(-math.log(1 - 0.2)))
    assert result.confidence == pytest.approx(logistic(3 - 0.2231 - 2 * 0.2231), abs=1e-3)
    assert result.to_json()["confidence"] == result.confidence


def test_a_plan_weighs_in_where_there_was_one() -> None:
    given, planned = ran(COUNT), ran(COUNT, Sure(COUNT))
    assert given.confidence is not None
    assert planned.confidence == pytest.approx(given.confidence * logistic(2 + math.log(0.5)), abs=1e-3)


@pytest.mark.parametrize(("confirm", "kept", "missed"), [(0.3, 0.5, 0.0), (0.5, None, 0.4)])
def test_a_second_look_counts_by_its_own_score(confirm: float, kept: float | None, missed: float) -> None:
    grounds = ran('answer(count(detect(image, "cup")))', confirm=confirm).grounds
    assert grounds is not None
    assert grounds.kept == pytest.approx(0 if kept is None else -math.log(kept))
    assert grounds.missed == pytest.approx(-math.log(1 - missed))


def test_only_what_the_answer_follows_from_counts() -> None:
    left = ran('answer(count(left_of(detect(image, "mug"), only(detect(image, "cup")))))', confirm=0.3)
    right = ran('answer(count(right_of(detect(image, "mug"), only(detect(image, "laptop")))))', confirm=0.3)
    assert left.grounds is not None
    assert right.grounds is not None
    assert left.grounds.kept == pytest.approx(-math.log(0.5))
    assert right.grounds.kept == pytest.approx(-math.log(0.95))


NONE = {
    "read": 'answer(text_of(read_text(image)))',
    "a face": 'answer(count(detect(image, "face")))',
    "a constant": "answer(3)",
    "read and found": 'answer(count(detect(image, "mug")) + count(read_text(image)))',
}  # fmt: skip


@pytest.mark.parametrize("program", NONE.values(), ids=NONE.keys())
def test_what_was_not_calibrated_has_no_confidence(program: str) -> None:
    result = ran(program)
    assert (result.status, result.confidence, result.grounds) == ("answered", None, None)


@pytest.mark.parametrize("fit", [["detector.evidence=[]"], ["planner.scenes=[]", "planner.calibration=[]"]])
def test_without_weights_there_is_none(fit: list[str]) -> None:
    result = ran(COUNT, Sure(COUNT), [*FIT, *fit])
    assert (result.confidence, result.grounds is not None) == (None, True)


def test_a_planner_without_a_probability_leaves_the_evidence() -> None:
    assert ran(COUNT, Sure(COUNT, None)).confidence == ran(COUNT).confidence


def test_the_plan_s_general_calibration_serves_where_there_is_no_other() -> None:
    assert Fit.of({"planner": {"calibration": [1, 2]}}).plan == (1.0, 2.0)
    assert Fit.of({"planner": {"calibration": [1, 2], "scenes": [3, 4]}}).plan == (3.0, 4.0)


HEDGED: dict[str, tuple[str, str, Any]] = {
    "How many?": (COUNT, "I am not sure: 2", 2),
    "몇 개야?": (COUNT, "확실하지 않습니다: 2", 2),
    "Are there mugs?": ('answer(exists(detect(image, "mug")))\n', "I am not sure: yes", True),
}


@pytest.mark.parametrize("request_", HEDGED)
def test_little_confidence_is_said_in_words(request_: str) -> None:
    program, answer, value = HEDGED[request_]
    result = ran(program, Sure(program), [*FIT, "planner.keep_korean=0", "detector.hedge=0.99"], request_)
    assert (result.status, result.answer, result.value) == ("answered", answer, value)
    sure = ran(program, Sure(program), [*FIT, "planner.keep_korean=0", "detector.hedge=0.1"], request_)
    assert sure.answer == answer.split(": ")[1]


def test_extreme_grounds_stay_probabilities() -> None:
    fit = Fit((3.0, -1.0, -2.0), (2.0, 1.0))
    assert fit.confidence(Grounds(1e6, 30.0, 0.0)) == 0.0
    assert fit.confidence(Grounds(0.0, 0.0, 1.0)) == pytest.approx(logistic(3) * logistic(2), abs=1e-4)
