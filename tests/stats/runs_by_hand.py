"""Small runs written as letters, for metrics worked out by hand."""

from __future__ import annotations

import numpy as np

from harness.stats.metrics import MetricSettings
from harness.stats.model_data import Measured, ModelData
from harness.stats.resample import Resampling

QUICK = MetricSettings(plan=Resampling(draws=100))

# One letter a job: C correct, W wrong, T truncated (wrong), R refused, N no answer, E grader error, F failed, - not run
SMALL = ("CCC", "CWC", "WFW", "TRC")


def model(jobs: tuple[str, ...], *, usd: float = 2.0, tokens: float = 100.0, seconds: float = 5.0) -> ModelData:
    cells = np.array([list(row) for row in jobs])
    attempted = cells != "-"
    answered = attempted & (cells != "F")
    growth = 1.0 + np.arange(cells.size).reshape(cells.shape) / 10
    kinds = np.where(cells == "C", 0, np.where(np.isin(cells, ["N", "R", "T"]), -1, 1))

    def measured(each: float, known: np.ndarray) -> Measured:
        return Measured(values=each * growth, known=known)

    return ModelData(
        samples=tuple(f"s{row}" for row in range(len(jobs))),
        attempted=attempted,
        failed=cells == "F",
        graded=answered & (cells != "E"),
        correct=cells == "C",
        truncated=cells == "T",
        refused=cells == "R",
        no_answer=cells == "N",
        discarded=np.zeros_like(answered),
        answer_kind=kinds,
        spent_usd=measured(usd, attempted),
        accepted_usd=measured(usd, answered),
        prompt_tokens=measured(50.0, answered),
        cached_tokens=measured(10.0, answered),
        completion_tokens=measured(tokens, answered),
        total_s=measured(seconds, answered),
        ttft_s=measured(seconds / 10, answered),
        first_answer_s=measured(seconds / 5, answered),
        tokens_per_s=measured(tokens / seconds, answered),
        chars_per_s=measured(4 * tokens / seconds, answered),
        usd_limit=10 * usd,
        token_limit=10 * tokens,
    )


HOPELESS = {
    "nothing run": ("--", "--"),
    "all failed": ("FF", "FF"),
    "ungraded": ("EE", "EE"),
    "zero correct": ("WW", "WN"),
    "one sample": ("CW",),
    "all correct": ("CC", "CC", "CC"),
}
