"""Looking through a server: what the picture travels as, choices, and what is made of the answers."""

from __future__ import annotations

import base64
import io
import json
import math
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.chat_servers import ChatScript
from tests.fakes import FakeModels
from tools.adapters.openai_server import OpenAIServer, chosen_of, load, without_thoughts
from tools.core import Context, InputError, ServerFailed, registered
from tools.types import Image

pytestmark = pytest.mark.sockets


def served(url: str, **options: object) -> OpenAIServer:
    return load(url, model="m", seconds=10, silence=5, tries=1, **options)  # type: ignore[arg-type]


def halves(width: int = 200, height: int = 100) -> Image:
    """Red at the left, blue at the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = pixels[:, width // 2 :, 2] = 255
    return Image.from_pixels(pixels)


def sent(server: ChatScript) -> Pillow.Image:
    url = server.calls[-1].body["messages"][0]["content"][0]["image_url"]["url"]
    kind, _, data = url.partition(";base64,")
    assert kind == "data:image/jpeg"
    return Pillow.open(io.BytesIO(base64.b64decode(data)))


def test_look_asks_about_the_region_and_nothing_else() -> None:
    with ChatScript(lambda call: call.stream_text(" Blue. \n")) as server:
        ctx = Context(FakeModels({"vlm": served(server.url)}))
        image = halves()
        ctx.register(image)
        region = image.whole()
        tool = registered()["look"].function
        assert tool(ctx, image, "What color is it?") == "Blue."
        assert sent(server).size == (200, 100)
        assert tool(ctx, _right(region), "What color is it?") == "Blue."
        assert sent(server).size == (100, 100)
        assert np.abs(np.asarray(sent(server)).astype(int).mean((0, 1)) - [0, 0, 255]).max() < 3
        assert server.calls[-1].text.startswith("What color is it?")


def _right(region: object) -> object:
    from dataclasses import replace

    return replace(region, box=(100.0, 0.0, 200.0, 100.0))  # type: ignore[type-var]


def test_large_pictures_are_reduced() -> None:
    with ChatScript(lambda call: call.say("x")) as server:
        served(server.url, max_side=64).answer(halves(), "What?")
        assert sent(server).size == (64, 32)


CHOICES = ("1", "2", "12", "front door")
CHOSEN = {
    "JSON": ('{"choice": "12"}', "12"),
    "a number in JSON": ('{"choice": 2}', "2"),
    "bare": ("2", "2"),
    "in quotes": ('"12".', "12"),
    "in a sentence": ("It is number 12, I think.", "12"),
    "words": ("The Front Door.", "front door"),
    "several": ("1 or 2", None),
    "none": ("a cat", None),
    "part of another": ("123", None),
    "other JSON": ('{"answer": 1, "b": 2}', None),
    "nothing": ("", None),
}


@pytest.mark.parametrize(("text", "choice"), CHOSEN.values(), ids=CHOSEN.keys())
def test_the_choice_in_an_answer(text: str, choice: str | None) -> None:
    assert chosen_of(text, CHOICES) == choice


@pytest.mark.parametrize("schema", [True, False])
def test_choices_are_a_schema_where_the_server_takes_one(schema: bool) -> None:
    with ChatScript(lambda call: call.say('{"choice": "two"}')) as server:
        chosen, probability = served(server.url, schema=schema).choose(halves(), "How many?", ["one", "two"])
        body = server.calls[0].body
    assert chosen == "two"
    assert math.isnan(probability)
    assert ("response_format" in body) is schema
    assert not schema or body["response_format"]["json_schema"]["schema"]["properties"]["choice"]["enum"] == [
        "one",
        "two",
    ]


def test_a_choice_that_was_not_given_is_an_error() -> None:
    none = pytest.raises(ServerFailed, match="chose none of the 2 choices")
    with ChatScript(lambda call: call.say("three")) as server, none:
        served(server.url).choose(halves(), "How many?", ["one", "two"])


@pytest.mark.parametrize(
    ("text", "said"),
    [("<think>Hm.\n</think>\n\n3", "3"), ("3", "3"), ("<think>never ends", ""), ("2 <think>", "2 <think>")],
)
def test_thinking_aloud_is_left_out(text: str, said: str) -> None:
    assert without_thoughts(text) == said


@pytest.mark.parametrize(("names", "good"), [(["m"], True), (["other"], False), ([], False)])
def test_ready_says_whether_the_model_is_there(names: Sequence[str], good: bool) -> None:
    listed = json.dumps({"data": [{"id": n} for n in names]}).encode()
    with ChatScript(lambda call: None) as server:
        server.listed = listed
        if good:
            assert served(server.url).ready() == "m"
        else:
            with pytest.raises(InputError, match="has no model 'm'"):
                served(server.url).ready()


def test_more_fields_of_the_profile_are_sent() -> None:
    with ChatScript(lambda call: call.say("x")) as server:
        served(server.url, extra={"chat_template_kwargs": {"enable_thinking": False}}).answer(halves(), "What?")
        assert server.calls[0].body["chat_template_kwargs"] == {"enable_thinking": False}


def test_a_max_side_that_shows_nothing() -> None:
    with pytest.raises(InputError, match="at least 28"):
        load("http://127.0.0.1:1/v1", max_side=1)
