"""Run folders for the list of runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from harness.core.types import Verdict
from tests.report.runs import NOON, RunWriter, answer, endpoint

ONE, SIM = endpoint("acme/one"), endpoint("sim/two", simulated=True)

SPENT = Decimal("0.0014")
"""1,000 prompt tokens at $1 and 100 completion tokens at $4 per million."""


def write_run(folder: Path, *, jobs: int = 2, hours: int = 0) -> RunWriter:
    """A run of two samples by a live model; `hours`: begun so long after noon."""
    writer = RunWriter(folder, endpoints=[ONE], samples=2)
    writer.run.rewrite_manifest(replace(writer.run.manifest(), created_at=NOON + timedelta(hours=hours)))
    for number in range(jobs):
        writer.job(ONE, number, [answer()], Verdict.CORRECT)
    writer.close()
    return writer


def empty_folder(folder: Path) -> None:
    folder.mkdir()
