"""Charts with a row for each model: dollars per correct answer, distributions, tokens, where the money went."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.report.charts.axes import Axis, dollar_axis, log_axis
from harness.report.charts.draw import Spec
from harness.report.charts.figures import MONEY_CLASSES, TOKEN_CLASSES, Amount, ModelFigures, TaskFigures
from harness.report.charts.names import row_names, row_width
from harness.report.charts.theme import BLUE, GREEN, GROUND, LINE, NARROW, ORANGE, PURPLE, TEXT, Size, themed

ROW = 26
TOKEN_COLOURS = (BLUE, GREEN, PURPLE, ORANGE)
MONEY_COLOURS = (BLUE, ORANGE, PURPLE, LINE)


def per_correct_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Dollars of all attempts for one correct answer, with 95% CI; an arrow where a part is unknown."""
    found = [(one, one.usd_per_correct) for one in figures.models if one.usd_per_correct is not None]
    if not found:
        return None
    axis = dollar_axis([amount for _, amount in found], title="dollars, log scale")
    names = row_names((one for one, _ in found), size)
    rows = [_amount_row(names[one.label], one.label, usd, axis) for one, usd in found]
    x = {"field": "x", **axis.spec()}
    dash = {"condition": {"test": "datum.is_open", "value": [4, 3]}, "value": [1, 0]}
    layers = [
        _layer(
            "rule", {"x": {**x, "field": "low"}, "x2": {"field": "high"}, "strokeDash": dash}, strokeWidth=2, color=BLUE
        ),
        {
            **_layer("point", {"x": {**x, "field": "high"}}, shape="triangle-right", size=70, color=BLUE),
            "transform": [{"filter": "datum.is_open"}],
        },
        _layer("point", {"x": x, "description": {"field": "said"}}, size=90, color=BLUE),
    ]
    return _by_model(rows, layers, size, title="Cost per correct answer", subtitle=["with 95% CI"])


def _amount_row(name: str, label: str, usd: Amount, axis: Axis) -> Spec:
    bounds = " or more" if usd.high is None else f" [{usd.low:.2g}, {usd.high:.2g}]"
    return {
        "model": name,
        "x": max(usd.estimate, axis.low),
        "low": max(usd.low, axis.low),
        "high": axis.high if usd.high is None else max(usd.high, axis.low),
        "is_open": usd.high is None,
        "said": f"{label}: ${usd.estimate:.2g}{bounds}",
    }


def ttft_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Seconds to the first token: 5% to 95%, the middle half, the median."""
    return _distribution(figures, size, lambda one: one.ttft_s, title="Time to first token", unit="seconds, log scale")


def speed_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Output tokens per second after the first text: the same quantiles."""
    return _distribution(
        figures, size, lambda one: one.tokens_per_s, title="Output speed", unit="tokens per second, log scale"
    )


def tokens_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Mean tokens of an answer by class; `?` for a model whose tokens are not all known."""
    if not any(one.tokens for one in figures.models):
        return None
    names = row_names(figures.models, size)
    bars = Bars(
        values={names[one.label]: one.tokens for one in figures.models},
        colours=dict(zip(TOKEN_CLASSES, TOKEN_COLOURS, strict=True)),
        ends={names[one.label]: "?" for one in figures.models if not one.tokens},
    )
    return _stacked(bars, size, title="Tokens by class", axis="mean tokens of an answer", form=",~r")


def money_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Dollars of accepted answers, of attempts before them, of failed jobs; jobs of unknown cost are named."""
    names = row_names(figures.models, size)
    bars = Bars(
        values={names[one.label]: one.money for one in figures.models},
        colours=dict(zip(MONEY_CLASSES, MONEY_COLOURS, strict=True)),
        ends={names[one.label]: f"+ ? ({one.unknown_jobs} unknown)" for one in figures.models if one.unknown_jobs},
    )
    if not bars.ends and not any(usd for own in bars.values.values() for usd in own.values()):
        return None
    return _stacked(bars, size, title="Where the money went", axis="dollars", form="$~r")


def _distribution(
    figures: TaskFigures, size: Size, of: Callable[[ModelFigures], tuple[float, ...] | None], *, title: str, unit: str
) -> Spec | None:
    found = [(one, values) for one in figures.models if (values := of(one)) is not None]
    if not found:
        return None
    names = row_names((one for one, _ in found), size)
    ends = [Amount(estimate=values[2], low=values[0], high=values[-1]) for _, values in found]
    axis: Axis = log_axis(ends, title=unit, label="format(datum.value, '~r')")
    rows = [
        {
            "model": names[one.label],
            **{f"q{place}": max(value, axis.low) for place, value in enumerate(values)},
            "said": f"{one.label}: " + _spread(values),
        }
        for one, values in found
    ]
    x = {"field": "q0", **axis.spec()}
    layers = [
        _layer("rule", {"x": x, "x2": {"field": "q4"}}, strokeWidth=2, color=BLUE),
        _layer(
            "bar",
            {"x": {**x, "field": "q1"}, "x2": {"field": "q3"}, "description": {"field": "said"}},
            height=12,
            color=BLUE,
        ),
        _layer("tick", {"x": {**x, "field": "q2"}}, thickness=3, height=18, color=ORANGE),
    ]
    return _by_model(rows, layers, size, title=title, subtitle=["line: 5% to 95%; bar: middle half; tick: median"])


def _spread(values: Sequence[float]) -> str:
    least, low, middle, high, most = (f"{value:.3g}" for value in values)
    return f"median {middle}, middle half {low} to {high}, 5% to 95% {least} to {most}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Stacked bars: by model its value of each class, the classes' colours, and a text at the end of some bars."""

    values: Mapping[str, Mapping[str, float]]
    colours: Mapping[str, str]
    ends: Mapping[str, str] = field(default_factory=dict)

    @property
    def classes(self) -> list[str]:
        """Those that any model has; the first where none has any: a bar of 0 keeps the model's place."""
        return [one for one in self.colours if any(own.get(one) for own in self.values.values())] or [*self.colours][:1]

    @property
    def top(self) -> float:
        """The longest bar; 1 where all are empty."""
        return max((sum(own.values()) for own in self.values.values()), default=0.0) or 1.0

    def rows(self) -> list[Spec]:
        """A row for each part of a bar."""
        return [
            {
                "model": model,
                "class": one,
                "value": own.get(one, 0.0),
                "order": order,
                "said": f"{model}, {one}: {own.get(one, 0.0):.3g}",
            }
            for model, own in self.values.items()
            for order, one in enumerate(self.classes)
        ]


def _stacked(bars: Bars, size: Size, *, title: str, axis: str, form: str) -> Spec:
    domain = [0, bars.top * (1.3 if bars.ends else 1.05)]
    x = {"field": "value", "type": "quantitative", "stack": "zero", "scale": {"domain": domain}}
    colour = {
        "field": "class",
        "scale": {"domain": bars.classes, "range": [bars.colours[one] for one in bars.classes]},
        "legend": {"title": None, "columns": 1 if size is NARROW else 2},
    }
    bar = _layer(
        "bar",
        {
            "x": {**x, "axis": {"title": axis, "format": form, "tickCount": 2 if size is NARROW else 4}},
            "color": colour,
            "order": {"field": "order", "type": "quantitative"},
            "description": {"field": "said"},
        },
        stroke=GROUND,
        strokeWidth=1,
        height=16,
    )
    layers = [bar, _ends(bars)] if bars.ends else [bar]
    return _by_model(bars.rows(), layers, size, title=title, models=list(bars.values))


def _ends(bars: Bars) -> Spec:
    texts = [{"model": one, "end": sum(bars.values[one].values()), "text": text} for one, text in bars.ends.items()]
    x = {"field": "end", "type": "quantitative"}
    own = _layer("text", {"x": x, "text": {"field": "text"}}, align="left", dx=5, color=TEXT)
    return {"data": {"values": texts}, **own}


def _layer(kind: str, encoding: Spec, **mark: object) -> Spec:
    filled = {"filled": True} if kind == "point" else {}
    return {
        "mark": {"type": kind, "opacity": 1, "aria": "description" in encoding, **filled, **mark},
        "encoding": encoding,
    }


def _by_model(
    rows: Sequence[Spec],
    layers: Sequence[Spec],
    size: Size,
    *,
    title: str,
    subtitle: Sequence[str] = (),
    models: Sequence[str] | None = None,
) -> Spec:
    names = list(models or dict.fromkeys(row["model"] for row in rows))
    y = {
        "field": "model",
        "type": "nominal",
        "sort": names,
        "axis": {"title": None, "labelLimit": 1.2 * size.labels, "ticks": False, "domain": False},
    }
    spec = {
        "data": {"values": list(rows)},
        "width": size.plot,
        "height": {"step": ROW},
        "encoding": {"y": y},
        "layer": list(layers),
    }
    return themed(spec, title=title, subtitle=list(subtitle), longest=row_width(names, size))
