"""The Pareto chart as a reader and a parser meet it."""

from __future__ import annotations

from itertools import pairwise
from xml.etree import ElementTree

import pytest

from harness.report.render.charts import Point, pareto_chart
from harness.stats.intervals import ConfidenceInterval

SVG = "{http://www.w3.org/2000/svg}"


def point(label: str, accuracy: float, usd: float, *, simulated: bool = False) -> Point:
    bounds = ConfidenceInterval(
        estimate=accuracy, low=max(0.0, accuracy - 0.1), high=min(1.0, accuracy + 0.1), confidence=0.95, method="Wilson"
    )
    return Point(label=label, accuracy=bounds, usd=usd, simulated=simulated)


def texts(svg: str) -> list[str]:
    return [each.text or "" for each in ElementTree.fromstring(svg).iter("text")]


def positions(svg: str) -> dict[str, tuple[float, float]]:
    """Where each text begins."""
    found = {}
    for each in ElementTree.fromstring(svg).iter("text"):
        if "x" in each.attrib:
            found[each.text or ""] = (float(each.attrib["x"]), float(each.attrib["y"]))
    return found


def test_no_point_no_chart() -> None:
    assert pareto_chart([]) == ""


def test_cheaper_lies_left_and_better_lies_higher() -> None:
    at = positions(pareto_chart([point("cheap", 0.2, 0.001), point("dear", 0.9, 0.1)]))
    assert at["cheap"][0] < at["dear"][0]
    assert at["cheap"][1] > at["dear"][1]  # y grows downwards


def test_made_up_points_are_hollow_and_the_legend_says_so() -> None:
    svg = pareto_chart([point("real", 0.5, 0.01), point("mock", 0.6, 0.02, simulated=True)])
    circles = list(ElementTree.fromstring(svg).iter("circle"))
    assert sorted(one.attrib["fill"] for one in circles[:2]) == ["#2f7fd6", "none"]
    assert "~ mock" in texts(svg)
    assert any("SIMULATED" in text for text in texts(svg))


def test_live_points_alone_say_nothing_of_simulated() -> None:
    assert "SIMULATED" not in pareto_chart([point("real", 0.5, 0.01)])


def test_a_model_that_costs_nothing_stands_at_a_mark_of_its_own() -> None:
    svg = pareto_chart([point("local", 0.3, 0.0), point("paid", 0.5, 0.01)])
    at = positions(svg)
    assert at["$0"][0] < at["local"][0] < at["paid"][0]


def test_only_free_models_have_no_price_scale() -> None:
    assert [text for text in texts(pareto_chart([point("local", 0.3, 0.0)])) if text.startswith("$")] == ["$0"]


def test_names_are_escaped() -> None:
    svg = pareto_chart([point("<script>&", 0.5, 0.01)])
    assert "<script>" not in svg
    assert "<script>&" in texts(svg)


def test_names_of_points_on_one_spot_do_not_cover_each_other() -> None:
    at = positions(pareto_chart([point(f"model-{number}", 0.8, 0.01) for number in range(4)]))
    heights = sorted(at[f"model-{number}"][1] for number in range(4))
    assert all(later - earlier >= 12 for earlier, later in pairwise(heights))


@pytest.mark.parametrize(
    ("usd", "tick"), [((0.0011, 0.0042), "$0.002"), ((12.0, 90.0), "$50"), ((2e-7, 9e-7), "$0.0000005")]
)
def test_ticks_are_round_dollars_in_plain_digits(usd: tuple[float, float], tick: str) -> None:
    svg = pareto_chart([point("a", 0.5, usd[0]), point("b", 0.6, usd[1])])
    assert tick in texts(svg)
    assert not any("e-" in text for text in texts(svg) if text.startswith("$"))


def test_front_steps_through_the_models_no_other_beats() -> None:
    svg = pareto_chart([point("a", 0.2, 0.001), point("beaten", 0.1, 0.01), point("b", 0.9, 0.1)])
    dashed = [each for each in ElementTree.fromstring(svg).iter("path") if "stroke-dasharray" in each.attrib]
    assert len(dashed) == 1
    assert dashed[0].attrib["d"].count("H") == 1  # from a to b, past the one that is dearer and worse
