"""Runs for charts."""

from __future__ import annotations

from pathlib import Path

from harness.core.types import Verdict
from harness.store.run_dir import RunDir
from tests.report.runs import RunWriter, answer, endpoint


def run_of(path: Path) -> RunDir:
    """Two models of which the first is better, 12 samples."""
    models = [endpoint("acme/one"), endpoint("acme/two", simulated=True)]
    run = RunWriter(path, endpoints=[*models, endpoint("acme/idle")], samples=12)
    for place, who in enumerate(models):
        for sample in range(12):
            run.job(who, sample, [answer()], Verdict.CORRECT if sample < 9 - 5 * place else Verdict.WRONG)
    run.close()
    return run.run
