"""A manifest leads back to the plan it was made from, or says what is missing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.run.planning.manifest import dialect_versions, has_budget, per_model_caps, plan_of
from tests.run.scripted_run import Model, make_run, plan_for

MODELS = [Model(name="a"), Model(name="b")]


def test_a_resumed_run_makes_the_same_plan(tmp_path: Path) -> None:
    plan = plan_for(MODELS, ["1+1?", "2+2?"], repeats=2)
    run = make_run(tmp_path / "run", plan, MODELS)
    again = plan_of(run.manifest(), run.samples())
    assert [job.key for endpoint in again.endpoints for job in again.jobs(endpoint)] == [
        job.key for endpoint in plan.endpoints for job in plan.jobs(endpoint)
    ]


def test_missing_samples_are_refused_for_jobs_would_be_left_out_in_silence(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", plan_for(MODELS, ["1+1?", "2+2?"]), MODELS)
    samples = dict(list(run.samples().items())[:1])
    with pytest.raises(LocalError, match=r"holds 1 samples? of t, the manifest says 2"):
        plan_of(run.manifest(), samples)


def test_a_budget_is_for_all_or_for_each_model(tmp_path: Path) -> None:
    plan = plan_for(MODELS, ["1+1?"])
    caps = per_model_caps(plan.endpoints, Decimal(2))
    assert caps == {"sim/a": Decimal(2), "sim/b": Decimal(2)}
    assert per_model_caps(plan.endpoints, None) == {}
    free = make_run(tmp_path / "run", plan, MODELS).manifest()
    limited = [replace(free, max_usd=Decimal(1)), replace(free, per_model_usd=caps)]
    assert [has_budget(each) for each in (free, *limited)] == [False, True, True]


def test_each_dialect_is_recorded_once_with_its_version() -> None:
    endpoints = [one.endpoint() for one in MODELS]
    assert dialect_versions(endpoints).keys() == {"generic"}
