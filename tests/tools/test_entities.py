"""Entities on scripted pages: every row is a page, a kind, and all that must be found."""

from __future__ import annotations

import pytest

from tests.fakes import FakeModels, FakeReader, blank, reading
from tools.core import Context
from tools.dates import find_dates, find_times
from tools.entities import Kind, find_entities

CASES: dict[str, tuple[list[str], Kind, list[str]]] = {
    "email": (["Write to jane.doe@example.com."], "email", ["jane.doe@example.com"]),
    "l read as I": (["Mail: peter.waIsh@kite.com"], "email", ["peter.walsh@kite.com"]),
    "email under a reserved domain": (["to boats@linden.example.org or call"], "email", ["boats@linden.example.org"]),
    "email before a word that is an ending": (["a@x.com. It is"], "email", ["a@x.com"]),
    "two emails": (["a@x.org, b.c@y.co.uk"], "email", ["a@x.org", "b.c@y.co.uk"]),
    "email with stray spaces": (["jane.doe @ example. com"], "email", ["jane.doe@example.com"]),
    "email, @ read as (c)": (["jane©example.com"], "email", ["jane@example.com"]),
    "email over a line's end": (
        ["contact: maria.keller@", "harborpine.com for more"],
        "email",
        ["maria.keller@harborpine.com"],
    ),
    "email at a sentence's end": (["Ask jane@example.com. Then wait."], "email", ["jane@example.com"]),
    "no email": (["twitter @jane, meet @ noon"], "email", []),
    "url": (["see https://example.org/a?b=1 or www.kite.com"], "url", ["https://example.org/a?b=1", "www.kite.com"]),
    "url with slips": (["http: //www.kite. com"], "url", ["http://www.kite.com"]),
    "bare url, not an email": (["kite.com jane@fern.com"], "url", ["kite.com"]),
    "url over a line's end": (["www.kite.com/", "offers"], "url", ["www.kite.com/offers"]),
    "no url": (["e.g. this.That 3.14"], "url", []),
    "us phone": (["(212) 555-0142"], "phone", ["(212) 555-0142"]),
    "international phone": (["T +44 20 7946 0958"], "phone", ["+44 20 7946 0958"]),
    "malaysian phone": (["SDN BHD TEL: 07-388 2218"], "phone", ["07-388 2218"]),
    "korean phone": (["전화: 02-555-1234"], "phone", ["02-555-1234"]),
    "labelled local phone": (["Phone: 555-0199"], "phone", ["555-0199"]),
    "two phones": (["Tel: 03-7784 1234 / 012-345 6789"], "phone", ["03-7784 1234", "012-345 6789"]),
    "dates are no phones": (["12-06-2018", "2018-06-12 14:33"], "phone", []),
    "cards are no phones": (["4111 1111 1111 1111"], "phone", []),
    "numbers are no phones": (["INVOICE 00012034", "TOTAL 1234567.00"], "phone", []),
    "card": (["VISA 4111 1111 1111 1111"], "card number", ["4111 1111 1111 1111"]),
    "card without luhn": (["4111 1111 1111 1112"], "card number", []),
    "korean id": (["주민등록번호 800101-1234560"], "id number", ["800101-1234560"]),
    "us ssn": (["SSN 536-90-4399"], "id number", ["536-90-4399"]),
    "malaysian id": (["IC 770305-02-1234"], "id number", ["770305-02-1234"]),
    "iban": (["IBAN GB82 WEST 1234 5698 7654 32"], "id number", ["GB82 WEST 1234 5698 7654 32"]),
    "iban with a wrong digit": (["IBAN GB82 WEST 1234 5698 7654 33"], "id number", []),
    "passport": (["L898902C36UTO7408122F1204159ZE184226B<<<<<10"], "id number", ["L898902C3"]),
    "dates": (["25/12/2018 and 2018-12-25, 25 Dec 2018"], "date", ["25/12/2018", "2018-12-25", "25 Dec 2018"]),
    "time": (["12/06/2018 14:33:10", "9:05 PM"], "time", ["14:33:10", "9:05 PM"]),
    "money": (["RM 54.30, $1,200 and 12,000원; 3 kg, 6%"], "money", ["RM 54.30", "$1,200", "12,000원"]),
    "money is no date": (["12.06.2018 5.00"], "money", ["5.00"]),
    "number": (["4 items, 12.5 each"], "number", ["4", "12.5"]),
    "nothing": ([], "email", []),
}


@pytest.mark.parametrize(("rows", "kind", "expected"), CASES.values(), ids=CASES.keys())
def test_entities(rows: list[str], kind: Kind, expected: list[str]) -> None:
    context, image = reading(*rows)
    found = find_entities(context, image, kind)
    assert [r.text for r in found] == expected
    assert all(r.label == kind for r in found) and found.searched == kind


DATES = {
    "25/12/2018": "2018-12-25",
    "12/25/2018": "2018-12-25",
    "2018-12-25": "2018-12-25",
    "25 Dec 2018": "2018-12-25",
    "DEC-25-18": "2018-12-25",
    "25.12.18": "2018-12-25",
    "2018年12月25日": "2018-12-25",
    "2024년 3월 5일": "2024-03-05",
    "12/O6/20l8": "2018-06-12",
    "Jun 12, 2018": "2018-06-12",
    "12JUN2018": "2018-06-12",
    "1st of May 2020": "2020-05-01",
    "5 März 2018": "2018-03-05",
    "12 mars 2018": "2018-03-12",
    "12 / 06 / 2018": "2018-06-12",
    "20180612": "2018-06-12",
    "12-Jun-2018(Tue)": "2018-06-12",
    "2018.12.25": "2018-12-25",
    "12/06/201814:33": "2018-06-12",
}


@pytest.mark.parametrize(("text", "day"), DATES.items())
def test_dates(text: str, day: str) -> None:
    assert [str(found.day) for found in find_dates(f"x {text}")] == [day]


@pytest.mark.parametrize(
    "text", ["31/02/2018", "012-345 6789", "10.0.20.18", "1/2", "25/13/2018", "5 items 20", "v1.2.3.4"]
)
def test_no_dates(text: str) -> None:
    assert find_dates(text) == []


@pytest.mark.parametrize(
    ("text", "count"), [("14:33", 1), ("9.05pm", 1), ("오후 3시 30분", 1), ("54.30", 0), ("25:61", 0), ("1:2", 0)]
)
def test_times(text: str, count: int) -> None:
    assert len(find_times(text)) == count


def test_the_box_covers_only_the_entity() -> None:
    context, image = reading("Write to jane@example.com now")
    (found,) = find_entities(context, image, "email")
    assert found.box == pytest.approx((20 + 9 * 12, 20, 20 + 25 * 12, 40), abs=6)


def test_the_box_of_an_entity_joined_to_other_words() -> None:
    context = Context(FakeModels({"reader": FakeReader([(0, 0, "E-mail:jane@example.com")])}))
    (found,) = find_entities(context, blank(), "email")
    assert 7 * 12 - 7 <= found.box[0] <= 7 * 12


def test_a_broken_entity_is_one_region_over_both_lines() -> None:
    context, image = reading("maria.keller@", "harborpine.com")
    (found,) = find_entities(context, image, "email")
    assert found.box[1] < 25 and found.box[3] > 50
