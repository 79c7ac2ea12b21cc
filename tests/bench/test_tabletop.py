"""The tabletop evaluation: its questions mean what they say, and its judge tells what failed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pillow

from agent import Agent
from agent.language.check import check, image_names
from bench.tabletop_eval import Asked, Judge, ask, table
from bench.tabletop_page import write
from bench.tabletop_questions import FAMILIES, Question, questions
from bench.tabletop_world import Truth, oracles, value_of
from tests.fakes import FakeDepth, FakeDetector, FakeMatcher, FakeModels, FakePlanner
from tools.core import registered
from tools.types import Image

SCENE = Path(__file__).parents[1] / "data" / "tabletop" / "020001"
GRAPH: dict[str, Any] = json.loads(SCENE.with_suffix(".json").read_text())
TRUTH = Truth.of(Image.from_pixels(np.array(Pillow.open(SCENE.with_suffix(".jpg")))), GRAPH)
COUNT = 'answer(count(detect(image, "cube")))\n'
CUBES = sum(o["shape"] == "cube" for o in GRAPH["objects"])


def test_questions_are_the_same_again_and_valid_and_varied() -> None:
    made = list(questions([TRUTH], 88, seed=4))
    assert [(q.request, q.gold) for q in made] == [(q.request, q.gold) for q in questions([TRUTH], 88, seed=4)]
    assert Counter(q.family for q in made) == dict.fromkeys(FAMILIES, 8)
    assert 0.1 < sum(q.lang == "ko" for q in made) / len(made) < 0.45
    assert len({q.request for q in made}) > 80
    for q in made:
        assert check(q.gold, registered(), image_names(1)).answer_type is not None
        assert any("가" <= c <= "힣" for c in q.request) is (q.lang == "ko"), q.request
        assert "{" not in q.request


@pytest.mark.parametrize("phrase", ["cube", "tiny shiny thing", "big grey object", "red rubber ball", "mug", "objects"])
def test_the_oracle_finds_what_the_scene_graph_names(phrase: str) -> None:
    meant = {"tiny": "small", "big": "large", "shiny": "metal", "grey": "gray", "ball": "sphere"}
    words = [meant.get(w, w) for w in phrase.split() if w not in ("thing", "object", "objects")]
    wanted = [
        o for o in GRAPH["objects"] if all(w in (o["shape"], o["size"], o["material"], o["color"]) for w in words)
    ]
    assert value_of(f'answer(count(detect(image, "{phrase}")))', TRUTH, oracles([TRUTH])) == len(wanted)


def test_the_oracle_relates_as_the_scene_graph_does() -> None:
    left = np.array(GRAPH["directions"]["left"])
    places = [np.array(o["xyz"]) for o in GRAPH["objects"]]
    for i, o in enumerate(GRAPH["objects"]):
        name = " ".join(o[k] for k in ("size", "color", "material", "shape"))
        if len(TRUTH.named(name)) != 1:
            continue
        wanted = sum(float((p - places[i]) @ left) > 0.2 for p in places)
        program = f'answer(count(left_of(detect(image, "object"), only(detect(image, "{name}")))))'
        assert value_of(program, TRUTH, oracles([TRUTH])) == wanted


def judged(program: str, boxes: list[tuple[float, float, float, float]]) -> Asked:
    """`How many cubes are there?`, with a planner that writes `program` and a detector that sees `boxes`."""
    models = FakeModels({"detector": FakeDetector({"cube": boxes}), "matcher": FakeMatcher(), "depth": FakeDepth()})
    agent = Agent(planner=FakePlanner(program), models=models, trace=False, cache=False)
    question = Question("1", GRAPH["scene"], "en", "count", "How many cubes are there?", COUNT, CUBES)
    return ask(agent, Judge([TRUTH], agent), question, gold=False, first=True)


def test_what_failed() -> None:
    true = [tuple(float(v) for v in o["box"]) for o in GRAPH["objects"] if o["shape"] == "cube"]
    right = judged(COUNT, true)
    assert (right.right, right.same_meaning, right.blame) == (True, True, "")
    blind = judged(COUNT, true[1:])
    assert (blind.right, blind.same_meaning, blind.blame) == (False, True, "finding")
    misread = judged('answer(count(detect(image, "sphere")))\n', true)
    assert (misread.right, misread.same_meaning, misread.blame) == (False, False, "planner")
    lucky = judged(f"answer({CUBES})\n", true)
    # on one scene alone a constant cannot be told from counting: it takes others
    assert lucky.right
    declined = judged('cannot("no tool for this")\n', true)
    assert (declined.right, declined.status, declined.blame) == (False, "abstained", "planner")
    printed = "\n".join(table([right, blind, misread, declined]))
    assert "| count | 4 | 25.0 | 25.0 |  | 25.0 | 0.0 | 2 | 0 | 1 | 0 | 0 | 0 |" in printed


def test_a_page_of_what_went_wrong(tmp_path: Path) -> None:
    row = judged(COUNT, [(3, 3, 40, 40)])
    write(tmp_path, [row], {TRUTH.number: TRUTH}, FakeDetector({"cube": [(3, 3, 40, 40)]}))
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "How many cubes are there?" in page and "<b>finding</b>" in page
    with Pillow.open(tmp_path / "000.png") as drawn:
        assert drawn.size == (2 * TRUTH.image.width, 2 * TRUTH.image.height)
