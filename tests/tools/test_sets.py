"""Union and difference."""

from __future__ import annotations

import pytest

from tests.fakes import FakeModels
from tools.core import Context, ToolError
from tools.sets import minus, union
from tools.types import Frame, Region, Regions

FRAME = Frame("root", 100, 100)
CONTEXT = Context(FakeModels())
A, B, C = (Region((x, 0, x + 10, 10), FRAME) for x in (0, 30, 60))
NEAR_B = Region((30, 0, 40, 9), FRAME, label="other")


def of(*items: Region, searched: str | None = None) -> Regions:
    return Regions(items, FRAME, searched)


UNIONS = {
    "each once": (of(A, B), of(NEAR_B, C), [A, B, C]),
    "in reading order": (of(C), of(A), [A, C]),
    "with none": (of(A), of(), [A]),
    "none with": (of(), of(A), [A]),
}


@pytest.mark.parametrize(("a", "b", "both"), UNIONS.values(), ids=UNIONS.keys())
def test_union(a: Regions, b: Regions, both: list[Region]) -> None:
    assert list(union(CONTEXT, a, b)) == both


def test_union_remembers_both_searches() -> None:
    assert union(CONTEXT, of(searched="mug"), of(searched="cup")).searched == "mug or cup"
    assert union(CONTEXT, of(searched="mug"), of(searched="mug")).searched == "mug"
    assert union(CONTEXT, of(), of()).searched is None


DIFFERENCES = {
    "the same thing": (of(A, B, C), of(NEAR_B), [A, C]),
    "nothing": (of(A), of(), [A]),
    "something else": (of(A), of(C), [A]),
    "itself": (of(A, B), of(A, B), []),
    "from nothing": (of(), of(A), []),
}


@pytest.mark.parametrize(("a", "b", "left"), DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_minus(a: Regions, b: Regions, left: list[Region]) -> None:
    assert list(minus(CONTEXT, a, b)) == left


@pytest.mark.parametrize("combine", [union, minus])
def test_two_pictures(combine: object) -> None:
    with pytest.raises(ToolError, match="one picture"):
        combine(CONTEXT, of(A), Regions((), Frame("other", 100, 100)))  # type: ignore[operator]
