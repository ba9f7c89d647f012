"""Timings with their measurement error: how much of a figure may be the delay of this host's own event loop.

An arrival is stamped late by at most the event loop's lag at that moment, so the true figure lies between
`value - error` and `value`. A figure counts where its error is at most a tenth of it.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from harness.stats.intervals import quantile

if TYPE_CHECKING:
    from harness.stats.arrays import Flags, Floats

MAX_ERROR_SHARE = 0.1
"""Above a tenth a figure says more of this host than of the model: medians of two providers often lie closer."""


class MeasuredTimes(Protocol):
    """Of core.types.Timing what errors and speeds are computed from."""

    @property
    def total_s(self) -> float | None: ...

    @property
    def ttft_s(self) -> float | None: ...

    @property
    def first_answer_s(self) -> float | None: ...

    @property
    def last_answer_s(self) -> float | None: ...

    @property
    def later_answer_chars(self) -> int | None: ...

    @property
    def text_chunks(self) -> int: ...

    @property
    def loop_lag_s(self) -> float | None: ...

    @property
    def ttft_lag_s(self) -> float | None: ...

    @property
    def total_lag_s(self) -> float | None: ...


MANY = 1000
"""Figures from which they are sorted in place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredQuantile:
    """A quantile of timings, and by how much its measurement errors can change it.

    Not `is_usable`: every one of the timings has an error above a tenth of it, and these are the figures as measured.
    """

    value: float
    error: float
    is_usable: bool


@dataclass(slots=True)
class MeasuredFigures:
    """One kind of timing of many answers, in seconds or tokens per second."""

    values: array[float] = field(default_factory=lambda: array("d"))
    lower: array[float] = field(default_factory=lambda: array("d"))
    unusable: array[float] = field(default_factory=lambda: array("d"))
    unusable_lower: array[float] = field(default_factory=lambda: array("d"))
    _known: dict[tuple[float, int], MeasuredQuantile | None] = field(init=False, compare=False, default_factory=dict)

    def add(self, value: float | None, error: float) -> None:
        """Take in one figure; None is not taken."""
        if value is None:
            return
        usable = is_usable(value, error)
        (self.values if usable else self.unusable).append(value)
        (self.lower if usable else self.unusable_lower).append(max(0.0, value - error))

    def quantile(self, share: float) -> MeasuredQuantile | None:
        """The quantile of the usable figures; of all where none is usable; None without any."""
        asked = share, len(self.values) + len(self.unusable)
        if asked not in self._known:  # sorting takes time, and tables ask again and again
            self._known[asked] = self._quantile(share)
        return self._known[asked]

    def _quantile(self, share: float) -> MeasuredQuantile | None:
        # Both ends are quantiles of their own: the median answer of the lower bounds may be another answer.
        if self.values:
            value = quantile(_in_order(self.values), share)
            return MeasuredQuantile(value=value, error=value - quantile(_in_order(self.lower), share), is_usable=True)
        if self.unusable:
            value = quantile(_in_order(self.unusable), share)
            error = value - quantile(_in_order(self.unusable_lower), share)
            return MeasuredQuantile(value=value, error=error, is_usable=False)
        return None

    def usable_quantile(self, share: float) -> float | None:
        """The quantile of the usable figures; None without any."""
        return quantile(self.values, share) if self.values else None


def _in_order(figures: array[float]) -> Sequence[float]:
    """The figures sorted, once they are so many that sorting them as Python numbers again and again takes long."""
    if len(figures) < MANY:
        return figures
    import numpy as np

    held = np.frombuffer(figures)
    held.sort()  # in place: their order says nothing, and sorting what is sorted takes no time
    return figures


def is_usable(value: float, error: float) -> bool:
    """Whether a measurement error is small compared with its figure."""
    return error <= MAX_ERROR_SHARE * value


def is_usable_figure(values: Floats, errors: Floats) -> Flags:
    """The same of many; False for a figure that is not a number."""
    return errors <= MAX_ERROR_SHARE * values


def timing_errors(timing: MeasuredTimes) -> tuple[float, float, float]:
    """Seconds by which (ttft_s, first_answer_s, total_s) may be too large; 0 where nobody measured the lag.

    Records from before 2026-12 hold one lag for the whole answer.
    """
    whole = timing.loop_lag_s or 0.0
    ttft, total = timing.ttft_lag_s, timing.total_lag_s
    return whole if ttft is None else ttft, whole, whole if total is None else total


def speed_error_share(timing: MeasuredTimes) -> float:
    """The share of a speed that may be an error: the lag may have moved either end of the time it is taken over."""
    lag = timing.loop_lag_s or 0.0
    if timing.first_answer_s is not None and timing.last_answer_s is not None:
        seconds = timing.last_answer_s - timing.first_answer_s
    elif timing.total_s is not None:  # records made before 2026-12
        seconds = timing.total_s - (timing.ttft_s or 0.0)
    else:
        return 0.0
    # The true time is at least seconds - lag, so the true speed at most seconds / (seconds - lag) times the measured
    # one.
    return lag / (seconds - lag) if lag < seconds else 0.0 if not lag else math.inf
