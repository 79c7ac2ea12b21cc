"""The registry: what follows from a signature, and what cannot be a tool."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from tests.fakes import FakeModels, blank
from tools import TOOL_FILES
from tools.core import GROUPS, Context, Phrase, Phrases, Span, Tool, narrowed, registered, tool
from tools.types import Image, Region, Regions

Registry = dict[str, Tool]


def test_what_follows_from_a_signature() -> None:
    own: Registry = {}

    @tool(group="see", example='x = spot(image, "a")', needs=("vlm",), role="compared", version=3, registry=own)
    def spot(
        ctx: Context,
        image: Image | Region,
        phrase: Phrase,
        labels: Phrases,
        how: Literal["fast", "well"] = "fast",
        turn: Literal[90, 180] = 90,
        text: Span = "",
        limit: int = 3,
    ) -> Regions:
        """Spot things. And more.

        Details.
        """
        return Regions((), image.frame)

    made = own["spot"]
    assert made.signature == (
        'spot(image: Image | Region, phrase: Text, labels: Texts, how: "fast" | "well" = \'fast\', '
        "turn: 90 | 180 = 90, text: Text = '', limit: Number = 3) -> Regions"
    )
    assert made.summary == "Spot things. And more."
    assert [p.kind for p in made.params] == [None, "phrase", "phrase", None, None, "span", None]
    assert [p.required for p in made.params] == [True, True, True, False, False, False, False]
    assert [p.choices for p in made.params][3:5] == [("fast", "well"), (90, 180)]
    assert (made.needs, made.role, made.version, made.returns) == (("vlm",), "compared", 3, "Regions")
    assert spot(Context(FakeModels()), blank(2, 2), "a", ()) is not None  # still a plain function


def chosen(**options: Any) -> Tool:
    """A tool with two choices, of which some need roles."""
    own: Registry = {}

    @tool(group="see", example="", needs=("vlm",), registry=own, **options)
    def spot(ctx: Context, image: Image, how: Literal["fast", "well", "best"], turn: Literal[0, 90] = 0) -> int:
        """Spot things."""
        return 1

    return own["spot"]


def test_choices_that_need_a_role() -> None:
    plain = chosen()
    made = chosen(choice_needs={"how": {"well": "eye", "best": "mind"}, "turn": {90: "hand"}})
    assert made.signature == plain.signature
    assert made.needs_for({"how": "fast", "turn": 0}) == made.needs_for({}) == ("vlm",)
    assert made.needs_for({"how": "best", "turn": 90}) == ("vlm", "mind", "hand")
    assert narrowed({"spot": made, "plain": plain}, lambda role: True) == {"spot": made, "plain": plain}
    one = narrowed({"spot": made, "plain": plain}, lambda role: role == "mind")
    assert one["plain"] is plain, "a tool whose own role is missing stays as it is"
    assert [p.choices for p in one["spot"].params] == [(), ("fast", "best"), (0,)]
    assert one["spot"].needs_for({"how": "best"}) == ("vlm", "mind")
    assert one["spot"].signature == 'spot(image: Image, how: "fast" | "best", turn: 0 = 0) -> Number'


BAD_NEEDS: dict[str, tuple[dict[str, dict[str | int, str]], str]] = {
    "no such parameter": ({"what": {"well": "eye"}}, "'what': ['well'] is no choice"),
    "no choice": ({"how": {"slow": "eye"}}, "['slow'] is no choice"),
    "a parameter without choices": ({"image": {"a": "eye"}}, "['a'] is no choice"),
    "the default": ({"turn": {0: "eye"}}, "the default 0 must need no role"),
    "every choice": ({"how": dict.fromkeys(("fast", "well", "best"), "eye")}, "needs=('eye',)"),
}


@pytest.mark.parametrize(("needs", "message"), BAD_NEEDS.values(), ids=BAD_NEEDS.keys())
def test_needs_that_do_not_fit(needs: dict[str, dict[str | int, str]], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        chosen(choice_needs=needs)
    assert message in str(caught.value)


def undocumented(ctx: Context, image: Image) -> int:
    return 1


def no_context(image: Image) -> int:
    """Count."""
    return 1


def nothing_at_all() -> int:
    """Count."""
    return 1


def unknown_type(ctx: Context, image: bytes) -> int:
    """Count."""
    return 1


def unknown_union(ctx: Context, image: Image | None) -> int:
    """Count."""
    return 1


def unannotated(ctx: Context, image) -> int:  # type: ignore[no-untyped-def]
    """Count."""
    return 1


def unknown_kind(ctx: Context, text: Annotated[str, "poem"]) -> int:
    """Count."""
    return 1


def returns_none(ctx: Context, image: Image) -> None:
    """Count."""


def returns_list(ctx: Context, image: Image) -> list[str]:
    """Count."""
    return []


def any_number(ctx: Context, *images: Image) -> int:
    """Count."""
    return len(images)


def any_options(ctx: Context, **options: int) -> int:
    """Count."""
    return len(options)


def answer(ctx: Context, image: Image) -> int:
    """Count."""
    return 1


def image1(ctx: Context, image: Image) -> int:
    """Count."""
    return 1


BAD: dict[str, tuple[Callable[..., Any], dict[str, Any], str]] = {
    "no docstring": (undocumented, {}, "needs a docstring"),
    "no context": (no_context, {}, "ctx: Context"),
    "no parameter": (nothing_at_all, {}, "ctx: Context"),
    "unknown type": (unknown_type, {}, "'image': <class 'bytes'> is not a type"),
    "unknown member of a union": (unknown_union, {}, "not a type"),
    "no annotation": (unannotated, {}, "not a type"),
    "unknown kind of text": (unknown_kind, {}, "'poem'"),
    "returns nothing": (returns_none, {}, "must return one of"),
    "returns a list": (returns_list, {}, "must return one of"),
    "any number of values": (any_number, {}, "images"),
    "any options": (any_options, {}, "options"),
    "the name of an ending": (answer, {}, "answer"),
    "the name of a picture": (image1, {}, "image1"),
    "unknown group": (no_context, {"group": "cook"}, "group must be one of"),
}


@pytest.mark.parametrize(("function", "options", "message"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_a_tool(function: Callable[..., Any], options: dict[str, Any], message: str) -> None:
    own: Registry = {}
    with pytest.raises(ValueError) as caught:
        tool(**({"group": "see", "example": "", "registry": own} | options))(function)
    assert message in str(caught.value)
    assert not own


def test_a_name_that_is_taken() -> None:
    own: Registry = {}

    def made(value: int) -> Callable[..., Any]:
        def spot(ctx: Context, image: Image) -> int:
            """Count."""
            return value

        return spot

    first = made(1)
    tool(group="see", example="", registry=own)(first)
    tool(group="see", example="", registry=own)(first)  # the same again is no collision
    with pytest.raises(ValueError, match="'spot' exists already"):
        tool(group="see", example="", registry=own)(made(2))
    assert own["spot"].function is first


def test_the_registry_is_in_the_order_of_the_groups() -> None:
    groups = [GROUPS.index(t.group) for t in registered().values()]
    assert groups == sorted(groups)
    assert len(groups) > 40
    modules = {t.function.__module__ for t in registered().values()}
    assert modules == {f"tools.{name}" for name in TOOL_FILES}


ROLES = ("counted", "compared", "removed", "read", "found", "used")


def test_the_order_does_not_hang_on_what_was_imported_first() -> None:
    tools = registered()
    assert list(registered(dict(reversed(tools.items())))) == list(tools)


@pytest.mark.parametrize("made", registered().values(), ids=registered().keys())
def test_every_tool_says_what_it_is(made: Tool) -> None:
    assert made.role in ROLES
    assert made.summary.endswith(".")
    assert made.name in made.example


def package(folder: Path, name: str, tool_name: str) -> None:
    """A distribution with one tool, as pip would install it."""
    (folder / f"{name}.py").write_text(
        "from tools.core import Context, tool\nfrom tools.types import Image\n\n\n"
        f'@tool(group="see", example="n = {tool_name}(image)")\n'
        f'def {tool_name}(ctx: Context, image: Image) -> int:\n    """Count the ripe ones."""\n    return 7\n'
    )
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[eyeshot.tools]\n{name} = {name}\n")


def listed(folder: Path) -> subprocess.CompletedProcess[str]:
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from tools.core import registered\nfrom agent.language.check import check\n"
        "tools = registered()\nprint(sorted(tools))\n"
        "print(check('answer(ripe(image))', tools, {'image': 'Image'}).answer_type)\n"
    )
    return subprocess.run([sys.executable, "-c", program, str(folder)], capture_output=True, text=True, timeout=120)


def test_third_party_tools_come_in_by_entry_point(tmp_path: Path) -> None:
    package(tmp_path, "orchard", "ripe")
    done = listed(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "'ripe'" in done.stdout
    assert done.stdout.endswith("Number\n")
    assert "orchard" not in {e.name for e in importlib.metadata.entry_points(group="eyeshot.tools")}


def test_a_third_party_tool_cannot_take_a_name(tmp_path: Path) -> None:
    package(tmp_path, "orchard", "count")
    done = listed(tmp_path)
    assert done.returncode != 0
    assert "a tool named 'count' exists already (in tools.select)" in done.stderr


def test_the_memo_forgets_what_was_used_least_recently() -> None:
    context, made = Context(FakeModels(), memo_size=2), []

    def get(key: str) -> None:
        context.memo((key,), lambda: made.append(key))

    for key in ("a", "b", "a", "c", "a", "b"):
        get(key)
    assert made == ["a", "b", "c", "b"]


def test_the_first_picture_of_a_frame_stays() -> None:
    context, image = Context(FakeModels()), blank(4, 4)
    edited = image.edited(image.pixels // 2)
    context.register(image)
    context.register(edited)
    context.register(image.crop((0, 0, 2, 2)))
    assert context.picture(image.whole()) is image
    assert context.picture(edited) is edited
    with pytest.raises(LookupError, match="no picture is registered"):
        context.picture(blank(5, 5).whole())
