"""Compares a run with a baseline: the result of every check, and why.

Decides which rows may be compared. Pure: two baselines in, check results out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, fields

from harness.core.errors import EXIT_CHECK_FAILED, EXIT_INCOMPLETE, EXIT_OK
from harness.core.plurals import counted
from harness.report.gate.answer_checks import served_model_check
from harness.report.gate.baseline import Baseline, ModelTotals
from harness.report.gate.check_result import (
    BaselinePair,
    CheckOutcome,
    GateCheckResult,
    Tolerances,
    check_result,
    first_names,
)
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
    before = {(one.task, one.model): one for one in baseline.rows}
    after = {(one.task, one.model): one for one in now.rows}
    order = {place: rank for rank, place in enumerate(dict.fromkeys((*before, *after)))}
    matched = _MatchedRows(prompts=prompt_differences(baseline, now), allow_changed=allow_changed)
    for place in order:
        matched.add(before.get(place), after.get(place))
    findings = matched.incomparable
    if limits:
        findings += [one for row in matched.new for one in count_checks(row, tolerances.max_increase)]
    compared = {(pair.now.task, pair.now.model) for pair in matched.pairs}
    served = [
        (place, served_model_check(before.get(place), row, allow_changed=allow_changed)) for place, row in after.items()
    ]
    findings += [one for place, one in served if place in compared or one.outcome is CheckOutcome.FAILED]
    findings += all_checks(matched.pairs, tolerances, allow_changed=allow_changed)
    findings += [one for row in now.rows for one in limit_checks(row, limits)]
    return GateReport(
        run=now.run,
        baseline=f"{baseline.run} of {baseline.created_at:%Y-%m-%d}",
        mode=mode_of(one.terms.origin for one in (*baseline.rows, *now.rows)),
        findings=tuple(sorted(findings, key=lambda one: order[one.task, one.model])),
        notes=(*_notes(baseline, now), *matched.notes),
        changes=tuple(change for pair in matched.pairs for change in sample_changes(pair)),
        prompts=matched.prompts,
        settings=tuple(matched.settings),
        one_sided=tuple(matched.one_sided),
    )


@dataclass(slots=True, kw_only=True)
class _MatchedRows:
    """The rows of both sides by whether they can be compared. `new`: rows of the run alone that were left out."""

    prompts: tuple[PromptDifference, ...]
    allow_changed: bool
    pairs: list[BaselinePair] = field(default_factory=list)
    incomparable: list[GateCheckResult] = field(default_factory=list)
    new: list[ModelTotals] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    one_sided: list[str] = field(default_factory=list)

    def add(self, then: ModelTotals | None, now: ModelTotals | None) -> None:
        """Take the rows of one model on one task; None: that side has none."""
        if then is not None and now is not None:
            self._add_both(then, now)
        elif (row := then or now) is not None:
            why = "the run has no such row" if now is None else "the baseline has no such row"
            if not self.allow_changed:
                self.incomparable.append(_incomparable(row, why))
                return
            self.one_sided.append(f"{row.model} on {row.task}: {'removed' if now is None else 'new'}")
            self.notes.append(f"{row.model} on {row.task} is left out as requested: {why}")
            self.new += [now] if now is not None else []

    def _add_both(self, then: ModelTotals, now: ModelTotals) -> None:
        never, changed = tuple(_never_alike(now, then)), tuple(_changes(then, now, self.prompts))
        if never or (changed and not self.allow_changed):
            self.incomparable.append(_incomparable(then, "; ".join((*never, *changed))))
            return
        self.pairs.append(BaselinePair(then=then, now=now))
        self.settings += [f"{now.model} on {now.task}: {one}" for one in changed]
        self.notes += [f"{now.model} on {now.task}, compared anyway, as requested: {one}" for one in changed]


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


def _incomparable(row: ModelTotals, why: str) -> GateCheckResult:
    return check_result(row, COMPARABLE, ("", ""), CheckOutcome.INCONCLUSIVE, why)


def _notes(baseline: Baseline, now: Baseline) -> Iterator[str]:
    yield from origin_notes(one.terms.origin for one in (*baseline.rows, *now.rows))
    if baseline.harness_version != now.harness_version:
        yield f"the baseline was made by harness {baseline.harness_version}, the run by {now.harness_version}"
