"""Pages: invoices with a table, letters with addresses in the running text, windows of an app."""

from __future__ import annotations

import random
from datetime import timedelta

from training.documents.cards import FAMILY, FIRMS, GIVEN, a_mail, a_phone
from training.documents.receipts import ITEMS, MONTHS, some_date
from training.documents.sheet import Sheet, font

SENTENCES = (
    "We are glad that the parts arrived in good order.",
    "The second delivery will follow by the end of the month.",
    "Please check the enclosed list and tell us what is missing.",
    "Our workshop stays closed during the first week of May.",
    "The committee has read your proposal with great interest.",
    "All measurements were taken at room temperature.",
    "A copy of the contract was sent to your office yesterday.",
    "Nobody expected the harbour to freeze so early.",
)


def draw_invoice(rng: random.Random) -> Sheet:
    """An A4 invoice: parties, facts, a table with four columns, sums at the right."""
    sheet = Sheet(1000, 1500)
    family = rng.choice(["sans", "serif", "humanist"])
    face, bold, large = font(family, 21), font("sans bold", 21), font("sans bold", 44)
    firm, day = rng.choice(FIRMS), some_date(rng)
    sheet.text(70, 60, rng.choice(["INVOICE", "Invoice"]), large)
    sheet.text(930, 70, firm, bold, anchor="ra", key="company")
    mail = f"billing@{''.join(c for c in firm.lower() if c.isalpha())[:10]}.com"
    sheet.text(930, 102, mail, face, anchor="ra", key="email", entity="email")
    number = f"{rng.choice(['INV-', '', 'R'])}{rng.randint(2015, 2025)}-{rng.randint(10, 9999):04d}"
    issued = rng.choice(
        [f"{day:%d/%m/%Y}", f"{day.day} {MONTHS[day.month - 1]} {day.year}", f"{day:%Y-%m-%d}", f"{day:%d.%m.%Y}"]
    )
    later = day + timedelta(days=30)
    due = f"{later:%d/%m/%Y}"
    style = rng.choice(["beside", "joined"])
    facts = [
        (rng.choice(["Invoice number", "Invoice No.", "Invoice #"]), "invoice number", number),
        (rng.choice(["Invoice date", "Date", "Date of issue"]), "date", issued),
        (rng.choice(["Due date", "Payment due"]), "due date", due),
    ]
    for i, (label, key, shown) in enumerate(facts):
        y = 170 + 34 * i
        if style == "beside":
            sheet.text(70, y, label, face)
            sheet.text(300, y, shown, face, key=key)
        else:
            sheet.text(70, y, f"{label}: {shown}", face, key=key, value=shown)
    sheet.text(560, 170, rng.choice(["Bill to", "Billed to:", "Customer"]), bold)
    sheet.text(560, 204, f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}", face, key="customer")
    sheet.text(560, 238, f"{rng.randint(1, 99)} Mill Road, Leeds", face)
    y = 350.0
    for x, heading, anchor in (
        (70, "Description", "la"),
        (560, "Qty", "ra"),
        (740, "Unit price", "ra"),
        (930, "Amount", "ra"),
    ):
        sheet.text(x, y, heading, bold, anchor=anchor)
    sheet.rule(y + 34, 70)
    y += 50
    net = 0.0
    sign = rng.choice(["", "$", "€", "£"])
    for _ in range(rng.randint(2, 6)):
        many, each = rng.randint(1, 12), round(rng.uniform(3, 400), 2)
        sheet.text(70, y, rng.choice(ITEMS).title(), face)
        for x, shown in ((560, str(many)), (740, f"{each:,.2f}"), (930, f"{many * each:,.2f}")):
            sheet.text(x, y, shown, face, anchor="ra")
        net += many * each
        y += 38
    sheet.rule(y + 4, 70)
    y += 24
    tax = round(net * 0.2, 2)
    sums = [
        (rng.choice(["Subtotal", "Net amount excl. VAT", "Sub total"]), "subtotal", net),
        (rng.choice(["VAT 20%", "Tax (20%)"]), "tax", tax),
        (rng.choice(["Total", "Amount due", "Total due", "Grand total", "Balance due"]), "total", net + tax),
    ]
    for label, key, value in sums:
        sheet.text(740, y, label, bold if key == "total" else face, anchor="ra")
        sheet.text(930, y, f"{sign}{value:,.2f}", bold if key == "total" else face, anchor="ra", key=key)
        y += 38
    return sheet


def draw_letter(rng: random.Random) -> Sheet:
    """A page of running text that mentions several e-mail addresses and phone numbers."""
    sheet = Sheet(1000, 1400)
    face = font(rng.choice(["serif", "sans", "humanist"]), rng.choice([21, 24]))
    step, y = 36, 80.0
    day = some_date(rng)
    shown = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    sheet.text(930, y, shown, face, anchor="ra", key="date", entity="date")
    y += 2 * step
    sheet.text(80, y, f"Dear {rng.choice(GIVEN)} {rng.choice(FAMILY)},", face)
    y += 2 * step
    for _ in range(rng.randint(2, 4)):
        for sentence in rng.sample(SENTENCES, rng.randint(2, 3)):
            sheet.text(80, y, sentence, face)
            y += step
        given, family = rng.choice(GIVEN), rng.choice(FAMILY)
        mail, phone = a_mail(rng, given, family, rng.choice(FIRMS)), a_phone(rng)
        sheet.text(80, y, f"Write to {mail} if anything is unclear.", face, value=mail, entity="email")
        sheet.text(80, y + step, f"{given} {family} answers the phone at {phone}.", face, value=phone, entity="phone")
        y += 3 * step
    sheet.text(80, y, "Yours sincerely,", face)
    sheet.text(80, y + 2 * step, f"{rng.choice(GIVEN)} {rng.choice(FAMILY)}", face)
    return sheet


def draw_screenshot(rng: random.Random) -> Sheet:
    """A window with a title bar, a side list and a form; light or dark."""
    dark = rng.random() < 0.5
    paper, ink, bar = (
        ((30, 32, 38), (225, 228, 235), (48, 52, 62)) if dark else ((250, 250, 252), (32, 34, 40), (226, 230, 236))
    )
    sheet = Sheet(1100, 640, paper)
    face, small = font("humanist", 17), font("humanist", 14)
    sheet.draw.rectangle([0, 0, 1100, 44], fill=bar)
    sheet.text(550, 22, rng.choice(["Account settings", "Order details", "Contact"]), face, anchor="mm", fill=ink)
    sheet.draw.rectangle([0, 44, 220, 640], fill=bar)
    for i, entry in enumerate(("Overview", "Orders", "Customers", "Messages", "Reports")):
        sheet.text(28, 74 + 42 * i, entry, face, fill=ink)
    given, family, firm = rng.choice(GIVEN), rng.choice(FAMILY), rng.choice(FIRMS)
    day = some_date(rng)
    fields = [
        ("Name", "name", f"{given} {family}"),
        ("Email", "email", a_mail(rng, given, family, firm)),
        ("Phone", "phone", a_phone(rng)),
        ("Order number", "order number", f"{rng.randint(10**6, 10**7)}"),
        ("Order date", "date", f"{day:%Y-%m-%d}"),
        ("Status", "status", rng.choice(["Shipped", "Open", "Cancelled"])),
    ]
    for i, (label, key, shown) in enumerate(fields):
        y = 80 + 62 * i
        sheet.text(270, y, label, small, fill=tuple((a + b) // 2 for a, b in zip(ink, paper, strict=True)))  # type: ignore[arg-type]
        sheet.draw.rounded_rectangle([270, y + 20, 720, y + 52], 6, outline=bar, width=2)
        sheet.text(
            282, y + 26, shown, face, fill=ink, key=key, entity=key if key in ("email", "phone", "date") else None
        )
    sheet.draw.rounded_rectangle([270, 480, 380, 518], 6, fill=(52, 116, 235))
    sheet.text(325, 499, "Save", face, anchor="mm", fill=(255, 255, 255))
    sheet.bottom = 600
    return sheet
