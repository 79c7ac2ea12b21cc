"""Finding e-mail addresses, phone numbers, dates, prices and their like by the libraries made for each."""

from __future__ import annotations

from typing import Literal

from tools.core import Context, tool
from tools.types import Image, Regions

Kind = Literal["email", "phone", "url", "date", "time", "money", "number", "card number", "id number"]


@tool(group="read", example='mails = find_entities(image, "email")', needs=("reader",), role="read")
def find_entities(ctx: Context, image: Image, kind: Kind) -> Regions:
    """Find every e-mail address, phone number, date, price or other entity of a kind."""
    raise NotImplementedError
