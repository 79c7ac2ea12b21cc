"""A client of OpenAI-compatible chat servers: one call in, one text or one ServerFailed out, in bounded time.

    client = ChatClient("http://127.0.0.1:8000/v1", model="", key_variable="EYESHOT_API_KEY", ...)
    reply = client.chat([{"role": "user", "content": "Hello"}], max_tokens=64)

Replies are streamed, so that a silent server is told from a slow one, and closing the connection stops the work. All
calls run on one event loop in a thread of its own: the total time holds whatever a server does with the bytes, a call
may be cancelled from another thread (`cancel`) or by Ctrl-C, and many threads may call at once.

    kind of ServerFailed   tried again   when
    unreachable            yes           nothing listens there, no such host, no secure connection
    timeout                yes           silent for `silence` seconds; not again where all `seconds` are over
    dropped                yes           the connection ended before the answer did
    busy                   yes           429, after as long as Retry-After asks, if that still fits
    broken                 yes           500 and its like
    nonsense               half JSON     an answer that the protocol does not know
    forbidden, missing     no            401 and 403; 404
    refused                no            any other status: the server cannot do what it was asked
    too_long               no            more than MAX_REPLY bytes
    cancelled              no            somebody called `cancel`

The key comes from an environment variable, goes into the Authorization header and nowhere else: no message holds it,
even where the server sends it back. Redirects are not followed; proxies of the environment are not used.
NOT here: what is asked (agent.server_planner, tools.adapters.openai_server).
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import random
import threading
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from tools.adapters.chat_stream import Answer, Broken, Events, error_text, whole_answer
from tools.core import InputError, ServerFailed

MAX_REPLY = 4 << 20  # bytes
AGAIN = frozenset({"unreachable", "timeout", "dropped", "busy", "broken", "half"})
FIRST_PAUSE = 0.5  # seconds before the second try, doubled for each further one, and drawn from half to all of it
T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds.

    seconds: for one call, all its tries together. connect: for a connection. silence: between two pieces of an answer.
    tries: at most so many.
    """

    seconds: float = 120.0
    connect: float = 5.0
    silence: float = 60.0
    tries: int = 3

    def __post_init__(self) -> None:
        for name in ("seconds", "connect", "silence"):
            if not getattr(self, name) > 0:
                raise InputError(f"a server's {name} must be more than 0, got {getattr(self, name)!r}")
        if self.tries < 1:
            raise InputError(f"a server's tries must be at least 1, got {self.tries!r}")


class ChatClient:
    """A server by its base URL, such as http://127.0.0.1:8000/v1. Raises InputError for one that cannot be used."""

    def __init__(
        self,
        base_url: str,
        *,
        model: str = "",
        key_variable: str = "EYESHOT_API_KEY",
        patience: Patience | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """model: "" for the only one that the server has. extra: more fields for every request."""
        self.base_url, self.key_variable = _checked(base_url), key_variable
        self.patience = patience or Patience()
        self._model, self._extra = model, dict(extra or {})
        self._calls: set[concurrent.futures.Future[Any]] = set()
        self._lock, self._asking = threading.Lock(), threading.Lock()
        self._client: Any = None

    def chat(
        self, messages: Sequence[Mapping[str, Any]], *, max_tokens: int, fields: Mapping[str, Any] | None = None
    ) -> Answer:
        """The answer to a chat, greedy. fields: more of the request, such as response_format. Raises ServerFailed."""
        body = {
            "model": self.model, "messages": list(messages), "max_tokens": max_tokens, "temperature": 0, "stream": True,
            **self._extra, **(fields or {}),
        }  # fmt: skip
        return self._wait(self._bounded("POST", "/chat/completions", body))

    @property
    def model(self) -> str:
        """The model's name; asked for once where none was given. Raises InputError where there is no single one."""
        with self._asking:
            if not self._model:
                names = self.models()
                if len(names) != 1:
                    raise InputError(
                        f"{self.base_url} has {', '.join(names[:20]) or 'no models'}; say which with role.model"
                    )
                self._model = names[0]
            return self._model

    def models(self) -> list[str]:
        """The names of the server's models. Raises ServerFailed."""
        listed = self._wait(self._bounded("GET", "/models", None)).raw
        data = listed.get("data") if isinstance(listed, dict) else None
        if not isinstance(data, list) or not all(isinstance(m, dict) and isinstance(m.get("id"), str) for m in data):
            raise ServerFailed("nonsense", f"{self.base_url}/models gave no list of models", "is it a base URL?")
        return [m["id"] for m in data]

    def cancel(self) -> None:
        """End every call that runs now; each raises ServerFailed of the kind "cancelled"."""
        with self._lock:
            calls = list(self._calls)
        for call in calls:
            call.cancel()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        call = asyncio.run_coroutine_threadsafe(work, _loop())
        with self._lock:
            self._calls.add(call)
        try:
            return call.result()
        except concurrent.futures.CancelledError:
            raise ServerFailed("cancelled", f"the call to {self.base_url} was stopped") from None
        finally:
            call.cancel()  # where Ctrl-C came in between; a call that is over does not mind
            with self._lock:
                self._calls.discard(call)

    async def _bounded(self, method: str, path: str, body: Any) -> Answer:
        last: list[ServerFailed] = []
        try:
            async with asyncio.timeout(self.patience.seconds):
                return await self._tries(method, path, body, last)
        except TimeoutError:
            after = f"; before that: {last[-1]}" if last else ""
            raise ServerFailed(
                "timeout",
                f"{self.base_url} gave no answer in {self.patience.seconds:g} s{after}",
                "role.seconds sets the time",
            ) from None

    async def _tries(self, method: str, path: str, body: Any, last: list[ServerFailed]) -> Answer:
        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience.seconds
        for n in range(1, self.patience.tries + 1):
            try:
                return await self._once(method, path, body)
            except Broken as failure:
                tried = f", tried {n} times" if n > 1 else ""
                kind = "nonsense" if failure.kind == "half" else failure.kind
                last.append(ServerFailed(kind, f"{self.base_url} {self._clean(failure.what)}{tried}", failure.remedy))
                pause = max(failure.wait, FIRST_PAUSE * 2 ** (n - 1) * random.uniform(0.5, 1.0))
                if failure.kind not in AGAIN or n == self.patience.tries or loop.time() + pause >= end:
                    raise last[-1] from None
                await asyncio.sleep(pause)
        raise RuntimeError("no try was made; this is a bug")

    async def _once(self, method: str, path: str, body: Any) -> Answer:
        import httpx

        headers = {"Accept": "text/event-stream, application/json"}
        key = self._key()
        if key:
            headers["Authorization"] = f"Bearer {key}"
        times = httpx.Timeout(self.patience.silence, connect=self.patience.connect, pool=None)
        try:
            async with self._connection().stream(
                method, self.base_url + path, json=body, headers=headers, timeout=times
            ) as response:
                if response.status_code != 200:
                    raise _status(response.status_code, await _start(response), response.headers.get("retry-after", ""))
                if "event-stream" not in response.headers.get("content-type", ""):
                    return whole_answer(await _everything(response), chat=body is not None)
                events, size = Events(), 0
                async for piece in response.aiter_bytes():
                    size += len(piece)
                    if size > MAX_REPLY:
                        raise Broken("too_long", f"sent more than {MAX_REPLY >> 20} MiB")
                    if events.feed(piece):
                        break
                return events.answer()
        except httpx.ConnectTimeout:
            raise Broken("unreachable", f"took no connection in {self.patience.connect:g} s") from None
        except httpx.TimeoutException:
            raise Broken(
                "timeout", f"was silent for {self.patience.silence:g} s", "role.silence sets how long"
            ) from None
        except httpx.ConnectError as error:
            raise Broken(
                "unreachable", f"cannot be reached: {error}", "is the server running, and role.base_url right?"
            ) from None
        except (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError, httpx.CloseError) as error:
            raise Broken("dropped", f"dropped the connection: {error or type(error).__name__}") from None
        except (httpx.HTTPError, UnicodeError, ValueError) as error:
            raise Broken("nonsense", f"sent what is no HTTP answer: {type(error).__name__}") from None

    def _connection(self) -> Any:
        """The pool of connections; made on the loop, where alone it is used."""
        if self._client is None:
            import httpx

            secure = self.base_url.startswith("https")
            self._client = httpx.AsyncClient(
                trust_env=False, verify=_certificates() if secure else False, limits=httpx.Limits(max_connections=64)
            )
        return self._client

    def _key(self) -> str:
        key = os.environ.get(self.key_variable, "").strip() if self.key_variable else ""
        if not key.isascii() or not key.isprintable():
            raise Broken(
                "refused", "was not asked", f"the key in {self.key_variable} has characters that a header cannot hold"
            )
        return key

    def _clean(self, text: str) -> str:
        """One line for a terminal, without the key."""
        key = os.environ.get(self.key_variable, "").strip() if self.key_variable else ""
        if key:
            text = text.replace(key, "***")
        return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:400]


def _checked(base_url: str) -> str:
    try:
        parts = urlsplit(base_url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good:
        shown = "one with a secret in it" if set(base_url) & set("@?") else repr(base_url)
        raise InputError(f"a server's base_url is like http://127.0.0.1:8000/v1, got {shown}")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InputError(
            "a server's base_url holds no name, key or query; the key comes from the variable in role.key_variable"
        )
    return base_url.rstrip("/")


def _status(status: int, text: bytes, retry_after: str) -> Broken:
    """What a status means. text: the start of the body."""
    said = error_text(text)
    what = f"answered {status}" + (f": {said}" if said else "")
    if status == 429:
        return Broken("busy", what, "it has too much to do", wait=_seconds(retry_after))
    if status in (408, 425) or status >= 500:
        return Broken("broken", what, wait=_seconds(retry_after))
    if status in (401, 403):
        return Broken("forbidden", what, "the key comes from the environment variable in role.key_variable")
    if status == 404:
        return Broken("missing", what, "check role.base_url, which usually ends in /v1, and role.model")
    return Broken("refused", what, "docs/servers.md says which role.format each server takes")


def _seconds(retry_after: str) -> float:
    """A Retry-After in seconds; dates and nonsense count as none."""
    try:
        return min(max(float(retry_after), 0.0), 3600.0)
    except ValueError:
        return 0.0


async def _start(response: Any) -> bytes:
    """The first 4 KiB of a body."""
    data = b""
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) >= 4096:
            break
    return data[:4096]


async def _everything(response: Any) -> bytes:
    data = bytearray()
    async for piece in response.aiter_bytes():
        data += piece
        if len(data) > MAX_REPLY:
            raise Broken("too_long", f"sent more than {MAX_REPLY >> 20} MiB")
    return bytes(data)


def _certificates() -> Any:
    """The machine's own authorities, or those of SSL_CERT_FILE."""
    import ssl

    return ssl.create_default_context()


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The event loop of all clients, in a thread that ends with the process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="eyeshot-servers", daemon=True).start()
    return loop
