"""The nodes of a program and its canonical text. Nodes are frozen; `at` is (line, column), both counted from 1."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

At: TypeAlias = tuple[int, int]
NOWHERE: At = (0, 0)


@dataclass(frozen=True)
class Literal:
    """A string, number or truth value."""

    value: str | int | float | bool
    at: At = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class ListOf:
    """A list of literals."""

    items: tuple[Literal, ...]
    at: At = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Name:
    id: str
    at: At = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Call:
    """A tool call; `args` by position, then `options` by keyword."""

    tool: str
    args: tuple[Expr, ...]
    options: tuple[tuple[str, Expr], ...] = ()
    at: At = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Unary:
    """`-x` or `not x`."""

    op: str
    operand: Expr
    at: At = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Binary:
    """Arithmetic, a comparison, or `and` / `or` of two."""

    op: str
    left: Expr
    right: Expr
    at: At = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class IfElse:
    """`yes if test else no`."""

    test: Expr
    yes: Expr
    no: Expr
    at: At = field(default=NOWHERE, compare=False)


Expr: TypeAlias = Literal | ListOf | Name | Call | Unary | Binary | IfElse


@dataclass(frozen=True)
class Assign:
    name: str
    value: Expr
    at: At = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Answer:
    value: Expr
    at: At = field(default=NOWHERE, compare=False)


@dataclass(frozen=True)
class Cannot:
    reason: str
    at: At = field(default=NOWHERE, compare=False)


Statement: TypeAlias = Assign | Answer | Cannot


@dataclass(frozen=True)
class Program:
    """Statements in order, and the planner's reason if the text opened with a comment."""

    statements: tuple[Statement, ...]
    reason: str | None = None

    def __str__(self) -> str:
        return format_program(self)


ARITHMETIC = ("+", "-", "*", "/", "//", "%")
ORDERED = ("<", "<=", ">", ">=")
EQUALITY = ("==", "!=")
LOGIC = ("and", "or")
# Binding strength, weakest first.
_STRENGTH = {"if": 0, "or": 1, "and": 2, "not": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "==": 4, "!=": 4, "+": 5, "-": 5,
             "*": 6, "/": 6, "//": 6, "%": 6, "neg": 7}  # fmt: skip


def format_program(program: Program) -> str:
    """The canonical text: one statement a line, double quotes, no needless brackets, a newline at the end."""
    lines = [] if program.reason is None else [f"# {program.reason}"]
    lines += [format_statement(s) for s in program.statements]
    return "\n".join(lines) + "\n"


def format_statement(statement: Statement) -> str:
    """The canonical text of one statement, without a newline."""
    if isinstance(statement, Assign):
        return f"{statement.name} = {format_expr(statement.value)}"
    if isinstance(statement, Answer):
        return f"answer({format_expr(statement.value)})"
    return f"cannot({quoted(statement.reason)})"


def format_expr(expr: Expr, strength: int = 0) -> str:
    """The canonical text of an expression, in brackets where it binds more weakly than `strength`."""
    text, own = _expr(expr)
    return f"({text})" if own < strength else text


def _expr(expr: Expr) -> tuple[str, int]:
    if isinstance(expr, Literal):
        return (quoted(expr.value) if isinstance(expr.value, str) else repr(expr.value)), 9
    if isinstance(expr, ListOf):
        return "[" + ", ".join(_expr(i)[0] for i in expr.items) + "]", 9
    if isinstance(expr, Name):
        return expr.id, 9
    if isinstance(expr, Call):
        parts = [format_expr(a) for a in expr.args] + [f"{k}={format_expr(v)}" for k, v in expr.options]
        return f"{expr.tool}({', '.join(parts)})", 9
    if isinstance(expr, Unary):
        own = _STRENGTH["neg" if expr.op == "-" else "not"]
        return f"{expr.op}{' ' if expr.op == 'not' else ''}{format_expr(expr.operand, own)}", own
    if isinstance(expr, Binary):
        own = _STRENGTH[expr.op]
        # A comparison does not chain; the other operators associate to the left.
        left = own + 1 if own == 4 else own
        return f"{format_expr(expr.left, left)} {expr.op} {format_expr(expr.right, own + 1)}", own
    test, yes = format_expr(expr.test, 1), format_expr(expr.yes, 1)
    return f"{yes} if {test} else {format_expr(expr.no)}", 0


def parts_of(expr: Expr) -> tuple[Expr, ...]:
    """The expressions that an expression is made of: a call's arguments and options, an operator's sides."""
    if isinstance(expr, Call):
        return (*expr.args, *(value for _, value in expr.options))
    if isinstance(expr, Unary):
        return (expr.operand,)
    if isinstance(expr, Binary):
        return (expr.left, expr.right)
    return (expr.test, expr.yes, expr.no) if isinstance(expr, IfElse) else ()


def names_in(expr: Expr) -> set[str]:
    """Every name that an expression mentions."""
    if isinstance(expr, Name):
        return {expr.id}
    return {name for part in parts_of(expr) for name in names_in(part)}


def calls_in(program: Program) -> Iterator[Call]:
    """Every tool call of a program, outer ones before those in them."""
    waiting = [s.value for s in reversed(program.statements) if isinstance(s, (Assign, Answer))]
    while waiting:
        expr = waiting.pop()
        if isinstance(expr, Call):
            yield expr
        waiting += reversed(parts_of(expr))


def quoted(text: str) -> str:
    """A string literal in double quotes; backslash, quote and control characters escaped."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"' + "".join(escapes.get(c) or (c if c.isprintable() else f"\\u{ord(c):04x}"
                         if ord(c) < 0x10000 else f"\\U{ord(c):08x}") for c in text) + '"'  # fmt: skip
