"""Whether a program is one that the planner may write: the checker's verdict, the canonical text, copied texts."""

from __future__ import annotations

from collections.abc import Iterator

from agent.language.check import check
from agent.language.parse import Invalid, parse
from agent.language.syntax import Answer, Assign, Call, Expr, Literal, Program, calls_in, parts_of
from tools.core import registered
from tools.labels import LABELS

DEPTH = 4  # nested calls, as the grammar has it


def errors(program: str, names: dict[str, str], request: str) -> list[str]:
    """What is wrong with a program; texts to be found must stand in the request as they are."""
    try:
        checked = check(program, registered(), names)
    except Invalid as invalid:
        return [str(invalid)]
    found = [] if str(checked.program) == program + "\n" else ["not in the canonical form"]
    found += _uncopied(checked.program, request)
    if not shallow(program):
        found.append(f"nested deeper than {DEPTH}")
    return found


def shallow(program: str) -> bool:
    """Whether no statement of a program nests its calls deeper than the planner's grammar has it."""
    values = (s.value for s in parse(program).statements if isinstance(s, (Assign, Answer)))
    return all(depth(value) <= DEPTH for value in values)


def depth(expr: Expr) -> int:
    """How many calls are nested."""
    return isinstance(expr, Call) + max((depth(e) for e in parts_of(expr)), default=0)


def _uncopied(program: Program, request: str) -> Iterator[str]:
    for call in calls_in(program):
        for param, argument in zip(registered()[call.tool].params, call.args, strict=False):
            if isinstance(argument, Literal) and param.kind in ("span", "label"):
                known = param.kind == "label" and argument.value in LABELS
                if not known and str(argument.value) not in request:
                    yield f"{argument.value!r} does not stand in the request"
