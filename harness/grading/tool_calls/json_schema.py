"""Whether a value fits a JSON Schema, for the keywords that tool parameters use.

Covers `type`, `enum`, `properties`, `required`, `additionalProperties: false`, `items`, `minItems`, `maxItems`,
`minimum`, `maximum` and `pattern` with the meaning of JSON Schema 2020-12 (json-schema.org); `description`, `title`,
`default` and `format` constrain nothing. Any other keyword is refused by `unknown_keywords`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeGuard

from harness.core.types import Json

_KEYWORDS = frozenset(
    {"type", "enum", "properties", "required", "additionalProperties", "items", "minItems", "maxItems", "minimum"}
    | {"maximum", "pattern", "description", "title", "default", "format"}
)


def unknown_keywords(schema: Json) -> list[str]:
    """The keywords in a schema, at any depth, that `schema_errors` does not know; sorted."""
    if not isinstance(schema, Mapping):
        return []
    properties = schema.get("properties")
    inner = list(properties.values()) if isinstance(properties, Mapping) else []
    deeper = [name for one in [*inner, schema.get("items")] for name in unknown_keywords(one)]
    return sorted({str(name) for name in schema if name not in _KEYWORDS} | set(deeper))


def schema_errors(value: Json, schema: Mapping[str, Json], place: str = "arguments") -> Iterator[str]:
    """What does not fit, a clause for each error that starts with the place; nothing where the value fits."""
    accepted = schema.get("type")
    names = accepted if isinstance(accepted, list) else [accepted]
    if accepted is not None and not any(_is_of_type(value, str(name)) for name in names):
        yield f"{place} is {_type_name(value)}, the schema says {' or '.join(map(str, names))}"
        return
    choices = schema.get("enum")
    if isinstance(choices, list) and not any(is_equal(value, choice) for choice in choices):
        yield f"{place} is {value!r}, which is not one of the enum"
    if isinstance(value, Mapping):
        yield from _object_errors(value, schema, place)
    elif isinstance(value, list):
        yield from _array_errors(value, schema, place)
    elif isinstance(value, str):
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and re.search(pattern, value) is None:
            yield f"{place} is {value!r}, which does not match {pattern}"
    elif is_number(value):
        low, high = schema.get("minimum"), schema.get("maximum")
        if (is_number(low) and value < low) or (is_number(high) and value > high):
            yield f"{place} is {value}, outside of minimum and maximum"


def _object_errors(value: Mapping[str, Json], schema: Mapping[str, Json], place: str) -> Iterator[str]:
    properties, required = schema.get("properties"), schema.get("required")
    known = properties if isinstance(properties, Mapping) else {}
    for name in required if isinstance(required, list) else ():
        if name not in value:
            yield f"{place}.{name} is missing"
    for name, inner in value.items():
        inner_schema = known.get(name)
        if isinstance(inner_schema, Mapping):
            yield from schema_errors(inner, inner_schema, f"{place}.{name}")
        elif schema.get("additionalProperties") is False:
            yield f"{place}.{name} is not in the schema"


def _array_errors(value: list[Json], schema: Mapping[str, Json], place: str) -> Iterator[str]:
    least, most, items = schema.get("minItems"), schema.get("maxItems"), schema.get("items")
    if (isinstance(least, int) and len(value) < least) or (isinstance(most, int) and len(value) > most):
        yield f"{place} has the wrong number of items: {len(value)}"
    if isinstance(items, Mapping):
        for number, item in enumerate(value):
            yield from schema_errors(item, items, f"{place}[{number}]")


def is_number(value: Json) -> TypeGuard[int | float]:
    """Whether a value is a JSON number; true and false are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_equal(one: Json, other: Json) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_equal, one, other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(is_equal(one[name], other[name]) for name in one)
    return one == other


_TYPES: Mapping[str, Callable[[Json], bool]] = {
    "string": lambda value: isinstance(value, str),
    "number": is_number,
    "integer": lambda value: (
        is_number(value) and (isinstance(value, int) or value.is_integer())
    ),  # 2.0 is one: section 4.2.3
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, Mapping),
    "null": lambda value: value is None,
}


def _is_of_type(value: Json, name: str) -> bool:
    return name in _TYPES and _TYPES[name](value)


def _type_name(value: Json) -> str:
    return next(name for name in ("null", "boolean", "integer", *_TYPES) if _TYPES[name](value))
