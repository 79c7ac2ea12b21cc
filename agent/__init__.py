"""Eyeshot: answers questions about pictures and edits them, on your own machine, with the evidence.

from agent import Agent

agent = Agent()
result = agent.ask("receipt.png", "What is the total?")
print(result.answer, result.evidence)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agent.agent import Agent
    from agent.result import Result

__all__ = ["Agent", "Result"]


def __getattr__(name: str) -> Any:
    # Loaded when first used, so that importing agent costs nothing.
    if name == "Agent":
        from agent.agent import Agent

        return Agent
    if name == "Result":
        from agent.result import Result

        return Result
    raise AttributeError(f"module 'agent' has no attribute {name!r}")
