"""Programs as trees, and the one canonical text of each.

A tree is a Call, an Op, an If, a Name, or a plain value (str, int, list of str). `text` writes it nested; what is used twice,
or would nest deeper than the language allows, gets a name in a statement of its own.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from agent.language import check
from tools.core import registered

DEPTH = 4  # nested calls inside answer(...)
OPERATORS = 3  # in one statement
STRENGTH = {
    "or": 1, "and": 2, "not": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4,
    "+": 5, "-": 5, "*": 6, "/": 6, "//": 6, "%": 6,
}  # fmt: skip
RESERVED = check.RESERVED | {"image"}


@dataclass(frozen=True)
class Name:
    """A name that lives already: image, image1, or one that `text` made."""

    name: str


@dataclass(frozen=True)
class Call:
    """A tool call with positional arguments."""

    tool: str
    args: tuple[Any, ...]
    hint: str = ""  # what its result may be called when it needs a name
    options: tuple[tuple[str, Any], ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Call) and (self.tool, self.args, self.options) == (
            other.tool,
            other.args,
            other.options,
        )

    def __hash__(self) -> int:
        return hash((self.tool, repr(self.args), self.options))


@dataclass(frozen=True)
class Op:
    """An operator between two trees; `not` stands before its second with None first."""

    sign: str
    left: Any
    right: Any


@dataclass(frozen=True)
class If:
    """`yes if test else no`."""

    test: Any
    yes: Any
    no: Any


IMAGE = Name("image")


def call(tool: str, *args: Any, hint: str = "") -> Call:
    """A Call; lists become tuples so that it can be compared."""
    return Call(tool, tuple(tuple(a) if isinstance(a, list) else a for a in args), hint)


def depth(tree: Any) -> int:
    """How many calls are nested."""
    if isinstance(tree, Call):
        return 1 + max((depth(a) for a in tree.args), default=0)
    if isinstance(tree, If):
        return max(depth(tree.test), depth(tree.yes), depth(tree.no))
    return max(depth(tree.left), depth(tree.right)) if isinstance(tree, Op) else 0


def text(tree: Any) -> str:
    """The program that answers with `tree`, in its one canonical form."""
    statements: list[str] = []
    taken: set[str] = set()
    while True:
        target = _shared(tree) or (_deepest(tree) if depth(tree) > DEPTH else _unwritable(tree))
        if target is None:
            return "\n".join([*statements, f"answer({expression(tree)})"])
        name = _free(target, taken)
        taken.add(name)
        statements.append(f"{name} = {expression(target)}")
        tree = _replace(tree, target, Name(name))


def expression(tree: Any) -> str:
    """The nested text of a tree."""
    if isinstance(tree, Name):
        return tree.name
    if isinstance(tree, Call):
        given = [expression(a) for a in tree.args] + [f"{n}={expression(v)}" for n, v in tree.options]
        return f"{tree.tool}({', '.join(given)})"
    if isinstance(tree, Op):
        if tree.sign == "not":
            return f"not {_within(tree.right, 3)}"
        strength = STRENGTH[tree.sign]
        loose = strength + (strength == STRENGTH["<"])  # comparisons don't chain
        return f"{_within(tree.left, loose)} {tree.sign} {_within(tree.right, strength + 1)}"
    if isinstance(tree, If):
        return f"{_within(tree.yes, 1)} if {_within(tree.test, 1)} else {_within(tree.no, 0)}"
    if isinstance(tree, tuple):
        return f"[{', '.join(expression(a) for a in tree)}]"
    return json.dumps(tree, ensure_ascii=False)


def _unwritable(tree: Any, within: str = "") -> Any:
    """A part that the grammar has no place for where it stands: an operator in a call, or one that needs brackets."""
    if isinstance(tree, Call):
        parts = [(a, "call") for a in tree.args]
    elif isinstance(tree, If):
        parts = [(tree.yes, "choice"), (tree.test, "test"), (tree.no, "if")]
    elif isinstance(tree, Op):
        parts = [(a, tree.sign) for a in (tree.left, tree.right) if a is not None]
    else:
        return None
    for part, place in parts:
        found = _unwritable(part, place)
        if found is not None:
            return found
        if isinstance(part, If) and place != "if":
            return part
        if isinstance(part, Op):
            strength = STRENGTH.get(place, 0)
            weaker = STRENGTH[part.sign] < strength + (part is tree.right if isinstance(tree, Op) else 0)
            if place in ("call", "choice", "if") or weaker or (strength == 4 and STRENGTH[part.sign] <= 4):
                return part
    heavy = operators(tree) > OPERATORS and not within and not isinstance(tree, If)
    return _first_operator(tree) if heavy else None


def operators(tree: Any) -> int:
    """How many operators there are."""
    if isinstance(tree, Op):
        return 1 + operators(tree.left) + operators(tree.right)
    return 0


def _first_operator(tree: Op) -> Any:
    """The innermost operator on the left."""
    while True:
        inner = next((a for a in (tree.left, tree.right) if isinstance(a, Op)), None)
        if inner is None:
            return tree
        tree = inner


def _within(tree: Any, strength: int) -> str:
    """The text of a part, in brackets where it binds more weakly than what it stands in."""
    own = 0 if isinstance(tree, If) else STRENGTH[tree.sign] if isinstance(tree, Op) else 9
    text = expression(tree)
    return f"({text})" if own < strength else text


def _calls(tree: Any) -> list[Call]:
    """All calls, inner ones first."""
    if isinstance(tree, Call):
        return [c for a in tree.args for c in _calls(a)] + [tree]
    if isinstance(tree, If):
        return _calls(tree.test) + _calls(tree.yes) + _calls(tree.no)
    return _calls(tree.left) + _calls(tree.right) if isinstance(tree, Op) else []


def _shared(tree: Any) -> Call | None:
    """The largest call that stands there twice."""
    seen = Counter(_calls(tree))
    twice = [c for c, n in seen.items() if n > 1]
    return max(twice, key=depth) if twice else None


def _deepest(tree: Any) -> Call:
    """What to name where a tree is too deep: the innermost call of two levels on its deepest path."""
    while not (isinstance(tree, Call) and depth(tree) == 2):
        parts: tuple[Any, ...] = (
            tree.args
            if isinstance(tree, Call)
            else (tree.test, tree.yes, tree.no)
            if isinstance(tree, If)
            else (tree.left, tree.right)
        )
        tree = max(parts, key=depth)
    found: Call = tree
    return found


def _replace(tree: Any, old: Any, new: Name) -> Any:
    if tree == old:
        return new
    if isinstance(tree, Call):
        return Call(tree.tool, tuple(_replace(a, old, new) for a in tree.args), tree.hint, tree.options)
    if isinstance(tree, If):
        return If(_replace(tree.test, old, new), _replace(tree.yes, old, new), _replace(tree.no, old, new))
    if isinstance(tree, Op):
        return Op(tree.sign, _replace(tree.left, old, new), _replace(tree.right, old, new))
    return tree


def _free(target: Any, taken: set[str]) -> str:
    if isinstance(target, Op):
        hint = "number" if STRENGTH[target.sign] > 4 else "test"
    else:
        hint = target.hint if isinstance(target, Call) else "chosen"
    base = re.sub(r"[^a-z_]", "", hint.lower().replace(" ", "_").replace("-", "_")) or "found"
    base = "things" if base in RESERVED or base in registered() else base
    name, n = base, 2
    while name in taken:
        name, n = f"{base}{n}", n + 1
    return name
