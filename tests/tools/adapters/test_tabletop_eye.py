"""The embedded VLM's eye: what it is shown of a picture, and what it may say."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tools.adapters.tabletop_eye import MOST_TILES, TabletopEye, opening, place, shown, tiles
from tools.core import NotReady
from tools.types import Box, Image, Region

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


class Scripted(TabletopEye):
    """An eye whose model is a script: it keeps its prompts' tiles and chooses the last choice."""

    def __init__(self, boxes: Sequence[Box], foreign: bool = False) -> None:
        self.seen: list[tuple[list[Any], str]] = []
        self._keep = 0.5
        self._detector = SimpleNamespace(encode=self._encode, find=self._find)  # type: ignore[assignment]
        self._found, self._foreign = boxes, foreign

    def _encode(self, image: Image) -> None:
        if self._foreign:
            raise NotReady("detector", "unlike all", "")

    def _find(self, image: Image, encoding: None, phrase: str) -> list[Region]:
        assert phrase == "object"
        return [Region(b, image.frame, score=0.9 - 0.01 * i) for i, b in enumerate(self._found)] + [
            Region((0.0, 0.0, 9.0, 9.0), image.frame, score=0.2)
        ]

    def _shown(self, seen: Any, question: str) -> Any:
        self.seen.append((list(seen), question))
        return len(self.seen)

    def _chosen(self, inputs: Any, choices: Sequence[str], space: str) -> tuple[str, float]:
        assert space == ""
        return choices[-1], 0.9

    def _written(self, inputs: Any) -> str:
        return "red"


def test_objects_are_shown_from_left_to_right_and_unsure_ones_not() -> None:
    eye = Scripted([BOXES[2], BOXES[0]])
    assert eye.answer(PICTURE, "Describe this picture.") == "red"
    ((seen, question),) = eye.seen
    assert [t.place[0] for t in seen] == [15, 92]
    assert question == "Describe this picture."


def test_the_surest_objects_are_shown_where_there_are_too_many() -> None:
    many: list[Box] = [(10.0 * i, 10.0, 10.0 * i + 8, 18.0) for i in range(MOST_TILES + 5)]
    eye = Scripted(many)
    eye.answer(PICTURE, "?")
    places = [t.place[0] for t in eye.seen[0][0]]
    assert len(places) == MOST_TILES
    assert places == sorted(places)
    assert places[-1] == place(many[MOST_TILES - 1], 400, 200)[0]


def test_a_region_is_chosen_among_those_given_in_their_own_order() -> None:
    eye = Scripted([])
    regions = [Region(b, PICTURE.frame) for b in (BOXES[2], BOXES[0], BOXES[1])]
    assert eye.choose_region(PICTURE, regions, "the red one") == 0  # the last tile is the rightmost, which came first
    assert eye.seen[0][1] == "Which number is the red one?"
    assert len(eye.seen[0][0]) == 3


def test_one_region_is_asked_about_with_its_place() -> None:
    eye = Scripted(BOXES)
    assert eye.answer_region(PICTURE, Region(BOXES[1], PICTURE.frame), "What color is it?") == "red"
    assert [t.place for t in eye.seen[0][0]] == [(58, 25, 15)]


def test_a_picture_of_another_world_is_never_looked_at() -> None:
    eye, region = Scripted(BOXES, foreign=True), Region(BOXES[0], PICTURE.frame)
    for ask in (
        lambda: eye.answer(PICTURE, "?"),
        lambda: eye.choose(PICTURE, "?", ["a"]),
        lambda: eye.answer_region(PICTURE, region, "?"),
        lambda: eye.choose_region(PICTURE, [region], "it"),
    ):
        with pytest.raises(NotReady, match="unlike all"):
            ask()
    assert eye.seen == []


def test_choices_are_needed() -> None:
    with pytest.raises(ValueError, match="at least one choice"):
        Scripted(BOXES).choose(PICTURE, "?", [])
