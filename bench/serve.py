"""A small OpenAI-compatible server of the embedded planner, on loopback: to try and to time the profile `server` with.

    python -m bench.serve [--port 8000] [--ignore]
    eyeshot ask PICTURE QUESTION --profile server --set planner.prompt=tuned --set planner.format=lark

It serves /v1/models and /v1/chat/completions, streamed or not, greedy. It holds answers to response_format
json_schema, to structured_outputs (vLLM's grammar) and to grammar (llama.cpp's, "%llguidance {}" before Lark); with
--ignore to nothing, as servers do that do not know these fields. One request at a time; no pictures, no batches: it is
no server for work.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np

NAME = "eyeshot-embedded"
MAX_BODY = 4 << 20


class Writer:
    """Writes answers with a language model, under a grammar where there is one."""

    def __init__(self, model: Any, ignore: bool = False) -> None:
        """model: a tools.adapters.roles.LanguageModel. ignore: hold answers to nothing."""
        from agent.planner import grammar_vocabulary

        self.model, self.ignore = model, ignore
        self.vocabulary = grammar_vocabulary(model)
        self.lock = threading.Lock()

    def matcher(self, body: Mapping[str, Any]) -> Any:
        """What the request holds its answer to, or None. Raises ValueError for a grammar that is none."""
        from llguidance import LLMatcher

        lark = (body.get("structured_outputs") or {}).get("grammar")
        if str(body.get("grammar", "")).startswith("%llguidance {}\n"):
            lark = body["grammar"].split("\n", 1)[1]
        form = body.get("response_format") or {}
        if self.ignore or not (lark or form.get("type") == "json_schema"):
            return None
        if lark:
            grammar = LLMatcher.grammar_from_lark(lark)
        else:
            compact = {"x-guidance": {"whitespace_flexible": False}}
            grammar = LLMatcher.grammar_from_json_schema({**form["json_schema"]["schema"], **compact})
        problem = LLMatcher.validate_grammar(grammar, self.vocabulary)
        if problem:
            raise ValueError(problem[:200])
        return LLMatcher(self.vocabulary, grammar)

    def write(self, body: Mapping[str, Any], matcher: Any) -> Iterator[tuple[str, str | None]]:
        """Pieces of the answer, the last with a finish reason. Ends early where the caller closes it."""
        tokenizer, model = self.model.tokenizer, self.model
        with self.lock:
            pending = tokenizer.encode(chat(body["messages"]), add_special_tokens=False)
            model.reset_to(pending)
            pending = pending[len(model) :]
            written: list[int] = []
            said, finish = "", "length"
            for _ in range(int(body.get("max_tokens", 256))):
                logits = model.append(pending)
                if matcher is not None:
                    packed = np.frombuffer(matcher.compute_bitmask(), dtype=np.uint8)
                    allowed = np.unpackbits(packed, bitorder="little", count=model.vocabulary).astype(bool)
                    logits = np.where(allowed, logits, -np.inf)
                token = int(logits.argmax())
                if token == tokenizer.eos_token_id:
                    finish = "stop"
                    break
                written.append(token)
                pending = [token]
                text = tokenizer.decode(written)
                if not text.endswith("\ufffd"):  # a letter of several bytes is not cut
                    yield text[len(said) :], None
                    said = text
                if matcher is not None:
                    matcher.consume_token(token)
                    if matcher.is_stopped():
                        finish = "stop"
                        break
        yield "", finish


def chat(messages: Sequence[Mapping[str, Any]]) -> str:
    """Turns in ChatML, up to where the answer begins; an assistant's last turn is continued."""
    turns = [f"<|im_start|>{m['role']}\n{m['content']}" for m in messages]
    if messages[-1]["role"] == "assistant":
        return "<|im_end|>\n".join(turns)
    return "".join(turn + "<|im_end|>\n" for turn in turns) + "<|im_start|>assistant\n"


def server(writer: Writer, port: int = 0) -> ThreadingHTTPServer:
    """The server, bound to loopback and not yet running."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/v1/models":
                self._json(200, {"object": "list", "data": [{"id": NAME, "object": "model"}]})
            else:
                self._error(404, f"there is no {self.path}")

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            if self.path != "/v1/chat/completions" or not 0 < length <= MAX_BODY:
                return self._error(404, f"there is no {self.path} for {length} bytes")
            try:
                body = json.loads(self.rfile.read(length))
                if not all(isinstance(m["content"], str) for m in body["messages"]):
                    raise ValueError("this model takes text only")
                pieces = writer.write(body, writer.matcher(body))
            except (ValueError, KeyError, TypeError) as error:
                return self._error(400, str(error))
            try:
                self._stream(pieces) if body.get("stream") else self._whole(pieces)
            except OSError:  # whoever asked has gone
                pieces.close()  # type: ignore[attr-defined]

        def _whole(self, pieces: Iterator[tuple[str, str | None]]) -> None:
            texts, finishes = zip(*pieces, strict=True)
            message = {"role": "assistant", "content": "".join(texts)}
            self._json(200, {"choices": [{"index": 0, "message": message, "finish_reason": finishes[-1]}]})

        def _stream(self, pieces: Iterator[tuple[str, str | None]]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            for text, finish in pieces:
                event = {"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]}
                self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
                self.wfile.flush()
            self.wfile.write(b"data: [DONE]\n\n")

        def _json(self, status: int, made: Any) -> None:
            data = json.dumps(made).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def _error(self, status: int, message: str) -> None:
            self._json(status, {"error": {"message": message}})

        def log_message(self, *args: Any) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    made.daemon_threads = True
    return made


def embedded() -> Any:
    """The embedded planner's language model."""
    from agent.profiles import Models, load_profile

    return Models(load_profile("embedded")).model("planner")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--ignore", action="store_true", help="hold answers to nothing that is asked")
    options = parser.parse_args()
    running = server(Writer(embedded(), options.ignore), options.port)
    host, port = running.server_address[:2]
    print(f"{NAME} at http://{host!s}:{port}/v1; Ctrl-C ends it", flush=True)
    try:
        running.serve_forever()
    except KeyboardInterrupt:
        running.server_close()


if __name__ == "__main__":
    main()
