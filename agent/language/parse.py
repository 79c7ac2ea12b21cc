"""Text to Program. Python's own parser reads the text; what is not in the language is then reported, all of it.

Nothing of the text is ever compiled or evaluated: the syntax tree is walked, and every node kind not listed here is an
error. Bounds keep a hostile text from costing more than milliseconds.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

from agent.language.syntax import (
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

MAX_CHARACTERS = 16_384
MAX_STATEMENTS = 200
MAX_NESTING = 24
MAX_NUMBER = 10**15
MAX_SHOWN = 50  # mistakes in a message

_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Lt: "<",
    ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=", ast.And: "and", ast.Or: "or",
}  # fmt: skip
_FORBIDDEN = {
    ast.Attribute: "attributes", ast.Subscript: "subscripts (use nth, first or last)", ast.Lambda: "lambdas",
    ast.ListComp: "comprehensions (tools work on all regions at once)", ast.GeneratorExp: "comprehensions",
    ast.DictComp: "comprehensions", ast.SetComp: "comprehensions", ast.JoinedStr: "strings with code in them",
    ast.Dict: "dictionaries", ast.Set: "sets", ast.Tuple: "tuples (use a list)", ast.Starred: "unpacking",
    ast.NamedExpr: "assignments inside expressions", ast.Await: "await", ast.Yield: "yield", ast.Import: "imports",
    ast.ImportFrom: "imports", ast.For: "loops (tools work on all regions at once)", ast.While: "loops",
    ast.If: "if statements (use `x if c else y`)", ast.FunctionDef: "function definitions",
    ast.ClassDef: "classes", ast.Try: "try", ast.With: "with", ast.Return: "return (use answer(...))",
    ast.Delete: "del", ast.AugAssign: "augmented assignments", ast.AnnAssign: "annotated assignments",
    ast.Assert: "assert", ast.Raise: "raise", ast.Global: "global", ast.Match: "match", ast.Pass: "pass",
}  # fmt: skip


@dataclass(frozen=True)
class Diagnostic:
    """One mistake: where it is, what was expected there, what stands there, and the nearest right thing if any."""

    at: At
    expected: str
    found: str
    hint: str | None = None

    def __str__(self) -> str:
        text = f"line {self.at[0]}, column {self.at[1]}: expected {self.expected}, found {self.found}"
        return text + (f"; {self.hint}" if self.hint else "")


class Invalid(Exception):
    """A text that is no program; `diagnostics` lists every mistake, in the order of the text, str() the first ones."""

    def __init__(self, diagnostics: list[Diagnostic]) -> None:
        self.diagnostics = sorted(diagnostics, key=lambda d: d.at)
        lines = [str(d) for d in self.diagnostics[:MAX_SHOWN]]
        if len(self.diagnostics) > MAX_SHOWN:
            lines.append(f"... and {len(self.diagnostics) - MAX_SHOWN} more")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Parsed:
    """What could be read of a text: its statements, its mistakes, and the names whose statements hold one."""

    program: Program
    errors: tuple[Diagnostic, ...]
    broken: frozenset[str]


def parse(text: str) -> Program:
    """Read a program. Raises Invalid with every syntax error."""
    parsed = read(text)
    if parsed.errors:
        raise Invalid(list(parsed.errors))
    return parsed.program


def read(text: str) -> Parsed:
    """Read as much of a program as there is; the checker goes on from here to report all mistakes together."""
    if len(text) > MAX_CHARACTERS:
        error = Diagnostic((1, 1), f"at most {MAX_CHARACTERS} characters", f"{len(text)}")
        return Parsed(Program(()), (error,), frozenset())
    reader = _Reader()
    program = reader.program(text)
    return Parsed(program, tuple(reader.errors), frozenset(reader.broken))


class _Reader:
    """Turns Python's syntax tree into nodes, collecting errors."""

    def __init__(self) -> None:
        self.errors: list[Diagnostic] = []
        self.broken: set[str] = set()
        self.lines: list[str] = []

    def program(self, text: str) -> Program:
        self.lines = re.split(r"\r\n|\r|\n", text)  # as Python counts them
        first_line = text.lstrip("\ufeff\n").split("\n", 1)[0].strip()
        reason = first_line.lstrip("#").strip() if first_line.startswith("#") else None
        statements = [s for node in self._tree(text) if (s := self._statement(node)) is not None]
        if len(statements) > MAX_STATEMENTS:
            at = statements[MAX_STATEMENTS].at
            self._error(at, f"at most {MAX_STATEMENTS} statements", f"{len(statements)}")
        return Program(tuple(statements), reason or None)

    def _tree(self, text: str) -> list[ast.stmt]:
        """All statements; where the text as a whole cannot be parsed, those of the lines that can."""
        body, error = _python(text)
        if error is None:
            return body
        found: list[ast.stmt] = []
        for number, line in enumerate(text.split("\n"), 1):
            if len(self.errors) >= MAX_SHOWN:
                break
            part, problem = _python(line.rstrip("\r"))
            if problem is not None:
                self._error((number, problem[0]), "a statement `name = expression` or `answer(...)`", problem[1])
            for node in part:
                ast.increment_lineno(node, number - 1)
                found.append(node)
        if not self.errors:
            self._error((error[2], error[0]), "a program", error[1])
        return found

    def _at(self, node: ast.stmt | ast.expr) -> At:
        """Line and column in characters; Python's syntax tree counts bytes."""
        line = self.lines[node.lineno - 1] if node.lineno <= len(self.lines) else ""
        return (node.lineno, len(line.encode(errors="replace")[: node.col_offset].decode(errors="replace")) + 1)

    def _statement(self, node: ast.stmt) -> Statement | None:
        at = self._at(node)
        if isinstance(node, ast.Assign):
            target = node.targets[0]
            if len(node.targets) != 1 or not isinstance(target, ast.Name):
                return self._error(at, "one name before `=`", f"`{_source(target)}`")
            value = self._expr(node.value, 1)
            if value is None:
                self.broken.add(target.id)
                return None
            return Assign(target.id, value, at)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Name) and called.id in ("answer", "cannot"):
                return self._ending(called.id, node.value, at)
        what = _FORBIDDEN.get(type(node))
        if what:
            return self._error(at, "a statement `name = expression` or `answer(...)`", what)
        shown = _source(node.value) if isinstance(node, ast.Expr) else type(node).__name__.lower()
        return self._error(
            at, "a statement `name = expression` or `answer(...)`", f"`{shown}`", "give the result a name"
        )

    def _ending(self, kind: str, call: ast.Call, at: At) -> Statement | None:
        if len(call.args) != 1 or call.keywords:
            return self._error(at, f"{kind}(...) of exactly one value", f"{len(call.args) + len(call.keywords)}")
        value = self._expr(call.args[0], 1)
        if value is None:
            return None
        if kind == "answer":
            return Answer(value, at)
        if isinstance(value, Literal) and isinstance(value.value, str):
            return Cannot(value.value, at)
        return self._error(at, "cannot(...) of a reason in quotes", f"`{_source(call.args[0])}`")

    def _expr(self, node: ast.expr, depth: int) -> Expr | None:
        at = self._at(node)
        if depth > MAX_NESTING:
            return self._error(at, f"at most {MAX_NESTING} levels of nesting", "more")
        if isinstance(node, ast.Constant):
            return self._constant(node, at)
        if isinstance(node, ast.Name):
            return Name(node.id, at)
        if isinstance(node, ast.List):
            items = [self._expr(i, depth + 1) for i in node.elts]
            if all(isinstance(i, Literal) for i in items):
                return ListOf(tuple(i for i in items if isinstance(i, Literal)), at)
            return self._error(at, "a list of literals", f"`{_source(node)}`")
        if isinstance(node, ast.Call):
            return self._call(node, at, depth)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
            operand = self._expr(node.operand, depth + 1)
            op = "-" if isinstance(node.op, ast.USub) else "not"
            if op == "-" and isinstance(operand, Literal) and type(operand.value) in (int, float):
                return Literal(-operand.value, at)  # type: ignore[operator]
            return None if operand is None else Unary(op, operand, at)
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            return self._chain(_BINARY[type(node.op)], [node.left, node.right], at, depth)
        if isinstance(node, ast.BoolOp):
            return self._chain(_BINARY[type(node.op)], node.values, at, depth)
        if isinstance(node, ast.Compare) and type(node.ops[0]) in _BINARY:
            if len(node.ops) > 1:
                return self._error(at, "one comparison", "a chain of several", "join them with `and`")
            return self._chain(_BINARY[type(node.ops[0])], [node.left, node.comparators[0]], at, depth)
        if isinstance(node, ast.IfExp):
            test, yes, no = (self._expr(n, depth + 1) for n in (node.test, node.body, node.orelse))
            return None if test is None or yes is None or no is None else IfElse(test, yes, no, at)
        return self._error(at, "an expression", _FORBIDDEN.get(type(node)) or f"`{_source(node)}`")

    def _chain(self, op: str, nodes: list[ast.expr], at: At, depth: int) -> Expr | None:
        # Python nests `a + b + c` to the left, but not `a and b and c`: count it as the levels that it is here.
        if depth + len(nodes) - 2 > MAX_NESTING:
            return self._error(at, f"at most {MAX_NESTING} levels of nesting", "more")
        parts = [self._expr(n, depth + 1) for n in nodes]
        result = parts[0]
        for part in parts[1:]:
            if result is None or part is None:
                return None
            result = Binary(op, result, part, at)
        return result

    def _call(self, node: ast.Call, at: At, depth: int) -> Expr | None:
        if not isinstance(node.func, ast.Name):
            self._error(at, "a tool's name", f"`{_source(node.func)}`")
        args = [self._expr(a, depth + 1) for a in node.args]
        options = [(k.arg, self._expr(k.value, depth + 1)) for k in node.keywords]
        if any(k is None for k, _ in options):
            return self._error(at, "options as name=value", "unpacking")
        if not isinstance(node.func, ast.Name) or None in args or any(v is None for _, v in options):
            return None
        return Call(
            node.func.id,
            tuple(a for a in args if a is not None),
            tuple((k, v) for k, v in options if k is not None and v is not None),
            at,
        )

    def _constant(self, node: ast.Constant, at: At) -> Expr | None:
        value = node.value
        if isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value):
            return self._error(at, "text of whole characters", "half of a surrogate pair")
        if isinstance(value, (str, bool)):
            return Literal(value, at)
        if isinstance(value, (int, float)):
            if not abs(value) <= MAX_NUMBER:
                return self._error(at, f"a number of at most {MAX_NUMBER:.0e}", "a larger one")
            return Literal(value, at)
        return self._error(at, "a string, number, True or False", f"`{_source(node)}`")

    def _error(self, at: At, expected: str, found: str, hint: str | None = None) -> None:
        """Note a mistake; returns None in place of the node that could not be made."""
        self.errors.append(Diagnostic(at, expected, found, hint))


def _python(text: str) -> tuple[list[ast.stmt], tuple[int, str, int] | None]:
    """Python's statements of a text, or (column, problem, line)."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text).body, None
    except SyntaxError as error:
        return [], (error.offset or 1, f"a syntax error ({error.msg})", error.lineno or 1)
    except (ValueError, RecursionError, MemoryError) as error:
        return [], (1, f"a text that cannot be parsed ({type(error).__name__})", 1)


def _source(node: ast.AST) -> str:
    try:
        text = ast.unparse(node)
    except (RecursionError, ValueError):  # nested too deeply, or a number of too many digits
        return "..."
    return text if len(text) <= 60 else text[:57] + "..."
