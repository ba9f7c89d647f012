"""Failed and truncated jobs in a check on accuracy: said in words, and counted the other way as a check of its own.

A failed job is no wrong answer and a truncated one is the output limit's doing, so a verdict must not hang on either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.core.plurals import counted
from harness.stats.model_data import ModelData

ON_ACCURACY = frozenset({"accuracy", "accuracy_difference", "relative_gap", "pass_at_k", "pass_hat_k", "maj_at_k"})
"""Metrics in which failed jobs are left out and truncated answers count as incorrect."""


def loss_words(data: Mapping[str, ModelData]) -> str:
    """How many jobs of each model failed or were truncated; empty where none."""
    return "; ".join(words for label, one in data.items() if (words := _losses(label, one)))


def _losses(label: str, data: ModelData) -> str:
    failed, truncated = int(data.failed.sum()), int(data.truncated.sum())
    jobs = int(data.attempted.sum())
    parts = [
        f"{count:,} {word}" for count, word in ((failed, "failed"), (truncated, "truncated at the limit")) if count
    ]
    return f"{label}: {' and '.join(parts)} of {counted(jobs, 'job')}" if parts else ""


def other_countings(metric: str, data: Mapping[str, ModelData]) -> Iterator[tuple[str, dict[str, ModelData]]]:
    """The data with failed jobs counted as incorrect, and with truncated answers left out, where there are any."""
    if metric not in ON_ACCURACY:
        return
    if any(one.failed.any() for one in data.values()):
        yield "failed jobs counted as incorrect", {name: _failures_incorrect(one) for name, one in data.items()}
    if any((one.truncated & one.graded).any() for one in data.values()):
        yield "truncated answers left out", {name: _without_truncated(one) for name, one in data.items()}


def _failures_incorrect(data: ModelData) -> ModelData:
    # A job that failed becomes one that is graded and not correct; `& False` keeps the shape.
    return replace(data, failed=data.failed & False, graded=data.graded | data.failed)


def _without_truncated(data: ModelData) -> ModelData:
    # The verdict TRUNCATED is never correct, so without such answers an accuracy can only rise.
    kept = data.graded & ~data.truncated
    return replace(data, graded=kept, correct=data.correct & kept)
