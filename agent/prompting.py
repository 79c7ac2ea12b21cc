"""What a planner is told: the prompt files of prompts/ filled with the registry, the names and the request.

A picture's text never gets here: the prompt holds the request, names, types, and messages that carry no content.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

from agent.gloss import gloss, is_korean
from agent.language.types import REASONS
from agent.phrase_words import invents, phrase_words
from tools.core import Tool

MAX_REQUEST = 2_000  # characters of a request that a planner is shown


@dataclass(frozen=True)
class Request:
    """What a planner is asked.

    text: the sentence. names: live names and their types. answers: the types that the answer may have, or None for
    any. kept: statements that stand already, one text each. message: why the last program, `failed`, did not do.
    """

    text: str
    names: Mapping[str, str]
    answers: tuple[str, ...] | None = None
    kept: tuple[str, ...] = ()
    message: str | None = None
    failed: str = ""


def prompt_file(name: str) -> str:
    """The text of a file in prompts/."""
    return (files("prompts") / name).read_text(encoding="utf-8")


def shown_names(names: Mapping[str, str]) -> str:
    """`image: Image, mugs: Regions`."""
    return ", ".join(f"{n}: {t}" for n, t in names.items())


def harmless(text: str) -> str:
    """A request on one line, without the marks that chat templates give a meaning to."""
    return " ".join(text.replace("<|", "< |").replace("|>", "| >").split())


class Prompt(Protocol):
    """How one kind of planner is asked."""

    reads_messages: bool  # whether it can make use of a repair message

    def tokens(self, tokenizer: Any, request: Request) -> list[int]:
        """The prompt up to where the program begins, kept statements not included."""

    def messages(self, request: Request) -> list[dict[str, str]]:
        """The prompt as chat turns, for a server that has a chat template of its own."""

    def unknown(self, request: Request, program: str) -> tuple[str, ...]:
        """The words of the request of which the planner knows nothing, where its program may hang on them."""

    def words(self, request: Request) -> frozenset[str] | None:
        """The words that phrases of its programs may be made of, None for any."""


class TunedPrompt:
    """For a model that was tuned on programs: names and request, nothing else (prompts/embedded.txt).

    A Korean request is followed by its gloss, since the model knows no Korean (agent.gloss).
    """

    reads_messages = False

    def __init__(self) -> None:
        self.template = prompt_file("embedded.txt")

    def messages(self, request: Request) -> list[dict[str, str]]:
        return [{"role": "user", "content": f"{shown_names(request.names)}\n{self._asked(request)}"}]

    def tokens(self, tokenizer: Any, request: Request) -> list[int]:
        text = self.template.format(names=shown_names(request.names), request=self._asked(request))
        ids: list[int] = tokenizer.encode(text, add_special_tokens=False)
        return ids

    @staticmethod
    def _asked(request: Request) -> str:
        asked = harmless(request.text)
        return asked + "\n" + gloss(asked).text if is_korean(asked) else asked

    def unknown(self, request: Request, program: str) -> tuple[str, ...]:
        """Those of a Korean request that the dictionary lacks; none where the program names only what is known."""
        words = gloss(request.text).unknown if is_korean(request.text) else ()
        left = tuple(word for word in words if word not in program)
        return left if left and invents(program, request.text) else ()

    def words(self, request: Request) -> frozenset[str] | None:
        if is_korean(request.text) and gloss(request.text).unknown:
            return None  # any word may stand for one that the dictionary lacks; `unknown` then tells
        return phrase_words(request.text)


class FewShotPrompt:
    """For a general model: rules, signatures and examples as the system's turn, then the request, then any repair."""

    reads_messages = True

    def __init__(self, tools: Mapping[str, Tool]) -> None:
        listed = "\n".join(f"{t.signature}  # {t.summary}" for t in tools.values())
        reasons = "\n".join(f'"{r}"' for r in REASONS)
        examples = prompt_file("examples.txt").strip()
        self.system = prompt_file("planner.txt").format(reasons=reasons, tools=listed, examples=examples)
        self.repair = prompt_file("repair.txt")

    def messages(self, request: Request) -> list[dict[str, str]]:
        """The chat turns."""
        asked = f"{shown_names(request.names)}\n{harmless(request.text)}"
        turns = [{"role": "system", "content": self.system}, {"role": "user", "content": asked}]
        if request.message:
            repair = self.repair.format(
                program=request.failed.strip(), message=request.message, names=shown_names(request.names)
            )
            turns[1]["content"] += "\n\n" + repair
        return turns

    def tokens(self, tokenizer: Any, request: Request) -> list[int]:
        encoded = tokenizer.apply_chat_template(self.messages(request), add_generation_prompt=True, tokenize=True)
        ids: list[int] = list(encoded["input_ids"] if isinstance(encoded, Mapping) else encoded)
        return ids

    def unknown(self, request: Request, program: str) -> tuple[str, ...]:
        return ()

    def words(self, request: Request) -> frozenset[str] | None:
        return None
