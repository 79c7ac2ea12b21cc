"""Scripted fakes, one per seam; injected, nothing is patched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.core import NotReady
from tools.types import Image, Region


@dataclass
class FakeModels:
    """A ModelSource: adapters by role, settings by (role, key)."""

    roles: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def model(self, role: str) -> Any:
        if role not in self.roles:
            raise NotReady(role, f"no {role} in this test", "")
        return self.roles[role]

    def setting(self, role: str, key: str, default: float) -> float:
        return self.settings.get((role, key), default)


@dataclass
class ScriptedReader:
    """Reads what the script says for each picture, and remembers the pictures that it was shown."""

    script: Callable[[Image], Sequence[Region]]
    seen: list[Image] = field(default_factory=list)

    def lines(self, image: Image) -> list[Region]:
        self.seen.append(image)
        return list(self.script(image))
