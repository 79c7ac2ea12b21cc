"""Marks and labels: where they go, how large they are, what they never hide."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.samples import photo
from tools.core import ToolError
from tools.drawing import COLORS, _letters_on, draw_evidence, draw_marks, font_size, line_width, outline_regions
from tools.placing import Label, Spot, place_labels
from tools.types import RLE, Box, Image, Region, Regions


def blank(width: int = 400, height: int = 300) -> Image:
    return Image.from_pixels(np.full((height, width, 3), 235, dtype=np.uint8))


def some(image: Image, *boxes: Box) -> Regions:
    return Regions(tuple(Region(b, image.frame) for b in boxes), image.frame)


def spots_for(image: Image, boxes: list[Box], width: float = 18, height: float = 16, text: bool = True) -> list[Spot]:
    labels = []
    for x0, y0, x1, y1 in boxes:
        outline = np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), ((x0 + x1) / 2, y0), (x0, (y0 + y1) / 2)])
        labels.append(Label((x0, y0, x1, y1), outline, width, height, text))
    return place_labels(image.pixels, labels, boxes)


def overlap(a: Box, b: Box) -> float:
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def grid(columns: int, rows: int, size: int, gap: int) -> list[Box]:
    step = size + gap
    return [
        (40 + c * step, 40 + r * step, 40 + c * step + size, 40 + r * step + size)
        for r in range(rows)
        for c in range(columns)
    ]


LAYOUTS: list[tuple[str, list[Box]]] = [
    ("one in the middle", [(180, 130, 220, 160)]),
    ("one in each corner", [(0, 0, 40, 30), (360, 0, 400, 30), (0, 270, 40, 300), (360, 270, 400, 300)]),
    ("lines of text, close", [(60.0, 40.0 + 20 * i, 330.0, 56.0 + 20 * i) for i in range(10)]),
    ("a grid of small things", grid(8, 5, 14, 26)),
    ("along the upper edge", [(10.0 + 60 * i, 0.0, 50.0 + 60 * i, 20.0) for i in range(6)]),
]


@pytest.mark.parametrize("boxes", [row[1] for row in LAYOUTS], ids=[row[0] for row in LAYOUTS])
def test_labels_hide_no_region_and_no_label_and_stay_inside(boxes: list[Box]) -> None:
    spots = spots_for(blank(), boxes)
    for i, spot in enumerate(spots):
        x0, y0, x1, y1 = spot.box
        assert x0 >= 0 and y0 >= 0 and x1 <= 400 and y1 <= 300
        assert sum(overlap(spot.box, b) for b in boxes) <= 0.02 * 18 * 16, f"label {i} covers a region"
        assert sum(overlap(spot.box, s.box) for s in spots[i + 1 :]) == 0, f"label {i} covers a label"


def test_a_label_far_from_its_region_has_a_line_to_it() -> None:
    for layout in (boxes for _, boxes in LAYOUTS):
        for box, spot in zip(layout, spots_for(blank(), layout), strict=True):
            gap_x = max(box[0] - spot.box[2], spot.box[0] - box[2], 0)
            gap_y = max(box[1] - spot.box[3], spot.box[1] - box[3], 0)
            if np.hypot(gap_x, gap_y) > 16:
                assert spot.leader is not None
                (x, y), _ = spot.leader
                assert spot.box[0] - 1 <= x <= spot.box[2] + 1 and spot.box[1] - 1 <= y <= spot.box[3] + 1


def test_labels_keep_off_the_detail_of_the_picture() -> None:
    image = blank()
    pixels = image.pixels.copy()
    pixels[90:130:3, 150:260] = 0  # letters above the region; free paper below it
    spot = spots_for(Image.from_pixels(pixels), [(180, 132, 220, 150)])[0]
    assert (
        spot.box[1] >= 130
        or spot.box[2] <= 150
        or spot.box[0] >= 260
        or pixels[int(spot.box[1]) : int(spot.box[3]), int(spot.box[0]) : int(spot.box[2])].min() > 0
    )


def test_text_that_is_pointed_at_stays_as_it_is() -> None:
    image = photo("page.png")
    boxes: list[Box] = [(2, 8, 300, 36), (2, 48, 380, 66), (2, 66, 380, 82), (40, 165, 240, 185)]
    regions = [Region(b, image.frame, text="some text") for b in boxes]
    result = draw_evidence(image, [(r, "read: some text") for r in regions])
    for x0, y0, x1, y1 in boxes:
        rows, columns = slice(int(y0) + 3, int(y1) - 3), slice(int(x0) + 4, int(x1) - 4)
        same = (result.pixels[rows, columns] == image.pixels[rows, columns]).all(axis=2)
        assert same.mean() > 0.9, "at most an outline of the next line or a leader line crosses it"


@pytest.mark.parametrize("size", [200, 1000, 6000])
def test_marks_are_legible_at_every_size(size: int) -> None:
    """Letters are 11 pixels or more, and the mark is a fair share of the picture however large that is."""
    image = blank(size, size * 3 // 4)
    assert font_size(image, 1) >= 11
    assert 0.015 <= font_size(image, 1) / size <= 0.06
    assert line_width(image) >= 1.5
    started = time.monotonic()
    result = draw_marks(image, some(image, (size * 0.3, size * 0.3, size * 0.4, size * 0.4)))
    assert time.monotonic() - started < 2.0
    blue = (result.pixels == COLORS[0]).all(axis=2)
    assert blue.sum() > 0.5 * font_size(image, 1) ** 2


def test_a_crowd_of_300_takes_little_time_and_gets_small_marks() -> None:
    image = photo("hubble_deep_field.jpg")
    random = np.random.default_rng(0)
    corners = random.uniform(5, 800, (300, 2))
    started = time.process_time()
    result = draw_marks(image, some(image, *((x, y, x + 12, y + 12) for x, y in corners.tolist())))
    assert time.process_time() - started < 6.0
    assert font_size(image, 300) < font_size(image, 3)
    assert not np.array_equal(result.pixels, image.pixels)


def test_letters_contrast_with_their_ground() -> None:
    def luminance(color: tuple[int, int, int]) -> float:
        linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in color]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for color in COLORS:
        dark, light = sorted((luminance(color), luminance(_letters_on(color))))
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.1 AA


def test_frames_alpha_and_other_pictures() -> None:
    image = blank()
    alpha = np.zeros((300, 400), dtype=np.uint8)
    clear = image.edited(image.pixels, alpha)
    result = draw_marks(clear, some(image, (100, 100, 200, 200)))
    assert result.frame == image.frame and result.alpha is not None
    drawn = (result.pixels != image.pixels).any(axis=2)
    assert (result.alpha[drawn] == 255).all() and (result.alpha[~drawn] == 0).all()
    part = image.crop((50, 50, 350, 250))
    direct = draw_marks(image, some(image, (100, 100, 200, 200)))
    assert np.array_equal(draw_marks(image, some(part, (50, 50, 150, 150))).pixels, direct.pixels)
    with pytest.raises(ToolError, match="another picture"):
        draw_marks(image, some(photo("coffee.png"), (1, 1, 9, 9)))


def test_nothing_to_draw_and_odd_regions() -> None:
    image = blank(60, 40)
    assert draw_marks(image, some(image)) is image
    assert draw_evidence(image, []) is image
    dot = np.zeros((40, 60), dtype=bool)
    dot[20, 30] = True
    rows = [
        ("one pixel", Region((30, 20, 31, 21), image.frame)),
        ("a mask of one pixel", Region((30, 20, 31, 21), image.frame, mask=RLE.encode(dot))),
        ("an empty mask", Region((3, 3, 31, 21), image.frame, mask=RLE.encode(np.zeros((40, 60), dtype=bool)))),
        ("the whole picture", image.whole()),
        ("beyond the edge", Region((-20, -20, 90, 90), image.frame)),
        ("a quad", Region((5, 5, 50, 30), image.frame, quad=((5, 10), (48, 5), (50, 25), (7, 30)))),
    ]
    for label, region in rows:
        for result in (
            draw_marks(image, Regions((region,), image.frame)),
            draw_evidence(image, [(region, "a label that is far wider than this small picture")]),
            outline_regions(image, [region]),
        ):
            assert result.pixels.shape == image.pixels.shape and not np.array_equal(result.pixels, image.pixels), label


def test_labels_in_any_script_and_without_one() -> None:
    image = blank()
    region = some(image, (100, 100, 200, 150)).items[0]
    outline = draw_evidence(image, [(region, "")])
    for label in ("total: €12.40", "얼굴: 가장 큰 것", "\u0000\n", "…"):
        assert draw_evidence(image, [(region, label)]).pixels.shape == image.pixels.shape
    assert not np.array_equal(draw_evidence(image, [(region, "x")]).pixels, outline.pixels)
