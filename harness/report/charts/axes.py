"""Scales of charts: dollars, seconds and speeds on a log scale, with ticks that people read."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from harness.report.charts.draw import Spec
from harness.report.charts.figures import Amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """A scale: title, domain, ticks, and how a value is written (an expression of Vega)."""

    title: str
    low: float
    high: float
    is_log: bool
    ticks: tuple[float, ...]
    label: str

    def at(self, value: float) -> float:
        """The share of the axis, 0 to 1, at which a value stands."""
        if self.is_log:
            value = max(value, self.low)
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def spec(self) -> Spec:
        """As an axis and a scale of Vega-Lite."""
        return {
            "type": "quantitative",
            "scale": {"type": "log" if self.is_log else "linear", "domain": [self.low, self.high], "nice": False},
            "axis": {"title": self.title, "values": list(self.ticks), "labelExpr": self.label, "grid": True},
        }


def dollar_axis(amounts: Sequence[Amount], *, title: str) -> Axis:
    """A log scale of dollars; where something is free, its left end stands for $0."""
    return log_axis(amounts, title=title, label="'$' + format(datum.value, '~r')", zero="$0")


def log_axis(amounts: Sequence[Amount], *, title: str, label: str, zero: str = "0") -> Axis:
    """A log scale around all bounds, with ticks at 1, 2, 5 or at powers of ten."""
    ends = [end for one in amounts for end in (one.low, one.estimate, one.high) if end is not None and end > 0]
    low, high = (min(ends) / 1.5, max(ends) * 1.5) if ends else (0.0001, 0.01)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    inside = [step * 10.0**power for power in powers for step in (1, 2, 5) if low <= step * 10.0**power <= high]
    tens = [value for value in inside if math.isclose(math.log10(value), round(math.log10(value)), abs_tol=1e-9)]
    ticks = inside if len(inside) <= 5 else tens if len(tens) <= 5 else tens[:: len(tens) // 4]
    if any(one.estimate <= 0 for one in amounts):
        low = low / 4
        label = f"datum.value <= {low * 1.01!r} ? '{zero}' : {label}"
        ticks = [low, *ticks]
    return Axis(title=title, low=low, high=high, is_log=True, ticks=tuple(ticks), label=label)
