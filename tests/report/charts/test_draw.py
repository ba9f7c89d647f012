"""SVG of charts as a page takes it in: no style, no script, no id, nothing of a label's own."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from harness.report.charts import draw
from harness.report.charts.figures import LIVE, Amount
from harness.report.charts.page import figure, style
from harness.report.charts.points import Point
from harness.report.charts.scatter import pareto_spec
from harness.report.charts.theme import BLUE, DARK, GREEN, GROUND, LINE, ORANGE, PURPLE, TEXT, WIDE

CONTROL = "acme/\x1b[31m\x00\u202emodel"
HOSTILE = '<script>alert(1)</script>" onload="alert(1)'
POINTS = [
    Point(
        label=label,
        kind=LIVE,
        x=Amount(estimate=0.01, low=0.01, high=0.01),
        y=Amount(estimate=0.5, low=0.4, high=0.6),
    )
    for label in ("acme/one", HOSTILE, CONTROL)
]


def drawn() -> str:
    spec = pareto_spec(POINTS, WIDE)
    assert spec is not None
    return draw.svg(spec, title="accuracy against cost")


def test_control_characters_of_a_name_are_drawn_as_their_codes() -> None:
    spec = pareto_spec(POINTS, WIDE)
    assert spec is not None
    assert draw.png(spec).startswith(b"\x89PNG")  # vl-convert ends the process at such a character
    for text in (drawn(), draw.svg_file(spec)):
        assert "\\x1b[31m\\x00\\u202emodel" in text
        assert not set("\x1b\x00\u202e") & set(text)


def test_svg_is_well_formed_and_holds_only_shapes_and_text() -> None:
    root = ElementTree.fromstring(drawn())
    tags = {one.tag.rpartition("}")[2] for one in root.iter()}
    assert tags <= {"svg", "g", "path", "line", "rect", "text", "tspan", "title"}
    names = {name for one in root.iter() for name in one.attrib}
    assert not names & {"style", "id", "class", "onload", "href"} - {"class"}


def test_hovering_a_point_tells_its_figures() -> None:
    root = ElementTree.fromstring(drawn())
    titles = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}title")]
    assert any("acme/one (live): accuracy 50% [40%, 60%], $0.01 [0.01, 0.01] per task" in text for text in titles)


def test_both_sizes_stand_in_a_figure() -> None:
    page = figure("accuracy-cost", "accuracy", lambda size: pareto_spec(POINTS, size))
    assert re.findall(r'class="(chart-\w+)"', page) == ["chart-wide", "chart-narrow"]


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_at_least_four_and_a_half_in_light_and_dark() -> None:
    for colour in (TEXT, LINE, BLUE, ORANGE, GREEN, PURPLE):
        assert contrast(colour, GROUND) >= 4.5, colour
        assert contrast(DARK[colour], DARK[GROUND]) >= 4.5, colour
        assert f'[fill="{colour}"]' in style()
