"""Accuracy against cost: what is joined, what is marked, what is open."""

from __future__ import annotations

from typing import Any

from harness.report.charts.figures import IMPORTED, LIVE, Amount
from harness.report.charts.points import Point
from harness.report.charts.scatter import MANY, pareto_spec
from harness.report.charts.theme import GROUND, NARROW, WIDE
from harness.report.render.mode import SIMULATED


def point(label: str, usd: float, accuracy: float, *, kind: str = LIVE, is_open: bool = False) -> Point:
    return Point(
        label=label,
        kind=kind,
        x=Amount(estimate=usd, low=usd * 0.9, high=None if is_open else usd * 1.1),
        y=Amount(estimate=accuracy, low=accuracy - 0.05, high=accuracy + 0.05),
    )


def spec_of(*points: Point, size: Any = WIDE) -> Any:
    spec = pareto_spec(points, size)
    assert spec is not None
    return spec


def lines(spec: Any, *, step: bool) -> list[list[tuple[float, float]]]:
    """The points that each line joins: steps of a frontier, or straight ones of efforts."""
    return [
        [(row["x"], row["y"]) for row in layer["data"]["values"]]
        for layer in spec["layer"]
        if layer["mark"]["type"] == "line" and (layer["mark"].get("interpolate") == "step-after") is step
    ]


def marks(spec: Any) -> list[Any]:
    (layer,) = (layer for layer in spec["layer"] if "shape" in layer["encoding"])
    return list(layer["data"]["values"])


def test_no_point_no_chart() -> None:
    assert pareto_spec([], WIDE) is None


def test_frontier_leaves_out_who_costs_more_for_less() -> None:
    spec = spec_of(point("a", 0.001, 0.5), point("beaten", 0.002, 0.4), point("b", 0.01, 0.9))
    assert lines(spec, step=True) == [[(0.001, 0.5), (0.01, 0.9)]]


def test_simulated_and_imported_points_never_join_the_measured_frontier() -> None:
    kinds = {LIVE: 0.0, SIMULATED: 0.01, IMPORTED: 0.02}
    points = [point(f"{kind} {n}", 0.001 * n, 0.3 * n + up, kind=kind) for kind, up in kinds.items() for n in (1, 2)]
    joined = lines(spec_of(*points), step=True)
    assert joined == [[(0.001, 0.3 + up), (0.002, 0.6 + up)] for up in kinds.values()]


def test_only_measured_points_are_filled() -> None:
    shown = marks(spec_of(point("a", 0.001, 0.5), point("b", 0.01, 0.9, kind=SIMULATED)))
    assert [row["fill"] == GROUND for row in shown] == [False, True]
    assert shown[0]["shape"] != shown[1]["shape"]


def test_effort_levels_of_a_model_are_joined_in_their_order() -> None:
    spec = spec_of(point("m@high", 0.01, 0.9), point("m@low", 0.001, 0.6), point("other", 0.005, 0.7))
    assert lines(spec, step=False) == [[(0.001, 0.6), (0.01, 0.9)]]


def test_partly_unknown_dollars_stand_at_the_known_part_with_an_arrow_and_off_the_frontier() -> None:
    spec = spec_of(point("a", 0.001, 0.5), point("b", 0.01, 0.9), point("open", 0.0001, 0.8, is_open=True))
    assert lines(spec, step=True) == [[(0.001, 0.5), (0.01, 0.9)]]
    (arrow,) = (layer for layer in spec["layer"] if layer["mark"].get("shape") == "triangle-right")
    assert [row["x"] for row in arrow["data"]["values"]] == [0.0001]
    assert "arrow: known part of a cost; the rest is unknown" in spec["title"]["subtitle"]
    assert "or more" in marks(spec)[2]["said"]


def test_free_points_stand_at_the_left_end_which_says_so() -> None:
    spec = spec_of(point("local", 0.0, 0.5), point("paid", 0.01, 0.9))
    axis = next(layer for layer in spec["layer"] if "shape" in layer["encoding"])["encoding"]["x"]
    assert marks(spec)[0]["x"] == axis["scale"]["domain"][0] > 0
    assert "'$0'" in axis["axis"]["labelExpr"]


def test_many_points_and_narrow_pages_have_numbers_and_a_list_of_names() -> None:
    many = [point(f"m{n}", 0.001 * n, 0.5) for n in range(1, MANY + 2)]
    assert "15  m15" in spec_of(*many)["title"]["subtitle"]
    assert "1  m1" in spec_of(many[0], many[1], size=NARROW)["title"]["subtitle"]
    assert not any(line.endswith("m1") for line in spec_of(many[0], many[1])["title"]["subtitle"])


def test_name_with_an_at_sign_that_names_no_effort_is_a_model_of_its_own() -> None:
    spec = spec_of(point("others/model@20250929", 0.01, 0.5), point("others/model@20251101", 0.02, 0.6))
    assert lines(spec, step=False) == []
