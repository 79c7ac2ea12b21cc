"""Whether a program is one that the runtime would accept: the checker's verdict, and the training's own rules."""

from __future__ import annotations

import ast

from tools.core import registered
from training.requests.words import LABEL_WORDS as LABELS

REASONS = ("no tool for this", "needs outside knowledge", "identifies a person", "makes a new picture", "not about the picture", "unclear request")


def errors(program: str, names: dict[str, str], request: str) -> list[str]:
    """What is wrong with a program; texts to be found must stand in the request."""
    found: list[str] = []
    live = dict(names)
    tools = registered()
    if program.startswith("cannot("):
        return [] if program in {f'cannot("{r}")' for r in REASONS} else ["unknown reason"]

    def kind(node: ast.expr, deep: int) -> str:
        if isinstance(node, ast.Name):
            if node.id not in live:
                found.append(f"unknown name {node.id}")
            return live.get(node.id, "?")
        if isinstance(node, ast.Constant):
            return {bool: "Bool", int: "Number", float: "Number"}.get(type(node.value), "Text")
        if isinstance(node, ast.List):
            return "Texts"
        if isinstance(node, ast.UnaryOp):
            kind(node.operand, deep)
            return "Bool"
        if isinstance(node, ast.BoolOp):
            for value in node.values:
                kind(value, deep)
            return "Bool"
        if isinstance(node, ast.Compare):
            a, b = kind(node.left, deep), kind(node.comparators[0], deep)
            if a != b:
                found.append(f"compares {a} with {b}")
            return "Bool"
        if isinstance(node, ast.BinOp):
            kind(node.left, deep), kind(node.right, deep)
            return "Number"
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id not in tools:
            found.append(f"no tool: {ast.unparse(node)}")
            return "?"
        if deep > 4:
            found.append("nested too deep")
        tool = tools[node.func.id]
        if len(node.args) != len(tool.params):
            found.append(f"{tool.name} takes {len(tool.params)} arguments")
        for param, argument in zip(tool.params, node.args, strict=False):
            got = kind(argument, deep + 1)
            if got not in param.types and not (got == "Region" and "Regions" in param.types):
                found.append(f"{tool.name}.{param.name} got {got}")
            if isinstance(argument, ast.Constant):
                value = argument.value
                if param.choices and value not in param.choices:
                    found.append(f"{tool.name}.{param.name} is not one of its choices: {value!r}")
                copied = param.kind == "span" or (param.kind == "label" and value not in LABELS)
                if copied and str(value) not in request:
                    found.append(f"{value!r} does not stand in the request")
        return tool.returns

    statements = ast.parse(program).body
    for i, statement in enumerate(statements):
        last = i == len(statements) - 1
        if isinstance(statement, ast.Assign) and not last and isinstance(statement.targets[0], ast.Name):
            name = statement.targets[0].id
            if name in live or name in tools:
                found.append(f"the name {name} is taken")
            live[name] = kind(statement.value, 1)
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and last:
            kind(statement.value.args[0], 1)
        else:
            found.append("a statement is neither a name nor the answer")
    return found
