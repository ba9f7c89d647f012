"""Claims put to run folders with planted outcomes: confirmed, refuted and undecided as planted, and what runs lack."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from harness.core.types import Verdict
from harness.report.claims.verdict import ClaimVerdict, EvidenceMode
from harness.store.codec import ImportedFrom
from tests.report.claims.planted_runs import (
    CONFIRMED,
    REFUTED,
    SAMPLES,
    STRONG,
    UNDECIDED,
    WEAK,
    claim,
    evaluated,
    write_run,
)
from tests.report.runs import RunWriter, answer, endpoint, failure


@pytest.mark.parametrize(
    ("metric", "confirmed_if", "verdict", "value"),
    [
        ("accuracy_difference", "> 0.2", CONFIRMED, 0.45),  # 0.95 - 0.50
        ("accuracy_difference", "<= 0", REFUTED, 0.45),
        ("accuracy_difference", ">= 0.4", UNDECIDED, 0.45),
        ("relative_gap", "< 0", CONFIRMED, 1 - 0.95 / 0.5),
        ("cost_ratio", "0.5 to 0.6", CONFIRMED, 14 / 26),
        ("cost_ratio", "< 0.4", REFUTED, 14 / 26),
        ("cost_per_correct_ratio", "< 0.5", CONFIRMED, 14 / 26 * 0.5 / 0.95),
        ("cost_per_correct_ratio", "> 0.7", REFUTED, 14 / 26 * 0.5 / 0.95),
        ("cost_per_correct_ratio", "<= 0.28", UNDECIDED, 14 / 26 * 0.5 / 0.95),
        ("verbosity_ratio", "0.2 to 0.3", CONFIRMED, 0.25),  # no spread at all
        ("speed_ratio", "> 1", REFUTED, 1.27 / 2.02),  # mean seconds with the planted jitter of 0.02
        ("accuracy", ">= 0.8", CONFIRMED, 0.95),
        ("accuracy", "> 0.9", UNDECIDED, 0.95),
        ("share_failed", "< 0.2", CONFIRMED, 0.0),
        ("front_chance", ">= 0.9", CONFIRMED, 1.0),  # more accurate and cheaper in every draw
    ],
)
def test_planted_truth_is_decided_by_its_interval(
    metric: str, confirmed_if: str, verdict: ClaimVerdict, value: float, tmp_path: Path
) -> None:
    samples = 160 if metric.startswith(("cost", "verbosity")) else SAMPLES  # fewer leave much room for runaway answers
    write_run(tmp_path / "run", samples=samples, max_tokens=500)
    result = evaluated(tmp_path, claim("c", metric, confirmed_if), [tmp_path / "run"])["c"]
    assert result.verdict is verdict
    assert result.headline is not None
    assert result.headline.value == pytest.approx(value, rel=1e-6, abs=1e-9)
    assert (result.n, result.mode, result.prices) == (samples, EvidenceMode.LIVE, ("acme/one@2026-01-01",))
    if verdict is UNDECIDED:
        assert result.needed_n is not None
        assert result.needed_n > samples


def test_dollars_of_few_samples_without_a_limit_are_undecided_and_say_how_many_would_do(tmp_path: Path) -> None:
    write_run(tmp_path / "run")  # answers of 400 tokens, though the task's limit is 100: it limits nothing
    result = evaluated(tmp_path, claim("c", "cost_ratio", "< 0.6"), [tmp_path / "run"])["c"]
    assert (result.verdict, result.needed_n) == (UNDECIDED, 150)
    assert result.headline is not None
    assert result.headline.value == pytest.approx(14 / 26)
    assert result.headline.interval is None


def test_estimate_on_the_threshold_says_that_no_number_of_samples_decides(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    result = evaluated(tmp_path, claim("c", "accuracy", "> 0.95"), [tmp_path / "run"])["c"]
    assert (result.verdict, result.needed_n) == (UNDECIDED, None)
    assert "the estimate lies on the threshold" in result.why


def test_simulated_models_are_never_shown_as_measured(tmp_path: Path) -> None:
    simulated = [replace(one, simulated=True) for one in (STRONG, WEAK)]
    write_run(tmp_path / "run", who=simulated)
    result = evaluated(tmp_path, claim("c", "accuracy_difference", "> 0.2"), [tmp_path / "run"])["c"]
    assert (result.verdict, result.mode) == (CONFIRMED, EvidenceMode.SIMULATED)


def test_recorded_answers_of_a_retired_model_are_a_replay(tmp_path: Path) -> None:
    gone = replace(STRONG, label="xai/grok-4", provider="xai", model="grok-4")
    write_run(tmp_path / "run", who=[gone, WEAK])
    asked = claim("c", "accuracy_difference", "> 0.2", first="xai/grok-4")
    result = evaluated(tmp_path, asked, [tmp_path / "run"])["c"]
    assert (result.verdict, result.mode) == (CONFIRMED, EvidenceMode.REPLAY)
    before = evaluated(tmp_path, asked, [tmp_path / "run"], today=date(2026, 5, 14))["c"]  # retired on 2026-05-15
    assert before.mode is EvidenceMode.LIVE


def test_same_model_at_another_host_counts_and_is_said(tmp_path: Path) -> None:
    other = replace(STRONG, label="openrouter/minimax/minimax-m2", provider="openrouter", model="minimax/minimax-m2")
    write_run(tmp_path / "run", who=[other, WEAK])
    asked = claim("c", "accuracy_difference", "> 0.2", first="minimax/minimax-m2")
    result = evaluated(tmp_path, asked, [tmp_path / "run"])["c"]
    assert result.verdict is CONFIRMED
    assert "minimax/minimax-m2 as served by another host" in result.why
    assert "openrouter/minimax/minimax-m2" in result.why


def test_claim_about_one_host_is_not_settled_at_another(tmp_path: Path) -> None:
    write_run(tmp_path / "run", who=[replace(STRONG, label="groq/m2", provider="groq", model="m2"), WEAK])
    asked = claim("c", "accuracy", ">= 0.8", first="openrouter/m2")
    assert evaluated(tmp_path, asked, [tmp_path / "run"])["c"].verdict is CONFIRMED
    strict = asked.replace("kind:", "any_host: false, kind:")
    assert evaluated(tmp_path, strict, [tmp_path / "run"])["c"].verdict is UNDECIDED


def test_simulated_model_does_not_stand_in_for_the_one_it_is_named_after(tmp_path: Path) -> None:
    named_alike = replace(STRONG, label="sim/minimax-m2", provider="sim", model="minimax-m2", simulated=True)
    write_run(tmp_path / "run", who=[named_alike, WEAK])
    asked = claim("c", "accuracy", ">= 0.8", first="minimax/minimax-m2")
    assert evaluated(tmp_path, asked, [tmp_path / "run"])["c"].verdict is UNDECIDED


def test_effort_that_was_not_run_does_not_stand_in(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    asked = claim("c", "accuracy", ">= 0.8", first="acme/one@medium")
    result = evaluated(tmp_path, asked, [tmp_path / "run"])["c"]
    assert (result.verdict, result.n) == (UNDECIDED, 0)
    assert "the runs lack acme/one@medium" in result.why


def test_models_of_two_runs_of_one_task_are_put_side_by_side(tmp_path: Path) -> None:
    write_run(tmp_path / "one", who=[STRONG])
    writer = RunWriter(tmp_path / "two", endpoints=[WEAK], samples=SAMPLES)
    for number in range(SAMPLES):
        writer.job(WEAK, number, [answer()], Verdict.WRONG)
    writer.close()
    result = evaluated(tmp_path, claim("c", "accuracy_difference", "> 0.9"), [tmp_path / "one", tmp_path / "two"])["c"]
    assert result.headline is not None
    assert result.headline.value == pytest.approx(0.95)


def test_verdict_on_dollars_says_what_it_assumes_where_no_limit_of_one_answer_is_known(tmp_path: Path) -> None:
    write_run(tmp_path / "without", samples=160)  # answers of 400 tokens, though the task's limit is 100
    write_run(tmp_path / "limited", samples=160, max_tokens=500)
    ledger = claim("c", "cost_ratio", "< 0.9") + claim("d", "accuracy", "> 0.8")
    assumed = evaluated(tmp_path, ledger, [tmp_path / "without"])
    assert "at most 100 times the mean is assumed" in assumed["c"].why
    assert "runaway" not in assumed["d"].why
    known = evaluated(tmp_path, ledger, [tmp_path / "limited"])
    assert "room for runaway answers" in known["c"].why
    assert "assumed" not in known["c"].why


def test_a_run_that_shares_no_task_does_not_hide_one_that_decides(tmp_path: Path) -> None:
    """A label that is the claim's own may stand in a run without the other model."""
    elsewhere = [
        replace(endpoint(f"openrouter/{name}"), provider="openrouter", model=name)
        for name in ("minimax/minimax-m2", "anthropic/claude-sonnet-4.5")
    ]
    own = replace(endpoint("minimax/minimax-m2"), provider="minimax", model="minimax-m2")
    write_run(tmp_path / "both", who=elsewhere)
    ledger = claim(
        "c", "accuracy_difference", "> 0.2", first="minimax/minimax-m2", second="openrouter/anthropic/claude-sonnet-4.5"
    )
    alone = evaluated(tmp_path, ledger, [tmp_path / "both"])["c"]
    assert alone.verdict is CONFIRMED
    writer = RunWriter(tmp_path / "other-task", endpoints=[own], samples=2, task="products")
    writer.job(own, 0, [answer()], Verdict.CORRECT)
    writer.close()
    with_more = evaluated(tmp_path, ledger, [tmp_path / "both", tmp_path / "other-task"])["c"]
    assert with_more.verdict is CONFIRMED
    assert with_more.headline is not None
    assert with_more.headline.labels == tuple(one.label for one in elsewhere)


@pytest.mark.parametrize(
    ("published_on", "said"),
    [
        (date(2026, 10, 2), "IMPORTED from A board, https://board.example, until 2026-10-02"),
        (None, "IMPORTED from A board, https://board.example, its day not known, imported on 2026-11-20"),
    ],
)
def test_imported_evidence_has_its_source_and_day_in_the_verdict(
    published_on: date | None, said: str, tmp_path: Path
) -> None:
    theirs = replace(STRONG, imported=True)
    writer = RunWriter(tmp_path / "run", endpoints=[theirs], samples=SAMPLES)
    for number in range(SAMPLES):
        writer.job(theirs, number, [answer()], Verdict.CORRECT)
    writer.close()
    source = ImportedFrom(
        format="responses",
        importer_version=1,
        files=(),
        title="A board",
        url="https://board.example",
        published_on=published_on,
    )
    writer.run.rewrite_manifest(replace(writer.run.manifest(), imported=source))
    result = evaluated(tmp_path, claim("c", "accuracy", "> 0.5"), [tmp_path / "run"])["c"]
    assert (result.verdict, result.mode) == (CONFIRMED, EvidenceMode.IMPORTED)
    assert said in result.why


@pytest.mark.parametrize(
    ("metric", "said"),
    [
        ("cost_per_correct_ratio", "no correct answer"),
        ("relative_gap", "no correct answer"),
        ("verbosity_ratio", "first model"),
    ],
)
def test_what_does_not_exist_is_undecided_with_its_reason(metric: str, said: str, tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", endpoints=[STRONG, WEAK], samples=SAMPLES)
    for number in range(SAMPLES):
        writer.job(STRONG, number, [answer(usage=None) if metric == "verbosity_ratio" else answer()], Verdict.WRONG)
        writer.job(WEAK, number, [answer()], Verdict.CORRECT)
    writer.close()
    result = evaluated(tmp_path, claim("c", metric, "< 2"), [tmp_path / "run"])["c"]
    assert result.verdict is UNDECIDED
    assert said in result.why
    assert result.headline is not None
    assert result.headline.value is None


def test_failed_jobs_are_no_wrong_answers(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", endpoints=[STRONG], samples=SAMPLES)
    for number in range(SAMPLES):
        if number % 2:
            writer.job(STRONG, number, [failure()])
        else:
            writer.job(STRONG, number, [answer()], Verdict.CORRECT)
    writer.close()
    result = evaluated(tmp_path, claim("c", "accuracy", "> 0.7"), [tmp_path / "run"])["c"]
    assert result.headline is not None
    assert (result.headline.value, result.n) == (1.0, SAMPLES // 2)
    # counted as incorrect they leave 50%: neither verdict may hang on what became of them
    assert result.verdict is UNDECIDED
    assert "acme/one@high: 20 failed of 40 jobs" in result.why
    assert "failed jobs counted as incorrect: 0.5 [" in result.why
