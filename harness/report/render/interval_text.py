"""How estimates with their confidence intervals are written for people."""

from __future__ import annotations

from collections.abc import Callable, Set
from decimal import Decimal

from harness.report.render.number_format import NONE, UNKNOWN, digits, dollars, percent_with_ci, percents
from harness.stats.intervals import ConfidenceInterval
from harness.stats.metrics import Value


def share_text(value: ConfidenceInterval) -> str:
    """`75% [49, 90]`."""
    return percent_with_ci(value.estimate, value.low, value.high)


def whole_text(value: ConfidenceInterval) -> str:
    """`75%`, the estimate alone."""
    return f"{percents(value.estimate)[0]}%"


def points_text(value: ConfidenceInterval) -> str:
    """`-5.0 [-17.8, +7.8]`, in percentage points."""
    return f"{100 * value.estimate:+.1f} [{100 * value.low:+.1f}, {100 * value.high:+.1f}]"


def usd_text(value: ConfidenceInterval) -> str:
    """`0.0010 [0.00086, 0.0012]`."""
    amounts = [dollars(Decimal(repr(each))) for each in (value.estimate, value.low, value.high)]
    return f"{amounts[0]} [{amounts[1]}, {amounts[2]}]"


def number_with_ci(value: ConfidenceInterval) -> str:
    """`1.95 [1.50, 2.43]`."""
    return f"{digits(value.estimate)} [{digits(value.low)}, {digits(value.high)}]"


def estimate_text(value: ConfidenceInterval) -> str:
    """`1.95`, the estimate alone."""
    return digits(value.estimate)


def p_value_text(value: float) -> str:
    """Three decimals."""
    return "<0.001" if 0 < value < 0.001 else f"{value:.3f}"


def figure_text(name: str, value: Value | None, unknown: Set[str], write: Callable[[ConfidenceInterval], str]) -> str:
    """The figure; `?` where its name is among the unknown ones, `-` where there is none."""
    if isinstance(value, ConfidenceInterval):
        return write(value)
    if value is not None and value.estimate is not None:
        alone = ConfidenceInterval(
            estimate=value.estimate, low=value.estimate, high=value.estimate, confidence=0.95, method=""
        )
        return f"{write(alone).partition(' [')[0]} [{UNKNOWN}]"
    return UNKNOWN if value is not None and name in unknown else NONE
