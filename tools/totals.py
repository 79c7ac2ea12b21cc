"""Amounts on receipts and invoices: which amount belongs to which words, and which one is the total to pay.

A row is read as words, amount, words, amount ...; an amount belongs to the words before it, or stands under them. The
total is chosen by what its words say and by sums that must hold: cash minus change, subtotal plus tax, rounding.
Support for tools.values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.amounts import Amount, find_amounts
from tools.dates import find_dates
from tools.entity_patterns import find_ids, find_phones
from tools.text_layout import Page, Placed

CENT = 0.015
HEADING = re.compile(
    r"qty|quantity|price|desc|item(?!count)|amount\w*tax|amt\w*tax|uprice|수량|단가"
)  # of a table's columns


@dataclass(frozen=True)
class Pair:
    """An amount and the words that it belongs to.

    words: as printed; key: the words' letters only, small. row: number of the amount's row. extra: how many more
    amounts share the words (columns of a tax summary). line, start, end: where the amount stands.
    """

    words: str
    key: str
    value: float
    surely: bool
    row: int
    extra: int
    line: int
    start: int
    end: int


def letters_of(words: str) -> str:
    """Small letters only, digits inside words read as the letters that they look like ("T0TAL" is "total")."""
    text = re.sub(r"(?<=[A-Za-z])[015](?=[A-Za-z])", lambda m: {"0": "o", "1": "l", "5": "s"}[m.group()], words)
    return "".join(c for c in text.lower() if c.isalpha())


def amounts_of(text: str) -> list[Amount]:
    """Amounts that can be money: not parts of dates or phone numbers."""
    spans = [(d.start, d.end) for d in find_dates(text)]
    found = find_amounts(text)
    if any(not (a.cents or a.currency) for a in found):
        spans += [(s.start, s.end) for s in (*find_phones(text, ()), *find_ids(text))]
    return [a for a in found if not any(s < a.end and a.start < e for s, e in spans)]


def pairs_of(page: Page) -> list[Pair]:
    """Every amount on the page with its words, from top to bottom."""
    found: list[Pair] = []
    pending: tuple[str, Placed] | None = None  # words of the row before, which had no amount
    for number, row in enumerate(page.rows):
        words = ""
        made: list[Pair] = []
        for cell in row:
            at = 0
            for amount in amounts_of(cell.text):
                own = cell.text[at : amount.start]
                if letters_of(own):
                    words = own if at or made else f"{words} {own}"
                at = amount.end
                made.append(Pair(words.strip(), letters_of(words), amount.value, amount.cents or amount.currency,
                                 number, 0, cell.index, amount.start, amount.end))  # fmt: skip
            rest = cell.text[at:]
            if letters_of(rest):
                words = rest if made and at else f"{words} {rest}"
        bare = bool(made) and not any(p.key for p in made)
        if bare and pending is not None and row[0].y - pending[1].y < 2.6 * max(pending[1].height, row[0].height):
            made = [_with_words(p, pending[0]) for p in made]
        found.extend(_count_extras(made))
        heads = made or not words.strip() or HEADING.search(letters_of(words))
        pending = None if heads else (words.strip(), row[0])
    return found


def _with_words(pair: Pair, words: str) -> Pair:
    return Pair(
        words, letters_of(words), pair.value, pair.surely, pair.row, pair.extra, pair.line, pair.start, pair.end
    )


def _count_extras(row: Sequence[Pair]) -> list[Pair]:
    made = []
    for pair in row:
        extra = sum(p.surely and p.words == pair.words for p in row) - 1
        made.append(
            Pair(
                pair.words, pair.key, pair.value, pair.surely, pair.row, max(extra, 0), pair.line, pair.start, pair.end
            )
        )
    return made


NOT_TOTAL = re.compile(
    r"total(?:no|number)?(?:of)?(?:qty|quantity|items?|pcs|disc|saving|sav|round(?!ed)|rnd|point|change|cash|tender|unit|tips?|weight|supplies)"
    r"|total(?:gst|tax|vat|sst|servicetax)(?!in|payable|amount(?:due|payable))|totalpaid|qty|saved|points|balancebf|itemcount|rounding|roundadj"
    r"|items?total|discount|taxableamount|할인|부가세|^(?:add|less)?(?:gst|tax|vat|sst)(?!inv|.*total\w*incl)"
)
TAX_INSIDE = re.compile(  # the tax that a total holds
    r"^(?:gst|tax|vat|sst)\w{0,8}incl\w*in|includes\w{0,6}(?:gst|tax|vat|sst)|^incl\w{0,9}(?:gst|tax|vat|sst)(?:amount|amt)?$"
)
BEFORE_TAX = re.compile(
    r"subt|suntotal|subtota|excl|exclud|excgst|exgst|ex(?:c)?tax|beforetax|beforegst|withoutgst|taxable|totalht|zwischensumme|소계|공급"
)
STRONG = re.compile(  # names the sum to pay by itself
    r"grandtotal|grand(?:t|l)otal|finaltotal|amountdue|totaldue|balancedue|nett?total|nett?am(?:ount|t)(?!ex)|(?:total|amount|am?t|nett?)\w*payable"
    r"|^payable|topay$|^pleasepay$|결제금액|받을금액|청구금액|총합계|총금액|endbetrag|totalttc|zuzahlen"
)
QUALIFIED = re.compile(
    r"incl|inctax|incgst|withgst|withtax|rounded|roundd|afterround|afteradj|afterdisc"
)  # of a named total
PLAIN = re.compile(r"total|tota[il]|toral|tolal|tatal|iotal|t[eo]tal|jumlah|summe|gesamt|합계|총액|총계|totaal")
WEAK = re.compile(
    r"^(?:net|nett|amount|amt|am0unt|balance|bal|amountrm|sum|due|importe|montant|betrag|금액)(?:rm|myr|usd)?$"
)
CASH = re.compile(r"cash|tender|tunai|received|paid|현금|받은|efectivo|especes")
CHANGE = re.compile(r"change|baki|balance(?!due)|거스|스름|ruckgeld|rendu|cambio|chang$")
CARD = re.compile(r"visa|master|card|debit|credit|amex|wallet|touchngo|paywave|grabpay|nets|카드|eftpos")
TAX = re.compile(r"gst|tax|vat|sst|mwst|tva|부가")
NOT_TAX = re.compile(r"incl|excl|total(?!gst|tax|vat|sst)|reg|invoice|before|taxable|summary|subt|gstid|gstno")
SUMMARY = re.compile(r"(?:gst|tax)(?:summary|analysis|code)|taxsummary|summaryamount|amountrmtaxrm|goodsamount")
ROUNDING = re.compile(r"round|rnd|pembundaran|roundadj")


def total_strength(key: str) -> float:
    """How surely words name the sum to pay: 3 (grand total), 2 (total), 1 (amount), 0.5 (before tax) or 0."""
    if (
        not key
        or TAX_INSIDE.search(key)
        or (NOT_TOTAL.search(key) and not re.search(r"rounded|afterround|incl|afterdisc", key))
    ):
        return 0.0
    if BEFORE_TAX.search(key) and not re.search(
        r"inclusive|incl(?!u?d?ing?ex)", key.replace("exclusive", "").replace("excl", "")
    ):
        return 0.5
    named = PLAIN.search(key)
    if STRONG.search(key) or (QUALIFIED.search(key) and (named or re.search(r"amount|amt|sales|nett?", key))):
        return 3.0
    if named:
        return 2.0 if len(key) <= named.end() - named.start() + 14 else 1.2
    return 1.0 if WEAK.match(key) else 0.0


@dataclass(frozen=True)
class Sums:
    """Amounts on the page that a total must agree with; each list holds values."""

    paid: tuple[float, ...]
    card: tuple[float, ...]
    net: tuple[float, ...]
    tax: tuple[float, ...]
    rounding: tuple[float, ...]

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Sums:
        """Gather cash less change, card payments, sums before tax, taxes and roundings."""
        cash = [p.value for p in pairs if CASH.search(p.key) and not CHANGE.search(p.key) and not total_strength(p.key)]
        change = [abs(p.value) for p in pairs if CHANGE.search(p.key)]
        paid = tuple(c - x for c in cash for x in change if c - x > 0)
        return cls(
            paid,
            tuple(p.value for p in pairs if CARD.search(p.key) or CASH.search(p.key)),
            tuple(p.value for p in pairs if total_strength(p.key) == 0.5),
            tuple(p.value for p in pairs if TAX.search(p.key) and not NOT_TAX.search(p.key)),
            tuple(p.value for p in pairs if ROUNDING.search(p.key) and 0 < abs(p.value) < 0.1),
        )

    def support(self, value: float) -> float:
        """How strongly the sums speak for a total."""
        score = 0.0
        if any(abs(p - value) < CENT for p in self.paid):
            score += 6
        if any(abs(n + t - value) < CENT for n in self.net for t in self.tax):
            score += 4
        if any(abs(c - value) < CENT for c in self.card):
            score += 2
        return score


def choose_total(page: Page) -> Pair | None:
    """The amount to pay, or None where the page shows no sign of one."""
    pairs = pairs_of(page)
    if not pairs:
        return None
    sums = Sums.of(pairs)
    summary_from = next(
        (n for n, row in enumerate(page.rows) if SUMMARY.search(letters_of(" ".join(c.text for c in row)))), 10**6
    )
    named = [p for p in pairs if total_strength(p.key) > 0 and p.extra < 3]
    named += _bare_after_rounding(pairs, named, sums)
    with_cents = any(p.surely and total_strength(p.key) >= 1 for p in named)
    largest = max((p.value for p in named), default=0.0)

    def score(pair: Pair) -> float:
        made = 10 * (total_strength(pair.key) or 2.0) + sums.support(pair.value) + 2 * pair.row / max(len(page.rows), 1)
        made += 4 * (largest - pair.value <= 0.05) - 5 * (pair.extra > 0) - 6 * (pair.row > summary_from)
        made -= 25 * (pair.value <= 0) + 12 * (with_cents and not pair.surely)
        before = [p.value for p in named if p.row < pair.row]
        made += 12 * any(
            abs(b + sign * r - pair.value) < CENT for b in before for r in sums.rounding for sign in (1, -1)
        )
        return made

    # several amounts under one total: the last one includes what the others lack
    best = max(named, key=lambda p: (score(p), p.row, p.start), default=None)
    if best is not None and total_strength(best.key) != 0.5 and best.value > 0:
        return best
    return _by_payment(pairs, sums) or (best if best is not None and best.value > 0 else None)


def _bare_after_rounding(pairs: Sequence[Pair], named: Sequence[Pair], sums: Sums) -> list[Pair]:
    """Amounts without words that are a named total as the rounding leaves it ("TOTAL 60.31", "ROUNDING", "60.30")."""
    left = [(n.row, n.value + sign * r) for n in named for r in sums.rounding for sign in (1, -1)]
    return [
        p for p in pairs if not p.key and p.surely and any(row < p.row and abs(v - p.value) < 0.005 for row, v in left)
    ]


def _by_payment(pairs: Sequence[Pair], sums: Sums) -> Pair | None:
    """Where no words name the total: what was paid less the change, a card payment, the sum before tax plus tax."""
    for value in (*sums.paid, *(n + t for n in sums.net for t in sums.tax)):
        for pair in pairs:
            if abs(pair.value - value) < CENT and pair.surely:
                return pair
    paid = [p for p in pairs if CARD.search(p.key) and p.surely and p.value > 0]
    return paid[-1] if paid else None


PARTS = {
    "subtotal": (BEFORE_TAX, None),
    "tax": (TAX, NOT_TAX),
    "cash": (CASH, CHANGE),
    "change": (CHANGE, re.compile("total")),
    "rounding": (ROUNDING, None),
    "discount": (re.compile(r"disc|rebate|saving|less|할인|rabatt|remise|diskaun"), re.compile("total(?!disc|sav)")),
    "tip": (re.compile(r"^tips?|gratuity|servicecharge|svcch|servicech|봉사료|trinkgeld"), None),
    "shipping": (re.compile(r"shipping|delivery|postage|freight|versand|배송"), re.compile("date|address")),
}


def choose_part(page: Page, key: str) -> Pair | None:
    """The amount of a part of the bill: one of PARTS; the last amount of its words, as summary rows put it there."""
    wanted, but = PARTS[key]
    pairs = pairs_of(page)
    fits = [p for p in pairs if wanted.search(p.key) and not (but is not None and but.search(p.key))]
    sure = [p for p in fits if p.surely]
    if not sure and not any(p.surely for p in pairs):
        sure = fits
    if not sure:
        return None
    first = sure[0]
    return [p for p in sure if p.row == first.row and p.words == first.words][-1]
