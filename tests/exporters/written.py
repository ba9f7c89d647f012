"""The dollars of the written run, and a run with a long answer."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from harness.report.run_data.load import RunData
from tests.exporters.runs import SPENT
from tests.report.runs import RunWriter, answer, endpoint

KNOWN_USD = 4 * SPENT + Decimal("0.000005")
"""Two answers, a billed failure, the answer of an unknown job; 1 prompt and 1 completion token at $1 and $4."""


def long_answer(folder: Path, text: str) -> RunData:
    one = endpoint()
    writer = RunWriter(folder, endpoints=[one], samples=1)
    writer.job(one, 0, [answer(reasoning=text)])
    writer.close()
    return RunData.load(folder)
