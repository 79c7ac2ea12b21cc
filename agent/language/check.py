"""The checker: every mistake of a program at once, before any model is loaded.

It judges validity against the whole registry; whether a tool is ready on this machine is the profile's affair.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from agent.language.parse import Diagnostic, Invalid, Parsed, read
from agent.language.syntax import (
    ARITHMETIC,
    EQUALITY,
    LOGIC,
    Answer,
    Assign,
    At,
    Binary,
    Call,
    Cannot,
    Expr,
    IfElse,
    ListOf,
    Literal,
    Name,
    Program,
    Statement,
    Unary,
)
from agent.language.types import REASONS, fits, joined, spoken
from tools.core import Param, Tool

RESERVED = frozenset({"answer", "cannot", "True", "False", "None"}) | frozenset(keyword.kwlist)
MAX_NAME = 32


@dataclass(frozen=True)
class CheckedProgram:
    """A valid program: the type of every name that it binds, and of its answer (None for cannot)."""

    program: Program
    names: Mapping[str, str]
    answer_type: str | None
    calls: frozenset[str]

    @property
    def text(self) -> str:
        return str(self.program)


def image_names(count: int) -> dict[str, str]:
    """The names of a request's pictures: `image` for one, `image1` ... for several."""
    return {"image": "Image"} if count == 1 else {f"image{i + 1}": "Image" for i in range(count)}


def check(
    program: Program | str, tools: Mapping[str, Tool], given: Mapping[str, str], ends: bool = True
) -> CheckedProgram:
    """Judge a program.

    given: names that exist before it, with their types. ends: whether it must end with answer() or cannot().
    Raises Invalid with every mistake.
    """
    parsed = read(program) if isinstance(program, str) else Parsed(program, (), frozenset())
    checker = _Checker(tools, given)
    checker.errors.extend(parsed.errors)
    checker.broken.update(parsed.broken)
    # Where what cannot be read stands after the last statement that can, it may be the answer.
    known = parsed.program.statements[-1].at if parsed.program.statements else (0, 0)
    checker.program(parsed.program, ends and not any(error.at > known for error in parsed.errors))
    if checker.errors:
        raise Invalid(checker.errors)
    bound = {n: t for n, t in checker.names.items() if n not in given}
    return CheckedProgram(parsed.program, bound, checker.answer_type, frozenset(checker.calls))


class _Checker:
    def __init__(self, tools: Mapping[str, Tool], given: Mapping[str, str]) -> None:
        self.tools = tools
        self.names: dict[str, str] = dict(given)
        self.given = frozenset(given)
        self.broken: set[str] = set()  # bound to an expression with a mistake: no second error where it is used
        self.calls: set[str] = set()
        self.errors: list[Diagnostic] = []
        self.answer_type: str | None = None

    def program(self, program: Program, ends: bool) -> None:
        statements = program.statements
        for i, statement in enumerate(statements):
            self._statement(statement, last=i == len(statements) - 1, alone=len(statements) == 1)
        if ends and (not statements or isinstance(statements[-1], Assign)):
            line = statements[-1].at[0] if statements else 1
            self._error((line, 1), "answer(...) as the last statement", "none" if statements else "an empty program")

    def _statement(self, statement: Statement, last: bool, alone: bool) -> None:
        if isinstance(statement, Assign):
            self._assign(statement)
            return
        if not last:
            word = "answer" if isinstance(statement, Answer) else "cannot"
            self._error(statement.at, "nothing after the end of the program", f"statements after {word}(...)")
        if isinstance(statement, Cannot):
            if not alone:
                self._error(statement.at, "cannot(...) as the only statement", "other statements before it")
            if statement.reason not in REASONS:
                self._error(
                    statement.at, "one of " + ", ".join(f'"{r}"' for r in REASONS), f'"{statement.reason}"',
                    _nearest(statement.reason, REASONS),
                )  # fmt: skip
            return
        self.answer_type = self.type_of(statement.value)
        if self.answer_type == "Depth":
            self._error(statement.at, "an answer that can be shown", "Depth")

    def _assign(self, statement: Assign) -> None:
        name = statement.name
        value_type = self.type_of(statement.value)
        if name in self.names or name in self.broken:
            what = "is given" if name in self.given else "is bound already"
            self._error(statement.at, "a new name", f"`{name}`, which {what}", "names are bound once")
            return
        if name in self.tools or name in RESERVED:
            self._error(statement.at, "a name", f"`{name}`, which is {'a tool' if name in self.tools else 'reserved'}")
            return
        if len(name) > MAX_NAME or not name.isidentifier() or not name.isascii():
            self._error(statement.at, f"a name of at most {MAX_NAME} plain letters", f"`{name[:40]}`")
            return
        if value_type is None:
            self.broken.add(name)
        else:
            self.names[name] = value_type

    def type_of(self, expr: Expr) -> str | None:
        """The type of an expression, or None where a mistake was reported within it."""
        if isinstance(expr, Literal):
            if isinstance(expr.value, bool):
                return "Bool"
            return "Text" if isinstance(expr.value, str) else "Number"
        if isinstance(expr, ListOf):
            bad = [i for i in expr.items if not isinstance(i.value, str)]
            if bad:
                self._error(bad[0].at, "a list of texts", f"`{bad[0].value}` in it")
                return None
            return "Texts"
        if isinstance(expr, Name):
            return self._name(expr)
        if isinstance(expr, Call):
            return self._call(expr)
        if isinstance(expr, Unary):
            wanted = "Number" if expr.op == "-" else "Bool"
            return wanted if self._operand(expr.operand, wanted, expr.op) else None
        if isinstance(expr, Binary):
            return self._binary(expr)
        return self._if_else(expr)

    def _name(self, expr: Name) -> str | None:
        if expr.id in self.names:
            return self.names[expr.id]
        if expr.id not in self.broken:
            found = f"the tool `{expr.id}` without its brackets" if expr.id in self.tools else f"`{expr.id}`"
            hint = self.tools[expr.id].signature if expr.id in self.tools else _nearest(expr.id, self.names)
            self._error(expr.at, "a name that is bound before", found, hint)
        return None

    def _operand(self, expr: Expr, wanted: str, op: str) -> bool:
        found = self.type_of(expr)
        if found is not None and found != wanted:
            self._error(expr.at, f"{wanted} beside `{op}`", found, _conversion(found, wanted))
        return found == wanted

    def _binary(self, expr: Binary) -> str | None:
        op = expr.op
        if op in EQUALITY:
            left, right = self.type_of(expr.left), self.type_of(expr.right)
            if left is None or right is None:
                return None
            if left != right or left not in ("Number", "Text", "Texts", "Bool"):
                self._error(expr.at, f"two Numbers, Texts or truth values beside `{op}`", f"{left} and {right}")
                return None
            return "Bool"
        wanted = "Bool" if op in LOGIC else "Number"
        both = [self._operand(expr.left, wanted, op), self._operand(expr.right, wanted, op)]
        if not all(both):
            return None
        return "Number" if op in ARITHMETIC else "Bool"

    def _if_else(self, expr: IfElse) -> str | None:
        test = self._operand(expr.test, "Bool", "if")
        yes, no = self.type_of(expr.yes), self.type_of(expr.no)
        if yes is None or no is None:
            return None
        both = joined(yes, no)
        if both is None:
            self._error(expr.at, "one type on both sides of `if ... else`", f"{yes} and {no}")
        return both if test else None

    def _call(self, expr: Call) -> str | None:
        if expr.tool in ("answer", "cannot"):
            self._error(expr.at, f"{expr.tool}(...) as a statement of its own", "it inside an expression")
            return None
        tool = self.tools.get(expr.tool)
        if tool is None:
            for value in (*expr.args, *(v for _, v in expr.options)):
                self.type_of(value)
            self._error(expr.at, "a tool's name", f"`{expr.tool}`", _nearest(expr.tool, self.tools))
            return None
        self.calls.add(tool.name)
        by_name = {p.name: p for p in tool.params}
        if len(expr.args) > len(tool.params):
            extra = expr.args[len(tool.params)]
            self._error(extra.at, f"at most {len(tool.params)} values", f"{len(expr.args)}", tool.signature)
        filled = {}
        for param, value in zip(tool.params, expr.args, strict=False):
            filled[param.name] = value
        for name, value in expr.options:
            if name not in by_name:
                self._error(expr.at, f"an option of {tool.name}", f"`{name}`", _nearest(name, by_name))
            elif name in filled:
                self._error(expr.at, f"`{name}` once", "it twice")
            else:
                filled[name] = value
        for param in tool.params:
            if param.name in filled:
                self._argument(tool, param, filled[param.name])
            elif param.required:
                self._error(expr.at, f"`{param.signature}` of {tool.name}", "nothing", tool.signature)
        return tool.returns

    def _argument(self, tool: Tool, param: Param, value: Expr) -> None:
        if param.choices:
            # 90 is one of 90 and 180; 90.0 is not, nor is True one of 1 and 2.
            exact = {(type(c), c) for c in param.choices}
            if not (isinstance(value, Literal) and (type(value.value), value.value) in exact):
                if not isinstance(value, Literal):
                    self.type_of(value)
                found = repr(value.value) if isinstance(value, Literal) else "no literal"
                choices = [str(c) for c in param.choices]
                hint = _nearest(str(value.value), choices) if isinstance(value, Literal) else None
                shown = ", ".join(repr(c) for c in param.choices)
                self._error(value.at, f"one of {shown} as `{param.name}` of {tool.name}", found, hint)
            return
        found_type = self.type_of(value)
        if found_type is not None and not fits(found_type, param.types):
            self._error(
                value.at, f"{spoken(param.types)} as `{param.name}` of {tool.name}", found_type,
                _conversion(found_type, param.types[0]),
            )  # fmt: skip

    def _error(self, at: At, expected: str, found: str, hint: str | None = None) -> None:
        self.errors.append(Diagnostic(at, expected, found, hint))


def _nearest(word: str, known: Mapping[str, object] | list[str]) -> str | None:
    close = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f"did you mean `{close[0]}`?" if close else None


def _conversion(found: str, wanted: str) -> str | None:
    """How a value of one type becomes one of another."""
    known = {
        ("Regions", "Region"): "choose one with only, first, largest or nearest",
        ("Regions", "Number"): "count(...) or total(...) makes a number of regions",
        ("Region", "Number"): "number_of(...) reads the number in a region",
        ("Regions", "Bool"): "exists(...) says whether there are any",
        ("Regions", "Text"): "text_of(...) reads what is written in regions",
        ("Regions", "Texts"): "text_of(...) reads what is written in regions",
        ("Image", "Regions"): "detect(...) or read_text(...) finds regions in a picture",
    }
    return known.get((found, wanted))
