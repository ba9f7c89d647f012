"""When a run may stop early: by the plan's order, whatever the order in which answers arrive."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest

from harness.core.types import Endpoint, Grade, Sample, SamplingParams, Verdict
from harness.report.run_data.anytime import anytime_accuracy
from harness.run.execution.early_stopping import EarlyStopping, savings_text
from harness.run.execution.progress import ModelProgress
from harness.run.planning.plan import Plan, PlannedTask
from harness.stats.anytime import MeanConfidenceSequence
from tests.cases import all_cases

RIGHT, WRONG = Verdict.CORRECT, Verdict.WRONG


def endpoint(model: str) -> Endpoint:
    return Endpoint(
        label=f"acme/{model}",
        provider="acme",
        model=model,
        model_id=model,
        base_url="http://127.0.0.1:9/v1",
        dialect="generic",
    )


def plan(*models: str, samples: int, tasks: Sequence[str] = ("sums",), repeats: int = 1) -> Plan:
    return Plan(
        endpoints=tuple(endpoint(model) for model in models),
        tasks=tuple(
            PlannedTask(
                name=name,
                version=1,
                grader="math",
                max_tokens=100,
                samples=tuple(Sample(id=f"s{number}", prompt=f"{number}?", target="1") for number in range(samples)),
            )
            for name in tasks
        ),
        repeats=repeats,
        params=SamplingParams(),
        seed=0,
    )


def keys(asked: Plan, model: str, task: str = "sums") -> list[str]:
    """The keys of a model's jobs on a task, in the order they are asked."""
    return [job.key for job in asked.jobs(endpoint(model)) if job.task == task]


def grade(verdict: Verdict) -> Grade:
    return Grade(verdict=verdict, why="made up", rule="made up", grader="math", grader_version="1", seconds=0.0)


def stops_at(early: EarlyStopping, told: Sequence[tuple[str, Verdict | None]]) -> int | None:
    """After how many job ends the run may stop; None where it goes to its end."""
    for number, (key, verdict) in enumerate(told, 1):
        if early.observe(key, None if verdict is None else grade(verdict)):
            return number
    return None


def test_stops_once_the_accuracy_is_known_to_the_width() -> None:
    asked = plan("one", samples=200)
    at = stops_at(EarlyStopping(asked, width=0.2), [(key, RIGHT) for key in keys(asked, "one")])
    assert at is not None
    bounds = MeanConfidenceSequence().extend(np.ones(200))  # the same sequence, looked at after every sample
    needed = 1 + int(np.flatnonzero(bounds[:, 1] - bounds[:, 0] <= 0.2)[0])
    assert needed <= at < needed + 10  # samples are taken in by tens
    assert at % 10 == 0


def test_a_narrower_width_takes_more() -> None:
    asked = plan("one", samples=200)
    told = [(key, RIGHT) for key in keys(asked, "one")]
    wide, narrow = stops_at(EarlyStopping(asked, width=0.3), told), stops_at(EarlyStopping(asked, width=0.1), told)
    assert wide is not None
    assert narrow is not None
    assert wide < narrow


def test_an_answer_that_is_late_holds_up_all_that_were_asked_after_it() -> None:
    asked = plan("one", samples=200)
    first, *others = keys(asked, "one")
    early = EarlyStopping(asked, width=0.2)
    assert stops_at(early, [(key, RIGHT) for key in others]) is None
    assert early.observe(first, grade(WRONG))


def test_every_model_and_every_task_must_be_known() -> None:
    asked = plan("one", "two", samples=100, tasks=("sums", "words"))
    early = EarlyStopping(asked, width=0.3)
    parts = [(model, task) for model in ("one", "two") for task in ("sums", "words")]
    for model, task in parts[:-1]:
        assert stops_at(early, [(key, RIGHT) for key in keys(asked, model, task)]) is None
    assert stops_at(early, [(key, RIGHT) for key in keys(asked, *parts[-1])]) is not None


def test_models_far_apart_are_told_apart_and_equal_ones_are_not() -> None:
    asked = plan("one", "two", samples=200)
    one, two = keys(asked, "one"), keys(asked, "two")
    apart = [told for pair in zip(one, two, strict=True) for told in ((pair[0], RIGHT), (pair[1], WRONG))]
    alike = [told for pair in zip(one, two, strict=True) for told in ((pair[0], RIGHT), (pair[1], RIGHT))]
    at = stops_at(EarlyStopping(asked, width=None), apart)
    assert at is not None
    assert at < 60
    assert stops_at(EarlyStopping(asked, width=None), alike) is None


def test_failed_jobs_and_grader_errors_are_passed_over() -> None:
    asked = plan("one", samples=40)
    mine = keys(asked, "one")
    early = EarlyStopping(asked, width=0.9)
    assert stops_at(early, [(key, None) for key in mine[:20]]) is None
    assert stops_at(early, [(key, Verdict.GRADER_ERROR) for key in mine[20:30]]) is None
    assert stops_at(early, [(key, RIGHT) for key in mine[30:]]) is not None


def test_a_plan_with_repeats_is_refused() -> None:
    with pytest.raises(ValueError, match="one repeat, got 2"):
        EarlyStopping(plan("one", samples=2, repeats=2), width=0.1)


@pytest.mark.slow
def test_the_truth_is_held_though_right_answers_arrive_first() -> None:
    rng = np.random.default_rng(3)
    asked = plan("one", samples=400)
    mine = keys(asked, "one")
    runs, held = 200, 0
    for _ in range(runs):
        right = rng.random(400) < 0.7
        delay = np.arange(400) + np.where(right, 0, 60)  # wrong answers are long and come late
        arrivals = np.argsort(delay, kind="stable")
        told = [(mine[at], RIGHT if right[at] else WRONG) for at in arrivals]
        stopped = stops_at(EarlyStopping(asked, width=0.2), told) or len(told)
        last = int(arrivals[:stopped].max())  # all that were asked by then are waited for
        per_sample = {str(at): (int(right[at]), 1) for at in range(last + 1)}
        interval = anytime_accuracy(per_sample, per_sample)
        assert interval is not None
        held += interval.low <= 0.7 <= interval.high
    assert held / runs >= 0.92  # 95% and two standard errors of 200 runs


def progress(*, total: int, done: int, usd: str | None, simulated: bool = False, reused: int = 0) -> ModelProgress:
    return ModelProgress(
        label="acme/one",
        simulated=simulated,
        total=total,
        done=done,
        reused=reused,
        known_usd=Decimal(usd or 0),
        unpriced=usd is None,
    )


@all_cases(
    ("models", "words"),
    [
        # 0.40 for 20 jobs is 0.02 each, and 80 are left: 1.60
        ([progress(total=100, done=20, usd="0.40")], "80 of 100 jobs not sent, about $1.60 saved"),
        # ten of the twenty cost nothing here, so a job costs 0.04
        ([progress(total=100, done=20, reused=10, usd="0.40")], "80 of 100 jobs not sent, about $3.20 saved"),
        ([progress(total=100, done=50, usd="0.01", simulated=True)], "about $0.010 (SIMULATED) saved"),
        ([progress(total=100, done=50, usd=None)], "what they would have cost is not known"),
        ([progress(total=10, done=10, usd="1"), progress(total=10, done=0, usd="0")], "is not known"),
    ],
)
def test_what_was_saved_is_said_in_dollars_where_they_are_known(models: list[ModelProgress], words: str) -> None:
    assert words in savings_text(models)
