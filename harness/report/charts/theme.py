"""How charts look: sizes, colours that every kind of colour vision tells apart, and marks beside the colours.

The colours have a contrast of 4.5 or more on white; pages exchange them in the dark (`DARK`), so that a chart is drawn
once. Text has the text's colour only.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.report.charts.draw import FONT, Spec

TEXT, GROUND, LINE = "#1b1f24", "#ffffff", "#6e7781"
GRID = "#d8dde3"
BLUE, ORANGE, GREEN, PURPLE = "#005f9e", "#a84300", "#00694d", "#8a3a7e"
CELL_DARK, CELL_LIGHT = "#000001", "#fffffe"
"""Text inside a coloured cell; the cell keeps its colour in the dark, and so does its text."""
DARK = {
    TEXT: "#e6e8eb",
    GROUND: "#14171a",
    LINE: "#9aa4af",
    GRID: "#343b43",
    BLUE: "#7cb8ff",
    ORANGE: "#ffb066",
    GREEN: "#5fd3a8",
    PURPLE: "#e3a6dc",
}
"""The colour that stands for each in the dark."""
CHARACTER = 7.2
"""Mean width of a character of a label, in pixels at 12 px, in the widest of the fonts a page may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Pixels a chart may take. `name` tells the files apart."""

    name: str
    width: int
    labels: int
    """Pixels for the names of models left of a chart."""

    @property
    def plot(self) -> int:
        """Pixels left for the plot beside names of models."""
        return self.width - self.labels - 40


WIDE = Size(name="wide", width=560, labels=200)
WIDER = 0.16
"""How much wider a name may be in a reader's font than in the one it is measured with."""
NARROW = Size(name="narrow", width=340, labels=140)


def themed(spec: Spec, *, title: str, subtitle: list[str], longest: int = 0) -> Spec:
    """The specification with a title and the look of all charts; `longest`: pixels of the longest name at its left."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": {"text": title, "subtitle": subtitle, "anchor": "start", "frame": "bounds"},
        "padding": {"left": 5 + WIDER * longest, "right": 5, "top": 5, "bottom": 5},
        "config": _CONFIG,
        **spec,
    }


_CONFIG: Spec = {
    "background": GROUND,
    "font": FONT,
    "view": {"stroke": None},
    "title": {"fontSize": 14, "color": TEXT, "subtitleFontSize": 12, "subtitleColor": TEXT, "subtitleLineHeight": 16},
    "axis": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "labelColor": TEXT,
        "titleColor": TEXT,
        "gridColor": GRID,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "legend": {
        "labelFontSize": 12,
        "titleFontSize": 12,
        "labelColor": TEXT,
        "titleColor": TEXT,
        "labelLimit": 400,
        "orient": "bottom",
        "titleFontWeight": "normal",
        "symbolOpacity": 1,
    },
    "text": {"color": TEXT, "fontSize": 12},
}
