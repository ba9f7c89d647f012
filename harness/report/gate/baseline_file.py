"""The JSON file of a baseline: written so that a change shows as few lines, and read with every mistake named."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from harness.core.errors import UsageError
from harness.core.types import FailureKind
from harness.report.gate.baseline import FORMAT, FORMAT_VERSION, Baseline


def encode(baseline: Baseline) -> bytes:
    """The file: a line for each sample, so that a change shows as few lines; money as text, never through a float."""
    record = _adapter().dump_python(baseline, mode="json", by_alias=True)
    rows = [_block(row, indent=" ") for row in record.pop("rows")]
    prompts = {task: dict(sorted(texts.items())) for task, texts in sorted(record.pop("prompts").items())}
    head = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in record.items()]
    text = ",\n".join([*head, '"rows": [\n ' + ",\n ".join(rows) + "\n]", f'"prompts": {_block(prompts, indent="")}'])
    return f"{{\n{text}\n}}\n".encode()


def _block(record: Mapping[str, object], *, indent: str) -> str:
    """An object with a line for each field; `samples` and the prompts of a task are such an object of their own."""
    inner = indent + " "
    lines = []
    for name, value in record.items():
        if isinstance(value, dict) and (name == "samples" or not indent):
            text = _block(dict(sorted(value.items())), indent=inner)
        else:
            text = json.dumps(_without_empty(value), ensure_ascii=False)
        lines.append(f"{inner}{json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _without_empty(value: object) -> object:
    """A sample without fields that hold nothing."""
    if not isinstance(value, dict) or "ruled" not in value:
        return value
    return {name: one for name, one in value.items() if one not in ([], {})}


def read_baseline(path: Path) -> Baseline:
    """Raises UsageError for what is no baseline, or one of another format."""
    how = "harness baseline update RUN FILE writes one"
    if path.is_dir():
        raise UsageError(f"{path} is a folder; a baseline is a file: {how}")
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}; {how}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not JSON ({error}); {how}") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UsageError(f"{path} is not a baseline of harness gate; {how}")
    if record.get("format_version") != FORMAT_VERSION:
        raise UsageError(
            f"{path}: written by harness {record.get('harness_version')} in format {record.get('format_version')}; "
            f"this one reads format {FORMAT_VERSION}: {how}"
        )
    try:
        return _with_current_kinds(_adapter().validate_python(record))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: {where}: {first['msg']}; {how}") from None


def _with_current_kinds(baseline: Baseline) -> Baseline:
    """Failure kinds under today's names; a baseline may be older than a name."""
    known = {kind.value for kind in FailureKind}

    def current(name: str) -> str:
        try:
            return name if name in known else FailureKind(name).value
        except ValueError:
            return name  # a cause of unknown dollars, or a kind of a later version

    rows = [
        replace(row, attempts_failed={current(name): count for name, count in row.attempts_failed.items()})
        for row in baseline.rows
    ]
    return replace(baseline, rows=tuple(rows))


@cache
def _adapter() -> TypeAdapter[Baseline]:
    return TypeAdapter(Baseline)
