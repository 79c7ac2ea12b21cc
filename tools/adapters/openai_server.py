"""Roles "vlm" and "planner" on an OpenAI-compatible server: vLLM, LMDeploy, llama.cpp, Ollama (docs/servers.md).

Pictures go as data URIs, as JPEG of at most `max_side` pixels. What leaves this machine is what the profile's base_url
names: the request and, for this role "vlm", the pictures that are looked at.

NOT here: HTTP and its failures (tools.adapters.chat_server), programs (agent.server_planner).
"""

from __future__ import annotations

import base64
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from tools.adapters.chat_server import ChatClient, Patience
from tools.core import InputError, ServerFailed
from tools.types import Image

QUALITY = 92
BRIEF = "Answer in a few words."


class OpenAIServer:
    """Plays tools.adapters.roles.VisionLanguageModel; `client` is for planners."""

    def __init__(self, client: ChatClient, *, most_tokens: int = 64, max_side: int = 1280, schema: bool = True) -> None:
        """most_tokens: of an answer. schema: whether the server takes response_format json_schema."""
        if max_side < 28:
            raise InputError(f"a server's max_side must be at least 28 pixels, got {max_side}")
        self.client, self._most_tokens, self._max_side, self._schema = client, most_tokens, max_side, schema

    def answer(self, image: Image, question: str) -> str:
        """A short answer to a question about the picture. Raises ServerFailed."""
        said = self.client.chat(self._turn(image, f"{question} {BRIEF}"), max_tokens=self._most_tokens)
        return without_thoughts(said.text)

    def choose(self, image: Image, question: str, choices: Sequence[str]) -> tuple[str, float]:
        """One of the choices; its probability is nan, since servers do not say it. Raises ServerFailed.

        The server is held to the choices by a JSON schema. Where it ignores that, the answer must name exactly one.
        """
        if not choices:
            raise ValueError("expected at least one choice, got none")
        asked = f"{question} Answer with one of: {', '.join(choices)}."
        fields = {"response_format": choice_schema(choices)} if self._schema else {}
        said = self.client.chat(self._turn(image, asked), max_tokens=self._most_tokens, fields=fields)
        chosen = chosen_of(without_thoughts(said.text), choices)
        if chosen is None:
            raise ServerFailed(
                "nonsense", f"{self.client.base_url} chose none of the {len(choices)} choices that it was given"
            )
        return chosen, math.nan

    def ready(self) -> str:
        """The model that answers, by name. Raises ServerFailed, InputError."""
        names = self.client.models()
        wanted = self.client.model
        if wanted not in names:
            raise InputError(
                f"{self.client.base_url} has no model {wanted!r}; it has {', '.join(names[:20]) or 'none'}"
            )
        return wanted

    def _turn(self, image: Image, text: str) -> list[dict[str, Any]]:
        picture = {"type": "image_url", "image_url": {"url": data_uri(image, self._max_side)}}
        return [{"role": "user", "content": [picture, {"type": "text", "text": text}]}]


def load(
    base_url: str,
    model: str = "",
    key_variable: str = "EYESHOT_API_KEY",
    seconds: float = 120.0,
    connect: float = 5.0,
    silence: float = 60.0,
    tries: int = 3,
    most_tokens: int = 64,
    max_side: int = 1280,
    schema: bool = True,
    extra: Mapping[str, Any] | None = None,
) -> OpenAIServer:
    """A server by its base URL; nothing is sent yet. Raises InputError for settings that cannot be used.

    model: "" for the only one that it has. key_variable: the environment variable that holds the key, if it wants one.
    seconds, connect, silence, tries: see Patience. extra: more fields for every request, such as
    {chat_template_kwargs = {enable_thinking = false}}.
    """
    patience = Patience(seconds, connect, silence, tries)
    client = ChatClient(base_url, model=model, key_variable=key_variable, patience=patience, extra=extra)
    return OpenAIServer(client, most_tokens=most_tokens, max_side=max_side, schema=schema)


def data_uri(image: Image, max_side: int) -> str:
    """A picture as data:image/jpeg;base64, its longer side at most `max_side`."""
    from PIL import Image as Pillow

    picture = Pillow.fromarray(image.pixels)
    scale = max_side / max(picture.size)
    if scale < 1:
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        picture = picture.resize(size, Pillow.Resampling.LANCZOS)
    buffer = io.BytesIO()
    picture.save(buffer, format="JPEG", quality=QUALITY, subsampling=0)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def choice_schema(choices: Sequence[str]) -> dict[str, Any]:
    """A response_format whose only answers are {"choice": one of them}."""
    schema = {
        "type": "object",
        "properties": {"choice": {"enum": list(choices)}},
        "required": ["choice"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "choice", "strict": True, "schema": schema}}


def chosen_of(text: str, choices: Sequence[str]) -> str | None:
    """The choice that an answer names: in JSON, as the whole text, or as the only one of them in a sentence."""
    try:
        said = json.loads(text)
        named = str(said["choice"]) if isinstance(said, dict) and "choice" in said else str(said)
    except (ValueError, RecursionError):
        named = text
    for choice in choices:
        if named.strip(" .\"'\n").casefold() == choice.casefold():
            return choice
    found = [c for c in choices if re.search(rf"(?<!\w){re.escape(c)}(?!\w)", named, re.IGNORECASE)]
    return found[0] if len(found) == 1 else None


def without_thoughts(text: str) -> str:
    """What a reasoning model says after it has thought aloud."""
    return re.sub(r"\A\s*<think>.*?(</think>|\Z)", "", text, flags=re.S).strip()
