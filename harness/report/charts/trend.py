"""How a task's figures went over several runs: accuracy of each model by the date of the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.report.charts.draw import Spec
from harness.report.charts.figures import Amount, ModelFigures, TaskFigures
from harness.report.charts.names import full_name, line_limit, numbered, shortened
from harness.report.charts.theme import BLUE, GREEN, ORANGE, PURPLE, Size, themed

COLOURS = (BLUE, ORANGE, GREEN, PURPLE)
SHAPES = ("circle", "diamond", "square", "triangle-up", "cross", "triangle-down")
MAX_MODELS = 12
MOST_NAMED_RUNS = 8
"""Of more runs the dates alone are shown; a point says its run."""
KEY = 130
"""Pixels left of the names of lines."""


def trend_spec(runs: Sequence[TaskFigures], size: Size) -> Spec | None:
    """Accuracy with 95% CI by run; None for fewer than two runs. Versions of a task are different lines."""
    ordered = sorted(runs, key=lambda one: (one.created_at, one.run))
    if len(ordered) < 2:
        return None
    steps = [f"{number}: {one.created_at:%Y-%m-%d}" for number, one in enumerate(ordered, start=1)]
    models = _lines(ordered)
    names = dict(zip(models, shortened(models, line_limit(size, less=KEY)), strict=True))
    rows = [
        {**row, "run": step, "model": names[full]}
        for step, one in zip(steps, ordered, strict=True)
        for full, row in _rows(one, ordered[0].version)
        if full in names
    ]
    sort: Spec = {"sort": steps, "axis": {"title": None, "labelAngle": -30, "labelOverlap": True}}
    spec: Spec = {
        "data": {"values": rows},
        "width": size.width - 90,
        "height": 280,
        "encoding": {
            "x": {"field": "run", "type": "ordinal", **sort},
            "xOffset": {"field": "model", "type": "nominal", "sort": list(names.values())},
        },
        "layer": _layers(list(names.values())),
    }
    key = numbered([one.run for one in ordered], size) if len(ordered) <= MOST_NAMED_RUNS else []
    return themed(spec, title="Accuracy over runs", subtitle=key)


def _line_name(model: ModelFigures, version: int, first: int) -> str:
    return full_name(model) if version == first else f"{full_name(model)} (v{version})"


def _lines(runs: Sequence[TaskFigures]) -> list[str]:
    """The lines of the chart, the first MAX_MODELS of them."""
    first = runs[0].version
    known = (_line_name(model, run.version, first) for run in runs for model in run.models if model.accuracy)
    return list(dict.fromkeys(known))[:MAX_MODELS]


def _rows(run: TaskFigures, first: int) -> Iterator[tuple[str, Spec]]:
    for model in run.models:
        found = model.accuracy
        if found is not None:
            said = f"{model.label} in {run.run}: {_percents(found)}"
            row = {"y": found.estimate, "low": found.low, "high": found.high, "said": said}
            yield _line_name(model, run.version, first), row


def _layers(names: list[str]) -> list[Spec]:
    y = {
        "field": "y",
        "type": "quantitative",
        "scale": {"zero": False},
        "axis": {"title": "accuracy, 95% CI", "format": ".0%"},
    }
    legend = {"title": None, "columns": 1, "labelLimit": 1000}
    hues, shapes = ([one[place % len(one)] for place in range(len(names))] for one in (COLOURS, SHAPES))
    colour = {"field": "model", "scale": {"domain": names, "range": hues}, "legend": legend}
    shape = {"field": "model", "scale": {"domain": names, "range": shapes}, "legend": legend}
    point = {"y": y, "color": colour, "shape": shape, "description": {"field": "said"}}
    ends = {"y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour}
    return [
        {"mark": {"type": "line", "aria": False, "strokeWidth": 1.5}, "encoding": {"y": y, "color": colour}},
        {"mark": {"type": "rule", "aria": False}, "encoding": ends},
        {"mark": {"type": "point", "filled": True, "size": 70, "opacity": 1}, "encoding": point},
    ]


def _percents(found: Amount) -> str:
    high = found.estimate if found.high is None else found.high
    return f"{found.estimate:.0%} [{found.low:.0%}, {high:.0%}]"
