"""Small prints: business cards, identity cards, product labels."""

from __future__ import annotations

import random

from training.documents.receipts import MONTHS, some_date
from training.documents.sheet import Sheet, font

GIVEN = ("Maria", "James", "Aisha", "Daniel", "Sofia", "Wei Ling", "Lucas", "Hannah", "Omar", "Clara", "Jin", "Peter")
FAMILY = (
    "Keller",
    "Rossi",
    "Tanaka",
    "Novak",
    "Haddad",
    "Larsen",
    "Moreau",
    "Okafor",
    "Silva",
    "Brandt",
    "Lim",
    "Walsh",
)
TITLES = ("Sales Manager", "Software Engineer", "Chief Architect", "Head of Research", "Account Executive", "Designer")
FIRMS = (
    "Northwind Optics",
    "Harbor & Pine Ltd",
    "Blue Fern Studio",
    "Quarry Lane Inc",
    "Alder Systems GmbH",
    "Kite Logistics",
)
COLOURS = ((255, 255, 255), (246, 243, 235), (235, 242, 248), (38, 50, 64), (20, 60, 52))


def a_phone(rng: random.Random) -> str:
    """A number that is valid where it says it is."""
    return rng.choice(
        [
            f"+1 (415) {rng.randint(230, 989)}-{rng.randint(1000, 9999)}",
            f"+44 20 7946 0{rng.randint(100, 999)}",
            f"+49 30 {rng.randint(200000, 899999)}{rng.randint(10, 99)}",
            f"+60 12-{rng.randint(200, 999)} {rng.randint(1000, 9999)}",
            f"(212) {rng.randint(230, 989)}-{rng.randint(1000, 9999)}",
            f"+82 2-{rng.randint(500, 799)}-{rng.randint(1000, 9999)}",
            f"+33 1 4{rng.randint(0, 9)} {rng.randint(10, 99)} {rng.randint(10, 99)} {rng.randint(10, 99)}",
        ]
    )


def a_mail(rng: random.Random, given: str, family: str, firm: str) -> str:
    """An address of a reserved or common ending."""
    host = "".join(c for c in firm.lower() if c.isalpha())[:12]
    name = rng.choice([f"{given}.{family}", f"{given[0]}{family}", f"{given}_{family}", given]).replace(" ", "").lower()
    return f"{name}@{host}.{rng.choice(['com', 'example.com', 'org', 'co.uk', 'io'])}"


def draw_business_card(rng: random.Random) -> Sheet:
    """Name, title, firm, phone, e-mail, site, address."""
    paper = rng.choice(COLOURS)
    ink = (245, 245, 245) if sum(paper) < 300 else (25, 28, 36)
    sheet = Sheet(rng.choice([700, 860, 1000]), 620, paper)
    size = sheet.width // 34
    family, bold = rng.choice([("sans", "sans bold"), ("serif", "serif bold"), ("humanist", "sans bold")])
    face, large = font(family, size), font(bold, round(size * 1.7))
    given, surname, firm = rng.choice(GIVEN), rng.choice(FAMILY), rng.choice(FIRMS)
    x, y, step = sheet.width * 0.07, 50.0, size * 1.7
    sheet.text(x, y, firm, font(bold, round(size * 1.2)), fill=ink, key="company")
    y += step * 2.2
    sheet.text(x, y, f"{given} {surname}", large, fill=ink, key="name")
    y += step * 1.5
    sheet.text(x, y, rng.choice(TITLES), face, fill=ink)
    y += step * 1.6
    phone, mail = a_phone(rng), a_mail(rng, given, surname, firm)
    labels = rng.choice(
        [
            ("Tel: ", "Fax: ", "Email: ", "Web: "),
            ("T ", "F ", "E ", "W "),
            ("Phone ", "Fax ", "E-mail ", ""),
            ("", "F: ", "", ""),
        ]
    )
    sheet.text(x, y, labels[0] + phone, face, fill=ink, key="phone", value=phone, entity="phone")
    y += step
    if rng.random() < 0.4:
        fax = a_phone(rng)
        sheet.text(x, y, labels[1] + fax, face, fill=ink, key="fax", value=fax, entity="phone")
        y += step
    sheet.text(x, y, labels[2] + mail, face, fill=ink, key="email", value=mail, entity="email")
    y += step
    site = "www." + mail.split("@")[1]
    sheet.text(x, y, labels[3] + site, face, fill=ink, key="website", value=site, entity="url")
    y += step
    sheet.text(
        x,
        y,
        f"{rng.randint(1, 400)} {rng.choice(['Harbor Street', 'Mill Road'])}, {rng.choice(['Boston', 'Leeds'])}",
        face,
        fill=ink,
    )
    return sheet


def draw_identity_card(rng: random.Random) -> Sheet:
    """A card of no country: labels above, beside or before their values."""
    sheet = Sheet(rng.choice([900, 1000]), 640, rng.choice([(228, 238, 246), (240, 234, 246), (236, 244, 232)]))
    size = sheet.width // 40
    face, value_face = font("sans", round(size * 0.8)), font(rng.choice(["sans bold", "sans", "mono bold"]), size)
    style = rng.choice(["above", "beside", "before"])
    sheet.text(
        40,
        30,
        rng.choice(["IDENTITY CARD", "NATIONAL IDENTITY CARD", "DRIVING LICENCE", "RESIDENCE PERMIT"]),
        font("sans bold", round(size * 1.3)),
    )
    sheet.draw.rectangle([40, 110, 250, 390], fill=(190, 196, 204))
    sheet.draw.ellipse([100, 150, 190, 260], fill=(140, 146, 156))
    sheet.draw.ellipse([75, 275, 215, 420], fill=(140, 146, 156))
    day, ends = some_date(rng), some_date(rng)
    month = MONTHS[day.month - 1].upper()
    born = rng.choice(
        [f"{day:%d.%m}.{day.year - 40}", f"{day.day:02d} {month} {day.year - 38}", f"{day:%d/%m}/{day.year - 35}"]
    )
    until = rng.choice([f"{ends:%d.%m}.{ends.year + 10}", f"{ends:%d/%m}/{ends.year + 9}"])
    number = rng.choice(
        [
            f"{rng.choice('ABCLX')}{rng.randint(1000000, 99999999)}",
            f"{rng.randint(10**8, 10**9 - 1)}",
            f"{rng.choice('LTX')}{rng.randint(10, 99)}X{rng.randint(10**5, 10**6 - 1)}",
        ]
    )
    fields = [
        (rng.choice(["Surname", "Last name", "Surname / Nom"]), "surname", rng.choice(FAMILY).upper()),
        (rng.choice(["Given names", "First name", "Given name"]), "given name", rng.choice(GIVEN).upper()),
        (rng.choice(["Date of birth", "Born", "Birth date"]), "date of birth", born),
        (rng.choice(["Sex", "Gender"]), "sex", rng.choice(["M", "F"])),
        (
            rng.choice(["Nationality", "Citizenship"]),
            "nationality",
            rng.choice(["UTOPIAN", "ARSTOTZKAN", "RURITANIAN"]),
        ),
        (rng.choice(["Document No.", "ID No", "Card number", "Personal No."]), "id number", number),
        (rng.choice(["Date of expiry", "Expiry date", "Valid until", "Expires"]), "expiry date", until),
    ]
    x, y, column = 290.0, 105.0, 0
    for label, key, shown in fields:
        left = x + column * 330
        if style == "above":
            sheet.text(left, y, label, face, fill=(70, 80, 110))
            sheet.text(left, y + size * 1.05, shown, value_face, key=key)
            column = (column + 1) % 2 if key not in ("surname", "given name") else 0
            y += size * 2.7 if column == 0 else 0
        elif style == "beside":
            sheet.text(x, y, label, face, fill=(70, 80, 110))
            sheet.text(x + 240, y, shown, value_face, key=key)
            y += size * 1.9
        else:
            sheet.text(x, y, f"{label}: {shown}", value_face, key=key, value=shown)
            y += size * 1.9
    return sheet


def draw_label(rng: random.Random) -> Sheet:
    """A food label: name, net weight, best before, lot."""
    sheet = Sheet(rng.choice([620, 760]), 700, rng.choice([(255, 253, 245), (244, 250, 240)]))
    size = sheet.width // 28
    face, bold = font(rng.choice(["sans", "narrow", "humanist"]), size), font("sans bold", round(size * 1.9))
    x, y, step = 40.0, 40.0, size * 1.65
    sheet.text(x, y, rng.choice(["Oat Crunch", "Forest Honey", "Sea Salt Crackers", "Green Tea"]), bold)
    y += step * 2
    sheet.text(
        x, y, f"Ingredients: {rng.choice(['whole oats, honey, almonds', 'wheat, oil, salt', 'green tea leaves'])}", face
    )
    y += step
    weight = rng.choice(["250 g", "1.5 kg", "500 ml", "340g"])
    sheet.text(
        x, y, f"{rng.choice(['Net weight: ', 'NET WT. ', 'Net weight '])}{weight}", face, key="net weight", value=weight
    )
    y += step
    day = some_date(rng)
    until = rng.choice([f"{day:%d.%m.%Y}", f"{day:%d/%m/%Y}", f"{day.day} {MONTHS[day.month - 1].upper()} {day.year}"])
    sheet.text(
        x,
        y,
        f"{rng.choice(['Best before: ', 'BEST BEFORE ', 'Use by: '])}{until}",
        face,
        key="best before",
        value=until,
    )
    y += step
    lot = f"L{rng.randint(1000, 9999)}{rng.choice('ABC')}"
    sheet.text(x, y, f"{rng.choice(['Lot: ', 'LOT NO. ', 'Batch: '])}{lot}", face, key="lot number", value=lot)
    return sheet
