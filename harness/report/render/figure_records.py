"""Figures with intervals as plain values, for JSON and for CSV."""

from __future__ import annotations

from collections.abc import Mapping

from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import Value
from harness.stats.paired import Difference


def figure_record(value: object) -> object:
    """A figure for JSON; one without an interval has its reason, and its estimate where that exists."""
    match value:
        case Undefined():
            known = {} if value.estimate is None else {"estimate": value.estimate}
            return {**known, "undefined": value.reason}
        case ConfidenceInterval():
            return {"estimate": value.estimate, "low": value.low, "high": value.high, "method": value.method}
        case Difference():
            return {
                "name": value.test,
                "p_value": value.p_value,
                "samples": value.samples,
                "differing": value.differing,
                "left_out": value.left_out,
            }
        case Mapping():
            return dict(value)
        case _:
            return value


def flat_values(values: Mapping[str, Value]) -> dict[str, object]:
    """Figures for CSV: estimate and bounds; what does not exist has no keys."""
    line: dict[str, object] = {}
    for name, value in values.items():
        if isinstance(value, ConfidenceInterval):
            line |= {name: value.estimate, f"{name}_low": value.low, f"{name}_high": value.high}
        elif value.estimate is not None:
            line[name] = value.estimate
    return line
