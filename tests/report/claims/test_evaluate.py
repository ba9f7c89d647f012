"""Which evidence decides a claim, and what a claim without any comes to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.core.types import Endpoint, Origin, Verdict
from harness.report.claims.verdict import ClaimVerdict, EvidenceMode
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
from tests.report.runs import RunWriter, answer


@pytest.mark.parametrize(
    ("confirmed_if", "verdict"),
    [("> 0.2", UNDECIDED), ("<= 0", REFUTED)],  # one pair that refutes is enough; one that confirms is not
)
def test_claim_about_two_rivals_needs_both_unless_one_refutes_it(
    confirmed_if: str, verdict: ClaimVerdict, tmp_path: Path
) -> None:
    write_run(tmp_path / "run")
    asked = claim("c", "accuracy_difference", confirmed_if, second=f"{WEAK.label}, openai/gpt-5")
    result = evaluated(tmp_path, asked, [tmp_path / "run"])["c"]
    assert result.verdict is verdict
    if verdict is UNDECIDED:
        assert "the runs lack openai/gpt-5" in result.why


def test_retired_rival_makes_a_claim_not_runnable_and_names_the_day(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    results = evaluated(
        tmp_path,
        claim("gone", "accuracy_difference", "> 0.2", second="xai/grok-4")
        + claim("moved", "accuracy_difference", "> 0.2", second="xai/grok-4-fast"),
        [tmp_path / "run"],
    )
    assert results["gone"].verdict is ClaimVerdict.NOT_RUNNABLE
    assert "2026-05-15" in results["gone"].why
    assert results["moved"].verdict is UNDECIDED
    assert "still served as openrouter/x-ai/grok-4-fast" in results["moved"].why


def from_origin(origin: Origin) -> list[Endpoint]:
    is_imported, is_simulated = origin is Origin.IMPORTED, origin is Origin.SIMULATED
    return [replace(one, imported=is_imported, simulated=is_simulated) for one in (STRONG, WEAK)]


@pytest.mark.parametrize(
    ("weaker", "stronger", "mode"),
    [
        (Origin.IMPORTED, Origin.LIVE, EvidenceMode.LIVE),
        (Origin.SIMULATED, Origin.LIVE, EvidenceMode.LIVE),
        (Origin.SIMULATED, Origin.IMPORTED, EvidenceMode.IMPORTED),
    ],
)
@pytest.mark.parametrize("task", ["sums", "products"])
def test_measured_answers_decide_before_imported_ones_and_these_before_simulated_ones(
    weaker: Origin, stronger: Origin, mode: EvidenceMode, task: str, tmp_path: Path
) -> None:
    """A later run of the weaker kind, in which all answers are wrong, changes nothing: on the same task or another."""
    pair = from_origin(stronger)
    write_run(tmp_path / "good", who=pair)
    others = from_origin(weaker)
    writer = RunWriter(tmp_path / "bad", endpoints=others, samples=SAMPLES, task=task)
    for number in range(SAMPLES):
        for one in others:
            writer.job(one, number, [answer()], Verdict.WRONG)
    writer.close()
    writer.run.rewrite_manifest(replace(writer.run.manifest(), created_at=datetime(2026, 12, 1, tzinfo=UTC)))
    for order in (("good", "bad"), ("bad", "good")):
        result = evaluated(tmp_path, claim("c", "accuracy_difference", "> 0.2"), [tmp_path / name for name in order])[
            "c"
        ]
        assert (result.verdict, result.mode) == (CONFIRMED, mode)
        assert result.headline is not None
        assert result.headline.tasks == ("sums",)


@pytest.mark.parametrize("later_is_better", [True, False])
def test_of_several_runs_of_a_model_the_latest_counts_and_the_verdict_says_so(
    later_is_better: bool, tmp_path: Path
) -> None:
    for name, day, good in (("old", 18, True), ("new", 20, later_is_better), ("older", 17, True)):
        writer = RunWriter(tmp_path / name, endpoints=[STRONG], samples=SAMPLES)
        for number in range(SAMPLES):
            writer.job(STRONG, number, [answer()], Verdict.CORRECT if good else Verdict.WRONG)
        writer.close()
        writer.run.rewrite_manifest(replace(writer.run.manifest(), created_at=datetime(2026, 11, day, 12, tzinfo=UTC)))
    runs = [tmp_path / name for name in ("old", "new", "older")]
    result = evaluated(tmp_path, claim("c", "accuracy", "> 0.5"), runs)["c"]
    assert result.verdict is (CONFIRMED if later_is_better else REFUTED)
    assert (
        "new counts (measured before imported, then the latest, whatever it holds); left out: old, older" in result.why
    )
