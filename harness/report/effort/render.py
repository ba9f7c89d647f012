"""The table of effort levels, each against the one below it, and the warnings of levels without an effect."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from harness.core.types import Origin
from harness.report.effort.steps import EffortStep, StepOutcome
from harness.report.render.figure_records import figure_record, flat_values
from harness.report.render.interval_text import figure_text, number_with_ci, points_text, usd_text
from harness.report.render.language import tr
from harness.report.render.mode import mark_origin
from harness.report.render.number_format import UNKNOWN
from harness.report.render.table import Column, Table, prose_column
from harness.report.run_data.answering import OTHER_MODEL_NOTE, marked
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.marginal import NO_GAIN
from harness.stats.metrics import Value

FIGURES = ("accuracy_difference", "tokens_ratio", "usd_difference", "usd_per_point")
CSV_KEYS = ("effort_from", "effort_outcome", *(f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")))
"""What a line of CSV on a level has beside the figures of its row."""


def effort_tables(steps: Sequence[EffortStep]) -> Iterator[Table[EffortStep]]:
    """A table for each model."""
    is_several = len({step.higher.run for step in steps}) > 1
    for _, group in groupby(steps, key=lambda step: (step.higher.run, step.model)):
        own = tuple(group)
        run = f" [{own[0].higher.run}]" if is_several else ""
        yield Table(
            title=f"reasoning effort of {own[0].model}{run}: each level against the level below",
            columns=COLUMNS,
            rows=own,
            footnotes=(OTHER_MODEL_NOTE,) if any(step.is_mixed for step in own) else (),
            is_marked=lambda step: step.higher.origin is not Origin.LIVE,
        )


def effort_notes(steps: Sequence[EffortStep], where: str) -> Iterator[str]:
    """A warning for each level that had no effect, or that was sent as the one below."""
    for step in steps:
        place = f"{step.model} on {where}"
        if step.sent_alike:
            yield f"{place}: effort {step.words}: both were sent as {step.sent_alike}, so the levels are one"
        elif step.outcome is StepOutcome.NO_EFFECT:
            yield (
                f"{place}: effort {step.words} had no effect: {_ratio(step.tokens_ratio)} times the generated tokens "
                f"and {_points(step.accuracy_difference)} points of accuracy; the provider may ignore it"
            )


def effort_records(steps: Sequence[EffortStep]) -> list[dict[str, object]]:
    """The JSON form: every figure as {estimate, low, high, method} or {undefined: why}."""
    return [
        {
            "model": step.model,
            "run": step.higher.run,
            "lower": step.lower.label,
            "higher": step.higher.label,
            "samples": step.samples,
            "outcome": step.outcome.value,
            **{name: figure_record(getattr(step, name)) for name in FIGURES},
        }
        for step in steps
    ]


def effort_flat(step: EffortStep) -> dict[str, object]:
    """What a line of CSV on the higher level has of the step."""
    figures = flat_values({name: getattr(step, name) for name in FIGURES})
    return {"effort_from": step.lower.label, "effort_outcome": step.outcome.value, **figures}


def _ratio(value: Value) -> str:
    return number_with_ci(value) if isinstance(value, ConfidenceInterval) else UNKNOWN


def _points(value: Value) -> str:
    return points_text(value) if isinstance(value, ConfidenceInterval) else UNKNOWN


def _text(step: EffortStep, name: str, write: Callable[[ConfidenceInterval], str]) -> str:
    value: Value = getattr(step, name)
    if isinstance(value, Undefined) and value.reason == NO_GAIN:
        return tr(step.outcome.value)
    text = figure_text(name, value, {name}, write)
    return text if text == UNKNOWN else marked(text, is_mixed=step.is_mixed)


def _column(
    name: str, title: str, meaning: str, write: Callable[[ConfidenceInterval], str], *, rank: int = 0
) -> Column[EffortStep]:
    return Column(
        key=name,
        title=title,
        meaning=meaning,
        text=lambda step: _text(step, name, write),
        value=lambda step: _estimate(getattr(step, name)),
        rank=rank,
        lowest_is_best=name.startswith("usd"),
    )


def _estimate(value: Value) -> float | None:
    return value.estimate


COLUMNS: tuple[Column[EffortStep], ...] = (
    prose_column("step", "effort", lambda step: mark_origin(step.words, step.higher.origin)),
    _column(
        "accuracy_difference",
        "gain (pp)",
        "accuracy of the higher level minus the lower, in percentage points, paired by sample",
        points_text,
    ),
    _column(
        "usd_per_point",
        "$/job per point",
        "further dollars of one job for each further percentage point of accuracy; in words where the CI of the gain "
        "does not lie above 0 (no effect: the CI of the ratio of tokens lies within 0.8 to 1.25 and holds 1)",
        usd_text,
    ),
    _column("usd_difference", "$/job more", "dollars of one job, higher level minus lower", usd_text, rank=2),
    _column("tokens_ratio", "tokens", "generated tokens of an answer, higher level over lower", number_with_ci, rank=1),
)
