"""The findings of grades on shared samples: the share of each model, and its difference to the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.core.types import Origin
from harness.report.comparison.model_runs import SharedSamples
from harness.stats.comparisons import comparison_value
from harness.stats.metrics import FINDINGS, METRICS, MetricSettings, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingsRow:
    """One model. `shares` and `differences` by finding; differences are against the baseline, None for itself."""

    label: str
    origin: Origin
    is_mixed: bool
    shares: Mapping[str, Value]
    differences: Mapping[str, Value] | None


def findings_rows(shared: SharedSamples, baseline: int) -> Iterator[FindingsRow]:
    """A row for each model; none where no grade has findings."""
    if not any(data.findings for data in shared.data):
        return
    settings = MetricSettings()
    for place, (one, data) in enumerate(zip(shared.model_runs, shared.data, strict=True)):
        against = {
            name: comparison_value(f"{name}_difference", data, shared.data[baseline], settings) for name in FINDINGS
        }
        yield FindingsRow(
            label=one.label,
            origin=one.origin,
            is_mixed=one.answering(shared.tasks).is_mixed,
            shares={name: METRICS[name].value(data, settings) for name in FINDINGS},
            differences=None if place == baseline else against,
        )
