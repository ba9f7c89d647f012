"""The document of a gate: checks and changed samples of each model on each task, changed prompts, and what failed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby, islice
from typing import Any

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.report.gate.baseline import SampleTotals
from harness.report.gate.build import GateReport
from harness.report.gate.check_result import CheckOutcome, GateCheckResult, first_names
from harness.report.gate.differences import PromptDifference, SampleChange, by_lines
from harness.report.gate.limits import LIMIT_CHECKS
from harness.report.render.mode import mark_origin, mode_of
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column

MAX_DIFFERENCES = 10
"""Different changes of prompts that are shown for people; JSON has every one."""
COLUMNS: tuple[Column[GateCheckResult], ...] = (
    prose_column("check", "check", lambda one: one.check),
    prose_column("baseline", "baseline", lambda one: one.then),
    prose_column("now", "this run", lambda one: one.now),
    prose_column("result", "result", lambda one: one.outcome.value),
    prose_column("why", "why", lambda one: one.why),
)
CHANGE_COLUMNS: tuple[Column[SampleChange], ...] = (
    prose_column("sample", "sample", lambda one: one.sample),
    prose_column("change", "change", lambda one: one.change.value),
    prose_column("before", "baseline", lambda one: _grades(one.before)),
    prose_column("after", "this run", lambda one: _grades(one.after)),
)
FORMER_KEYS = {
    CheckOutcome.PASSED: "held",
    CheckOutcome.FAILED: "failed",
    CheckOutcome.INCONCLUSIVE: "open",
    CheckOutcome.SKIPPED: "nothing",
}
"""Values of the key `ruling`, which stays beside `result` for one release."""

FLAT_KEYS = ("task", "model", "mode", "check", "baseline", "now", "baseline_value", "now_value", "result", "why")


def document(found: GateReport) -> ReportDocument:
    """What `harness gate` shows."""
    rows = tuple(map(_record, found.findings))
    against = f" against {found.baseline}" if found.baseline else ""
    return ReportDocument(
        title=f"gate of {found.run}{against}",
        mode=found.mode,
        state=_outcome(found),
        sections=tuple(sections(found, _columns(found))),
        notes=found.notes,
        result=tuple(_result(found)),
        record=gate_record(found),
        flat=FlatRows(keys=FLAT_KEYS, rows=rows),
    )


def sections(found: GateReport, columns: tuple[Column[GateCheckResult], ...]) -> Iterator[Section]:
    """Checks and changed samples by row, then the changed prompts."""
    for (task, model, origin), checks in groupby(found.findings, key=lambda one: (one.task, one.model, one.origin)):
        changes = tuple(one for one in found.changes if (one.task, one.model) == (task, model))
        tables: list[Table[Any]] = [
            Table(columns=columns, rows=tuple(checks), is_marked=lambda one: one.origin is not Origin.LIVE)
        ]
        if changes:
            title = f"{counted(len(changes), 'changed sample')}:"
            tables.append(Table(columns=CHANGE_COLUMNS, rows=changes, title=title, is_marked=_is_change_marked))
        yield Section(title=f"{task} · {mark_origin(model, origin)}", tables=tuple(tables))
    if found.prompts:
        yield Section(
            title=f"{counted(len(found.prompts), 'changed prompt')}: - baseline, + this run",
            lines=tuple(_prompt_lines(found)),
        )


def _is_change_marked(one: SampleChange) -> bool:
    return one.origin is not Origin.LIVE


def _columns(found: GateReport) -> tuple[Column[GateCheckResult], ...]:
    """Without a baseline the second column holds limits."""
    return (
        COLUMNS
        if found.baseline
        else tuple(replace(column, title="limit") if column.key == "baseline" else column for column in COLUMNS)
    )


def _prompt_lines(found: GateReport) -> Iterator[str]:
    groups = by_lines(found.prompts)
    for (task, lines), samples in islice(groups.items(), MAX_DIFFERENCES):
        yield f"{task}: {first_names(samples)}"
        yield from lines
    if len(groups) > MAX_DIFFERENCES:
        yield f"{len(groups) - MAX_DIFFERENCES:,} other differences: --format json has them"


def finding_text(one: GateCheckResult) -> str:
    """The figures of a check and why it ended as it did, in one line."""
    if one.check in LIMIT_CHECKS:
        return f"{one.now} (required: {one.then}): {one.why}"
    figures = " -> ".join(filter(None, (one.then, one.now)))
    return f"{figures}: {one.why}" if figures else one.why


def change_text(one: SampleChange) -> str:
    """A changed sample in one line, for formats without tables."""
    return f"{one.sample} {one.change.value}: {_grades(one.before)} -> {_grades(one.after)}"


def prompt_lines(one: PromptDifference) -> Iterator[str]:
    """A changed prompt and its lines."""
    yield f"prompt of {one.sample}:"
    yield from one.lines


def _grades(one: SampleTotals) -> str:
    """Verdicts and answers of a sample: `wrong: 41`, or `correct 3, wrong 1: 42, 42, 41, 42`."""
    verdicts = _verdicts(one)
    answers = ", ".join(filter(None, one.given))
    return f"{verdicts}: {answers}" if answers else verdicts


def _verdicts(one: SampleTotals) -> str:
    if not one.verdicts:
        return f"{one.correct} of {one.graded} correct"
    names = {name.replace("_", " "): number for name, number in one.verdicts.items()}
    return ", ".join(names) if one.jobs == 1 else ", ".join(f"{name} {number}" for name, number in names.items())


def _change_record(one: SampleChange) -> dict[str, object]:
    return {
        "task": one.task,
        "model": one.model,
        "mode": mode_of([one.origin]),
        "sample": one.sample,
        "change": one.change.name.lower(),
        "before": _side_record(one.before),
        "after": _side_record(one.after),
    }


def _side_record(one: SampleTotals) -> dict[str, object]:
    return {
        "correct": one.correct,
        "graded": one.graded,
        "verdicts": dict(one.verdicts),
        "answers": list(one.given),
    }


def gate_record(found: GateReport) -> dict[str, object]:
    """The JSON form of a gate."""
    return {
        "run": found.run,
        "baseline": found.baseline,
        "mode": found.mode,
        "exit_code": found.exit_code,
        "findings": [_record(one) for one in found.findings],
        "changed_samples": [_change_record(one) for one in found.changes],
        "changed_prompts": [
            {"task": one.task, "sample": one.sample, "lines": list(one.lines)} for one in found.prompts
        ],
        "notes": list(found.notes),
    }


def _record(one: GateCheckResult) -> dict[str, object]:
    return {
        "task": one.task,
        "model": one.model,
        "mode": mode_of([one.origin]),
        "check": one.check,
        "baseline": one.then,
        "now": one.now,
        "baseline_value": one.values[0],
        "now_value": one.values[1],
        "result": one.outcome.name.lower(),
        "ruling": FORMER_KEYS[one.outcome],
        "why": one.why,
    }


def _outcome(found: GateReport) -> str:
    made = len(found.findings) - found.count(CheckOutcome.SKIPPED)
    for outcome, words in ((CheckOutcome.FAILED, "FAILED"), (CheckOutcome.INCONCLUSIVE, "inconclusive")):
        if found.count(outcome):
            return f"{words}: {found.count(outcome)} of {counted(made, 'check')}"
    if not made:
        return "inconclusive: nothing could be checked"
    skipped = found.count(CheckOutcome.SKIPPED)
    return f"passed: all {counted(made, 'check')}" + (f"; {skipped} skipped (-)" if skipped else "")


def _result(found: GateReport) -> Iterator[str]:
    yield _outcome(found)
    for one in found.findings:
        if one.outcome in (CheckOutcome.FAILED, CheckOutcome.INCONCLUSIVE):
            yield f"  {one.model} on {one.task}: {one.check} {one.outcome.value}: {finding_text(one)}"
