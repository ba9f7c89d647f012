"""Compares a run with a baseline: the result of every check, and why.

Decides which rows may be compared. Pure: two baselines in, check results out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK
from harness.core.plurals import counted
from harness.report.gate.baseline import Baseline, ModelTotals
from harness.report.gate.check_result import BaselinePair, CheckOutcome, GateCheckResult, Tolerances, first_names
from harness.report.gate.checks import all_checks, served_model_check
from harness.report.render.mode import mode_of, origin_notes

COMPARABLE = "comparable"


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """All that a gate says. `notes` are whole sentences."""

    run: str
    baseline: str
    mode: str
    findings: tuple[GateCheckResult, ...]
    notes: tuple[str, ...]

    def count(self, outcome: CheckOutcome) -> int:
        """Number of checks with that outcome."""
        return sum(one.outcome is outcome for one in self.findings)

    @property
    def exit_code(self) -> int:
        """A failed check outweighs an inconclusive one; a gate without a passed check is no success."""
        if self.count(CheckOutcome.FAILED):
            return EXIT_CHECK_FAILED
        return (
            EXIT_INCOMPLETE if self.count(CheckOutcome.INCONCLUSIVE) or not self.count(CheckOutcome.PASSED) else EXIT_OK
        )


def run_gate(baseline: Baseline, now: Baseline, tolerances: Tolerances, *, allow_changed: bool) -> GateReport:
    """Compare every row of the run with the baseline's row of the same task and model.

    With `allow_changed` rows with other settings are compared over the samples both have, and rows that only one side
    has are left out; the notes say both. An incomplete run, or a simulated one beside a live one, is inconclusive.
    """
    findings: list[GateCheckResult] = []
    notes = list(_notes(baseline, now))
    pairs: list[BaselinePair] = []
    before = {(one.task, one.model): one for one in baseline.rows}
    after = {(one.task, one.model): one for one in now.rows}
    for place in dict.fromkeys((*before, *after)):
        then, present = before.get(place), after.get(place)
        why = _one_sided(then, present)
        if why is None and then is not None and present is not None:
            never, changed = tuple(_never_alike(present, then)), tuple(_changes(then, present))
            if not never and (allow_changed or not changed):
                pairs.append(BaselinePair(then=then, now=present))
                notes += [f"{place[1]} on {place[0]}, compared all the same as asked: {one}" for one in changed]
                continue
            why = "; ".join((*never, *changed))
        elif allow_changed:
            notes.append(f"{place[1]} on {place[0]} is left out as asked: {why}")
            continue
        findings.append(_open(then or present, why or ""))
    compared = {(pair.now.task, pair.now.model) for pair in pairs}
    served = [(place, served_model_check(before.get(place), row)) for place, row in after.items()]
    findings += [one for place, one in served if place in compared or one.outcome is CheckOutcome.FAILED]
    findings += all_checks(pairs, tolerances)
    order = {place: rank for rank, place in enumerate(dict.fromkeys((*before, *after)))}
    return GateReport(
        run=now.run,
        baseline=f"{baseline.run} of {baseline.created_at:%Y-%m-%d}",
        mode=mode_of(one.terms.origin for one in (*baseline.rows, *now.rows)),
        findings=tuple(sorted(findings, key=lambda one: order[one.task, one.model])),
        notes=tuple(notes),
    )


def _one_sided(then: ModelTotals | None, now: ModelTotals | None) -> str | None:
    if now is None:
        return "the run has no such row"
    return "the baseline has no such row" if then is None else None


def _never_alike(now: ModelTotals, then: ModelTotals) -> Iterator[str]:
    """What even `allow_changed` does not accept: incomplete rows, and a simulated row against a live one."""
    for side, words in ((now, "the run"), (then, "the baseline")):
        if side.finished < side.planned:
            yield f"{words} is incomplete: {side.planned - side.finished:,} of {counted(side.planned, 'job')} not done"
    if now.terms.origin is not then.terms.origin:
        yield (
            f"the run is {now.terms.origin.value} and the baseline is {then.terms.origin.value}: figures of different "
            "origin are not compared"
        )


def _changes(then: ModelTotals, now: ModelTotals) -> Iterator[str]:
    """How the settings of two rows differ, a clause each."""
    for term in fields(then.terms):
        was, is_now = getattr(then.terms, term.name), getattr(now.terms, term.name)
        if was != is_now and term.name not in ("simulated", "imported", "replayed"):
            yield f"{term.name.replace('_', ' ')} was {_plain(was)}, is {_plain(is_now)}"
    gone = [name for name in then.samples if name not in now.samples]
    new = [name for name in now.samples if name not in then.samples]
    if gone:
        yield f"{len(gone):,} of {counted(len(then.samples), 'sample')} missing from this run ({first_names(gone)})"
    if new:
        yield f"{counted(len(new), 'sample')} not in the baseline ({first_names(new)})"


def _plain(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value)


def _open(row: ModelTotals | None, why: str) -> GateCheckResult:
    assert row is not None
    return GateCheckResult(
        task=row.task,
        model=row.model,
        origin=row.terms.origin,
        check=COMPARABLE,
        then="",
        now="",
        outcome=CheckOutcome.INCONCLUSIVE,
        why=why,
    )


def _notes(baseline: Baseline, now: Baseline) -> Iterator[str]:
    yield from origin_notes(one.terms.origin for one in (*baseline.rows, *now.rows))
    if baseline.harness_version != now.harness_version:
        yield f"the baseline was made by harness {baseline.harness_version}, the run by {now.harness_version}"
