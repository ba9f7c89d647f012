"""Checks of what the models answered: accuracy, verdicts, extracted answers, the models that served them, the sandbox.

Every figure covers the samples that baseline and run share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from harness.core.plurals import counted
from harness.core.types import Verdict
from harness.report.gate.baseline import ModelTotals, SampleTotals, is_same_text, verdict_counts
from harness.report.gate.check_result import (
    OLDER,
    OTHER_REPEATS,
    BaselinePair,
    CheckOutcome,
    GateCheckResult,
    first_names,
)
from harness.report.render.number_format import UNKNOWN, count
from harness.stats.intervals import Undefined
from harness.stats.min_drop import min_significant_drop
from harness.stats.paired import Difference, SampleScores, paired_difference
from harness.stats.power import ALPHA, detectable_at_power

ACCURACY = "accuracy"
SERVED_MODEL = "served model"
UNISOLATED = "unisolated"


def served_model_check(then: ModelTotals | None, now: ModelTotals, *, allow_changed: bool) -> GateCheckResult:
    """Fails where a model other than the requested one answered, whatever the baseline had, or one under a new name.

    The requested model may answer under the name of a dated version; another version than before is another model.
    """
    before = {} if then is None else then.other_models
    others = sum(now.other_models.values())
    outcome, why = CheckOutcome.PASSED, "no answer named another model"
    if others:
        named = ", ".join(f"{model} {number:,}" for model, number in now.other_models.items())
        outcome, why = CheckOutcome.FAILED, f"{others:,} of {counted(now.answers, 'answer')} came from others: {named}"
    elif before:
        named = ", ".join(before)
        outcome, why = CheckOutcome.INCONCLUSIVE, f"the baseline's answers came in part from {named}: write a new one"
    elif then is not None and then.served:
        outcome, why = _same_names(then, now, allow_changed=allow_changed)
    return GateCheckResult(
        task=now.task,
        model=now.model,
        origin=now.terms.origin,
        check=SERVED_MODEL,
        then=_served_text(then),
        now=_served_text(now),
        outcome=outcome,
        why=why,
        values=(None if then is None else sum(before.values()), others),
    )


def _same_names(then: ModelTotals, now: ModelTotals, *, allow_changed: bool) -> tuple[CheckOutcome, str]:
    """Whether the answers name the models that those of the baseline named."""
    new = [name for name in now.served if name not in then.served]
    named = f"the baseline's answers named {first_names(list(then.served))}"
    if new:
        allowed = ", allowed as asked" if allow_changed else ""
        outcome = CheckOutcome.PASSED if allow_changed else CheckOutcome.FAILED
        return outcome, f"answers name {first_names(new)}; {named}{allowed}"
    if not now.served and now.answers:
        return CheckOutcome.INCONCLUSIVE, f"no answer names its model; {named}"
    return CheckOutcome.PASSED, "the same as in the baseline"


def _served_text(row: ModelTotals | None) -> str:
    names = [] if row is None else list(row.served) or list(row.other_models)
    return first_names(names) if names else UNKNOWN


def verdict_checks(pair: BaselinePair, *, is_exact: bool, rows: int) -> Iterator[GateCheckResult]:
    """Verdicts by kind, truncation, answers. Exact: each alike by sample; else no kind may rise beyond chance."""
    if not any(then.graded for _, then, _ in pair.shared):
        return
    if is_exact:
        yield _alike(pair, "verdicts", _verdicts_text, lambda one: one.verdicts or None)
        yield _alike(pair, "truncated", _truncated_text, lambda one: one.truncated)
        if pair.is_deterministic:  # a live answer may be worded in another way
            yield _same_answers(pair)
        return
    kinds: tuple[tuple[str, Callable[[SampleTotals], int | None]], ...] = (
        ("no answer", lambda one: one.verdicts.get(Verdict.NO_ANSWER.value, 0) if one.verdicts else None),
        ("refused", lambda one: one.verdicts.get(Verdict.REFUSED.value, 0) if one.verdicts else None),
        ("truncated", lambda one: one.truncated),
    )
    for check, number in kinds:
        yield _risen_share(pair, check, number, alpha=ALPHA / (rows * len(kinds)))


def sandbox_check(pair: BaselinePair) -> Iterator[GateCheckResult]:
    """Fails where model-written code ran without isolation and did not before; another backend is named."""
    then, now = pair.then.sandboxes, pair.now.sandboxes
    if not now and not then:
        return
    outcome, why = CheckOutcome.PASSED, "unchanged"
    if not then:
        outcome, why = CheckOutcome.SKIPPED, OLDER
    elif UNISOLATED in now and UNISOLATED not in then:
        outcome, why = CheckOutcome.FAILED, "model-written code ran without isolation"
    elif then != now:
        why = "another backend: limits of time and memory may differ"
    yield pair.finding("sandbox", (", ".join(then) or UNKNOWN, ", ".join(now) or UNKNOWN), outcome, why)


def _alike(
    pair: BaselinePair,
    check: str,
    text: Callable[[Iterable[SampleTotals]], str],
    of: Callable[[SampleTotals], object],
) -> GateCheckResult:
    """One figure that must be the same sample by sample."""
    figures = text(then for _, then, _ in pair.shared), text(now for _, _, now in pair.shared)
    known = [(name, then, now) for name, then, now in pair.shared if of(then) is not None and of(now) is not None]
    if not known:
        return pair.finding(check, (UNKNOWN, figures[1]), CheckOutcome.SKIPPED, OLDER)
    if pair.then.terms.repeats != pair.now.terms.repeats:
        return pair.finding(check, figures, CheckOutcome.SKIPPED, OTHER_REPEATS)
    differ = [name for name, then, now in known if of(then) != of(now)]
    if differ:
        why = f"different in {len(differ):,} of {counted(len(known), 'sample')} ({first_names(differ)})"
        return pair.finding(check, figures, CheckOutcome.FAILED, why)
    return pair.finding(check, figures, CheckOutcome.PASSED, f"equal for all {counted(len(known), 'sample')}")


def _verdicts_text(samples: Iterable[SampleTotals]) -> str:
    counts = verdict_counts(samples)
    return ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in sorted(counts.items())) or UNKNOWN


def _truncated_text(samples: Iterable[SampleTotals]) -> str:
    return count(sum(one.truncated or 0 for one in samples))


def _same_answers(pair: BaselinePair) -> GateCheckResult:
    """The extracted answers, in whatever order repeats came: another answer with the same verdict is a change too."""
    known = [(name, then, now) for name, then, now in pair.shared if then.given and now.given]
    differ = [name for name, then, now in known if has_other_answers(then, now)]
    figures = UNKNOWN, UNKNOWN
    if not known:
        return pair.finding("answers", figures, CheckOutcome.SKIPPED, OLDER)
    if pair.then.terms.repeats != pair.now.terms.repeats:
        return pair.finding("answers", figures, CheckOutcome.SKIPPED, OTHER_REPEATS)
    figures = count(sum(len(then.given) for _, then, _ in known)), count(sum(len(now.given) for _, _, now in known))
    if differ:
        why = f"different in {len(differ):,} of {counted(len(known), 'sample')} ({first_names(differ)})"
        return pair.finding("answers", figures, CheckOutcome.FAILED, why)
    return pair.finding("answers", figures, CheckOutcome.PASSED, f"equal for all {counted(len(known), 'sample')}")


def has_other_answers(then: SampleTotals, now: SampleTotals) -> bool:
    """Whether the answers to a sample differ, repeat by repeat."""
    return len(then.given) != len(now.given) or not all(map(is_same_text, then.given, now.given))


def _risen_share(
    pair: BaselinePair, check: str, of: Callable[[SampleTotals], int | None], *, alpha: float
) -> GateCheckResult:
    """A kind of outcome whose share of the answers rises beyond chance: the paired test of the accuracy, upwards."""
    known = [(then, now) for _, then, now in pair.shared if of(then) is not None and of(now) is not None]
    sums = [sum(of(sides[at]) or 0 for sides in known) for at in (0, 1)]
    figures = count(sums[0]), count(sums[1])
    if not known:
        return pair.finding(check, (UNKNOWN, UNKNOWN), CheckOutcome.SKIPPED, OLDER)
    then, now = (
        SampleScores(
            correct=np.array([of(sides[at]) or 0 for sides in known], dtype=np.float64),
            repeats=np.array([sides[at].answers for sides in known], dtype=np.float64),
        )
        for at in (0, 1)
    )
    test = paired_difference(now, then)
    values = sums[0], sums[1]
    if isinstance(test, Undefined):
        return pair.finding(check, figures, CheckOutcome.SKIPPED, test.reason, values=values)
    # One direction only: fewer truncated or refused answers are no reason to stop a build.
    if test.interval.estimate > 0 and test.p_value <= alpha:
        why = f"{100 * test.interval.estimate:+.1f} points, p {test.p_value:.2g} by {test.test}: it rose"
        return pair.finding(check, figures, CheckOutcome.FAILED, why, values=values)
    why = "unchanged" if sums[0] == sums[1] else f"within chance, p {test.p_value:.2g} by {test.test}"
    return pair.finding(check, figures, CheckOutcome.PASSED, why, values=values)


def accuracy_difference(pair: BaselinePair, *, confidence: float) -> Difference | Undefined:
    """The paired difference in accuracy over the shared samples."""
    then, now = (
        SampleScores(
            correct=np.array([figures.correct for figures in side], dtype=np.float64),
            repeats=np.array([figures.graded for figures in side], dtype=np.float64),
        )
        for side in ([one for _, one, _ in pair.shared], [other for _, _, other in pair.shared])
    )
    return paired_difference(now, then, confidence=confidence)


def _score(samples: Iterable[SampleTotals]) -> str:
    """Correct answers of those graded."""
    both = [(one.correct, one.graded) for one in samples]
    graded = sum(graded for _, graded in both)
    return f"{sum(correct for correct, _ in both):,} of {graded:,}" if graded else UNKNOWN


def _scores(pair: BaselinePair) -> tuple[str, str]:
    return _score(then for _, then, _ in pair.shared), _score(now for _, _, now in pair.shared)


def _shares(pair: BaselinePair) -> tuple[float | None, float | None]:
    """Accuracy then and now, 0 to 1."""
    return _share(then for _, then, _ in pair.shared), _share(now for _, _, now in pair.shared)


def _share(samples: Iterable[SampleTotals]) -> float | None:
    both = [(one.correct, one.graded) for one in samples]
    graded = sum(graded for _, graded in both)
    return sum(correct for correct, _ in both) / graded if graded else None


def _ungraded_then(pair: BaselinePair) -> GateCheckResult | None:
    if any(then.graded for _, then, _ in pair.shared):
        return None
    where = "" if pair.has_same_jobs else " of the shared samples"
    return pair.finding(
        ACCURACY, (UNKNOWN, _scores(pair)[1]), CheckOutcome.SKIPPED, f"the baseline has no graded answers{where}"
    )


def same_verdicts(pair: BaselinePair) -> GateCheckResult:
    """Every sample graded in both must have the same verdict; a gain fails too, for a lax grader raises scores."""
    nothing = _ungraded_then(pair)
    if nothing is not None:
        return nothing
    figures, shares = _scores(pair), _shares(pair)
    both = [(name, then, now) for name, then, now in pair.shared if then.graded and now.graded]
    if not both:
        return pair.finding(ACCURACY, figures, CheckOutcome.INCONCLUSIVE, "no sample is graded in both runs")
    # Shares are compared by cross products: the runs may have other numbers of repeats, and whole numbers do not round.
    lost = [name for name, then, now in both if now.correct * then.graded < then.correct * now.graded]
    gained = [name for name, then, now in both if now.correct * then.graded > then.correct * now.graded]
    if not lost and not gained:
        return pair.finding(
            ACCURACY,
            figures,
            CheckOutcome.PASSED,
            f"identical verdicts on all {counted(len(both), 'sample')}",
            values=shares,
        )
    why = f"{len(lost) + len(gained)} of {counted(len(both), 'sample')} with another verdict: "
    parts = [
        f"{len(names)} {word} ({first_names(names)})" for names, word in ((lost, "lost"), (gained, "gained")) if names
    ]
    return pair.finding(ACCURACY, figures, CheckOutcome.FAILED, why + ", ".join(parts), values=shares)


def accuracy_check(
    pair: BaselinePair, test: Difference | Undefined, p_value: float | None, *, rows: int
) -> GateCheckResult:
    """A drop fails where the paired test, adjusted by Holm for all rows, leaves chance less than 5%."""
    nothing = _ungraded_then(pair)
    if nothing is not None:
        return nothing
    figures, shares = _scores(pair), _shares(pair)
    if isinstance(test, Undefined) or p_value is None:
        return pair.finding(
            ACCURACY, figures, CheckOutcome.INCONCLUSIVE, test.reason if isinstance(test, Undefined) else ""
        )
    points = 100 * test.interval.estimate
    over = f", Holm over {counted(rows, 'row')}" if rows > 1 else ""
    said = f"{points:+.1f} points over {counted(test.samples, 'sample')}, p {p_value:.2g} by {test.test}{over}"
    if p_value <= ALPHA:
        outcome = CheckOutcome.FAILED if points < 0 else CheckOutcome.PASSED
        why = said + (": it fell" if points < 0 else ": it rose")
        return pair.finding(ACCURACY, figures, outcome, why, values=shares)
    seen = _seen(test, rows=rows, repeats=pair.now.terms.repeats)
    if isinstance(seen, Undefined):  # a check that cannot fail is none
        return pair.finding(ACCURACY, figures, CheckOutcome.SKIPPED, f"{said}; {seen.reason}", values=shares)
    why = f"{said}; a drop of {100 * seen:.0f} points is detected with 80% power"
    return pair.finding(ACCURACY, figures, CheckOutcome.PASSED, why, values=shares)


def _seen(test: Difference, *, rows: int, repeats: int) -> float | Undefined:
    """The drop that the strictest of the adjusted tests finds four times in five, at the spread there was."""
    best = min_significant_drop(test.samples, alpha=ALPHA / rows, repeats=repeats)
    by_spread = detectable_at_power(test)
    if isinstance(best, Undefined) or isinstance(by_spread, Undefined):
        return best if isinstance(best, Undefined) else by_spread
    return max(best, by_spread)
