"""Every output format of a gate names what failed and where the figures come from."""

from __future__ import annotations

from harness.report.gate.render import document
from harness.report.render.formats import OutputFormat, render
from tests.cases import all_cases
from tests.report.gate.rows import SIM, held, row_of, scores


@all_cases("form", OutputFormat)
def test_every_form_names_what_failed_and_that_it_is_made_up(form: OutputFormat) -> None:
    then = row_of(scores(30, 0), terms=SIM)
    found = held(then, row_of([*scores(0, 1), *scores(29, 0)], terms=SIM))
    shown = render(document(found), form)
    assert "SIMULATED" in shown
    assert "1 lost (s000)" in shown
    assert "failed" in shown.lower()
