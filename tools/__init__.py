"""Eyeshot's tools: typed functions over pictures and regions that a program may call."""

from __future__ import annotations

import importlib
from functools import cache
from importlib.metadata import entry_points

TOOL_FILES = (
    "detect", "segment", "depth", "look", "read", "entities", "values", "codes", "select", "relations", "sets",
    "edit", "redact", "mark",
)  # fmt: skip


@cache
def load_tools() -> None:
    """Import every tool file, and the packages that offer tools under the entry-point group `eyeshot.tools`."""
    for name in TOOL_FILES:
        importlib.import_module(f"tools.{name}")
    for entry in entry_points(group="eyeshot.tools"):
        entry.load()
