"""Plans that the agent does not run: shown by `ask`, declined in the lines of `plan --json`."""

from __future__ import annotations

import pytest
from PIL import Image as Pil

from agent import Agent
from agent.planner import Plan
from agent.prompting import Request
from agent.result import Result
from tests.fakes import FakeDetector, FakeModels


class Unknowing:
    """A planner that does not know a word."""

    reads_messages = False

    def plan(self, request: Request) -> Plan:
        return Plan('answer(count(detect(image, "cup")))\n', 0.9, unknown=("뷁궯",))


def test_an_unknown_word_is_named_and_nothing_is_run() -> None:
    result = Agent(planner=Unknowing(), trace=False).ask(Pil.new("RGB", (40, 30)), "뷁궯 몇 개?")
    assert (result.status, result.reason) == ("abstained", "unsure")
    assert "뷁궯" in (result.answer or "")
    assert list(result.steps) == []


def test_thresholds_are_the_language_s() -> None:
    agent = Agent(planner=Unknowing(), settings=["planner.keep=0.5", "planner.keep_korean=0.9"])
    assert not agent.doubts("How many?", Plan("answer(a)", 0.6))
    assert agent.doubts("몇 개야?", Plan("answer(a)", 0.6))


SCENES = {
    "about a scene": ('answer(attribute(only(detect(image, "large red cube")), "color"))', True),
    "a word that the detector does not know": ('answer(count(detect(image, "red mug")))', False),
    "a condition": ('answer(count(where(detect(image, "cube"), "on the floor")))', False),
    "text": ('answer(exists(find_text(image, "red")))', False),
    "declined": ('cannot("unclear request")', False),
}


@pytest.mark.parametrize(("program", "scene"), SCENES.values(), ids=SCENES.keys())
def test_plans_about_scenes_have_a_threshold_of_their_own(program: str, scene: bool) -> None:
    settings = ["planner.keep=0.5", "planner.keep_korean=0.6", "planner.keep_scenes=0.2"]
    settings.append('detector.words=["large", "red", "cube"]')
    agent = Agent(planner=Unknowing(), settings=settings)
    for request in ("What color?", "무슨 색이야?"):
        doubted = not program.startswith("cannot") and not scene
        assert agent.doubts(request, Plan(program, 0.3)) is doubted
        assert not agent.doubts(request, Plan(program, 0.7))
    assert agent.doubts("What color?", Plan(program, 0.1)) is not program.startswith("cannot")


def test_a_doubted_plan_about_a_scene_is_run_from_its_own_threshold_on() -> None:
    class Hesitant:
        reads_messages = False

        def plan(self, request: Request) -> Plan:
            return Plan('answer(count(detect(image, "mug")))\n', 0.3)

    for keep, status in (("0.2", "answered"), ("0.4", "abstained")):
        settings = ["planner.keep=0.9", f"planner.keep_scenes={keep}", 'detector.words=["mug"]']
        models = FakeModels({"detector": FakeDetector({"mug": [((1, 1, 9, 9), 0.9)]})}, {("planner", "keep"): 0.9})
        agent = Agent(planner=Hesitant(), models=models, settings=settings, trace=False, cache=False)
        assert agent.ask(Pil.new("RGB", (40, 30)), "How many mugs?").status == status


@pytest.mark.parametrize(
    ("request_", "setting", "said"),
    [
        ("How many mugs?", "hedge", 'answer(count(detect(image, "mug")))'),
        ("머그잔 몇 개야?", "hedge_korean", "이렇게 이해했습니다"),
    ],
)
def test_a_plan_that_is_nearly_doubted_is_run_and_shown(request_: str, setting: str, said: str) -> None:
    class Hesitant:
        reads_messages = False

        def plan(self, request: Request) -> Plan:
            return Plan('answer(count(detect(image, "mug")))\n', 0.3)

    def ask(hedge: float) -> Result:
        settings = {("planner", "keep"): 0.2, ("planner", "keep_korean"): 0.2, ("planner", setting): hedge}
        models = FakeModels({"detector": FakeDetector({"mug": [((1, 1, 9, 9), 0.9)]})}, settings)
        agent = Agent(planner=Hesitant(), models=models, trace=False, cache=False)
        return agent.ask(Pil.new("RGB", (40, 30)), request_)

    sure, doubted = ask(0.25), ask(0.4)
    assert (sure.status, sure.answer) == ("answered", "1")
    assert (doubted.status, doubted.value) == ("answered", 1)
    first, *rest = doubted.answer.splitlines()
    assert first == "1" and said in "\n".join(rest)
