"""Places in raw output: every convention through crops of crops, the families' own readers, malformed text."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.adapters.coordinates import CONVENTIONS, SLACK, Canvas, boxes_of, read
from tools.adapters.place_text import MOST_CHARACTERS, PATCHES
from tools.types import Box, Image

RESIZED = (1288, 420)


def unit(box: Box, size: tuple[int, int]) -> list[float]:
    return [v / size[i % 2] for i, v in enumerate(box)]


def squared(box: Box, size: tuple[int, int]) -> list[float]:
    side = max(size)
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return [(v + (left, top)[i % 2]) / side for i, v in enumerate(box)]


def as_json(values: list[float], key: str = "bbox_2d") -> str:
    return f'```json\n[{{"{key}": {[round(v, 6) for v in values]}, "label": "mug"}}]\n```'


def patched(u: list[float]) -> str:
    x0, y0, x1, y1 = (min(int(v * PATCHES), PATCHES - 1) for v in u)
    first, second = y0 * PATCHES + x0, y1 * PATCHES + x1
    return f"<phrase>mug</phrase><object><patch_index_{first:04}><patch_index_{second:04}></object>"


# How a model of each convention writes a box of the picture, and the error that its own rounding makes, as a share of
# the side (of the longer side where the picture is squared).
WRITERS: dict[str, tuple[Callable[[Box, tuple[int, int]], str], float]] = {
    "thousand": (lambda b, s: as_json([round(v * 1000) for v in unit(b, s)]), 0.5 / 1000),
    "resized": (lambda b, s: as_json([v * RESIZED[i % 2] for i, v in enumerate(unit(b, s))]), 1e-5),
    "pairs": (
        lambda b, s: (
            "<|object_ref_start|>mug<|object_ref_end|><|box_start|>({:.0f},{:.0f}),({:.0f},{:.0f})<|box_end|>".format(
                *(v * 1000 for v in unit(b, s))
            )
        ),
        0.5 / 1000,
    ),
    "unit": (
        lambda b, s: '{{"x_min": {:.6f}, "y_min": {:.6f}, "x_max": {:.6f}, "y_max": {:.6f}}}'.format(*unit(b, s)),
        1e-6,
    ),
    "unit_square": (lambda b, s: "[{:.6f}, {:.6f}, {:.6f}, {:.6f}]".format(*squared(b, s)), 1e-6),
    "yx_thousand": (lambda b, s: as_json([1000 * unit(b, s)[i] for i in (1, 0, 3, 2)], "box_2d"), 1e-6),
    "loc": (lambda b, s: "".join(f"<loc{round(1024 * unit(b, s)[i]):04}>" for i in (1, 0, 3, 2)) + " mug", 0.5 / 1024),
    "florence": (
        lambda b, s: "mug" + "".join(f"<loc_{min(int(1000 * v), 999)}>" for v in unit(b, s)),
        0.51 / 1000,
    ),
    "patches": (lambda b, s: patched(unit(b, s)), 1 / PATCHES),
}

sides = st.integers(2, 3000)


@st.composite
def cropped_twice(draw: st.DrawFn) -> tuple[Image, Box]:
    """A crop of a crop of a picture, slim ones too, and a box in it of a twentieth of its sides or more."""
    height, width = draw(st.sampled_from((2, 7, 900))), draw(st.sampled_from((2, 5, 1600)))
    image = Image.from_pixels(np.zeros((height, width, 3), np.uint8))
    for _ in range(2):
        x0, y0 = draw(st.integers(0, image.width - 1)), draw(st.integers(0, image.height - 1))
        x1, y1 = draw(st.integers(x0 + 1, image.width)), draw(st.integers(y0 + 1, image.height))
        image = image.crop((x0, y0, x1, y1))
    shares = [draw(st.floats(0, 0.9)) for _ in range(2)]
    sizes = [draw(st.floats(0.08, 1)) for _ in range(2)]
    lows = [s * n for s, n in zip(shares, (image.width, image.height), strict=True)]
    highs = [low + size * (n - low) for low, size, n in zip(lows, sizes, (image.width, image.height), strict=True)]
    return image, (lows[0], lows[1], highs[0], highs[1])


@pytest.mark.parametrize("convention", WRITERS)
@settings(max_examples=60, deadline=None)
@given(made=cropped_twice())
def test_a_box_in_a_crop_of_a_crop_leads_to_the_first_picture(convention: str, made: tuple[Image, Box]) -> None:
    image, box = made
    size = (image.width, image.height)
    write, error = WRITERS[convention]
    text = write(box, size)
    reading = read(text, convention, size, RESIZED)
    slack = [error * n + 1e-3 for n in (size if convention != "unit_square" else (max(size),) * 2)]
    if not boxes_of(reading):  # rounding may leave nothing of a box that is thinner than a step
        assert reading.refused and min((box[2] - box[0]) / slack[0], (box[3] - box[1]) / slack[1]) < 2
        return
    found = boxes_of(reading)[0]
    for i, (ours, wanted) in enumerate(zip(found, box, strict=True)):
        assert abs(ours - wanted) <= slack[i % 2]
    # In the first picture: what the crops' corners say, without the frame's own arithmetic.
    root = image.frame.box_to_root(found)
    left, top = image.frame.to_root[2], image.frame.to_root[5]
    assert root == pytest.approx((found[0] + left, found[1] + top, found[2] + left, found[3] + top))


@pytest.mark.parametrize("convention", [c for c in CONVENTIONS if c != "percent"])
def test_no_axis_is_swapped_and_no_size_mixed_up(convention: str) -> None:
    """A box that lies low, left and wide in a wide picture: swapped axes or sizes put it elsewhere, or outside."""
    box, size = (40.0, 300.0, 700.0, 380.0), (1600, 400)
    write, error = WRITERS[convention]
    found = boxes_of(read(write(box, size), convention, size, RESIZED))
    assert len(found) == 1
    tolerance = max(error * 1600, 1)
    assert found[0] == pytest.approx(box, abs=tolerance)


def test_points_of_molmo_and_of_qwen() -> None:
    text = '<points x1="10.0" y1="20.0" x2="50" y2="75.5" alt="mugs">mugs</points> and <point x="1" y="2">cup</point>'
    places = read(text, "percent", (200, 1000)).places
    assert [(p.label, p.point, p.box) for p in places] == [
        ("mugs", (20.0, 200.0), None), ("mugs", (100.0, 755.0), None), ("cup", (2.0, 20.0), None),
    ]  # fmt: skip
    (place,) = read('[{"point_2d": [250, 500], "label": "a \\"big\\" {mug}"}]', "thousand", (400, 100)).places
    assert (place.point, place.box, place.label) == ((100.0, 50.0), None, 'a "big" {mug}')


READ: dict[str, tuple[str, str, list[tuple[str | None, Box]]]] = {
    "several, with prose": (
        "thousand",
        'Two: {"bbox_2d": [0, 0, 500, 500], "label": "a"} and\n{"label": "b", "bbox_2d": [500, 500, 1000, 1000]}.',
        [("a", (0, 0, 50, 100)), ("b", (50, 100, 100, 200))],
    ),
    "cut off in the third": (
        "thousand",
        '```json\n[{"bbox_2d": [0, 0, 500, 500], "label": "a"}, {"bbox_2d": [1, 1, 999, 999]}, {"bbox_2d": [12, 3',
        [("a", (0, 0, 50, 100)), (None, (0.1, 0.2, 99.9, 199.8))],
    ),
    "boxes in one list": (
        "thousand", '{"bbox_2d": [[0, 0, 500, 500], [500, 500, 1000, 1000]], "label": "a"}',
        [("a", (0, 0, 50, 100)), ("a", (50, 100, 100, 200))],
    ),
    "single quotes and words": (
        "thousand", "{'bbox_2d': ['0', '0', '500', '500'], 'label': 'it'}", [("it", (0, 0, 50, 100))],
    ),
    "corners in the other order": ("thousand", '{"bbox_2d": [500, 500, 0, 0]}', [(None, (0, 0, 50, 100))]),
    "a little outside": ("thousand", '{"bbox_2d": [-9, 0, 1015, 500]}', [(None, (0, 0, 100, 100))]),
    "the same again and again": ("thousand", '{"bbox_2d": [0, 0, 500, 500]},' * 50, [(None, (0, 0, 50, 100))]),
    "bare list": ("thousand", "[[0, 0, 500, 500]]", [(None, (0, 0, 50, 100))]),
    "Qwen-VL": ("pairs", "<ref>a mug</ref><box>(0,0),(500,500)</box>", [("a mug", (0, 0, 50, 100))]),
    "Qwen2-VL without its special tokens": ("pairs", "a mug(0,0),(500,500)\n", [("a mug", (0, 0, 50, 100))]),
    "InternVL, two of one label": (
        "pairs", "<ref>mugs</ref><box>[[0, 0, 500, 500], [500, 500, 1000, 1000]]</box>",
        [("mugs", (0, 0, 50, 100)), ("mugs", (50, 100, 100, 200))],
    ),
    "PaliGemma, y first, two labels": (
        "loc", "<loc0000><loc0512><loc1023><loc1023> mug ; <loc0000><loc0000><loc0512><loc0256> cup",
        [("mug", (50, 0, 99.902, 199.805)), ("cup", (0, 0, 25, 100))],
    ),
    "Moondream": (
        "unit", '{"objects": [{"x_min": 0, "y_min": 0.5, "x_max": 1.0, "y_max": 1}]}', [(None, (0, 100, 100, 200))],
    ),
    "Gemma": ("yx_thousand", '[{"box_2d": [0, 500, 500, 1000], "label": "x"}]', [("x", (50, 0, 100, 100))]),
}  # fmt: skip


@pytest.mark.parametrize(("convention", "text", "expected"), READ.values(), ids=READ.keys())
def test_read(convention: str, text: str, expected: list[tuple[str | None, Box]]) -> None:
    places = read(text, convention, (100, 200)).places
    assert [p.label for p in places] == [label for label, _ in expected]
    for place, (_, box) in zip(places, expected, strict=True):
        assert place.box == pytest.approx(box, abs=1e-3)


REFUSED = {
    "pixels where 0-1000 is written": ("thousand", '{"bbox_2d": [12, 40, 1800, 900]}', "outside"),
    "0-1000 where 0-1 is written": ("unit", '{"bbox": [0.1, 0.1, 500, 1]}', "outside"),
    "below zero": ("thousand", '{"bbox_2d": [-200, 40, 100, 900]}', "outside"),
    "no area": ("thousand", '{"bbox_2d": [100, 40, 100, 900]}', "no area"),
    "three numbers": ("thousand", '{"bbox_2d": [100, 40, 900]}', "2 or 4 numbers, got 3"),
    "five numbers": ("thousand", '{"bbox_2d": [100, 40, 900, 900, 1]}', "2 or 4 numbers, got 5"),
    "words": ("thousand", '{"bbox_2d": [left, 40, 900, 900]}', "something else"),
    "not a number": ("thousand", '{"bbox_2d": [NaN, 40, Infinity, 900]}', "something else"),
    "cut off": ("thousand", '{"bbox_2d": [100, 40, 90', "ends within"),
    "three tags": ("loc", "<loc0100><loc0100><loc0900> mug", "in fours, got 3"),
    "a patch too many": ("patches", "<patch_index_0001><patch_index_1024>", "0 to 1023"),
    "one patch": ("patches", "<patch_index_0001>", "two patches"),
    "an empty box tag": ("pairs", "<box>none</box>", "without a box"),
    "a point without y": ("percent", '<point x="12">mug</point>', "2 or 4 numbers, got 1"),
    "a point cut off": ("percent", '<point x="12', "without its values"),
}


@pytest.mark.parametrize(("convention", "text", "reason"), REFUSED.values(), ids=REFUSED.keys())
def test_refused_with_a_reason(convention: str, text: str, reason: str) -> None:
    reading = read(text, convention, (100, 200), RESIZED)
    assert reading.places == ()
    assert len(reading.refused) == 1 and reason in reading.refused[0]


@pytest.mark.parametrize("text", ["", "[]", "There is none.", "```json\n[]\n```", "I see [3, 4] mugs (see above)."])
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_nothing_is_said_and_nothing_refused(convention: str, text: str) -> None:
    assert read(text, convention, (100, 200), RESIZED) == read("", convention, (100, 200), RESIZED)


PIECES = (
    '{"bbox_2d":', "[", "]", "12", ",", "{", "}", '"', "\\", "<loc0012>", "<box>", "(1,2)", "<point x=",
    "<patch_index_12>", "<ref>", "'label': 'x'", "-", ".", "e9", "\n", "mug",
)  # fmt: skip


texts = st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text(max_size=80)


@settings(max_examples=150, deadline=None)
@given(text=texts, size=st.tuples(sides, sides))
def test_any_text_gives_places_within_the_picture(text: str, size: tuple[int, int]) -> None:
    for convention in CONVENTIONS:
        for place in read(text, convention, size, RESIZED).places:
            box = place.box or (*place.point, *place.point)
            assert 0 <= box[0] <= box[2] <= size[0] and 0 <= box[1] <= box[3] <= size[1]
            assert place.box is None or (box[0] < box[2] and box[1] < box[3])


HOSTILE = [
    piece * (MOST_CHARACTERS // len(piece))
    for piece in (
        "{", '{"', '{"\\"', "[", "[[", "(1,2)", "<ref>", "<loc0001>", '{"bbox_2d":[', "<point ", "x1='", "1", " ",
        '{"label":"\\"', "<loc_1>;", "mug ",
    )
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: t[:12])
def test_a_long_hostile_text_costs_little(text: str) -> None:
    began = time.perf_counter()
    for convention in CONVENTIONS:
        assert len(read(text, convention, (100, 200), RESIZED).places) <= 256
    assert time.perf_counter() - began < 3


def test_a_padded_picture_s_boxes_are_the_picture_s_own() -> None:
    """100 x 2 pixels, shown on 100 x 20: what is found in the padding is clipped away."""
    reading = read('{"bbox_2d": [100, 0, 500, 1000]}', "thousand", (100, 2), canvas=Canvas(100, 20))
    assert boxes_of(reading) == [(10, 0, 50, 2)]
    below = read('{"bbox_2d": [100, 500, 500, 1000]}', "thousand", (100, 2), canvas=Canvas(100, 20))
    assert below.places == () and "no area" in below.refused[0]


def test_what_is_wrong_with_the_call_is_said() -> None:
    with pytest.raises(ValueError, match="convention must be one of"):
        read("", "pixels", (1, 1))
    with pytest.raises(ValueError, match="resized picture's width and height"):
        read("", "resized", (1, 1))
    with pytest.raises(ValueError, match="at least 1x1"):
        read("", "unit", (0, 1))
    assert 0 < SLACK < 0.05


def test_kosmos_and_florence_are_read_as_transformers_reads_them() -> None:
    """The families' own readers, on boxes of every kind."""
    from transformers.models.florence2.processing_florence2 import Florence2PostProcessor
    from transformers.models.kosmos2.processing_kosmos2 import patch_index_to_coordinate

    random = np.random.default_rng(0)
    size = (640, 150)
    for _ in range(50):
        first, second = sorted(random.integers(0, PATCHES**2, 2).tolist())
        theirs = patch_index_to_coordinate(first, second, PATCHES)
        x0, x1 = sorted((theirs[0] * size[0], theirs[2] * size[0]))
        y0, y1 = sorted((theirs[1] * size[1], theirs[3] * size[1]))
        found = boxes_of(read(f"<patch_index_{first:04}><patch_index_{second:04}>", "patches", size))
        assert found[0] == pytest.approx((x0, y0, x1, y1)) if x0 < x1 and y0 < y1 else found == []
    bins = np.sort(random.integers(0, 1000, (20, 2, 2)), axis=1).reshape(-1, 4)
    reader = object.__new__(Florence2PostProcessor)
    reader.quantize_bins = (1000, 1000)
    import torch

    theirs_all = reader.dequantize(torch.from_numpy(bins), size).numpy()
    for row, wanted in zip(bins, theirs_all, strict=True):
        found = boxes_of(read("mug" + "".join(f"<loc_{v}>" for v in row), "florence", size))
        # transformers cuts off the fractions of a pixel.
        assert all(0 <= ours - whole < 1 for ours, whole in zip(found[0], wanted.tolist(), strict=True))
