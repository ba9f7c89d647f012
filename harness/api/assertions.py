"""Assertions on a run for users' tests: accuracy, dollars, latency. A figure that is not known fails."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

from harness.api.load import Run

Latency = Literal["seconds_per_task", "ttft_s", "ttft_p95_s"]


def assert_accuracy(
    run: Run,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    task: str | None = None,
    model: str | None = None,
) -> None:
    """Each row of the summary (those of `task` and `model`, if named) has an accuracy in [at_least, at_most], 0 to 1.

    Raises AssertionError with the row and the reason otherwise, also where jobs failed, are open or are not graded.
    """
    for row in _rows(run, task, model):
        missing = row["planned"] - row["n"]
        if missing:
            _fail(row, f"{missing} of {row['planned']} jobs have no graded answer", run)
        accuracy = float(row["accuracy"])
        said = f"accuracy {accuracy:.1%} of {row['n']}"
        if at_least is not None and accuracy < at_least:
            _fail(row, f"{said}, at least {at_least:.1%} is asked for")
        if at_most is not None and accuracy > at_most:
            _fail(row, f"{said}, at most {at_most:.1%} is asked for")


def assert_usd(
    run: Run,
    *,
    at_most: Decimal | float | str,
    per: Literal["row", "sample", "correct"] = "row",
    task: str | None = None,
    model: str | None = None,
) -> None:
    """Dollars of each row, all attempts included, are known and at most so many: in all, per sample or per correct one.

    Raises AssertionError with the row and the reason otherwise.
    """
    limit = Decimal(str(at_most))
    for row in _rows(run, task, model):
        spent = row["spent_usd"]
        if not isinstance(spent, Decimal):
            _fail(row, "the dollars are not known", run)
        parts = {"row": 1, "sample": row["finished"], "correct": row["correct"]}[per]
        if not parts:
            _fail(row, f"${spent:f} for no {per} answer")
        usd = spent / int(parts)
        if usd > limit:
            _fail(row, f"${usd:f} per {per}, at most ${limit:f} is asked for")


def assert_latency(
    run: Run,
    *,
    at_most_s: float,
    of: Latency = "seconds_per_task",
    task: str | None = None,
    model: str | None = None,
) -> None:
    """A latency of each row is known and at most so many seconds; `of` is a column of the summary.

    Raises AssertionError otherwise. A recording that is replayed at once has no latencies.
    """
    for row in _rows(run, task, model):
        seconds = row[of]
        if not isinstance(seconds, float) or math.isnan(seconds):
            _fail(row, f"{of} is not known", run)
        if seconds > at_most_s:
            _fail(row, f"{of} {seconds:.3f} s, at most {at_most_s:g} s are asked for")


def _rows(run: Run, task: str | None, model: str | None) -> list[Mapping[str, Any]]:
    rows: list[dict[str, Any]] = run.summary.to_dict("records")
    found = [row for row in rows if task in (None, row["task"]) and model in (None, row["model"])]
    if not found:
        known = ", ".join(f"{row['model']} on {row['task']}" for row in rows)
        raise AssertionError(f"{run.name} has no row of task {task} and model {model}; rows: {known}")
    return list(found)


def _fail(row: Mapping[str, Any], why: str, run: Run | None = None) -> None:
    notes = "" if run is None else "".join(f"\n  {note}" for note in run.notes)
    raise AssertionError(f"{row['model']} on {row['task']}: {why}{notes}")
