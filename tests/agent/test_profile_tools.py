"""What a profile's planner may use: choices that need a role are offered only where the profile has it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest

from agent.agent import Agent
from agent.catalog import tool_json, tool_lines
from agent.cli import main
from agent.language.check import check
from agent.language.grammar import CLOSING, FULL, statement_grammar
from agent.language.parse import Invalid
from agent.profiles import load_profile
from agent.prompting import FewShotPrompt
from agent.store import png
from tests.fakes import FakeModels, FakePlanner, FakePrivate, blank, page_of
from tools.core import Context, Tool, describe, registered, tool
from tools.types import Image, Regions

NAMED = 'answer(find_entities(image, "name"))\n'
REDACTED = 'answer(redact(image, find_entities(image, "name")))\n'
IMAGE = {"image": "Image"}
# The kinds that the embedded planner was trained under; a new one belongs to a role that its profile lacks.
TRAINED = Literal["email", "phone", "url", "date", "time", "money", "number", "card number", "id number"]


def trained() -> dict[str, Tool]:
    """The registry with `find_entities` declared as it was before there were kinds that need a role."""

    def find_entities(ctx: Context, image: Image, kind: TRAINED) -> Regions:
        """Find every e-mail address, phone number, date, price or other entity of a kind."""
        return Regions((), image.frame)

    now = registered()["find_entities"]
    made = describe(find_entities, now.group, now.example, now.needs, now.role, now.requests, now.version)
    return registered() | {"find_entities": made}


@pytest.mark.parametrize("name", ["embedded", "server"])
def test_without_the_role_all_is_as_the_planner_was_trained(name: str) -> None:
    tools, before = load_profile(name).tools, trained()
    assert list(tools) == list(before)
    assert FewShotPrompt(tools).system == FewShotPrompt(before).system
    assert tool_lines(tools, lambda role: True) == tool_lines(before, lambda role: True)
    for names in (IMAGE, {"image1": "Image", "image2": "Image", "r": "Regions"}):
        for bounds in (FULL, CLOSING):
            shown = [statement_grammar(t, names, "Hide the names", bounds=bounds) for t in (tools, before)]
            assert shown[0] == shown[1]
    schemas = [tool_json(t["find_entities"])["parameters"] for t in (tools, before)]
    assert schemas[0] == schemas[1]
    for made in tools.values():
        assert made is registered()[made.name] or made.name == "find_entities"


def test_what_a_planner_may_not_write_it_may_not_write() -> None:
    with pytest.raises(Invalid) as caught:
        check(NAMED, load_profile().tools, IMAGE)
    assert "'id number' as `kind`" in str(caught.value) and "address" not in str(caught.value)


@pytest.mark.parametrize("name", ["laptop", "gpu"])
def test_with_the_role_the_kinds_are_offered(name: str) -> None:
    tools = load_profile(name).tools
    assert tools == registered()
    assert check(NAMED, tools, IMAGE).answer_type == "Regions"
    assert '"name" | "address"' in FewShotPrompt(tools).system
    assert '\\"name\\"' in statement_grammar(tools, IMAGE, "Hide the names").lark


def test_an_override_adds_the_role_and_another_takes_none_away() -> None:
    assert load_profile(overrides=["private.adapter=privacy_filter"]).tools == registered()
    assert load_profile(overrides=["private.keep=0.5"]).tools["find_entities"] != registered()["find_entities"]


def agent_of(planner: Any = None, models: Any = None, **options: Any) -> Agent:
    reader = page_of("Dear Anna Keller,", "come at noon.")
    return Agent(planner=planner, models=models or FakeModels({"reader": reader}), trace=False, **options)


def test_a_planner_is_told_of_the_kinds_that_there_are() -> None:
    planner = FakePlanner(NAMED, 'answer(find_entities(image, "email"))\n')
    result = agent_of(planner).ask(blank(), "Which names are there?")
    assert (result.status, result.replans) == ("answered", 1)
    assert "'id number' as `kind`" in (planner.requests[1].message or "")


def test_a_planner_with_the_role_may_use_them() -> None:
    models = FakeModels({"reader": page_of("Dear Anna Keller,"), "private": FakePrivate({"Anna Keller": "name"})})
    agent = agent_of(FakePlanner(NAMED), models, settings=["private.adapter=privacy_filter"])
    result = agent.ask(blank(), "Which names are there?")
    assert [e.region.text for e in result.evidence] == ["Anna Keller"]


@pytest.mark.parametrize("program", [NAMED, REDACTED], ids=["find", "redact"])
def test_a_program_without_the_role_abstains_and_says_who_has_it(program: str) -> None:
    result = Agent(trace=False).run_program(blank(60, 40), program)
    assert (result.status, result.reason) == ("abstained", "not_ready")
    assert "find_entities" in result.answer and "'private'" in result.answer and "--profile gpu" in result.answer


def test_a_program_with_the_role_but_no_checkpoint_says_how_to_get_it() -> None:
    result = Agent("laptop", trace=False).run_program(blank(60, 40), NAMED)
    assert (result.status, result.reason) == ("abstained", "not_ready")
    assert "eyeshot models fetch openai/privacy-filter" in result.answer


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program, picture = tmp_path / "names.eye", tmp_path / "a.png"
    program.write_text(NAMED)
    picture.write_bytes(png(blank(60, 40)))
    assert main(["check", str(program)]) == 0
    assert main(["exec", str(program), str(picture), "--trace", str(tmp_path / "traces")]) == 3
    assert "'private'" in capsys.readouterr().out
    assert main(["tools", "find_entities"]) == 0
    assert '"name"' not in capsys.readouterr().out.splitlines()[0]
    assert main(["tools", "find_entities", "--profile", "laptop"]) == 0
    assert '"name"' in capsys.readouterr().out.splitlines()[0]


def test_only_the_choices_are_narrowed() -> None:
    """A tool of someone else is narrowed by the same declaration."""
    own: dict[str, Tool] = {}

    @tool(group="see", example="", registry=own, choice_needs={"how": {"well": "private"}})
    def spot(ctx: Context, image: Image, how: Literal["fast", "well"] = "fast") -> int:
        """Spot things."""
        return 1

    from tools.core import narrowed

    bare = narrowed(own, load_profile().has)["spot"]
    assert bare.params[1].choices == ("fast",)
    assert replace(bare, params=own["spot"].params) == own["spot"]
