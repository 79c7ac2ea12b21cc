"""Which part may import which, and where heavy packages are loaded."""

from __future__ import annotations

import ast
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(p for part in ("agent", "tools") for p in (ROOT / part).rglob("*.py"))
# Everything that is ours, wherever it is: other branches add training/ and bench/.
TREE = sorted(
    p
    for part in ("agent", "tools", "prompts", "training", "bench", "tests", "examples")
    for suffix in ("*.py", "*.txt", "*.toml", "*.md")
    for p in (ROOT / part).rglob(suffix)
)
# Files of tools/ that are no tools but what several tools stand on.
SUPPORT = {
    path.stem for path in (ROOT / "tools").glob("*.py") if "@tool(" not in path.read_text(encoding="utf-8")
} | {"adapters"}  # fmt: skip
LANGGRAPH = {"agent/graph.py"}
HEAVY = {"torch", "transformers", "torchvision", "llguidance", "rapidocr", "onnxruntime", "accelerate", "safetensors"}
MAX_LINES = 400


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST, at_import: bool = False) -> Iterator[str]:
    """The modules that a file imports; `at_import`: without those inside functions and under TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if at_import and isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if at_import and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        yield from imports(node, at_import)


def imported(path: Path, at_import: bool = False) -> set[str]:
    return set(imports(ast.parse(path.read_text(encoding="utf-8")), at_import))


def tops(modules: set[str]) -> set[str]:
    return {m.split(".")[0] for m in modules}


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_source(path: Path) -> None:
    everything, first = imported(path), imported(path, at_import=True)
    if path.is_relative_to(ROOT / "tools"):
        assert "agent" not in tops(everything), "tools never imports agent"
    if path.parent == ROOT / "tools" and path.stem not in SUPPORT | {"__init__"}:
        others = {m.split(".")[1] for m in everything if m.startswith("tools.") and len(m.split(".")) > 1}
        assert others - SUPPORT == set(), "tool files never import each other: programs compose tools"
    if named(path) not in LANGGRAPH:
        assert "langgraph" not in tops(everything), "only agent/graph imports langgraph"
    assert tops(first) & HEAVY == set(), "heavy packages are imported inside functions"
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_tool_files_are_seen() -> None:
    """The rule above has something to judge."""
    tool_files = {p.stem for p in (ROOT / "tools").glob("*.py")} - SUPPORT
    assert {"detect", "read", "select", "edit"} <= tool_files
    assert {"core", "types", "geometry", "labels"} <= SUPPORT


# A folder of someone's machine; written so that this file does not match itself.
MACHINE = re.compile(
    "|".join(("/" + "work/", "/" + "home/[a-z]", "/" + "Users/[A-Z]", "/" + "root/", r"[A-Z]:\\" + r"Users"))
)


@pytest.mark.parametrize("path", TREE, ids=named)
def test_no_path_of_a_machine(path: Path) -> None:
    found = [line for line in path.read_text(encoding="utf-8").splitlines() if MACHINE.search(line)]
    assert found == []


def test_no_second_utils() -> None:
    assert [named(p) for p in SOURCES if p.stem in ("utils", "common", "helpers", "misc")] == []


def test_the_guard_forbids_the_network() -> None:
    with pytest.raises(RuntimeError, match="sockets"):
        socket.create_connection(("127.0.0.1", 9))
    with socket.socket() as made, pytest.raises(RuntimeError, match="sockets"):
        made.connect(("127.0.0.1", 9))


@pytest.mark.sockets
def test_the_mark_lifts_the_guard() -> None:
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def test_every_test_has_a_home_of_its_own(own_home: Path) -> None:
    from agent.home import home

    assert home() == own_home
    assert list(own_home.iterdir()) == []
