"""Corrected usage: what a corrected dialect parses from the stored raw usage, kept beside the stored lines.

usage.jsonl holds one line for each attempt whose usage changed; the last line of an attempt counts. The stored lines
stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

from harness.core.types import Call
from harness.store.call_log import outcome_of
from harness.store.codec import PartialLine, UsageLine, decode, encode
from harness.store.log import read_lines
from harness.store.outcome_fields import OutcomeFields, outcome_fields
from harness.store.run_dir import RunDir

Corrections: TypeAlias = Mapping[tuple[str, int], UsageLine]
"""The line in force by (key, place of the attempt in `Call.attempts`)."""


def usage_path(run: RunDir) -> Path:
    """Where a run's corrected usage lies; there need be no such file."""
    return run.path / "usage.jsonl"


def corrections(run: RunDir) -> Corrections:
    """The corrections in force. A damaged line is left out: reading the usage again is free."""
    path = usage_path(run)
    found: dict[tuple[str, int], UsageLine] = {}
    if not path.exists():
        return found
    for _, line in read_lines(path):
        try:
            usage = decode(UsageLine, line)
        except PartialLine:
            continue
        found[usage.key, usage.number] = usage
    return found


def corrected_line(text: bytes, found: UsageLine) -> tuple[OutcomeFields, bytes]:
    """The line of an outcome with the usage as it was last read, decoded and as text."""
    line = outcome_of(text)
    new = encode(replace(line, attempt=replace(line.attempt, usage=found.usage)))
    return outcome_fields(new), new


def corrected(call: Call, known: Corrections) -> Call:
    """The call with the usage of its attempts as last read; the call itself where nothing was corrected."""
    if not known:
        return call
    attempts = tuple(
        replace(attempt, usage=known[call.key, place].usage) if (call.key, place) in known else attempt
        for place, attempt in enumerate(call.attempts)
    )
    return replace(call, attempts=attempts)
