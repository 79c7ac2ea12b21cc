"""Value types: frames map back exactly, masks survive their encoding, and validators raise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import blank
from tools.types import RLE, Depth, Frame, Image, Region, Regions, Word, content_id, whole_box

FRAME = Frame("root", 40, 30)


def numbered(width: int, height: int) -> Image:
    """A picture whose pixels say where they are: red is x, green is y."""
    ys, xs = np.mgrid[0:height, 0:width]
    return Image.from_pixels(np.stack([xs, ys, np.zeros_like(xs)], axis=2).astype(np.uint8))


shares = st.floats(0, 1)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(3, 200),
    st.integers(3, 200),
    st.lists(st.tuples(shares, shares, shares, shares), min_size=1, max_size=5),
)
def test_a_crop_of_a_crop_maps_back_exactly(width: int, height: int, cuts: list[tuple[float, ...]]) -> None:
    image = part = numbered(width, height)
    for a, b, c, d in cuts:
        x0, x1 = sorted((a * part.width, c * part.width))
        y0, y1 = sorted((b * part.height, d * part.height))
        part = part.crop((x0, y0, x1, y1))
    # Every pixel of the crop lies where it says that it lies in the first picture.
    ys, xs = np.mgrid[0 : part.height, 0 : part.width]
    at_root = part.frame.points_to_root(np.stack([xs.ravel(), ys.ravel()], axis=1))
    assert (at_root == part.pixels.reshape(-1, 3)[:, :2]).all()
    whole = part.whole().in_root()
    x0, y0, x1, y1 = (int(v) for v in whole.box)
    assert (image.pixels[y0:y1, x0:x1] == part.pixels).all()
    assert whole.box == (x0, y0, x1, y1)


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 500), st.integers(1, 500))
def test_scaling_keeps_the_corners(width: int, height: int, to_width: int, to_height: int) -> None:
    scaled = Frame("root", width, height).scaled(to_width, to_height)
    assert scaled.box_to_root((0, 0, to_width, to_height)) == pytest.approx((0, 0, width, height))


def test_in_root_takes_words_and_corners_along() -> None:
    frame = FRAME.cropped(10, 5, 30, 25)
    region = Region(
        (1, 2, 3, 4), frame, text="a", words=(Word("a", (1, 2, 3, 4), 0.5),), quad=((1, 2), (3, 2), (3, 4), (1, 4))
    )
    root = region.in_root()
    assert root.box == root.words[0].box == (11, 7, 13, 9)
    assert root.quad == ((11, 7), (13, 7), (13, 9), (11, 9))
    assert root.in_root() is root


masks = st.tuples(
    st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.2, 0.5, 1.0])
).map(lambda v: np.random.default_rng(v[2]).random((v[0], v[1])) < v[3])


@settings(deadline=None)
@given(masks)
def test_a_mask_survives(mask: Any) -> None:
    rle = RLE.encode(mask)
    assert (rle.decode() == mask).all()
    assert rle.decode().shape == mask.shape
    assert rle.area == mask.sum()
    assert RLE.encode(rle.decode()) == rle


def test_masks_run_down_the_columns_as_in_coco() -> None:
    assert RLE.encode(np.array([[True, False], [True, True]])).counts == (0, 2, 1, 1)


BOXES = {
    "outwards": ((1.2, 1.8, 3.1, 3.0), (1, 1, 4, 3)),
    "clipped": ((-5.0, -5.0, 99.0, 99.0), (0, 0, 40, 30)),
    "beyond the right": ((50.0, 5.0, 60.0, 6.0), (39, 5, 40, 6)),
    "beyond the left": ((-9.0, -9.0, -8.0, -8.0), (0, 0, 1, 1)),
    "a sliver": ((3.0, 3.0, 3.0001, 3.0001), (3, 3, 4, 4)),
}


@pytest.mark.parametrize(("box", "whole"), BOXES.values(), ids=BOXES.keys())
def test_whole_box(box: Any, whole: Any) -> None:
    assert whole_box(box, 40, 30) == whole


PIXELS = np.zeros((30, 40, 3), np.uint8)
INVALID: dict[str, tuple[Callable[[], object], str]] = {
    "no width": (lambda: Frame("r", 0, 5), "at least 1x1"),
    "no height": (lambda: Frame("r", 5, -1), "at least 1x1"),
    "box of no width": (lambda: Region((5, 5, 5, 9), FRAME), "x0 < x1"),
    "box upside down": (lambda: Region((5, 9, 8, 5), FRAME), "x0 < x1"),
    "box not finite": (lambda: Region((0, 0, float("inf"), 5), FRAME), "finite"),
    "box not a number": (lambda: Region((0, 0, float("nan"), 5), FRAME), "finite"),
    "score over 1": (lambda: Region((0, 0, 1, 1), FRAME, score=1.5), "[0, 1]"),
    "score not a number": (lambda: Region((0, 0, 1, 1), FRAME, score=float("nan")), "[0, 1]"),
    "mask of another size": (lambda: Region((0, 0, 1, 1), FRAME, mask=RLE(2, 2, (4,))), "2x2"),
    "counts do not add up": (lambda: RLE(2, 2, (3,)), "add up to 4"),
    "negative count": (lambda: RLE(2, 2, (-1, 5)), ">= 0"),
    "mask of three dimensions": (lambda: RLE.encode(np.zeros((2, 2, 2), bool)), "(height, width)"),
    "regions of two frames": (lambda: Regions((Region((0, 0, 1, 1), FRAME),), Frame("other", 9, 9)), "one frame"),
    "pixels of floats": (lambda: Image(PIXELS.astype(float), FRAME), "uint8"),
    "pixels of one channel": (lambda: Image(PIXELS[..., :1], FRAME), "(height, width, 3)"),
    "pixels of another size": (lambda: Image(PIXELS[:5], FRAME), "40x30"),
    "alpha of another size": (lambda: Image(PIXELS.copy(), FRAME, np.zeros((2, 2), np.uint8)), "alpha"),
    "depth of doubles": (lambda: Depth(np.zeros((30, 40)), FRAME), "float32"),  # type: ignore[arg-type]
    "depth of another size": (lambda: Depth(np.zeros((3, 4), np.float32), FRAME), "(30, 40)"),
    "depth through no lens": (lambda: Depth(np.zeros((30, 40), np.float32), FRAME, 0.0), "focal length"),
    "depth with a hole": (lambda: Depth(np.full((30, 40), np.nan, np.float32), FRAME), "finite"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "message"), INVALID.values(), ids=INVALID.keys())
def test_validators_raise(make: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError) as caught:
        make()
    assert message in str(caught.value)


def test_pictures_are_named_by_their_content() -> None:
    assert blank(3, 2).id == blank(3, 2).id
    assert len({blank(3, 2).id, blank(2, 3).id, blank(3, 2, 7).id}) == 3
    assert content_id("ab", "c") != content_id("a", "bc")


def test_an_edit_keeps_the_frame_and_another_id() -> None:
    image = blank(3, 2)
    edited = image.edited(np.zeros((2, 3, 3), np.uint8))
    assert edited.frame == image.frame
    assert edited.id != image.id


def test_pixels_cannot_be_written_over() -> None:
    with pytest.raises(ValueError, match="read-only"):
        blank(3, 2).pixels[0, 0] = 0
    with pytest.raises(ValueError, match="read-only"):
        Depth(np.zeros((30, 40), np.float32), FRAME).values[0, 0] = 1


def test_depth_at_a_region() -> None:
    values = np.tile(np.arange(40, dtype=np.float32), (30, 1))
    depth = Depth(values, FRAME)
    mask = np.zeros((30, 40), bool)
    mask[:, 30:33] = True
    assert depth.at(Region((10, 0, 20, 30), FRAME)) == pytest.approx(14.5, abs=1)
    assert depth.at(Region((10, 0, 20, 30), FRAME, mask=RLE.encode(mask))) == 31
    with pytest.raises(ValueError, match="another frame"):
        depth.at(Region((0, 0, 1, 1), Frame("other", 40, 30)))


def test_regions_come_in_reading_order_and_keep_their_memory() -> None:
    boxes = [(30, 1, 35, 6), (0, 20, 5, 25), (2, 0, 7, 5)]
    regions = Regions.of([Region(b, FRAME) for b in boxes], FRAME, "mug")
    assert [r.box for r in regions] == [boxes[2], boxes[0], boxes[1]]
    kept = regions.keep(r for r in regions if r.box[0] > 99)
    assert (len(kept), kept.searched, kept.boxes.shape) == (0, "mug", (0, 4))
