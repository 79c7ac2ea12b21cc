"""What the docs say is true: commands parse and run, programs check, generated pages are what is generated."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from agent.catalog import tools_page
from agent.cli import _parser, main
from agent.language.check import check, image_names
from bench.checkpoint_sizes import table
from tools.core import registered

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHECKPOINTS = (ROOT / "docs" / "checkpoints.md").read_text(encoding="utf-8")


def commands() -> list[str]:
    """Every `eyeshot ...` line of the README's and the checkpoints page's code blocks, without its comment."""
    blocks = re.findall(r"```\n(.*?)```", README + CHECKPOINTS, flags=re.S)
    lines = [line.split("   #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("eyeshot ")]


def test_there_are_commands() -> None:
    assert len(commands()) >= 10


@pytest.mark.parametrize("line", commands())
def test_command_parses(line: str) -> None:
    assert _parser().parse_args(shlex.split(line)[1:]).command


RUN = [c for c in commands() if re.match(r'eyeshot (ask|edit) "?examples', c)]


@pytest.mark.parametrize("line", RUN)
def test_command_answers(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planner_home: Path) -> None:
    monkeypatch.chdir(ROOT)
    arguments = [str(tmp_path / "out.png") if a == "out.png" else a for a in shlex.split(line)[1:]]
    assert main([*arguments, "--trace", str(tmp_path / "traces")]) == 0


def test_programs_of_the_readme_check() -> None:
    blocks = re.findall(r"```\n(.*?)```", README, flags=re.S)
    programs = [b for b in blocks if "answer(" in b and "eyeshot" not in b]
    assert programs
    for program in programs:
        check(program, registered(), image_names(1))


def test_tools_page_is_generated() -> None:
    shown = (ROOT / "docs" / "tools.md").read_text(encoding="utf-8")
    assert shown == tools_page(registered()), "run `make docs`"


def test_checkpoints_table_is_generated() -> None:
    begin, end = "<!-- python -m bench.checkpoint_sizes --table -->\n", "<!-- end -->"
    shown = CHECKPOINTS.split(begin)[1].split(end)[0]
    assert shown == table(), "paste what `python -m bench.checkpoint_sizes --table` prints"


def test_links_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


SERVERS = (ROOT / "docs" / "servers.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.findall(r"^eyeshot .*$", SERVERS, flags=re.M))
def test_a_command_of_the_servers_page_parses(line: str) -> None:
    from agent.profiles import load_profile

    options = _parser().parse_args(shlex.split(line.split("   #")[0])[1:])
    assert load_profile(options.profile, options.settings).roles["planner"]["adapter"] == "openai_server"
