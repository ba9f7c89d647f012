"""Ratios of efforts: from one to another and back; none where one of them is not published."""

from __future__ import annotations

import pytest

from harness.core.labels import Effort
from harness.run.planning.effort_tokens import distance, effort_factor


def test_a_factor_and_the_way_back_cancel() -> None:
    up, down = effort_factor(Effort.LOW, Effort.HIGH), effort_factor(Effort.HIGH, Effort.LOW)
    assert up is not None
    assert down is not None
    assert up == pytest.approx(2.2 / 0.38)
    assert up * down == pytest.approx(1)
    assert distance(up) == pytest.approx(distance(down))


@pytest.mark.parametrize("pair", [(None, Effort.LOW), (Effort.LOW, None), (Effort.NONE, Effort.LOW)])
def test_without_an_effort_or_without_reasoning_there_is_no_ratio(pair: tuple[Effort | None, Effort | None]) -> None:
    assert effort_factor(*pair) is None
