"""What a chat server sends back, judged: whole JSON objects, and streams of server-sent events.

Support for tools.adapters.chat_server; no network here. Everything that is not the protocol raises Broken.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


class Broken(Exception):
    """One try that failed. kind: as ServerFailed, or "half" for JSON that breaks off. wait: seconds it asked for."""

    def __init__(self, kind: str, what: str, remedy: str = "", wait: float = 0.0) -> None:
        super().__init__(what)
        self.kind, self.what, self.remedy, self.wait = kind, what, remedy, wait


@dataclass(frozen=True)
class Answer:
    """text: what the model wrote. finish: "stop", "length" where it was cut off, or what else the server says.

    raw: the whole object, where the answer was not streamed.
    """

    text: str
    finish: str
    raw: Any = field(default=None, repr=False)


class Events:
    """A stream of server-sent events, fed in pieces of any size."""

    def __init__(self) -> None:
        self._rest, self._texts, self._finish, self._done = b"", list[str](), "", False

    def feed(self, piece: bytes) -> bool:
        """Take in some bytes; whether the stream is over."""
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            name, _, value = line.strip().partition(b":")
            if name != b"data":  # comments that keep a connection alive, event names, ids
                continue
            if value.strip() == b"[DONE]":
                self._done = True
                return True
            self._event(_json(value))
        return False

    def answer(self) -> Answer:
        """What came. Raises Broken where the stream ended too early."""
        if not (self._done or self._finish):
            raise Broken("dropped", "ended its answer in the middle")
        return Answer("".join(self._texts), self._finish or "stop")

    def _event(self, event: Any) -> None:
        if isinstance(event, dict) and event.get("error"):
            raise Broken("broken", f"failed while it answered: {_said(event['error'])}")
        for choice in _choices(event, may_be_empty=True):
            delta = choice.get("delta")
            text = delta.get("content") if isinstance(delta, dict) else None
            if text is not None and not isinstance(text, str):
                raise Broken("nonsense", "sent a piece of text that is none")
            self._texts.append(text or "")
            self._finish = str(choice.get("finish_reason") or self._finish)


def whole_answer(data: bytes, chat: bool = True) -> Answer:
    """An answer that was sent as one object. chat: it has choices; else the object is all that matters."""
    made = _json(data)
    if isinstance(made, dict) and made.get("error"):
        raise Broken("broken", f"answered 200 with an error: {_said(made['error'])}")
    if not chat:
        return Answer("", "stop", made)
    choice = _choices(made)[0]
    message = choice.get("message")
    text = message.get("content") if isinstance(message, dict) else None
    if not isinstance(text, str):
        raise Broken("nonsense", "sent an answer without text")
    return Answer(text, str(choice.get("finish_reason") or "stop"), made)


def error_text(data: bytes) -> str:
    """What an error's body says: the message of a JSON error, else the start of a plain text."""
    text = data.decode("utf-8", "replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "" if "<" in text[:200] else text[:200]
    return _said(
        found.get("error") or found.get("message") or found.get("detail") if isinstance(found, dict) else found
    )


def _said(error: Any) -> str:
    if isinstance(error, dict):
        error = error.get("message") or error.get("type") or ""
    return str(error)[:200]


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        shown = data.strip()[:1]
        if shown in (b"{", b"["):
            raise Broken("half", "sent JSON that is broken or breaks off") from None
        raise Broken(
            "nonsense", "sent something else than JSON", "is role.base_url the base of an OpenAI-compatible API?"
        ) from None


def _choices(made: Any, may_be_empty: bool = False) -> list[dict[str, Any]]:
    found = made.get("choices") if isinstance(made, dict) else None
    if not isinstance(found, list) or not all(isinstance(c, dict) for c in found) or not (found or may_be_empty):
        raise Broken("nonsense", "sent JSON without choices")
    return found[:1]
