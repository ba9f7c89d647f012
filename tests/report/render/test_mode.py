"""Figures that are not our own measurements say so, whatever stands beside them."""

from __future__ import annotations

from harness.core.types import Origin
from harness.report.render.mode import legend, mark_origin, mark_simulated, mode_of, origin_notes
from tests.cases import all_cases

LIVE, SIM, OTHERS = Origin.LIVE, Origin.SIMULATED, Origin.IMPORTED


@all_cases(
    ("origins", "mode"),
    [
        ([SIM, SIM], "SIMULATED"),
        ([SIM, LIVE], "live and SIMULATED"),
        ([OTHERS], "IMPORTED"),
        ([OTHERS, SIM, LIVE], "live and SIMULATED and IMPORTED"),
        ([LIVE], "live"),
        ([], "live"),
    ],
)
def test_mode_of_what_is_shown_together(origins: list[Origin], mode: str) -> None:
    assert mode_of(origins) == mode


def test_mark_and_legend_stand_where_a_row_is_not_measured_and_only_there() -> None:
    assert mark_simulated("sim/one", simulated=True) == "~ sim/one"
    assert mark_simulated("acme/one", simulated=False) == "acme/one"
    assert mark_origin("acme/one", OTHERS) == "^ acme/one"
    assert legend([LIVE, SIM]) == " · ~ = SIMULATED"
    assert legend([LIVE, OTHERS]) == " · ^ = IMPORTED"
    assert legend([LIVE]) == ""
    assert len(list(origin_notes([OTHERS, OTHERS, SIM, LIVE]))) == 2
