"""The lines of a file of phrasings, and an example of one."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from agent.language import syntax
from agent.language.check import check as check_program
from agent.language.grammar import statement_grammar
from agent.language.parse import Invalid, parse
from agent.profiles import load_profile
from tools.core import Tool, registered
from training.requests import program
from training.requests.korean import one_english
from training.requests.phrasings.grown import grow
from training.requests.phrasings.slots import SLOT, Fill
from training.requests.valid import errors, shallow
from training.requests.words import CATEGORIES, plural

FOLDER = Path(__file__).parent
CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
PICTURES = re.compile(r"(\d) pictures: *")
MANY = {one.split()[-1]: many.split()[-1] for things in CATEGORIES.values() for one, many, _ in things}
ONE = {many: one for one, many in MANY.items()}
DRAWS = 4  # examples that a check makes of every line


@dataclass(frozen=True)
class Phrasing:
    """One way to ask for one meaning: request and program with slots, how many pictures, where it stands."""

    request: str
    program: str
    pictures: int
    family: str
    lang: str
    at: str

    def example(self, rng: random.Random) -> tuple[str, str]:
        """A request and its canonical program; raises Invalid or ValueError where the line is wrong."""
        request = self.request
        while found := CHOICE.search(request):
            request = request[: found.start()] + rng.choice(found[1].split("|")) + request[found.end() :]
        request = " ".join(re.sub(r" +([,.?!])", r"\1", request).split())
        fill = Fill(rng, self.lang, request)
        plain = request, self.program
        asked, text = self._filled(fill, *(grow(rng, fill, *plain) if self.pictures == 1 else plain))
        return (asked, text) if shallow(text) else self._filled(fill, *plain)

    def _filled(self, fill: Fill, request: str, program: str) -> tuple[str, str]:
        """Request and canonical program with their slots filled."""
        asked = SLOT.sub(fill.asked, request)
        text = SLOT.sub(fill.meant, program).replace(" ; ", "\n")
        return asked, canonical(one_english(text) if self.lang == "ko" else text)

    @property
    def names(self) -> dict[str, str]:
        """The live names."""
        if self.pictures == 1:
            return {"image": "Image"}
        return {f"image{i + 1}": "Image" for i in range(self.pictures)}


def canonical(text: str) -> str:
    """The program in the one form that training knows: nested, with names for what is shared or too deep."""
    parsed = parse(text)
    live: dict[str, Any] = {}
    if any(not isinstance(s, syntax.Assign) for s in parsed.statements[:-1]):
        raise ValueError("statements after the end of the program")
    for statement in parsed.statements:
        if isinstance(statement, syntax.Cannot):
            return text.strip()
        tree = _tree(statement.value, live)
        if isinstance(statement, syntax.Answer):
            return program.text(tree)
        live[statement.name] = tree
    raise ValueError("no answer")


def _tree(expr: Any, live: dict[str, Any]) -> Any:
    if isinstance(expr, syntax.Literal):
        return expr.value
    if isinstance(expr, syntax.ListOf):
        return tuple(item.value for item in expr.items)
    if isinstance(expr, syntax.Name):
        return live.get(expr.id, program.Name(expr.id))
    if isinstance(expr, syntax.Call):
        args = [_tree(a, live) for a in expr.args]
        hint = _hint(expr.tool, args)
        if expr.tool == "same_row":
            return _priced(program.Call(expr.tool, tuple(args), hint))
        options = tuple((name, _tree(value, live)) for name, value in expr.options)
        return program.Call(expr.tool, tuple(args), hint, options)
    if isinstance(expr, syntax.Binary):
        return program.Op(expr.op, _tree(expr.left, live), _tree(expr.right, live))
    if isinstance(expr, syntax.Unary) and expr.op == "not":
        return program.Op("not", None, _tree(expr.operand, live))
    if isinstance(expr, syntax.Unary):
        return program.Op("-", 0, _tree(expr.operand, live))
    if isinstance(expr, syntax.IfElse):
        return program.If(_tree(expr.test, live), _tree(expr.yes, live), _tree(expr.no, live))
    raise ValueError(f"no {type(expr).__name__} in phrasings")


def _priced(row: program.Call) -> program.Call:
    """The price in an item's row is the value beside the item's name: one way to say it."""
    found, item = row.args
    prices = isinstance(found, program.Call) and found.args[1:] == ("money",)
    named = isinstance(item, program.Call) and item.tool == "only" and isinstance(item.args[0], program.Call)
    if prices and named and item.args[0].tool == "find_text":
        return program.call("find_value", *item.args[0].args)
    return row


def _hint(tool: str, args: list[Any]) -> str:
    """What a result may be called: things after their noun, one thing in the singular."""
    if tool == "detect":
        noun = str(args[1]).split()[-1] if args[1] else ""
        return MANY.get(noun) or (noun if noun.endswith("s") else plural(noun))
    if tool == "depth":
        return "d"
    inner = next((a.hint for a in args if isinstance(a, program.Call) and a.hint), "")
    if registered()[tool].returns == "Region":
        return ONE.get(inner) or inner.removesuffix("s")
    return {"read_text": "lines", "words": "words"}.get(tool, inner)


def read(path: Path) -> list[Phrasing]:
    """All phrasings of a file; raises ValueError for a line of no known form."""
    lang = "ko" if path.name.startswith("ko_") else "en"
    family, found = path.stem, []
    for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("[") and line.endswith("]"):
            family = line[1:-1]
            continue
        left, arrow, right = line.partition("=>")
        if not arrow:
            raise ValueError(f"{path.name}:{n}: expected `request => program`, got {line!r}")
        pictures = 1
        if several := PICTURES.match(left):
            pictures, left = int(several[1]), left[several.end() :]
        found.append(Phrasing(left.strip(), right.strip(), pictures, family, lang, f"{path.name}:{n}"))
    return found


@cache
def phrasings() -> tuple[Phrasing, ...]:
    """All that the folder holds."""
    return tuple(p for path in sorted(FOLDER.glob("*.txt")) for p in read(path))


@cache
def _tools() -> dict[str, Tool]:
    """What the planner that is trained may use."""
    return load_profile().tools


@cache
def _vocabulary() -> Any:
    """Single bytes as tokens: whether a grammar accepts a text hangs on no tokenizer."""
    from llguidance import LLTokenizer

    return LLTokenizer("byte")


def unwritable(text: str, names: dict[str, str], request: str) -> list[str]:
    """The first statement that the planner's grammar does not allow, if any."""
    from llguidance import LLMatcher

    live = dict(names)
    for n, line in enumerate(text.split("\n")):
        grammar = statement_grammar(_tools(), live, request, first=n == 0)
        matcher = LLMatcher(_vocabulary(), LLMatcher.grammar_from_lark(grammar.lark))
        tokens = _vocabulary().tokenize_str(line + "\n")
        if matcher.try_consume_tokens(tokens) < len(tokens) or not matcher.is_accepting():
            return [f"the grammar has no place for: {line}"]
        live |= check_program(line, _tools(), live, ends=False).names
    return []


def check(all_of: Iterable[Phrasing], seed: int = 1) -> list[str]:
    """What is wrong with phrasings, by drawing several examples of each."""
    rng, wrong = random.Random(seed), []
    for p in all_of:
        for n in range(DRAWS):
            try:
                request, text = p.example(rng)
                found = errors(text, p.names, request) or ([] if n else unwritable(text, p.names, request))
            except (Invalid, ValueError, KeyError, TypeError) as e:
                request, text, found = p.request, p.program, [f"{type(e).__name__}: {e}"]
            if found:
                wrong.append(f"{p.at}: {request}\n    {text}\n    {found[0]}")
                break
    return wrong
