"""The closed set of types, and what fits where. A Region is a Regions of exactly one."""

from __future__ import annotations

from collections.abc import Iterable

TYPES = ("Image", "Region", "Regions", "Depth", "Text", "Texts", "Number", "Bool")

# Why a request cannot be served: the closed list of cannot(...), with what the user is told, English and Korean.
REASONS: dict[str, tuple[str, str]] = {
    "no tool for this": (
        "No tool of mine does that.",
        "그 일을 할 수 있는 도구가 없습니다.",
    ),
    "needs outside knowledge": (
        "That cannot be seen in the picture; it needs knowledge from elsewhere.",
        "사진만으로는 알 수 없고 다른 지식이 필요합니다.",
    ),
    "identifies a person": (
        "I don't say who a person is or guess private things about them.",
        "사람이 누구인지 밝히거나 사적인 것을 추측하지 않습니다.",
    ),
    "makes a new picture": (
        "I change pictures, but I don't make new content for them.",
        "사진을 고칠 수는 있지만 새로운 그림을 만들어 내지는 않습니다.",
    ),
    "not about the picture": (
        "That is not about the picture.",
        "사진에 대한 요청이 아닙니다.",
    ),
    "unclear request": (
        "I don't understand what is asked.",
        "무엇을 원하시는지 이해하지 못했습니다.",
    ),
}


def fits(given: str, accepted: Iterable[str]) -> bool:
    """Whether a value of type `given` may stand where the types `accepted` are."""
    wanted = tuple(accepted)
    return given in wanted or (given == "Region" and "Regions" in wanted)


def joined(a: str, b: str) -> str | None:
    """The type of a value that is either an `a` or a `b`, or None where there is none."""
    if a == b:
        return a
    return "Regions" if {a, b} == {"Region", "Regions"} else None


def spoken(accepted: Iterable[str]) -> str:
    """Types as an error names them: "Image or Region"."""
    return " or ".join(accepted)
