"""A run of two models on two tasks' worth of awkward answers, for tests of tables, frames and files."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from harness.core.types import FailureKind, Usage, Verdict
from tests.report.runs import USAGE, RunWriter, answer, endpoint, failure, timing

ONE, SIM = endpoint("acme/one"), endpoint("sim/two", simulated=True)
SPENT = Decimal("0.0014")
"""1,000 prompt tokens at $1 and 100 completion tokens at $4 per million."""


def write_run(folder: Path) -> Path:
    """A run of acme/one (priced) and sim/two (no price): answers, a retry, an unknown cost, a failed job."""
    writer = RunWriter(folder, endpoints=[ONE, SIM], samples=5)
    writer.job(ONE, 0, [answer()], Verdict.CORRECT, said="1")
    writer.job(ONE, 1, [failure(usage=USAGE), answer()], Verdict.WRONG, said="=1+1")
    writer.job(ONE, 2, [failure(FailureKind.READ_TIMEOUT, usage=None), answer()], Verdict.GRADER_ERROR)
    writer.job(ONE, 3, [replace(failure(FailureKind.UNAUTHORIZED, said="no such key"), timing=timing(chunks=0))])
    writer.job(ONE, 4, [answer(usage=Usage(prompt_tokens=1, completion_tokens=1))])
    writer.job(SIM, 0, [answer()], Verdict.CORRECT, said="一")
    writer.close()
    return folder
