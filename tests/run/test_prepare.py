"""What is found before anything is sent, in new runs and in resumed ones."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import ConfigError, UsageError
from harness.run.prepare import reopen
from harness.store.run_dir import RunDir
from tests.run.scripted_run import Model, make_run, plan_for
from tests.virtual_time import EPOCH

MODELS = (Model(name="a"), Model(name="b"))


def made(folder: Path) -> RunDir:
    return make_run(folder / "run", plan_for(MODELS, ["one", "two"]), MODELS)


def test_budgets_are_replaced_on_resume_and_kept_otherwise(tmp_path: Path) -> None:
    run = made(tmp_path)
    reopen(run.path, EPOCH, max_usd=Decimal(2))
    reopen(run.path, EPOCH, max_usd=None, max_usd_per_model=Decimal(1))
    reopen(run.path, EPOCH, max_usd=None)
    manifest = run.manifest()
    assert manifest.max_usd == Decimal(2)
    assert manifest.per_model_usd == {"sim/a": Decimal(1), "sim/b": Decimal(1)}


def test_budget_on_a_run_started_without_prices_is_refused(tmp_path: Path) -> None:
    run = made(tmp_path)
    run.rewrite_manifest(replace(run.manifest(), prices=(), allow_unpriced=True))
    reopen(run.path, EPOCH, max_usd=None)
    with pytest.raises(ConfigError, match="a budget needs a price for every model"):
        reopen(run.path, EPOCH, max_usd=Decimal(2))
    assert run.manifest().max_usd is None


def test_run_of_another_dialect_version_is_not_resumed(tmp_path: Path) -> None:
    run = made(tmp_path)
    run.rewrite_manifest(replace(run.manifest(), dialects={"generic": -1}))
    with pytest.raises(UsageError, match="generic -1 -> "):
        reopen(run.path, EPOCH, max_usd=None)


def test_folder_without_a_run_names_the_runs_beside_it(tmp_path: Path) -> None:
    made(tmp_path)
    with pytest.raises(UsageError, match=r"runs in .*: run"):
        reopen(tmp_path / "other", EPOCH, max_usd=None)
