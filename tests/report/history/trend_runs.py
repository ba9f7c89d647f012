"""Run folders for a trend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from harness.core.prices import Price, Rates
from harness.core.types import Endpoint, SamplingParams, Verdict
from tests.report.runs import NOON, PRICE, RunWriter, answer, endpoint

ONE, TWO = endpoint("acme/one"), endpoint("acme/two")

RIGHT, WRONG = Verdict.CORRECT, Verdict.WRONG

DOUBLED = replace(PRICE, id="acme/one@later", rates=Rates(prompt=Decimal(2), completion=Decimal(8)))


def write_run(
    folder: Path,
    verdicts: Sequence[Verdict],
    *,
    days: int = 0,
    who: Endpoint = ONE,
    price: Price = PRICE,
    served: str | None = None,
    params: SamplingParams | None = None,
) -> RunWriter:
    """A run begun that many days after NOON, one answer a sample."""
    writer = RunWriter(folder, endpoints=[who], samples=len(verdicts))
    manifest = replace(writer.run.manifest(), created_at=NOON + timedelta(days=days), prices=(price,))
    writer.run.rewrite_manifest(replace(manifest, params=params or manifest.params))
    for number, verdict in enumerate(verdicts):
        writer.job(who, number, [replace(answer(), served_model=served)], verdict)
    writer.close()
    return writer
