"""Compares a run with a baseline: the result of every check, and why.

Decides which rows may be compared. Pure: two baselines in, check results out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK
from harness.core.plurals import counted
from harness.report.gate.answer_checks import served_model_check
from harness.report.gate.baseline import Baseline, ModelTotals
from harness.report.gate.check_result import BaselinePair, CheckOutcome, GateCheckResult, Tolerances, first_names
from harness.report.gate.checks import all_checks
from harness.report.gate.differences import PromptDifference, SampleChange, prompt_differences, sample_changes
from harness.report.gate.limits import Limits, count_checks, limit_checks
from harness.report.render.mode import mode_of, origin_notes

COMPARABLE = "comparable"
NO_LIMITS = Limits()
NOT_SETTINGS = ("simulated", "imported", "replayed")
"""Where figures come from: never compared across, so no setting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateReport:
    """All that a gate says. `notes` are whole sentences. `baseline` is None where only limits were checked.

    `changes`: every sample with other grades, of the rows that were compared. `prompts`: every prompt that differs.
    `settings`: how the settings of compared rows differ. `one_sided`: rows (task, model) of one side, with which.
    """

    run: str
    baseline: str | None
    mode: str
    findings: tuple[GateCheckResult, ...]
    notes: tuple[str, ...]
    changes: tuple[SampleChange, ...] = ()
    prompts: tuple[PromptDifference, ...] = ()
    settings: tuple[str, ...] = ()
    one_sided: tuple[str, ...] = ()

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


def run_gate(
    baseline: Baseline, now: Baseline, tolerances: Tolerances, *, allow_changed: bool, limits: Limits = NO_LIMITS
) -> GateReport:
    """Compare every row of the run with the baseline's row of the same task and model, and hold it to the limits.

    With `allow_changed` rows with other settings are compared over the samples both have, and rows that only one side
    has are left out; the notes say both. An incomplete run, or a simulated one beside a live one, is inconclusive.
    """
    prompts = prompt_differences(baseline, now)
    findings: list[GateCheckResult] = []
    notes = list(_notes(baseline, now))
    settings: list[str] = []
    one_sided: list[str] = []
    pairs: list[BaselinePair] = []
    before = {(one.task, one.model): one for one in baseline.rows}
    after = {(one.task, one.model): one for one in now.rows}
    for place in dict.fromkeys((*before, *after)):
        then, present = before.get(place), after.get(place)
        why = _one_sided(then, present)
        if why is None and then is not None and present is not None:
            never, changed = tuple(_never_alike(present, then)), tuple(_changes(then, present, prompts))
            if not never and (allow_changed or not changed):
                pairs.append(BaselinePair(then=then, now=present))
                settings += [f"{place[1]} on {place[0]}: {one}" for one in changed]
                notes += [f"{place[1]} on {place[0]}, compared anyway, as requested: {one}" for one in changed]
                continue
            why = "; ".join((*never, *changed))
        elif allow_changed:
            one_sided.append(f"{place[1]} on {place[0]}: {'removed' if present is None else 'new'}")
            notes.append(f"{place[1]} on {place[0]} is left out as asked: {why}")
            if limits and present is not None:
                findings += count_checks(present, tolerances.max_increase)
            continue
        findings.append(_open(then or present, why or ""))
    compared = {(pair.now.task, pair.now.model) for pair in pairs}
    served = [
        (place, served_model_check(before.get(place), row, allow_changed=allow_changed)) for place, row in after.items()
    ]
    findings += [one for place, one in served if place in compared or one.outcome is CheckOutcome.FAILED]
    findings += all_checks(pairs, tolerances, allow_changed=allow_changed)
    findings += [one for row in now.rows for one in limit_checks(row, limits)]
    order = {place: rank for rank, place in enumerate(dict.fromkeys((*before, *after)))}
    return GateReport(
        run=now.run,
        baseline=f"{baseline.run} of {baseline.created_at:%Y-%m-%d}",
        mode=mode_of(one.terms.origin for one in (*baseline.rows, *now.rows)),
        findings=tuple(sorted(findings, key=lambda one: order[one.task, one.model])),
        notes=tuple(notes),
        changes=tuple(change for pair in pairs for change in sample_changes(pair)),
        prompts=prompts,
        settings=tuple(settings),
        one_sided=tuple(one_sided),
    )


def check_limits(now: Baseline, limits: Limits, *, max_errors: int) -> GateReport:
    """Hold a run to absolute limits alone. At most `max_errors` jobs of a row may have failed, as many be ungraded."""
    findings: list[GateCheckResult] = []
    for row in now.rows:
        findings.append(served_model_check(None, row, allow_changed=False))
        findings += count_checks(row, max_errors)
        findings += limit_checks(row, limits)
    return GateReport(
        run=now.run,
        baseline=None,
        mode=mode_of(one.terms.origin for one in now.rows),
        findings=tuple(findings),
        notes=tuple(origin_notes(one.terms.origin for one in now.rows)),
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


def _changes(then: ModelTotals, now: ModelTotals, prompts: Sequence[PromptDifference]) -> Iterator[str]:
    """How the settings of two rows differ, a clause each. A content hash differs where a prompt does."""
    changed = [one.sample for one in prompts if one.task == now.task and one.sample in now.samples]
    if changed:
        share = f"{len(changed):,} of {counted(len(now.samples), 'prompt')}"
        yield f"{share} changed ({first_names(changed)})"
    for term in fields(then.terms):
        was, is_now = getattr(then.terms, term.name), getattr(now.terms, term.name)
        if term.name in NOT_SETTINGS or (term.name == "content_hash" and changed):
            continue
        if was != is_now:
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
