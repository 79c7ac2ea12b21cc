"""The profile `server`: what a server is asked, what becomes of what it says, and the loop around it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent import Agent
from agent.cli import main
from agent.language.check import check, image_names
from agent.profiles import Models, load_profile
from agent.prompting import FewShotPrompt, Request, TunedPrompt
from agent.server_planner import SCHEMA, ServerPlanner, program_lines
from tests.chat_servers import Call, ChatScript
from tests.fakes import FakeDetector, FakeModels, blank
from tools.adapters.chat_server import ChatClient, Patience
from tools.core import InputError, registered

pytestmark = pytest.mark.sockets
TOOLS = registered()
NAMES = image_names(1)
PATIENCE = Patience(seconds=30, connect=2, silence=10, tries=1)
COUNT = 'answer(count(detect(image, "mug")))'


def planner(url: str, format: str = "json_schema", prompt: Any = None) -> ServerPlanner:
    return ServerPlanner(
        ChatClient(url, model="m", patience=PATIENCE), prompt or FewShotPrompt(TOOLS), TOOLS, format=format
    )


def agent_of(url: str, format: str = "json_schema") -> Agent:
    return Agent(
        planner=planner(url, format),
        models=FakeModels({"detector": FakeDetector({"mug": [(1, 1, 5, 5)]})}),
        trace=False,
    )


SAID: dict[str, tuple[str, list[str]]] = {
    "JSON": (json.dumps({"reason": "It is.", "lines": ["a = 1", "answer(a)"]}), ["# It is.", "a = 1", "answer(a)"]),
    "JSON in a block": ('Here:\n```json\n{"reason": "", "lines": ["answer(a)"]}\n```', ["answer(a)"]),
    "a reason of several lines": ('{"reason": "So\\n it is", "lines": ["answer(a)"]}', ["# So it is", "answer(a)"]),
    "an endless reason": (json.dumps({"reason": "x" * 500, "lines": ["answer(a)"]}), ["# " + "x" * 80, "answer(a)"]),
    "several statements in a line": ('{"lines": ["a = 1\\nanswer(a)"]}', ["a = 1", "answer(a)"]),
    "lines that are none": ('{"lines": [1, null, "answer(a)"]}', ["answer(a)"]),
    "a code block": ("Sure!\n```python\na = 1\nanswer(a)\n```\nDone.", ["a = 1", "answer(a)"]),
    "bare": ("a = 1\n\nanswer(a)\n", ["a = 1", "answer(a)"]),
    "other JSON": ('{"answer": 3}', ['{"answer": 3}']),
    "half JSON": ('{"reason": "x", "lines": ["answer(', ['{"reason": "x", "lines": ["answer(']),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize(("text", "lines"), SAID.values(), ids=SAID.keys())
def test_the_program_in_an_answer(text: str, lines: list[str]) -> None:
    assert program_lines(text) == lines


def test_what_the_server_is_asked() -> None:
    said = json.dumps({"reason": "Counts the mugs.", "lines": [COUNT]})
    with ChatScript(lambda call: call.stream_text(said)) as server:
        plan = planner(server.url).plan(Request("How many mugs?", NAMES))
        assert plan.text == f"# Counts the mugs.\n{COUNT}\n"
        body = server.calls[0].body
    assert body["response_format"]["json_schema"]["schema"] == SCHEMA
    assert body["max_tokens"] == 640
    system, user = body["messages"]
    assert '"lines": [' in system["content"]
    assert "How many mugs?" in user["content"]
    # Every string and array of the schema is bounded, so that a weak model ends.
    assert all(
        ("maxLength" in p) or ("maxItems" in p and "maxLength" in p["items"]) for p in SCHEMA["properties"].values()
    )


def test_a_server_that_ignores_the_schema_is_repaired() -> None:
    answers = ["I think there are three mugs.", "```\nanswer(cuont(detect(image, 'mug')))\n```", f"```\n{COUNT}\n```"]
    with ChatScript(lambda call: call.say(answers[len(server.calls) - 1])) as server:
        result = agent_of(server.url).ask(blank(40, 40), "How many mugs?")
        assert (result.status, result.answer, result.replans) == ("answered", "1", 2)
        again = server.calls[2].body["messages"][-1]["content"]
    assert "cuont" in again
    assert "count" in again


def test_a_server_that_never_learns_ends_failed() -> None:
    with ChatScript(lambda call: call.say("no idea")) as server:
        result = agent_of(server.url).ask(blank(40, 40), "How many mugs?")
        assert (result.status, result.reason, len(server.calls)) == ("failed", "invalid_program", 3)


def test_kept_statements_stay_and_are_not_written_twice() -> None:
    said = json.dumps({"reason": "r", "lines": ['mugs = detect(image, "mug")', "answer(count(mugs))"]})
    with ChatScript(lambda call: call.say(said)) as server:
        kept = ('mugs = detect(image, "mug")',)
        request = Request("How many?", NAMES | {"mugs": "Regions"}, kept=kept, message="m", failed="x")
        assert planner(server.url).plan(request).text == 'mugs = detect(image, "mug")\nanswer(count(mugs))\n'
        assert kept[0] in server.calls[0].body["messages"][-1]["content"]


def test_an_edit_says_so() -> None:
    with ChatScript(lambda call: call.say('{"reason": "", "lines": ["answer(grayscale(image))"]}')) as server:
        planner(server.url).plan(Request("Make it gray", NAMES, answers=("Image",)))
        assert "the program ends with answer(...) of a picture" in server.calls[0].body["messages"][-1]["content"]


def test_a_server_that_fails_is_one_clear_result() -> None:
    with ChatScript(lambda call: call.send(503, b'{"error": {"message": "loading"}}')) as server:
        result = agent_of(server.url).ask(blank(40, 40), "How many mugs?")
        assert (result.status, result.reason) == ("failed", "server")
        assert result.answer == f"{server.url} answered 503: loading"


def test_a_format_that_does_not_exist() -> None:
    with pytest.raises(InputError, match=r"planner\.format must be one of json_schema"):
        planner("http://127.0.0.1:1/v1", "yaml")


def test_the_packaged_profile_loads_without_a_server() -> None:
    agent = Agent("server")
    assert isinstance(agent.planner, ServerPlanner)
    assert agent.planner.client.base_url == "http://127.0.0.1:8000/v1"


def test_doctor_names_the_model_that_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with ChatScript(lambda call: call.say("hi")) as server:
        settings = [f"--set={role}.base_url={server.url}" for role in ("planner", "vlm")]
        main(["doctor", "--profile", "server", *settings])
        assert f"ok       planner: openai_server, scripted at {server.url}" in capsys.readouterr().out
    main(["doctor", "--profile", "server", *settings])
    assert f"missing  planner: {server.url} cannot be reached" in capsys.readouterr().out


def test_no_key_in_traces_events_or_messages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EYESHOT_API_KEY", "sk-secret-in-a-variable")

    def behave(call: Call) -> None:
        if call.headers["authorization"] == "Bearer sk-secret-in-a-variable":
            call.send(403, b'{"error": {"message": "not for sk-secret-in-a-variable"}}')

    with ChatScript(behave) as server:
        profile = load_profile("server", [f"planner.base_url={server.url}"])
        agent = Agent("server", [f"planner.base_url={server.url}"], traces=tmp_path)
        result = agent.ask(blank(40, 40), "How many mugs?")
    assert "answered 403: not for ***" in result.answer
    assert "sk-secret" not in repr(profile) + Models(profile).fingerprint("planner")
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"not for ***" in written
    assert b"sk-secret" not in written


# The same against a real local server: the embedded language weights behind bench.serve.


@pytest.fixture(scope="module")
def model(assembled: Path) -> Any:
    from tools.adapters import language

    return language.load(str(next((assembled / "models").glob("planner-*[0-9a-f]"))), precision="fp32")


def serving(model: Any, ignore: bool) -> Iterator[str]:
    from bench.serve import Writer, server

    running = server(Writer(model, ignore))
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_address[1]}/v1"
    running.shutdown()
    running.server_close()


@pytest.fixture(scope="module")
def holding(model: Any) -> Iterator[str]:
    yield from serving(model, ignore=False)


@pytest.fixture(scope="module")
def ignoring(model: Any) -> Iterator[str]:
    yield from serving(model, ignore=True)


@pytest.mark.parametrize(
    ("format", "question"),
    [("lark", "Blur all faces except the largest"), ("llguidance", "What is the total?")],
)
def test_real_weights_under_a_grammar_write_what_they_write_at_home(
    format: str, question: str, holding: str, model: Any
) -> None:
    from agent.planner import GrammarPlanner

    made = planner(holding, format, TunedPrompt()).plan(Request(question, NAMES))
    check(made.text, TOOLS, NAMES)
    assert made.text == GrammarPlanner(model, TunedPrompt(), TOOLS).plan(Request(question, NAMES)).text


def test_real_weights_under_the_schema_write_bounded_json(holding: str) -> None:
    """Programs are not what these weights write in JSON; that it is JSON within its bounds is the server's doing."""
    client = ChatClient(holding, model="m", patience=PATIENCE)
    named = {"name": "program", "strict": True, "schema": SCHEMA}
    fields = {"response_format": {"type": "json_schema", "json_schema": named}}
    said = client.chat([{"role": "user", "content": "Count the mugs. Answer in JSON."}], max_tokens=60, fields=fields)
    assert said.finish == "length" or set(json.loads(said.text)) == {"reason", "lines"}
    assert said.text.startswith('{"reason":"')


def test_real_weights_on_a_server_that_ignores_the_format_answer_all_the_same(ignoring: str, own_home: Path) -> None:
    settings = [
        f"planner.base_url={ignoring}",
        "planner.prompt=tuned",
        "planner.format=json_schema",
        "planner.max_tokens=120",
    ]
    receipt = Path(__file__).parents[2] / "examples" / "receipt.png"
    result = Agent("server", settings, trace=False).ask(receipt, "What is the total?")
    assert (result.status, result.answer) == ("answered", "$38.61")


def test_a_question_through_the_real_server(holding: str, capsys: pytest.CaptureFixture[str]) -> None:
    receipt = str(Path(__file__).parents[2] / "examples" / "receipt.png")
    settings = [f"--set=planner.base_url={holding}", "--set=planner.prompt=tuned", "--set=planner.format=lark"]
    assert main(["ask", receipt, "What is the total?", "--profile", "server", "--no-trace", *settings]) == 0
    assert capsys.readouterr().out.startswith("$38.61\n")
