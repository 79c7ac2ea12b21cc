"""The loop with a scripted planner: what is planned again, what is kept, and how each request ends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent import Agent, Result
from agent.prompting import Request
from tests.fakes import FakeDetector, FakeFaces, FakeModels, FakePlanner, FakeReader, blank

IMAGE = blank(200, 100)
SCENE = {"mug": [(10, 10, 20, 20), (60, 10, 75, 25)], "laptop": [(90, 5, 110, 40)]}
GOOD = 'answer(count(detect(image, "mug")))\n'


def agent_of(planner: FakePlanner, detector: FakeDetector | None = None, **options: Any) -> Agent:
    models = FakeModels({"detector": detector or FakeDetector(SCENE), "reader": FakeReader([(5, 5, "a@b.org")])})
    return Agent(planner=planner, models=models, trace=False, **options)


def asked(*programs: str, reads_messages: bool = True, **options: Any) -> tuple[Result, FakePlanner]:
    planner = FakePlanner(*programs, reads_messages=reads_messages)
    return agent_of(planner, **options).ask(IMAGE, "How many mugs?"), planner


def test_answered() -> None:
    result, planner = asked(GOOD)
    assert (result.status, result.reason, result.answer, result.value, result.type) == (
        "answered", None, "2", 2, "number")  # fmt: skip
    assert (result.replans, result.program, [s.n for s in result.steps]) == (0, GOOD, [1, 2])
    assert [e.role for e in result.evidence] == ["counted", "counted"]
    assert planner.requests == [Request("How many mugs?", {"image": "Image"})]


ENDINGS = {
    "two bad programs, then a good one": (["answer(a)", "answer(b)", GOOD], "answered", None, 2, "2"),
    "three bad programs": (["answer(a)", "answer(b)", "answer(c)", GOOD], "failed", "invalid_program", 2, "`c`"),
    "cannot": (['cannot("identifies a person")'], "abstained", "cannot", 0, "who a person is"),
    "nothing where one is needed": (
        ['answer(left_of(detect(image, "mug"), only(detect(image, "cup"))))', GOOD],
        "abstained", "nothing_found", 0, "There is no cup in the picture."),
    "several where one is needed, then better": (
        ['answer(only(detect(image, "mug")))', GOOD], "answered", None, 1, "2"),
    "several again": (
        ['answer(only(detect(image, "mug")))', 'answer(only(detect(image, "mug")))', GOOD],
        "abstained", "ambiguous", 1, "There are 2 candidates (mug)"),
    "a failed step, then better": (["answer(1 / 0)", GOOD], "answered", None, 1, "2"),
    "failed steps": (["answer(1 / 0)"] * 3 + [GOOD], "failed", "step_failed", 2, "division by zero"),
    "no model for it": (["answer(describe(image))", GOOD], "abstained", "not_ready", 0, "vlm"),
    "nothing is an answer": (['answer(count(detect(image, "cup")))'], "answered", None, 0, "0"),
    "nothing is a no": (['answer(exists(detect(image, "cup")))'], "answered", None, 0, "no"),
    "nothing found": (['answer(detect(image, "cup"))'], "answered", None, 0, "Nothing found for cup."),
}  # fmt: skip


@pytest.mark.parametrize(("programs", "status", "reason", "replans", "answer"), ENDINGS.values(), ids=ENDINGS.keys())
def test_ending(programs: list[str], status: str, reason: str | None, replans: int, answer: str) -> None:
    result, planner = asked(*programs)
    assert (result.status, result.reason, result.replans) == (status, reason, replans)
    assert answer in result.answer
    assert len(planner.requests) == replans + 1


def test_a_planner_that_reads_no_messages_is_asked_once() -> None:
    result, planner = asked("answer(a)", GOOD, reads_messages=False)
    assert (result.status, result.reason, len(planner.requests)) == ("failed", "invalid_program", 1)


def test_what_the_planner_is_told() -> None:
    _, planner = asked("answer(a)", "answer(1 / 0)", GOOD)
    second, third = planner.requests[1:]
    assert second.message == "line 1, column 8: expected a name that is bound before, found `a`"
    assert second.failed == "answer(a)"
    assert third.message is not None
    assert "1 / 0 failed: division by zero" in third.message


def test_finished_statements_stay_and_are_not_run_again() -> None:
    detector = FakeDetector(SCENE)
    planner = FakePlanner(
        'm = detect(image, "mug")\nl = detect(image, "laptop")\nanswer(left_of(l, only(m)))\n', "answer(count(m))\n"
    )
    result = agent_of(planner, detector).ask(IMAGE, "How many mugs?")
    assert (result.answer, detector.finds) == ("2", ["laptop", "mug"])
    again = planner.requests[1]
    assert set(again.kept) == {'m = detect(image, "mug")', 'l = detect(image, "laptop")'}
    assert again.names == {"image": "Image", "m": "Regions", "l": "Regions"}
    assert result.program.endswith("answer(count(m))\n")


def test_what_is_kept_stays_valid_without_the_branch_not_taken() -> None:
    planner = FakePlanner('u = detect(image, "cup")\nn = 1 if 2 > 1 else count(u)\nanswer(n / 0)\n', "answer(n)\n")
    assert agent_of(planner).ask(IMAGE, "How many?").answer == "1"
    assert planner.requests[1].kept == ('u = detect(image, "cup")', "n = 1 if 2 > 1 else count(u)")


def test_a_message_carries_nothing_that_was_read() -> None:
    planner = FakePlanner("answer(number_of(first(read_text(image))))\n", GOOD)
    assert agent_of(planner).ask(IMAGE, "How much?").answer == "2"
    assert "a@b.org" not in repr(planner.requests[1])


def test_candidates_are_evidence() -> None:
    result, _ = asked('answer(only(detect(image, "mug")))')
    assert [(e.role, e.region.box[0]) for e in result.evidence] == [("candidate", 10), ("candidate", 60)]


def test_nothing_found_says_where_and_what() -> None:
    first, second = blank(200, 100), blank(30, 40)
    planner = FakePlanner('answer(first(detect(image2, "cup")))')
    result = agent_of(planner).ask([first, second], "Where is the first cup?")
    (piece,) = result.evidence
    assert (piece.role, piece.region.label, piece.region.box) == ("searched", "cup", (0, 0, 30, 40))
    assert result.pictures[piece.region.frame.root] == "image2"


BUDGETS = {
    "steps": ({"max_steps": 1}, "--max-steps"),
    "pixels": ({"max_pixels": 1000}, "--max-pixels"),
    "seconds": ({"max_seconds": -1}, "--max-seconds"),
}


@pytest.mark.parametrize(("limits", "remedy"), BUDGETS.values(), ids=BUDGETS.keys())
def test_a_budget_ends_a_request(limits: dict[str, float], remedy: str) -> None:
    result, planner = asked(GOOD, **limits)
    assert (result.status, result.reason, len(planner.requests)) == ("failed", "budget", 1)
    assert remedy in result.answer


EDITS = {
    "what matches nothing": (
        'answer(blur(image, detect(image, "cup")))',
        "abstained",
        "nothing_found",
        "left as it is",
    ),
    "a question": (GOOD, "abstained", "wrong_kind", "ask"),
    "an edit": ('answer(blur(image, detect(image, "mug")))', "answered", None, "edited"),
}


@pytest.mark.parametrize(("program", "status", "reason", "answer"), EDITS.values(), ids=EDITS.keys())
def test_an_edit(program: str, status: str, reason: str | None, answer: str, tmp_path: Path) -> None:
    planner = FakePlanner(program)
    out = tmp_path / "out.png"
    noisy = IMAGE.edited(IMAGE.pixels // 2)
    noisy.pixels.flags.writeable = True
    noisy.pixels[::2, ::3] = 200
    result = agent_of(planner).edit(noisy.pixels, "Blur the mugs", out=out)
    assert (result.status, result.reason) == (status, reason)
    assert answer in result.answer
    assert planner.requests[0].answers == ("Image",)
    assert out.exists() is (status == "answered")
    assert (result.files.image == str(out)) is (status == "answered")
    assert list(tmp_path.iterdir()) == ([out] if status == "answered" else [])


def test_korean_requests_get_korean_answers() -> None:
    planner = FakePlanner('answer(exists(detect(image, "mug")))')
    assert agent_of(planner).ask(IMAGE, "컵이 있나요?").answer == "예"


def test_events_tell_what_happens_in_order() -> None:
    planner = FakePlanner("answer(a)", GOOD)
    events = [e["event"] for e in agent_of(planner).stream(IMAGE, ask="How many mugs?")]
    assert events == [
        "loaded", "plan", "replan", "plan", "step_started", "step_done", "step_started", "step_done", "result"
    ]  # fmt: skip


def test_faces_need_no_detector() -> None:
    planner = FakePlanner('answer(count(detect(image, "face")))')
    agent = Agent(planner=planner, models=FakeModels({"faces": FakeFaces([(1, 1, 5, 5)])}), trace=False)
    assert agent.ask(IMAGE, "How many faces?").value == 1


def test_state_holds_small_values_only(own_home: Path) -> None:
    """A durable session of a megapixel picture stays small on disk."""
    planner = FakePlanner(GOOD)
    agent_of(planner, cache=False).ask(blank(1000, 1000), "How many mugs?", session="s")
    stored = sum(f.stat().st_size for f in (own_home / "sessions").iterdir())
    assert stored < 200_000
