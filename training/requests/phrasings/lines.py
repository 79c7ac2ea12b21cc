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
from agent.language.parse import Invalid, parse
from training.requests import program
from training.requests.phrasings.slots import SLOT, Fill
from training.requests.valid import errors

FOLDER = Path(__file__).parent
CHOICE = re.compile(r"\(([^()]*\|[^()]*)\)")
PICTURES = re.compile(r"(\d) pictures: *")
DRAWS = 8  # examples that a check makes of every line


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
        asked = SLOT.sub(fill.asked, request)
        text = SLOT.sub(fill.meant, self.program).replace(" ; ", "\n")
        return asked, canonical(text)

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
        options = tuple((name, _tree(value, live)) for name, value in expr.options)
        return program.Call(expr.tool, tuple(args), hint, options)
    if isinstance(expr, syntax.Binary):
        return program.Op(expr.op, _tree(expr.left, live), _tree(expr.right, live))
    if isinstance(expr, syntax.Unary) and expr.op == "not":
        return program.Op("not", None, _tree(expr.operand, live))
    if isinstance(expr, syntax.IfElse):
        return program.If(_tree(expr.test, live), _tree(expr.yes, live), _tree(expr.no, live))
    raise ValueError(f"no {type(expr).__name__} in phrasings")


def _hint(tool: str, args: list[Any]) -> str:
    """What a result may be called: things after their noun, one thing in the singular."""
    from training.requests.words import plural

    if tool == "detect":
        noun = str(args[1]).split()[-1] if args[1] else ""
        return noun if noun in ("people", "men", "women", "children") or noun.endswith("s") else plural(noun)
    if tool == "depth":
        return "d"
    inner = next((a.hint for a in args if isinstance(a, program.Call) and a.hint), "")
    one = ("only", "first", "last", "largest", "smallest", "leftmost", "rightmost", "topmost", "bottommost", "nearest")
    if tool in (*one, "closest", "farthest", "nth", "pick", "most", "least"):
        return {"people": "person", "men": "man", "women": "woman", "children": "child"}.get(
            inner, inner.removesuffix("s")
        )
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


def check(all_of: Iterable[Phrasing], seed: int = 1) -> list[str]:
    """What is wrong with phrasings, by drawing several examples of each."""
    rng, wrong = random.Random(seed), []
    for p in all_of:
        for _ in range(DRAWS):
            try:
                request, text = p.example(rng)
                found = errors(text, p.names, request)
            except (Invalid, ValueError, KeyError, TypeError) as e:
                request, text, found = p.request, p.program, [f"{type(e).__name__}: {e}"]
            if found:
                wrong.append(f"{p.at}: {request}\n    {text}\n    {found[0]}")
                break
    return wrong

