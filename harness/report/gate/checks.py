"""The checks of a gate on one row: accuracy, counts of errors, times where `--latency` asks for them; and their order.

Every figure covers the samples that baseline and run share. Dollars and tokens: cost_checks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from harness.core.plurals import counted
from harness.report.gate.baseline import ModelTotals, SampleTotals, TimingStats
from harness.report.gate.check_result import BaselinePair, CheckOutcome, GateCheckResult, Tolerances, first_names
from harness.report.gate.cost_checks import cost_check_results
from harness.report.render.number_format import UNKNOWN, count, seconds
from harness.stats.intervals import Undefined
from harness.stats.min_drop import min_significant_drop
from harness.stats.mover import difference_bounds
from harness.stats.paired import Difference, SampleScores, holm, paired_difference
from harness.stats.power import ALPHA, detectable_at_power

ACCURACY = "accuracy"
SERVED_MODEL = "served model"


def all_checks(pairs: Sequence[BaselinePair], tolerances: Tolerances) -> list[GateCheckResult]:
    """Every check of every pair. Chance is shared out over the pairs: all together err as seldom as one alone."""
    strict = 1 - ALPHA / max(1, len(pairs))
    tests = [_tested(pair, confidence=strict) for pair in pairs]
    adjusted = iter(holm([test.p_value for test in tests if isinstance(test, Difference)]))
    found: list[GateCheckResult] = []
    for pair, test in zip(pairs, tests, strict=True):
        p_value = next(adjusted) if isinstance(test, Difference) else None
        exact = pair.is_simulated if tolerances.exact_accuracy is None else tolerances.exact_accuracy
        found.append(_same_verdicts(pair) if exact else _accuracy(pair, test, p_value, rows=len(pairs)))
        found += cost_check_results(pair, tolerances, confidence=strict)
        found += _counts(pair, tolerances.max_increase)
        if tolerances.latency is not None:
            found += _times(pair, tolerances.latency)
    return found


def served_model_check(then: ModelTotals | None, now: ModelTotals) -> GateCheckResult:
    """Fails where another model than the requested one gave any answer of the run, whatever the baseline had."""
    before = {} if then is None else then.other_models
    others = sum(now.other_models.values())
    outcome, why = CheckOutcome.PASSED, "no answer named another model"
    if others:
        named = ", ".join(f"{model} {number:,}" for model, number in now.other_models.items())
        outcome, why = CheckOutcome.FAILED, f"{others:,} of {counted(now.answers, 'answer')} came from others: {named}"
    elif before:
        named = ", ".join(before)
        outcome, why = CheckOutcome.INCONCLUSIVE, f"the baseline's answers came in part from {named}: write a new one"
    return GateCheckResult(
        task=now.task,
        model=now.model,
        origin=now.terms.origin,
        check=SERVED_MODEL,
        then=UNKNOWN if then is None else count(sum(before.values())),
        now=count(others),
        outcome=outcome,
        why=why,
    )


# Accuracy


def _tested(pair: BaselinePair, *, confidence: float) -> Difference | Undefined:
    then, now = (
        SampleScores(
            correct=np.array([figures.correct for figures in side], dtype=np.float64),
            repeats=np.array([figures.ruled for figures in side], dtype=np.float64),
        )
        for side in ([one for _, one, _ in pair.shared], [other for _, _, other in pair.shared])
    )
    return paired_difference(now, then, confidence=confidence)


def _score(samples: Iterable[SampleTotals]) -> str:
    """Correct answers of those graded."""
    both = [(one.correct, one.ruled) for one in samples]
    graded = sum(ruled for _, ruled in both)
    return f"{sum(correct for correct, _ in both):,} of {graded:,}" if graded else UNKNOWN


def _scores(pair: BaselinePair) -> tuple[str, str]:
    return _score(then for _, then, _ in pair.shared), _score(now for _, _, now in pair.shared)


def _ungraded_then(pair: BaselinePair) -> GateCheckResult | None:
    if any(then.ruled for _, then, _ in pair.shared):
        return None
    where = "" if pair.has_same_jobs else " of the shared samples"
    return pair.finding(
        ACCURACY, (UNKNOWN, _scores(pair)[1]), CheckOutcome.SKIPPED, f"the baseline has no graded answers{where}"
    )


def _same_verdicts(pair: BaselinePair) -> GateCheckResult:
    """Every sample graded in both must have the same verdict; a gain fails too, for a lax grader raises scores."""
    nothing = _ungraded_then(pair)
    if nothing is not None:
        return nothing
    figures = _scores(pair)
    both = [(name, then, now) for name, then, now in pair.shared if then.ruled and now.ruled]
    if not both:
        return pair.finding(ACCURACY, figures, CheckOutcome.INCONCLUSIVE, "no sample is graded in both runs")
    lost = [name for name, then, now in both if now.correct * then.ruled < then.correct * now.ruled]
    gained = [name for name, then, now in both if now.correct * then.ruled > then.correct * now.ruled]
    if not lost and not gained:
        return pair.finding(
            ACCURACY, figures, CheckOutcome.PASSED, f"identical verdicts on all {counted(len(both), 'sample')}"
        )
    why = f"{len(lost) + len(gained)} of {counted(len(both), 'sample')} with another verdict: "
    parts = [
        f"{len(names)} {word} ({first_names(names)})" for names, word in ((lost, "lost"), (gained, "gained")) if names
    ]
    return pair.finding(ACCURACY, figures, CheckOutcome.FAILED, why + ", ".join(parts))


def _accuracy(pair: BaselinePair, test: Difference | Undefined, p_value: float | None, *, rows: int) -> GateCheckResult:
    """A drop fails where the paired test, adjusted by Holm for all rows, leaves chance less than 5%."""
    nothing = _ungraded_then(pair)
    if nothing is not None:
        return nothing
    figures = _scores(pair)
    if isinstance(test, Undefined) or p_value is None:
        return pair.finding(
            ACCURACY, figures, CheckOutcome.INCONCLUSIVE, test.reason if isinstance(test, Undefined) else ""
        )
    points = 100 * test.interval.estimate
    over = f", Holm over {counted(rows, 'row')}" if rows > 1 else ""
    said = f"{points:+.1f} points over {counted(test.samples, 'sample')}, p {p_value:.2g} by {test.test}{over}"
    if p_value <= ALPHA:
        outcome = CheckOutcome.FAILED if points < 0 else CheckOutcome.PASSED
        return pair.finding(ACCURACY, figures, outcome, said + (": it fell" if points < 0 else ": it rose"))
    seen = _seen(test, rows=rows, repeats=pair.now.terms.repeats)
    if isinstance(seen, Undefined):  # a check that cannot fail is none
        return pair.finding(ACCURACY, figures, CheckOutcome.SKIPPED, f"{said}; {seen.reason}")
    return pair.finding(
        ACCURACY, figures, CheckOutcome.PASSED, f"{said}; a drop of {100 * seen:.0f} points is detected with 80% power"
    )


def _seen(test: Difference, *, rows: int, repeats: int) -> float | Undefined:
    """The drop that the strictest of the adjusted tests finds four times in five, at the spread there was."""
    best = min_significant_drop(test.samples, alpha=ALPHA / rows, repeats=repeats)
    by_spread = detectable_at_power(test)
    if isinstance(best, Undefined) or isinstance(by_spread, Undefined):
        return best if isinstance(best, Undefined) else by_spread
    return max(best, by_spread)


# Counts of errors


def _counts(pair: BaselinePair, more: int) -> Iterator[GateCheckResult]:
    if not pair.has_same_jobs:
        yield from _shared_counts(pair, more)
        return
    then, now = pair.then, pair.now
    yield _rise(pair, "errors", (then.failed, now.failed), more, _risen(then.attempts_failed, now.attempts_failed))
    if pair.is_simulated:  # at a provider the number of failed attempts varies from run to run
        tries = sum(then.attempts_failed.values()), sum(now.attempts_failed.values())
        yield _rise(pair, "failed attempts", tries, more, _risen(then.attempts_failed, now.attempts_failed))
    yield _rise(pair, "ungraded", (then.unruled, now.unruled), more, "")
    unknown = sum(then.unpriced.values()), sum(now.unpriced.values())
    yield _rise(pair, "cost unknown", unknown, more, _risen(then.unpriced, now.unpriced))


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
    if pair.is_simulated:
        yield pair.finding("failed attempts", (UNKNOWN, UNKNOWN), CheckOutcome.SKIPPED, OTHER_JOBS)


def _both(pair: BaselinePair) -> Iterator[tuple[SampleTotals, SampleTotals]]:
    return ((then, now) for _, then, now in pair.shared)


def _errors(one: SampleTotals, pair: BaselinePair) -> int:
    return one.jobs - one.answers


def _ungraded(one: SampleTotals, pair: BaselinePair) -> int:
    return one.answers - one.ruled if pair.then.terms.grader else 0


def _unpriced(one: SampleTotals, pair: BaselinePair) -> int:
    return int(one.usd is None)


_COUNTS_BY_SAMPLE: tuple[tuple[str, Callable[[SampleTotals, BaselinePair], int]], ...] = (
    ("errors", _errors),
    ("ungraded", _ungraded),
    ("cost unknown", _unpriced),
)


def _rise(pair: BaselinePair, check: str, counts: tuple[int, int], more: int, risen: str) -> GateCheckResult:
    then, now = counts
    figures = count(then), count(now)
    if now <= then + more:
        why = "unchanged" if now == then else "fewer" if now < then else f"{now - then} more, at most {more} allowed"
        return pair.finding(check, figures, CheckOutcome.PASSED, why)
    allowed = f", at most {more} allowed" if more else ""
    return pair.finding(check, figures, CheckOutcome.FAILED, f"{now - then} more{allowed}{risen and f': {risen}'}")


def _risen(then: Mapping[str, int], now: Mapping[str, int]) -> str:
    return ", ".join(
        f"{cause} {then.get(cause, 0)} -> {there}" for cause, there in now.items() if there > then.get(cause, 0)
    )


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
        yield pair.finding(check, figures, outcome, why)


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
