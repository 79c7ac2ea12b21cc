"""Traces: run again without a planner, edited, frozen; private ones; and the page."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from agent import Agent, Result
from agent.language.parse import Invalid
from tests.fakes import FakeDetector, FakeModels, FakePlanner, FakeReader, blank, until_blackened
from tools.core import InputError

IMAGE = blank(120, 80)
SCENE = {"mug": [(10, 10, 30, 30), (60, 10, 75, 25)], "cup": [(80, 40, 95, 60)]}
PROGRAM = 'mugs = detect(image, "mug")\nanswer(count(mugs))\n'


def agent_of(detector: FakeDetector | None = None, planner: FakePlanner | None = None, **options: Any) -> Agent:
    models = FakeModels({"detector": detector or FakeDetector(SCENE), "reader": until_blackened((5, 5, "secret", 10))})
    return Agent(planner=planner or FakePlanner(PROGRAM), models=models, **options)


def asked(tmp_path: Path, **options: Any) -> tuple[Result, Path]:
    result = agent_of(traces=tmp_path / "traces", **options).ask(IMAGE, "How many mugs?")
    assert result.files.trace is not None
    return result, Path(result.files.trace).parent


def replayed(trace: Path, program: str | None = None, detector: FakeDetector | None = None, **options: Any) -> Result:
    agent = agent_of(detector, FakePlanner("the planner is not asked"), cache=False)
    last = list(agent.replay(trace, program, **options))[-1]
    result: Result = last["result"]
    return result


def test_what_a_trace_holds(tmp_path: Path) -> None:
    result, folder = asked(tmp_path)
    record = json.loads((folder / "trace.json").read_text())
    assert record["request"]["text"] == "How many mugs?"
    assert record["result"]["program"] == PROGRAM
    assert record["result"]["answer"] == "2"
    assert [p["program"] for p in record["plans"]] == [PROGRAM]
    assert [i["file"] for i in record["request"]["images"]] == ["inputs/image.png"]
    assert result.files.overlay == str(folder / "overlay.png")
    assert all((folder / name).is_file() for name in ("index.html", "overlay.png", "inputs/image.png"))


@pytest.mark.parametrize("frozen", [False, True], ids=["replay", "frozen"])
def test_a_replay_runs_nothing(frozen: bool, tmp_path: Path) -> None:
    _, folder = asked(tmp_path)
    detector = FakeDetector({})
    result = replayed(folder, detector=detector, frozen=frozen)
    assert (result.answer, result.program, detector.finds) == ("2", PROGRAM, [])
    assert [s.cached for s in result.steps] == [True, False]


def test_a_trace_holds_the_steps_that_the_cache_knew(tmp_path: Path) -> None:
    asked(tmp_path)
    second, folder = asked(tmp_path)
    assert second.steps[0].cached
    assert replayed(folder, frozen=True).answer == "2"


def test_a_replay_of_a_replay(tmp_path: Path, own_home: Path) -> None:
    _, folder = asked(tmp_path)
    again = replayed(folder)
    assert again.files.trace is not None
    assert replayed(Path(again.files.trace), frozen=True).answer == "2"


def test_an_edited_program_runs_what_changed(tmp_path: Path) -> None:
    _, folder = asked(tmp_path)
    edited = PROGRAM.replace("count(mugs)", 'count(mugs) + count(detect(image, "cup"))')
    detector = FakeDetector(SCENE)
    assert replayed(folder, edited, detector).answer == "3"
    assert detector.finds == ["cup"]
    with pytest.raises(LookupError, match="frozen"):
        replayed(folder, edited, frozen=True)
    with pytest.raises(Invalid):
        replayed(folder, "answer(x)")


def test_a_replay_leaves_the_trace_as_it_is(tmp_path: Path) -> None:
    _, folder = asked(tmp_path)
    before = {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()}
    replayed(folder, PROGRAM.replace("mug", "cup"))
    assert {f: f.read_bytes() for f in folder.rglob("*") if f.is_file()} == before


NO_TRACES = {
    "nothing": None,
    "no JSON": b"{",
    "a list": b"[]",
    "no text": b"\xff\xfe",
    "nested without end": b"[" * 100_000,
    "another version": b'{"trace": 99}',
    "a version and nothing else": b'{"trace": 1}',
}


@pytest.mark.parametrize("data", NO_TRACES.values(), ids=NO_TRACES.keys())
def test_what_is_no_trace(data: bytes | None, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / "trace.json").write_bytes(data)
    with pytest.raises(InputError):
        replayed(tmp_path)


def test_a_trace_of_a_redaction_holds_no_text_and_no_source(tmp_path: Path) -> None:
    planner = FakePlanner("answer(redact(image, read_text(image)))")
    source = IMAGE.pixels.copy()
    source[5:15, 5:40] = 90
    result = agent_of(planner=planner, traces=tmp_path).edit(source, "Black out the text")
    assert result.files.trace is not None
    folder = Path(result.files.trace).parent
    assert not [p for p in ("inputs", "steps", "artifacts") if (folder / p).exists()]
    assert not [f for f in folder.rglob("*") if f.is_file() and b"secret" in f.read_bytes()]
    page = (folder / "index.html").read_text()
    assert page.count("data:image") == (1 if result.files.overlay else 0)  # of the result, not of the steps
    with pytest.raises(InputError, match="--keep-source"):
        replayed(folder)


def test_a_redaction_takes_nothing_from_the_cache_into_the_trace(tmp_path: Path) -> None:
    agent_of(planner=FakePlanner("answer(count(read_text(image)))")).ask(IMAGE, "How many lines?")
    planner = FakePlanner("answer(redact(image, first(read_text(image))))")
    agent = agent_of(planner=planner, traces=tmp_path)
    for event in agent.stream(IMAGE, edit="Black out the first line"):
        # At no moment, so that a kill leaves nothing either.
        assert not [f for f in tmp_path.rglob("*") if f.is_file() and b"secret" in f.read_bytes()], event


class Reader(HTMLParser):
    """Every tag, every address, every text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name in ("src", "href", "action", "srcset", "poster", "data"):
                self.addresses.append(value or "")
            if name.startswith("on"):
                self.handlers.append(name)

    def handle_data(self, data: str) -> None:
        self.text += data


HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(1)>$answer ${title} & </title>'


def test_the_page_is_self_contained_and_escapes_what_it_shows(tmp_path: Path) -> None:
    models = FakeModels({"reader": FakeReader([(5, 5, HOSTILE, 4)])})
    agent = Agent(planner=FakePlanner("answer(text_of(read_text(image)))"), models=models, traces=tmp_path)
    result = agent.ask(IMAGE, "What does it say? " + HOSTILE)
    assert result.files.trace is not None
    page = Path(result.files.trace).read_text(encoding="utf-8")
    read = Reader(page)
    assert "script" not in read.tags
    assert "link" not in read.tags
    assert read.handlers == []
    assert len(read.addresses) >= 2  # the overlay and a step
    assert all(address.startswith("data:image/jpeg;base64,") for address in read.addresses)
    assert not re.search(r"url\(|@import|https?://", page)
    assert "default-src 'none'" in page
    assert read.text.count(HOSTILE) >= 3  # as title or request, as answer, as evidence


def test_no_trace_writes_none(own_home: Path) -> None:
    result = agent_of(trace=False).ask(IMAGE, "How many mugs?")
    assert result.files.trace is None
    assert not (own_home / "traces").exists()
