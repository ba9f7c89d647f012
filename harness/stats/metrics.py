"""Every number the harness can state of one model on one task, by name: METRICS.

A value is an Interval in the metric's unit or an Undefined with its reason; dollars over calls without a price and
tokens nobody reported are refused, not guessed. A new metric is one function and one entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from operator import attrgetter
from types import MappingProxyType
from typing import TypeAlias

import numpy as np

from harness.stats import passk
from harness.stats.arrays import Flags, Floats
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.latency import quantile_interval
from harness.stats.means import PerSample, mean, per_correct, rate
from harness.stats.model_data import Measured, ModelData
from harness.stats.resample import STANDARD, Resampling


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSettings:
    """What a metric may be asked for: the k of pass@k and its kin (None: all repeats), and how bounds are drawn."""

    k: int | None = None
    plan: Resampling = STANDARD


Value: TypeAlias = ConfidenceInterval | Undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A number of one model."""

    title: str
    unit: str
    value: Callable[[ModelData, MetricSettings], Value]


def accuracy(data: ModelData, settings: MetricSettings, *, failures_wrong: bool = False) -> Value:
    """The share of answers that are correct, clustered by sample; failed jobs left out, or counted as wrong."""
    scored = data.scored(failures_wrong=failures_wrong)
    if not scored.repeats.any():
        return Undefined(reason=_why_ungraded(data))
    return rate(scored.correct, scored.repeats, confidence=settings.plan.confidence)


def repeated_score(data: ModelData, settings: MetricSettings, *, of: Callable[[int, int, int], float]) -> Value:
    """The mean over samples of a score of (repeats, correct, k), over samples with at least k grades."""
    scored = data.scored(failures_wrong=False)
    k = settings.k or int(scored.repeats.max(initial=0))
    if not k:
        return Undefined(reason=_why_ungraded(data))
    enough = scored.repeats >= k
    if not enough.any():
        return Undefined(reason=f"no sample has {k} grades")
    pairs = list(zip(scored.repeats[enough].astype(int), scored.correct[enough].astype(int), strict=True))
    by_pair = {pair: of(int(pair[0]), int(pair[1]), k) for pair in set(pairs)}  # few differ among many samples
    scores = np.array([by_pair[pair] for pair in pairs])
    return passk.score(scores, scored.repeats[enough], confidence=settings.plan.confidence)


def majority_score(data: ModelData, settings: MetricSettings) -> Value:
    """The mean over samples of maj@k: whether the answer given most often among k grades is correct."""
    graded, confidence = data.graded.sum(axis=1), settings.plan.confidence
    k = settings.k or int(graded.max(initial=0))
    if not k:
        return Undefined(reason=_why_ungraded(data))
    enough = np.flatnonzero(graded >= k)
    if not len(enough):
        return Undefined(reason=f"no sample has {k} grades")
    if graded.max() == 1:  # the only answer is the majority
        return passk.score(data.correct_by_sample[enough], graded[enough].astype(np.float64), confidence=confidence)
    scores = []
    for row in enough:
        kinds = data.answer_kind[row][data.graded[row]]
        right = data.answer_kind[row][data.correct[row]]
        scores.append(passk.maj_at_k(kinds, int(np.bincount(right).argmax()) if len(right) else None, k))
    return passk.score(np.array(scores), graded[enough].astype(np.float64), confidence=confidence)


def share_of_jobs(
    data: ModelData, settings: MetricSettings, *, of: Callable[[ModelData], Flags], among: Callable[[ModelData], Flags]
) -> Value:
    """The share of some cells among others, clustered by sample."""
    whole = among(data)
    if not whole.any():
        return Undefined(reason="no job has an outcome" if not data.attempted.any() else _why_ungraded(data))
    part = of(data) & whole
    return rate(
        part.sum(axis=1).astype(np.float64), whole.sum(axis=1).astype(np.float64), confidence=settings.plan.confidence
    )


def share_found(data: ModelData, settings: MetricSettings, *, finding: str) -> Value:
    """The share of answers that have a finding, among those that it is of, clustered by sample."""
    scores = data.found(finding)
    if not scores.repeats.any():
        return Undefined(reason=f"no grade says anything of {finding}")
    return rate(scores.correct, scores.repeats, confidence=settings.plan.confidence)


def total_spent(data: ModelData, settings: MetricSettings) -> Value:
    """All dollars of the run for this model: a sum, so the bounds are the sum."""
    found = spent_usd(data)
    if isinstance(found, Undefined):
        return found
    total = float(found.quantity.totals.sum())
    return ConfidenceInterval(
        estimate=total, low=total, high=total, confidence=settings.plan.confidence, method="a sum"
    )


Quantity = Callable[[ModelData], "PerSampleTotals | Undefined"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PerSampleTotals:
    """A quantity by sample, and the correct answers among the jobs it sums."""

    quantity: PerSample
    correct: Floats


def spent_usd(data: ModelData) -> PerSampleTotals | Undefined:
    """Dollars of all attempts; refused where any job has no price."""
    return _complete(data, data.spent_usd, data.attempted, what="the cost of {} jobs is unknown", limit=data.usd_limit)


def accepted_usd(data: ModelData) -> PerSampleTotals | Undefined:
    """Dollars of the answers that count, over the jobs that have one; refused where any has no price."""
    said = "the cost of {} answers is unknown"
    return _complete(data, data.accepted_usd, data.answered, what=said, limit=data.usd_limit)


def completion_tokens(data: ModelData) -> PerSampleTotals | Undefined:
    """Generated tokens, reasoning included, over the answers; refused where any answer did not report them."""
    return _complete(
        data, data.completion_tokens, data.answered, what="the tokens of {} answers are unknown", limit=data.token_limit
    )


def prompt_tokens(data: ModelData) -> PerSampleTotals | Undefined:
    """Prompt tokens, cached ones included, over the answers; refused where any answer did not report them."""
    said = "the tokens of {} answers are unknown"
    return _complete(data, data.prompt_tokens, data.answered, what=said, has_runaways=False)


def total_s(data: ModelData) -> PerSampleTotals | Undefined:
    """Seconds from request to last byte, over the answers whose timing holds."""
    timed = data.answered & data.total_s.known
    return _tally(data, data.total_s, timed, has_runaways=False) if timed.any() else Undefined(reason=why_untimed(data))


def per_task(data: ModelData, settings: MetricSettings, *, of: Quantity) -> Value:
    """The mean of a quantity for one job."""
    found = of(data)
    return found if isinstance(found, Undefined) else mean(found.quantity, settings.plan)


def per_correct_answer(data: ModelData, settings: MetricSettings, *, of: Quantity) -> Value:
    """A quantity over all jobs it is counted on, divided by the correct answers among them."""
    found = of(data)
    return found if isinstance(found, Undefined) else per_correct(found.quantity, found.correct, settings.plan)


def timing(data: ModelData, settings: MetricSettings, *, of: Callable[[ModelData], Measured], at: float) -> Value:
    """A quantile of a timing over the answers, with bounds from the order of the values."""
    groups = of(data).groups(data.answered)
    if not any(map(len, groups)):
        return Undefined(reason=why_untimed(data))
    return quantile_interval(groups, at, confidence=settings.plan.confidence)


def has_unknown_cost(data: ModelData) -> bool:
    """Whether the dollars of any job are not known."""
    return bool((data.attempted & ~data.spent_usd.known).any())


def has_unknown_tokens(data: ModelData) -> bool:
    """Whether any answer did not report its generated tokens."""
    return bool((data.answered & ~data.completion_tokens.known).any())


def has_unknown_timings(data: ModelData) -> bool:
    """Whether the seconds of any answer are not known: discarded, or not in an imported source."""
    return bool((data.answered & ~data.total_s.known).any())


def why_untimed(data: ModelData) -> str:
    """Why no answer has a timing that counts: there is none, they were discarded, or nothing was streamed."""
    if not data.answered.any():
        return _why_ungraded(data)
    discarded, whole = int((data.answered & data.discarded).sum()), int(data.answered.sum())
    if not discarded and not (data.answered & data.total_s.known).any():
        return "the answers came without times"
    if discarded == whole:
        return f"the timings of all {whole:,} answers were discarded: this host was overloaded"
    beside = f"; the timings of {discarded:,} of {whole:,} answers were discarded" if discarded else ""
    return f"no answer came in a stream that can be timed{beside}"


def _why_ungraded(data: ModelData) -> str:
    if not data.attempted.any():
        return "no job has an outcome"
    if not data.answered.any():
        return f"every job failed ({int(data.failed.sum()):,}): there is no answer to grade"
    return f"none of the {int(data.answered.sum())} answers is graded"


def _complete(
    data: ModelData,
    measured: Measured,
    cells: Flags,
    *,
    what: str,
    limit: float | None = None,
    has_runaways: bool = True,
) -> PerSampleTotals | Undefined:
    unknown, whole = int((cells & ~measured.known).sum()), int(cells.sum())
    if not whole:
        return Undefined(reason=_why_ungraded(data))
    if unknown:
        return Undefined(reason=what.format(f"{unknown:,} of {whole:,}"))
    return _tally(data, measured, cells, limit=limit, has_runaways=has_runaways)


def _tally(
    data: ModelData, measured: Measured, cells: Flags, *, limit: float | None = None, has_runaways: bool
) -> PerSampleTotals:
    quantity = replace(measured.by_sample(cells), limit=limit, has_runaways=has_runaways)
    return PerSampleTotals(quantity=quantity, correct=(data.correct & cells).sum(axis=1).astype(np.float64))


def _metric(title: str, unit: str, value: Callable[[ModelData, MetricSettings], Value]) -> Metric:
    return Metric(title=title, unit=unit, value=value)


FINDINGS: Mapping[str, str] = MappingProxyType(
    {
        "valid_json": "answers with calls whose arguments are JSON objects",
        "schema": "answers with readable calls that fit the schemas of their tools",
        "right_tool": "answers that call the tools that are needed, and no other",
        "right_arguments": "answers with the right tools whose arguments are accepted",
        "stop_reason": "answers whose finish reason says what they hold",
    }
)
"""The findings of grades that are metrics, with what their share is of (harness/grading/tool_calls/grader.py)."""

METRICS: Mapping[str, Metric] = MappingProxyType(
    {
        "accuracy": _metric("correct answers among those graded", "share", accuracy),
        "accuracy_failures_wrong": _metric(
            "correct answers, failed jobs counted as wrong", "share", partial(accuracy, failures_wrong=True)
        ),
        "pass_at_k": _metric("at least one of k correct", "share", partial(repeated_score, of=passk.pass_at_k)),
        "pass_hat_k": _metric("all of k correct", "share", partial(repeated_score, of=passk.pass_hat_k)),
        "maj_at_k": _metric("majority answer of k correct", "share", majority_score),
        "total_spent_usd": _metric("dollars of all attempts", "usd", total_spent),
        "usd_per_task": _metric("dollars of all attempts for one job", "usd", partial(per_task, of=spent_usd)),
        "usd_per_correct": _metric(
            "dollars of all attempts for one correct answer", "usd", partial(per_correct_answer, of=spent_usd)
        ),
        "accepted_usd_per_task": _metric(
            "dollars of the answer that counts", "usd", partial(per_task, of=accepted_usd)
        ),
        "tokens_per_task": _metric(
            "generated tokens for one answer", "tokens", partial(per_task, of=completion_tokens)
        ),
        "tokens_per_correct": _metric(
            "generated tokens for one correct answer",
            "tokens",
            partial(per_correct_answer, of=completion_tokens),
        ),
        "prompt_tokens_per_task": _metric(
            "prompt tokens for one answer", "tokens", partial(per_task, of=prompt_tokens)
        ),
        "seconds_per_task": _metric("seconds for one answer, mean", "s", partial(per_task, of=total_s)),
        "seconds_per_correct": _metric("seconds for one correct answer", "s", partial(per_correct_answer, of=total_s)),
        "ttft_s": _metric("time to first token, median", "s", partial(timing, of=attrgetter("ttft_s"), at=0.5)),
        "first_answer_s": _metric(
            "time to first answer text, median", "s", partial(timing, of=attrgetter("first_answer_s"), at=0.5)
        ),
        "total_s": _metric("seconds for one answer, median", "s", partial(timing, of=attrgetter("total_s"), at=0.5)),
        "total_s_p95": _metric(
            "seconds for one answer, 95% quantile", "s", partial(timing, of=attrgetter("total_s"), at=0.95)
        ),
        "chars_per_s": _metric(
            "characters of answer text per second, median",
            "characters/s",
            partial(timing, of=attrgetter("chars_per_s"), at=0.5),
        ),
        "tokens_per_s": _metric(
            "output tokens per second by the provider's own tokenizer, median",
            "tokens/s",
            partial(timing, of=attrgetter("tokens_per_s"), at=0.5),
        ),
        "share_failed": _metric(
            "jobs that failed", "share", partial(share_of_jobs, of=attrgetter("failed"), among=attrgetter("attempted"))
        ),
        "share_truncated": _metric(
            "answers truncated at the limit",
            "share",
            partial(share_of_jobs, of=attrgetter("truncated"), among=attrgetter("answered")),
        ),
        "share_refused": _metric(
            "answers that refuse",
            "share",
            partial(share_of_jobs, of=attrgetter("refused"), among=attrgetter("answered")),
        ),
        "share_no_answer": _metric(
            "answers nothing could be read from",
            "share",
            partial(share_of_jobs, of=attrgetter("no_answer"), among=attrgetter("answered")),
        ),
        **{name: _metric(title, "share", partial(share_found, finding=name)) for name, title in FINDINGS.items()},
        "share_priced": _metric(
            "jobs whose cost is known",
            "share",
            partial(share_of_jobs, of=attrgetter("spent_usd.known"), among=attrgetter("attempted")),
        ),
    }
)
