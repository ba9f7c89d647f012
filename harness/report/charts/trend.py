"""How a task's figures went over several runs: accuracy of each model by the date of the run."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.charts.draw import Spec
from harness.report.charts.figures import Amount, TaskFigures
from harness.report.charts.rows import name
from harness.report.charts.theme import BLUE, GREEN, ORANGE, PURPLE, Size, themed

COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down")
MAX_MODELS = 12


def trend_spec(runs: Sequence[TaskFigures], size: Size) -> Spec | None:
    """Accuracy with 95% CI by run; None for fewer than two runs. Versions of a task are different lines."""
    ordered = sorted(runs, key=lambda one: (one.created_at, one.run))
    if len(ordered) < 2:
        return None
    steps = [f"{one.created_at:%Y-%m-%d} {one.run}" for one in ordered]
    rows = [
        {
            "run": step,
            "model": name(model) if one.version == ordered[0].version else f"{name(model)} (v{one.version})",
            "y": model.accuracy.estimate,
            "low": model.accuracy.low,
            "high": model.accuracy.high,
            "said": f"{model.label} in {one.run}: " + _percents(model.accuracy),
        }
        for step, one in zip(steps, ordered, strict=True)
        for model in one.models
        if model.accuracy is not None
    ]
    models = list(dict.fromkeys(row["model"] for row in rows))[:MAX_MODELS]
    rows = [row for row in rows if row["model"] in models]
    x = {
        "field": "run",
        "type": "ordinal",
        "sort": steps,
        "axis": {"title": "run", "labelAngle": -30, "labelLimit": 150, "labelOverlap": True},
    }
    y = {
        "field": "y",
        "type": "quantitative",
        "scale": {"zero": False},
        "axis": {"title": "accuracy, 95% CI", "format": ".0%"},
    }
    domain = {"domain": models}
    colour = {"field": "model", "scale": {**domain, "range": [COLOURS[place % 4] for place in range(len(models))]}}
    shape = {"field": "model", "scale": {**domain, "range": [SHAPES[place % 6] for place in range(len(models))]}}
    legend = {"title": None, "columns": 2 if size.width > 400 else 1, "labelLimit": size.width - 60}
    offset = {"field": "model", "type": "nominal", "sort": models}
    layers = [
        {
            "mark": {"type": "line", "aria": False, "strokeWidth": 1.5},
            "encoding": {"y": y, "color": {**colour, "legend": legend}},
        },
        {
            "mark": {"type": "rule", "aria": False},
            "encoding": {"y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": {**colour, "legend": legend}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 70, "opacity": 1},
            "encoding": {
                "y": y,
                "color": {**colour, "legend": legend},
                "shape": {**shape, "legend": legend},
                "description": {"field": "said"},
            },
        },
    ]
    spec: Spec = {
        "data": {"values": rows},
        "width": size.width - 90,
        "height": 280,
        "encoding": {"x": x, "xOffset": offset},
        "layer": layers,
    }
    return themed(spec, title="Accuracy over runs", subtitle=[])


def _percents(found: Amount) -> str:
    high = found.estimate if found.high is None else found.high
    return f"{found.estimate:.0%} [{found.low:.0%}, {high:.0%}]"
