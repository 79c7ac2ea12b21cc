"""Receipts: Malaysian thermal prints with their many ways to say "total", and Korean ones."""

from __future__ import annotations

import random
from datetime import date

from training.documents.sheet import Font, Sheet, font

FIRMS = (
    "KEDAI BUKU MELUR",
    "GOLDEN LOTUS",
    "TAN HOCK SENG",
    "PERNIAGAAN MAJU JAYA",
    "SRI KEMBANGAN",
    "BLUE OCEAN",
    "LIM & SONS",
    "EVERGREEN",
    "PASAR SEGAR",
    "RIVERSIDE",
    "ORIENTAL STAR",
    "SUNWAY HOME",
    "CITY LIGHT",
    "MEI FONG",
)
LINES = (
    "TRADING SDN BHD",
    "HARDWARE SDN. BHD.",
    "ENTERPRISE",
    "RESTAURANT SDN BHD",
    "STATIONERY",
    "(M) SDN BHD",
    "BAKERY & CAFE",
    "SUPERMARKET SDN BHD",
    "PHARMACY",
)
STREETS = (
    "JALAN BUNGA RAYA",
    "JALAN SS 2/24",
    "LORONG MAAROF",
    "JALAN PERMAS 10",
    "PERSIARAN RAJA MUDA",
    "JALAN TEMENGGUNG 5/9",
)
TOWNS = (
    "81750 JOHOR BAHRU",
    "40150 SHAH ALAM, SELANGOR",
    "50450 KUALA LUMPUR",
    "11900 BAYAN LEPAS, PENANG",
    "43200 CHERAS, SELANGOR",
)
ITEMS = (
    "A4 PAPER 80GSM",
    "TEH TARIK",
    "NASI LEMAK AYAM",
    "ROTI CANAI",
    "LED BULB 9W",
    "PVC TAPE",
    "MINERAL WATER 500ML",
    "KOPI O",
    "BALL PEN BLUE",
    "MEE GORENG",
    "SCREW 2 INCH",
    "PANADOL 500MG",
    "CHICKEN RICE",
    "WALL PLUG",
    "MILO ICE",
    "EGG TART",
)
TOTALS = (
    "TOTAL",
    "TOTAL :",
    "Total",
    "TOTAL (RM)",
    "Total (RM):",
    "TOTAL RM",
    "GRAND TOTAL",
    "Grand Total :",
    "NETT TOTAL",
    "TOTAL AMOUNT",
    "Total Amount :",
    "TOTAL AMOUNT (RM)",
    "TOTAL DUE",
    "AMOUNT DUE",
    "Total Payable",
    "NET TOTAL :",
)
INCLUSIVE = (
    "TOTAL INCL. GST@6%",
    "Total Incl. GST",
    "TOTAL SALES (INCLUSIVE OF GST)",
    "Total Inclusive GST :",
    "TOTAL INC. GST",
    "Total (Inclusive of GST)",
)
EXCLUSIVE = (
    "TOTAL EXCL. GST",
    "Total (Excluding GST)",
    "TOTAL SALES (EXCLUDING GST)",
    "Sub Total",
    "SUBTOTAL :",
    "Total Excl. GST",
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def some_date(rng: random.Random) -> date:
    """A day in the last years that receipts come from."""
    return date(rng.randint(2014, 2025), rng.randint(1, 12), rng.randint(1, 28))


def printed_date(rng: random.Random, day: date) -> str:
    """The day as one of the ways in which tills print it, day first."""
    month = MONTHS[day.month - 1]
    return rng.choice(
        [
            f"{day:%d/%m/%Y}",
            f"{day:%d/%m/%Y}",
            f"{day:%d-%m-%Y}",
            f"{day:%d/%m/%y}",
            f"{day:%d-%m-%y}",
            f"{day:%d.%m.%Y}",
            f"{day:%Y-%m-%d}",
            f"{day.day} {month} {day.year}",
            f"{day:%d}-{month}-{day:%Y}",
            f"{month} {day.day}, {day.year}",
            f"{day:%d} {month.upper()} {day:%y}",
            f"{day:%d}/{month}/{day:%Y}",
        ]
    )


def money(value: float, rng: random.Random, sign: str = "") -> str:
    """A price as printed: 1,234.50 with or without RM."""
    return f"{sign}{value:,.2f}" if value >= 1000 and rng.random() < 0.8 else f"{sign}{value:.2f}"


def draw_receipt(rng: random.Random) -> Sheet:
    """A thermal receipt with header, items, sums, payment."""
    width = rng.choice([420, 480, 560, 640])
    size = round(width / rng.choice([25, 28, 31]))
    family = rng.choice(["mono", "mono", "wide mono", "sans", "narrow", "humanist"])
    if family == "wide mono":
        size = round(size * 0.9)
    face, bold = font(family, size), font("mono bold" if "mono" in family else "sans bold", size)
    sheet = Sheet(width, 2400)
    margin, step = round(width * 0.05), round(size * rng.choice([1.35, 1.5, 1.7]))
    y = _header(sheet, rng, face, bold, step, margin)
    y = _facts(sheet, rng, face, step, margin, y)
    y, net = _items(sheet, rng, face, step, margin, y)
    _sums(sheet, rng, face, bold, step, margin, y, net)
    return sheet


def _center(sheet: Sheet, y: float, text: str, face: Font, **known: str) -> None:
    sheet.text(sheet.width / 2, y, text, face, anchor="ma", **known)  # type: ignore[arg-type]


def _header(sheet: Sheet, rng: random.Random, face: Font, bold: Font, step: int, margin: int) -> float:
    y = 30.0
    _center(sheet, y, f"{rng.choice(FIRMS)} {rng.choice(LINES)}", bold, key="company")
    y += step
    if rng.random() < 0.6:
        _center(sheet, y, f"({rng.randint(100000, 999999)}-{rng.choice('AHKTVX')})", face)
        y += step
    _center(sheet, y, f"NO. {rng.randint(1, 99)}, {rng.choice(STREETS)},", face)
    _center(sheet, y + step, f"{rng.choice(TOWNS)}.", face)
    y += 2 * step
    if rng.random() < 0.8:
        phone = rng.choice(
            [
                f"07-{rng.randint(2000000, 3999999)}",
                f"03-{rng.randint(2000, 9999)} {rng.randint(1000, 9999)}",
                f"012-{rng.randint(200, 999)} {rng.randint(1000, 9999)}",
            ]
        )
        _center(
            sheet, y, f"{rng.choice(['TEL:', 'Tel : ', 'TEL NO. ', 'Phone: '])}{phone}", face, key="phone", value=phone
        )
        y += step
    if rng.random() < 0.6:
        _center(sheet, y, f"GST {rng.choice(['ID', 'Reg No', 'NO'])}: {rng.randint(10**11, 10**12 - 1)}", face)
        y += step
    if rng.random() < 0.7:
        _center(
            sheet, y + step * 0.3, rng.choice(["TAX INVOICE", "SIMPLIFIED TAX INVOICE", "RECEIPT", "CASH SALES"]), bold
        )
        y += 1.6 * step
    return y


def _facts(sheet: Sheet, rng: random.Random, face: Font, step: int, margin: int, y: float) -> float:
    day = some_date(rng)
    shown = printed_date(rng, day)
    clock = rng.choice(
        [
            "",
            f" {rng.randint(8, 22):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}",
            f" {rng.randint(1, 12)}:{rng.randint(0, 59):02d} {rng.choice(['AM', 'PM'])}",
        ]
    )
    label = rng.choice(["Date: ", "DATE : ", "Date ", "", "", "Invoice Date: ", "Bill Date : ", "Date/Time: "])
    number = f"{rng.choice(['CS', 'INV', 'OR', ''])}{rng.randint(1000, 999999):08d}"
    invoice = rng.choice(["INVOICE NO: ", "Invoice No. : ", "Bill No: ", "INV NO : ", "Doc No. : "])
    rows = [(f"{label}{shown}{clock}", "date", shown), (f"{invoice}{number}", "invoice number", number)]
    if rng.random() < 0.5:
        rows.append((f"CASHIER: {rng.choice(['AINA', 'MANAGER', 'USER01', 'SITI'])}", "", ""))
    rng.shuffle(rows)
    for text, key, value in rows:
        sheet.text(margin, y, text, face, key=key or None, value=value or None)
        y += step
    return y


def _items(sheet: Sheet, rng: random.Random, face: Font, step: int, margin: int, y: float) -> tuple[float, float]:
    right = sheet.width - margin
    sheet.rule(y + 4, margin)
    y += step * 0.6
    if rng.random() < 0.6:
        sheet.text(margin, y, rng.choice(["ITEM", "DESCRIPTION", "Item"]), face)
        sheet.text(right, y, rng.choice(["AMOUNT", "AMT(RM)", "Total", "Price"]), face, anchor="ra")
        y += step
    net = 0.0
    for _ in range(rng.randint(1, 7)):
        each, many = round(rng.uniform(0.5, 60), 1), rng.randint(1, 4)
        name = rng.choice(ITEMS)
        if rng.random() < 0.5:
            sheet.text(margin, y, name, face)
            y += step
            sheet.text(margin + 20, y, f"{many} x {each:.2f}", face)
        else:
            sheet.text(margin, y, f"{many} {name}"[: 18 if sheet.width < 500 else 24], face)
        sheet.text(right, y, money(each * many, rng) + rng.choice(["", "", " SR"]), face, anchor="ra")
        net += each * many
        y += step
    sheet.rule(y + 4, margin)
    return y + step * 0.6, round(net, 2)


def _sums(
    sheet: Sheet, rng: random.Random, face: Font, bold: Font, step: int, margin: int, y: float, net: float
) -> None:
    right, sign = sheet.width - margin, rng.choice(["", "", "RM", "RM "])
    far = rng.random() < 0.75

    def row(label: str, shown: str, face: Font = face, key: str | None = None) -> None:
        nonlocal y
        if far:
            sheet.text(margin, y, label, face)
            sheet.text(right, y, shown, face, anchor="ra", key=key)
        else:
            sheet.text(margin, y, f"{label.rstrip(' :')} : {shown}", face, key=key, value=shown)
        y += step

    tax = round(net * 0.06, 2) if rng.random() < 0.5 else 0.0
    gross = round(net + tax, 2)
    rounded = round(round(gross / 0.05) * 0.05, 2)
    shows_rounding = rng.random() < 0.4
    due = rounded if shows_rounding else gross
    if rng.random() < 0.35:
        row(rng.choice(["TOTAL QTY", "Total Qty:", "TOTAL ITEMS", "Item Count"]), str(rng.randint(1, 9)))
    if tax or rng.random() < 0.3:
        row(rng.choice(EXCLUSIVE), money(net, rng, sign), key="subtotal")
    if tax:
        row(
            rng.choice(["GST 6%", "GST @ 6%", "TOTAL GST", "Add GST", "SERVICE TAX 6%"]),
            money(tax, rng, sign),
            key="tax",
        )
    if shows_rounding:
        if rng.random() < 0.5:
            row(rng.choice(INCLUSIVE if tax else TOTALS[:4]), money(gross, rng, sign))
        row(rng.choice(["ROUNDING ADJ", "Rounding", "Rounding Adjustment :"]), f"{due - gross:.2f}")
        row(
            rng.choice(["TOTAL", "NETT TOTAL", "Total Rounded", "GRAND TOTAL", "AMOUNT DUE"]),
            money(due, rng, sign),
            bold,
            "total",
        )
    else:
        row(rng.choice(INCLUSIVE if tax and rng.random() < 0.6 else TOTALS), money(due, rng, sign), bold, "total")
    if rng.random() < 0.8:
        cash = next(c for c in (*range(5, 200, 5), *range(200, 10000, 50)) if c >= due)
        if rng.random() < 0.75:
            row(
                rng.choice(["CASH", "Cash", "CASH TENDERED", "Cash Received :", "PAID"]),
                money(cash, rng, sign),
                key="cash",
            )
            row(
                rng.choice(["CHANGE", "Change", "CHANGE DUE", "Balance"]),
                money(round(cash - due, 2), rng, sign),
                key="change",
            )
        else:
            row(rng.choice(["VISA", "MASTER CARD", "DEBIT CARD"]), money(due, rng, sign))
    if tax and rng.random() < 0.5:
        y += step * 0.5
        sheet.text(margin, y, "GST SUMMARY", face)
        sheet.text(right - 110, y, "AMOUNT", face, anchor="ra")
        sheet.text(right, y, "TAX", face, anchor="ra")
        sheet.text(margin, y + step, "SR @ 6%", face)
        sheet.text(right - 110, y + step, f"{net:.2f}", face, anchor="ra")
        sheet.text(right, y + step, f"{tax:.2f}", face, anchor="ra")
        y += 2 * step
    y += step * 0.5
    _center(
        sheet, y, rng.choice(["THANK YOU, PLEASE COME AGAIN", "Goods sold are not returnable", "TERIMA KASIH"]), face
    )


def draw_korean_receipt(rng: random.Random) -> Sheet:
    """A Korean till receipt. Raises FontMissing without a Korean font."""
    width, size = rng.choice([460, 520, 600]), rng.choice([20, 22, 24])
    face, bold = font("korean", size), font("korean bold", size)
    sheet = Sheet(width, 1800)
    margin, step, y = 26, round(size * 1.6), 30.0
    right = width - margin
    _center(
        sheet,
        y,
        rng.choice(["한빛마트 강남점", "푸른서점", "바다식당", "아침카페 홍대점", "우리약국"]),
        bold,
        key="company",
    )
    y += step
    sheet.text(
        margin,
        y,
        rng.choice(["서울특별시 강남구 테헤란로 12", "부산광역시 해운대구 센텀로 45", "대전시 서구 둔산로 8"]),
        face,
    )
    phone = f"0{rng.choice([2, 31, 51])}-{rng.randint(200, 999)}-{rng.randint(1000, 9999)}"
    sheet.text(margin, y + step, f"전화: {phone}", face, key="phone", value=phone)
    y += 2 * step
    day = some_date(rng)
    shown = rng.choice(
        [f"{day:%Y-%m-%d}", f"{day.year}년 {day.month}월 {day.day}일", f"{day:%Y.%m.%d}", f"{day:%Y/%m/%d}"]
    )
    sheet.text(margin, y, f"{rng.choice(['날짜: ', '거래일시: ', '일자 ', ''])}{shown}", face, key="date", value=shown)
    y += step
    sheet.rule(y, margin)
    y += step * 0.4
    total = 0
    for _ in range(rng.randint(2, 5)):
        price = rng.randint(5, 300) * 100
        sheet.text(
            margin,
            y,
            rng.choice(["아메리카노", "카페라떼", "비빔밥", "공책", "김밥", "우유 1L", "감기약", "볼펜"]),
            face,
        )
        sheet.text(right, y, f"{price:,}", face, anchor="ra")
        total += price
        y += step
    sheet.rule(y, margin)
    y += step * 0.4
    if rng.random() < 0.6:
        tax = round(total / 11)
        for label, value in (("공급가액", total - tax), ("부가세", tax)):
            sheet.text(margin, y, label, face)
            sheet.text(right, y, f"{value:,}", face, anchor="ra")
            y += step
    sheet.text(margin, y, rng.choice(["합계", "총액", "합계금액", "결제금액", "총 합계"]), bold)
    sheet.text(right, y, f"{total:,}{rng.choice(['원', '', '원'])}", bold, anchor="ra", key="total")
    y += step
    if rng.random() < 0.6:
        paid = -(-total // 10000) * 10000
        for label, value in (("현금", paid), ("거스름돈", paid - total)):
            sheet.text(margin, y, label, face)
            sheet.text(right, y, f"{value:,}", face, anchor="ra")
            y += step
    _center(sheet, y + 10, "감사합니다", face)
    return sheet
