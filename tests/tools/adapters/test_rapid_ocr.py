"""The RapidOCR adapter on real pictures, and its geometry on numbers alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from tools.adapters.rapid_ocr import UNREAD, RapidReader, load
from tools.adapters.tesseract import Tesseract, TesseractWord, _joined
from tools.adapters.text_lines import Reading, box_of, place_words, split_words, standing_share, turn_quads
from tools.text_match import fold
from tools.types import Image, Pixels

EXAMPLES = Path(__file__).parents[3] / "examples"
LINES = ("Harbour Street Books", "Total amount 54.30", "write to jane@example.com", "open from 9 to 17 daily")


@pytest.fixture(scope="module")
def reader() -> RapidReader:
    return load(threads=2)


def printed(size: int = 28, paper: int = 255, ink: int = 20) -> Pillow.Image:
    """Four lines of text."""
    page = Pillow.new("RGB", (size * 22, size * 10), (paper,) * 3)
    face = ImageFont.load_default(size)
    for i, line in enumerate(LINES):
        ImageDraw.Draw(page).text((size, size * (1 + 2 * i)), line, font=face, fill=(ink,) * 3)
    return page


def read(reader: RapidReader, page: Pillow.Image) -> dict[str, tuple[float, float, float, float]]:
    """Folded texts with their boxes."""
    image = Image.from_pixels(np.asarray(page.convert("RGB")).copy())
    found = {fold(r.text or "").text: r.box for r in reader.lines(image)}
    assert all(b[0] >= 0 and b[1] >= 0 and b[2] <= image.width and b[3] <= image.height for b in found.values())
    return found


WANTED = {fold(line).text for line in LINES}
PICTURES = {
    "white on black": lambda: printed(paper=0, ink=255),
    "hardly any contrast": lambda: printed(paper=150, ink=120),
    "small": lambda: printed(size=11),
    "large": lambda: printed().crop((0, 0, 616, 140)).resize((6160, 1400)),
    "skewed": lambda: printed().rotate(13, expand=True, fillcolor=(255, 255, 255), resample=Pillow.Resampling.BICUBIC),
}


@pytest.mark.parametrize("make", PICTURES.values(), ids=PICTURES.keys())
def test_reads(reader: RapidReader, make: object) -> None:
    page = make()  # type: ignore[operator]
    wanted = WANTED if page.width < 6000 else {fold(line).text for line in LINES[:2]}
    assert set(read(reader, page)) >= wanted


@pytest.fixture(scope="module")
def upright(reader: RapidReader) -> dict[str, tuple[float, float, float, float]]:
    return read(reader, printed())


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_turned_pages_are_read_and_mapped_back(
    reader: RapidReader, upright: dict[str, tuple[float, float, float, float]], turns: int
) -> None:
    pixels = np.ascontiguousarray(np.rot90(np.asarray(printed()), turns))
    found = read(reader, Pillow.fromarray(pixels))
    width, height = printed().size
    for key in WANTED:
        x0, y0, x1, y1 = found[key]
        back = turn_quads(np.array([[x0, y0], [x1, y1]], np.float32), turns, width, height)
        low, high = back.min(axis=0), back.max(axis=0)
        assert np.abs(np.array([*low, *high]) - upright[key]).max() < 0.02 * max(width, height)


def test_plain_text_is_read(upright: dict[str, tuple[float, float, float, float]]) -> None:
    assert set(upright) == WANTED


def test_words_lie_inside_their_line(reader: RapidReader) -> None:
    image = Image.from_pixels(np.asarray(printed()).copy())
    for line in reader.lines(image):
        assert " ".join(w.text for w in line.words) == line.text
        for word in line.words:
            assert line.box[0] - 1 <= word.box[0] < word.box[2] <= line.box[2] + 1


def test_an_empty_picture_has_no_lines(reader: RapidReader) -> None:
    assert reader.lines(Image.from_pixels(np.full((300, 200, 3), 255, np.uint8))) == []
    assert reader.lines(Image.from_pixels(np.full((1, 1, 3), 0, np.uint8))) == []


def test_a_page_that_nobody_drew_for_this(reader: RapidReader) -> None:
    data = pytest.importorskip("skimage.data")
    image = Image.from_pixels(np.repeat(data.page()[:, :, None], 3, axis=2))
    text = fold(" ".join(r.text or "" for r in sorted(reader.lines(image), key=lambda r: r.box[1]))).text
    for phrase in ("region based segmentation", "determine markers of the coins", "histogram of grey values"):
        assert fold(phrase).text in text


KOREAN = EXAMPLES / "korean_receipt.png"


@pytest.mark.skipif(not Tesseract("tesseract").ready, reason="Tesseract with kor is not installed")
def test_korean(reader: RapidReader) -> None:
    text = "".join(
        r.text or "" for r in reader.lines(Image.from_pixels(np.asarray(Pillow.open(KOREAN).convert("RGB")).copy()))
    )
    for phrase in ("아메리카노", "합계", "20,500원", "거스름돈"):
        assert phrase in text.replace(" ", "")


def test_korean_without_tesseract_says_so(reader: RapidReader) -> None:
    without = RapidReader(reader.engine, None)
    found = without.lines(Image.from_pixels(np.asarray(Pillow.open(KOREAN).convert("RGB"))[:220].copy()))
    assert any(r.label == UNREAD and r.text is None for r in found)


def test_tesseract_that_is_not_there_is_not_ready() -> None:
    assert not Tesseract("no-such-program-here").ready


@pytest.mark.parametrize("turns", [0, 1, 2, 3])
def test_turning_quads_back_is_exact(turns: int) -> None:
    picture = np.zeros((40, 70), np.uint8)
    picture[10, 20] = 1
    y, x = np.argwhere(np.rot90(picture, turns))[0]
    quad = np.array([[[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1]]], np.float32)
    back = turn_quads(quad, turns, 70, 40)[0]
    assert back.min(axis=0).tolist() == [20, 10] and back.max(axis=0).tolist() == [21, 11]


def test_standing_share() -> None:
    lying = np.array([[0, 0], [90, 0], [90, 10], [0, 10]], np.float32)
    standing = np.array([[0, 0], [10, 0], [10, 90], [0, 90]], np.float32)
    assert standing_share(np.stack([lying, standing])) == pytest.approx(0.5)
    assert standing_share(np.zeros((0, 4, 2), np.float32)) == 0.0


def bars(*stretches: tuple[int, int]) -> Pixels:
    """A crop 20 high and 120 wide with ink in the given columns."""
    crop = np.full((20, 120, 3), 255, np.uint8)
    for start, end in stretches:
        crop[4:16, start:end] = 0
    return crop


def test_words_part_at_spaces_and_at_wide_gaps() -> None:
    crop = bars((5, 10), (12, 17), (60, 65), (67, 72), (75, 80), (82, 87))
    reading = Reading(
        "abCdef", 0.9, (7.5 / 120, 14.5 / 120, 62.5 / 120, 69.5 / 120, 77.5 / 120, 84.5 / 120), (0.9,) * 6
    )
    text, found = split_words(reading, crop)
    assert text == "ab Cdef"
    assert [(w, round(a * 120), round(b * 120)) for w, a, b, _ in found] == [("ab", 5, 17), ("Cdef", 60, 87)]


def test_digits_do_not_part_at_gaps() -> None:
    reading = Reading("12", 0.9, (7.5 / 120, 62.5 / 120), (0.9, 0.9))
    assert split_words(reading, bars((5, 10), (60, 65)))[0] == "12"


def test_words_of_slanted_lines_are_placed_along_the_quad() -> None:
    quad = np.array([[0, 0], [100, 50], [90, 70], [-10, 20]], np.float32)
    (word,) = place_words([("x", 0.5, 1.0, 0.9)], quad, 200, 200)
    assert word.box == pytest.approx((40, 25, 100, 70))


def test_a_box_outside_the_picture_is_none() -> None:
    assert box_of([(-9, -9), (-2, -9), (-2, -2), (-9, -2)], 50, 50) is None


def test_korean_syllables_are_joined() -> None:
    pieces = [
        TesseractWord("서", 0.0, 0.1, 0.9),
        TesseractWord("울", 0.11, 0.2, 0.8),
        TesseractWord("12", 0.4, 0.5, 0.9),
    ]
    assert [(w.text, w.end) for w in _joined(pieces, 0.1)] == [("서울", 0.2), ("12", 0.5)]
