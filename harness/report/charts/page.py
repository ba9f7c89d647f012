"""Charts in a page: both sizes of each, of which a style sheet shows the fitting one, and their colours in the dark."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from harness.report.charts import draw
from harness.report.charts.draw import Spec
from harness.report.charts.theme import DARK, NARROW, WIDE, Size


def figure(name: str, title: str, make: Callable[[Size], Spec | None]) -> str:
    """A chart as a `figure`; empty where there is nothing to draw; how to install the library where it is missing."""
    specs = [(size, spec) for size in (WIDE, NARROW) if (spec := make(size)) is not None]
    if not specs:
        return ""
    if not draw.can_draw():
        return f"<p>{escape(draw.HOW_TO_INSTALL)}</p>"
    drawn = "".join(
        f'<div class="chart-{size.name}" tabindex="0">{draw.svg(spec, title=title)}</div>' for size, spec in specs
    )
    return f'<figure class="chart" id="{name}">{drawn}</figure>'


def style() -> str:
    """The style sheet of charts: which size is shown, and each colour's counterpart in the dark."""
    dark = "".join(
        f'svg.chart [fill="{light}"] {{ fill: {dark}; }} svg.chart [stroke="{light}"] {{ stroke: {dark}; }}\n'
        for light, dark in DARK.items()
    )
    return (
        "figure.chart { margin: 1rem 0; } .chart-wide, .chart-narrow { overflow-x: auto; max-width: 100%; }\n"
        ".chart-narrow { display: none; } svg.chart { display: block; }\n"
        "@media screen and (max-width: 48rem) { .chart-wide { display: none; } .chart-narrow { display: block; } }\n"
        f"@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n"
        "@media print { figure.chart { break-inside: avoid; } svg.chart { max-width: 100%; height: auto; } }\n"
    )
