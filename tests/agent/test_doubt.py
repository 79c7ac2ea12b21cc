"""Plans that the agent does not run: shown by `ask`, declined in the lines of `plan --json`."""

from __future__ import annotations

from PIL import Image as Pil

from agent import Agent
from agent.planner import Plan
from agent.prompting import Request


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
