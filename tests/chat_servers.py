"""A scripted chat server on loopback: real HTTP, written byte by byte: it can stall, drop, lie and talk nonsense.

    with ChatScript(behave) as server: ChatClient(server.url)

`behave(call)` gets each request and writes what it likes with the helpers of Call; `calls` keeps the requests.
"""

from __future__ import annotations

import contextlib
import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Call:
    """One request. n: how many came before it with the same last text, itself included."""

    path: str
    headers: dict[str, str]
    body: Any
    n: int
    stream: Any = field(repr=False)

    @property
    def text(self) -> str:
        """The last text of the chat."""
        content = self.body["messages"][-1]["content"]
        return content if isinstance(content, str) else content[-1]["text"]

    def raw(self, data: bytes) -> None:
        """These bytes and nothing else."""
        with contextlib.suppress(OSError):
            self.stream.write(data)
            self.stream.flush()

    def send(self, status: int, data: bytes, kind: str = "application/json", **headers: str) -> None:
        """A whole HTTP answer."""
        more = "".join(f"{k.replace('_', '-')}: {v}\r\n" for k, v in headers.items())
        head = (
            f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\nConnection: close\r\n{more}"
        )
        self.raw(head.encode() + b"\r\n" + data)

    def say(self, text: str, finish: str = "stop") -> None:
        """A good answer, not streamed."""
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
        self.send(200, json.dumps({"choices": [choice]}).encode())

    def begin(self) -> None:
        """The head of a streamed answer, whose end is the connection's end."""
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")

    def piece(self, text: str, finish: str | None = None) -> None:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish}
        self.raw(b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n")

    def stream_text(self, text: str) -> None:
        """A good streamed answer, a letter a piece."""
        self.begin()
        for letter in text:
            self.piece(letter)
        self.piece("", "stop")
        self.raw(b"data: [DONE]\n\n")


class ChatScript:
    """The server, while the `with` lasts."""

    def __init__(self, behave: Callable[[Call], None]) -> None:
        self.behave, self.calls, self.closed = behave, list[Call](), threading.Event()
        self.listed = b'{"object": "list", "data": [{"id": "scripted"}]}'
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> ChatScript:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                outer._serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        return self

    def __exit__(self, *exception: object) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def stall(self, seconds: float = 30.0) -> None:
        """Do nothing until the test is over, at most so long."""
        self.closed.wait(seconds)

    def _serve(self, handler: Any) -> None:
        first = handler.rfile.readline().decode().split()
        headers = dict(_headers(handler.rfile))
        length = int(headers.get("content-length", 0))
        body = json.loads(handler.rfile.read(length)) if length else None
        key = json.dumps(body["messages"][-1]) if body else first[1]
        with self._lock:
            self._seen[key] = self._seen.get(key, 0) + 1
            call = Call(first[1], headers, body, self._seen[key], handler.wfile)
            self.calls.append(call)
        if call.path.endswith("/models") and body is None:
            call.send(200, self.listed)
        else:
            self.behave(call)


def _headers(stream: Any) -> Iterator[tuple[str, str]]:
    while (line := stream.readline().decode().strip()) != "":
        name, _, value = line.partition(":")
        yield name.lower(), value.strip()


def dripping(call: Call, closed: threading.Event) -> None:
    """A header that never ends, a byte at a time: no pause is long."""
    call.raw(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not closed.wait(0.05):
        call.raw(b"x")


def endless(call: Call) -> None:
    """A stream that never ends."""
    call.begin()
    text, began = "x" * 50_000, time.monotonic()
    while time.monotonic() - began < 20:
        try:
            call.stream.write(b'data: {"choices": [{"delta": {"content": "' + text.encode() + b'"}}]}\n\n')
        except OSError:
            return
