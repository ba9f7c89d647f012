"""Names in charts: short enough, and still different."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from harness.report.charts.names import line_limit, numbered, shortened
from harness.report.charts.theme import NARROW


def test_long_name_loses_its_middle_and_keeps_both_ends() -> None:
    assert shortened(["acme/thinker-ultra-preview@high", "b/two"], 20) == ["acme/think…view@high", "b/two"]


def test_names_that_become_equal_are_numbered() -> None:
    alike = ["acme/model-one-with-a-long-tail", "acme/model-two-with-a-long-tail"]
    assert shortened(alike, 15) == ["1 acme/m…g-tail", "2 acme/m…g-tail"]


@given(st.lists(st.text("abc/@-", min_size=1, max_size=60), unique=True, max_size=20), st.integers(12, 40))
def test_shortened_names_fit_and_stay_different(names: list[str], limit: int) -> None:
    found = shortened(names, limit)
    assert len(set(found)) == len(names)
    assert all(len(one) <= limit for one in found)


def test_lines_of_a_key_fit_the_chart_they_stand_above() -> None:
    lines = numbered(["short", "provider/" + 90 * "x"], NARROW)
    assert lines[0] == "1  short"
    assert max(map(len, lines)) <= line_limit(NARROW)
