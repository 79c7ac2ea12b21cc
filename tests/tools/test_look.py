"""Looking closer, with scripted models."""

from __future__ import annotations

import pytest

from tests.fakes import FakeMatcher, FakeModels, FakeVlm, blank
from tools.core import Context, NothingThere, ToolError
from tools.look import attribute, classify, describe, look, pick, same_as
from tools.types import Image, Region, Regions

IMAGE = blank(100, 60)
LEFT, RIGHT, MIDDLE = (Region((x, 5, x + 10, 15), IMAGE.frame) for x in (0, 80, 40))


def context_of(**adapters: object) -> Context:
    context = Context(FakeModels(adapters))
    context.register(IMAGE)
    return context


def test_look_at_a_picture_and_at_a_region() -> None:
    vlm = FakeVlm("open")
    context = context_of(vlm=vlm)
    assert look(context, IMAGE, "Is it open?") == "open"
    assert look(context, LEFT, "Is it open?") == "open"
    (whole, question), (part, _) = vlm.asked
    assert (whole, question) == (IMAGE, "Is it open?")
    assert (part.width, part.height, part.frame.root) == (10, 10, IMAGE.frame.root)
    assert describe(context, IMAGE) == "open"


def test_classify() -> None:
    matcher = FakeMatcher(lambda region, phrase: {"day": 0.2, "night": 0.7}[phrase])
    context = context_of(matcher=matcher)
    assert classify(context, IMAGE, ("day", "night")) == "night"
    assert classify(context, LEFT, ("night", "day")) == "night"
    assert [r.box for _, r in matcher.seen] == [(0, 0, 100, 60), LEFT.box]
    with pytest.raises(ToolError, match="at least one label"):
        classify(context, IMAGE, ())


def test_attribute_and_same_as() -> None:
    context = context_of(matcher=FakeMatcher(attribute=lambda r, a: f"{a}{int(r.box[0] >= 40)}"))
    assert attribute(context, LEFT, "color") == "color0"
    found = same_as(context, Regions((LEFT, MIDDLE, RIGHT), IMAGE.frame, "mug"), RIGHT, "color")
    assert (list(found), found.searched) == ([MIDDLE], "mug")
    under_another_phrase = RIGHT.with_(box=(81, 5, 90, 15), label="red mug")
    assert list(
        same_as(context, Regions((LEFT, MIDDLE, RIGHT), IMAGE.frame, "mug"), under_another_phrase, "color")
    ) == [MIDDLE]


def test_pick() -> None:
    vlm = FakeVlm(pick=1)
    context = context_of(vlm=vlm)
    assert pick(context, IMAGE, Regions((LEFT, MIDDLE), IMAGE.frame), "the one in the middle") is MIDDLE
    marked, question = vlm.asked[0]
    assert question == "Which number is the one in the middle?"
    assert (marked.pixels != IMAGE.pixels).any()
    assert pick(context, IMAGE, Regions((LEFT,), IMAGE.frame), "it") is LEFT
    assert len(vlm.asked) == 1  # of one there is nothing to choose
    with pytest.raises(NothingThere, match="no chair"):
        pick(context, IMAGE, Regions((), IMAGE.frame, "chair"), "it")


class PlacedVlm(FakeVlm):
    """A model that wants picture and regions."""

    def answer_region(self, image: Image, region: Region, question: str) -> str:
        self.asked.append((image, f"{region.box} {question}"))
        return "red"

    def choose_region(self, image: Image, regions: list[Region], description: str) -> int:
        self.asked.append((image, description))
        return max(range(len(regions)), key=lambda i: regions[i].box[0])


def test_a_model_that_wants_places_gets_the_picture_and_the_regions() -> None:
    vlm = PlacedVlm("a table")
    context = context_of(vlm=vlm)
    assert look(context, LEFT, "What color is it?") == "red"
    assert look(context, IMAGE, "What is it?") == "a table"
    assert pick(context, IMAGE, Regions((LEFT, RIGHT, MIDDLE), IMAGE.frame), "the last one") is RIGHT
    assert vlm.asked == [
        (IMAGE, f"{LEFT.box} What color is it?"), (IMAGE, "What is it?"), (IMAGE, "the last one"),
    ]  # fmt: skip
