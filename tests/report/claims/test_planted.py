"""Twenty planted claims, each true, false and too close to call, put to runs with failed and truncated jobs.

No verdict may be false: a true claim is never refuted, a false one never confirmed. What is too close stays undecided.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

import pytest

from harness.core.types import FinishReason, Usage, Verdict
from harness.report.claims.verdict import ClaimVerdict
from tests.report.claims.test_measure import STRONG, WEAK, claim, settle
from tests.report.runs import RunWriter, answer, failure, timing

SAMPLES = 400
TRUE_ACCURACY = {STRONG.label: 0.85, WEAK.label: 0.60}
TOKENS = {STRONG.label: 60, WEAK.label: 90}  # below the task's limit of 100
SECONDS = {STRONG.label: 2.0, WEAK.label: 1.4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """Shares of the jobs that fail and of the answers that are cut, and whether hard samples are hit more often."""

    failed: float = 0.0
    truncated: float = 0.0
    hits_hard_samples: bool = False


LOSSES = [
    Losses(),
    Losses(failed=0.10),
    Losses(failed=0.15, hits_hard_samples=True),
    Losses(truncated=0.10),
    Losses(failed=0.08, truncated=0.12),
]
CLAIMS: Sequence[tuple[str, float]] = [
    ("accuracy", 0.85),
    ("accuracy_difference", 0.25),
    ("relative_gap", 1 - 0.85 / 0.60),
    ("chars_per_s_ratio", 0.9 / 1.5),  # both characters from 0.5 s on
]
"""Metrics and their true values. The slack beyond which a claim is clearly true or false is 0.15 of accuracy."""


def write(path: Path, losses: Losses, seed: int) -> None:
    """A run whose models answer with their true accuracy; failures and truncations strike beside."""
    rng = Random(seed)
    writer = RunWriter(path, endpoints=(STRONG, WEAK), samples=SAMPLES)
    for number in range(SAMPLES):
        for who in (STRONG, WEAK):
            is_right = rng.random() < TRUE_ACCURACY[who.label]
            weight = 2.0 if losses.hits_hard_samples and not is_right else 1.0
            if rng.random() < losses.failed * weight:
                writer.job(who, number, [failure()])
                continue
            usage = Usage(prompt_tokens=1000, completion_tokens=TOKENS[who.label], reasoning_tokens=0)
            found = answer(usage=usage, at=timing(total_s=SECONDS[who.label] + rng.random() / 100))
            if rng.random() < losses.truncated:
                writer.job(who, number, [replace(found, finish_reason=FinishReason.LENGTH)], Verdict.TRUNCATED)
            else:
                writer.job(who, number, [found], Verdict.CORRECT if is_right else Verdict.WRONG)
    writer.close()


@pytest.mark.parametrize("losses", LOSSES, ids=lambda one: f"{one.failed}-{one.truncated}-{one.hits_hard_samples}")
def test_no_verdict_on_twenty_planted_claims_is_false(losses: Losses, tmp_path: Path) -> None:
    """Four metrics in five runs are twenty claims; each is put as true, as false and as too close."""
    write(tmp_path / "run", losses, seed=7)
    ledger, names = "", []
    for number, (metric, truth) in enumerate(CLAIMS):
        slack = 0.5 * truth if metric.endswith("_ratio") else 0.15 if metric != "relative_gap" else 0.3
        for kind, wanted in (
            ("true", f"> {truth - slack:.4f}"),
            ("false", f"> {truth + slack:.4f}"),
            ("close", f"> {truth:.4f}"),
        ):
            names.append((f"c{number}-{kind}", kind))
            ledger += claim(f"c{number}-{kind}", metric, wanted)
    found = settle(tmp_path, ledger, [tmp_path / "run"])
    decided = 0
    for name, kind in names:
        verdict = found[name].verdict
        forbidden = {"true": ClaimVerdict.REFUTED, "false": ClaimVerdict.CONFIRMED}.get(kind)
        assert verdict is not forbidden, (name, found[name].why)
        decided += kind != "close" and verdict is not ClaimVerdict.UNDECIDED
    assert decided >= 4  # not won by saying nothing
    if losses.failed:
        assert "failed" in found["c0-true"].why
    if losses.truncated:
        assert "truncated at the limit" in found["c0-true"].why


def test_two_checks_of_which_one_strays_by_chance_do_not_refute_a_claim(tmp_path: Path) -> None:
    """An interval that lies outside by a hair refutes alone, and not as one of ten checks (Holm)."""
    writer = RunWriter(tmp_path / "run", endpoints=(STRONG, WEAK), samples=100)
    for number in range(100):
        writer.job(STRONG, number, [answer()], Verdict.CORRECT if number < 60 else Verdict.WRONG)
        writer.job(WEAK, number, [answer()], Verdict.CORRECT if number < 60 else Verdict.WRONG)
    writer.close()
    check = '{metric: accuracy, confirmed_if: "> 0.70"}'  # Wilson of 60 of 100 ends at 0.691
    head = (
        f"  - {{id: ID, quote: q, paraphrase: p, kind: measurable, subject: [{STRONG.label}],\n     runs: [CHECKS]}}\n"
    )
    other = '{metric: share_failed, confirmed_if: "< 0.5"}'
    alone = head.replace("ID", "alone").replace("CHECKS", check)
    among = head.replace("ID", "among").replace("CHECKS", ", ".join([check, *[other] * 9]))
    found = settle(tmp_path, alone + among, [tmp_path / "run"])
    assert found["alone"].verdict is ClaimVerdict.REFUTED
    assert found["among"].verdict is ClaimVerdict.UNDECIDED
    assert "not after Holm's correction for 10 checks" in found["among"].why


def test_a_model_that_costs_nothing_has_a_ratio_of_zero(tmp_path: Path) -> None:
    free = Usage(prompt_tokens=0, completion_tokens=0, reasoning_tokens=0)
    writer = RunWriter(tmp_path / "run", endpoints=(STRONG, WEAK), samples=160)
    for number in range(160):
        writer.job(STRONG, number, [answer(usage=free)], Verdict.CORRECT)
        writer.job(WEAK, number, [answer()], Verdict.CORRECT)
    writer.close()
    ledger = claim("c", "cost_ratio", "< 0.1") + claim("d", "cost_per_correct_ratio", "> 0.5")
    found = settle(tmp_path, ledger, [tmp_path / "run"])
    assert (found["c"].verdict, found["d"].verdict) == (ClaimVerdict.CONFIRMED, ClaimVerdict.REFUTED)


def test_early_stopped_run_is_held_against_bounds_that_hold_at_every_n(tmp_path: Path) -> None:
    writer = RunWriter(tmp_path / "run", endpoints=(STRONG,), samples=100)
    for number in range(100):
        writer.job(STRONG, number, [answer()], Verdict.CORRECT if number % 5 else Verdict.WRONG)
    writer.close()
    plain = settle(tmp_path, claim("c", "accuracy", "> 0.7"), [tmp_path / "run"])["c"]
    writer.run.rewrite_manifest(replace(writer.run.manifest(), until_width=0.1))
    ledger = claim("c", "accuracy", "> 0.7") + claim("d", "tokens_per_task", "> 1")
    found = settle(tmp_path, ledger, [tmp_path / "run"])
    assert plain.verdict is ClaimVerdict.CONFIRMED  # 80 of 100: Wilson begins at 0.711
    assert found["c"].verdict is ClaimVerdict.UNDECIDED
    assert "valid at every n" in found["c"].why
    assert "could stop early" in found["d"].why
