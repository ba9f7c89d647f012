"""The plain-data notation of arguments and expected answers, for those who write code tests.

`encode_value((1, {2}))` is `{"#": "tuple", "v": [1, {"#": "set", "v": [2]}]}`; `decode_value` is its inverse. The
notation itself is described in `grading.sandbox.plain_data`. Not covered: values without a plain form (NotPlainData).
"""

from __future__ import annotations

from harness.grading.sandbox.plain_data import NotPlainData, Wire, decode, encode

__all__ = ["NotPlainData", "decode_value", "encode_value", "shown"]

_SHOWN_CHARS = 160


def encode_value(value: object) -> Wire:
    """The JSON-ready form of a value made of built-in types. Raises NotPlainData for anything else."""
    return encode(value)


def decode_value(wire: Wire) -> object:
    """The value of a JSON-ready form. Raises NotPlainData for what is none."""
    return decode(wire)


def shown(value: object) -> str:
    """A value as a person reads it in a reason: its repr, cut to fit a line; never fails on wide numbers."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses the decimal digits of an int that is too wide
        text = f"<{type(value).__name__} with a number too wide to print>"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 20]}... ({len(text)} characters)"
