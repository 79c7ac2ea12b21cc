"""The public checkpoints that adapters load (agent/checkpoints.toml), and how a profile names one.

A profile's `source` names a hub repository, "OWNER/NAME", or pins one, "OWNER/NAME@REVISION"; each has a folder of its
own under $EYESHOT_HOME/models.

NOT here: fetching (agent.fetch), what was fetched (agent.lock).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from agent.home import home
from tools.core import InputError

BYTES = {"fp32": 4, "bf16": 2, "fp16": 2}
"""Bytes of a parameter. What int8 and int4 take depends on which layers they reach: see tools.adapters.loading."""
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_SOURCE = re.compile(rf"(?P<repository>{_PART}/{_PART})(?:@(?P<revision>[A-Za-z0-9][A-Za-z0-9._/-]{{0,99}}))?")


@dataclass(frozen=True)
class Source:
    """A hub repository, and the revision that a user pinned (a commit, a tag, a branch), or None."""

    repository: str
    revision: str | None = None

    def __str__(self) -> str:
        return self.repository if self.revision is None else f"{self.repository}@{self.revision}"

    @property
    def folder(self) -> Path:
        """Where its files are, or will be."""
        owner, name = self.repository.split("/")
        pinned = "" if self.revision is None else "@" + self.revision.replace("/", "--")
        return home() / "models" / owner / (name + pinned)


def parse_source(text: str) -> Source:
    """The source that a text names. Raises InputError for what names no hub repository."""
    match = _SOURCE.fullmatch(text)
    if match is None or ".." in text:
        raise InputError(f"expected OWNER/NAME or OWNER/NAME@REVISION, got {text!r}")
    return Source(match["repository"], match["revision"])


@dataclass(frozen=True)
class Checkpoint:
    """One entry of the catalogue.

    adapters: the adapters that load it. parameters: of what is loaded. stored: the published files' precision.
    stored_parameters: of the published files. extra: the optional dependencies that it needs, "" for none.
    config: what its configuration has that the class's defaults have not.
    """

    repository: str
    family: str
    adapters: tuple[str, ...]
    licence: str
    model: str
    parameters: int
    stored: str
    stored_model: str
    stored_parameters: int
    common_use: bool = True
    gated: bool = False
    extra: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)

    @property
    def disk(self) -> int:
        """Bytes of its weights as published; a fetch says what the hub has, and tokenizers come on top."""
        return self.stored_parameters * BYTES[self.stored]

    def memory(self, precision: str) -> int:
        """Bytes of its weights in memory. Raises ValueError for an unknown precision."""
        if precision not in BYTES:
            raise ValueError(f"precision must be one of {', '.join(BYTES)}, got {precision!r}")
        return self.parameters * BYTES[precision]


@cache
def catalogue() -> Mapping[str, Checkpoint]:
    """Every known checkpoint by its repository, in the file's order."""
    text = (files("agent") / "checkpoints.toml").read_text(encoding="utf-8")
    made = [_checkpoint(entry) for entry in tomllib.loads(text)["checkpoint"]]
    return {c.repository: c for c in made}


def _checkpoint(entry: Mapping[str, Any]) -> Checkpoint:
    rest = dict(entry) | {"adapters": tuple(entry["adapters"])}
    rest.setdefault("stored_model", rest["model"])
    rest.setdefault("stored_parameters", rest["parameters"])
    made = Checkpoint(**rest)
    parse_source(made.repository)
    if made.stored not in BYTES or made.parameters <= 0:
        raise ValueError(f"the catalogue's {made.repository} needs a known `stored` and a count of parameters")
    return made


def shown_size(size: float) -> str:
    """Bytes for a person, in decimal units as disks are sold."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if size >= scale:
            return f"{size / scale:.{1 if unit == 'GB' or size < 10 * scale else 0}f} {unit}"
    return f"{round(size)} bytes"
