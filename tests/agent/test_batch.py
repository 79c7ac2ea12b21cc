"""Many tasks: broken lines are results too, and a run that was cut off goes on where it ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent import Agent
from agent.batch import run_tasks
from agent.store import png
from tests.fakes import FakeDetector, FakeModels, FakePlanner, blank
from tools.core import InputError

COUNT = 'answer(count(detect(image, "mug")))'


class Folder:
    """Tasks and results in a folder with a picture, and an agent that counts what it plans."""

    def __init__(self, path: Path) -> None:
        self.path = path
        (path / "a.png").write_bytes(png(blank(60, 40)))
        self.image = str(path / "a.png")
        self.planner = FakePlanner(COUNT)
        models = FakeModels({"detector": FakeDetector({"mug": [(1, 1, 5, 5)]})})
        self.agent = Agent(planner=self.planner, models=models, trace=False)

    def run(self, *tasks: Any) -> list[dict[str, Any]]:
        lines = [t if isinstance(t, str) else json.dumps(t) for t in tasks]
        (self.path / "tasks.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        list(run_tasks(self.agent, self.path / "tasks.jsonl", self.path / "results.jsonl"))
        return self.results()

    def results(self) -> list[dict[str, Any]]:
        data = (self.path / "results.jsonl").read_bytes()
        assert data.endswith(b"\n") or not data
        return [json.loads(line) for line in data.split(b"\n")[:-1]]

    def task(self, identity: Any, **more: Any) -> dict[str, Any]:
        return {"id": identity, "images": [self.image], "ask": "How many mugs?"} | more


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_one_result_a_task_in_the_same_order(folder: Folder) -> None:
    results = folder.run(folder.task("b"), "", folder.task("a"), {"id": 7, "images": [folder.image], "program": COUNT})
    assert [(r["id"], r["status"], r["value"], r["schema"]) for r in results] == [
        ("b", "answered", 1, 1), ("a", "answered", 1, 1), ("7", "answered", 1, 1)]  # fmt: skip


BROKEN: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "is not JSON"),
    "nested without end": ("[" * 100_000, "is not JSON"),
    "a number of 5,000 digits": ('{"id": ' + "9" * 5000 + "}", "is not JSON"),
    "a list": ("[1]", "must be an object"),
    "no images": ({"id": "x", "ask": "a"}, '"images"'),
    "images that are no list": ({"id": "x", "ask": "a", "images": "a.png"}, '"images"'),
    "an image that is no text": ({"id": "x", "ask": "a", "images": [1]}, '"images"'),
    "standard input": ({"id": "x", "ask": "a", "images": ["-"]}, '"images"'),
    "no images in the list": ({"id": "x", "ask": "a", "images": []}, "got 0"),
    "a missing image": ({"id": "x", "ask": "a", "images": ["nowhere.png"]}, "nowhere.png"),
    "an image with a null byte": ({"id": "x", "ask": "a", "images": ["a\0b"]}, "null"),
    "unknown keys": ({"id": "x", "ask": "a", "images": ["a"], "hat": 1}, "['hat']"),
    "ask and edit": ({"id": "x", "ask": "a", "edit": "b", "images": ["a"]}, "exactly one"),
    "an edit without out": ({"id": "x", "edit": "b", "images": ["a"]}, '"out"'),
    "an out that is no text": ({"id": "x", "ask": "b", "images": ["a"], "out": 5}, '"out"'),
    "a question that is no text": ({"id": "x", "ask": 5, "images": ["a"]}, "as text"),
    "an empty question": ({"id": "x", "ask": " ", "images": ["nowhere.png"]}, "empty"),
    "an invalid program": ({"id": "x", "program": "answer(y)", "images": ["PICTURE"]}, "bound before"),
}


@pytest.mark.parametrize(("task", "message"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_task_is_a_result_and_no_stop(task: Any, message: str, folder: Folder) -> None:
    if isinstance(task, dict) and task.get("images") == ["PICTURE"]:
        task = task | {"images": [folder.image]}
    first, second = folder.run(task, folder.task("good"))
    assert first["status"] == "failed"
    assert message in first["answer"]
    assert (second["id"], second["status"]) == ("good", "answered")


def test_rerunning_does_nothing_again(folder: Folder) -> None:
    folder.run(folder.task("a"), folder.task("b"))
    before = (folder.path / "results.jsonl").read_bytes()
    folder.run(folder.task("a"), folder.task("b"))
    assert (folder.path / "results.jsonl").read_bytes() == before
    assert len(folder.planner.requests) == 2


@pytest.mark.parametrize("cut", [1, 20, 200], ids="cut off by {}".format)
def test_goes_on_after_the_last_whole_line(cut: int, folder: Folder) -> None:
    tasks = [folder.task("a"), folder.task("b"), folder.task("c")]
    folder.run(*tasks[:2])
    path = folder.path / "results.jsonl"
    path.write_bytes(path.read_bytes()[:-cut])
    assert [(r["id"], r["status"]) for r in folder.run(*tasks)] == [(i, "answered") for i in "abc"]
    assert len(folder.planner.requests) == 4  # b was done again, a was not


def test_equal_ids_are_two_tasks(folder: Folder) -> None:
    tasks = [folder.task("a"), folder.task("a", ask="How many?"), {"images": []}]
    assert [r["id"] for r in folder.run(*tasks)] == ["a", "a", "line 3"]
    assert [r["id"] for r in folder.run(*tasks, folder.task("b"))] == ["a", "a", "line 3", "b"]


ODD = {"line separator": "a\u2028b", "next line": "a\x85b", "half a surrogate pair": "a\ud800b", "korean": "컵"}


@pytest.mark.parametrize("identity", ODD.values(), ids=ODD.keys())
def test_ids_of_odd_characters_come_back(identity: str, folder: Folder) -> None:
    raw = json.dumps(folder.task(identity), ensure_ascii="\ud800" in identity)
    for _ in range(2):  # the second run must read its own results
        assert [r["id"] for r in folder.run(raw)] == [identity]
    assert len(folder.planner.requests) == 1


@pytest.mark.parametrize(
    "data", [b"{}\n", b"text\n", b"[1]\n", b"\xff\n", b"[" * 100_000 + b"\n"], ids=lambda d: repr(d[:6])
)
def test_results_of_something_else_are_not_touched(data: bytes, folder: Folder) -> None:
    (folder.path / "results.jsonl").write_bytes(data)
    with pytest.raises(InputError, match="name another file"):
        folder.run(folder.task("a"))
    assert (folder.path / "results.jsonl").read_bytes() == data


def test_places_that_cannot_be_used(folder: Folder) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        list(run_tasks(folder.agent, folder.path / "nowhere", folder.path / "r"))
    (folder.path / "t").write_text("{}\n")
    with pytest.raises(InputError, match="cannot be written"):
        list(run_tasks(folder.agent, folder.path / "t", folder.path))
    with pytest.raises(InputError, match="overwrite the tasks"):
        list(run_tasks(folder.agent, folder.path / "t", folder.path / "t"))
    (folder.path / "t").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="cannot be read"):
        list(run_tasks(folder.agent, folder.path / "t", folder.path / "r"))


def test_an_edit_writes_its_picture(folder: Folder) -> None:
    out = folder.path / "out.png"
    folder.planner.programs = ['answer(highlight(image, detect(image, "mug")))']
    (result,) = folder.run({"id": 1, "images": [folder.image], "edit": "Highlight the mug", "out": str(out)})
    assert (result["status"], result["files"]["image"]) == ("answered", str(out))
    assert out.is_file()
