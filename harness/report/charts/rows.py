"""Charts with a row for each model: dollars per correct answer, distributions, tokens, where the money went."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from harness.core.types import Origin
from harness.report.charts.axes import Axis, dollar_axis, log_axis
from harness.report.charts.draw import Spec
from harness.report.charts.figures import MONEY_CLASSES, TOKEN_CLASSES, Amount, ModelFigures, TaskFigures
from harness.report.charts.theme import BLUE, GREEN, GROUND, LINE, ORANGE, PURPLE, TEXT, Size, themed
from harness.report.render.mode import mark_origin

ROW = 26
TOKEN_COLOURS = (BLUE, GREEN, PURPLE, ORANGE)
MONEY_COLOURS = (BLUE, ORANGE, PURPLE, LINE)


def per_correct_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Dollars of all attempts for one correct answer, with 95% CI; an arrow where a part is unknown."""
    found = [(one, one.usd_per_correct) for one in figures.models if one.usd_per_correct is not None]
    if not found:
        return None
    axis = dollar_axis([amount for _, amount in found], title="dollars, log scale")
    rows = [
        {
            "model": name(one),
            "x": max(usd.estimate, axis.low),
            "low": max(usd.low, axis.low),
            "high": axis.high if usd.high is None else max(usd.high, axis.low),
            "is_open": usd.high is None,
            "said": f"{one.label}: ${usd.estimate:.2g}"
            + (" or more" if usd.high is None else f" [{usd.low:.2g}, {usd.high:.2g}]"),
        }
        for one, usd in found
    ]
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


def ttft_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Seconds to the first token: 5% to 95%, the middle half, the median."""
    return _distribution(figures, size, lambda one: one.ttft_s, title="Time to first token", unit="seconds, log scale")


def speed_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Output tokens per second after the first text: the same quantiles."""
    return _distribution(
        figures, size, lambda one: one.tokens_per_s, title="Output speed", unit="tokens per second, log scale"
    )


def tokens_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Mean tokens of an answer by class."""
    found = {name(one): one.tokens for one in figures.models if one.tokens}
    return _stacked(
        found, TOKEN_CLASSES, TOKEN_COLOURS, size, title="Tokens by class", axis="mean tokens of an answer", form=",~r"
    )


def money_spec(figures: TaskFigures, size: Size) -> Spec | None:
    """Dollars of accepted answers, of attempts before them, of failed jobs; jobs of unknown cost are named."""
    found = {name(one): one.money for one in figures.models}
    unknown = {name(one): f"+ ? ({one.unknown_jobs} unknown)" for one in figures.models if one.unknown_jobs}
    if not unknown and not any(usd for own in found.values() for usd in own.values()):
        return None
    return _stacked(
        found,
        MONEY_CLASSES,
        MONEY_COLOURS,
        size,
        title="Where the money went",
        axis="dollars",
        form="$~r",
        ends=unknown,
    )


def name(one: ModelFigures) -> str:
    """The name of a row."""
    return mark_origin(one.label, Origin(one.kind))


def _distribution(
    figures: TaskFigures, size: Size, of: Callable[[ModelFigures], tuple[float, ...] | None], *, title: str, unit: str
) -> Spec | None:
    found = [(one, values) for one in figures.models if (values := of(one)) is not None]
    if not found:
        return None
    ends = [Amount(estimate=values[2], low=values[0], high=values[-1]) for _, values in found]
    axis: Axis = log_axis(ends, title=unit, label="format(datum.value, '~r')")
    rows = [
        {
            "model": name(one),
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


def _stacked(
    found: Mapping[str, Mapping[str, float]],
    classes: Sequence[str],
    colours: Sequence[str],
    size: Size,
    *,
    title: str,
    axis: str,
    form: str,
    ends: Mapping[str, str] | None = None,
) -> Spec | None:
    if not found:
        return None
    shown = [one for one in classes if any(own.get(one) for own in found.values())]
    rows = [
        {
            "model": model,
            "class": one,
            "value": own.get(one, 0.0),
            "order": order,
            "said": f"{model}, {one}: {own.get(one, 0.0):.3g}",
        }
        for model, own in found.items()
        for order, one in enumerate(shown)
    ]
    colour = {one: hue for one, hue in zip(classes, colours, strict=True) if one in shown}
    top = max((sum(own.values()) for own in found.values()), default=0.0) or 1.0
    x = {
        "field": "value",
        "type": "quantitative",
        "stack": "zero",
        "scale": {"domain": [0, top * (1.3 if ends else 1.05)]},
    }
    bar = _layer(
        "bar",
        {
            "x": {**x, "axis": {"title": axis, "format": form, "tickCount": 4, "labelFlush": True}},
            "color": {
                "field": "class",
                "scale": {"domain": list(colour), "range": list(colour.values())},
                "legend": {"title": None, "columns": 2},
            },
            "order": {"field": "order", "type": "quantitative"},
            "description": {"field": "said"},
        },
        stroke=GROUND,
        strokeWidth=1,
        height=16,
    )
    texts = [{"model": model, "end": sum(found[model].values()), "text": text} for model, text in (ends or {}).items()]
    end = {
        "data": {"values": texts},
        **_layer(
            "text",
            {"x": {"field": "end", "type": "quantitative"}, "text": {"field": "text"}},
            align="left",
            dx=5,
            color=TEXT,
        ),
    }
    return _by_model(rows, [bar, end] if texts else [bar], size, title=title, models=list(found))


def _layer(kind: str, encoding: Spec, **mark: object) -> Spec:
    filled = {"filled": True} if kind == "point" else {}
    return {
        "mark": {"type": kind, "opacity": 1, "aria": "description" in encoding, **filled, **mark},
        "encoding": encoding,
    }


def longest_name(names: Iterable[str], size: Size) -> int:
    """Pixels that the longest name takes left of a chart."""
    return min(size.labels, round(6.2 * max(map(len, names), default=0)))


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
        "axis": {"title": None, "labelLimit": size.labels, "ticks": False, "domain": False},
    }
    spec = {
        "data": {"values": list(rows)},
        "width": size.plot,
        "height": {"step": ROW},
        "encoding": {"y": y},
        "layer": list(layers),
    }
    return themed(spec, title=title, subtitle=list(subtitle), longest=longest_name(names, size))
