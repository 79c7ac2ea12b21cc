"""The command line: exit codes, what goes where, and what it may import."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent import cli
from agent.agent import Agent
from agent.store import png
from tests.fakes import FakeDetector, FakeModels, FakePlanner, blank
from tools.core import registered

SCENE = {"mug": [(1, 1, 9, 9), (20, 1, 29, 9)]}
COUNT = 'answer(count(detect(image, "mug")))\n'
Run = Callable[..., int]


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "a.png"
    path.write_bytes(png(blank(60, 40)))
    return str(path)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command with a scripted planner and models in the place of the profile's."""

    def command(*arguments: str, program: str = COUNT, stdin: bytes | None = None) -> int:
        def scripted(options: Any) -> Agent:
            return Agent(
                options.profile, options.settings, planner=FakePlanner(program, reads_messages=False),
                models=FakeModels({"detector": FakeDetector(SCENE)}), trace=not getattr(options, "no_trace", False),
                traces=getattr(options, "trace", None) if options.command != "replay" else None,
                max_steps=options.max_steps,
            )  # fmt: skip

        monkeypatch.setattr(cli, "_agent", scripted)
        if stdin is not None:
            monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        return cli.main(arguments)

    return command


ENDS = {
    "answered": (COUNT, [], 0, "2"),
    "abstained": ('answer(only(detect(image, "cup")))', [], 3, "There is no cup in the picture."),
    "cannot": ('cannot("not about the picture")', [], 3, "not about the picture"),
    "no model": ("answer(describe(image))", [], 3, "vlm"),
    "failed": ("answer(x)", [], 4, "`x`"),
    "budget": (COUNT, ["--max-steps", "1"], 4, "--max-steps"),
}


@pytest.mark.parametrize(("program", "options", "code", "answer"), ENDS.values(), ids=ENDS.keys())
def test_ask(program: str, options: list[str], code: int, answer: str, run: Run, picture: str, capsys: Any) -> None:
    assert run("ask", picture, "How many mugs?", *options, program=program) == code
    shown = capsys.readouterr()
    assert answer in shown.out.splitlines()[0]
    assert "plan  " in shown.err
    assert run("ask", picture, "How many mugs?", "--quiet", *options, program=program) == code
    assert capsys.readouterr().err == ""


def test_the_answer_comes_with_evidence_and_files(run: Run, picture: str, capsys: Any) -> None:
    run("ask", picture, "How many mugs?")
    lines = capsys.readouterr().out.splitlines()
    assert lines[:3] == [
        "2", "  counted: mug at [1, 1, 9, 9], score 0.90", "  counted: mug at [20, 1, 29, 9], score 0.90"]  # fmt: skip
    assert [line.split(":")[0] for line in lines[3:]] == ["overlay", "trace"]
    assert all(Path(line.split(": ")[1]).is_file() for line in lines[3:])


def test_json_follows_the_schema(run: Run, picture: str, capsys: Any) -> None:
    run("ask", picture, "How many mugs?", "--json")
    data = json.loads(capsys.readouterr().out)
    keys = "schema status reason answer value type confidence program replans steps evidence files profile seconds"
    assert set(keys.split()) <= set(data)
    assert (data["schema"], data["status"], data["reason"], data["answer"]) == (1, "answered", None, "2")
    assert (data["value"], data["type"], data["profile"]) == (2, "number", "embedded")
    assert 0 < data["confidence"] < 1
    step = data["steps"][0]
    assert (step["n"], step["call"], step["result"], step["cached"]) == (1, 'detect(image, "mug")', "2 regions", False)
    assert isinstance(step["seconds"], float)
    assert data["evidence"][0] == {
        "step": 1, "role": "counted", "image": "image", "box": [1.0, 1.0, 9.0, 9.0], "mask": None, "label": "mug",
        "score": 0.9, "text": None}  # fmt: skip
    assert set(data["files"]) == {"overlay", "image", "trace"}


def test_several_questions_load_once(run: Run, picture: str, capsys: Any) -> None:
    assert run("ask", picture, "-q", "How many mugs?", "-q", "And cups?", "--no-trace") == 0
    assert [line for line in capsys.readouterr().out.splitlines() if line.startswith("Q: ")] == [
        "Q: How many mugs?", "Q: And cups?"]  # fmt: skip


def test_a_program_from_standard_input(run: Run, picture: str, capsys: Any) -> None:
    assert run("exec", "-", picture, "--no-trace", stdin=COUNT.encode()) == 0
    assert capsys.readouterr().out.startswith("2\n")
    assert run("check", "-", stdin=b"answer( 1 )") == 0
    assert capsys.readouterr().out == "answer(1)\n"


def test_check_names_every_mistake(run: Run, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "p.eye"
    path.write_text("a = b\nc = d\nanswer(1)\n")
    assert run("check", str(path)) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert [line.split(": expected")[0] for line in shown.err.splitlines()] == [
        f"{path}: line 1, column 5", f"{path}: line 2, column 5"]  # fmt: skip


def test_check_takes_as_many_pictures_as_the_program_names(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.eye"
    path.write_text("answer(count(read_text(image3)))\n")
    assert run("check", str(path)) == 0
    assert run("check", str(path), "--images", "2") == 2


USAGE = {
    "no question": ["ask", "PICTURE"],
    "a missing picture": ["ask", "nowhere.png", "Hm?"],
    "the question before its picture": ["ask", "How many?", "PICTURE"],
    "the edit before its picture": ["edit", "Blur it", "PICTURE", "-o", "out.png"],
    "an empty question": ["ask", "PICTURE", " "],
    "an unknown profile": ["ask", "PICTURE", "Hm?", "--profile", "nowhere"],
    "a bad override": ["ask", "PICTURE", "Hm?", "--set", "detector"],
    "an edit over its source": ["edit", "PICTURE", "Blur", "-o", "PICTURE"],
    "an unknown extension": ["edit", "PICTURE", "Blur", "-o", "out.xyz"],
    "a missing program": ["exec", "nowhere.eye", "PICTURE"],
    "a program that is a folder": ["exec", ".", "PICTURE"],
    "a program without end": ["check", "/dev/zero"],
    "a program that is no text": ["check", "PICTURE"],
    "no pictures": ["check", "-", "--images", "0"],
    "too many pictures": ["check", "-", "--images", "9"],
    "an unknown tool": ["tools", "nowhere"],
    "nothing to plan": ["plan"],
    "twice something to plan": ["plan", "a", "--file", "b"],
    "plan for no pictures": ["plan", "a", "--images", "0"],
    "missing tasks": ["run", "nowhere.jsonl", "-o", "r.jsonl"],
    "what is no trace": ["replay", "."],
}


@pytest.mark.parametrize("arguments", USAGE.values(), ids=USAGE.keys())
def test_bad_usage(arguments: list[str], run: Run, picture: str, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    assert run(*[picture if a == "PICTURE" else a for a in arguments], stdin=b"answer(1)") == 2
    shown = capsys.readouterr()
    assert shown.err.startswith("eyeshot: ")
    assert "Traceback" not in shown.err
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("command", [["ask"], ["edit", "-o", "out.png"]], ids=["ask", "edit"])
def test_the_order_of_picture_and_request_is_told(command: list[str], run: Run, picture: str, capsys: Any) -> None:
    assert run(*command, "Blur the faces", picture) == 2
    assert "the picture comes first" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["fly"], ["ask"], ["edit", "a.png", "Blur"]], ids=str)
def test_what_argparse_refuses(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(arguments)
    assert caught.value.code == 2


def test_edit_writes_where_it_was_told(run: Run, picture: str, tmp_path: Path, capsys: Any) -> None:
    out = tmp_path / "out.png"
    code = run(
        "edit", picture, "Highlight the mugs", "-o", str(out), program='answer(highlight(image, detect(image, "mug")))'
    )
    assert (code, out.is_file()) == (0, True)
    assert f"picture: {out}" in capsys.readouterr().out


def test_plan_prints_the_program_only(run: Run, tmp_path: Path, capsys: Any) -> None:
    assert run("plan", "How many mugs?") == 0
    assert capsys.readouterr().out == COUNT
    path = tmp_path / "requests.txt"
    path.write_text("How many mugs?\n\nWho is it?\n")
    assert run("plan", "--file", str(path), "--json") == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    keys = {"request", "program", "confidence", "seconds"}
    assert [set(line) for line in lines] == [keys, keys | {"error"}, keys]
    assert [line["request"] for line in lines] == ["How many mugs?", "", "Who is it?"]


def test_replay(run: Run, picture: str, tmp_path: Path, capsys: Any) -> None:
    run("ask", picture, "How many mugs?", "--trace", str(tmp_path / "traces"))
    (trace,) = (tmp_path / "traces").iterdir()
    edited = tmp_path / "p.eye"
    edited.write_text('answer(count(detect(image, "cup")))\n')
    capsys.readouterr()
    assert run("replay", str(trace), "--frozen") == 0
    assert capsys.readouterr().out.startswith("2\n")
    assert run("replay", str(trace), "--program", str(edited)) == 0
    assert capsys.readouterr().out.startswith("0\n")
    assert run("replay", str(trace), "--program", str(edited), "--frozen") == 4
    assert "--frozen forbids" in capsys.readouterr().err
    edited.write_text("answer(x)\n")
    assert run("replay", str(trace), "--program", str(edited)) == 2


def test_run(run: Run, picture: str, tmp_path: Path, capsys: Any) -> None:
    tasks, results = tmp_path / "t.jsonl", tmp_path / "r.jsonl"
    tasks.write_text(json.dumps({"id": 1, "images": [picture], "ask": "How many mugs?"}) + "\n{\n")
    assert run("run", str(tasks), "-o", str(results)) == 0
    shown = capsys.readouterr()
    assert shown.err.splitlines()[-2:] == ["1. 1: answered", "2. line 2: failed"]
    assert len(results.read_text().splitlines()) == 2


def test_tools(run: Run, capsys: Any) -> None:
    assert run("tools", "--json") == 0
    assert [t["name"] for t in json.loads(capsys.readouterr().out)] == list(registered())
    assert run("tools", "count") == 0
    assert capsys.readouterr().out.startswith("count(regions: Regions) -> Number\n")
    assert run("tools") == 0
    out = capsys.readouterr().out
    assert all(f"  {name}(" in out for name in registered())


def test_clean_empties_its_own_folder_only(run: Run, own_home: Path, capsys: Any) -> None:
    for name in ("steps/a.json", "traces/t/b.png", "profile.toml"):
        (own_home / name).parent.mkdir(parents=True, exist_ok=True)
        (own_home / name).write_bytes(b"x" * 500_000)
    assert run("clean", stdin=b"") == 2  # nobody is there to be asked
    assert (own_home / "steps/a.json").exists()
    assert run("clean", "--yes") == 0
    assert capsys.readouterr().out.startswith("1.0 MB freed")
    assert [p.name for p in own_home.iterdir()] == ["profile.toml"]


HEAVY = ("numpy", "torch", "langgraph", "transformers", "cv2", "PIL", "onnxruntime", "tools.core")


@pytest.mark.parametrize(
    "what", ["import agent", "import agent.cli; agent.cli.main(['--help'])"], ids=["import", "help"]
)
def test_importing_costs_nothing(what: str) -> None:
    program = (
        f"import sys\ntry:\n    {what}\nexcept SystemExit as end:\n    assert not end.code\n"
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (0, "[]\n")


def test_an_interrupted_command_and_a_closed_pipe(run: Run, picture: str, monkeypatch: Any, capsys: Any) -> None:
    def interrupted(options: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_check", interrupted)
    assert cli.main(["check", "-"]) == 130
    assert capsys.readouterr().err == "eyeshot: stopped\n"
