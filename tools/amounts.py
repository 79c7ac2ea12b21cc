"""Numbers and amounts of money in text that OCR read: where they stand and what they are worth.

Slips of OCR are mended only inside tokens that are numbers otherwise ("1O.00", "12/O6/20l8"). Separators are judged by
price-parser ("1.234,56", "1,234.56", "12,000"). Support for the reading tools.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

SLIPS = str.maketrans({"O": "0", "o": "0", "Q": "0", "D": "0", "l": "1", "I": "1", "|": "1", "!": "1", "S": "5",
                       "B": "8", "Z": "2"})  # fmt: skip
SEPARATORS = ".,:/-"
SIGNS = "$€£¥₩￦₹฿₫₱"
CODES = ("RM", "MYR", "USD", "US$", "S$", "A$", "SGD", "EUR", "GBP", "KRW", "JPY", "CNY", "RMB", "INR", "AUD", "CAD",
         "CHF", "HKD", "THB", "IDR", "PHP", "Rs", "Rp", "kr", "SEK", "NOK", "DKK", "PLN", "zł")  # fmt: skip
AFTER = (
    "원",
    "円",
    "元",
    "€",
    "£",
    "¥",
    "USD",
    "EUR",
    "GBP",
    "KRW",
    "MYR",
    "SGD",
    "CHF",
    "kr",
    "zł",
    "dollars",
    "euros",
)
_BEFORE = "(?:" + "|".join(re.escape(c) for c in sorted((*CODES, *SIGNS), key=len, reverse=True)) + ")"
_AFTER = "(?:" + "|".join(re.escape(c) for c in sorted(AFTER, key=len, reverse=True)) + r")(?![A-Za-z])"
_DIGITS = r"\d{1,3}(?:[ ,.'’]\s?\d{3})+(?:\s?[.,]\s?\d{1,2})?(?![\d])|\d+(?:\s?[.,]\s?\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?"
NUMBER = re.compile(rf"(?<!\d[.,/:])(?<!\d)(?P<sign>[-−–(]\s?)?(?P<digits>{_DIGITS})(?P<minus>-(?!\d))?")
MONEY = re.compile(
    rf"(?P<sign>[-−–(]\s?)?(?:(?<![A-Za-z])(?P<before>{_BEFORE})\s?[.:]?\s?)?(?P<sign2>[-−–]\s?)?(?<!\d[.,/:])(?<![\d#])"
    rf"(?P<digits>{_DIGITS})(?:\s?(?P<after>{_AFTER}))?(?P<minus>-(?!\w))?"
)
NOT_MONEY_AFTER = re.compile(r"\s?(?:%|kg\b|g\b|ml\b|l\b|cm\b|mm\b|km\b|lb\b|oz\b|[.,/:\-]\d|x\b)", re.IGNORECASE)
LOST_POINT = re.compile(rf"\s*(?P<before>{_BEFORE})?\s?[.:]?\s?(?P<whole>\d{{1,4}}) (?P<cents>\d{{2}})\s*")
CENTS = re.compile(r"\s?[.,]\s?\d{2}$")


@dataclass(frozen=True)
class Amount:
    """A number at [start, end) of a text. currency, cents: whether it shows them, and so is surely money."""

    start: int
    end: int
    value: float
    currency: bool
    cents: bool


def mend_digits(text: str) -> str:
    """The text with letters that stand for digits mended in tokens that are numbers otherwise; same length."""
    made = []
    for token in re.split(r"(\s+)", text):
        head = re.match(rf"(?:{_BEFORE})", token)
        start = head.end() if head else 0
        body, tail = token[start:].rstrip(".,;:"), ""
        tail = token[start + len(body) :]
        made.append(token[:start] + (_mend(body) if _numeric(body) else body) + tail)
    return "".join(made)


def _numeric(body: str) -> bool:
    """Whether a token is a number but for letters that OCR takes for digits."""
    letters = [c for c in body if c.isalpha() or c in "|!"]
    digits = sum(c.isdigit() for c in body)
    signs = sum(c in SEPARATORS for c in body)
    if not letters or not digits or len(body) < 3 or len(letters) + digits + signs != len(body):
        return False
    if any(c not in "OoQDlI|!SBZ" for c in letters) or (len(letters) == 1 and body[-1] == "l" and not signs):
        return False
    return digits + signs >= len(letters) and (signs > 0 or digits >= 2 * len(letters))


def _mend(body: str) -> str:
    return body.translate(SLIPS)


def worth(digits: str) -> float | None:
    """What a printed number is worth: separators of any country, spaces inside forgiven. None where it is none."""
    from price_parser import Price

    compact = re.sub(r"\s*([.,])\s*", r"\1", digits.strip())
    if re.fullmatch(r"\d+ \d{2}", compact):  # a decimal point that was not read
        compact = compact.replace(" ", ".")
    compact = re.sub(r"[\s'’]", "", compact)
    if re.fullmatch(r"\d+\.\d{4,}|0\.\d+|\d+\.\d{1,2}|\d+", compact):
        return float(compact)
    parsed = Price.fromstring(compact).amount
    return None if parsed is None else float(parsed)


def find_amounts(text: str) -> list[Amount]:
    """Every number in a text with what it is worth; money is what has a currency or cents."""
    mended = mend_digits(text)
    lost_point = LOST_POINT.fullmatch(mended)
    if lost_point is not None:
        cents = float(f"{lost_point['whole']}.{lost_point['cents']}")
        return [Amount(0, len(text), cents, lost_point["before"] is not None, True)]
    found = []
    for match in MONEY.finditer(mended):
        value = worth(match["digits"])
        if value is None or (NOT_MONEY_AFTER.match(mended, match.end()) and not match["after"]):
            continue
        start, end = match.start(), match.end()
        sure = match["before"] or match["after"] or CENTS.search(match["digits"])
        if not sure and (mended[start - 1 : start].isalpha() or mended[end : end + 1].isalpha()):  # "T0TAL", "7717F713"
            continue
        if match["sign"] and "(" in match["sign"] and mended[end : end + 1] != ")":
            start += len(match["sign"])
            negative = False
        else:
            negative = bool(match["sign"] or match["sign2"] or match["minus"])
            hyphen = match["sign"] and match["sign"].strip() in "-−–" and start > 0 and mended[start - 1].isalnum()
            if hyphen:
                start, negative = start + len(match["sign"]), False
        end += bool(match["sign"] and "(" in match["sign"] and negative)
        shown = -value if negative else value
        currency = bool(match["before"] or match["after"])
        found.append(Amount(start, end, shown, currency, bool(CENTS.search(match["digits"]))))
    return found


def number_in(text: str) -> float | None:
    """The number that a text shows: the last amount of money in it, else its first number, else None."""
    mended = mend_digits(text)
    amounts = [a for a in find_amounts(text) if a.cents or a.currency]
    if amounts:
        return amounts[-1].value
    match = NUMBER.search(mended)
    if match is None:
        return None
    value = worth(match["digits"])
    if value is None:
        return None
    sign = match["sign"] or ""
    before = mended[match.start() - 1 : match.start()]
    closed = mended[match.end() : match.end() + 1] == ")"
    negative = (sign.strip() in ("-", "−", "–") and not before.isalnum()) or (sign.startswith("(") and closed)
    return -value if negative or match["minus"] else value
