"""Whole numbers in provider payloads, in whatever JSON type they come.

JSON has one number type, and proxies write counts as `1000.0` or `"1000"` (seen 2026: axiomhq/ai#186,
pydantic/genai-prices#568). All of these are the count 1000; `57.2` and `"many"` are none.
"""

from __future__ import annotations

import re
from decimal import Decimal

from harness.core.types import Json

MAX_TOKENS = 10**10
"""No request counts more: a larger number is an error of the provider, not a count."""

_NUMERAL = re.compile(r"-?[0-9]{1,12}(\.0{1,6})?")


def whole(value: Json) -> int | None:
    """The whole number that a value plainly means, whatever its type; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= MAX_TOKENS else None
    if isinstance(value, Decimal):
        return int(value) if value.is_finite() and abs(value) <= MAX_TOKENS and value == int(value) else None
    if isinstance(value, str) and value.isascii() and _NUMERAL.fullmatch(value):
        return int(value.partition(".")[0])
    return None


def is_true(value: Json) -> bool:
    """Whether a flag is set, as `true` or as the text that some proxies make of it."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def is_stated(value: Json) -> bool:
    """Whether a field says something: it is neither empty nor a zero, as `0`, `0.0` or `"0"`."""
    return bool(value) and whole(value) != 0
