"""The document of a gate: a table of checks for each model on each task, and the result with what failed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.report.gate.build import GateReport
from harness.report.gate.check_result import CheckOutcome, GateCheckResult
from harness.report.render.mode import mark_origin, mode_of
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column

COLUMNS: tuple[Column[GateCheckResult], ...] = (
    prose_column("check", "check", lambda one: one.check),
    prose_column("baseline", "baseline", lambda one: one.then),
    prose_column("now", "this run", lambda one: one.now),
    prose_column("result", "result", lambda one: one.outcome.value),
    prose_column("why", "why", lambda one: one.why),
)
FORMER_KEYS = {
    CheckOutcome.PASSED: "held",
    CheckOutcome.FAILED: "failed",
    CheckOutcome.INCONCLUSIVE: "open",
    CheckOutcome.SKIPPED: "nothing",
}
"""Values of the key `ruling`, which stays beside `result` for one release."""


def document(found: GateReport) -> ReportDocument:
    """What `harness gate` shows."""
    rows = [_record(one) for one in found.findings]
    return ReportDocument(
        title=f"gate of {found.run} against {found.baseline}",
        mode=found.mode,
        state=_outcome(found),
        sections=tuple(_sections(found)),
        notes=found.notes,
        result=tuple(_result(found)),
        record={
            "run": found.run,
            "baseline": found.baseline,
            "mode": found.mode,
            "exit_code": found.exit_code,
            "findings": rows,
            "notes": list(found.notes),
        },
        flat=FlatRows(keys=("task", "model", "mode", "check", "baseline", "now", "result", "why"), rows=tuple(rows)),
    )


def _sections(found: GateReport) -> Iterator[Section]:
    for (task, model, origin), checks in groupby(found.findings, key=lambda one: (one.task, one.model, one.origin)):
        yield Section(
            title=f"{task} · {mark_origin(model, origin)}",
            tables=(Table(columns=COLUMNS, rows=tuple(checks), is_marked=lambda one: one.origin is not Origin.LIVE),),
        )


def _record(one: GateCheckResult) -> dict[str, object]:
    return {
        "task": one.task,
        "model": one.model,
        "mode": mode_of([one.origin]),
        "check": one.check,
        "baseline": one.then,
        "now": one.now,
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
            change = f"{one.then} -> {one.now}: " if one.then or one.now else ""
            yield f"  {one.model} on {one.task}: {one.check} {one.outcome.value}: {change}{one.why}"
