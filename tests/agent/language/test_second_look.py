"""Doubt about what was detected: a second look is a step of its own, decides what stays, and is taken once."""

from __future__ import annotations

from typing import Any

import pytest

from agent.language.check import check
from agent.language.run import Budget, Interpreter, MemoryCache
from tests.fakes import FakeDetector, FakeFaces, FakeMatcher, FakeModels, blank
from tools.core import BudgetExceeded, Context, registered

IMAGE = blank(200, 100)
SCENE = {"mug": [((10, 10, 20, 20), 0.9), ((60, 10, 75, 25), 0.5), ((120, 10, 130, 20), 0.4)]}
SETTINGS = {("detector", "keep"): 0.3, ("detector", "sure"): 0.7}
COUNT = 'answer(count(detect(image, "mug")))'


def started(matcher: FakeMatcher | None, settings: dict[Any, float] = SETTINGS, **more: Any) -> Interpreter:
    adapters: dict[str, Any] = {"detector": FakeDetector(SCENE), "faces": FakeFaces([(0, 0, 9, 9)])}
    if matcher is not None:
        adapters["matcher"] = matcher
    program = check(more.pop("program", COUNT), registered(), {"image": "Image"})
    more.setdefault("cache", MemoryCache())
    return Interpreter(program, {"image": IMAGE}, Context(FakeModels(adapters, settings)), registered(), **more)


def test_what_fails_the_second_look_is_dropped_and_the_look_is_recorded() -> None:
    matcher = FakeMatcher(lambda region, phrase: 0.8 if region.box[0] == 60 else 0.2)
    run = started(matcher).run()
    assert run.answer.value == 2
    assert [(s.n, s.call, s.result) for s in run.steps] == [
        (1, 'detect(image, "mug")', "3 regions"),
        (2, "look again at 2 of step 1", "2 regions"),
        (3, "count(step 2)", "2"),
    ]
    assert [r.box[0] for _, r in matcher.seen] == [60, 120]  # what is sure is not looked at again
    assert sorted(e.region.box[0] for e in run.evidence) == [10, 60]


@pytest.mark.parametrize(("confirm", "left"), [(0.9, 1), (0.1, 3)])
def test_the_profile_says_what_passes(confirm: float, left: int) -> None:
    matcher = FakeMatcher(lambda region, phrase: 0.5)
    assert started(matcher, {**SETTINGS, ("matcher", "confirm"): confirm}).run().answer.value == left


def test_nothing_in_doubt_is_no_step() -> None:
    run = started(FakeMatcher(), {("detector", "keep"): 0.8, ("detector", "sure"): 0.8}).run()
    assert [s.tool for s in run.steps] == ["detect", "count"]
    faces = started(FakeMatcher(), program='answer(count(detect(image, "face")))').run()
    assert [s.tool for s in faces.steps] == ["detect", "count"]


def test_without_a_matcher_there_is_no_second_look() -> None:
    run = started(None).run()
    assert (run.answer.value, [s.tool for s in run.steps]) == (3, ["detect", "count"])


def test_a_second_look_is_taken_once() -> None:
    matcher, cache = FakeMatcher(lambda region, phrase: 0.8), MemoryCache()
    started(matcher, cache=cache).run()
    looked = len(matcher.seen)
    again = started(matcher, cache=cache, frozen=True).run()
    assert (len(matcher.seen), [s.cached for s in again.steps]) == (looked, [True, True, False])
    with pytest.raises(LookupError, match="look again at 2 of step 1 is not among the recorded steps"):
        cache = MemoryCache()
        started(None, cache=cache).run()
        started(matcher, cache=cache, frozen=True).run()


def test_a_second_look_counts_as_a_step() -> None:
    with pytest.raises(BudgetExceeded, match="steps"):
        started(FakeMatcher(), budget=Budget(steps=1)).run()
