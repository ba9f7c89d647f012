"""Runs that would settle what is undecided: their size from the samples needed, their dollars from list prices."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from harness.config.load import load_config
from harness.pricing.book import load_book
from harness.report.claims.computed import ComputedChecks
from harness.report.claims.evaluate import ClaimEvaluator
from harness.report.claims.ledger import load_ledger
from harness.report.claims.run_plan import ClaimRunPlanner, PlannedRun, Unplannable
from harness.report.run_data.series import SeriesSet

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
LEDGER = """\
article: x
prices_on: 2026-11-21
claims:
  - {{id: c, quote: q, paraphrase: p, kind: measurable, subject: [{subject}], comparator: [{comparator}],
     tasks: [{tasks}], runs: [{{metric: {metric}, confirmed_if: "{confirmed_if}"}}]}}
"""


def plan(
    tmp_path: Path,
    *,
    subject: str = "minimax/minimax-m2",
    comparator: str = "openai/gpt-5@high",
    tasks: str = "",
    metric: str = "cost_ratio",
    confirmed_if: str = "< 0.5",
) -> tuple[tuple[PlannedRun, ...], tuple[Unplannable, ...]]:
    (tmp_path / "own.yaml").write_text(
        LEDGER.format(subject=subject, comparator=comparator, tasks=tasks, metric=metric, confirmed_if=confirmed_if)
    )
    ledger = load_ledger([tmp_path / "own.yaml"])
    config, book = load_config(providers_file=None, cwd=tmp_path, environ={}), load_book()
    evaluator = ClaimEvaluator(
        computed={"x": ComputedChecks(book=book, at=NOON, scores=ledger.scores)},
        measurements=None,
        config=config,
        today=date(2026, 11, 21),
    )
    planner = ClaimRunPlanner(config=config, book=book, at=NOON, evidence=SeriesSet(series=()))
    return planner.plan(evaluator.evaluate_all(ledger))


def test_command_and_dollars_follow_from_samples_and_list_prices(tmp_path: Path) -> None:
    ((one,), left) = plan(tmp_path)
    # A factor of 1.25 at 80% power and a spread of 1.0: (2.8 / ln 1.25)^2 = 157.5, so 158 samples; over four tasks
    # 40 each, 160 in all, 320 answers of two models.
    # An answer of 300 tokens in and 6,000 out: M2 0.00009 + 0.0072 = 0.00729, GPT-5 0.000375 + 0.06 = 0.060375.
    assert one.answers == 320
    assert one.usd == Decimal("10.8264")  # 160 x 0.067665
    assert one.command == (
        "harness run math-500 olympiadbench humaneval-plus mbpp-plus "
        "-m minimax/minimax-m2 -m openai/gpt-5@high --limit 40"
    )
    assert left == ()


@pytest.mark.parametrize(
    ("comparator", "usd"),
    [
        # M2 as above 0.00729; thinking, all of Qwen Plus's output is at 4.0: 300 x 0.4 + 6000 x 4 = 0.02412
        ("alibaba/qwen-plus@high", "5.0256"),  # 160 x 0.03141
        ("alibaba/qwen-plus", "2.3376"),  # 160 x (0.00729 + 0.00012 + 0.0072): it does not think unasked
        # the gateway's fee is on top: 0.060375 x 1.055 = 0.063695625
        ("openrouter/openai/gpt-5", "11.3577"),  # 160 x 0.070985625
    ],
)
def test_dollars_of_a_plan_hold_the_thinking_rate_and_the_gateways_fee(
    comparator: str, usd: str, tmp_path: Path
) -> None:
    ((one,), _) = plan(tmp_path, comparator=comparator)
    assert one.usd == Decimal(usd)


def test_small_tasks_are_repeated(tmp_path: Path) -> None:
    ((one,), _) = plan(tmp_path, tasks="aime-2025")
    assert one.command.endswith("--limit 30 --repeats 6")  # 158 / 30 = 5.3
    assert one.answers == 30 * 6 * 2


def test_retired_model_is_planned_at_its_other_host(tmp_path: Path) -> None:
    ((one,), _) = plan(tmp_path, comparator="xai/grok-4-fast")
    assert "-m openrouter/x-ai/grok-4-fast" in one.command


def test_model_without_a_price_leaves_the_dollars_unknown(tmp_path: Path) -> None:
    ((one,), _) = plan(tmp_path, comparator="openrouter/nobody/nothing")
    assert one.usd is None
    assert one.unpriced == ("openrouter/nobody/nothing",)


def test_rank_asks_for_the_models_it_is_told_among(tmp_path: Path) -> None:
    ((one,), _) = plan(tmp_path, metric="front_chance", confirmed_if=">= 0.9")
    assert "-m minimax/minimax-m2" in one.command
    assert "-m openai/gpt-5@high" in one.command


def test_claim_about_speed_asks_for_a_measurement_of_speed(tmp_path: Path) -> None:
    ((one,), _) = plan(tmp_path, metric="chars_per_s_ratio", confirmed_if="> 1.5")
    assert one.command.startswith("harness speed -m minimax/minimax-m2 -m openai/gpt-5@high --requests ")
    assert one.usd is not None


@pytest.mark.parametrize("comparator", ["nobody/one", "openai/o9"])
def test_model_nobody_serves_cannot_be_planned_and_is_named(comparator: str, tmp_path: Path) -> None:
    planned, (left,) = plan(tmp_path, comparator=comparator)
    assert planned == ()
    assert comparator in left.why
