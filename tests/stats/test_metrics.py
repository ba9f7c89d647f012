"""Every metric and comparison: by hand on a small run, and an Undefined with a reason wherever nothing can be said."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.stats.comparisons import COMPARISONS, comparison_value
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import METRICS, MetricSettings
from harness.stats.model_data import Measured, ModelData
from harness.stats.resample import Resampling

QUICK = MetricSettings(plan=Resampling(draws=100))

# One letter a job: C correct, W wrong, T truncated (wrong), R refused, N no answer, E grader error, F failed, - not run
SMALL = ("CCC", "CWC", "WFW", "TRC")


def model(jobs: tuple[str, ...], *, usd: float = 2.0, tokens: float = 100.0, seconds: float = 5.0) -> ModelData:
    cells = np.array([list(row) for row in jobs])
    attempted = cells != "-"
    answered = attempted & (cells != "F")
    growth = 1.0 + np.arange(cells.size).reshape(cells.shape) / 10
    kinds = np.where(cells == "C", 0, np.where(np.isin(cells, ["N", "R", "T"]), -1, 1))

    def measured(each: float, known: np.ndarray) -> Measured:
        return Measured(values=each * growth, known=known)

    return ModelData(
        samples=tuple(f"s{row}" for row in range(len(jobs))),
        attempted=attempted,
        failed=cells == "F",
        graded=answered & (cells != "E"),
        correct=cells == "C",
        truncated=cells == "T",
        refused=cells == "R",
        no_answer=cells == "N",
        discarded=np.zeros_like(answered),
        answer_kind=kinds,
        spent_usd=measured(usd, attempted),
        accepted_usd=measured(usd, answered),
        prompt_tokens=measured(50.0, answered),
        completion_tokens=measured(tokens, answered),
        total_s=measured(seconds, answered),
        ttft_s=measured(seconds / 10, answered),
        first_answer_s=measured(seconds / 5, answered),
        tokens_per_s=measured(tokens / seconds, answered),
        chars_per_s=measured(4 * tokens / seconds, answered),
        usd_limit=10 * usd,
        token_limit=10 * tokens,
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("accuracy", 6 / 11),  # 12 jobs, one failed, 6 correct
        ("accuracy_failures_wrong", 6 / 12),
        ("pass_at_k", 1.0),  # k is 3, the most grades of a sample: three samples have them, each with a correct one
        ("share_failed", 1 / 12),
        ("share_truncated", 1 / 11),
        ("share_refused", 1 / 11),
        ("share_priced", 1.0),
        ("total_spent_usd", 2 * (12 + 6.6)),  # 2 * sum of 1.0, 1.1 ... 2.1
        ("usd_per_task", 2 * 18.6 / 12),
        ("usd_per_correct", 2 * 18.6 / 6),
        ("tokens_per_task", 100 * (18.6 - 1.7) / 11),  # the failed job is the eighth: 1.7
        ("tokens_per_correct", 100 * (18.6 - 1.7) / 6),
    ],
)
def test_a_small_run_by_hand(name: str, expected: float) -> None:
    found = METRICS[name].value(model(SMALL), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(expected)


@pytest.mark.parametrize(
    ("name", "expected"), [("pass_at_k", (1 + 1 + 0 + 2 / 3) / 4), ("pass_hat_k", (1 + 1 / 3) / 4)]
)
def test_scores_of_two_repeats_by_hand(name: str, expected: float) -> None:
    # correct of graded: 3/3 2/3 0/2 1/3; one of two: 1, 1 - 0/3, 0, 1 - C(2,2)/C(3,2); both of two: 1, 1/3, 0, 0
    found = METRICS[name].value(model(SMALL), replace(QUICK, k=2))
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(expected)


def test_a_majority_counts_votes_of_answers_only() -> None:
    # CCC 1, CWC 1, TRC: one vote, correct, 1; WFW has only two grades
    found = METRICS["maj_at_k"].value(model(SMALL), QUICK)
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(1.0)


HOPELESS = {
    "nothing run": ("--", "--"),
    "all failed": ("FF", "FF"),
    "ungraded": ("EE", "EE"),
    "zero correct": ("WW", "WN"),
    "one sample": ("CW",),
    "all correct": ("CC", "CC", "CC"),
}


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("jobs", HOPELESS.values(), ids=HOPELESS)
def test_every_metric_answers_every_poor_run_with_a_number_or_a_reason(name: str, jobs: tuple[str, ...]) -> None:
    for usd in (2.0, 0.0):
        found = METRICS[name].value(model(jobs, usd=usd), QUICK)
        assert isinstance(found, ConfidenceInterval) or found.reason


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("jobs", HOPELESS.values(), ids=HOPELESS)
def test_every_comparison_answers_every_poor_run_with_a_number_or_a_reason(name: str, jobs: tuple[str, ...]) -> None:
    poor, free = model(jobs), model(jobs, usd=0.0, tokens=0.0)
    fair = model(("CW", "WC", "CC")[: len(jobs)])
    for first, second in ((poor, fair), (fair, poor), (free, fair), (fair, free)):
        found = comparison_value(name, first, second, QUICK)
        assert isinstance(found, ConfidenceInterval) or found.reason


@pytest.mark.parametrize(
    ("jobs", "name", "reason"),
    [
        (("FF", "FF"), "accuracy", "every job failed (4): there is no answer to grade"),
        (("WW", "WN"), "usd_per_correct", "no correct answer: the quantity per correct answer is undefined"),
        (("--", "--"), "usd_per_task", "no job has an outcome"),
        (("EE", "EE"), "accuracy", "none of the 4 answers is graded"),
    ],
)
def test_reasons_are_stated(jobs: tuple[str, ...], name: str, reason: str) -> None:
    assert METRICS[name].value(model(jobs), QUICK) == Undefined(reason=reason)


def test_dollars_are_refused_while_any_job_has_no_price() -> None:
    data = model(SMALL)
    known = data.attempted.copy()
    known[0, 0] = known[2, 1] = False
    unpriced = replace(data, spent_usd=Measured(values=data.spent_usd.values, known=known))
    reason = "the cost of 2 of 12 jobs is unknown"
    for name in ("usd_per_task", "usd_per_correct", "total_spent_usd"):
        assert METRICS[name].value(unpriced, QUICK) == Undefined(reason=reason)
    assert comparison_value("cost_ratio", data, unpriced, QUICK) == Undefined(reason=f"second model: {reason}")
    priced = METRICS["share_priced"].value(unpriced, QUICK)
    assert isinstance(priced, ConfidenceInterval)
    assert priced.estimate == pytest.approx(10 / 12)


def test_comparisons_by_hand() -> None:
    jobs = SMALL + SMALL
    first, second = model(jobs, usd=1.0, tokens=300.0, seconds=10.0), model(jobs, usd=4.0)
    expected = {
        "accuracy_difference": 0.0,
        "relative_gap": 0.0,
        "cost_ratio": 0.25,
        "cost_per_correct_ratio": 0.25,
        "verbosity_ratio": 3.0,
        "break_even_verbosity": 12.0,  # a quarter of the dollars for three times the tokens
        "speed_ratio": 0.5,
        "ttft_ratio": 2.0,
        "tokens_per_s_ratio": 1.5,
        "chars_per_s_ratio": 1.5,
    }
    for name, value in expected.items():
        found = comparison_value(name, first, second, QUICK)
        assert isinstance(found, ConfidenceInterval)
        assert found.estimate == pytest.approx(value)


def test_models_of_other_samples_are_not_compared() -> None:
    with pytest.raises(ValueError, match="the same samples in the same order, got 4 and 3 of which 3 are in both"):
        comparison_value("cost_ratio", model(SMALL), model(SMALL[:3]), QUICK)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text("CWTRNEF-", min_size=2, max_size=2), min_size=1, max_size=9), st.sampled_from([0.0, 1e-6, 3.0]))
def test_any_run_gives_bounds_around_the_estimate_or_a_reason(rows: list[str], usd: float) -> None:
    data = model(tuple(rows), usd=usd)
    for metric in METRICS.values():
        found = metric.value(data, QUICK)
        if isinstance(found, ConfidenceInterval):
            slack = 1e-9 * max(1.0, abs(found.estimate))
            assert found.low - slack <= found.estimate <= found.high + slack
        else:
            assert found.reason


def test_flags_that_contradict_each_other_are_refused() -> None:
    data = model(SMALL)
    with pytest.raises(ValueError, match="correct must only hold where graded does"):
        replace(data, graded=np.zeros_like(data.graded))
    with pytest.raises(ValueError, match="ttft_s has shape"):
        replace(data, ttft_s=Measured(values=np.zeros((1, 1)), known=np.ones((1, 1), dtype=bool)))


@pytest.mark.parametrize(
    ("is_timed", "is_discarded", "said"),
    [
        (True, False, "no answer came in a stream that can be timed"),
        (False, False, "the answers came without times"),
        (False, True, "the timings of all 2 answers were discarded: this host was overloaded"),
    ],
)
def test_ratio_of_medians_says_why_a_model_has_no_timing(said: str, *, is_timed: bool, is_discarded: bool) -> None:
    whole = model(("C", "C"))
    none, all_of = np.zeros((2, 1), dtype=np.bool_), np.ones((2, 1), dtype=np.bool_)
    silent = replace(
        whole,
        discarded=all_of if is_discarded else none,
        total_s=replace(whole.total_s, known=all_of if is_timed else none),
        chars_per_s=replace(whole.chars_per_s, known=none),
    )
    for pair, which in (((silent, whole), "first"), ((whole, silent), "second")):
        assert comparison_value("chars_per_s_ratio", *pair, QUICK) == Undefined(reason=f"{which} model: {said}")
