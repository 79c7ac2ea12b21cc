"""Draws the pictures of this folder: python -m examples.make_examples [FOLDER]

Everything on them is invented (names, firms, numbers, addresses of reserved domains). Receipts get the damage of real
ones from training.documents; codes are written by zxing-cpp.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

from training.documents import Document, Sheet
from training.documents.damage import damaged
from training.documents.sheet import font

INK = (28, 30, 36)
GRAY = (110, 114, 124)


def receipt() -> Image.Image:
    """A slightly crumpled thermal receipt."""
    sheet, face, bold = Sheet(560, 1100), font("mono", 21), font("mono bold", 24)
    y = 34
    for text, which in (
        ("HARBOUR STREET BOOKS", bold),
        ("12 Harbour Street, Port Linden", face),
        ("Tel: (212) 555-0142", face),
    ):
        sheet.text(280, y, text, which, anchor="ma")
        y += 34
    y += 14
    for text in ("Receipt No: HSB-20417", "Date: 14/03/2024 16:42", "Cashier: Mara"):
        sheet.text(36, y, text, face)
        y += 30
    sheet.rule(y + 6, 36)
    y += 22
    items = (
        ("Field Guide to Birds", "18.50"),
        ("Notebook A5, dotted  x2", "9.00"),
        ("Pencil set", "6.25"),
        ("Gift wrapping", "2.00"),
    )
    for name, price in items:
        sheet.text(36, y, name, face)
        sheet.text(524, y, price, face, anchor="ra")
        y += 32
    sheet.rule(y + 6, 36)
    y += 22
    for name, price, which in (
        ("Subtotal", "35.75", face),
        ("Tax 8%", "2.86", face),
        ("TOTAL", "$38.61", bold),
        ("CASH", "40.00", face),
        ("CHANGE", "1.39", face),
    ):
        sheet.text(36, y, name, which)
        sheet.text(524, y, price, which, anchor="ra")
        y += 38 if which is bold else 32
    sheet.text(280, y + 22, "Thank you, read well!", face, anchor="ma")
    return _crumpled(sheet.document("receipt"))


def korean_receipt() -> Image.Image:
    """A Korean receipt."""
    sheet, face, bold = Sheet(520, 900), font("korean", 23), font("korean bold", 27)
    y = 34
    sheet.text(260, y, "아침카페 홍대점", bold, anchor="ma")
    for text in ("서울특별시 마포구 와우산로 21", "전화번호: 02-555-0134", "날짜: 2024년 3월 5일"):
        y += 42
        sheet.text(36, y, text, face)
    y += 48
    sheet.rule(y, 36)
    y += 16
    for name, price in (("아메리카노 2", "9,000"), ("카페라떼 1", "5,000"), ("치즈케이크 1", "6,500")):
        sheet.text(36, y, name, face)
        sheet.text(484, y, price, face, anchor="ra")
        y += 40
    sheet.rule(y + 4, 36)
    y += 20
    for name, price, which in (("합계", "20,500원", bold), ("현금", "30,000원", face), ("거스름돈", "9,500원", face)):
        sheet.text(36, y, name, which)
        sheet.text(484, y, price, which, anchor="ra")
        y += 44
    sheet.text(260, y + 14, "감사합니다", face, anchor="ma")
    return _crumpled(sheet.document("korean receipt"))


def _crumpled(document: Document) -> Image.Image:
    return Image.fromarray(damaged(document, "crumple", 5).pixels)


def card() -> Image.Image:
    """A business card."""
    sheet = Sheet(1000, 570, (250, 248, 243))
    draw = sheet.draw
    draw.rectangle([0, 0, 26, 570], fill=(196, 92, 52))
    draw.polygon([(850, 60), (930, 200), (770, 200)], fill=(196, 92, 52))
    draw.polygon([(890, 110), (940, 200), (840, 200)], fill=(52, 74, 96))
    sheet.text(80, 70, "Alder & Kite Surveying", font("sans bold", 34), fill=(52, 74, 96))
    sheet.text(80, 190, "Clara Haddad", font("serif bold", 58), fill=INK)
    sheet.text(80, 264, "Head of Field Research", font("sans", 28), fill=GRAY)
    for i, text in enumerate(
        (
            "Tel: +1 (415) 555-0186",
            "Email: clara.haddad@alderkite.example.com",
            "www.alderkite.example.com",
            "48 Mill Road, Port Linden, CA 94107",
        )
    ):
        sheet.text(80, 350 + 46 * i, text, font("sans", 28), fill=INK)
    return sheet.image


def label() -> Image.Image:
    """A product label with a QR code and an EAN-13."""
    import zxingcpp

    sheet = Sheet(900, 620, (252, 250, 240))
    draw = sheet.draw
    draw.rectangle([0, 0, 900, 130], fill=(62, 104, 74))
    sheet.text(40, 30, "Meadow Oat Crunch", font("serif bold", 60), fill=(255, 255, 255))
    for i, text in enumerate(
        (
            "Toasted oats with honey and almonds",
            "Ingredients: whole oats, honey, almonds, salt",
            "Net weight: 350 g",
            "Best before: 30.11.2026",
            "Lot: L4207B",
            "Energy: 1720 kJ per 100 g",
        )
    ):
        sheet.text(40, 170 + 48 * i, text, font("sans bold" if i == 0 else "sans", 27), fill=INK)
    formats = zxingcpp.BarcodeFormat
    for text, kind, place, size in (
        ("https://meadow.example.com/oat-crunch", formats.QRCode, (650, 180), (200, 200)),
        ("4006381333931", formats.EAN13, (560, 440), (300, 140)),
    ):
        code = np.asarray(zxingcpp.create_barcode(text, kind).to_image(scale=4))
        sheet.image.paste(Image.fromarray(code).convert("RGB").resize(size, Image.Resampling.NEAREST), place)
    return sheet.image


def page() -> Image.Image:
    """A letter with several e-mail addresses and phone numbers."""
    sheet, face = Sheet(1000, 1300), font("serif", 25)
    sheet.text(90, 70, "Linden Harbour Society", font("serif bold", 36), fill=(52, 74, 96))
    sheet.rule(126, 90)
    sheet.text(910, 150, "9 May 2025", face, anchor="ra")
    text = """Dear members,

the spring regatta takes place on 14 June 2025, and this year
we need more hands than ever. Whoever can help with the boats
should write to Omar Silva at boats@lindenharbour.example.org
or call him at (212) 555-0117 before the end of the month.

The kitchen team is led by Hannah Brandt, who answers under
kitchen@lindenharbour.example.org. Please tell her what you
cannot eat. Her phone number is (212) 555-0164.

Tickets for guests cost $12.50. They are sold by the office,
office@lindenharbour.example.org, or at the gate. Parking is
limited to forty cars, so we ask you to share a ride.

Photographs from last year's regatta hang in the club house
until the end of summer. Copies can be ordered from Peter
Walsh, peter.walsh@example.com, phone +44 20 7946 0958.

Fair winds,
Maria Keller
Secretary"""
    for i, line in enumerate(text.splitlines()):
        if line:
            sheet.text(90, 210 + 44 * i, line, face, fill=INK)
    return sheet.image


def screenshot() -> Image.Image:
    """A window of an app."""
    sheet = Sheet(1200, 720, (250, 250, 252))
    draw, face, small, bold = sheet.draw, font("humanist", 20), font("humanist", 16), font("sans bold", 26)
    draw.rectangle([0, 0, 1200, 52], fill=(44, 62, 80))
    for i, colour in enumerate(((232, 96, 84), (240, 190, 80), (96, 190, 110))):
        draw.ellipse([20 + 28 * i, 18, 36 + 28 * i, 34], fill=colour)
    sheet.text(600, 26, "Parcel Desk - Order 1048823", face, anchor="mm", fill=(240, 242, 246))
    draw.rectangle([0, 52, 230, 720], fill=(232, 236, 241))
    for i, entry in enumerate(("Overview", "Orders", "Customers", "Messages (3)", "Settings")):
        sheet.text(30, 92 + 52 * i, entry, face, fill=(44, 62, 80) if i != 1 else (36, 104, 200))
    sheet.text(280, 90, "Order details", bold, fill=INK)
    for i, (name, shown) in enumerate(
        (
            ("Customer", "Lucas Moreau"),
            ("Email", "lucas.moreau@example.com"),
            ("Phone", "+33 1 44 55 10 20"),
            ("Order date", "2025-02-18"),
            ("Status", "Shipped"),
            ("Total", "€ 84.90"),
        )
    ):
        y = 160 + 64 * i
        sheet.text(280, y, name, small, fill=GRAY)
        draw.rounded_rectangle([470, y - 12, 860, y + 32], 8, outline=(200, 206, 214), width=2)
        sheet.text(486, y - 2, shown, face, fill=INK)
    for x, name, colour in (
        (470, "Save", (36, 104, 200)),
        (610, "Cancel", (130, 136, 146)),
        (750, "Refund", (200, 72, 60)),
    ):
        draw.rounded_rectangle([x, 580, x + 110, 624], 8, fill=colour)
        sheet.text(x + 55, 602, name, face, anchor="mm", fill=(255, 255, 255))
    return sheet.image


def invoice() -> list[Image.Image]:
    """Two A4 pages at 150 dpi; the sums stand on the second."""
    rows = (
        ("Survey of the north quay", "1", "1,450.00"),
        ("Depth soundings", "12", "85.00"),
        ("Boat hire, per day", "3", "210.00"),
        ("Drafting of charts", "4", "120.00"),
        ("Aerial photographs", "2", "160.00"),
        ("Travel", "1", "96.40"),
    )
    face, bold, large = font("sans", 24), font("sans bold", 24), font("sans bold", 54)
    first, second = Sheet(1240, 1754), Sheet(1240, 1754)
    first.text(90, 90, "INVOICE", large, fill=(52, 74, 96))
    first.text(1150, 100, "Alder & Kite Surveying", bold, anchor="ra")
    first.text(1150, 136, "billing@alderkite.example.com", face, anchor="ra")
    for i, (name, shown) in enumerate(
        (("Invoice number", "AK-2025-0042"), ("Invoice date", "3 March 2025"), ("Due date", "2 April 2025"))
    ):
        first.text(90, 240 + 44 * i, name, face, fill=GRAY)
        first.text(330, 240 + 44 * i, shown, face)
    for i, shown in enumerate(("Bill to:", "Linden Harbour Society", "1 Quay Road, Port Linden")):
        first.text(760, 240 + 44 * i, shown, bold if i == 0 else face)
    halves = ((first, rows[:4], 460), (second, rows[4:], 200))
    for sheet, part, y in halves:
        for x, heading, anchor in (
            (90, "Description", "la"),
            (700, "Qty", "ra"),
            (920, "Unit price", "ra"),
            (1150, "Amount", "ra"),
        ):
            sheet.text(x, y, heading, bold, anchor=anchor)
        sheet.rule(y + 42, 90)
        for i, (name, many, each) in enumerate(part):
            amount = int(many) * float(each.replace(",", ""))
            for x, shown, anchor in (
                (90, name, "la"),
                (700, many, "ra"),
                (920, each, "ra"),
                (1150, f"{amount:,.2f}", "ra"),
            ):
                sheet.text(x, y + 64 + 50 * i, shown, face, anchor=anchor)
    first.text(1150, 1660, "Page 1 of 2", face, anchor="ra", fill=GRAY)
    second.text(90, 90, "Invoice AK-2025-0042, continued", bold, fill=(52, 74, 96))
    net = sum(int(many) * float(each.replace(",", "")) for _, many, each in rows)
    sums = (("Subtotal", net), ("VAT 20%", net * 0.2), ("Amount due", net * 1.2))
    for i, (name, value) in enumerate(sums):
        second.text(920, 440 + 54 * i, name, bold if i == 2 else face, anchor="ra")
        second.text(1150, 440 + 54 * i, f"€ {value:,.2f}", bold if i == 2 else face, anchor="ra")
    second.text(90, 700, "Please pay by bank transfer. IBAN GB82 WEST 1234 5698 7654 32", face)
    second.text(1150, 1660, "Page 2 of 2", face, anchor="ra", fill=GRAY)
    return [first.image, second.image]


def main() -> None:
    """Draw everything into the folder given, else beside this file."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    folder.mkdir(parents=True, exist_ok=True)
    for draw in (receipt, korean_receipt, card, label, page, screenshot):
        picture = draw()
        if draw in (receipt, korean_receipt):
            picture = picture.filter(ImageFilter.GaussianBlur(0.4)).convert("L")
        elif draw is page:
            picture = picture.convert("L")
        picture.save(folder / f"{draw.__name__}.png", optimize=True)
    pages = [p.convert("L") for p in invoice()]
    pages[0].save(folder / "invoice.pdf", save_all=True, append_images=pages[1:], resolution=150, quality=60)


if __name__ == "__main__":
    main()
