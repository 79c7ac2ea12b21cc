"""Seeded documents with known answers: receipts, invoices, cards, letters, labels, app windows, drawn and then damaged.

    from training.documents import make
    document = make("receipt", "crumple", seed=7)   # document.pixels, document.values["total"].text, document.lines

What is drawn is invented; it follows the habits of real prints (Malaysian thermal receipts, Korean receipts, European
invoices) without copying any. NOT here: scoring readers on them (bench.reading_eval).
"""

from __future__ import annotations

import random

from training.documents.cards import draw_business_card, draw_identity_card, draw_label
from training.documents.damage import DAMAGES, damaged
from training.documents.pages import draw_invoice, draw_letter, draw_screenshot
from training.documents.receipts import draw_korean_receipt, draw_receipt
from training.documents.sheet import Document, Sheet, Value

KINDS = {
    "receipt": draw_receipt,
    "invoice": draw_invoice,
    "business card": draw_business_card,
    "identity card": draw_identity_card,
    "letter": draw_letter,
    "label": draw_label,
    "screenshot": draw_screenshot,
    "korean receipt": draw_korean_receipt,
}


def make(kind: str, damage: str, seed: int) -> Document:
    """One document of a kind of KINDS under a damage of DAMAGES; the same seed gives the same pixels."""
    rng = random.Random(f"{kind}/{seed}")
    return damaged(KINDS[kind](rng).document(kind), damage, seed)


__all__ = ["DAMAGES", "KINDS", "Document", "Sheet", "Value", "make"]
