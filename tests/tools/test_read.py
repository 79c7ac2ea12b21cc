"""Reading, finding and comparing text, on scripted pages."""

from __future__ import annotations

import math

import pytest

from tests.fakes import FakeModels, FakeReader, blank, reading
from tools.core import Context
from tools.read import contains, find_text, read_text, same_row, text_of, words
from tools.text_layout import Page, slant_of
from tools.text_match import find_in, fold, likeness
from tools.types import Region, Regions

PAGE = [
    "Dear members,",
    "the regatta takes place on 14 June",
    "Tickets for guests cost $12.50.",
    "T0TAL Amount 54.30",
    "Net weight 350 g",
    "Whoever helps with the sail-",
    "ing boats should write to Omar",
    "a modern Café in Köln",
    "ref 1234567",
    "ART SHOP",
]
FOUND = {
    "exact": ("regatta", ["the regatta takes place on 14 June"]),
    "case": ("TICKETS", ["Tickets for guests cost $12.50."]),
    "digit for letter": ("total", ["T0TAL Amount 54.30"]),
    "lost space": ("totalamount", ["T0TAL Amount 54.30"]),
    "inserted space": ("net weight", ["Net weight 350 g"]),
    "one slip": ("Tickels for", ["Tickets for guests cost $12.50."]),
    "rn for m": ("rnembers", ["Dear members,"]),
    "accents": ("cafe in koln", ["a modern Café in Köln"]),
    "over a line's end": (
        "boats should write to Omar a modern",
        ["ing boats should write to Omar a modern Café in Köln"],
    ),
    "over a hyphen": ("the sailing boats", ["Whoever helps with the sailing boats should write to Omar"]),
    "a number": ("54.30", ["T0TAL Amount 54.30"]),
    "a wrong digit": ("54.31", []),
    "part of a number": ("345", []),
    "a short word inside another": ("art", ["ART SHOP"]),
    "sign": ("$", ["Tickets for guests cost $12.50."]),
    "absent": ("lighthouse", []),
    "empty": ("", []),
}


@pytest.mark.parametrize(("text", "lines"), FOUND.values(), ids=FOUND.keys())
def test_find_text(text: str, lines: list[str]) -> None:
    context, image = reading(*PAGE)
    found = find_text(context, image, text)
    assert list(text_of(context, found)) == lines
    assert found.searched == text


def test_an_exact_place_rules_out_near_ones() -> None:
    context, image = reading("invoice 2017", "inv0ice", "invoke it")
    assert text_of(context, find_text(context, image, "invoice")) == ("invoice 2017", "inv0ice")


CONTAINS = {
    "case": ("PAID in full", "paid", True),
    "slip": ("PA1D", "paid", True),
    "other word": ("unpaid bills", "sold", False),
    "spaces": ("netweight", "net weight", True),
    "number": ("total 54.30", "54.3", False),
    "empty part": ("text", "", False),
    "korean": ("합계 12,000원", "합계", True),
    "several": (("first", "second line"), "line", True),
    "over two": (("runs", "over"), "runs over", True),
    "nothing": ((), "x", False),
}


@pytest.mark.parametrize(("text", "part", "expected"), CONTAINS.values(), ids=CONTAINS.keys())
def test_contains(text: str | tuple[str, ...], part: str, expected: bool) -> None:
    context, _ = reading()
    assert contains(context, text, part) is expected


def test_find_in_gives_the_place() -> None:
    assert find_in("amount", "T0TAL Am0unt 54.30") == (6, 12, 0)
    assert find_in("guests", "for guesls cost") == (4, 10, 1)


def test_fold_maps_back_to_the_original() -> None:
    key = fold("Café 10!")
    assert key.text == "cafelo" and key.at == (0, 1, 2, 3, 5, 6)
    assert fold("born").text == "bom" and fold("born").ends == (1, 2, 4)


@pytest.mark.parametrize(
    ("a", "b", "least", "most"), [("TOTAL", "T0TAI", 1, 1), ("total", "totel", 0.8, 0.8), ("a", "", 0, 0)]
)
def test_likeness(a: str, b: str, least: float, most: float) -> None:
    assert least <= likeness(a, b) <= most


def test_read_text_is_in_reading_order_and_read_once() -> None:
    reader = FakeReader([(400, 22, "right"), (20, 60, "below"), (20, 20, "left")])
    context, image = Context(FakeModels({"reader": reader})), blank()
    assert text_of(context, read_text(context, image)) == ("left", "right", "below")
    read_text(context, image)
    assert reader.reads == 1


def test_pieces_that_nearly_touch_are_one_line() -> None:
    script = [(20, 20, "Jul 26,"), (20 + 7 * 12 + 5, 21, "2017"), (320, 20, "9.00"), (20, 60, "below")]
    context, image = Context(FakeModels({"reader": FakeReader(script)})), blank()
    assert text_of(context, read_text(context, image)) == ("Jul 26, 2017", "9.00", "below")


def test_words_have_their_own_boxes() -> None:
    context, image = reading("net weight 350 g")
    made = words(context, read_text(context, image))
    assert text_of(context, made) == ("net", "weight", "350", "g")
    boxes = made.boxes
    assert all(boxes[i, 2] <= boxes[i + 1, 0] for i in range(3))


def test_text_of_regions_without_text() -> None:
    context, image = reading()
    region = Region((0, 0, 9, 9), image.frame)
    assert text_of(context, Regions((region,), image.frame)) == ("",)
    assert len(words(context, Regions((region,), image.frame))) == 0


def tilted(x: float, y: float, text: str, degrees: float) -> Region:
    """A line of text whose page is turned clockwise about the origin."""
    turn = math.radians(degrees)
    corners = [(x, y), (x + 12 * len(text), y), (x + 12 * len(text), y + 20), (x, y + 20)]
    quad = tuple(
        (a * math.cos(turn) - b * math.sin(turn) + 300, a * math.sin(turn) + b * math.cos(turn) + 300)
        for a, b in corners
    )
    xs, ys = [p[0] for p in quad], [p[1] for p in quad]
    return Region((min(xs), min(ys), max(xs), max(ys)), blank().frame, label="text", text=text, quad=quad)  # type: ignore[arg-type]


@pytest.mark.parametrize("degrees", [0, 12, -14, 90, 180, 270])
def test_rows_of_a_turned_page(degrees: float) -> None:
    context, _ = reading()
    lines = [tilted(0, 32 * i, name, degrees) for i, name in enumerate(["Tea", "Cake", "Total"])]
    prices = [tilted(400, 32 * i, price, degrees) for i, price in enumerate(["2.00", "3.50", "5.50"])]
    page = Page.of([*prices, *lines])
    assert [[p.text for p in row] for row in page.rows] == [["Tea", "2.00"], ["Cake", "3.50"], ["Total", "5.50"]]
    assert math.degrees(slant_of(lines)) % 360 == pytest.approx(degrees % 360, abs=0.01)
    everything = Regions((*lines, *prices), lines[0].frame)
    assert text_of(context, same_row(context, everything, lines[1])) == ("3.50",)


def test_same_row_of_level_text_leaves_the_region_out() -> None:
    context, image = reading(("Tea", "2.00"), ("Cake", "3.50"))
    lines = read_text(context, image)
    (cake,) = find_text(context, image, "cake")
    assert text_of(context, same_row(context, lines, cake)) == ("3.50",)


def test_rows_where_columns_lean_and_short_lines_look_level() -> None:
    frame = blank().frame
    lean = 0.03  # down to the right: over the gap between the columns, most of a row
    labels = ["TOTAL", "CASH", "CHANGE"]
    lines = [Region((20, 20 + 14 * i, 60, 32 + 14 * i), frame, text=t) for i, t in enumerate(labels)]
    down = lean * 300
    lines += [Region((320, 20 + 14 * i + down, 360, 32 + 14 * i + down), frame, text=t)
              for i, t in enumerate(["8.20", "10.00", "1.80"])]  # fmt: skip
    title = ((20.0, 0.0), (320.0, 300 * lean), (320.0, 300 * lean + 9), (20.0, 9.0))
    lines.append(Region((20, 0, 320, 18), frame, text="SWC ENTERPRISE SDN BHD", quad=title))
    assert slant_of(lines) == pytest.approx(lean, abs=0.001)
    assert [[p.text for p in row] for row in Page.of(lines).rows][1:] == [
        ["TOTAL", "8.20"],
        ["CASH", "10.00"],
        ["CHANGE", "1.80"],
    ]


def test_rows_of_columns_that_lean_on_crumpled_paper() -> None:
    frame = blank().frame
    names, prices = ["TOTAL", "CASH", "CHANGE"], ["8.20", "10.00", "1.80"]
    lines = [Region((20, 20 + 14 * i, 60, 32 + 14 * i), frame, text=t) for i, t in enumerate(names)]
    lines += [Region((320, 27 + 14 * i, 360, 39 + 14 * i), frame, text=t) for i, t in enumerate(prices)]
    assert [[p.text for p in row] for row in Page.of(lines).rows] == [
        list(pair) for pair in zip(names, prices, strict=True)
    ]
