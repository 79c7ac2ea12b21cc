"""The tool registry: what a tool is, how one is declared, what it is handed, and how it may fail.

    EyeshotError              everything that Eyeshot raises on purpose; str() is the message for a person
    ├── InputError            a picture, file or option that cannot be used
    ├── ToolError             a better program could avoid it: goes back to the planner
    │   ├── NothingThere      exactly one was needed and there is none: the honest answer, not repaired
    │   └── Ambiguous         exactly one was needed and there are several; carries the candidates
    ├── NotReady              a role has no model in this profile
    ├── ServerFailed          a server that plans or looks did not answer; its kind says how
    └── BudgetExceeded        steps, seconds or pixels ran out

A message of ToolError carries names, types and counts, never what was read in the picture.
A bug raises whatever it raises; nothing is caught and turned into None.

NOT here: the tools (one file per capability beside this one), the checker (agent.language.check).
"""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Protocol, TypeVar, get_args, get_origin

from tools.types import IDENTITY, Depth, Frame, Image, Region, Regions

# Kinds of text parameters: what the grammar lets a planner write there.
Phrase = Annotated[str, "phrase"]  # an English noun phrase or condition
Span = Annotated[str, "span"]  # text to be found in a picture: copied from the request
Label = Annotated[str, "label"]  # a printed label: one of tools.labels or copied from the request
Question = Annotated[str, "question"]  # a question for a model that sees
Phrases = Annotated[tuple[str, ...], "phrase"]

TYPE_NAMES: dict[Any, str] = {
    Image: "Image", Region: "Region", Regions: "Regions", Depth: "Depth", str: "Text", tuple[str, ...]: "Texts",
    int: "Number", float: "Number", bool: "Bool",
}  # fmt: skip
TEXT_KINDS = ("phrase", "span", "label", "question")
GROUPS = ("see", "read", "compose", "edit")


class EyeshotError(Exception):
    """The root of every error that Eyeshot raises on purpose."""


class InputError(EyeshotError):
    """A picture, file or option that cannot be used; the message says what to do."""


class ToolError(EyeshotError):
    """A failure that a better program could avoid."""


class NothingThere(ToolError):
    """Exactly one thing was needed and there is none. frame: where it was looked for, if that is known."""

    def __init__(self, searched: str | None, frame: Frame | None = None) -> None:
        self.searched, self.frame = searched, frame
        super().__init__(f"there is no {searched} in the picture" if searched else "there is nothing to choose from")


class Ambiguous(ToolError):
    """Exactly one thing was needed and there are several."""

    def __init__(self, candidates: Regions) -> None:
        self.candidates = candidates
        what = candidates.searched or "thing"
        super().__init__(f"only() needs exactly one {what}, there are {len(candidates)}")


class NotReady(EyeshotError):
    """A role that this profile has no model for."""

    def __init__(self, role: str, what: str, remedy: str) -> None:
        self.role = role
        super().__init__(f"{what} ({remedy})" if remedy else what)


class ServerFailed(EyeshotError):
    """A model server did not give an answer. kind: how it failed (tools.adapters.chat_server lists them)."""

    def __init__(self, kind: str, what: str, remedy: str = "") -> None:
        self.kind = kind
        super().__init__(f"{what} ({remedy})" if remedy else what)


class BudgetExceeded(EyeshotError):
    """A request used up its steps, seconds or pixels."""


class ModelSource(Protocol):
    """Where a Context gets its models: agent.profiles, or a scripted fake in tests."""

    def model(self, role: str) -> Any:
        """The adapter that plays `role`, loaded once. Raises NotReady."""

    def setting(self, role: str, key: str, default: float) -> float:
        """A number from the profile, such as ("detector", "keep")."""

    def fingerprint(self, role: str) -> str:
        """What decides the role's results: checkpoint and settings. Part of the key of every cached step."""


@dataclass
class Context:
    """What a tool is handed besides its arguments: models, thresholds, and a memo for encodings of a picture."""

    models: ModelSource
    memo_size: int = 64
    _memo: dict[tuple[str, ...], Any] = field(default_factory=dict)
    _pictures: dict[str, Image] = field(default_factory=dict)

    def model(self, role: str) -> Any:
        """The adapter that plays `role` (see tools.adapters). Raises NotReady where the profile has none."""
        return self.models.model(role)

    def setting(self, role: str, key: str, default: float) -> float:
        """A threshold of the profile."""
        return self.models.setting(role, key, default)

    def fingerprint(self, roles: tuple[str, ...]) -> str:
        """What decides the results of tools that need these roles."""
        return ";".join(f"{role}={self.models.fingerprint(role)}" for role in roles)

    def register(self, image: Image) -> None:
        """Make a picture known, so that regions of its frame can be looked at; the first of a root frame stays."""
        if image.frame.to_root == IDENTITY:
            self._pictures.setdefault(image.frame.root, image)

    def picture(self, placed: Image | Region | Regions) -> Image:
        """The picture itself, or the unedited picture in whose root frame the regions lie."""
        if isinstance(placed, Image):
            return placed
        if placed.frame.root not in self._pictures:
            raise LookupError(f"no picture is registered for the frame {placed.frame}")
        return self._pictures[placed.frame.root]

    def memo(self, key: tuple[str, ...], compute: Callable[[], Any]) -> Any:
        """`compute()` once per key, such as (image.id, "read"); the least recently used of `memo_size` goes first."""
        value = self._memo.pop(key) if key in self._memo else compute()
        self._memo[key] = value
        while len(self._memo) > self.memo_size:
            self._memo.pop(next(iter(self._memo)))
        return value


@dataclass(frozen=True)
class Param:
    """One parameter of a tool.

    types: the names of the types that it accepts (TYPE_NAMES). kind: for text, one of TEXT_KINDS, else None.
    choices: the closed choice of a Literal, else (). required: False for an option, which has a default.
    choice_needs: pairs of a choice and the role that it needs, for choices that not every profile has.
    """

    name: str
    types: tuple[str, ...]
    kind: str | None
    choices: tuple[str | int, ...]
    required: bool
    default: Any = None
    choice_needs: tuple[tuple[str | int, str], ...] = ()

    @property
    def signature(self) -> str:
        """As the planner and the docs show it."""
        if self.choices:
            shown = " | ".join(repr(c) if isinstance(c, int) else f'"{c}"' for c in self.choices)
        else:
            shown = " | ".join(self.types)
        return f"{self.name}: {shown}" + ("" if self.required else f" = {self.default!r}")


@dataclass(frozen=True)
class SecondLook:
    """What a tool does where it is in doubt about its result; a step of its own, after the tool's.

    doubtful(ctx, result): how many of the result's regions are in doubt. look(ctx, result, **arguments): the result
    without what fails. needs: the roles that it asks the context for; where one has no model, there is no second look.
    """

    doubtful: Callable[[Context, Regions], int]
    look: Callable[..., Regions]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Tool:
    """A registered tool: the function and all that follows from its signature, decorator and docstring."""

    name: str
    function: Callable[..., Any]
    group: str
    params: tuple[Param, ...]
    returns: str
    doc: str
    example: str
    requests: tuple[tuple[str, str], ...]
    needs: tuple[str, ...]
    role: str
    version: int
    second_look: SecondLook | None = None

    @property
    def summary(self) -> str:
        """The docstring's first sentence."""
        return self.doc.split("\n\n")[0].replace("\n", " ").strip()

    @property
    def signature(self) -> str:
        return f"{self.name}({', '.join(p.signature for p in self.params)}) -> {self.returns}"

    def needs_for(self, arguments: Mapping[str, Any]) -> tuple[str, ...]:
        """The roles that it asks the context for when called with these arguments, by the parameters' names."""
        more = (role for p in self.params for choice, role in p.choice_needs if arguments.get(p.name) == choice)
        return (*self.needs, *more)


REGISTRY: dict[str, Tool] = {}
F = TypeVar("F", bound=Callable[..., Any])


def tool(
    *,
    group: str,
    example: str,
    needs: tuple[str, ...] = (),
    role: str = "used",
    requests: tuple[tuple[str, str], ...] = (),
    version: int = 1,
    second_look: SecondLook | None = None,
    choice_needs: Mapping[str, Mapping[str | int, str]] | None = None,
    registry: dict[str, Tool] | None = None,
) -> Callable[[F], F]:
    """Register a function as a tool.

    Its first parameter is `ctx: Context`; the others and the result are annotated with the types of TYPE_NAMES, a text
    kind (Phrase, Span, Label, Question, Phrases), or a Literal. Parameters with a default are options.

    group: one of GROUPS. example: one statement that uses it. needs: the roles that it asks the context for.
    role: what its inputs are to the answer: "counted", "compared", "removed", "read", "found" or "used".
    requests: pairs of a request and its program, from which the planner is trained and prompted.
    version: raise it when the same arguments give another result; cached steps of older versions are then not used.
    second_look: for tools that return Regions, see SecondLook.
    choice_needs: by a Literal parameter's name, which of its choices need which role; see `narrowed`.
    Raises ValueError on a name that is taken, or a signature that the language cannot express.
    """
    target = REGISTRY if registry is None else registry

    def register(function: F) -> F:
        made = describe(function, group, example, needs, role, requests, version)
        made = replace(made, second_look=second_look, params=_with_choice_needs(made, choice_needs or {}))
        taken = target.get(made.name)
        if taken is not None and taken.function is not function:
            raise ValueError(f"a tool named {made.name!r} exists already (in {taken.function.__module__})")
        target[made.name] = made
        return function

    return register


def describe(
    function: Callable[..., Any],
    group: str,
    example: str,
    needs: tuple[str, ...],
    role: str,
    requests: tuple[tuple[str, str], ...],
    version: int,
) -> Tool:
    """The Tool that a function's signature and docstring describe. Raises ValueError where they do not."""
    name = getattr(function, "__name__", "?")
    doc = inspect.getdoc(function)
    if not doc:
        raise ValueError(f"tool {name!r} needs a docstring: its first sentence is what the planner reads")
    if re.fullmatch(r"answer|cannot|image[0-9]*", name):
        raise ValueError(f"tool {name!r}: the language itself has that name")
    if group not in GROUPS:
        raise ValueError(f"tool {name!r}: group must be one of {GROUPS}, got {group!r}")
    hints = typing.get_type_hints(function, include_extras=True)
    parameters = list(inspect.signature(function).parameters.values())
    if not parameters or hints.get(parameters[0].name) is not Context:
        raise ValueError(f"tool {name!r}: the first parameter must be `ctx: Context`")
    params = tuple(_param(name, p, hints.get(p.name)) for p in parameters[1:])
    returns = TYPE_NAMES.get(hints.get("return"))
    if returns is None:
        raise ValueError(f"tool {name!r} must return one of {sorted(set(TYPE_NAMES.values()))}")
    return Tool(name, function, group, params, returns, doc, example, requests, needs, role, version)


def _param(tool_name: str, parameter: inspect.Parameter, hint: Any) -> Param:
    if parameter.kind in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD):
        raise ValueError(f"tool {tool_name!r}: it takes any number of {parameter.name!r}; name each parameter")
    required = parameter.default is inspect.Parameter.empty
    default = None if required else parameter.default
    kind: str | None = None
    if get_origin(hint) is Annotated:
        hint, kind = get_args(hint)[0], str(get_args(hint)[1])
        if kind not in TEXT_KINDS:
            raise ValueError(f"tool {tool_name!r}, parameter {parameter.name!r}: unknown text kind {kind!r}")
    if get_origin(hint) is Literal:
        choices = get_args(hint)
        of = {"Number" if isinstance(c, int) else "Text" for c in choices}
        return Param(parameter.name, tuple(sorted(of)), None, choices, required, default)
    union = get_origin(hint) in (types.UnionType, typing.Union)
    members = get_args(hint) if union else (hint,)
    names = tuple(dict.fromkeys(TYPE_NAMES.get(m, "") for m in members))
    if "" in names:
        raise ValueError(f"tool {tool_name!r}, parameter {parameter.name!r}: {hint!r} is not a type of the language")
    return Param(parameter.name, names, kind, (), required, default)


def _with_choice_needs(made: Tool, given: Mapping[str, Mapping[str | int, str]]) -> tuple[Param, ...]:
    """The tool's parameters with the roles that some choices need. Raises ValueError where they do not fit."""
    by_name = {p.name: p for p in made.params}
    for name, roles in given.items():
        where = f"tool {made.name!r}, choice_needs of {name!r}"
        param = by_name.get(name)
        unknown = [c for c in roles if param is None or c not in param.choices]
        if param is None or unknown:
            raise ValueError(f"{where}: {unknown or name} is no choice of a parameter")
        if not param.required and param.default in roles:
            raise ValueError(f"{where}: the default {param.default!r} must need no role, or the tool needs it")
        if set(roles) == set(param.choices):
            raise ValueError(f"{where}: every choice needs a role; say needs={tuple(dict.fromkeys(roles.values()))}")
        by_name[name] = replace(param, choice_needs=tuple(roles.items()))
    return tuple(by_name.values())


def narrowed(tools: Mapping[str, Tool], has: Callable[[str], bool]) -> dict[str, Tool]:
    """The tools without the choices whose role is not there.

    So a planner is never offered a choice that its profile cannot serve. A tool whose own role is missing stays: it is
    part of the language, and not ready.
    """
    return {name: _narrowed(made, has) for name, made in tools.items()}


def _narrowed(made: Tool, has: Callable[[str], bool]) -> Tool:
    if all(has(role) for p in made.params for _, role in p.choice_needs):
        return made
    params = []
    for param in made.params:
        absent = {choice for choice, role in param.choice_needs if not has(role)}
        kept = tuple(c for c in param.choices if c not in absent)
        needs = tuple((c, role) for c, role in param.choice_needs if c not in absent)
        params.append(replace(param, choices=kept, choice_needs=needs))
    return replace(made, params=tuple(params))


def registered(registry: Mapping[str, Tool] | None = None) -> dict[str, Tool]:
    """Every tool by name: by group, in it Eyeshot's own by file and line, then those of installed packages.

    The order does not hang on what was imported first.
    """
    from tools import TOOL_FILES, load_tools

    if registry is None:
        load_tools()
        registry = REGISTRY
    files = {f"tools.{name}": n for n, name in enumerate(TOOL_FILES)}

    def place(tool: Tool) -> tuple[int, int, int]:
        module = tool.function.__module__
        line = inspect.unwrap(tool.function).__code__.co_firstlineno if module in files else 0
        return GROUPS.index(tool.group), files.get(module, len(files)), line

    return dict(sorted(registry.items(), key=lambda item: place(item[1])))
