"""What a planner may write next, as a Lark grammar for llguidance, built from the registry and the live names.

One grammar covers one statement; after each statement the next is built with the names that now live. Every text that
a grammar accepts passes the checker, by construction: each rule stands for one type at one depth of nesting, and its
alternatives are exactly the names, literals and calls of that type. A test draws from it with random weights.

The bounds: DEPTH nested calls, OPERATORS operators beside at most two `x if test else y`, ITEMS list items, CHARACTERS
a literal. `Grammar.max_bytes` is the length of the longest statement, so that whoever generates can tell when only a
bounded answer still fits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from agent.language.check import RESERVED
from agent.language.types import REASONS, TYPES
from tools.core import Param, Tool
from tools.labels import LABELS

DEPTH = 4
OPERATORS = 3
ITEMS = 8
CHARACTERS = 64
STATEMENTS = 24
REASON_CHARACTERS = 80
NAME_CHARACTERS = 16

_ARITHMETIC = (" + ", " - ", " * ", " / ", " // ", " % ")
_COMPARISONS = (" == ", " != ", " < ", " <= ", " > ", " >= ")


@dataclass(frozen=True)
class Bounds:
    """How large one statement may be."""

    depth: int = DEPTH
    operators: int = OPERATORS
    items: int = ITEMS
    characters: int = CHARACTERS


FULL = Bounds()
CLOSING = Bounds(depth=2, operators=0, items=2, characters=24)


@dataclass(frozen=True)
class Grammar:
    """A Lark grammar of one statement with its newline, and the longest statement's length in bytes."""

    lark: str
    max_bytes: int


def statement_grammar(
    tools: Mapping[str, Tool],
    names: Mapping[str, str],
    request: str,
    *,
    bounds: Bounds = FULL,
    first: bool = True,
    only_answer: bool = False,
    reason: bool = False,
    answers: Sequence[str] | None = None,
    words: Collection[str] | None = None,
) -> Grammar:
    """The grammar of the next statement.

    names: the live names and their types. request: where text to be found is copied from. first: whether cannot(...)
    is still possible. only_answer: no more names. reason: the program opens with a comment line. answers: the types
    that an answer may have (all but Depth unless given). words: those that a phrase may be made of, None for any.
    """
    allowed = [t for t in TYPES if t != "Depth"] if answers is None else list(answers)
    return _Builder(tools, names, request, bounds, words).statement(first, only_answer, reason, allowed)


@dataclass(frozen=True)
class _Symbol:
    """A rule or a terminal by name, or fixed text."""

    text: str
    fixed: bool = False


def _fixed(text: str) -> _Symbol:
    return _Symbol(text, fixed=True)


_Alternatives = list[list[_Symbol]]


class _Builder:
    def __init__(
        self,
        tools: Mapping[str, Tool],
        names: Mapping[str, str],
        request: str,
        bounds: Bounds,
        words: Collection[str] | None,
    ) -> None:
        self.tools, self.names, self.bounds, self.words = tools, names, bounds, words
        self.rules: dict[str, _Alternatives | None] = {}
        self.terminals: dict[str, tuple[str, int]] = {}
        self.pieces = _pieces(request)
        self._define_terminals()

    def statement(self, first: bool, only_answer: bool, reason: bool, answers: Sequence[str]) -> Grammar:
        depth, operators = self.bounds.depth, self.bounds.operators
        alternatives: _Alternatives = []
        for type_name in TYPES:
            if type_name == "Region":
                continue
            value = self._top(type_name, depth, operators)
            if value is None:
                continue
            if type_name in answers:
                alternatives.append([_fixed("answer("), value, _fixed(")\n")])
            if not only_answer:
                alternatives.append([_Symbol("NEW_NAME"), _fixed(" = "), value, _fixed("\n")])
        if first:
            alternatives += [[_fixed(f'cannot("{text}")\n')] for text in REASONS]
        self.rules["statement"] = alternatives
        start = [[_Symbol("statement")]]
        if reason:
            start = [[_fixed("# "), _Symbol("COMMENT"), _fixed("\n"), _Symbol("statement")]]
        self.rules["start"] = start
        return Grammar(self._lark(), self._longest("start", {}))

    # Terminals: each is a whole lexeme, quotes included, with its longest length in bytes.

    def _define_terminals(self) -> None:
        n = self.bounds.characters
        taken = sorted({*self.names, *self.tools, *RESERVED})
        self.terminals["NEW_NAME"] = (
            f"/[a-z][a-z0-9_]{{0,{NAME_CHARACTERS - 1}}}/ & ~/({'|'.join(map(re.escape, taken))})/", NAME_CHARACTERS,
        )  # fmt: skip
        self.terminals["COMMENT"] = (f"/[A-Za-z0-9][A-Za-z0-9 ,.'?-]{{0,{REASON_CHARACTERS - 1}}}/", REASON_CHARACTERS)
        phrase = rf"/\"[A-Za-z0-9]([A-Za-z0-9 ,.'&-]{{0,{n - 2}}}[A-Za-z0-9])?\"/"
        if self.words is not None:
            listed = "|".join(map(re.escape, sorted(self.words)))
            phrase = rf"/\"({listed})((, | |-)({listed}))*\"/ & {phrase}"
        self.terminals["PHRASE"] = (phrase, n + 2)
        self.terminals["QUESTION"] = (rf"/\"[A-Z0-9][A-Za-z0-9 ,.'&-]{{0,{n - 2}}}\?\"/", n + 2)
        self.terminals["NATURAL"] = (r"/(0|[1-9][0-9]{0,8})(\.[0-9]{1,2})?/", 12)
        self.terminals["INTEGER"] = (r"/-?[1-9][0-9]{0,2}/", 4)
        if self.pieces:
            parts = []
            for i, piece in enumerate(self.pieces):
                self.terminals[f"PIECE_{i}"] = (f"%regex {json.dumps({'substring_chars': piece})}", 0)
                parts.append(f"PIECE_{i}")
            inner = parts[0] if len(parts) == 1 else "(" + " | ".join(parts) + ")"
            widest = max(len(c.encode()) for p in self.pieces for c in p)
            longest = widest * min(n, max(map(len, self.pieces)))
            # The substring rule alone allows empty text and loose spaces at the ends.
            shape = rf"/\"[^ \"]([^\"]{{0,{n - 2}}}[^ \"])?\"/"
            self.terminals["SPAN"] = (rf'("\"" {inner} "\"") & {shape}', longest + 2)

    # Rules: one for each type and depth; None where nothing of that type can be written.

    def _top(self, type_name: str, depth: int, operators: int) -> _Symbol | None:
        """An expression of a type where a whole statement's value stands; only here are there operators."""
        if type_name == "Bool":
            return self._logic(depth, operators)
        plain = self._arithmetic(depth, operators) if type_name == "Number" else self._value(type_name, depth)
        test = self._logic(depth, operators - 1) if operators else None
        if plain is None or test is None:
            return plain
        name = f"top_{type_name.lower()}"
        chosen: _Symbol | None = plain
        if type_name == "Number":
            chosen = self._rule("chosen_number", [*self._one(self._value("Number", depth)), [_Symbol("NATURAL")]])
        if type_name == "Text":
            # Words of the answer's own, `"dogs" if count(dogs) > count(cats) else "cats"`, only beside a test.
            spans: _Alternatives = [[_Symbol("SPAN")]] if self.pieces else []
            chosen = self._rule("chosen_text", [[plain], [_Symbol("PHRASE")], *spans])
        if chosen is None:
            return plain
        choices: _Alternatives = [[plain], [chosen, _fixed(" if "), test, _fixed(" else "), chosen]]
        short = self._logic(depth, 1)
        if short is not None:  # a second test, as in `... else "cats" if count(cats) > count(dogs) else "the same"`
            first = [chosen, _fixed(" if "), short, _fixed(" else ")]
            choices.append([*first, *first, chosen])
        return self._rule(name, choices)

    def _one(self, symbol: _Symbol | None) -> _Alternatives:
        return [] if symbol is None else [[symbol]]

    def _arithmetic(self, depth: int, operators: int, literal: bool = False) -> _Symbol | None:
        """Numbers joined by operators; a lone literal only where `literal` says so."""
        name = f"arithmetic_{operators}{'_literal' if literal else ''}"
        if name in self.rules:
            return self._known(name)
        atom = self._value("Number", depth)
        choices: _Alternatives = []
        if atom is not None:
            choices.append([atom])
        if literal:
            choices.append([_Symbol("NATURAL")])
        if operators:
            # At least one side is computed: numbers alone are no statement about a picture.
            sign = self._rule("sign", [[_fixed(o)] for o in _ARITHMETIC])
            any_rest = self._arithmetic(depth, operators - 1, literal=True)
            computed_rest = self._arithmetic(depth, operators - 1)
            if atom is not None and sign is not None and any_rest is not None:
                choices.append([atom, sign, any_rest])
            rest = any_rest if literal else computed_rest
            if sign is not None and rest is not None:
                choices.append([_Symbol("NATURAL"), sign, rest])
        return self._rule(name, choices)

    def _logic(self, depth: int, operators: int) -> _Symbol | None:
        """Conditions joined by and / or, with `operators` to spend on everything in them."""
        name = f"logic_{operators}"
        if name in self.rules:
            return self._known(name)
        choices: _Alternatives = []
        for spent in range(operators + 1):
            unit = self._condition(depth, spent)
            if unit is None:
                continue
            if spent == operators:
                choices.append([unit])
            rest = self._logic(depth, operators - spent - 1) if operators > spent else None
            if rest is not None:
                choices += [[unit, _fixed(" and "), rest], [unit, _fixed(" or "), rest]]
        return self._rule(name, choices)

    def _condition(self, depth: int, operators: int) -> _Symbol | None:
        """One condition, perhaps negated: a truth value or a comparison."""
        name = f"condition_{operators}"
        if name in self.rules:
            return self._known(name)
        choices: _Alternatives = []
        plain = self._value("Bool", depth)
        if plain is not None:
            choices.append([plain])
        if operators:
            inner = self._condition(depth, operators - 1)
            if inner is not None:
                choices.append([_fixed("not "), inner])
            choices += self._comparisons(depth, operators - 1)
        return self._rule(name, choices)

    def _comparisons(self, depth: int, operators: int) -> _Alternatives:
        choices: _Alternatives = []
        for left_spent in range(operators + 1):
            left = self._arithmetic(depth, left_spent)
            right = self._arithmetic(depth, operators - left_spent, literal=True)
            sign = self._rule("comparison", [[_fixed(c)] for c in _COMPARISONS])
            if left is not None and right is not None and sign is not None:
                choices.append([left, sign, right])
        equal = self._rule("equality", [[_fixed(" == ")], [_fixed(" != ")]])
        text, texts = self._value("Text", depth), self._value("Texts", depth)
        if text is not None and equal is not None:
            literals = [[_Symbol("PHRASE")]] + ([[_Symbol("SPAN")]] if self.pieces else [])
            compared = self._rule("compared_text", [[text], *literals])
            if compared is not None:
                choices.append([text, equal, compared])
        if texts is not None and equal is not None:
            choices.append([texts, equal, texts])
        truth = self._value("Bool", depth)
        if truth is not None and equal is not None:
            choices.append([truth, equal, truth])
        return choices

    def _value(self, type_name: str, depth: int) -> _Symbol | None:
        """A name or a call of a type (a Region also counts as Regions), with at most `depth` calls in one another."""
        name = f"{type_name.lower()}_{depth}"
        if name in self.rules:
            return self._known(name)
        accepted = ("Regions", "Region") if type_name == "Regions" else (type_name,)
        choices: _Alternatives = [[_fixed(n)] for n, t in self.names.items() if t in accepted]
        if depth:
            for tool in self.tools.values():
                if tool.returns in accepted:
                    call = self._call(tool, depth)
                    if call is not None:
                        choices.append(call)
        return self._rule(name, choices)

    def _call(self, tool: Tool, depth: int) -> list[_Symbol] | None:
        symbols = [_fixed(f"{tool.name}(")]
        for i, param in enumerate(p for p in tool.params if p.required):
            value = self._argument(tool, param, depth - 1)
            if value is None:
                return None
            symbols += [_fixed(", "), value] if i else [value]
        for param in (p for p in tool.params if not p.required):
            value = self._argument(tool, param, depth - 1)
            if value is not None:
                name = f"option_{tool.name}_{param.name}_{depth}"
                option = self._rule(name, [[_fixed("")], [_fixed(f", {param.name}="), value]])
                if option is not None:
                    symbols.append(option)
        return [*symbols, _fixed(")")]

    def _argument(self, tool: Tool, param: Param, depth: int) -> _Symbol | None:
        choices: _Alternatives = []
        name = f"argument_{tool.name}_{param.name}_{depth}"
        if name in self.rules:
            return self._known(name)
        if param.choices:
            return self._rule(name, [[_fixed(json.dumps(c))] for c in param.choices])
        for type_name in param.types:
            value = self._value(type_name, depth)
            if value is not None:
                choices.append([value])
        if "Texts" in param.types and param.kind == "phrase":
            choices.append(self._phrases())
        elif "Text" in param.types:
            choices += self._literals(param.kind)
        if "Number" in param.types:
            choices.append([_Symbol("INTEGER")])
        return self._rule(name, choices)

    def _literals(self, kind: str | None) -> _Alternatives:
        span: _Alternatives = [[_Symbol("SPAN")]] if self.pieces else []
        if kind == "phrase":
            return [[_Symbol("PHRASE")]]
        if kind == "question":
            return [[_Symbol("QUESTION")]]
        if kind == "label":
            known = self._rule("known_label", [[_fixed(json.dumps(label))] for label in LABELS])
            return span + ([[known]] if known is not None else [])
        return span

    def _phrases(self) -> list[_Symbol]:
        more: _Symbol | None = None
        for i in range(self.bounds.items - 1):
            tail = [[_fixed("")], [_fixed(", "), _Symbol("PHRASE")] + ([more] if more else [])]
            more = self._rule(f"more_phrases_{i}", tail)
        return [_fixed("["), _Symbol("PHRASE"), *([more] if more else []), _fixed("]")]

    def _rule(self, name: str, choices: _Alternatives) -> _Symbol | None:
        self.rules[name] = choices or None
        return self._known(name)

    def _known(self, name: str) -> _Symbol | None:
        return None if self.rules[name] is None else _Symbol(name)

    # Output.

    def _lark(self) -> str:
        lines = []
        for name, choices in self.rules.items():
            if choices is not None:
                shown = (" ".join(json.dumps(s.text) if s.fixed else s.text for s in c) for c in choices)
                lines.append(f"{name}: " + "\n  | ".join(shown))
        lines += [f"{name}: {body}" for name, (body, _) in self.terminals.items()]
        return "\n".join(lines) + "\n"

    def _longest(self, name: str, known: dict[str, int]) -> int:
        """The length in bytes of the longest text of a rule or terminal."""
        if name in self.terminals:
            return self.terminals[name][1]
        if name not in known:
            known[name] = max(
                sum(len(s.text.encode()) if s.fixed else self._longest(s.text, known) for s in choice)
                for choice in self.rules[name] or []
            )
        return known[name]


def _pieces(request: str) -> list[str]:
    """The stretches of a request that may be copied into a string literal: printable, no quotes, no backslash."""
    pieces = re.split(r"[\"\\“”\x00-\x1f\x7f-\x9f]+", request)
    cleaned = ("".join(c for c in p if c.isprintable()).strip() for p in pieces)
    return [p for p in cleaned if p][:16]
