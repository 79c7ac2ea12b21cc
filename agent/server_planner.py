"""A planner on an OpenAI-compatible server (profile `server`); how programs are held in shape is `planner.format`.

    json_schema   one request; response_format holds the answer to {"reason": "...", "lines": ["...", ...]}, bounded
    lark          a request a statement, each under the statement's own grammar, as vLLM takes it (structured_outputs)
    llguidance    the same, as llama.cpp takes it where it is built with LLGuidance
    text          one request, nothing holds the answer

Under a grammar only valid programs can be written. In the other formats, and where a server ignores what it was asked
to hold to, the text is handed on as it came: the checker says what is wrong, and the repair loop goes on.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from agent.language.check import check
from agent.language.grammar import CLOSING, FULL, REASON_CHARACTERS, STATEMENTS, statement_grammar
from agent.language.parse import Invalid
from agent.language.syntax import Assign
from agent.planner import Plan
from agent.prompting import Prompt, Request, prompt_file
from tools.adapters.chat_server import ChatClient
from tools.adapters.openai_server import without_thoughts
from tools.core import InputError, Tool

FORMATS = ("json_schema", "lark", "llguidance", "text")
LINE_CHARACTERS = 400  # of a statement in JSON
MAX_PROGRAM = 20_000  # characters that are handed to the checker
STATEMENT_TOKENS = 256
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "maxLength": REASON_CHARACTERS},
        "lines": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": LINE_CHARACTERS},
            "minItems": 1,
            "maxItems": STATEMENTS,
        },
    },
    "required": ["reason", "lines"],
    "additionalProperties": False,
}


class ServerPlanner:
    """Writes programs by asking a server; a Planner (agent.planner)."""

    def __init__(
        self,
        client: ChatClient,
        prompt: Prompt,
        tools: Mapping[str, Tool],
        *,
        format: str = "json_schema",
        max_tokens: int = 640,
    ) -> None:
        """max_tokens: of a program. Raises InputError for another format."""
        if format not in FORMATS:
            raise InputError(f"planner.format must be one of {', '.join(FORMATS)}, got {format!r}")
        self.client, self.prompt, self.tools, self.format, self.max_tokens = client, prompt, tools, format, max_tokens

    @property
    def reads_messages(self) -> bool:
        return self.prompt.reads_messages

    def plan(self, request: Request) -> Plan:
        """Write one program; it may be invalid. Raises ServerFailed."""
        began = time.perf_counter()
        lines = self._by_statement(request) if self.format in ("lark", "llguidance") else self._at_once(request)
        text = "\n".join(lines)[:MAX_PROGRAM] + "\n"
        unknown = self.prompt.unknown(request, text)
        return Plan(text, seconds=time.perf_counter() - began, unknown=unknown)

    def _at_once(self, request: Request) -> list[str]:
        turns = self._turns(request)
        fields: dict[str, Any] = {}
        if self.format == "json_schema":
            said = prompt_file("server.txt").strip()
            if turns[0]["role"] == "system":
                turns[0]["content"] += "\n\n" + said
            named = {"name": "program", "strict": True, "schema": SCHEMA}
            fields["response_format"] = {"type": "json_schema", "json_schema": named}
        answer = self.client.chat(turns, max_tokens=self.max_tokens, fields=fields)
        lines = program_lines(without_thoughts(answer.text))
        kept = list(request.kept)
        if kept and lines and lines[0].startswith("#"):  # a reason stands at the top only
            del lines[0]
        if lines[: len(kept)] == kept:  # what stands was written out again
            lines = lines[len(kept) :]
        return kept + lines

    def _by_statement(self, request: Request) -> list[str]:
        lines, names = list(request.kept), dict(request.names)
        turns = self._turns(request)
        while len(lines) < STATEMENTS:
            last = len(lines) == STATEMENTS - 1
            lark = statement_grammar(
                self.tools, names, request.text, bounds=CLOSING if last else FULL, first=not lines, only_answer=last,
                answers=request.answers,
            ).lark  # fmt: skip
            asked = turns
            if lines:
                # Chat templates trim the end of a turn, so the line's end comes with what follows.
                lark = lark.replace("start: statement\n", 'start: "\\n"? statement\n')
                asked = [*turns, {"role": "assistant", "content": "\n".join(lines)}]
            answer = self.client.chat(asked, max_tokens=STATEMENT_TOKENS, fields=self._grammar(lark, bool(lines)))
            written = [line for line in without_thoughts(answer.text).splitlines() if line.strip()]
            lines += written
            try:
                checked = check("\n".join(written), self.tools, names, ends=False)
            except Invalid:
                break  # the server did not hold to the grammar; the loop's checker tells the planner
            statements = checked.program.statements
            if not statements or not isinstance(statements[-1], Assign):
                break
            names.update(checked.names)
        return lines

    def _grammar(self, lark: str, continued: bool) -> dict[str, Any]:
        """The fields that ask for a grammar, and for the last turn to be continued."""
        if self.format == "llguidance":
            return {"grammar": "%llguidance {}\n" + lark}
        more = {"add_generation_prompt": False, "continue_final_message": True} if continued else {}
        return {"structured_outputs": {"grammar": lark}, **more}

    def _turns(self, request: Request) -> list[dict[str, str]]:
        turns = self.prompt.messages(request)
        if request.answers == ("Image",) and turns[0]["role"] == "system":
            turns[-1]["content"] += "\nThis is an edit: the program ends with answer(...) of a picture."
        if request.kept and self.format in ("json_schema", "text"):
            stands = "\n".join(request.kept)
            turns[-1]["content"] += f"\nThese statements stand already; write only what follows them:\n{stands}"
        return turns


def program_lines(text: str) -> list[str]:
    """The statements in an answer, its reason as a comment before them: from JSON, a code block, or the text itself."""
    found = _object(text)
    if found is not None and isinstance(found.get("lines"), list):
        lines = [line for part in found["lines"] if isinstance(part, str) for line in part.splitlines() if line.strip()]
        reason = found.get("reason")
        said = " ".join(reason.split()) if isinstance(reason, str) else ""
        said = "".join(c for c in said if c.isprintable())[:REASON_CHARACTERS].strip()
        return [f"# {said}", *lines] if said and lines and not lines[0].startswith("#") else lines
    block = re.search(r"```[a-z]*\n(.*?)(```|\Z)", text, flags=re.S)
    return [line for line in (block[1] if block else text).splitlines() if line.strip()]


def _object(text: str) -> dict[str, Any] | None:
    """The first JSON object in a text, if there is a whole one."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
