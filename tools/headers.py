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
    r"|sdn\.?bhd|\bs/?b\b\.?(?=\W*(?:\(.*\))?\s*$)"
    r"|주식회사|\(주\)|㈜|(?:마트|식당|카페|약국|[가-힣]점)(?: [가-힣]+점)?$",
    re.IGNORECASE,
)  # fmt: skip
SUFFIX_ONLY = re.compile(
    r"^[\W]*(?:sdn\.?\s*)?(?:bhd|ltd|limited|inc|llc|gmbh|pte\.? ?ltd|enterprise)\.?[\W]*$"
    r"|^\(?(?:m\)?\s*)?sdn\.?\s*bhd",
    re.IGNORECASE,
)
LEGAL = re.compile(
    r"\b(?:sdn\W{0,2}bhd|berhad|ltd|limited|inc|llc|gmbh|plc)\b|sdn\.?bhd|\bbhd\b|\bs/b\b|주식회사|\(주\)|㈜",
    re.IGNORECASE,
)
RELATED = re.compile(  # companies that are named beside the seller
    r"\b(?:formerly|known as|licensee|operated|owned|managed|franchise\w*|subsidiary|member of|bill to|sold to)\b",
    re.IGNORECASE,
)
GENERIC = re.compile(
    r"^\W*(?:enterprise|trading|marketing|holdings|services?|industries|resources|restaurant|hardware)\b", re.IGNORECASE
)
POSTCODE = re.compile(r"(?<!\d)\d{5}(?!\d)")
ADDRESS = re.compile(
    r"\b(?:jalan|jln|lot|lorong|lrg|taman|tmn|persiaran|psn|bandar|kampung|kg|seksyen|section|no\.?\s?\d+|street|st\.|road|rd|"
    r"avenue|ave|lane|drive|dr\.|blvd|boulevard|highway|suite|floor|level|block|blk|plaza|square|selangor|johor|perak|penang|"
    r"kuala|lumpur|malaysia|blok|centre|center|mall|bangunan|building|km\W{0,2}\d+|wisma|menara|pusat|kompleks|lebuh|lebuhraya|tingkat|kawasan|"
    r"desa|melaka|kedah|pahang|perlis|kelantan|terengganu|sabah|sarawak|pulau pinang|negeri sembilan|klang|ipoh|"
    r"singapore|city|park|batu|jaya|wilayah|mukim|rue|platz|weg|allee|calle|p\.?o\.? box)\b"
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
    fits = [p for p in head[:6] if _names_company(p.text)]
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
    first = next((p for p in fits[:3] if LEGAL.search(p.text)), fits[0])
    found = [first.index]
    while len(found) < 3 and (before := next((p for p in plain if p.index == found[0] - 1), None)) is not None:
        begun = " ".join(page.lines[i].text or "" for i in found)
        if not (SUFFIX_ONLY.match(begun) or GENERIC.match(begun) or _closes(begun)):
            break
        found.insert(0, before.index)
    after = next((p for p in head if p.index == first.index + 1), None)
    if len(found) == 1 and after is not None and SUFFIX_ONLY.match(after.text):
        found.append(after.index)
    return found


def _names_company(text: str) -> bool:
    if not COMPANY.search(text) or RELATED.search(text) or find_dates(text) or re.search(r"#\s?\d", text):
        return False
    return not STOP.search(text) or (LEGAL.search(text) is not None and not re.search(r"\d|:", text[:12]))


def _closes(text: str) -> bool:
    """Whether a text closes a bracket that it does not open, or begins with one: it goes on from the line before."""
    return text.lstrip().startswith("(") or text.split("(")[0].count(")") > 0


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
    """Indices of the lines of the seller's address: the first adjacent lines of the head that make one."""
    blocks = address_blocks(page)
    return next((b for b in blocks if is_whole(page, b)), blocks[0] if blocks else [])


def is_whole(page: Page, block: list[int]) -> bool:
    """Whether lines of an address are surely one: several, or one with a post code."""
    return len(block) > 1 or any(POSTCODE.search(page.lines[i].text or "") for i in block)


def address_blocks(page: Page) -> list[list[int]]:
    """Runs of the head's lines that look like addresses; a run ends at a phone, registration or date."""
    company = set(company_lines(page))
    blocks: list[list[int]] = [[]]
    led: list[int] = []  # lines right before, which end in commas, as addresses' lines do
    for p in page.placed[: HEAD + 6]:
        text = p.text.rstrip()
        ended = bool(p.index in company or STOP.search(text) or find_phones(text) or find_dates(text)
                     or find_emails(text) or REGISTRATION.match(text) or RELATED.search(text)
                     or LEGAL.search(text))  # fmt: skip
        found = blocks[-1]
        if not ended and (
            ADDRESS.search(text) or (found and text[-1:] in ",.") or (found and _continues(page, found[-1]))
        ):
            found.extend([*(led if not found else []), p.index])
            led = []
            continue
        goes_on = text.endswith(",") or (led and _continues(page, led[-1]))
        led = [*led, p.index] if goes_on and not ended else []
        if found:
            blocks.append([])
    return [b for b in blocks if b]


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
