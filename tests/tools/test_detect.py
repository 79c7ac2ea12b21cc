"""Finding by phrase: who is asked, how often, and what an empty result remembers."""

from __future__ import annotations

import pytest

from tests.fakes import FakeDetector, FakeFaces, FakeMatcher, FakeModels, blank
from tools.core import Context, NotReady
from tools.detect import FACES, detect, look_again, where
from tools.types import Region, Regions

IMAGE = blank(100, 60)
MUGS = {"mug": [(50, 5, 60, 15), (5, 5, 15, 15)]}


def test_detections_of_one_picture_share_its_encoding() -> None:
    model = FakeDetector(MUGS)
    context = Context(FakeModels({"detector": model}))
    found = detect(context, IMAGE, "mug")
    assert [r.box[0] for r in found] == [5, 50]  # in reading order
    assert found.searched == "mug"
    none = detect(context, IMAGE, "cup")
    assert (len(none), none.searched, none.frame) == (0, "cup", IMAGE.frame)
    assert model.encodes == 1
    detect(context, blank(100, 61), "mug")
    assert model.encodes == 2


def test_what_was_nearly_kept_is_remembered() -> None:
    script = {"mug": [((50, 5, 60, 15), 0.6), ((5, 5, 15, 15), 0.2), ((70, 5, 80, 15), 0.1)], "cup": []}
    matcher = FakeMatcher(lambda region, phrase: 0.4)
    models = {"detector": FakeDetector(script), "matcher": matcher}
    context = Context(FakeModels(models, {("detector", "keep"): 0.3, ("detector", "sure"): 0.7}))
    found = detect(context, IMAGE, "mug")
    assert (len(found), found.near) == (1, 0.2)
    again = look_again(context, found, IMAGE, "mug")
    assert (len(again), again.near, again.searched) == (0, pytest.approx(0.4), "mug")
    assert detect(context, IMAGE, "cup").near == 0


@pytest.mark.parametrize("phrase", [*sorted(FACES), "Face", " FACES "])
def test_faces_are_found_by_the_face_detector(phrase: str) -> None:
    faces = FakeFaces([(1, 2, 3, 4)])
    context = Context(FakeModels({"faces": faces}))
    assert [r.box for r in detect(context, IMAGE, phrase)] == [(1, 2, 3, 4)]
    detect(context, IMAGE, phrase)
    assert faces.runs == 1


def test_a_profile_without_a_detector() -> None:
    with pytest.raises(NotReady):
        detect(Context(FakeModels({"faces": FakeFaces([])})), IMAGE, "mug")


def test_where_keeps_by_the_threshold() -> None:
    regions = Regions.of([Region((x, 0, x + 5, 5), IMAGE.frame) for x in (0, 20, 40)], IMAGE.frame, "apple")
    matcher = FakeMatcher(lambda region, phrase: region.box[0] / 40 if phrase == "ripe" else 0)
    for settings, kept in (({}, [20, 40]), ({("matcher", "keep"): 0.9}, [40])):
        context = Context(FakeModels({"matcher": matcher}, settings))
        context.register(IMAGE)
        found = where(context, regions, "ripe")
        assert ([r.box[0] for r in found], found.searched) == (kept, "apple")


def test_where_looks_at_the_first_picture_of_the_frame() -> None:
    crop = IMAGE.crop((10, 10, 50, 50))
    matcher = FakeMatcher()
    context = Context(FakeModels({"matcher": matcher}))
    context.register(IMAGE)
    where(context, Regions((Region((0, 0, 5, 5), crop.frame),), crop.frame), "ripe")
    picture, region = matcher.seen[0]
    assert (picture, region.box) == (IMAGE, (10, 10, 15, 15))


def test_where_of_nothing_asks_nobody() -> None:
    context = Context(FakeModels())
    assert len(where(context, Regions((), IMAGE.frame, "apple"), "ripe")) == 0
