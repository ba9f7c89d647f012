"""The speed factor never tightens a limit and never loosens it without bound."""

from __future__ import annotations

from harness.grading.machine_speed import speed_factor
from harness.grading.sandbox.limits import ResourceLimits


def test_the_factor_lies_between_one_and_eight() -> None:
    assert 1.0 <= speed_factor() <= 8.0


def test_scaled_limits_scale_time_and_nothing_else() -> None:
    limits = ResourceLimits(cpu_s=2.0).scaled(3.0)
    assert limits.cpu_s == 6.0
    assert limits.deadline_s == 6 * 6.0 + 10  # the rule of wall_s None
    assert limits.memory_bytes == ResourceLimits().memory_bytes
