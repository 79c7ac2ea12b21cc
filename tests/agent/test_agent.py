"""The library's face: what counts as a picture, several of them, bad requests, and sessions that were cut off."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pil

from agent import Agent
from agent.agent import MAX_IMAGES
from agent.language.parse import Invalid
from agent.prompting import MAX_REQUEST
from agent.store import png
from tests.fakes import FakeDetector, FakeModels, FakePlanner, FakeReader, blank, until_blackened
from tests.killed import PROGRAM, QUESTION, SCENE
from tools.core import InputError

IMAGE = blank(60, 40)
ONE = {"mug": [(1, 1, 5, 5)]}
COUNT = 'answer(count(detect(image, "mug")))'


def agent_of(*programs: str, **options: Any) -> Agent:
    models = FakeModels({"detector": FakeDetector(ONE), "reader": until_blackened((1, 1, "secret@example.org", 6))})
    return Agent(planner=FakePlanner(*(programs or (COUNT,))), models=models, **{"trace": False, **options})


def pillow() -> Any:
    return Pil.fromarray(IMAGE.pixels)


def bytes_of() -> bytes:
    buffer = io.BytesIO()
    pillow().save(buffer, format="PNG")
    return buffer.getvalue()


SOURCES: dict[str, Callable[[Path], Any]] = {
    "a path": lambda path: path,
    "text of a path": str,
    "bytes": lambda path: bytes_of(),
    "Pillow": lambda path: pillow(),
    "Pillow, grey": lambda path: pillow().convert("L"),
    "an array": lambda path: IMAGE.pixels,
    "an Image": lambda path: IMAGE,
    "a list of one": lambda path: [path],
}


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES.keys())
def test_a_picture_may_be(make: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bytes_of())
    result = agent_of().ask(make(path), "How many mugs?")
    assert (result.answer, list(result.pictures.values())) == ("1", ["image"])
    assert list(result.pictures) == [IMAGE.frame.root]


def test_the_callers_array_stays_theirs() -> None:
    array = np.zeros((40, 60, 3), np.uint8)
    agent_of().ask(array, "How many mugs?")
    array[0, 0] = 255


BAD_ARRAYS = {
    "floats": np.zeros((4, 4, 3)),
    "grey": np.zeros((4, 4), np.uint8),
    "with alpha": np.zeros((4, 4, 4), np.uint8),
    "empty": np.zeros((0, 0, 3), np.uint8),
}


@pytest.mark.parametrize("array", BAD_ARRAYS.values(), ids=BAD_ARRAYS.keys())
def test_an_array_must_be(array: Any) -> None:
    with pytest.raises(InputError, match=r"uint8 \(height, width, 3\)"):
        agent_of().ask(array, "How many mugs?")


def test_several_pictures() -> None:
    planner = FakePlanner('answer(count(detect(image1, "mug")) + count(detect(image2, "mug")))')
    agent = Agent(planner=planner, models=FakeModels({"detector": FakeDetector(ONE)}), trace=False)
    result = agent.ask([IMAGE, blank(30, 20)], "How many mugs?")
    assert result.value == 2
    assert set(result.pictures.values()) == {"image1", "image2"}
    assert planner.requests[0].names == {"image1": "Image", "image2": "Image"}
    assert [e["image"] for e in result.to_json()["evidence"]] == ["image1", "image2"]


REFUSED: dict[str, tuple[Any, dict[str, Any], str]] = {
    "no picture": ([], {"ask": "Hm?"}, "give 1 to 8 pictures, got 0"),
    "too many": ([IMAGE] * (MAX_IMAGES + 1), {"ask": "Hm?"}, "give 1 to 8 pictures, got 9"),
    "no question": (IMAGE, {"ask": " \n "}, "the question is empty"),
    "a long question": (IMAGE, {"ask": "a" * (MAX_REQUEST + 1)}, "2001 characters"),
    "a question of 10,000": (IMAGE, {"ask": "why? " * 2000}, "at most 2000"),
    "two requests": (IMAGE, {"ask": "a", "edit": "b"}, "exactly one"),
    "none": (IMAGE, {}, "exactly one"),
    "a missing picture": ("nowhere.png", {"ask": "Hm?"}, "nowhere.png"),
    "the question before its picture": ("How many mugs?", {"ask": __file__}, "the picture comes first"),
    "a question longer than any file's name": ("nowhere.png", {"ask": "why? " * 300}, "nowhere.png"),
    "an unknown extension": (IMAGE, {"edit": "Blur", "out": "a.xyz"}, ".xyz"),
}


@pytest.mark.parametrize(("images", "request_", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_before_anything_runs(images: Any, request_: dict[str, Any], message: str) -> None:
    agent = agent_of()
    with pytest.raises(InputError) as caught:
        list(agent.stream(images, **request_))
    assert message in str(caught.value)


def test_an_invalid_program_raises_with_every_mistake() -> None:
    with pytest.raises(Invalid) as caught:
        agent_of().run_program(IMAGE, "a = b\nc = d\nanswer(e)")
    assert len(caught.value.diagnostics) == 3


def test_a_program_needs_no_planner() -> None:
    agent = Agent(models=FakeModels({"detector": FakeDetector(ONE)}), trace=False)
    assert agent.run_program(IMAGE, COUNT).value == 1


def test_plan_runs_nothing() -> None:
    agent = agent_of()
    assert agent.plan("How many mugs?").text == COUNT
    assert agent.models.asked == {}  # type: ignore[attr-defined]


def test_the_source_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(bytes_of())
    before = path.read_bytes()
    with pytest.raises(InputError, match="source picture"):
        agent_of('answer(blur(image, detect(image, "mug")))').edit(path, "Blur the mugs", out=path)
    assert path.read_bytes() == before


def test_steps_are_shared_between_agents_unless_told_otherwise() -> None:
    first, second, third = agent_of(), agent_of(), agent_of(cache=False)
    for agent in (first, second, third):
        assert agent.ask(IMAGE, "How many mugs?").value == 1
    assert [a.models.adapters["detector"].finds for a in (first, second, third)] == [["mug"], [], ["mug"]]  # type: ignore[attr-defined]


REDACT = "answer(redact(image, read_text(image)))"


@pytest.mark.parametrize("trace", [False, True], ids=["no trace", "trace"])
def test_what_a_redaction_destroyed_is_nowhere(trace: bool, own_home: Path) -> None:
    result = agent_of(REDACT, trace=trace).edit(IMAGE, "Black out the text")
    assert result.status == "answered"
    assert result.evidence  # still says where
    assert "secret" not in repr(result.to_json())
    assert holding(b"secret", own_home) == []


def test_unless_it_is_to_be_kept(own_home: Path) -> None:
    result = agent_of(REDACT, trace=True, keep_source=True).edit(IMAGE, "Black out the text")
    assert "secret" in repr(result.to_json()["evidence"])
    assert holding(b"secret", own_home / "traces")


def test_a_redaction_whose_choice_is_ambiguous_shows_no_text() -> None:
    models = FakeModels({"reader": FakeReader([(1, 1, "secret one", 6), (1, 20, "secret two", 6)])})
    planner = FakePlanner("answer(redact(image, only(read_text(image))))", reads_messages=False)
    result = Agent(planner=planner, models=models, trace=False).edit(IMAGE, "Black out the line")
    assert (result.reason, len(result.evidence)) == ("ambiguous", 2)
    assert "secret" not in repr(result.to_json())


def holding(data: bytes, folder: Path) -> list[str]:
    return [f.name for f in folder.rglob("*") if f.is_file() and data in f.read_bytes()]


# Sessions.


def test_a_killed_run_takes_up_where_it_stood(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png(IMAGE))
    root = Path(__file__).parents[2]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.killed", str(path)], cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == -9
    planner, detector = FakePlanner(PROGRAM), FakeDetector(SCENE)
    agent = Agent(planner=planner, models=FakeModels({"detector": detector}), trace=False)
    result = agent.ask(str(path), QUESTION, session="s")
    assert (result.answer, result.program) == ("3", PROGRAM)
    assert detector.finds == ["cup"]  # step 1 was there
    assert [s.cached for s in result.steps if s.tool == "detect"] == [True, False]
    assert planner.requests == []  # and so was the plan


def test_a_finished_session_and_another_question_begin_anew() -> None:
    for question in ("How many mugs?", "How many mugs?", "How many cups?"):
        planner = FakePlanner(COUNT)
        agent = Agent(planner=planner, models=FakeModels({"detector": FakeDetector(ONE)}), trace=False)
        assert agent.ask(IMAGE, question, session="s").value == 1
        assert len(planner.requests) == 1


def test_a_session_that_failed_to_be_planned_is_planned_again() -> None:
    class Broken(FakePlanner):
        def plan(self, request: Any) -> Any:
            raise RuntimeError("the machine broke")

    models = FakeModels({"detector": FakeDetector(ONE)})
    with pytest.raises(RuntimeError, match="the machine broke"):
        Agent(planner=Broken(COUNT), models=models, trace=False).ask(IMAGE, "How many mugs?", session="s")
    planner = FakePlanner(COUNT)
    assert Agent(planner=planner, models=models, trace=False).ask(IMAGE, "How many mugs?", session="s").value == 1
    assert len(planner.requests) == 1
