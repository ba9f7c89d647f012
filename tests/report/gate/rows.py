"""Small baselines written out, and one row of them compared with another. Not a test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from harness.report.gate.baseline import (
    FORMAT,
    FORMAT_VERSION,
    Baseline,
    ModelTotals,
    RunSettings,
    SampleTotals,
)
from harness.report.gate.build import GateReport, run_gate
from harness.report.gate.check_result import CheckOutcome, Tolerances

STANDARD = Tolerances()
TERMS = RunSettings(
    task_version=1,
    content_hash="sha256:0",
    grader="math",
    grader_versions=("1",),
    max_tokens=100,
    repeats=1,
    settings="none",
    own_settings="none",
    model_id="one",
    dialect="openai",
    dialect_version=1,
    backend="http",
    service_tier=None,
    extra_body="{}",
    streamed=True,
    simulated=False,
)
SIM = replace(TERMS, simulated=True)


def sample(*, correct: int = 1, usd: str | None = "0.01", tokens: int | None = 100) -> SampleTotals:
    """One answered job with a grade."""
    return SampleTotals(
        correct=correct,
        graded=1,
        jobs=1,
        answers=1,
        usd=None if usd is None else Decimal(usd),
        prompt_tokens=10,
        completion_tokens=tokens,
    )


def row_of(samples: Sequence[SampleTotals], *, terms: RunSettings = TERMS, model: str = "acme/one") -> ModelTotals:
    """A row whose sums follow from its samples."""
    return ModelTotals(
        task="sums",
        model=model,
        terms=terms,
        planned=len(samples),
        finished=len(samples),
        failed=0,
        attempts_failed={},
        ungraded=0,
        known_usd=sum((one.usd for one in samples if one.usd is not None), Decimal(0)),
        unpriced={"no price": unknown} if (unknown := sum(one.usd is None for one in samples)) else {},
        prices=("acme/one@2026-01-01",),
        reasoning_tokens=None,
        ttft_s=None,
        total_s=None,
        samples={f"s{place:03}": one for place, one in enumerate(samples)},
    )


def baseline(*rows: ModelTotals) -> Baseline:
    """Those rows as a run."""
    return Baseline(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        harness_version="0.1.0",
        run="r",
        created_at=datetime(2026, 11, 21, tzinfo=UTC),
        command=("harness", "run"),
        rows=rows,
    )


def held(then: ModelTotals, now: ModelTotals, tolerances: Tolerances = STANDARD) -> GateReport:
    """One row against one row."""
    return run_gate(baseline(then), baseline(now), tolerances, allow_changed=False)


def outcomes(found: GateReport) -> Mapping[str, CheckOutcome]:
    return {one.check: one.outcome for one in found.findings}


def why(found: GateReport, check: str) -> str:
    return next(one.why for one in found.findings if one.check == check)


def scores(right: int, wrong: int) -> list[SampleTotals]:
    return [*(sample() for _ in range(right)), *(sample(correct=0) for _ in range(wrong))]
