"""Values by their labels, on scripted pages: every row is a page, a label, and what must be found."""

from __future__ import annotations

import pytest

from tests.fakes import FakeModels, FakeReader, blank, page_of, reading
from tools.core import Context, NothingThere, ToolError
from tools.labels import LABELS, canonical
from tools.types import Region, Regions
from tools.values import find_value, least, most, number_of, total

TOTALS = {
    "plain": ([("MILK", "3.20"), ("TOTAL", "3.20")], "3.20"),
    "not the subtotal": ([("SUBTOTAL", "50.00"), ("GST 6%", "3.00"), ("TOTAL", "53.00")], "53.00"),
    "incl over excl": (
        [("TOTAL EXCL. GST", "51.23"), ("TOTAL GST", "3.07"), ("TOTAL INCL. GST@6%", "RM 54.30")],
        "RM 54.30",
    ),
    "not cash or change": ([("TOTAL", "54.30"), ("CASH", "100.00"), ("CHANGE", "45.70")], "54.30"),
    "one line": (["Total Amount : 54.30", "CASH 100.00 CHANGE 45.70"], "54.30"),
    "quantity first": ([("TOTAL QTY: 4",), ("TOTAL", "54.30")], "54.30"),
    "quantity with amount": ([("TOTAL QTY", "4.00"), ("Total (RM)", "54.30")], "54.30"),
    "after rounding": ([("TOTAL", "54.32"), ("ROUNDING ADJ", "-0.02"), ("NETT TOTAL", "54.30")], "54.30"),
    "after rounding, weaker words": (
        [("TOTAL INCL GST", "54.32"), ("Rounding", "-0.02"), ("TOTAL", "54.30"), ("CASH", "60.00"), ("CHANGE", "5.70")],
        "54.30",
    ),
    "amount on the next line": (["GRAND TOTAL", ("", "88.15")], "88.15"),
    "with a discount": ([("TOTAL", "60.00"), ("DISCOUNT", "-5.70"), ("NET TOTAL", "54.30")], "54.30"),
    "tax summary below": (
        [
            ("TOTAL", "54.30"),
            ("GST SUMMARY", "AMOUNT", "TAX"),
            ("SR @ 6%", "51.23", "3.07"),
            ("TOTAL", "51.23", "3.07"),
        ],
        "54.30",
    ),
    "slip in the word": ([("SUBTOTAL", "50.00"), ("T0TAI", "53.00")], "53.00"),
    "lost decimal point": ([("ITEM", "54.30"), ("TOTAL", "54 30")], "54 30"),
    "comma for point": ([("ITEM", "54.30"), ("TOTAL RM", "54,30")], "54,30"),
    "joined words": (["SUBTOTAL:50.00", "TOTALAMOUNT:RM53.00"], "RM53.00"),
    "inclusive in brackets": (
        [("TOTAL SALES (EXCLUDING GST)", "100.00"), ("TOTAL SALES (INCLUSIVE OF GST)", "106.00")],
        "106.00",
    ),
    "amount due": ([("Subtotal", "$1,000.00"), ("VAT 20%", "$200.00"), ("Amount due", "$1,200.00")], "$1,200.00"),
    "german": ([("Zwischensumme", "10,00"), ("Gesamtbetrag", "11,90 €")], "11,90 €"),
    "korean": (
        [("공급가액", "10,910"), ("부가세", "1,090"), ("합계", "12,000원"), ("현금", "20,000"), ("거스름돈", "8,000")],
        "12,000원",
    ),
    "no word for it, but cash and change": ([("TEA", "4.50"), ("CASH", "10.00"), ("CHANGE", "5.50")], "4.50"),
    "a bank account below": (
        [
            ("Subtotal", "3,996.40"),
            ("VAT 20%", "799.28"),
            ("Amount due", "€ 4,795.68"),
            "Please pay by bank transfer. IBAN GB82 WEST 1234 5698 7654 32",
        ],
        "€ 4,795.68",
    ),
    "no space after the colon": (["SUBTOTAL:50.00", "TOTAL:53.00"], "53.00"),
    "dots up to the amount": (["TOTAL AMT.......60.31", "CASH.......70.31"], "60.31"),
    "saved is not total": ([("TOTAL", "20.00"), ("TOTAL SAVINGS", "90.00")], "20.00"),
    "the tax inside": ([("Total", "31.90"), ("GST @ 6% INCLUDED IN TOTAL", "1.81")], "31.90"),
    "a total that includes tax": ([("TOTAL INCLUDES 6% GST", "0.45"), ("Total (incl GST)", "7.95")], "7.95"),
    "heading of a column": ([("Qty", "Price", "Total"), ("1", "9.00", "9.00"), ("Amount due", "9.00")], "9.00"),
}


@pytest.mark.parametrize(("rows", "expected"), TOTALS.values(), ids=TOTALS.keys())
def test_total(rows: list[str | tuple[str, ...]], expected: str) -> None:
    context, image = reading(*rows)
    found = find_value(context, image, "total")
    assert [(r.text, r.label) for r in found] == [(expected, "total")]


LICENCE = ["DRIVING LICENCE", "1. MORGAN", "2. SARAH", "MEREDYTH", "3. 11.03.1976 UNITED KINGDOM",
           ("4a. 19.01.2013", "4c. DVLA"), "4b. 18.01.2023", "5. MORGA753116SM9IJ 35"]  # fmt: skip
MRZ = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
VALUES = {
    "date unlabelled": (["KEDAI ABC SDN BHD", "12/06/2018 14:33:10", "CS00012"], "date", "12/06/2018"),
    "date labelled": (["DATE 12-06-18", ("TOTAL", "3.00")], "date", "12-06-18"),
    "date, not the due date": (["Due date: 01/07/2018", "Invoice date: 01/06/2018"], "date", "01/06/2018"),
    "due date": (["Due date: 01/07/2018", "Invoice date: 01/06/2018"], "due date", "01/07/2018"),
    "issued by synonym": (["Issued on Jun 12, 2018"], "invoice date", "Jun 12, 2018"),
    "date glued to a time": (["Date:12/06/201814:33:10"], "date", "12/06/2018"),
    "date of birth under its label": (
        ["Date of birth", "12 JUN 1980", "Date of expiry", "01 JAN 2030"],
        "date of birth",
        "12 JUN 1980",
    ),
    "month and year": (["EXP 06/2027"], "expiry date", "06/2027"),
    "invoice number": (["INVOICE NO: CS00012034 DATE: 12/06/2018"], "invoice number", "CS00012034"),
    "invoice number led by a letter": (["Bill No: 0R00483781"], "invoice number", "OR00483781"),
    "invoice number beside": ([("Invoice #", "2018-0042")], "invoice number", "2018-0042"),
    "phone": (["TEL: 07-388 2218", "FAX: 07-388 2219"], "phone", "07-388 2218"),
    "fax": (["TEL: 07-388 2218", "FAX: 07-388 2219"], "fax", "07-388 2219"),
    "phone in Korean": (["전화번호: 02-555-1234"], "phone", "02-555-1234"),
    "email unlabelled": (["Clara Haddad", "clara@kite.example.com"], "email", "clara@kite.example.com"),
    "company": (
        ["BOOK TA .K (TAMAN DAYA) SDN BHD", "789417-W", "NO.53, JALAN SAGU 18,"],
        "company",
        "BOOK TA .K (TAMAN DAYA) SDN BHD",
    ),
    "company in two lines": (["PERNIAGAAN MAJU", "SDN BHD", "JALAN SAGU 18"], "company", "PERNIAGAAN MAJU SDN BHD"),
    "company in Korean": (["푸른서점", "서울시 강남구 테헤란로 12", ("카페라떼", "5,000")], "company", "푸른서점"),
    "company below a title": (
        ["TAX INVOICE", "GOLDEN LOTUS RESTAURANT", "TEL 03-1234 5678"],
        "company",
        "GOLDEN LOTUS RESTAURANT",
    ),
    "address": (
        ["ABC SDN BHD", "NO.53, JALAN SAGU 18,", "81100 JOHOR BAHRU, JOHOR.", "TEL: 07-388 2218"],
        "address",
        "NO.53, JALAN SAGU 18, 81100 JOHOR BAHRU, JOHOR.",
    ),
    "name": (["Name: Jane Doe", "Sex: F"], "name", "Jane Doe"),
    "name in Korean": (["성명: 홍길동", "생년월일: 1980년 3월 5일"], "name", "홍길동"),
    "surname above its value": (["Surname", "KELLER", "Given names", "MARIA"], "surname", "KELLER"),
    "sex": (["Sex: F", "Nationality: UTOPIAN"], "sex", "F"),
    "two fields a line": (["Sex: F Nationality: UTOPIAN"], "nationality", "UTOPIAN"),
    "cash": ([("TOTAL", "54.30"), ("CASH", "100.00"), ("CHANGE", "45.70")], "cash", "100.00"),
    "change": (["CASH 100.00 CHANGE 45.70"], "change", "45.70"),
    "tax": ([("Subtotal", "50.00"), ("GST 6%", "3.00"), ("Total incl. GST", "53.00")], "tax", "3.00"),
    "subtotal without a space": (["TOTAL EXCL. GST:159.40", "GST 6% :9.56", "TOTAL:168.96"], "subtotal", "159.40"),
    "subtotal": ([("Sub Total", "50.00"), ("Total", "53.00")], "subtotal", "50.00"),
    "net weight": (["Net weight: 250 g", "Best before 12.06.2025"], "net weight", "250 g"),
    "lot": (["LOT NO. L2044A"], "lot number", "L2044A"),
    "label of the page's own": (["Gate: B42", "Seat: 17C"], "Seat", "17C"),
    "own label with a slip": ([("Fuel 1evel", "83 %")], "fuel level", "83 %"),
    "own label, value below": (["Boarding group", "C"], "boarding group", "C"),
    "labels in three languages": (
        ["SUKUNIMI/EFTERNAMN/SURNAME", "KELLER", "ETUNIMET/FORNAMN/GIVEN NAMES", "MARIA ANNA"],
        "surname",
        "KELLER",
    ),
    "labels in a row, values below": (
        [("Sex / Sexe", "Date of birth"), ("F", "12.08.1980")],
        "sex",
        "F",
    ),
    "labels and values in merged lines": (
        ["Sex Nationality Date of birth", "F UTO 12.08.1980"],
        "date of birth",
        "12.08.1980",
    ),
    "two dates under two labels": (
        ["Date of issue      Date of expiry", "12.08.2010         12.08.2020"],
        "expiry date",
        "12.08.2020",
    ),
    "a label that ends in look-alikes": (["Born: 26/08/1985"], "date of birth", "26/08/1985"),
    "a name in two fields": (["IDENTITY CARD", "Surname: KELLER", "Given names: MARIA"], "name", "KELLER MARIA"),
    "a name without a label": (["IDENTITY CARD", "Maria Keller", "UTOPIA"], "name", "Maria Keller"),
    "an id without a label": (["KAD PENGENALAN", "770305-02-1234", "LIM WEI LING"], "id number", "770305-02-1234"),
    "driving licence": (["DL I1234562", "LN CARDHOLDER", "FN IMA", "DOB 08/31/1977"], "surname", "CARDHOLDER"),
    "driving licence number": (["DL I1234562", "LN CARDHOLDER"], "id number", "I1234562"),
    "second language in the label": (["Surname / Nom: KELLER"], "surname", "KELLER"),
    "company with a word of payments": (
        ["super seven", "SUPER SEVEN CASH & CARRY SDN BHD (590150-V)", "40150 Shah Alam"],
        "company",
        "SUPER SEVEN CASH & CARRY SDN BHD",
    ),
    "company, the legal name before the shop's": (
        ["PRIMA COFFEE SHOP", "IOI CITY MALL", "BERJAYA PRIMA COFFEE COMPANY SDN BHD", "62502 PUTRAJAYA"],
        "company",
        "BERJAYA PRIMA COFFEE COMPANY SDN BHD",
    ),
    "company over broken lines": (
        ["AIK HUAT HARDWARE", "ENTERPRISE (SETIA", "ALAM) SDN BHD", "822737-X"],
        "company",
        "AIK HUAT HARDWARE ENTERPRISE (SETIA ALAM) SDN BHD",
    ),
    "company, its place in brackets": (
        ["GREEN LANE RESTAURANT", "(SALAK TINGGI) SDN BHD", "(1198730-A)"],
        "company",
        "GREEN LANE RESTAURANT (SALAK TINGGI) SDN BHD",
    ),
    "company that ends in S/B": (["PETRON LANJAN S/B", "ALSERKAM ENTERPRISE"], "company", "PETRON LANJAN S/B"),
    "company, not a branch's number": (["Subway Skypark", "Restaurant #54022-0"], "company", "Subway Skypark"),
    "address, no former name": (
        ["ABC SDN BHD", "(formerly known as XYZ Malaysia)", "LOT G12A, EVOLVE MALL", "47301 PETALING JAYA"],
        "address",
        "LOT G12A, EVOLVE MALL 47301 PETALING JAYA",
    ),
    "address, its first lines without words for it": (
        ["ABC SDN BHD", "(12345-X)", "L4-17(A) MyTown,", "Utara, Sg Buloh", "55100 Kuala Lumpur.", "TEL: 03-9201 7000"],
        "address",
        "L4-17(A) MyTown, Utara, Sg Buloh 55100 Kuala Lumpur.",
    ),
    "address, not the place of the shop": (
        ["PRIMA COFFEE", "IOI CITY MALL", "BERJAYA PRIMA SDN BHD", "LOT G-23, 62502 PUTRAJAYA"],
        "address",
        "LOT G-23, 62502 PUTRAJAYA",
    ),
    "address, the buyer's left empty": (
        [
            "ABC SDN BHD",
            "NO 2, JALAN BAYU 4,",
            "81750 MASAI, JOHOR",
            "TEL: 07-388 2218",
            "Bill To: JOE",
            "Address :",
            ("STEEL BAR", "20.00"),
            ("TOTAL", "20.00"),
        ],
        "address",
        "NO 2, JALAN BAYU 4, 81750 MASAI, JOHOR",
    ),
    "date, not when it was printed": (["Date : 28/02/2018", "Printed : 01/03/2018"], "date", "28/02/2018"),
    "numbered field with a label": (["4a ISS: 10/15/2019", "4b EXP: 12/31/2027"], "expiry date", "12/31/2027"),
    "numbered surname": (LICENCE, "surname", "MORGAN"),
    "numbered given names on two lines": (LICENCE, "given name", "SARAH MEREDYTH"),
    "numbered date of birth": (LICENCE, "date of birth", "11.03.1976"),
    "numbered date of issue": (LICENCE, "date", "19.01.2013"),
    "numbered expiry": (LICENCE, "expiry date", "18.01.2023"),
    "numbered licence number": (LICENCE, "id number", "MORGA753116SM9IJ"),
    "name of a numbered licence": (LICENCE, "name", "MORGAN SARAH MEREDYTH"),
    "licence number beside its label": (
        ["DRIVER'S LICENCE", "1 DOE", "2 JO", ("4d NUMBER/NUM", "P1234-56789-05514"), "3 1990-05-14"],
        "id number",
        "P1234-56789-05514",
    ),
    "number in groups": (["4d DLN: 99 999 999", "3 DOB: 12/31/1964"], "id number", "99 999 999"),
    "resident number whatever its check digit": (["주민등록증", "850314-1234567"], "id number", "850314-1234567"),
    "card number without a label": (
        ["PERSONALAUSWEIS", ("IDENTITY CARD/CARTE", "T220001293"), "12.08.1983"],
        "id number",
        "T220001293",
    ),
    "the passport's number, not the holder's": (
        ["Personal No. ZE184226B", "Passport No. L898902C3"],
        "id number",
        "L898902C3",
    ),
    "the holder's number when asked": (
        ["Document number: AS0000007", "Personal code: 4710308"],
        "personal code",
        "4710308",
    ),
    "date with spaces under its label": (["VALIDEZ", "01 06 2025"], "expiry date", "01 06 2025"),
    "the end of a span": (["Tempoh / Validity", "15/01/2022 - 14/01/2027"], "expiry date", "14/01/2027"),
    "name that shares its label": (
        ["Name/Surname/Nom", "MUSTERMANN", "Vornamen/Given names", "ERIKA"],
        "name",
        "MUSTERMANN ERIKA",
    ),
    "a long name without a label": (
        ["LESEN MEMANDU", "NUR AISYAH BINTI MOHD ALI", "B2 D"],
        "name",
        "NUR AISYAH BINTI MOHD ALI",
    ),
    "born, in French": (["Né(e) le : 06.12.1965"], "date of birth", "06.12.1965"),
    "machine-readable expiry": (MRZ, "expiry date", "120415"),
    "machine-readable names": (MRZ, "name", "ERIKSSON ANNA<MARIA"),
}


@pytest.mark.parametrize(("rows", "label", "expected"), VALUES.values(), ids=VALUES.keys())
def test_value(rows: list[str | tuple[str, ...]], label: str, expected: str) -> None:
    context, image = reading(*rows)
    assert [r.text for r in find_value(context, image, label)] == [expected]


@pytest.mark.parametrize(
    ("label", "expected"),
    [("quantity", ["2", "1"]), ("price", ["4.50", "3.00"]), ("amount", ["9.00", "3.00"])],
)
def test_columns_give_all_their_cells(label: str, expected: list[str]) -> None:
    script = [
        (20, 20, "Item"),
        (300, 20, "Qty"),
        (420, 20, "Price"),
        (560, 20, "Amount"),
        (20, 52, "Tea"),
        (312, 52, "2"),
        (420, 52, "4.50"),
        (572, 52, "9.00"),
        (20, 84, "Cake"),
        (312, 84, "1"),
        (420, 84, "3.00"),
        (572, 84, "3.00"),
        (420, 116, "Total"),
        (560, 116, "12.00"),
    ]
    context = Context(FakeModels({"reader": FakeReader(script)}))
    assert [r.text for r in find_value(context, blank(), label)] == expected


@pytest.mark.parametrize(
    ("label", "rows"),
    [
        ("total", ["Dear Mr Lim,", "we thank you for the change."]),
        ("date", ["No day is printed here", "call 03-8023 4567"]),
        ("sex", ["Sexton Hall"]),
        ("seat", ["Seattle 12"]),
        ("invoice number", []),
    ],
)
def test_nothing_found_is_empty_and_remembers(label: str, rows: list[str]) -> None:
    context, image = reading(*rows)
    found = find_value(context, image, label)
    assert (len(found), found.searched) == (0, label)


def test_a_value_is_boxed_by_its_own_words() -> None:
    context, image = reading("TOTAL RM 54.30")
    box = next(iter(find_value(context, image, "total"))).box
    assert box[0] >= 20 + 12 * 6 - 1 and box[2] <= 20 + 12 * 14 + 1


def test_a_picture_is_read_once() -> None:
    reader = page_of(("TOTAL", "5.00"))
    context, image = Context(FakeModels({"reader": reader})), blank()
    find_value(context, image, "total")
    find_value(context, image, "date")
    assert reader.reads == 1


def test_every_key_means_itself() -> None:
    assert {key: canonical(key) for key in LABELS} == {key: key for key in LABELS}


@pytest.mark.parametrize(
    ("label", "key"),
    [
        ("Grand Total:", "total"),
        ("the total", "total"),
        ("AMOUNT DUE", "total"),
        ("합계", "total"),
        ("e-mail", "email"),
        ("gate", None),
    ],
)
def test_canonical(label: str, key: str | None) -> None:
    assert canonical(label) == key


NUMBERS = {
    "plain": ("54.30", 54.3),
    "currency": ("RM 54.30", 54.3),
    "thousands": ("1,234.56", 1234.56),
    "european": ("1.234,56", 1234.56),
    "won": ("12,000원", 12000),
    "slip": ("1O.00", 10),
    "negative": ("-5.00", -5),
    "brackets": ("(5.00)", -5),
    "lost point": ("54 30", 54.3),
    "after text": ("TOTAL QTY: 4", 4),
    "percent": ("6.00%", 6),
    "last money": ("3 x 4.50", 4.5),
    "hyphen is no sign": ("A-5", 5),
    "european thousands": ("12.345", 12345),
    "year": ("Opened in 1987", 1987),
    "minus behind": ("5.00-", -5),
}


@pytest.mark.parametrize(("text", "value"), NUMBERS.values(), ids=NUMBERS.keys())
def test_number_of(text: str, value: float) -> None:
    context, image = reading()
    assert number_of(context, Region((0, 0, 9, 9), image.frame, text=text)) == pytest.approx(value)


@pytest.mark.parametrize("text", ["secret words", None, ""])
def test_no_number_is_a_tool_error_without_picture_content(text: str | None) -> None:
    context, image = reading()
    with pytest.raises(ToolError) as error:
        number_of(context, Region((0, 0, 9, 9), image.frame, text=text))
    assert "secret" not in str(error.value)


def test_total_most_least() -> None:
    context, image = reading()
    made = [
        Region((0, 10 * i, 9, 10 * i + 9), image.frame, text=t)
        for i, t in enumerate(["9.00", "no number", "RM 12.50", "0.10"])
    ]
    prices = Regions.of(made, image.frame)
    assert total(context, prices) == pytest.approx(21.6)
    assert (most(context, prices).text, least(context, prices).text) == ("RM 12.50", "0.10")
    assert total(context, Regions((), image.frame)) == 0
    with pytest.raises(NothingThere):
        most(context, Regions((), image.frame))
    with pytest.raises(ToolError, match="none of these 1"):
        least(context, Regions.of(made[1:2], image.frame))
