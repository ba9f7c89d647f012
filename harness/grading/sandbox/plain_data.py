"""Tagged plain data: how values cross the sandbox border, and how task files write arguments and expected answers.

JSON natives stand for None, bool, int, float, str and list; every other built-in type is an object with its tag:
`{"#": "tuple", "v": [...]}`, set, frozenset, `{"#": "dict", "v": [[key, value], ...]}`, `{"#": "bytes", "v": hex}`,
`{"#": "complex", "v": [re, im]}`, and `{"#": "int", "v": hex}` for an int of more than 1024 bits. Decoding builds exact
built-in types only, so nothing a program sends can carry behaviour. It runs on both sides: standard library only.

An instance of a subclass (Counter, named tuple, numpy scalar) is written as its built-in base. What has no base is
handed to `opaque`, or refused. Decimals and fractions have a form for those who ask for it (`exact_number`): Python
holds them equal to ints, the rule of equal types (code/equality.py) does not. Cycles and more than 100 levels raise;
sharing between parts is lost.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

MAX_DEPTH = 100
"""Of nesting: far below the recursion limit of 1,000 frames, of which each level takes a few on both sides."""
_PRIME = 2**61 - 1  # a number's hash is its value modulo this: Python docs, Hashing of numeric types
_MAX_DIGITS = 4000  # of a decimal, and of the two parts of a fraction: reading them stays cheap
_BUILT_IN = (list, dict, tuple, set, frozenset, bytes, complex)
_WIDE_BITS = 1024  # json reads ints of at most 4300 decimal digits (CVE-2020-10735)

Wire: TypeAlias = object
"""What json.loads gives: None, bool, int, float, str, list, dict."""


class NotPlainData(ValueError):
    """A value that has no plain form, or a text that is not the plain form of any value."""


def encode(
    value: object,
    opaque: Callable[[object], Wire] | None = None,
    depth: int = 0,
    special: Callable[[object], Wire | None] | None = None,
    mutable: Callable[[object], Wire | None] | None = None,
) -> Wire:
    """The wire form of a value. `opaque` gives the form of what is not plain; without it such a value is NotPlainData.

    `special` is asked before an instance of a subclass is written as its base; None from it means: as its base.
    `mutable` is asked in the same way, and first, for every list, dict and set, of the built-in classes too.
    """
    if value is None or value is True or value is False:
        return value
    kind = type(value)
    if kind is str or kind is float:
        return value
    if kind is int:
        return _encode_int(cast(int, value))
    if depth > MAX_DEPTH:
        raise NotPlainData(f"nested deeper than {MAX_DEPTH}")
    if mutable is not None and isinstance(value, list | dict | set) and (form := mutable(value)) is not None:
        return form
    if kind not in _BUILT_IN and special is not None and (form := special(value)) is not None:
        return form

    def inner(item: object) -> Wire:
        return encode(item, opaque, depth + 1, special, mutable)

    if isinstance(value, list):
        return [inner(item) for item in list.__iter__(value)]
    return _encode_tagged(value, opaque, inner)


def _encode_int(value: int) -> Wire:
    number = int.__index__(value)
    return number if number.bit_length() <= _WIDE_BITS else {"#": "int", "v": hex(number)}


def _encode_tagged(value: object, opaque: Callable[[object], Wire] | None, inner: Callable[[object], Wire]) -> Wire:
    """Containers and scalars that JSON lacks; the base class's own methods are used, never the instance's."""
    match value:
        case dict():
            pairs = dict.items(value)
            return {"#": "dict", "v": [[inner(key), inner(item)] for key, item in pairs]}
        case tuple():
            return {"#": "tuple", "v": [inner(item) for item in tuple.__iter__(value)]}
        case set():
            return {"#": "set", "v": [inner(item) for item in set.__iter__(value)]}
        case frozenset():
            return {"#": "frozenset", "v": [inner(item) for item in frozenset.__iter__(value)]}
        case bytes() | bytearray():
            return {"#": "bytes", "v": bytes(value).hex()}
        case int():
            return _encode_int(value)
        case float():
            return float.__float__(value)
        case str():
            return str.__str__(value)
        case complex():
            return {"#": "complex", "v": [value.real, value.imag]}
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == () and hasattr(value, "item"):
        return encode(value.item(), opaque, MAX_DEPTH)
    if opaque is None:
        raise NotPlainData(f"{type(value).__name__} is not plain data")
    return opaque(value)


def costly_keys(wire: Wire) -> int:
    """How many members of sets and keys of dicts could be made to share one hash: all but texts and narrow ints.

    Building n of them may take n * n steps (as in CVE-2012-1150), so they are counted before anything is decoded.
    """
    count, todo = 0, [wire]
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            body = item.get("v")
            if isinstance(body, list) and item.get("#") in ("set", "frozenset", "dict"):
                keys = body if item["#"] != "dict" else [pair[0] for pair in body if isinstance(pair, list) and pair]
                count += sum(not isinstance(key, str) and not (type(key) is int and abs(key) < _PRIME) for key in keys)
            todo.append(body)
        elif isinstance(item, list):
            todo += [child for child in item if isinstance(child, list | dict)]
    return count


def decode(wire: Wire, special: Callable[[Mapping[str, object]], object] | None = None, depth: int = 0) -> object:
    """The value of a wire form. `special` takes the objects with a tag that is not plain data.

    Raises NotPlainData for anything that `encode` does not write.
    """
    if wire is None or isinstance(wire, bool | int | float | str):
        return wire
    if depth > MAX_DEPTH:
        raise NotPlainData(f"nested deeper than {MAX_DEPTH}")
    if isinstance(wire, list):
        return [decode(item, special, depth + 1) for item in wire]
    if not isinstance(wire, dict) or "#" not in wire:
        raise NotPlainData(f"{str(wire)[:60]!r} has no tag '#'")
    try:
        return _decode_tagged(wire, special, depth)
    except NotPlainData:
        raise
    except (TypeError, KeyError, ValueError, OverflowError) as error:
        raise NotPlainData(f"tag {str(wire['#'])[:20]!r}: {error}") from error


def _decode_tagged(
    wire: Mapping[str, object], special: Callable[[Mapping[str, object]], object] | None, depth: int
) -> object:
    tag, body = wire["#"], wire.get("v")
    if tag in ("tuple", "set", "frozenset", "dict") and isinstance(body, list):
        if tag == "dict":
            if not all(isinstance(pair, list) and len(pair) == 2 for pair in body):
                raise NotPlainData("a dict is written as pairs")
            return {decode(key, special, depth + 1): decode(item, special, depth + 1) for key, item in body}
        items = [decode(item, special, depth + 1) for item in body]
        if tag == "set":
            return set().union(frozenset(items))  # iterates in the order of a set display of the same items
        return tuple(items) if tag == "tuple" else frozenset(items)
    if tag == "bytes" and isinstance(body, str):
        return bytes.fromhex(body)
    if tag == "int" and isinstance(body, str):
        return int(body, 16)
    if tag == "complex" and isinstance(body, list) and len(body) == 2:
        return complex(float(body[0]), float(body[1]))
    if special is not None:
        return special(wire)
    raise NotPlainData(f"tag {str(tag)[:20]!r} is unknown; known: tuple set frozenset dict bytes complex int")


def exact_number(value: object) -> Wire | None:
    """The form of a `decimal.Decimal` or `fractions.Fraction`, of no subclass; None for all else and for huge ones."""
    kind = type(value)
    name = (kind.__module__, kind.__qualname__)
    if name == ("decimal", "Decimal"):
        text = str(value)
        return {"#": "Decimal", "v": text} if _is_short(text) else None
    if name == ("fractions", "Fraction"):
        parts = [getattr(value, "numerator", None), getattr(value, "denominator", None)]
        if all(type(part) is int and part.bit_length() < _MAX_DIGITS * 3 for part in parts):
            return {"#": "Fraction", "v": [encode(part) for part in parts]}
    return None


def exact_number_of(wire: Mapping[str, object]) -> object:
    """The number of a form that `exact_number` writes; None for any other object with a tag. Raises NotPlainData."""
    tag, body = wire.get("#"), wire.get("v")
    if tag == "Decimal" and isinstance(body, str) and _is_short(body):
        try:
            return importlib.import_module("decimal").Decimal(body)
        except ArithmeticError:
            raise NotPlainData("a decimal that is none") from None
    if tag == "Fraction" and isinstance(body, list) and len(body) == 2:
        above, below = (decode(part) for part in body)
        if type(above) is int and type(below) is int and below > 0:
            return importlib.import_module("fractions").Fraction(above, below)
        raise NotPlainData("a fraction that is none")
    return None


def _is_short(text: str) -> bool:
    """Whether a decimal has so few digits, and so small an exponent, that arithmetic with ints stays cheap."""
    _, _, exponent = text.upper().partition("E")
    return len(text) <= _MAX_DIGITS and (
        not exponent or len(exponent.strip("+-")) <= 4 or not exponent.strip("+-").isdigit()
    )
