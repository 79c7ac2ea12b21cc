"""Pictures of other worlds: what is made, and how what the agent says of them is judged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from agent import Agent
from agent.planner import Plan
from agent.prompting import Request
from bench.outside_pictures import drawings, noise, of_folder, outside, plain
from bench.tabletop_outside import OWN, Remembering, Seen, look, read, report, slips
from bench.varied import varied
from tests.fakes import FakeDetector, FakeModels, FakePlanner, FakeReader
from tools.core import NotReady
from tools.types import Image

GRAY = np.full((60, 80, 3), 128, np.uint8)
NOISE = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
COUNT = 'answer(count(detect(image, "object")))\n'


class Strange(FakeDetector):
    """A detector of another world."""

    def encode(self, image: Image) -> str:
        raise NotReady("detector", "unlike all", "")


def test_sixty_pictures_and_each_its_own() -> None:
    made = list(outside())
    assert len(made) >= 60
    assert len({name for _, name, _ in made}) == len({Image.from_pixels(p.copy()).id for _, _, p in made}) == len(made)
    assert {kind for kind, _, _ in made} == {"photograph", "document", "drawing", "noise", "plain"}
    for _, name, pixels in made:
        assert (pixels.dtype, pixels.ndim, pixels.shape[2]) == (np.uint8, 3, 3), name
        assert min(pixels.shape[:2]) >= 60, name


def test_the_same_pictures_again() -> None:
    for source in (drawings, noise, plain):
        for (name, one), (_, two) in zip(source(), source(), strict=True):
            assert (one == two).all(), name


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    Pillow.fromarray(GRAY).resize((2000, 900)).save(tmp_path / "b.png")
    (tmp_path / "a.txt").write_text("no picture")
    assert [(name, pixels.shape[1]) for name, pixels in of_folder(tmp_path)] == [("b.png", 1024)]


def test_worse_pictures_of_a_scene() -> None:
    scene = np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)
    assert varied(scene, 3).shape == scene.shape
    assert (varied(scene, 3) == varied(scene, 3)).all()
    assert (varied(scene, 3) != varied(scene, 4)).any()


def agent(detector: FakeDetector, *settings: str) -> Agent:
    models = FakeModels({"detector": detector, "reader": FakeReader([(5, 5, "total 5")])})
    blur = 'answer(blur(image, detect(image, "object")))\n'
    programs = {"What does it say?": "answer(read_text(image))\n", "Blur the red ball.": blur}

    class Scripted:
        reads_messages = False

        def plan(self, request: Request) -> Plan:
            return Plan(programs.get(request.text, COUNT), 0.9)

    fit = ["detector.evidence=[1.0, -1.0, -1.0]", "planner.scenes=[2.0, 1.0]", *settings]
    return Agent(planner=Scripted(), models=models, settings=fit, trace=False, cache=False)


def test_declined_hedged_and_sure() -> None:
    found = FakeDetector({"object": [((5, 5, 20, 20), 0.9)]})
    declined = look(agent(Strange({})), "document", "page", GRAY)
    hedged = look(agent(found, "detector.hedge=0.99"), "drawing", "one", NOISE)
    sure = look(agent(found), "drawing", "two", NOISE)
    own = look(agent(Strange({})), OWN, "scene", GRAY)
    assert set(declined.ends.values()) == {"declined", "sure"}
    assert (declined.ends["read"], slips(declined)) == ("sure", [])
    assert (set(hedged.ends.values()), slips(hedged)) == ({"hedged"}, [])
    assert slips(sure) == list(sure.ends)
    lines = "\n".join(report([declined, hedged, sure, own]))
    assert "| document | 1 | 100.0 |" in lines
    assert "| drawing | 2 | 50.0 |" in lines
    assert "slips through: two: count: '1'" in lines
    assert "of 1 pages, read: 1" in lines
    assert "of 1 held-out scenes, taken for another world: 1; of 0 answers about them, hedged: 0" in lines


def test_a_question_is_planned_once() -> None:
    planner = FakePlanner(COUNT, COUNT)
    memory = Remembering(planner)
    for _ in range(3):
        assert memory.plan(Request("How many?", {"image": "Image"})).text == COUNT
    assert len(planner.requests) == 1


def test_kept_lines_are_read(tmp_path: Path) -> None:
    assert read(tmp_path / "none.jsonl") == {}
    path = tmp_path / "r.jsonl"
    path.write_text('{"kind": "plain", "name": "a", "ends": {"count": "sure"}, "said": {"count": "0"}}\n')
    assert read(path) == {("plain", "a"): Seen("plain", "a", {"count": "sure"}, {"count": "0"})}
