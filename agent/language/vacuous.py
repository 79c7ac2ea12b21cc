"""Programs that are valid and ask nothing: some step gives the same for every picture.

`minus(cups, cups)`, `left_of(cups, leftmost(cups))`, `inside(cups, only(cups))`, `n > n`, `a < b and b < a`. Hardly
anybody asks for these; a planner that writes one has mostly lost what was meant. They are no mistakes of the language.

NOT here: validity (agent.language.check), what a planner does about it (agent.planner).
"""

from __future__ import annotations

from collections.abc import Iterator

from agent.language.syntax import (
    EQUALITY,
    LOGIC,
    ORDERED,
    Answer,
    Assign,
    Binary,
    Call,
    Expr,
    IfElse,
    ListOf,
    Literal,
    Name,
    Program,
    Unary,
    parts_of,
)

# What they give is among their first argument, and so is the choice of one.
FILTERS = frozenset({"where", "same_as", "same_row", "in_front_of", "behind", "left_of", "right_of", "above", "below",
                     "inside", "minus"})  # fmt: skip
CHOICES = frozenset({"only", "first", "last", "nth", "most", "least", "largest", "smallest", "leftmost", "rightmost",
                     "topmost", "bottommost", "closest", "farthest", "nearest"})  # fmt: skip
# A relation, and the choice of the one to which nothing has it.
OUTERMOST = {"left_of": "leftmost", "right_of": "rightmost", "above": "topmost", "below": "bottommost",
             "in_front_of": "closest", "behind": "farthest"}  # fmt: skip
RELATIONS = frozenset(OUTERMOST) | {"inside", "same_as", "same_row"}
PROPERTIES = frozenset({"color", "colour", "shape", "size", "material", "kind", "type"})


def vacuous(program: Program) -> bool:
    """Whether a step of a program gives the same for every picture, as far as its text tells."""
    return any(_same_always(expr) for expr in _expressions(program))


def _expressions(program: Program) -> Iterator[Expr]:
    """Every expression of a program, with what stands for a name in the name's place."""
    bound: dict[str, Expr] = {}
    for statement in program.statements:
        if isinstance(statement, (Assign, Answer)):
            whole = _spelled(statement.value, bound)
            if isinstance(statement, Assign):
                bound[statement.name] = whole
            waiting = [whole]
            while waiting:
                expr = waiting.pop()
                yield expr
                waiting += parts_of(expr)


def _spelled(expr: Expr, bound: dict[str, Expr]) -> Expr:
    if isinstance(expr, Name):
        return bound.get(expr.id, expr)
    if isinstance(expr, Call):
        options = tuple((name, _spelled(value, bound)) for name, value in expr.options)
        return Call(expr.tool, tuple(_spelled(a, bound) for a in expr.args), options)
    if isinstance(expr, Unary):
        return Unary(expr.op, _spelled(expr.operand, bound))
    if isinstance(expr, Binary):
        return Binary(expr.op, _spelled(expr.left, bound), _spelled(expr.right, bound))
    if isinstance(expr, IfElse):
        return IfElse(_spelled(expr.test, bound), _spelled(expr.yes, bound), _spelled(expr.no, bound))
    return expr


def _same_always(expr: Expr) -> bool:
    if isinstance(expr, Binary):
        return _says_nothing(expr)
    if isinstance(expr, IfElse):
        return expr.yes == expr.no
    if not isinstance(expr, Call) or len(expr.args) < 2:
        return False
    of, other = expr.args[:2]
    if expr.tool == "minus":
        return _among(of, other)
    if expr.tool == "classify" and isinstance(other, ListOf):
        return any(_property(choice) for choice in other.items)
    return expr.tool in RELATIONS and _to_itself(expr.tool, of, other)


def _to_itself(tool: str, of: Expr, other: Expr) -> bool:
    """Whether a relation holds for nothing, since what it relates to is all there is, or the outermost of it."""
    if of == other:
        return True
    if not (isinstance(other, Call) and other.tool in CHOICES and _among(of, other.args[0])):
        return False
    return other.tool == "only" or tool == "inside" or OUTERMOST.get(tool) == other.tool


def _among(a: Expr, b: Expr) -> bool:
    """Whether all of `a` is among `b` in every picture, as far as the text tells."""
    if a == b:
        return True
    if isinstance(b, Call) and b.tool == "union" and any(_among(a, part) for part in b.args):
        return True
    if isinstance(a, Call) and a.args:
        if a.tool == "union":
            return all(_among(part, b) for part in a.args)
        return a.tool in FILTERS | CHOICES and _among(a.args[0], b)
    return False


def _says_nothing(expr: Binary) -> bool:
    left, right = expr.left, expr.right
    if expr.op in LOGIC:
        return left == right or _opposite(left, right)
    known = isinstance(left, Literal) and isinstance(right, Literal)
    return expr.op in (*ORDERED, *EQUALITY, "-", "/", "//", "%") and (left == right or known)


def _opposite(left: Expr, right: Expr) -> bool:
    """Whether one of two conditions says that the other does not hold."""
    if Unary("not", left) == right or Unary("not", right) == left:
        return True
    turned = isinstance(left, Binary) and isinstance(right, Binary) and left.op == right.op and left.op in ("<", ">")
    return turned and (left.left, left.right) == (right.right, right.left)  # type: ignore[union-attr]


def _property(choice: Literal) -> bool:
    """Whether a choice names a property and no value of it: "color" beside "brown" and "black"."""
    words = str(choice.value).casefold().split()
    return bool(words) and words[-1] in PROPERTIES
