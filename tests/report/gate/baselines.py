"""A run whose baseline is worked out by hand."""

from __future__ import annotations

from pathlib import Path

from harness.core.types import FailureKind, Verdict
from tests.report.runs import RunWriter, answer, endpoint, failure, timing

ONE = endpoint("acme/one")


def write_run(path: Path) -> RunWriter:
    """Four samples: right after a cut attempt, wrong, failed, and one the grader could not grade."""
    writer = RunWriter(path, endpoints=(ONE,), samples=4)
    writer.job(ONE, 0, [failure(), answer()], Verdict.CORRECT)
    writer.job(ONE, 1, [answer(at=timing(total_s=4.0, ttft_s=1.0))], Verdict.WRONG)
    writer.job(ONE, 2, [failure(FailureKind.RATE_LIMITED)])
    writer.job(ONE, 3, [answer()], Verdict.GRADER_ERROR)
    writer.close()
    return writer
