"""What receipts and cards print without a label: the seller's name and address at the head, a person's name.

Heuristics over the lines in reading order, by words that company names and addresses hold. Support for tools.values.
"""

from __future__ import annotations

import re

from tools.dates import find_dates
from tools.entity_patterns import find_emails, find_phones, find_urls
from tools.text_layout import Page

HEAD = 14  # lines in which a seller introduces itself
COMPANY = re.compile(
    r"\b(?:sdn|bhd|berhad|ltd|limited|inc|llc|gmbh|s\.?a\.?r\.?l|corp|co\b|pte|plc|enterprise|trading|restaurant|restoran|kedai|mart|store|"
    r"shop|supermarket|pharmacy|farmasi|hardware|bakery|cafe|kafe|stationery|company|holdings|market|bistro|books?|hotel|station)\b"
    r"|sdn\.?bhd|주식회사|\(주\)|㈜|(?:마트|식당|카페|약국|[가-힣]점)(?: [가-힣]+점)?$",
    re.IGNORECASE,
)  # fmt: skip
SUFFIX_ONLY = re.compile(
    r"^[\W]*(?:sdn\.?\s*)?(?:bhd|ltd|limited|inc|llc|gmbh|pte\.? ?ltd|enterprise)\.?[\W]*$"
    r"|^\(?(?:m\)?\s*)?sdn\.?\s*bhd",
    re.IGNORECASE,
)
ADDRESS = re.compile(
    r"\b(?:jalan|jln|lot|lorong|lrg|taman|tmn|persiaran|psn|bandar|kampung|kg|seksyen|section|no\.?\s?\d|street|st\.|road|rd|"
    r"avenue|ave|lane|drive|dr\.|blvd|boulevard|highway|suite|floor|level|block|blk|plaza|square|selangor|johor|perak|penang|"
    r"kuala|lumpur|malaysia|singapore|city|park|batu|jaya|wilayah|mukim|rue|platz|weg|allee|calle|p\.?o\.? box)\b"
    r"|\b\d{5}\b|stra(?:ß|ss)e|str\. ?\d|[A-Z]{2} \d{5}"
    r"|[가-힣]+(?:시|도|구|군|동|읍|면|로|길)\s",
    re.IGNORECASE,
)  # fmt: skip
STOP = re.compile(
    r"\b(?:tel|fax|phone|hp|h/p|email|e-mail|gst|reg|roc|invoice|receipt|date|cashier|tax|www|http|bill|table|"
    r"co\.? ?no|company no|sst|tarikh|doc|member|thank|total|qty|item|description|customer|welcome|cash)\b"
    r"|전화|사업자|대표|날짜|일시",
    re.IGNORECASE,
)  # fmt: skip
NOT_NAME = re.compile(
    r"\b(?:receipt|invoice|tax|bill|order|copy|welcome|thank|cash|date|table|original|duplicate|simplified|reprint|resit|official|"
    r"quotation|delivery)\b|영수증|계산서",
    re.IGNORECASE,
)  # fmt: skip
REGISTRATION = re.compile(
    r"^[\s(]*(?:co\.?|reg\.?|no\.?|roc|company|\d)[\w\s.:/-]*\d{4,}[-\s]?[a-z]?[\s)]*$", re.IGNORECASE
)
TAIL = re.compile(
    r"\s*[(\[]?\s*(?:co\.?\s*)?(?:reg\.?\s*)?(?:no\.?\s*:?\s*)?\d{4,}\s?-?\s?[A-Z]?\s?[)\]]?\s*$", re.IGNORECASE
)
PERSON = re.compile(
    r"^(?:(?:Dr|Mr|Mrs|Ms|Prof)\.? )?[A-ZÀ-Þ][^\W\d]*['’.-]?[^\W\d]*"
    r"(?: (?:[A-ZÀ-Þ@][^\W\d]*['’./-]?[^\W\d]*|[AS]/[LPO])){1,5}$"
    r"|^[가-힣]{2,4}(?:\s?[(（].{0,8})?$"
)
NO_PERSON = re.compile(
    r"\b(?:card|licen[cs]e|identity|republic|kingdom|passport|permit|national|driving|driver|state|united|kad|malaysia|manager|"
    r"lesen|memandu|driving|eyes|hair|height|birth|number|sex|male|female|class|issued|expires|warganegara|lelaki|perempuan|islam|usa|republik|engineer|director|architect|designer|executive|research|sales|software|head|chief)\b|[증시구청점]$",
    re.IGNORECASE,
)


def company_lines(page: Page) -> list[int]:
    """Indices of the lines that name the seller: the first of the head that look like a name; else the first line."""
    head = [p for p in page.placed[:HEAD] if sum(c.isalpha() for c in p.text) >= 3]
    fits = [p for p in head[:6] if COMPANY.search(p.text) and not STOP.search(p.text) and not find_dates(p.text)]
    plain = [p for p in head[:5] if not (NOT_NAME.search(p.text) or REGISTRATION.match(p.text) or find_phones(p.text)
                                         or find_urls(p.text) or find_emails(p.text))]  # fmt: skip
    host = _host(page)
    if not fits and host:
        own = [p for p in page.placed if _begins_as(p.text, host) and "@" not in p.text and not find_urls(p.text)]
        if own:
            return [own[0].index]
    if not fits:
        tall = [p for p in plain if p.height > 1.35 * _body(page)]
        chosen = tall[:1] or plain[:1]
        return [chosen[0].index] if chosen else []
    first = fits[0]
    if SUFFIX_ONLY.match(first.text):
        before = [p for p in plain if p.index == first.index - 1]
        return [p.index for p in before] + [first.index]
    after = next((p for p in head if p.index == first.index + 1), None)
    if after is not None and SUFFIX_ONLY.match(after.text):
        return [first.index, after.index]
    return [first.index]


def _host(page: Page) -> str:
    """The first host name that the page prints in an e-mail or web address, without its ending."""
    for p in page.placed:
        for span in (*find_emails(p.text), *find_urls(p.text)):
            host = re.sub(r"^(?:https?://)?(?:www\.)?|^.*@", "", span.text.lower()).split("/")[0]
            return "".join(c for c in host.split(".")[0] if c.isalnum())
    return ""


def _begins_as(text: str, host: str) -> bool:
    """Whether a line begins with the same five letters as a host name ("Blue Fern Studio", "bluefern")."""
    letters = "".join(c for c in text.lower() if c.isalnum())
    return len(host) >= 5 and letters.startswith(host[:5])


def without_registration(text: str) -> int:
    """Where a company's name ends in a line: before a registration number in brackets ("ABC SDN BHD (12345-X)")."""
    match = TAIL.search(text)
    return match.start() if match is not None and match.start() > 3 else len(text)


def address_lines(page: Page) -> list[int]:
    """Indices of the lines of the first address: adjacent lines of the head, up to a phone, registration or date."""
    company = set(company_lines(page))
    found: list[int] = []
    for p in page.placed[: HEAD + 6]:
        if p.index in company:
            continue
        ended = bool(STOP.search(p.text) or find_phones(p.text) or find_dates(p.text) or find_emails(p.text)
                     or REGISTRATION.match(p.text))  # fmt: skip
        if ended:
            if found:
                break
            continue
        if (
            ADDRESS.search(p.text)
            or (found and p.text.rstrip()[-1:] in ",.")
            or (found and _continues(page, found[-1]))
        ):
            found.append(p.index)
        elif found:
            break
    return found


def _continues(page: Page, index: int) -> bool:
    return (page.lines[index].text or "").rstrip().endswith(",")


def person_lines(page: Page) -> list[int]:
    """The line that is most likely a person's name: two to four capitalised words, the largest print first."""
    other = (COMPANY, ADDRESS, NOT_NAME, NO_PERSON)
    fits = [p for p in page.placed if PERSON.match(p.text.strip()) and not any(o.search(p.text) for o in other)]
    tall = max((p.height for p in fits), default=0.0)
    return [p.index for p in fits if p.height > 0.85 * tall][:1]


def _body(page: Page) -> float:
    heights = sorted(p.height for p in page.placed)
    return heights[len(heights) // 2] if heights else 1.0
