"""A hub on this machine that speaks what huggingface_hub asks of one: the real library fetches from it over HTTP.

Repositories are folders of bytes with a commit; `gated`, `moved` and the like make it refuse as the real hub does.
"""

from __future__ import annotations

import hashlib
import json
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit


def safetensors(**tensors: tuple[int, ...]) -> bytes:
    """A whole safetensors file of float32 zeros: name -> shape."""
    header: dict[str, Any] = {}
    end = 0
    for name, shape in tensors.items():
        size = 4
        for n in shape:
            size *= n
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(end)


WHOLE = {"config.json": b'{"model_type": "sam"}', "model.safetensors": safetensors(w=(3, 5)), "README.md": b"# hi",
         "pytorch_model.bin": b"pickle", "modeling_evil.py": b"raise SystemExit", "onnx/model.onnx": b""}  # fmt: skip


@dataclass
class Repository:
    """files: name -> bytes. revisions: what each name stands for; the commit stands for itself."""

    files: dict[str, bytes] = field(default_factory=lambda: dict(WHOLE))
    commit: str = "1" * 40
    token: str | None = None  # gated: only with this token
    announced: dict[str, int] = field(default_factory=dict)  # sizes that the hub claims instead of the true ones
    cut: dict[str, int] = field(default_factory=dict)  # files of which only so many bytes are sent
    spoiled: dict[str, bytes] = field(default_factory=dict)  # what is sent instead of a file
    status: int = 200  # what every request is answered with, if not 200


@dataclass
class Hub:
    """repositories: "OWNER/NAME" -> Repository. requests: "METHOD /path" of all that came in."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    url: str = ""

    @property
    def sent(self) -> list[str]:
        """The names of files whose bytes were asked for."""
        return [r.rsplit("/", 1)[1] for r in self.requests if r.startswith("GET") and "/resolve/" in r]


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub at a free port of this machine, until the block ends."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _answer(self, body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.requests.append(f"{self.command} {path}")
            parts = path.strip("/").split("/")
            api = parts[:2] == ["api", "models"]
            name = "/".join(parts[2:4] if api else parts[:2])
            repository = hub.repositories.get(name)
            if repository is None:
                return self._refuse(401, "RepoNotFound")
            if repository.status != 200:
                return self._refuse(repository.status, "")
            if repository.token and self.headers.get("authorization") != f"Bearer {repository.token}" and not api:
                return self._refuse(403 if self.headers.get("authorization") else 401, "GatedRepo")
            revision = "/".join(parts[5:] if api else parts[3:4]) or "main"
            if revision not in ("main", repository.commit):
                return self._refuse(404, "RevisionNotFound")
            if api:
                return self._send(json.dumps(_info(name, repository)).encode(), {}, body)
            file = "/".join(parts[4:])
            if file not in repository.files:
                return self._refuse(404, "EntryNotFound")
            data = repository.spoiled.get(file, repository.files[file])
            headers = {"X-Repo-Commit": repository.commit, "ETag": f'"{hashlib.sha256(data).hexdigest()}"'}
            return self._send(data, headers, body, cut=repository.cut.get(file))

        def _refuse(self, status: int, code: str) -> None:
            self._send(b"{}", {"X-Error-Code": code} if code else {}, self.command == "GET", status=status)

        def _send(
            self, data: bytes, headers: dict[str, str], body: bool, status: int = 200, cut: int | None = None
        ) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            if body:
                self.wfile.write(data if cut is None else data[:cut])
            if cut is not None and body:
                self.close_connection = True

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()


def _info(name: str, repository: Repository) -> dict[str, Any]:
    siblings = []
    for file, data in repository.files.items():
        size = repository.announced.get(file, len(data))
        entry: dict[str, Any] = {"rfilename": file, "size": size}
        if file.endswith((".safetensors", ".bin")):
            entry["lfs"] = {"size": size, "sha256": hashlib.sha256(data).hexdigest(), "pointerSize": 1}
        else:
            entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        siblings.append(entry)
    return {"id": name, "modelId": name, "sha": repository.commit, "siblings": siblings, "tags": [], "private": False}
