"""Reading what batch APIs answer: JSON objects, and files of one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.core.types import FailureKind, Json
from harness.providers.batch.protocol import BatchError
from harness.providers.transport.whole_requests import FetchedBody

NOTHING_SAID = b'{"error":"neither an answer nor an error"}'
"""In place of the body of a result that says nothing: with status 200, so that its cost is unknown."""


def compact(value: Json) -> bytes:
    """The value as JSON without blanks."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def object_of(answer: FetchedBody) -> Mapping[str, Json]:
    """The JSON object that an answer holds. Raises BatchError for anything else."""
    try:
        value = json.loads(answer.body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        said = f"not a JSON object but {answer.body[:80]!r}"
        raise BatchError(FailureKind.MALFORMED_RESPONSE, said, is_retryable=True, is_certain=False)
    return value


def text_at(value: Mapping[str, Json], name: str) -> str:
    """The text under a name. Raises BatchError where there is none."""
    found = value.get(name)
    if not isinstance(found, str) or not found:
        said = f"the answer has no {name}: {compact(dict(value))[:120]!r}"
        raise BatchError(FailureKind.MALFORMED_RESPONSE, said, is_retryable=True, is_certain=False)
    return found


def count_at(value: Json, name: str) -> int | None:
    """The count under a name of an object; None where it states none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def rows_of(value: Json) -> list[Mapping[str, Json]]:
    """The objects of a list; empty for anything else."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def lines_of(path: Path) -> Iterator[Mapping[str, Json]]:
    """The objects of a file of JSON lines. Raises BatchError for a line that is none: the file came incomplete."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                value = json.loads(line)
            except ValueError:
                value = None
            if not isinstance(value, dict):
                said = f"line {number} of the results is not a JSON object: {line[:80]!r}"
                raise BatchError(FailureKind.MALFORMED_RESPONSE, said, is_retryable=True, is_certain=False)
            yield value
