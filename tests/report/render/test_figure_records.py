"""Figures with intervals as plain values."""

from __future__ import annotations

from harness.report.render.figure_records import figure_record, flat_values
from harness.stats.intervals import ConfidenceInterval, Undefined

HALF = ConfidenceInterval(estimate=0.5, low=0.4, high=0.6, confidence=0.95, method="wilson")


def test_json_gives_bounds_with_their_method_or_the_reason_there_are_none() -> None:
    assert figure_record(HALF) == {"estimate": 0.5, "low": 0.4, "high": 0.6, "method": "wilson"}
    assert figure_record(Undefined(reason="one sample", estimate=1.0)) == {"estimate": 1.0, "undefined": "one sample"}
    assert figure_record(Undefined(reason="no price")) == {"undefined": "no price"}
    assert figure_record(None) is None


def test_csv_has_no_key_for_what_does_not_exist() -> None:
    values: dict[str, ConfidenceInterval | Undefined] = {
        "a": HALF,
        "b": Undefined(reason="one sample", estimate=1.0),
        "c": Undefined(reason="no price"),
    }
    assert flat_values(values) == {"a": 0.5, "a_low": 0.4, "a_high": 0.6, "b": 1.0}
