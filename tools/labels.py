"""Printed labels that mean the same: "Amount due", "Grand total" and "TOTAL" are all `total`.

The keys are the closed list that a planner may write for a Label without its standing in the request. Support for
tools.values; the lists hold labels as they are printed on receipts, invoices, forms and identity cards.
"""

from __future__ import annotations

LABELS: dict[str, tuple[str, ...]] = {
    "total": ("total", "grand total", "amount due", "total due", "balance due", "total amount"),
}
