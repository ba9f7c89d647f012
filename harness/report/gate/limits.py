"""Absolute limits of a gate: accuracy, dollars per correct answer, TTFT. They need no baseline.

A figure that is not known leaves its check inconclusive; it never passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.core.plurals import counted
from harness.pricing.exact import exact_sum
from harness.report.gate.baseline import Baseline, ModelTotals
from harness.report.gate.check_result import CheckOutcome, GateCheckResult, check_result
from harness.report.render.number_format import UNKNOWN, count, dollars, seconds
from harness.stats.intervals import clustered_proportion

Number = TypeVar("Number", float, Decimal)
ACCURACY, USD_PER_CORRECT, TTFT = "min accuracy", "max $/correct", "max TTFT p50"
LIMIT_CHECKS = frozenset((ACCURACY, USD_PER_CORRECT, TTFT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit(Generic[Number]):
    """A limit for all rows (`common`), or for those of a named model or task, which takes precedence."""

    common: Number | None = None
    named: Mapping[str, Number] = field(default_factory=dict)

    def of(self, row: ModelTotals) -> Number | None:
        """The limit of a row: its model's, else its task's, else the common one."""
        return self.named.get(row.model, self.named.get(row.task, self.common))

    def __bool__(self) -> bool:
        return self.common is not None or bool(self.named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What each row must keep to: accuracy from 0 to 1, US dollars per correct answer, median TTFT in seconds."""

    min_accuracy: Limit[float] = field(default_factory=Limit)
    max_usd_per_correct: Limit[Decimal] = field(default_factory=Limit)
    max_ttft_s: Limit[float] = field(default_factory=Limit)

    def __bool__(self) -> bool:
        return bool(self.min_accuracy or self.max_usd_per_correct or self.max_ttft_s)

    def check_names(self, run: Baseline) -> None:
        """Raises UsageError for a name that is neither a model nor a task of the run."""
        known = sorted({name for row in run.rows for name in (row.model, row.task)})
        for limit in (self.min_accuracy, self.max_usd_per_correct, self.max_ttft_s):
            for name in limit.named:
                if name not in known:
                    raise UsageError(f"{name} is neither a model nor a task of {run.run}: {closest_names(name, known)}")


def limit_checks(row: ModelTotals, limits: Limits) -> Iterator[GateCheckResult]:
    """The limits that hold for a row."""
    accuracy, usd, ttft = limits.min_accuracy.of(row), limits.max_usd_per_correct.of(row), limits.max_ttft_s.of(row)
    if accuracy is not None:
        yield _accuracy(row, accuracy)
    if usd is not None:
        yield _usd_per_correct(row, usd)
    if ttft is not None:
        yield _ttft(row, ttft)


def count_checks(row: ModelTotals, max_errors: int) -> Iterator[GateCheckResult]:
    """Without a baseline: jobs not done leave the row inconclusive; errors and ungraded answers are limited."""
    missing = row.planned - row.finished
    if missing:
        why = f"{missing:,} of {counted(row.planned, 'job')} not done"
        yield check_result(row, "complete", ("", ""), CheckOutcome.INCONCLUSIVE, why)
    for check, number in (("errors", row.failed), ("ungraded", row.ungraded)):
        outcome = CheckOutcome.FAILED if number > max_errors else CheckOutcome.PASSED
        causes = ", ".join(f"{cause} {times}" for cause, times in row.attempts_failed.items())
        why = f": {causes}" if check == "errors" and number and causes else ""
        yield check_result(row, check, ("", count(number)), outcome, f"at most {max_errors}{why}", (None, number))


def _accuracy(row: ModelTotals, least: float) -> GateCheckResult:
    pairs = [(one.correct, one.graded) for one in row.samples.values() if one.graded]
    correct, graded = sum(right for right, _ in pairs), sum(graded for _, graded in pairs)
    bound = f"at least {100 * least:g}%"
    if not graded:
        return check_result(row, ACCURACY, (bound, UNKNOWN), CheckOutcome.INCONCLUSIVE, "no answer is graded")
    share = correct / graded
    outcome = CheckOutcome.FAILED if share < least else CheckOutcome.PASSED
    interval = clustered_proportion(pairs)
    why = f"{correct:,} of {graded:,} correct, 95% CI {100 * interval.low:.1f}% to {100 * interval.high:.1f}%"
    return check_result(row, ACCURACY, (bound, f"{100 * share:.1f}%"), outcome, why, (least, share))


def _usd_per_correct(row: ModelTotals, most: Decimal) -> GateCheckResult:
    check, bound = USD_PER_CORRECT, f"at most ${most:f}"
    known = [one.usd for one in row.samples.values() if one.usd is not None]
    correct = sum(one.correct for one in row.samples.values())
    unknown = sum(row.unpriced.values())
    if unknown or not known:
        why = f"the dollars of {counted(unknown or row.finished, 'job')} are unknown"
        return check_result(row, check, (bound, UNKNOWN), CheckOutcome.INCONCLUSIVE, why)
    spent = exact_sum(known)
    if not correct:
        why = f"${dollars(spent)} for no correct answer"
        return check_result(row, check, (bound, UNKNOWN), CheckOutcome.FAILED, why, (most, None))
    usd = spent / correct
    outcome = CheckOutcome.FAILED if usd > most else CheckOutcome.PASSED
    why = f"${dollars(spent)} for {counted(correct, 'correct answer')}"
    return check_result(row, check, (bound, f"${dollars(usd)}"), outcome, why, (most, usd))


def _ttft(row: ModelTotals, most: float) -> GateCheckResult:
    check, bound = TTFT, f"at most {most:g} s"
    if row.ttft_s is None:
        why = "no usable timing: not streamed, replayed at once, or this host was overloaded"
        return check_result(row, check, (bound, UNKNOWN), CheckOutcome.INCONCLUSIVE, why)
    outcome = CheckOutcome.FAILED if row.ttft_s.median > most else CheckOutcome.PASSED
    figures = bound, f"{seconds(row.ttft_s.median)} s"
    return check_result(row, check, figures, outcome, f"median of {row.ttft_s.n:,}", (most, row.ttft_s.median))
