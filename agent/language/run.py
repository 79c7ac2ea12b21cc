"""The interpreter: total, by demand, without eval, exec or attribute access on anything a program names.

Evaluation starts at answer(...). A name's expression runs when it is first asked for, and once; the branch that a
condition does not take never runs. Expressions are walked with a stack of our own, since names may lead to names more
often than Python may call itself. Each tool call is a step: looked up in the cache by what decides its result, else
run, entered into the cache, and reported. Operators are no steps.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from agent.language.check import CheckedProgram
from agent.language.evidence import Evidence, Traced, after_call, merged, of_answer
from agent.language.parse import MAX_NUMBER
from agent.language.syntax import (
    Answer,
    Assign,
    Binary,
    Call,
    Expr,
    IfElse,
    ListOf,
    Literal,
    Name,
    Statement,
    Unary,
    format_expr,
    names_in,
)
from agent.language.values import encode, summary, type_of
from tools.core import BudgetExceeded, Context, NotReady, SecondLook, Tool, ToolError
from tools.types import Image, Region, Regions, Value, content_id


class StepCache(Protocol):
    """Results of steps by key. An implementation that keeps them durably makes a killed run take up where it stood."""

    def get(self, key: str) -> Value | None:
        """The result, or None where there is none."""

    def put(self, key: str, value: Value) -> None:
        """Keep a result; it is kept when this returns."""


class MemoryCache(dict[str, Value]):
    """A StepCache that ends with the process."""

    def put(self, key: str, value: Value) -> None:
        self[key] = value


class Unwritten:
    """A StepCache that reads from another and keeps what is new in memory only: nothing of a redaction is stored."""

    def __init__(self, cache: StepCache) -> None:
        self.cache, self.new = cache, MemoryCache()

    def get(self, key: str) -> Value | None:
        """The result, or None."""
        found = self.new.get(key)
        # What a trace does not hold yet must not be copied into it either.
        return getattr(self.cache, "peek", self.cache.get)(key) if found is None else found

    def put(self, key: str, value: Value) -> None:
        """Keep a result for this run."""
        self.new.put(key, value)


@dataclass(frozen=True)
class Step:
    """One tool call of a run. n: from 1, in the order in which they ran. line: of its statement in the program."""

    n: int
    call: str
    tool: str
    line: int
    result: str
    seconds: float
    cached: bool
    key: str


@dataclass
class Budget:
    """What a request may use; checked before each step."""

    steps: int = 100
    seconds: float = 300.0
    pixels: int = 2_000_000_000
    started: float = field(default_factory=time.monotonic)
    used_steps: int = 0
    used_pixels: int = 0

    def spend(self, pixels: int = 0) -> None:
        """Count one more step. Raises BudgetExceeded with what ran out and how to raise it."""
        self.used_steps += 1
        self.used_pixels += pixels
        spent = time.monotonic() - self.started
        for name, used, limit in (
            ("steps", self.used_steps, self.steps),
            ("seconds", round(spent, 1), self.seconds),
            ("pixels", self.used_pixels, self.pixels),
        ):
            if used > limit:
                raise BudgetExceeded(f"the request used up its {name} (limit {limit}); raise --max-{name}")


class StepFailed(Exception):
    """A step that a better program could avoid: which call, on which line, and what stays usable."""

    def __init__(self, call: str, line: int, error: ToolError, kept: tuple[Statement, ...]) -> None:
        self.call, self.line, self.error, self.kept = call, line, error, kept
        super().__init__(f"line {line}, {call}: {error}")


@dataclass(frozen=True)
class Outcome:
    """A finished run: the answer, its evidence, every step, and every value that a name was bound to."""

    answer: Traced
    evidence: tuple[Evidence, ...]
    steps: tuple[Step, ...]
    values: Mapping[str, Value]


Event = dict[str, Any]
Walk = Generator[Expr, Traced, Traced]
PRIVATE_TOOLS = frozenset({"redact"})
_CACHED_GROUPS = frozenset({"see", "read", "edit"})


def is_private(checked: CheckedProgram) -> bool:
    """Whether a program destroys something, so that nothing of what it reads may be kept or shown."""
    return not PRIVATE_TOOLS.isdisjoint(checked.calls)


class Interpreter:
    """Runs one checked program."""

    def __init__(
        self,
        checked: CheckedProgram,
        inputs: Mapping[str, Value],
        context: Context,
        tools: Mapping[str, Tool],
        *,
        cache: StepCache,
        budget: Budget | None = None,
        emit: Callable[[Event], None] = lambda event: None,
        frozen: bool = False,
    ) -> None:
        """inputs: the values of the given names. frozen: a step that is not in the cache raises LookupError."""
        self.checked, self.context, self.tools, self.cache = checked, context, tools, cache
        self.budget, self.emit, self.frozen = budget or Budget(), emit, frozen
        self.private = is_private(checked)
        self.values: dict[str, Traced] = {n: Traced(v) for n, v in inputs.items()}
        self.assigned = {s.name: s for s in checked.program.statements if isinstance(s, Assign)}
        self.steps: list[Step] = []
        self.results: list[Value] = []  # of each step
        self.line = 1
        for value in inputs.values():
            if isinstance(value, Image):
                context.register(value)

    def run(self) -> Outcome:
        """Evaluate the answer.

        Raises StepFailed where a better program could avoid it; NotReady, BudgetExceeded and bugs as they are.
        """
        ending = self.checked.program.statements[-1]
        if not isinstance(ending, Answer):
            raise ValueError("only a program that ends with answer(...) can be run")
        self.line = ending.at[0]
        answer = self._evaluated(ending.value)
        values = {n: t.value for n, t in self.values.items() if n in self.assigned}
        return Outcome(answer, of_answer(answer), tuple(self.steps), values)

    def _evaluated(self, expr: Expr) -> Traced:
        walks = [self._value(expr)]
        value: Traced | None = None
        while walks:
            try:
                inner = walks[-1].send(value)  # type: ignore[arg-type]  # None starts a walk
            except StopIteration as finished:
                walks.pop()
                value = finished.value
            else:
                walks.append(self._value(inner))
                value = None
        if value is None:
            raise RuntimeError("an expression ended without a value; this is a bug")
        return value

    def _at(self, statement: Statement, expr: Expr) -> Walk:
        outer, self.line = self.line, statement.at[0]
        value = yield expr
        self.line = outer
        return value

    def _value(self, expr: Expr) -> Walk:
        """Walk an expression: yields each inner one and is sent its value."""
        if isinstance(expr, Literal):
            return Traced(expr.value)
        if isinstance(expr, ListOf):
            return Traced(tuple(str(i.value) for i in expr.items))
        if isinstance(expr, Name):
            if expr.id not in self.values:
                statement = self.assigned[expr.id]
                self.values[expr.id] = yield from self._at(statement, statement.value)
            return self.values[expr.id]
        if isinstance(expr, Call):
            return (yield from self._call(expr))
        if isinstance(expr, Unary):
            operand = yield expr.operand
            value = -operand.value if expr.op == "-" else not operand.value  # type: ignore[operator]
            return merged(value, [operand])
        if isinstance(expr, IfElse):
            test = yield expr.test
            branch = yield expr.yes if test.value else expr.no
            return Traced(branch.value, branch.step, (*branch.evidence, *test.evidence))
        return (yield from self._binary(expr))

    def _binary(self, expr: Binary) -> Walk:
        left = yield expr.left
        if expr.op in ("and", "or") and bool(left.value) is (expr.op == "or"):
            return left
        right = yield expr.right
        if expr.op in ("and", "or"):
            return merged(right.value, [left, right])
        try:
            value = _operate(expr.op, left.value, right.value)
        except ToolError as error:
            raise self._failed(format_expr(expr), error) from error
        return merged(value, [left, right])

    def _call(self, expr: Call) -> Walk:
        tool = self.tools[expr.tool]
        args: list[Traced] = []
        for argument in expr.args:
            args.append((yield argument))
        options: dict[str, Traced] = {}
        for option, given in expr.options:
            options[option] = yield given
        shown = self._shown(expr, args, options)
        pixels = sum(a.value.width * a.value.height for a in args if isinstance(a.value, Image))
        self.budget.spend(pixels)
        bound = {p.name: a for p, a in zip(tool.params, args, strict=False)} | options
        values = {p.name: _as(p.types, bound[p.name].value) for p in tool.params if p.name in bound}
        key = self._key(tool, values)
        n = len(self.steps) + 1
        self.emit({"event": "step_started", "n": n, "call": shown})
        begun = time.perf_counter()
        kept = tool.group in _CACHED_GROUPS
        result = self.cache.get(key) if kept else None
        cached = result is not None
        if result is None:
            result = self._run_tool(tool, values, shown, key)
            if kept:
                self.cache.put(key, result)
        if isinstance(result, Image):
            self.context.register(result)
        step = Step(n, shown, tool.name, self.line, summary(result, self.private), time.perf_counter() - begun,
                    cached, key)  # fmt: skip
        self.steps.append(step)
        self.results.append(result)
        self.emit({"event": "step_done", "n": n, "call": shown, "result": step.result, "seconds": step.seconds,
                   "cached": cached})  # fmt: skip
        if tool.second_look is not None and isinstance(result, Regions):
            result, n = self._looked_again(tool, tool.second_look, values, result, n, key)
        return after_call(tool, n, list(bound.values()), result)

    def _looked_again(
        self, tool: Tool, again: SecondLook, values: dict[str, Value], found: Regions, n: int, key: str
    ) -> tuple[Regions, int]:
        """What stays after a second look, and the step that it took; as it was where nothing is in doubt."""
        doubtful = again.doubtful(self.context, found)
        if not doubtful:
            return found, n
        key = content_id("second look", key, self.context.fingerprint(again.needs))
        shown = f"look again at {doubtful} of step {n}"
        begun = time.perf_counter()
        kept = self.cache.get(key)
        cached = kept is not None
        if kept is None:
            if self.frozen:
                raise LookupError(f"{shown} is not among the recorded steps, and --frozen forbids running tools")
            try:
                kept = again.look(self.context, found, **values)
            except NotReady:
                return found, n
        self.budget.spend()
        self.emit({"event": "step_started", "n": n + 1, "call": shown})
        if not cached:
            self.cache.put(key, kept)
        step = Step(n + 1, shown, tool.name, self.line, summary(kept, self.private), time.perf_counter() - begun,
                    cached, key)  # fmt: skip
        self.steps.append(step)
        self.results.append(kept)
        self.emit({"event": "step_done", "n": n + 1, "call": shown, "result": step.result, "seconds": step.seconds,
                   "cached": cached})  # fmt: skip
        if not isinstance(kept, Regions):
            raise TypeError(f"the second look of {tool.name} returned {type_of(kept)}, expected Regions")
        return kept, n + 1

    def _run_tool(self, tool: Tool, values: dict[str, Value], shown: str, key: str) -> Value:
        if self.frozen and tool.group in _CACHED_GROUPS:
            raise LookupError(f"{shown} is not among the recorded steps, and --frozen forbids running tools")
        try:
            result: Value = tool.function(self.context, **values)
        except ToolError as error:
            raise self._failed(shown, error) from error
        except NotReady as missing:
            raise NotReady(missing.role, f"{tool.name}(...) cannot run here: {missing}", "") from missing
        if type_of(result) != tool.returns:
            raise TypeError(f"{tool.name} returned {type_of(result)}, its signature says {tool.returns}")
        return result

    def _failed(self, shown: str, error: ToolError) -> StepFailed:
        """What has a value stays, with the names of branches not taken that it mentions, so that it stays valid."""
        kept: list[Statement] = []
        wanted: set[str] = set()
        for statement in reversed(self.checked.program.statements):
            if isinstance(statement, Assign) and (statement.name in self.values or statement.name in wanted):
                kept.insert(0, statement)
                wanted |= names_in(statement.value)
        return StepFailed(shown, self.line, error, tuple(kept))

    def _key(self, tool: Tool, values: Mapping[str, Value]) -> str:
        arguments = json.dumps({n: encode(v) for n, v in values.items()}, sort_keys=True)
        roles = self.context.fingerprint(tool.needs_for(values))
        return content_id("step", tool.name, str(tool.version), arguments, roles)

    def _shown(self, expr: Call, args: list[Traced], options: dict[str, Traced]) -> str:
        """The call as a person reads it: an inner call shows as the step that made it."""
        parts = [_shown_argument(a, t) for a, t in zip(expr.args, args, strict=True)]
        parts += [f"{k}={_shown_argument(v, options[k])}" for k, v in expr.options]
        return f"{expr.tool}({', '.join(parts)})"


def _shown_argument(expr: Expr, traced: Traced) -> str:
    if isinstance(expr, (Name, Literal, ListOf)):
        return format_expr(expr)
    if traced.step:
        return f"step {traced.step}"
    return summary(traced.value)


def _as(types: tuple[str, ...], value: Value) -> Value:
    """A Region where only Regions are taken becomes a Regions of one."""
    if isinstance(value, Region) and "Region" not in types:
        return Regions((value,), value.frame, value.label)
    return value


def _operate(op: str, left: Any, right: Any) -> Value:
    """Arithmetic and comparisons; texts compare without regard to case and outer spaces."""
    if op in ("==", "!="):
        return (_folded(left) == _folded(right)) is (op == "==")
    if op == "<":
        return bool(left < right)
    if op == "<=":
        return bool(left <= right)
    if op == ">":
        return bool(left > right)
    if op == ">=":
        return bool(left >= right)
    if op in ("/", "//", "%") and right == 0:
        raise ToolError("division by zero")
    result: int | float
    if op == "+":
        result = left + right
    elif op == "-":
        result = left - right
    elif op == "*":
        result = left * right
    elif op == "/":
        result = left / right
    else:
        result = left // right if op == "//" else left % right
    if not abs(result) <= MAX_NUMBER:
        raise ToolError(f"a number over {MAX_NUMBER:.0e}")
    # Prices are decimal: 0.1 + 0.2 is 0.3 here.
    return round(result, 9) if isinstance(result, float) else result


def _folded(value: Value) -> Value:
    if isinstance(value, str):
        return " ".join(value.casefold().split())
    if isinstance(value, tuple):
        return tuple(" ".join(t.casefold().split()) for t in value)
    if isinstance(value, float):
        return round(value, 9)
    return value
