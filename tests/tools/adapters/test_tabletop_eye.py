"""The embedded VLM's eye: what it is shown of a picture, and what it may say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
import torch
from llguidance.hf import from_tokenizer

from agent.embedded import load_tokenizer, wheel_gguf
from tools.adapters.scene_description import GrammarLogitsProcessor
from tools.adapters.scored import Scored
from tools.adapters.tabletop_eye import (
    MOST_TILES,
    TabletopEye,
    Tile,
    opening,
    place,
    shown,
    tiles,
)
from tools.core import NotReady
from tools.types import Box, Floats, Image, Region

PICTURE = Image.from_pixels(np.random.default_rng(1).integers(0, 255, (200, 400, 3), dtype=np.uint8))
BOXES: list[Box] = [(40.0, 50.0, 80.0, 90.0), (200.0, 20.0, 260.0, 80.0), (340.0, 100.0, 400.0, 160.0)]


def test_a_tile_shows_an_object_and_its_surroundings_and_says_where() -> None:
    first, second, last = tiles(PICTURE, BOXES)
    assert (first.crop.width, first.crop.height) == (56, 56)
    assert (first.crop.pixels == PICTURE.pixels[42:98, 32:88]).all()
    assert first.place == (15, 35, 10)
    assert second.place == (58, 25, 15)
    assert last.crop.width == 72  # clipped at the picture's right side


def test_one_large_thing_or_nothing_is_the_picture_itself() -> None:
    (whole,) = tiles(PICTURE, [])
    assert (whole.crop, whole.place) == (PICTURE, None)
    (large,) = tiles(PICTURE, [(20.0, 10.0, 380.0, 190.0)])
    assert (large.crop, large.place) == (PICTURE, None)
    (small,) = tiles(PICTURE, BOXES[:1])
    assert small.place == place(BOXES[0], 400, 200)


def test_the_prompt_numbers_the_tiles() -> None:
    assert shown([(15, 35, 10), (58, 25, 15)], "##") == "1: 15 35 10 ##\n2: 58 25 15 ##\n"
    assert shown([None], "##") == "##\n"
    assert opening([None], "#", "What is it?") == (
        "<|im_start|>user\n#\nWhat is it?<|im_end|>\n<|im_start|>assistant\n"
    )


class Script:
    """Plays the detector and the speaker: it keeps what was shown, says red, and chooses the last choice."""

    def __init__(self, boxes: Sequence[Box], foreign: bool = False) -> None:
        self.seen: list[tuple[list[Tile], str]] = []
        self.matched: list[tuple[int, list[str]]] = []
        self.grammars: list[str | None] = []
        self.named = dict[str, float]()
        self.second = None
        self.boxes, self.foreign, self.loaded = boxes, foreign, 0

    @property
    def eye(self) -> TabletopEye:
        return TabletopEye(self.load, lambda: self, self, least=0.5)  # type: ignore[arg-type,return-value]

    def load(self) -> Script:
        self.loaded += 1
        return self

    def encode(self, image: Image) -> None:
        if self.foreign:
            raise NotReady("detector", "unlike all", "")

    def find(self, image: Image, encoding: None, phrase: str) -> list[Region]:
        assert phrase == "object"
        return [Region(b, image.frame, score=0.9 - 0.01 * i) for i, b in enumerate(self.boxes)] + [
            Region((0.0, 0.0, 9.0, 9.0), image.frame, score=0.2)
        ]

    def match(self, image: Image, regions: Sequence[Region], phrases: Sequence[str]) -> Floats:
        """The leftmost region fits best."""
        self.matched.append((len(regions), list(phrases)))
        return np.array([[1 - r.box[0] / image.width] for r in regions], np.float32)

    def scored(self, image: Image, encoding: None, phrases: Sequence[str]) -> list[Scored]:
        """Every object is `named`, each word with the score it has there, others with none."""
        boxes = np.array(self.boxes, np.float32)
        return [
            Scored(boxes, np.full(len(boxes), self.named.get(p.removesuffix(" object"), 0.0), np.float32), len(boxes))
            for p in phrases
        ]

    def say(self, seen: Sequence[Tile], question: str, grammar: str | None = None) -> str:
        self.seen.append((list(seen), question))
        self.grammars.append(grammar)
        return "red"

    def select(self, seen: Sequence[Tile], question: str, choices: Sequence[str]) -> tuple[str, float]:
        self.seen.append((list(seen), question))
        return choices[-1], 0.9


def places(seen: Sequence[Tile]) -> list[int]:
    return [t.place[0] for t in seen if t.place is not None]


def test_objects_are_shown_from_left_to_right_and_unsure_ones_not() -> None:
    script = Script([BOXES[2], BOXES[0]])
    assert script.eye.answer(PICTURE, "Describe this picture.") == "red"
    ((seen, question),) = script.seen
    assert places(seen) == [15, 92]
    assert question == "Describe this picture."


@pytest.mark.parametrize(
    "question",
    [
        "Describe this picture.",
        "describe what you see, please",
        "What is in this picture?",
        "what's in the photo",
        "What do you see?",
        "What does the picture show?",
        "What is there?",
        "What things are in it?",
    ],
)
def test_a_description_is_given_where_one_is_asked_for(question: str) -> None:
    assert Script(BOXES).eye.answer(PICTURE, question) == "red"


def test_a_description_is_held_to_what_the_naming_leaves() -> None:
    script = Script(BOXES[:2])
    script.named = {"small": 0.9, "red": 0.8, "blue": 0.5, "metal": 0.9, "rubber": 0.2, "cube": 0.9}
    script.eye.answer(PICTURE, "Describe this picture.")
    thing = '(" small") (" red"|" blue") (" metal") (" cube")'
    assert script.grammars == [f'start: "There are two objects: a" {thing}  " and a" {thing} "."']


def test_a_description_that_the_naming_settles_needs_no_model() -> None:
    script = Script(BOXES)
    script.named = {"large": 0.9, "cyan": 0.8, "rubber": 0.9, "sphere": 0.9}
    thing = "a large cyan rubber sphere"
    assert script.eye.answer(PICTURE, "What do you see?") == f"There are three objects: {thing}, {thing} and {thing}."
    assert (script.seen, script.loaded) == ([], 0)


def test_under_a_grammar_nothing_else_is_written() -> None:
    tokenizer = load_tokenizer(wheel_gguf())
    vocabulary = from_tokenizer(tokenizer, n_vocab=len(tokenizer))
    held = GrammarLogitsProcessor(vocabulary, 'start: "It is " ("red"|"blue") "."', tokenizer.eos_token_id)
    written, scores = [7, 8], torch.zeros(1, len(tokenizer))  # a prompt of two tokens
    scores[0, tokenizer.encode("blue")[0]] = 1
    scores[0, tokenizer.encode(" blue")[0]] = 1
    while written[-1] != tokenizer.eos_token_id:
        written.append(int(held(torch.tensor([written]), scores).argmax()))
    assert tokenizer.decode(written[2:-1]) == "It is blue."


def test_the_surest_objects_are_shown_where_there_are_too_many() -> None:
    many: list[Box] = [(10.0 * i, 10.0, 10.0 * i + 8, 18.0) for i in range(MOST_TILES + 5)]
    script = Script(many)
    script.eye.answer(PICTURE, "What do you see?")
    assert '"There are more than twelve objects, among them a"' in (script.grammars[0] or "")
    shown_at = places(script.seen[0][0])
    assert len(shown_at) == MOST_TILES
    assert shown_at == sorted(shown_at)
    assert shown_at[-1] == place(many[MOST_TILES - 1], 400, 200)[0]


def test_the_region_that_the_image_text_model_finds_likest_is_chosen() -> None:
    script = Script([])
    regions = [Region(b, PICTURE.frame) for b in (BOXES[2], BOXES[0], BOXES[1])]
    assert script.eye.choose_region(PICTURE, regions, "the small red one") == 1
    assert script.matched == [(3, ["small red object"])]


def test_one_region_is_asked_about_with_its_place() -> None:
    script = Script(BOXES)
    assert script.eye.answer_region(PICTURE, Region(BOXES[1], PICTURE.frame), "What color is it?") == "red"
    assert [t.place for t in script.seen[0][0]] == [(58, 25, 15)]


def test_a_picture_of_another_world_is_never_looked_at_and_loads_nothing() -> None:
    script, region = Script(BOXES, foreign=True), Region(BOXES[0], PICTURE.frame)
    eye = script.eye
    for ask in (
        lambda: eye.answer(PICTURE, "What do you see?"),
        lambda: eye.choose(PICTURE, "?", ["a"]),
        lambda: eye.answer_region(PICTURE, region, "?"),
        lambda: eye.choose_region(PICTURE, [region], "it"),
    ):
        with pytest.raises(NotReady, match="unlike all"):
            ask()
    assert script.seen == []
    assert script.loaded == 0


def test_the_model_is_loaded_once() -> None:
    script = Script(BOXES)
    eye = script.eye
    assert [eye.answer(PICTURE, "What do you see?"), eye.choose(PICTURE, "?", ["a", "b"])[0]] == ["red", "b"]
    assert script.loaded == 1


@pytest.mark.parametrize(
    "question",
    [
        "How many cubes are there?",
        "is there a red cube",
        "What color is the large cube?",
        "How many cubes are in the picture?",
        "Is there a red cube in this picture?",
        "What color is the cube in this image?",
        "What is there left of the cube in the photo?",
    ],
)
def test_what_it_does_badly_is_declined(question: str) -> None:
    script = Script(BOXES)
    with pytest.raises(NotReady, match=r"only describes pictures of several things \(ask so"):
        script.eye.answer(PICTURE, question)
    assert script.seen == []
    assert script.eye.answer_region(PICTURE, Region(BOXES[0], PICTURE.frame), question) == "red"


def test_choices_are_needed() -> None:
    with pytest.raises(ValueError, match="at least one choice"):
        Script(BOXES).eye.choose(PICTURE, "?", [])
