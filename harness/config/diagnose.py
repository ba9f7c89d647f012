"""Pydantic's errors as sentences a person can act on: file and line, what was found, what would be accepted.

Covers wording and finding the place. It decides nothing: what is refused is in `harness.config.schema`.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from typing import Annotated, TypeGuard, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from harness.config.nodes import ConfigIssue, Document, FieldPath, SourceLocation
from harness.core.labels import closest_names

_MAX_SHOWN_CHARS = 60
_ABOUT_FIELDS = frozenset({"missing", "extra_forbidden"})
_UNSHOWN_FIELDS = frozenset({"api_key_env"})


def readable_errors(error: ValidationError, document: Document, model: type[BaseModel]) -> list[ConfigIssue]:
    """One problem per place; where a value fits none of several forms, the forms are joined with "or"."""
    sentences: dict[tuple[SourceLocation, str], list[str]] = {}
    details = error.errors(include_url=False)
    paths = [_written_path(detail["loc"], document) for detail in details]
    for detail, written in zip(details, paths, strict=True):
        if _is_beside_the_point(detail, written, details, paths):
            continue
        mark = document.mark_of(written)
        about, wanted = _sentence(detail, written, model)
        wishes = sentences.setdefault((mark, about), [])
        if wanted not in wishes:
            wishes.append(wanted)
    return [ConfigIssue(mark, f"{about}; {' or '.join(wishes)}") for (mark, about), wishes in sentences.items()]


def _written_path(loc: tuple[int | str, ...], document: Document) -> FieldPath:
    """`loc` without pydantic's own words for the members of a union."""
    path: FieldPath = ()
    for part in loc:
        if (*path, part) in document.marks:
            path = (*path, part)
    return path


def _is_beside_the_point(
    detail: ErrorDetails, written: FieldPath, details: list[ErrorDetails], paths: list[FieldPath]
) -> bool:
    """A mapping that "should be a number" although a mapping is one accepted form, and its own fault is reported."""
    if not isinstance(detail["input"], Mapping) or detail["type"] in _ABOUT_FIELDS:
        return False
    others = ((other, path) for other, path in zip(details, paths, strict=True) if other is not detail)
    return any(path[: len(written)] == written and len(other["loc"]) > len(written) + 1 for other, path in others)


def _sentence(detail: ErrorDetails, written: FieldPath, model: type[BaseModel]) -> tuple[str, str]:
    loc = detail["loc"]
    match detail["type"]:
        case "extra_forbidden":
            known = _fields_at(model, loc[:-1])
            return f"unknown field {loc[-1]!r} {_inside(written[:-1])}", closest_names(str(loc[-1]), known)
        case "missing":
            return f"{_subject(written)} lacks the field {loc[-1]!r}", "write it"
        case "value_error" if loc[-1] == "dialect":
            return f"unknown dialect {detail['input']!r} in {_subject(written[:-1])}", _raised(detail)
        case "value_error":
            wanted = _raised(detail)
        case "enum" | "literal_error":
            expected = str(detail.get("ctx", {}).get("expected", ""))
            wanted = f"accepted: {expected}"
        case "model_type" | "dict_type":
            wanted = "expected a mapping (name: value)"
        case "list_type":
            wanted = "expected a list ([a, b])"
        case _:
            wanted = detail["msg"][:1].lower() + detail["msg"][1:].replace("Input should be", "should be")
            wanted = wanted.replace("input should be", "expected")
    if written and written[-1] in _UNSHOWN_FIELDS:
        return f"{_subject(written)} is not a variable's name", wanted
    return f"{_subject(written)} is {_shown(detail['input'])}", wanted


def _raised(detail: ErrorDetails) -> str:
    return str(detail.get("ctx", {}).get("error", detail["msg"]))


def _subject(path: FieldPath) -> str:
    return ".".join(str(part) for part in path) or "the file"


def _inside(path: FieldPath) -> str:
    return f"in {_subject(path)}" if path else "at the top of the file"


def _shown(value: object) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    text = repr(value)
    if "://" in text and "@" in text:
        return "an address with a name or password (not shown)"
    return text if len(text) <= _MAX_SHOWN_CHARS else text[:_MAX_SHOWN_CHARS] + "..."


def _fields_at(model: type[BaseModel], loc: FieldPath) -> list[str]:
    """The names accepted at `loc`, found by walking the annotations."""
    here: object = model
    for part in loc:
        here = _below(here, part)
    return [name for kind in _kinds(here) if _is_entry(kind) for name in kind.model_fields]


def _below(annotation: object, part: str | int) -> object:
    for kind in _kinds(annotation):
        if _is_entry(kind):
            if part in kind.model_fields:
                return kind.model_fields[str(part)].annotation
            if kind.__name__ == part:
                return kind
        elif get_origin(kind) is dict:
            return get_args(kind)[1]
        elif get_origin(kind) is list and isinstance(part, int):
            return get_args(kind)[0]
    return annotation


def _is_entry(kind: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _kinds(annotation: object) -> Iterator[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _kinds(get_args(annotation)[0])
    elif origin is Union or origin is types.UnionType:
        for member in get_args(annotation):
            yield from _kinds(member)
    else:
        yield annotation
