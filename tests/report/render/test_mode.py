"""Made-up figures say so, whatever stands beside them."""

from __future__ import annotations

import pytest

from harness.report.render.mode import legend, mark_simulated, mode_of


@pytest.mark.parametrize(
    ("simulated", "mode"),
    [([True, True], "SIMULATED"), ([True, False], "live and SIMULATED"), ([False], "live"), ([], "live")],
)
def test_mode_of_what_is_shown_together(simulated: list[bool], mode: str) -> None:
    assert mode_of(simulated) == mode


def test_mark_and_legend_stand_where_a_row_is_made_up_and_only_there() -> None:
    assert mark_simulated("sim/one", simulated=True) == "~ sim/one"
    assert mark_simulated("acme/one", simulated=False) == "acme/one"
    assert legend([False, True]) == " · ~ = SIMULATED"
    assert legend([False]) == ""
