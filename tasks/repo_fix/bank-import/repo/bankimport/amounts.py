"""Amounts as banks write them."""

import re

_POINT = re.compile(r"-?\d{1,3}(,\d{3})*(\.\d{1,2})?|-?\d+(\.\d{1,2})?")


def to_cents(text):
    """An amount in cents; None for what is no amount."""
    text = text.strip().replace(" ", "")
    if not _POINT.fullmatch(text):
        return None
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").replace(",", "").partition(".")
    return sign * (int(whole) * 100 + int(part.ljust(2, "0") or 0))
