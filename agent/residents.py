"""The models that are in memory, under a budget: the least recently used make room for the next.

Models of one checkpoint at one precision on one device share their weights, and these count once. A model that is still
being used when it has to go is dropped here and freed when its user is done. What counts is weights; encodings and
activations come on top.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from agent.checkpoints import shown_size
from tools.core import NotReady


@dataclass(frozen=True)
class Weights:
    """What a role's model holds. key: the same for roles that share their weights. size: in bytes."""

    key: str
    size: int


class Residents:
    """Models by role. budget: bytes for all together, or None for no limit. release: frees what was dropped."""

    def __init__(self, budget: int | None, release: Callable[[], None]) -> None:
        self.budget, self._release = budget, release
        self._held: OrderedDict[str, tuple[Weights, Any]] = OrderedDict()  # the least recently used first
        self._lock = threading.RLock()
        self.dropped: list[str] = []  # roles, in the order in which they went

    def get(self, role: str, weigh: Callable[[], Weights], load: Callable[[], Any]) -> Any:
        """The role's model; loaded where it is not there, after others have made room.

        One model is loaded at a time. Raises NotReady where it does not fit the budget even alone.
        """
        with self._lock:
            if role in self._held:
                self._held.move_to_end(role)
                return self._held[role][1]
            weights = weigh()
            self._make_room(role, weights)
            model = load()
            self._held[role] = (weights, model)
            return model

    @property
    def size(self) -> int:
        """Bytes of all weights that are held."""
        with self._lock:
            return sum({w.key: w.size for w, _ in self._held.values()}.values())

    @property
    def roles(self) -> list[str]:
        """The roles that are held, the least recently used first."""
        with self._lock:
            return list(self._held)

    def _make_room(self, role: str, weights: Weights) -> None:
        if self.budget is None:
            return
        if weights.size > self.budget:
            raise NotReady(
                role,
                f"{role!r} takes {shown_size(weights.size)} and memory.budget_gb allows {shown_size(self.budget)}",
                f"raise it with --set memory.budget_gb={weights.size / 1e9:.1f}, choose a smaller {role}.source, or "
                f"{role}.precision bf16, int8 or int4",
            )
        before = len(self.dropped)
        while self._held and self.size + self._more(weights) > self.budget:
            loser = next((r for r, (w, _) in self._held.items() if w.key != weights.key), None)
            if loser is None:
                break
            del self._held[loser]
            self.dropped.append(loser)
        if len(self.dropped) > before:
            self._release()

    def _more(self, weights: Weights) -> int:
        """What a model adds: nothing where its weights are held already."""
        return 0 if any(w.key == weights.key for w, _ in self._held.values()) else weights.size
