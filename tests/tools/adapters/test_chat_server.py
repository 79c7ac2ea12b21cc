"""The chat client against a scripted server: what fails how, what is tried again, how long it takes, what leaks."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chat_servers import Call, ChatScript, dripping, endless
from tools.adapters.chat_server import ChatClient, Patience
from tools.core import InputError, ServerFailed

pytestmark = pytest.mark.sockets
QUICK = Patience(seconds=8.0, connect=2.0, silence=0.4, tries=2)
KEY = "sk-very-secret-0123456789"


def client(url: str, patience: Patience = QUICK) -> ChatClient:
    return ChatClient(url, model="scripted", key_variable="TEST_KEY", patience=patience)


def ask(made: ChatClient, text: str = "hello") -> str:
    return made.chat([{"role": "user", "content": text}], max_tokens=16).text


GOOD: dict[str, Callable[[Call], None]] = {
    "streamed": lambda call: call.stream_text("fine — 좋아"),
    "at once": lambda call: call.say("fine — 좋아"),
    "in pieces that cut letters": lambda call: _in_bytes(call),
    "with comments and no DONE": lambda call: _commented(call),
}


def _in_bytes(call: Call) -> None:
    call.begin()
    choice = '{"delta": {"content": "fine — 좋아"}, "finish_reason": "stop"}'
    data = f'data: {{"choices": [{choice}]}}\r\n\r\ndata: [DONE]\r\n\r\n'
    for byte in data.encode():
        call.raw(bytes([byte]))


def _commented(call: Call) -> None:
    call.begin()
    call.raw(b": keep-alive\n\nevent: message\n")
    call.piece("fine — ")
    call.raw(b'data: {"choices": [], "usage": {"total_tokens": 3}}\n\n')
    call.piece("좋아", "stop")


@pytest.mark.parametrize("behave", GOOD.values(), ids=GOOD.keys())
def test_good_answers(behave: Callable[[Call], None]) -> None:
    with ChatScript(behave) as server:
        assert ask(client(server.url)) == "fine — 좋아"
        body = server.calls[0].body
        assert (body["model"], body["max_tokens"], body["temperature"], body["stream"]) == ("scripted", 16, 0, True)


def error(status: int, message: str = "no") -> Callable[[Call], None]:
    return lambda call: call.send(status, b'{"error": {"message": "%s"}}' % message.encode())


def stream_of(data: bytes) -> Callable[[Call], None]:
    def behave(call: Call) -> None:
        call.begin()
        call.raw(data)

    return behave


HALF = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{"choices": [{'
# What the server does -> the kind of failure, how often it was asked, a part of the message.
BAD: dict[str, tuple[Callable[[Call], None], str, int, str]] = {
    "busy": (error(429), "busy", 2, "429: no, tried 2 times"),
    "broken": (error(500), "broken", 2, "500: no"),
    "gateway page": (lambda c: c.send(502, b"<html><h1>Bad gateway</h1>", "text/html"), "broken", 2, "answered 502,"),
    "wrong key": (error(401, "bad key"), "forbidden", 1, "role.key_variable"),
    "no such model": (error(404), "missing", 1, "role.base_url"),
    "cannot do it": (error(400, "response_format is not supported"), "refused", 1, "role.format"),
    "redirect": (lambda c: c.send(302, b"", Location="http://example.com/"), "refused", 1, "302"),
    "drops at once": (lambda c: None, "dropped", 2, "dropped the connection"),
    "drops in the body": (lambda c: c.raw(HALF), "dropped", 2, "dropped the connection"),
    "drops in the stream": (lambda c: (c.begin(), c.piece("fi"), None)[2], "dropped", 2, "in the middle"),
    "half JSON": (lambda c: c.send(200, b'{"choices": [{"mess'), "nonsense", 2, "breaks off"),
    "half an event": (stream_of(b'data: {"choices": [{"del\n\n'), "nonsense", 2, "breaks off"),
    "no HTTP": (lambda c: c.raw(b"SSH-2.0-OpenSSH_9.6\r\n"), "dropped", 2, "dropped the connection"),
    "a page": (lambda c: c.send(200, b"<html>log in", "text/html"), "nonsense", 1, "something else than JSON"),
    "no choices": (lambda c: c.send(200, b'{"ok": true}'), "nonsense", 1, "without choices"),
    "empty choices": (lambda c: c.send(200, b'{"choices": []}'), "nonsense", 1, "without choices"),
    "choices of numbers": (lambda c: c.send(200, b'{"choices": [1]}'), "nonsense", 1, "without choices"),
    "a number": (lambda c: c.send(200, b'{"choices": [{"message": {"content": 7}}]}'), "nonsense", 1, "without text"),
    "deep JSON": (lambda c: c.send(200, b"[" * 200_000), "nonsense", 2, "JSON"),
    "an error in 200": (error(200, "out of memory"), "broken", 2, "out of memory"),
    "an error in a stream": (stream_of(b'data: {"error": {"message": "oom"}}\n\n'), "broken", 2, "oom"),
    "bytes that are no text": (lambda c: c.send(200, b"\xff\xfe\x00"), "nonsense", 1, "something else"),
    "bad gzip": (lambda c: c.send(200, b"no gzip", Content_Encoding="gzip"), "nonsense", 1, "no HTTP answer"),
    "endless": (endless, "too_long", 1, "more than 4 MiB"),
}  # fmt: skip


@pytest.mark.parametrize(("behave", "kind", "asked", "message"), BAD.values(), ids=BAD.keys())
def test_failures(behave: Callable[[Call], None], kind: str, asked: int, message: str) -> None:
    with ChatScript(behave) as server:
        began = time.monotonic()
        with pytest.raises(ServerFailed) as caught:
            ask(client(server.url))
        assert (caught.value.kind, len(server.calls)) == (kind, asked), str(caught.value)
        assert message in str(caught.value)
        assert str(caught.value).startswith(server.url)
        assert time.monotonic() - began < QUICK.seconds


def test_a_silent_server_is_asked_again_and_then_given_up() -> None:
    with ChatScript(lambda call: server.stall()) as server:
        began = time.monotonic()
        with pytest.raises(ServerFailed, match=r"silent for 0\.4 s") as caught:
            ask(client(server.url))
        assert (caught.value.kind, len(server.calls)) == ("timeout", 2)
        assert 0.8 <= time.monotonic() - began < 3


@pytest.mark.parametrize("how", ["header", "stream"])
def test_the_total_time_holds_where_no_pause_is_long(how: str) -> None:
    def behave(call: Call) -> None:
        if how == "header":
            dripping(call, server.closed)
        call.begin()
        while not server.closed.wait(0.05):
            call.piece("x")

    with ChatScript(behave) as server:
        began = time.monotonic()
        with pytest.raises(ServerFailed, match="gave no answer in 1 s") as caught:
            ask(client(server.url, Patience(seconds=1.0, silence=0.5)))
        assert caught.value.kind == "timeout"
        assert time.monotonic() - began < 2


def test_what_heals_is_answered() -> None:
    faults = [error(503), lambda call: None, lambda call: call.send(200, b'{"cho')]

    def behave(call: Call) -> None:
        faults[call.n - 1](call) if call.n <= len(faults) else call.stream_text("at last")

    with ChatScript(behave) as server:
        assert ask(client(server.url, Patience(seconds=20, silence=1, tries=4))) == "at last"
        assert len(server.calls) == 4


def test_retry_after_is_waited_for() -> None:
    def behave(call: Call) -> None:
        call.say("now") if call.n > 1 else call.send(429, b"{}", Retry_After="1.5")

    with ChatScript(behave) as server:
        began = time.monotonic()
        assert ask(client(server.url)) == "now"
        assert time.monotonic() - began >= 1.5


def test_a_retry_after_that_does_not_fit_is_not_waited_for() -> None:
    with ChatScript(lambda call: call.send(429, b"{}", Retry_After="3600")) as server:
        began = time.monotonic()
        with pytest.raises(ServerFailed, match="answered 429"):
            ask(client(server.url))
        assert time.monotonic() - began < 2


def test_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening
        with pytest.raises(ServerFailed, match="is the server running") as caught:
            ask(client(f"http://127.0.0.1:{taken.getsockname()[1]}/v1"))
    assert caught.value.kind == "unreachable"


def test_another_thread_cancels() -> None:
    with ChatScript(lambda call: server.stall()) as server:
        made = client(server.url, Patience(seconds=30, silence=30))
        threading.Timer(0.3, made.cancel).start()
        began = time.monotonic()
        with pytest.raises(ServerFailed, match="was stopped") as caught:
            ask(made)
        assert caught.value.kind == "cancelled"
        assert time.monotonic() - began < 2


def test_closing_the_connection_reaches_the_server() -> None:
    """A cancelled call stops costing: the server's next write fails."""
    broken = threading.Event()

    def behave(call: Call) -> None:
        call.begin()
        try:
            while not server.closed.wait(0.02):
                call.stream.write(b": still here\n\n")
        except OSError:
            broken.set()

    with ChatScript(behave) as server:
        made = client(server.url, Patience(seconds=30, silence=30))
        threading.Timer(0.3, made.cancel).start()
        with pytest.raises(ServerFailed):
            ask(made)
        assert broken.wait(5)


FAULTS: tuple[Callable[[Call], None], ...] = (
    error(429), error(500), lambda c: None, lambda c: c.raw(HALF), lambda c: c.send(200, b'{"choices": [{'),
    lambda c: c.raw(b"nonsense\r\n\r\n"), lambda c: (c.begin(), c.piece("no"), None)[2], lambda c: time.sleep(1.0),
)  # fmt: skip


def test_thirty_at_once() -> None:
    """Of 30 requests a third meets no fault, a third one that heals, a third one that stays: none is mixed up."""

    def behave(call: Call) -> None:
        number = int(call.text.split("-")[1])
        fault = FAULTS[number % len(FAULTS)]
        if number % 3 == 2 or (number % 3 == 1 and call.n == 1):
            fault(call)
        elif number % 2:
            call.stream_text(f"echo {call.text}")
        else:
            call.say(f"echo {call.text}")

    def one(number: int) -> tuple[int, str, float]:
        began = time.monotonic()
        try:
            said = ask(made, f"request-{number}-end")
        except ServerFailed as failure:
            said = f"{failure.kind}: {failure}"
        return number, said, time.monotonic() - began

    with ChatScript(behave) as server:
        made = client(server.url, Patience(seconds=10, connect=5, silence=0.8, tries=2))
        began = time.monotonic()
        with ThreadPoolExecutor(30) as pool:
            results = list(pool.map(one, range(30)))
        assert time.monotonic() - began < 15
        assert len(server.calls) == 10 + 20 + 20
    for number, said, seconds in results:
        assert seconds < 10
        if number % 3 == 2:
            kind, _, message = said.partition(": ")
            assert kind in ("busy", "broken", "dropped", "nonsense", "timeout")
            assert message.startswith(server.url)
            assert "request-" not in message
        else:
            assert said == f"echo request-{number}-end"


def test_the_key_goes_into_one_header_and_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", KEY + "\n")
    with ChatScript(error(401, f"Incorrect API key provided: {KEY}")) as server:
        made = client(server.url)
        with pytest.raises(ServerFailed) as caught:
            ask(made)
        assert server.calls[0].headers["authorization"] == f"Bearer {KEY}"
        assert KEY not in str(server.calls[0].body)
        assert "key provided: ***" in str(caught.value)
        assert KEY not in str(caught.value) + repr(vars(made))


def test_without_a_key_there_is_no_header() -> None:
    with ChatScript(lambda call: call.say("hi")) as server:
        ask(client(server.url))
        assert "authorization" not in server.calls[0].headers


def test_a_key_that_no_header_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_KEY", "ключ")
    with ChatScript(lambda call: call.say("hi")) as server:
        with pytest.raises(ServerFailed, match="a header cannot hold") as caught:
            ask(client(server.url))
        assert "ключ" not in str(caught.value)
        assert server.calls == []


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")
    with ChatScript(lambda call: call.say("hi")) as server:
        assert ask(client(server.url)) == "hi"


def test_a_message_is_one_printable_line() -> None:
    loud = b"\x1b[31mred\nand\x07 loud" + b"x" * 9999
    with ChatScript(lambda c: c.send(400, loud, "text/plain")) as server, pytest.raises(ServerFailed) as caught:
        ask(client(server.url))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 600


def test_the_only_model_is_found_once() -> None:
    with ChatScript(lambda call: call.say("hi")) as server:
        made = ChatClient(server.url, patience=QUICK)
        assert (ask(made), ask(made), made.model) == ("hi", "hi", "scripted")
        assert [call.path for call in server.calls].count("/v1/models") == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8000",
        "ftp://host/v1",
        "http://",
        "http://user:secret@host/v1",
        "http://host/v1?key=secret",
        "http://[x/",
    ],
)
def test_a_base_url_that_cannot_be_used(url: str) -> None:
    with pytest.raises(InputError, match="base_url") as caught:
        ChatClient(url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("settings", [{"seconds": 0}, {"silence": -1}, {"connect": float("nan")}, {"tries": 0}])
def test_patience_that_cannot_be_used(settings: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be"):
        Patience(**settings)  # type: ignore[arg-type]
