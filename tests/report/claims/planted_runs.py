"""Run folders with planted outcomes, and a claim evaluated on them. Not a test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

from harness.config.load import Config, load_config
from harness.core.types import Endpoint, Usage, Verdict
from harness.pricing.book import PriceBook, load_book
from harness.report.claims.availability import is_same_model
from harness.report.claims.computed import ComputedChecks
from harness.report.claims.evaluate import ClaimEvaluator, ClaimResult
from harness.report.claims.ledger import load_ledger
from harness.report.claims.measure import RunMeasurements
from harness.report.claims.verdict import ClaimVerdict
from harness.report.run_data.load import RunData
from harness.report.run_data.series import load_series
from tests.report.runs import RunWriter, answer, endpoint, timing

SAMPLES = 40
TODAY = date(2026, 11, 21)
# Right on samples n with n % 20 < 19 / 10: 95% and 50% of 40. Tokens: 100 and 400 out, 1,000 in, at 1 and 4 dollars
# per million: 0.0014 and 0.0026 dollars an answer. Seconds after the first text: 1.5 and 0.75, so 66 and 532 tokens/s.
STRONG = replace(endpoint("acme/one@high"), provider="acme", model="one")
WEAK = replace(endpoint("acme/one@low"), provider="acme", model="one")
PLANTED = """\
article: planted
prices_on: 2026-11-21
claims:
{claims}
"""


def claim(claim_id: str, metric: str, confirmed_if: str, *, first: str = STRONG.label, second: str = WEAK.label) -> str:
    return (
        f"  - {{id: {claim_id}, quote: q, paraphrase: p, kind: measurable, subject: [{first}],\n"
        f"     comparator: [{second}],\n"
        f'     runs: [{{metric: {metric}, confirmed_if: "{confirmed_if}"}}]}}\n'
    )


def write_run(
    path: Path, *, who: Sequence[Endpoint] = (STRONG, WEAK), samples: int = SAMPLES, max_tokens: int = 100
) -> None:
    writer = RunWriter(path, endpoints=who, samples=samples, max_tokens=max_tokens)
    for number in range(samples):
        for place, one in enumerate(who):
            is_right = number % 20 < (19, 10)[place % 2]
            usage = Usage(prompt_tokens=1000, completion_tokens=(100, 400)[place % 2], reasoning_tokens=0)
            at = timing(total_s=(2.0, 1.25)[place % 2] + number % 5 * 0.01)
            writer.job(one, number, [answer(usage=usage, at=at)], Verdict.CORRECT if is_right else Verdict.WRONG)
    writer.close()


@cache
def shipped_config() -> Config:
    return load_config(providers_file=None, cwd=Path(__file__).parent, environ={})


@cache
def book() -> PriceBook:
    return load_book()


def evaluated(tmp_path: Path, claims: str, runs: Sequence[Path], *, today: date = TODAY) -> dict[str, ClaimResult]:
    ledger_file = tmp_path / "planted.yaml"
    ledger_file.write_text(PLANTED.format(claims=claims))
    ledger = load_ledger([ledger_file])
    config = shipped_config()
    measurements = RunMeasurements(
        evidence=load_series(RunData.load(path) for path in runs),
        is_same=lambda one, other: is_same_model(one, other, config),
        is_gone=lambda name: is_gone(name, config, today),
    )
    noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
    computed_checks = ComputedChecks(book=book(), at=noon, scores=ledger.scores)
    evaluator = ClaimEvaluator(
        computed={"planted": computed_checks}, measurements=measurements, config=config, today=today
    )
    return {one.claim.id: one for one in evaluator.evaluate_all(ledger)}


def is_gone(name: str, config: Config, today: date) -> bool:
    return name in config.labels and config.is_retired(name, today=today)


CONFIRMED = ClaimVerdict.CONFIRMED
REFUTED = ClaimVerdict.REFUTED
UNDECIDED = ClaimVerdict.UNDECIDED
