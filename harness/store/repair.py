"""Makes what a provider sent fit to be written: text that is no valid Unicode, containers nested too deep."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

MAX_DEPTH = 60
"""Nesting of what a provider sent: the JSON reader gives up at 200 levels, and a line has some of its own."""
_CONTAINERS = (dict, list, tuple)


def is_deeper(value: Any, levels: int) -> bool:
    """Whether containers nest deeper than that; walks without recursion, for depth is what is in question."""
    layer = [value] if isinstance(value, _CONTAINERS) else []
    # Layer by layer: a recursive walk would itself raise RecursionError on what it is to refuse.
    for _ in range(levels):
        if not layer:
            return False
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, _CONTAINERS)
        ]
    return bool(layer)


def cut_nesting(value: Any, levels: int) -> Any:
    """The value with `nested too deep` in place of the containers below that level."""
    match value:
        case dict() | list() | tuple() if levels == 0:
            return "nested too deep"
        case dict():
            return {name: cut_nesting(inner, levels - 1) for name, inner in value.items()}
        case list() | tuple():
            return [cut_nesting(inner, levels - 1) for inner in value]
        case _:
            return value


def repair_text(text: str) -> str:
    """The text with surrogate pairs that came in two halves joined, and lone halves replaced by U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def with_whole_text(value: Any) -> Any:
    """The value with every text in it repaired."""
    match value:
        case str() if not isinstance(value, Enum):
            return repair_text(value)
        case list() | tuple():
            return type(value)(with_whole_text(item) for item in value)
        case Mapping():
            return {with_whole_text(name): with_whole_text(item) for name, item in value.items()}
        case _ if is_dataclass(value):
            plain: Any = value
            return replace(plain, **{one.name: with_whole_text(getattr(value, one.name)) for one in fields(value)})
        case _:
            return value
