"""Where entities stand in one text: e-mail and web addresses, phone, card and identity numbers, measures.

Phone numbers by phonenumbers (Google's libphonenumber), card and identity numbers by the checksums of python-stdnum;
dates are in tools.dates, money and numbers in tools.amounts. Support for the reading tools.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tools.amounts import find_amounts, mend_digits
from tools.dates import find_dates

TLD = ("com|org|net|edu|gov|int|info|biz|io|dev|app|ai|co|me|tv|shop|store|online|site|xyz|example|test|"
       "us|uk|de|fr|es|it|nl|be|ch|at|se|no|dk|fi|pl|cz|pt|ie|eu|ru|jp|kr|cn|tw|hk|sg|my|id|th|ph|vn|in|au|nz|ca|"
       "br|mx|za")  # fmt: skip
_DOMAIN = (
    rf"(?:[\w-]+\s?[.,]\s?){{1,4}}?(?:{TLD})(?:\s?\.\s?(?:kr|my|uk|jp|sg|au|nz|in|br|za|th|id|cn|hk|tw|com|de|fr))?"
)
EMAIL = re.compile(
    rf"(?P<local>[\w+%-]+(?:[.][\w+%-]+)*)\s?[@©®]\s?(?P<domain>{_DOMAIN})(?![\w@-]|\.\w)", re.IGNORECASE
)
LOOSE_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}", re.IGNORECASE)
URL = re.compile(
    rf"(?P<scheme>h\s?t\s?t\s?ps?\s?[:;]\s?/\s?/?\s?)(?P<rest>[\w%-]+(?:\s?[.]\s?[\w%-]+)+(?::\d+)?(?:/[^\s,;]*)?)"
    rf"|(?P<www>www\s?[.,]\s?[\w-]+(?:\s?[.]\s?[\w-]+)+(?:/[^\s,;]*)?)"
    rf"|(?<![@\w.-])(?P<bare>(?:[\w-]+\.){{1,3}}(?:{TLD})(?:\.(?:kr|my|uk|jp|sg|au|nz|de))?(?:/[^\s,;]*)?)(?![\w@-])",
    re.IGNORECASE,
)
PHONE_WORD = re.compile(
    r"(?:tel(?:ephone)?|phone|mobile|cell|h/?p|fax|call|contact|hotline|telefon|whats ?app|direct|office|"
    r"전화(?:번호)?|휴대폰|연락처|팩스|"
    r"\b[tmfp])\s*(?:no)?\s*[.:)]?\s*[.:]?\s*(?=[+(\d])",
    re.IGNORECASE,
)
PHONE_SHAPE = re.compile(r"\+?\(?\d[\d\s().\-–/]{5,20}\d")
GROUPED = re.compile(r"^(?:\+|\(?0)|[\s().\-]")
REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "KR",
    "MY",
    "SG",
    "AU",
    "JP",
    "ES",
    "IT",
    "NL",
    "IN",
    "CN",
    "HK",
    "CH",
    "AT",
    "IE",
    "CA",
    "NZ",
)
HINTS = (
    ("MY", re.compile(r"\bRM|SDN|BHD|malaysia|selangor|kuala lumpur|johor|\bGST\b", re.IGNORECASE)),
    ("KR", re.compile("[가-힣]|₩|korea|seoul", re.IGNORECASE)),
    ("SG", re.compile(r"singapore|S\$|SGD|PTE", re.IGNORECASE)),
    ("GB", re.compile(r"£|\bUK\b|united kingdom|london", re.IGNORECASE)),
    ("DE", re.compile(r"GmbH|str(?:\.|aße)|germany|deutschland|berlin|MwSt", re.IGNORECASE)),
    ("FR", re.compile(r"\bSARL\b|\brue\b|france|paris|TVA", re.IGNORECASE)),
)  # fmt: skip
CARD = re.compile(r"(?<![\d-])\d(?:[ -]?\d){12,18}(?![\d-])")
IDS = {
    "kr": re.compile(r"(?<![\d-])\d{6}\s?-\s?\d{7}(?![\d-])"),
    "us": re.compile(r"(?<![\d-])\d{3}\s?-\s?\d{2}\s?-\s?\d{4}(?![\d-])"),
    "my": re.compile(r"(?<![\d-])\d{6}\s?-\s?\d{2}\s?-\s?\d{4}(?![\d-])"),
    "iban": re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?![A-Z0-9])"),
    "es": re.compile(r"(?<![A-Z0-9])(?:\d{8}|[XYZ]\d{7})-?[A-Z](?![A-Z0-9])"),
}
MRZ = re.compile(r"[A-Z0-9<]{9}\d[A-Z<]{3}\d{6}\d[MFX<]\d{6}\d[A-Z0-9<]{2,}")
MEASURE = re.compile(
    r"(?<![\w.])\d+(?:[.,]\d+)?\s?(?:kg|g|mg|ml|cl|l|lb|lbs|oz|fl\.? ?oz|cm|mm|m|km|in|ft|''|\"|kcal|kj)\b\.?"
    r"|\d['’]\s?-?\d{1,2}[\"”]?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Span:
    """An entity at [start, end) of a text, and its text with OCR's stray spaces taken out."""

    start: int
    end: int
    text: str


def find_emails(text: str) -> list[Span]:
    """E-mail addresses; spaces around @ and dots, and (c) read for @, are mended."""
    found = []
    for match in EMAIL.finditer(text):
        local, domain = match["local"], re.sub(r"\s", "", match["domain"]).replace(",", ".")
        if (local + domain).replace("I", "").islower():  # l read as I, where all else is small
            local, domain = re.sub(r"(?<=[a-z])I", "l", local), domain.replace("I", "l")
        found.append(Span(match.start(), match.end(), f"{local}@{domain}"))
    for match in LOOSE_EMAIL.finditer(text):
        if not any(s.start < match.end() and match.start() < s.end for s in found):
            found.append(Span(match.start(), match.end(), match.group()))
    return sorted(found, key=lambda s: s.start)


def find_urls(text: str) -> list[Span]:
    """Web addresses with a scheme, with www, or a bare domain of a common ending; never the domain of an e-mail."""
    mails = find_emails(text)
    found = []
    for match in URL.finditer(text):
        if any(m.start < match.end() and match.start() < m.end for m in mails):
            continue
        shown = re.sub(r"\s", "", match.group()).rstrip(".,;:)")
        shown = re.sub(r"^(https?)[:;]/*", r"\1://", shown, flags=re.IGNORECASE)
        shown = re.sub(r"^www,", "www.", shown, flags=re.IGNORECASE)
        if match["bare"] and not any(c.isalpha() for c in shown.split(".")[0]):
            continue
        end = match.end() - (len(match.group()) - len(match.group().rstrip(".,;:)")))
        found.append(Span(match.start(), end, shown))
    return found


def regions_for(page_text: str) -> tuple[str, ...]:
    """The countries whose phone numbers to try, those that the page speaks of first."""
    hinted = [region for region, pattern in HINTS if pattern.search(page_text)]
    return (*hinted, *(r for r in REGIONS if r not in hinted))


def find_phones(text: str, regions: Iterable[str] = REGIONS) -> list[Span]:
    """Phone numbers: valid in one of the countries, or of a phone number's shape right after a word like "Tel".

    Dates, amounts of money and card numbers are none.
    """
    mended = mend_digits(text)
    taken = [(d.start, d.end) for d in find_dates(text)]
    taken += [(a.start, a.end) for a in find_amounts(text) if a.cents or a.currency]
    taken += [(s.start, s.end) for s in (*find_cards(text), *find_ids(text))]
    found: list[Span] = []
    position = 0
    while (match := PHONE_SHAPE.search(mended, position)) is not None:
        start, end = match.span()
        for cut in re.finditer(r"\s?[/,;]\s?", mended[start:end]):  # two numbers, or an extension
            if sum(c.isdigit() for c in mended[start : start + cut.start()]) >= 7:
                end = start + cut.start()
                break
        position = end
        shown = mended[start:end] + ")" * (mended[start:end].count("(") > mended[start:end].count(")"))
        labelled = any(m.end() == start for m in PHONE_WORD.finditer(mended))
        glued = start > 0 and (mended[start - 1].isalnum() or mended[start - 1] in "-#.,")
        if not 7 <= sum(c.isdigit() for c in shown) <= 15 or (glued and not labelled):
            continue
        if any(a < end and start < b for a, b in taken) or mended[:start].rstrip().endswith("#"):
            continue
        if not labelled and re.search(r"\s{2}|(?<!\+)(?<!\d)\d$", shown):  # columns of a table
            continue
        if labelled or (GROUPED.search(shown) and _valid_phone(shown, regions)):
            found.append(Span(start, end, text[start:end]))
    return found


def _valid_phone(shown: str, regions: Iterable[str]) -> bool:
    import phonenumbers

    for region in regions:
        try:
            number = phonenumbers.parse(shown, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_valid_number(number):
            return True
        if shown.startswith("+"):
            return False
    return False


def find_cards(text: str) -> list[Span]:
    """Payment card numbers: 13 to 19 digits that begin as cards do and pass Luhn's checksum."""
    from stdnum import luhn

    found = []
    for match in CARD.finditer(mend_digits(text)):
        digits = re.sub(r"\D", "", match.group())
        if digits[0] in "23456" and luhn.is_valid(digits) and len(set(digits)) > 1:
            found.append(Span(match.start(), match.end(), text[match.start() : match.end()]))
    return found


def find_ids(text: str) -> list[Span]:
    """Identity numbers that pass their own rules: KR resident, US social security, MY NRIC, IBAN, ES DNI, MRZ lines."""
    from stdnum import iban
    from stdnum.es import dni, nie
    from stdnum.kr import rrn
    from stdnum.my import nric
    from stdnum.us import ssn

    checks = {"kr": rrn.is_valid, "us": ssn.is_valid, "my": nric.is_valid, "iban": iban.is_valid,
              "es": lambda n: dni.is_valid(n) or nie.is_valid(n)}  # fmt: skip
    mended = mend_digits(text)
    found: list[Span] = []
    for name, pattern in IDS.items():
        for match in pattern.finditer(mended):
            if checks[name](re.sub(r"\s", "", match.group())):
                found.append(Span(match.start(), match.end(), text[match.start() : match.end()]))
    for match in MRZ.finditer(text.replace(" ", "")):
        if _mrz_digit(match.group()[:9]) == match.group()[9] and " " not in text.strip():
            start = text.index(match.group())
            found.append(Span(start, start + 9, match.group()[:9].rstrip("<")))
    return sorted(found, key=lambda s: s.start)


def _mrz_digit(field: str) -> str:
    """The check digit of a machine-readable field (ICAO Doc 9303: weights 7, 3, 1)."""
    values = [0 if c == "<" else int(c, 36) for c in field]
    return str(sum(v * (7, 3, 1)[i % 3] for i, v in enumerate(values)) % 10)


def find_measures(text: str) -> list[Span]:
    """Numbers with a unit of weight, volume, length or energy."""
    return [Span(m.start(), m.end(), m.group()) for m in MEASURE.finditer(mend_digits(text))]
