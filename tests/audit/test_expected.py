"""Published boards against values computed apart from this code (../shared/data/results/expected.json)."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from harness.audit.build import audit
from harness.audit.dollars import FEES
from harness.audit.pairs import RowPair
from harness.audit.report import AuditedRow, AuditReport
from harness.core.types import Completion, Failure, FinishReason, Verdict
from harness.importers.price_history import load_history
from harness.importers.recognise import format_of
from harness.importers.results import ImportedResults, ImportOptions
from harness.importers.source_files import SourceFiles
from harness.stats.intervals import ConfidenceInterval
from harness.stats.paired import Difference

DATA = "data/results/expected.json"
SHARE = Decimal("1e-6")
ROUNDING = Decimal("1e-6")
"""Of the expected dollars, which are printed with six decimals or more."""
PRINTED = Decimal("6e-5")
"""Of ratios that are printed with four decimals."""
RATIO_END = 0.025


@cache
def expected(shared: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((shared / DATA).read_bytes())
    return found


@cache
def board(shared: Path, name: str) -> ImportedResults:
    files = SourceFiles([shared / "data/results" / name])
    return format_of(files).read(files, ImportOptions())


def audited(shared: Path, name: str, baseline: str | None = None, labels: dict[str, str] | None = None) -> AuditReport:
    return audit(board(shared, name), load_history(), source=name, baseline=baseline, labels=labels)


def same(ours: Decimal | None, theirs: object, *, rounding: Decimal = ROUNDING) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    value = Decimal(str(theirs))
    return abs(ours - value) <= SHARE * abs(value) + rounding


def check_pair(pair: RowPair, wanted: dict[str, Any]) -> None:
    counts = (pair.both_right, pair.only_first, pair.only_second, pair.both_wrong)
    assert (pair.n, *counts) == tuple(
        wanted[name] for name in ("n", "both_right", "only_first", "only_second", "both_wrong")
    )
    assert isinstance(pair.difference, Difference)
    allowed = max(0.01, 2 / pair.n if pair.n < 200 else 0)
    low, high = wanted["accuracy_difference_95"]
    assert pair.difference.interval.low == pytest.approx(low, abs=allowed)
    assert pair.difference.interval.high == pytest.approx(high, abs=allowed)


def check_ratio(found: object, estimate: float, bounds: list[float]) -> None:
    assert isinstance(found, ConfidenceInterval)
    assert found.estimate == pytest.approx(estimate, rel=1e-4)
    assert (found.low, found.high) == pytest.approx(tuple(bounds), rel=RATIO_END)


@pytest.mark.shared(DATA)
@pytest.mark.parametrize(
    "name",
    ["colbench_backend_programming", "gaia", "online_mind2web", "scicode", "swebench_verified_mini", "usaco"],
)
def test_hal_dollars_causes_and_accuracies(name: str, shared: Path) -> None:
    rows = {one.row.id: one for one in audited(shared, f"hal/{name}.db").rows}
    wanted = expected(shared)["hal"]["databases"][name]["runs"]
    assert wanted
    for run, values in wanted.items():
        one = rows[run]
        assert one.dollars is not None
        assert one.accuracy is not None
        cause = None if one.dollars.cause is None else one.dollars.cause.value
        assert (run, one.row.n, one.row.correct, cause) == (run, values["n"], values["correct"], values["cause"])
        assert same(one.dollars.usd, values["recomputed_usd"]), run
        assert same(one.usd, values["published_usd"] if Decimal(values["published_usd"]) else None), run
        if "recomputed_with_todays_price_usd" in values:
            assert same(one.dollars.usd_at_newest_price, values["recomputed_with_todays_price_usd"]), run
        assert same(one.ratio, values["published_over_recomputed"] if one.usd else None, rounding=PRINTED), run
        assert one.row.accuracy == pytest.approx(values["accuracy_published"])
        assert one.accuracy.estimate == pytest.approx(values["accuracy_from_lists"], abs=1e-6)
        assert [one.accuracy.low, one.accuracy.high] == pytest.approx(values["accuracy_95_wilson"], abs=1e-4)
        all_tasks = one.row.figures["tasks_of_benchmark"]
        assert all_tasks == values["tasks_of_benchmark"]
        assert (one.row.correct or 0) / float(all_tasks) == pytest.approx(
            values["accuracy_missing_tasks_wrong"], abs=1e-6
        )
        days = {day.isoformat() for day in one.row.days}
        assert days == {values["date"], values["day_in_run_id"]} - {None}


@pytest.mark.slow
@pytest.mark.shared(DATA)
@pytest.mark.parametrize("name", ["gaia", "scicode", "usaco"])
def test_hal_pairs(name: str, shared: Path) -> None:
    wanted = expected(shared)["hal"]["databases"][name]["pairs"]
    assert wanted
    for baseline in {one["second"] for one in wanted}:
        pairs = {pair.first: pair for pair in audited(shared, f"hal/{name}.db", baseline).pairs}
        for values in (one for one in wanted if one["second"] == baseline):
            check_pair(pairs[values["first"]], values)


@pytest.mark.slow
@pytest.mark.shared(DATA)
def test_aider_dollars_and_rates(shared: Path) -> None:
    rows = {one.row.id: one for one in audited(shared, "aider/polyglot_leaderboard.yml").rows}
    for run, values in expected(shared)["aider"]["runs"].items():
        one = rows[run]
        assert (one.row.n, one.row.correct) == (values["n"], values["correct"])
        assert (one.usd is None, one.accuracy_agrees) == (values["cost_unknown"], values["published_rate_agrees"])
        assert same(one.usd_per_correct, values["usd_per_correct"]), run
        assert same(one.row.figures["seconds_per_case"], values["seconds_per_case"]), run
        assert same(one.row.figures["total_tests"], values["total_tests"]), run
        if values.get("recomputed"):
            assert one.dollars is not None
            assert same(one.dollars.usd, values["recomputed"]["usd"]), run
            assert same(one.ratio, values["recomputed"]["published_over_recomputed"], rounding=PRINTED), run


@pytest.mark.shared(DATA)
@pytest.mark.parametrize("day", ["2026-04-10", "2026-07-10"])
@pytest.mark.parametrize("name", ["aa_models_{}.csv", "llms_{}.json.gz"])
def test_artificial_analysis_dollars(name: str, day: str, shared: Path) -> None:
    rows = {one.row.id: one for one in audited(shared, f"aa/{name.format(day)}").rows}
    for slug, values in expected(shared)["aa"][day]["models"].items():
        found = rows[slug].dollars
        assert found is not None
        assert rows[slug].row.model == values["name"]
        assert same(rows[slug].usd, values["published_usd"], rounding=Decimal("1e-4")), slug
        assert same(rows[slug].ratio, values["published_over_recomputed"], rounding=PRINTED), slug
        assert same(found.usd, values["recomputed_usd"], rounding=Decimal("1e-4")), slug


@pytest.mark.shared(DATA)
def test_arc_prize_dollars_per_solved_task(shared: Path) -> None:
    rows = {f"{one.row.benchmark} {one.row.id}": one for one in audited(shared, "arcprize").rows}
    for name, values in expected(shared)["arcprize"]["models"].items():
        assert (rows[name].row.usd_per_task is None) == values["cost_unknown"], name
        if values["usd_per_solved"] is not None:
            assert same(rows[name].usd_per_correct, values["usd_per_solved"]), name


AA_RATIOS = {
    "usd": "run_cost_ratio",
    "score": "index_ratio",
    "tps": "tokens_per_second_ratio",
    "e2e": "end_to_end_seconds_ratio",
    "tok_out": "output_tokens_ratio",
    "price_out": "list_output_price_ratio",
}


@pytest.mark.shared(DATA)
@pytest.mark.parametrize("day", ["2026-04-10", "2026-07-10"])
def test_artificial_analysis_pairs(day: str, shared: Path) -> None:
    wanted = expected(shared)["aa"][day]["pairs"]
    for baseline in {one["second"] for one in wanted}:
        report = audited(shared, f"aa/aa_models_{day}.csv", baseline)
        pairs = {pair.first: pair.ratios for pair in report.figure_pairs}
        for values in (one for one in wanted if one["second"] == baseline):
            for ours, theirs in AA_RATIOS.items():
                assert same(pairs[values["first"]][ours], values[theirs], rounding=PRINTED), (values["first"], ours)


@pytest.mark.shared(DATA)
def test_arc_prize_pairs_and_fronts(shared: Path) -> None:
    wanted = expected(shared)["arcprize"]
    for values in wanted["pairs"]:
        report = audited(shared, "arcprize", values["second"])
        (pair,) = (
            one for one in report.figure_pairs if (one.benchmark, one.first) == (values["dataset"], values["first"])
        )
        assert same(pair.ratios["usd_per_task"], values["usd_per_task_ratio"], rounding=PRINTED)
        assert same(pair.ratios["usd_per_solved"], values["usd_per_solved_ratio"], rounding=PRINTED)
        assert same(pair.difference, values["score_difference"], rounding=PRINTED)
    rows = audited(shared, "arcprize").rows
    for name, values in wanted["datasets"].items():
        own = [one for one in rows if one.row.benchmark == name]
        assert (len(own), sum(one.row.usd_per_task is None for one in own)) == (
            values["distinct_models"],
            values["cost_unknown"],
        )
        front = {one.row.id for one in own if one.is_pareto and one.row.usd_per_task is not None}
        assert front == set(values["front"]), name


@pytest.mark.shared(DATA)
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_bullshit_tokens_and_whole_charges(version: str, shared: Path) -> None:
    rows = {one.row.id: one for one in audited(shared, f"bullshit/usage_by_model_{version}.csv").rows}
    for values in expected(shared)["bullshit"]["configurations"].values():
        if values["set"] == version:
            row = rows[values["model"]].row
            (tokens,) = row.tokens
            assert (tokens.cached, tokens.cache_write) == (
                values["cached_prompt_tokens_total"],
                values["cache_write_tokens_total"],
            )
            assert same(row.figures["mean_latency_ms"], values["mean_latency_ms"])
            assert (tokens.prompt, tokens.completion, tokens.reasoning) == (
                values["prompt_tokens_total"],
                values["completion_tokens_total"],
                values["reasoning_tokens_total"],
            )
            assert (row.n, row.figures["rows_with_cost"]) == (values["n"], values["rows_with_cost"])
            assert same(row.figures["charged_usd"], values["charged_usd_of_rows_with_cost"])
            assert (row.usd is not None) == values["charge_is_complete"]
            if "list_price" in values:
                found = rows[values["model"]]
                assert found.dollars is not None
                assert same(found.dollars.usd, values["list_price"]["usd"]), values["model"]
                assert same(found.ratio, values["list_price"]["charge_over_list"])


@pytest.mark.shared(DATA)
def test_bullshit_replies(shared: Path) -> None:
    found = board(shared, "bullshit/responses_23a760f.jsonl.gz")
    for model, values in expected(shared)["bullshit"]["replies"].items():
        own = [one.attempt for one in found.answers if one.model == model]
        usages = [one.usage for one in own if one.usage is not None]
        charges = [one.reported_cost_usd for one in own if one.reported_cost_usd is not None]
        assert (len(own), sum(isinstance(one, Failure) for one in own)) == (values["n"], values["errors"])
        assert (len(charges), sum(charges)) == (values["with_cost"], Decimal(values["charged_usd"]))
        for name in ("prompt_tokens", "completion_tokens", "cached_tokens", "reasoning_tokens"):
            assert sum(getattr(one, name) for one in usages) == values[name], (model, name)
        latencies = [1000 * one.timing.total_s for one in own if one.timing.total_s is not None]
        assert median(latencies) == pytest.approx(values["median_latency_ms"])


MAKERS = {
    "claude-haiku-4.5": "anthropic/claude-haiku-4-5",
    "claude-sonnet-4.5": "anthropic/claude-sonnet-4-5",
    "gemini-3-pro-preview": "google/gemini-3-pro-preview",
    "glm-4.5-air": "zai/glm-4.5-air",
    "glm-4.6": "zai/glm-4.6",
    "gpt-5_medium": "openai/gpt-5",
    "grok-4_medium": "xai/grok-4",
    "minimax-m2": "minimax/minimax-m2",
    "o3-mini_medium": "openai/o3-mini",
    "o4-mini_medium": "openai/o4-mini",
}
"""Of the lineage replies: whose own list price bills which row."""


@pytest.mark.slow
@pytest.mark.shared(DATA)
@pytest.mark.parametrize(("prices", "labels"), [("openrouter", {}), ("first_party", MAKERS)])
def test_lineage_tokens_dollars_and_pairs(prices: str, labels: dict[str, str], shared: Path) -> None:
    wanted = expected(shared)["lineage"]
    for baseline in dict.fromkeys(one["second"] for one in wanted["pairs"]):
        report = audited(shared, "lineage", baseline, labels)
        rows = {one.row.id: one for one in report.rows}
        for name, values in wanted["models"].items():
            check_lineage_row(rows[name], values, prices)
        pairs = {pair.first: pair for pair in report.pairs}
        for values in (one for one in wanted["pairs"] if one["second"] == baseline):
            pair, dollars = pairs[values["first"]], values["dollars"].get(prices)
            check_pair(pair, values)
            if dollars is not None:
                check_ratio(pair.cost_ratio, dollars["cost_ratio"], dollars["cost_ratio_95"])
                per_correct = dollars["cost_per_correct_ratio"], dollars["cost_per_correct_ratio_95"]
                check_ratio(pair.cost_per_correct_ratio, *per_correct)


def check_lineage_row(one: AuditedRow, values: dict[str, Any], prices: str) -> None:
    (tokens,) = one.row.tokens
    assert (one.row.n, one.row.correct) == (values["n"], values["correct"])
    assert (tokens.prompt, tokens.completion, tokens.cached) == tuple(
        values[key] or 0 for key in ("prompt_tokens", "completion_tokens", "cached_tokens")
    )
    assert one.accuracy is not None
    assert [one.accuracy.low, one.accuracy.high] == pytest.approx(values["accuracy_95_wilson"], abs=1e-4)
    assert one.dollars is not None
    assert one.dollars.is_upper_bound == (values["cached_not_reported"] > 0 and one.dollars.usd is not None)
    dollars = values["dollars"][prices]
    if dollars is not None:  # of others the book may have rows that the expected values do without
        assert same(one.dollars.usd, dollars["usd"]), one.row.id
        assert same(one.usd_per_correct_recomputed, dollars["usd_per_correct"]), one.row.id
        if "usd_with_5.5_percent_fee" in dollars:
            assert one.dollars.usd is not None
            assert same(one.dollars.usd * (1 + FEES[0]), dollars["usd_with_5.5_percent_fee"]), one.row.id
    days = [day.isoformat() for day in one.row.days]
    assert (days[0], days[-1]) == (values["first_day"], values["last_day"])


@pytest.mark.slow
@pytest.mark.shared(DATA)
def test_lineage_hosts_finishes_and_sizes(shared: Path) -> None:
    found = board(shared, "lineage")
    words = {FinishReason.NOT_GIVEN: "None", FinishReason.STOP: "stop", FinishReason.LENGTH: "length"}
    for name, values in expected(shared)["lineage"]["models"].items():
        own = [one for one in found.answers if one.model == name]
        attempts = [one.attempt for one in own if isinstance(one.attempt, Completion)]
        assert Counter(words[one.finish_reason] for one in attempts) == values["finish"], name
        assert Counter(str(one.served_by) for one in attempts) == values["hosts"], name
        grades = [one.grade for one in own if one.grade is not None]
        assert len(attempts) == len(grades) == values["n"]
        stated = values.get("estimated_cost_in_usage")
        raw = [one.raw_usage for one in attempts if isinstance(one.raw_usage, dict)]
        estimates = [Decimal(str(usage["estimated_cost"])) for usage in raw if usage.get("estimated_cost") is not None]
        assert len(estimates) == (stated["replies"] if stated else 0), name
        assert same(sum(estimates, Decimal(0)), stated["usd"] if stated else 0), name
        assert all(one.reported_cost_usd is None for one in attempts), name  # an estimate is no charge
        assert sum(one.answer is None for one in grades) == values["no_answer_found"], name
        sizes = Counter(found.samples[one.task, one.sample_id].tags["size"] for one in own)
        solved = Counter(
            found.samples[one.task, one.sample_id].tags["size"]
            for one in own
            if one.grade is not None and one.grade.verdict is Verdict.CORRECT
        )
        assert {size: {"n": n, "correct": solved[size]} for size, n in sizes.items()} == values["by_size"], name


@pytest.mark.shared(DATA)
def test_swebench_dollars_and_pairs(shared: Path) -> None:
    report = audited(shared, "swebench", "sonnet-4-5")
    rows = {one.row.id: one for one in report.rows}
    for name, values in expected(shared)["swebench"]["models"].items():
        assert (rows[name].row.n, rows[name].row.correct) == (values["n"], values["correct"])
        assert same(rows[name].usd, values["usd"])
        assert same(rows[name].usd_per_correct, values["usd_per_correct"])
        assert rows[name].row.figures["api_calls"] == values["calls"]
    pairs = {pair.first: pair for pair in report.pairs}
    for values in expected(shared)["swebench"]["pairs"]:
        pair = pairs[values["first"]]
        check_pair(pair, values)
        check_ratio(pair.cost_ratio, values["cost_ratio"], values["cost_ratio_95"])
        per_correct = values["cost_per_correct_ratio"], values["cost_per_correct_ratio_95"]
        check_ratio(pair.cost_per_correct_ratio, *per_correct)


@pytest.mark.slow
@pytest.mark.shared(DATA)
def test_openhands_sums_and_pairs(shared: Path) -> None:
    report = audited(shared, "openhands-index-results_3015ac6.tgz", "claude-sonnet-4-5")
    rows = {(one.row.id, one.row.benchmark): one for one in report.rows}
    for model, benchmarks in expected(shared)["openhands"]["models"].items():
        for benchmark, values in benchmarks.items():
            one = rows[model, benchmark]
            assert (one.row.n, one.row.correct) == (values["n"], values["correct"])
            assert same(one.usd_sum, values["usd_known"])
            assert one.row.figures["cost_unknown"] == values["cost_null"] + values["cost_zero"]
            assert same(one.usd_mean, values["usd_per_instance_where_known"])
            assert same(one.row.usd_per_task, values["published_usd_per_instance"])
            assert same(one.row.figures["average_runtime_s"], values["average_runtime_s"])
            assert same(one.usd_per_correct, values["usd_per_correct"])
            is_partial = bool(one.row.figures["cost_unknown"] and one.row.correct)
            assert one.is_usd_per_correct_lower_bound == is_partial
            assert one.accuracy_agrees in (None, values["score_agrees"])
    pairs = {(pair.first, pair.benchmark): pair for pair in report.pairs}
    for values in expected(shared)["openhands"]["pairs"]:
        if values["second"] != "claude-sonnet-4-5":
            continue
        pair, priced = pairs[values["first"], values["benchmark"]], values["where_both_costs_are_known"]
        check_pair(pair, values["all_instances"])
        assert pair.priced == priced["n"]
        check_ratio(pair.cost_ratio, priced["cost_ratio"], priced["cost_ratio_95"])
        if "cost_per_correct_ratio_95" in priced:  # few tasks: a draw without a right answer has no ratio
            per_correct = priced["cost_per_correct_ratio"], priced["cost_per_correct_ratio_95"]
            check_ratio(pair.cost_per_correct_ratio, *per_correct)


READABLE = {
    "aider/deepseek-down.yml": ("aider", 5),
    "aider/o1_polyglot_leaderboard.yml": ("aider", 10),
    "aider/polyglot_leaderboard.yml": ("aider", 69),
    "aider/quant.yml": ("aider", 14),
    "aider/qwen3_leaderboard.yml": ("aider", None),
    "aider/r1_architect.yml": ("aider", None),
    "arcprize/v1.json": ("arc-prize", 154),
    "arcprize/v2.json": ("arc-prize", None),
    "arcprize/v3.json": ("arc-prize", 7),
    "lineage/raw": ("openai-pairs", 33),
    "lineage/raw_replies.jsonl.gz": ("openai-pairs", 11),
    "swebench/info_for_leaderboard.json": ("swebench", 4),
}
"""Files beside those of the expected values: the format that recognises each, and its rows as the audit counts them."""


@pytest.mark.slow
@pytest.mark.shared(DATA)
@pytest.mark.parametrize("name", READABLE)
def test_every_other_file_is_recognised_and_no_unknown_is_zero(name: str, shared: Path) -> None:
    form, count = READABLE[name]
    assert format_of(SourceFiles([shared / "data/results" / name])).name == form
    rows = audited(shared, name).rows
    assert len(rows) == count if count is not None else rows
    for one in rows:
        assert one.usd is None or one.usd > 0
        assert one.row.usd_per_task is None or one.row.usd_per_task > 0
        assert all(usd > 0 for usd in one.row.usd_by_task.values())
        assert one.dollars is None or (one.dollars.usd is None) == bool(one.dollars.reason)
