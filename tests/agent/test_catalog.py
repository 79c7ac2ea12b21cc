"""The registry as people and programs read it."""

from __future__ import annotations

import json

import pytest

from agent.catalog import tool_details, tool_json, tool_lines, tools_page
from tools.core import Tool, narrowed, registered

TOOLS = registered()


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS.keys())
def test_every_tool_has_a_json_schema(tool: Tool) -> None:
    made = json.loads(json.dumps(tool_json(tool)))
    schema = made["parameters"]
    assert set(schema["properties"]) == {p.name for p in tool.params}
    assert set(schema["required"]) == {p.name for p in tool.params if p.required}
    assert schema["additionalProperties"] is False
    for name, shown in schema["properties"].items():
        assert set(shown) & {"type", "enum", "anyOf"}, name


SCHEMAS = {
    "choice of words": ("attribute", "attribute", {"enum": ["color", "shape", "size", "material"]}),
    "choice of numbers": ("rotate", "degrees", {"enum": [90, 180, 270]}),
    "number": ("nth", "n", {"type": "number"}),
    "texts": ("classify", "labels", {"type": "array", "items": {"type": "string"}}),
    "a name": ("count", "regions", {"type": "string", "description": "the name of a value of type Regions"}),
}


@pytest.mark.parametrize(("tool", "parameter", "schema"), SCHEMAS.values(), ids=SCHEMAS.keys())
def test_schema(tool: str, parameter: str, schema: object) -> None:
    assert tool_json(TOOLS[tool])["parameters"]["properties"][parameter] == schema


def test_lines_say_what_the_profile_lacks() -> None:
    lines = tool_lines(TOOLS, lambda role: role == "faces")
    (detect,) = [line for line in lines if line.startswith("  detect(")]
    assert "[no detector in this profile]" in detect
    (count,) = [line for line in lines if line.startswith("  count(")]
    assert "profile" not in count
    assert sum(line.startswith("  ") for line in lines) == len(TOOLS)


def test_details() -> None:
    text = tool_details(TOOLS["detect"])
    assert all(part in text for part in (TOOLS["detect"].signature, TOOLS["detect"].doc, "needs: detector, faces"))


def test_choices_that_need_a_role_are_said() -> None:
    entities = TOOLS["find_entities"]
    line = 'The kind "name", "address", "account number", "secret" needs: private'
    assert f"needs: reader\n{line}" in tool_details(entities)
    assert f"Needs: reader.\n\n{line}.\n" in tools_page(TOOLS)
    assert tool_json(entities)["choice_needs"]["kind"]["name"] == "private"
    bare = narrowed(TOOLS, lambda role: False)["find_entities"]
    assert "needs: private" not in tool_details(bare) and "choice_needs" not in tool_json(bare)
    assert "name" not in tool_json(bare)["parameters"]["properties"]["kind"]["enum"]


def test_the_page_holds_every_tool() -> None:
    page = tools_page(TOOLS)
    assert all(f"### {name}\n" in page and t.example in page for name, t in TOOLS.items())
