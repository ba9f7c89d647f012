"""Runs whose usage is read again."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from harness.core.types import Attempt, Usage
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.store.run_dir import RunDir
from tests.run.paid_folder import PaidFolder, answer, cut, endpoint, price, written

GROK = "xai/grok"

RAW = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1600,
    "completion_tokens_details": {"reasoning_tokens": 500},
    "prompt_tokens_details": {"cached_tokens": 400},
}

MISREAD = Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=0, reasoning_tokens=100)

RIGHT = Usage(prompt_tokens=1000, completion_tokens=600, cached_tokens=400, reasoning_tokens=500)


def misread_run(path: Path) -> RunDir:
    """Two jobs whose dialect of then left out the reasoning and the cache: 1000 x 3 + 100 x 15 = $0.0045 an attempt."""
    jobs: list[list[Attempt]] = [
        [cut(MISREAD, raw=RAW), answer(MISREAD, raw=RAW)],
        [answer(RIGHT, raw=RAW)],
        [answer(None)],
    ]
    return written(
        path,
        PaidFolder(
            endpoints=[endpoint(GROK, speaks="xai")],
            prices=[price(GROK, prompt="3", cached="0.75", completion="15")],
            jobs={GROK: jobs},
        ),
    )


def spent(run: RunDir) -> list[Decimal]:
    """The dollars of each job as a report has them, where any are known."""
    return [usd for usd in build_run_report(RunData.load(run)).tables[0].summaries[0].known_usd if usd]
