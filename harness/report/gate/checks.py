"""The checks of a gate on one row and their order; counts of errors, and times where `--latency` asks for them.

Every figure covers the samples that baseline and run share. Answers: answer_checks. Dollars and tokens: cost_checks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from harness.report.gate.answer_checks import (
    accuracy_check,
    accuracy_difference,
    same_verdicts,
    sandbox_check,
    verdict_checks,
)
from harness.report.gate.baseline import ModelTotals, SampleTotals, TimingStats
from harness.report.gate.check_result import BaselinePair, CheckOutcome, GateCheckResult, Tolerances
from harness.report.gate.cost_checks import cost_check_results
from harness.report.render.number_format import UNKNOWN, count, seconds
from harness.stats.mover import difference_bounds
from harness.stats.paired import Difference, holm
from harness.stats.power import ALPHA


def all_checks(pairs: Sequence[BaselinePair], tolerances: Tolerances, *, allow_changed: bool) -> list[GateCheckResult]:
    """Every check of every pair. Chance is shared out over the pairs: all together err as seldom as one alone."""
    # A gate of 20 rows at 5% each would fail two builds in three without any change (1 - 0.95^20).
    strict = 1 - ALPHA / max(1, len(pairs))
    tests = [accuracy_difference(pair, confidence=strict) for pair in pairs]
    adjusted = iter(holm([test.p_value for test in tests if isinstance(test, Difference)]))
    found: list[GateCheckResult] = []
    for pair, test in zip(pairs, tests, strict=True):
        p_value = next(adjusted) if isinstance(test, Difference) else None
        exact = pair.is_deterministic if tolerances.exact_accuracy is None else tolerances.exact_accuracy
        found.append(same_verdicts(pair) if exact else accuracy_check(pair, test, p_value, rows=len(pairs)))
        found += verdict_checks(pair, is_exact=exact, rows=len(pairs))
        found += cost_check_results(pair, tolerances, confidence=strict, allow_changed=allow_changed)
        found += _counts(pair, tolerances)
        found += sandbox_check(pair)
        if tolerances.latency is not None:
            found += _times(pair, tolerances.latency)
    return found


# Counts of errors


def _counts(pair: BaselinePair, tolerances: Tolerances) -> Iterator[GateCheckResult]:
    if not pair.has_same_jobs:
        yield from _shared_counts(pair, tolerances.max_increase)
        return
    then, now = pair.then, pair.now
    attempts = then.attempts_failed, now.attempts_failed
    yield _counted(pair, "errors", (then.failed, now.failed), tolerances, attempts)
    if pair.is_deterministic:  # at a provider the number of failed attempts varies from run to run
        tries = sum(then.attempts_failed.values()), sum(now.attempts_failed.values())
        yield _counted(pair, "failed attempts", tries, tolerances, attempts, is_by_cause=True)
    yield _counted(pair, "ungraded", (then.ungraded, now.ungraded), tolerances)
    unknown = sum(then.unpriced.values()), sum(now.unpriced.values())
    yield _counted(pair, "cost unknown", unknown, tolerances, (then.unpriced, now.unpriced), is_by_cause=True)


OTHER_JOBS = "other samples or repeats: the baseline holds this for the whole row only"


def _shared_counts(pair: BaselinePair, more: int) -> Iterator[GateCheckResult]:
    """The same over the shared samples, where baseline and run hold other samples or repeats.

    With other repeats a count may rise in proportion to the jobs.
    """
    before, after = (sum(sides[at].jobs for sides in _both(pair)) for at in (0, 1))
    growth = after / before if before else 1.0
    for check, count_of in _COUNTS_BY_SAMPLE:
        then, now = (sum(count_of(sides[at], pair) for sides in _both(pair)) for at in (0, 1))
        yield _rise(pair, check, (then, now), more + math.floor(then * max(0.0, growth - 1)), "")
    if pair.is_deterministic:
        yield pair.finding("failed attempts", (UNKNOWN, UNKNOWN), CheckOutcome.SKIPPED, OTHER_JOBS)


def _both(pair: BaselinePair) -> Iterator[tuple[SampleTotals, SampleTotals]]:
    return ((then, now) for _, then, now in pair.shared)


def _errors(one: SampleTotals, pair: BaselinePair) -> int:
    return one.jobs - one.answers


def _ungraded(one: SampleTotals, pair: BaselinePair) -> int:
    return one.answers - one.graded if pair.then.terms.grader else 0


def _unpriced(one: SampleTotals, pair: BaselinePair) -> int:
    return int(one.usd is None)


_COUNTS_BY_SAMPLE: tuple[tuple[str, Callable[[SampleTotals, BaselinePair], int]], ...] = (
    ("errors", _errors),
    ("ungraded", _ungraded),
    ("cost unknown", _unpriced),
)


_NO_CAUSES: tuple[Mapping[str, int], Mapping[str, int]] = ({}, {})


def _counted(
    pair: BaselinePair,
    check: str,
    counts: tuple[int, int],
    tolerances: Tolerances,
    causes: tuple[Mapping[str, int], Mapping[str, int]] = _NO_CAUSES,
    *,
    is_by_cause: bool = False,
) -> GateCheckResult:
    """A count that may not rise; one of a row that is the same each time may not fall either.

    `is_by_cause`: no cause may rise, so one that falls does not hide another.
    """
    more = tolerances.max_increase
    risen = ", ".join(
        f"{cause} {causes[0].get(cause, 0)} -> {number}"
        for cause, number in causes[1].items()
        if number > causes[0].get(cause, 0)
    )
    hidden = is_by_cause and any(number > causes[0].get(cause, 0) + more for cause, number in causes[1].items())
    if counts[1] <= counts[0] and hidden:
        why = f"not more, but of other causes: {risen}"
        return pair.finding(check, (count(counts[0]), count(counts[1])), CheckOutcome.FAILED, why, values=counts)
    # Fewer errors of a recording mean that something was not replayed.
    if counts[1] < counts[0] and pair.is_deterministic and not (more or tolerances.allow_less):
        why = f"{counts[0] - counts[1]} fewer; a SIMULATED or REPLAYED row has as many each time"
        return pair.finding(check, (count(counts[0]), count(counts[1])), CheckOutcome.FAILED, why, values=counts)
    return _rise(pair, check, counts, more, risen)


def _rise(pair: BaselinePair, check: str, counts: tuple[int, int], more: int, risen: str) -> GateCheckResult:
    then, now = counts
    figures = count(then), count(now)
    if now <= then + more:
        why = "unchanged" if now == then else "fewer" if now < then else f"{now - then} more, at most {more} allowed"
        return pair.finding(check, figures, CheckOutcome.PASSED, why, values=counts)
    allowed = f", at most {more} allowed" if more else ""
    why = f"{now - then} more{allowed}{risen and f': {risen}'}"
    return pair.finding(check, figures, CheckOutcome.FAILED, why, values=counts)


# Times


_TIMINGS: tuple[tuple[str, Callable[[ModelTotals], TimingStats | None], Callable[[SampleTotals], Sequence[float]]], ...]
_TIMINGS = (
    ("TTFT p50", lambda row: row.ttft_s, lambda one: one.ttft_s),
    ("latency p50", lambda row: row.total_s, lambda one: one.total_s),
)


def _times(pair: BaselinePair, most: float) -> Iterator[GateCheckResult]:
    """The medians of the row, or of the shared samples where baseline and run hold other samples or repeats."""
    for check, of_row, of_sample in _TIMINGS:
        if pair.has_same_jobs:
            then, now = of_row(pair.then), of_row(pair.now)
        else:
            then, now = (TimingStats.of(of_sample(sides[at]) for sides in _both(pair)) for at in (0, 1))
        figures = _seconds(then), _seconds(now)
        if then is None:
            has_row_only = of_row(pair.then) is not None and not any(map(of_sample, pair.then.samples.values()))
            why = OTHER_JOBS if has_row_only else "all timings of the baseline were discarded"
            yield pair.finding(check, figures, CheckOutcome.SKIPPED, why)
            continue
        outcome, why = (
            (CheckOutcome.INCONCLUSIVE, "all timings of this run were discarded")
            if now is None
            else _slower(then, now, most)
        )
        medians = then.median, None if now is None else now.median
        yield pair.finding(check, figures, outcome, why, values=medians)


def _seconds(times: TimingStats | None) -> str:
    return UNKNOWN if times is None else f"{seconds(times.median)} s (n {times.n:,})"


def _slower(then: TimingStats, now: TimingStats, most: float) -> tuple[CheckOutcome, str]:
    """The ratio of two medians, bounds joined as of independent runs: wider than paired ones, so never too strict."""
    sides = [(one.low, one.median, one.high) for one in (now, then) if one.low and one.high]
    if len(sides) < 2:
        return CheckOutcome.INCONCLUSIVE, "too few timings for bounds"
    one, other = ((math.log(low), math.log(mid), math.log(high)) for low, mid, high in sides if low and high)
    low, high = difference_bounds(one, other, correlation=0.0)
    said = f"{now.median / then.median:.2f} times [{math.exp(low):.2f}, {math.exp(high):.2f}]"
    return (CheckOutcome.FAILED, f"{said}, above {most:g}") if math.exp(low) > most else (CheckOutcome.PASSED, said)
