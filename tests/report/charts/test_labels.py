"""Names in a chart cover neither one another nor points."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.report.charts.labels import HEIGHT, Box, place_labels

AREA = Box(0, 0, 650, 340)
POINTS = st.lists(st.tuples(st.floats(20, 600), st.floats(20, 320)), min_size=1, max_size=14)


@given(points=POINTS)
@settings(max_examples=60, deadline=None)
def test_fourteen_names_anywhere_never_overlap(points: list[tuple[float, float]]) -> None:
    widths = [90.0] * len(points)
    placed = place_labels(points, widths, [], area=AREA)
    boxes = [Box(one.x, one.y - HEIGHT / 2, one.x + 90, one.y + HEIGHT / 2) for one in placed]
    assert all(one.overlap(other) == 0 for one, other in combinations(boxes, 2))
    assert all(box.left >= 0 and box.right <= 650 for box in boxes)


def test_a_name_avoids_a_bar_beside_its_point() -> None:
    bar = Box(100, 98, 400, 102)
    (placed,) = place_labels([(100, 100)], [80], [bar], area=AREA)
    assert Box(placed.x, placed.y - HEIGHT / 2, placed.x + 80, placed.y + HEIGHT / 2).overlap(bar) == 0
    assert not placed.is_far


def test_the_last_of_many_names_at_one_place_is_led_to_its_point() -> None:
    placed = place_labels([(300.0, 170.0)] * 12, [90.0] * 12, [], area=AREA)
    assert any(one.is_far for one in placed)
