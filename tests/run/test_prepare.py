"""What is found before anything is sent, in new runs and in resumed ones."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import ConfigError, DataError, UsageError
from harness.mock.testing import price_of
from harness.pricing.book import load_book
from harness.run.planning.plan import Plan
from harness.run.prepare import check_bounds, check_distinct, reopen
from harness.store.run_dir import RunDir
from tests.run.backstage import Model, make_run, plan_for
from tests.run.virtual_time import EPOCH

MODELS = (Model(name="a"), Model(name="b"))


def made(folder: Path) -> RunDir:
    return make_run(folder / "run", plan_for(MODELS, ["one", "two"]), MODELS)


def test_ceilings_are_replaced_on_resume_and_kept_otherwise(tmp_path: Path) -> None:
    run = made(tmp_path)
    reopen(run.path, EPOCH, max_usd=Decimal(2))
    reopen(run.path, EPOCH, max_usd=None, max_usd_per_model=Decimal(1))
    reopen(run.path, EPOCH, max_usd=None)
    manifest = run.manifest()
    assert manifest.max_usd == Decimal(2)
    assert manifest.per_model_usd == {"sim/a": Decimal(1), "sim/b": Decimal(1)}


def test_ceiling_on_a_run_begun_without_prices_is_refused(tmp_path: Path) -> None:
    run = made(tmp_path)
    run.rewrite_manifest(replace(run.manifest(), prices=(), allow_unpriced=True))
    reopen(run.path, EPOCH, max_usd=None)
    with pytest.raises(ConfigError, match="a ceiling needs a price for every model"):
        reopen(run.path, EPOCH, max_usd=Decimal(2))
    assert run.manifest().max_usd is None


def test_ceiling_is_refused_where_a_request_has_no_bound(tmp_path: Path) -> None:
    plan = plan_for(MODELS, ["one"])
    flex = replace(plan.endpoints[0], service_tier="flex")  # the price has no rates of that tier
    book = load_book(own=tuple(price_of(model.name, prompt="1", completion="1") for model in MODELS))
    check_bounds(plan, book, EPOCH)
    with pytest.raises(ConfigError, match=r"sim/a: .*'flex'.*\n.*a ceiling needs a bound"):
        check_bounds(replace(plan, endpoints=(flex, plan.endpoints[1])), book, EPOCH)


def test_run_of_another_dialect_version_is_not_resumed(tmp_path: Path) -> None:
    run = made(tmp_path)
    run.rewrite_manifest(replace(run.manifest(), dialects={"generic": -1}))
    with pytest.raises(UsageError, match="generic -1 -> "):
        reopen(run.path, EPOCH, max_usd=None)


def doubled(plan: Plan, what: str) -> Plan:
    task, endpoint = plan.tasks[0], plan.endpoints[0]
    if what == "task":
        return replace(plan, tasks=(task, task))
    if what == "sample":
        return replace(plan, tasks=(replace(task, samples=(*task.samples, task.samples[0])),))
    return replace(plan, endpoints=(endpoint, replace(endpoint, label="sim/other")))


@pytest.mark.parametrize(
    ("what", "error", "words"),
    [
        ("task", UsageError, "two tasks are named t"),
        ("sample", DataError, "t: 1 sample ids stand twice, the first is 's000'"),
        ("endpoint", UsageError, "sim/a and sim/other would send the same requests"),
    ],
)
def test_what_would_be_one_and_the_same_work_is_refused(what: str, error: type[Exception], words: str) -> None:
    plan = plan_for(MODELS, ["one", "two"])
    check_distinct(plan)
    with pytest.raises(error, match=words):
        check_distinct(doubled(plan, what))


def test_folder_without_a_run_names_the_runs_beside_it(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(UsageError, match="runs beside it: run"):
        reopen(tmp_path / "other", EPOCH, max_usd=None)
