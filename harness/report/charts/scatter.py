"""Charts with a point for each model: accuracy against dollars, latency against dollars, accuracy over runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from harness.report.charts.axes import Axis, dollar_axis, log_axis
from harness.report.charts.draw import Spec
from harness.report.charts.figures import IMPORTED, LIVE, REPLAYED, Amount, TaskFigures
from harness.report.charts.labels import Box, place_labels
from harness.report.charts.names import numbered
from harness.report.charts.points import HEIGHT, KINDS, Plane, Point, bars_of, frontiers, steps_of
from harness.report.charts.theme import CHARACTER, GROUND, LINE, NARROW, Size, themed
from harness.report.render.mode import SIMULATED

MANY = 14
"""From so many points on names would crowd the plot: numbers stand at the points, names above it."""
CROWDED = 3.5
"""So do names of more than so many widths of the plot in all."""


def accuracy_cost_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Accuracy against dollars for one task; None without a point."""
    points = [
        Point(label=one.label, kind=one.kind, x=one.usd_per_task, y=one.accuracy, has_gpu_cost=one.has_gpu_cost)
        for one in figures.models
        if one.accuracy is not None and one.usd_per_task is not None
    ]
    return pareto_spec(points, size)


def pareto_spec(points: Sequence[Point], size: Size) -> Spec | None:
    """Accuracies (shares) against dollars for one task, with a frontier for each kind; None without a point."""
    if not points:
        return None
    x = dollar_axis([one.x for one in points], title="dollars per task, all attempts (log scale)")
    lowest = min(one.y.low for one in points)
    # The axis starts at 0 unless all lie far above it: a cut axis makes small differences look large.
    floor = max(0.0, math.floor(10 * lowest) / 10 - 0.1) if lowest > 0.3 else 0.0
    ticks = [round(1 - 0.1 * step, 1) for step in range(round((1 - floor) * 10) + 1)]
    y = Axis(
        title="accuracy, 95% CI",
        low=floor,
        high=1.0,
        is_log=False,
        label="format(datum.value, '.0%')",
        ticks=tuple(ticks if len(ticks) < 8 else ticks[::2]),
    )
    shown = [replace(one, said=one.said or _said(one)) for one in points]
    return scatter(shown, x, y, size, title="Accuracy against cost", fronts=frontiers(shown))


def latency_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Median seconds of an answer against dollars for one task; None without a point."""
    points = []
    for one in figures.models:
        if one.total_s is not None and one.usd_per_task is not None:
            _, low, middle, high, _ = one.total_s
            said = f"{one.label}: median {middle:.2f} s, middle half {low:.2f} to {high:.2f} s"
            seconds = Amount(estimate=middle, low=low, high=high)
            points.append(Point(label=one.label, kind=one.kind, x=one.usd_per_task, y=seconds, said=said))
    if not points:
        return None
    x = dollar_axis([one.x for one in points], title="dollars per task, all attempts (log scale)")
    title = "latency in seconds: median, middle half"
    y = log_axis([one.y for one in points], title=title, label="format(datum.value, '~r')")
    return scatter(points, x, y, size, title="Latency against cost")


def scatter(
    points: Sequence[Point], x: Axis, y: Axis, size: Size, *, title: str, fronts: Sequence[Sequence[Point]] = ()
) -> Spec:
    """Points with both bounds and their names; an open bound ends in an arrow. `fronts` are joined by steps."""
    plane = Plane(x=x, y=y, width=size.width - 70)
    full = [one.name for one in points]
    is_numbered = size is NARROW or len(points) > MANY or CHARACTER * sum(map(len, full)) > CROWDED * plane.width
    names = [str(number) for number in range(1, len(full) + 1)] if is_numbered else full
    key = numbered(full, size) if is_numbered else []
    place = {"x": {"field": "x", **x.spec()}, "y": {"field": "y", **y.spec()}}
    rows = [_row(one, plane) for one in points]
    lines = [*map(_front_line, fronts), *_effort_lines(points)]
    layers: list[Spec] = [
        *({**one, "encoding": {**place, **one["encoding"]}} for one in lines),
        _rule(rows, place, across="x"),
        _rule(rows, place, across="y"),
        _arrows(rows, place),
        _marks(rows, place),
        *_names(points, names, plane, fronts),
    ]
    subtitle = [*_legend(points, has_front=bool(fronts)), *key]
    return themed({"width": plane.width, "height": HEIGHT, "layer": layers}, title=title, subtitle=subtitle)


def _legend(points: Sequence[Point], *, has_front: bool) -> list[str]:
    """What marks mean, one line each."""
    kinds = {one.kind for one in points}
    words = {
        LIVE: "circle: measured",
        SIMULATED: "hollow, ~: SIMULATED, not measured",
        IMPORTED: "hollow square, ^: IMPORTED, not measured by us",
        REPLAYED: "hollow triangle, =: REPLAYED, recorded earlier",
    }
    lines = [text for kind, text in words.items() if kind in kinds]
    if has_front:
        is_mixed = len(kinds) > 1 or len({one.has_gpu_cost for one in points}) > 1
        lines.append("dashed: Pareto frontier of each kind" if is_mixed else "dashed: Pareto frontier")
    if _swept(points):
        lines.append("thin line: effort levels of one model")
    if any(one.x.high is None for one in points):
        lines.append("arrow: known part of a cost; the rest is unknown")
    return lines


def _row(one: Point, plane: Plane) -> Spec:
    x, y = plane.x, plane.y
    colour, shape = KINDS[one.kind]
    return {
        "x": max(one.x.estimate, x.low),
        "x_low": max(one.x.low, x.low),
        "x_high": x.high if one.x.high is None else max(one.x.high, x.low),
        "is_open": one.x.high is None,
        "y": one.y.estimate,
        "y_low": max(one.y.low, y.low),
        "y_high": one.y.estimate if one.y.high is None else one.y.high,
        "colour": colour,
        "fill": colour if one.kind == LIVE else GROUND,
        "shape": shape,
        "said": one.said,
    }


def _rule(rows: Sequence[Spec], place: Spec, *, across: str) -> Spec:
    own: Spec = {
        across: {**place[across], "field": f"{across}_low"},
        f"{across}2": {"field": f"{across}_high"},
        "stroke": _own("colour"),
    }
    if across == "x":
        own["strokeDash"] = {"condition": {"test": "datum.is_open", "value": [2, 3]}, "value": [1, 0]}
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "rule", "strokeWidth": 1.5, "aria": False},
        "encoding": {**place, **own},
    }


def _arrows(rows: Sequence[Spec], place: Spec) -> Spec:
    return {
        "data": {"values": [row for row in rows if row["is_open"]]},
        "mark": {"type": "point", "shape": "triangle-right", "filled": True, "size": 60, "opacity": 1, "aria": False},
        "encoding": {**place, "x": {**place["x"], "field": "x_high"}, "fill": _own("colour")},
    }


def _marks(rows: Sequence[Spec], place: Spec) -> Spec:
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "point", "size": 90, "strokeWidth": 2, "opacity": 1},
        "encoding": {
            **place,
            "stroke": _own("colour"),
            "fill": _own("fill"),
            "shape": _own("shape"),
            "description": {"field": "said"},
        },
    }


def _own(field: str) -> Spec:
    """A colour or a shape as the row names it."""
    return {"field": field, "type": "nominal", "scale": None}


def _names(
    points: Sequence[Point], names: Sequence[str], plane: Plane, fronts: Sequence[Sequence[Point]]
) -> list[Spec]:
    at = [plane.place(one.x.estimate, one.y.estimate) for one in points]
    bars = [
        *(bar for one in points for bar in bars_of(one, plane)),
        *(bar for one in fronts for bar in steps_of(one, plane)),
    ]
    area = Box(2, 2, plane.width, HEIGHT - 2)
    placed = place_labels(at, [CHARACTER * len(name) + 2 for name in names], bars, area=area)
    texts = [{"px": one.x, "py": one.y, "name": name} for one, name in zip(placed, names, strict=True)]
    lines = [
        {"px": own[0], "py": own[1], "px2": one.x, "py2": one.y}
        for one, own in zip(placed, at, strict=True)
        if one.is_far
    ]
    return [
        {
            "data": {"values": lines},
            "mark": {"type": "rule", "color": LINE, "strokeWidth": 0.8, "aria": False},
            "encoding": {**_PIXELS, "x2": {"field": "px2"}, "y2": {"field": "py2"}},
        },
        {
            "data": {"values": texts},
            "mark": {"type": "text", "align": "left", "baseline": "middle", "aria": False},
            "encoding": {**_PIXELS, "text": {"field": "name"}},
        },
    ]


_PIXELS: Spec = {
    name: {"field": f"p{name}", "type": "quantitative", "scale": None, "axis": None} for name in ("x", "y")
}


def _front_line(front: Sequence[Point]) -> Spec:
    colour, _ = KINDS[front[0].kind]
    return _line(front, interpolate="step-after", color=colour, strokeWidth=1.5, strokeDash=[6, 4])


def _effort_lines(points: Sequence[Point]) -> list[Spec]:
    """A thin line through the effort levels of each model."""
    return [_line(own, color=LINE, strokeWidth=1.2) for own in _swept(points)]


def _swept(points: Sequence[Point]) -> list[list[Point]]:
    """The points of each model that is there at several efforts, from the lowest up."""
    ordered = sorted(points, key=lambda one: (one.family, one.effort))
    families = [list(group) for _, group in groupby(ordered, key=lambda one: one.family)]
    return [own for own in families if len({one.effort for one in own}) > 1]


def _line(points: Sequence[Point], **mark: object) -> Spec:
    rows = [{"x": one.x.estimate, "y": one.y.estimate, "order": number} for number, one in enumerate(points)]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "aria": False, **mark},
        "encoding": {"order": {"field": "order", "type": "quantitative"}},
    }


def _said(one: Point) -> str:
    own, usd = one.y, one.x
    bound = "or more, because a part is unknown" if usd.high is None else f"[{usd.low:.2g}, {usd.high:.2g}]"
    high = own.estimate if own.high is None else own.high
    accuracy = f"accuracy {own.estimate:.0%} [{own.low:.0%}, {high:.0%}]"
    return f"{one.label} ({one.kind}): {accuracy}, ${usd.estimate:.2g} {bound} per task"
