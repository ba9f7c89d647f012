"""Decoding of provider payloads: JSON without surprises, and looking inside values that may be anything.

Fractions are decoded as `Decimal`, for they may be money.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from harness.core.types import Json

MAX_DEPTH = 24
MAX_MESSAGE_CHARS = 600


class InvalidJson(ValueError):
    """Bytes that are no JSON; the message says where."""


def _fraction(text: str) -> Decimal | str:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what Decimal holds
        return text


# NaN and Infinity are no JSON, but some servers send them; kept as words, they can never become numbers.
_DECODER = json.JSONDecoder(parse_float=_fraction, parse_constant=str)


def decode(data: bytes) -> Json:
    """What the bytes say as JSON, leading and trailing white space allowed. Raises InvalidJson."""
    try:
        text = data.decode()
        value, end = _DECODER.raw_decode(text)
        if end == len(text):
            return value  # a bare object, as every chunk is: without the search for white space, at half the cost
    except (ValueError, RecursionError):
        pass  # the careful way says what is wrong, if anything is
    try:
        return _DECODER.decode(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:  # no UTF-8, no JSON, an integer of thousands of digits, too deep
        raise InvalidJson(str(error)) from None


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    """The names of a path: a usage object is asked for the same forty of them after every answer."""
    return tuple(path.split("."))


def get_path(value: Json, path: str) -> Json:
    """The value at a dotted path (`details.cached_tokens`; a number is a position), None where there is none."""
    for step in _steps(path):
        if isinstance(value, dict):
            value = value.get(step)
        elif value is None:
            return None
        elif isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def as_text(value: Json) -> str | None:
    """A string that is not empty, else None."""
    return well_formed(value) if isinstance(value, str) and value else None


def well_formed(text: str) -> str:
    """The text with halves of a surrogate pair joined, and lone halves replaced, so that it can be written as UTF-8.

    Some servers split one character over two chunks as two escapes.
    """
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def to_plain_json(value: Json, *, depth: int = 0) -> Json:
    """The value in types that any JSON writer takes: Decimal as float, where that is finite, else as its text."""
    if depth > MAX_DEPTH:
        return "nested too deeply to keep"
    if value is None or type(value) is int:
        return value
    if isinstance(value, Decimal):
        number = float(value)
        return number if math.isfinite(number) else str(value)
    if isinstance(value, str):
        return well_formed(value)
    if isinstance(value, Mapping):
        return {well_formed(str(key)): to_plain_json(inner, depth=depth + 1) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [to_plain_json(inner, depth=depth + 1) for inner in value]
    return value


def shown(value: Json) -> str:
    """A value for a message, cut short."""
    return shorten(repr(to_plain_json(value)))


def shorten(text: str, limit: int = MAX_MESSAGE_CHARS) -> str:
    """The text on one line, cut to `limit` characters."""
    line = " ".join(well_formed(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"
