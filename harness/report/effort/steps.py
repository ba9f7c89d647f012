"""The effort levels of each model, every level against the one below it: accuracy, tokens, dollars for a further point.

A level without a measurable effect is told from one without a measurable gain. Intervals are those of harness.stats,
paired by sample.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import pairwise

from harness.core.labels import Effort, split_label
from harness.core.types import Origin
from harness.report.run_data.answering import AnsweringModels
from harness.report.run_data.model_series import ModelSeries
from harness.report.run_data.sample_grid import SampleGrid
from harness.stats import metrics
from harness.stats.comparisons import accuracy_difference
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.marginal import cost_per_point, mean_difference
from harness.stats.means import PerSample
from harness.stats.metrics import MetricSettings, Value
from harness.stats.model_data import ModelData
from harness.stats.ratio import mean_ratio

LIKE_TOKENS = 1.25
"""The effort is said to have no effect where the ratio of tokens is known to lie below this and above its inverse."""
DEFAULT = "default"


class StepOutcome(Enum):
    """What a level brings over the one below it."""

    MORE_ACCURATE = "more accurate"
    NO_GAIN = "no measurable gain"
    LESS_ACCURATE = "less accurate"
    NO_EFFECT = "no effect"
    NOT_KNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortLevel:
    """One model at one effort. `setting`: what was sent of reasoning, empty where that is not known."""

    label: str
    run: str
    origin: Origin
    data: ModelData
    answering: AnsweringModels
    setting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortStep:
    """A level against the next lower one of the same model in the same run.

    `samples`: graded at both. `accuracy_difference` as a share, `usd_difference` in dollars for one job, higher minus
    lower; `tokens_ratio` of generated tokens, higher over lower, without room for runaway answers; `usd_per_point`:
    dollars for one job and percentage point.
    """

    lower: EffortLevel
    higher: EffortLevel
    samples: int
    accuracy_difference: Value
    tokens_ratio: Value
    usd_difference: Value
    usd_per_point: Value

    @property
    def model(self) -> str:
        """`provider/model`."""
        return split_label(self.lower.label)[0]

    @property
    def words(self) -> str:
        """`@low to @medium`."""
        return f"{_word(self.lower.label)} to {_word(self.higher.label)}"

    @property
    def is_mixed(self) -> bool:
        """Whether another model gave some of the answers of either level."""
        return self.lower.answering.is_mixed or self.higher.answering.is_mixed

    @property
    def sent_alike(self) -> str:
        """The setting that was sent at both levels; empty where they differ or it is not known."""
        return self.lower.setting if self.lower.setting == self.higher.setting else ""

    @property
    def outcome(self) -> StepOutcome:
        """What the intervals say."""
        gain, tokens = self.accuracy_difference, self.tokens_ratio
        if not isinstance(gain, ConfidenceInterval):
            return StepOutcome.NOT_KNOWN
        if gain.low > 0:
            return StepOutcome.MORE_ACCURATE
        if gain.high < 0:
            return StepOutcome.LESS_ACCURATE
        if not isinstance(tokens, ConfidenceInterval) or tokens.excludes(1.0):
            return StepOutcome.NO_GAIN
        is_narrow = tokens.low > 1 / LIKE_TOKENS and tokens.high < LIKE_TOKENS
        return StepOutcome.NO_EFFECT if is_narrow else StepOutcome.NO_GAIN


def sweeps(labels: Iterable[str]) -> list[tuple[str, ...]]:
    """The labels of each model that is there at two efforts or more, from the lowest up.

    A model without an effort is at its default, whose place is known only where the other level is none at all.
    """
    by_model: dict[str, dict[Effort | None, str]] = {}
    for label in labels:
        try:
            name, effort = split_label(label)
        except ValueError:  # an imported model may have an @ of its own in its name
            continue
        by_model.setdefault(name, {})[effort] = label
    found = []
    for levels in by_model.values():
        named = [levels[effort] for effort in Effort if effort in levels]
        if None in levels and [effort for effort in levels if effort is not None] == [Effort.NONE]:
            named.append(levels[None])
        if len(named) > 1:
            found.append(tuple(named))
    return found


def steps_of_series(series: Sequence[ModelSeries], settings: Mapping[str, str]) -> tuple[EffortStep, ...]:
    """The steps of the models of one run on one task; `settings`: what was sent of reasoning by label."""
    own = {one.label: one for one in series if one.jobs}
    found: list[EffortStep] = []
    for labels in sweeps(own):
        grid = SampleGrid.of([own[label] for label in labels])
        levels = [
            EffortLevel(
                label=label,
                run=own[label].run,
                origin=own[label].origin,
                data=grid.model_data([own[label]]),
                answering=own[label].answering,
                setting=settings.get(label, ""),
            )
            for label in labels
        ]
        found += steps_of(levels)
    return tuple(found)


def steps_of(levels: Sequence[EffortLevel]) -> Iterator[EffortStep]:
    """The steps between levels of one model, given from the lowest up, on the same samples in the same order."""
    for lower, higher in pairwise(levels):
        yield _step(lower, higher)


def _step(lower: EffortLevel, higher: EffortLevel) -> EffortStep:
    plan = MetricSettings().plan
    first, second = higher.data, lower.data
    scores = [data.scored(failures_wrong=False) for data in (first, second)]
    usd = _both(metrics.spent_usd(first), metrics.spent_usd(second))
    tokens = _both(metrics.completion_tokens(first), metrics.completion_tokens(second))
    return EffortStep(
        lower=lower,
        higher=higher,
        samples=int(((scores[0].repeats > 0) & (scores[1].repeats > 0)).sum()),
        accuracy_difference=accuracy_difference(first, second, MetricSettings()),
        # Room for answers as long as the limit would hide that a level changes nothing at all.
        tokens_ratio=tokens
        if isinstance(tokens, Undefined)
        else mean_ratio(_plain(tokens[0]), _plain(tokens[1]), plan),
        usd_difference=usd if isinstance(usd, Undefined) else mean_difference(usd[0].quantity, usd[1].quantity, plan),
        usd_per_point=usd
        if isinstance(usd, Undefined)
        else cost_per_point((usd[0].quantity, scores[0]), (usd[1].quantity, scores[1]), plan),
    )


def _plain(quantity: metrics.PerSampleTotals) -> PerSample:
    """The quantity without room for runaway answers."""
    return replace(quantity.quantity, has_runaways=False)


def _both(
    higher: metrics.PerSampleTotals | Undefined, lower: metrics.PerSampleTotals | Undefined
) -> tuple[metrics.PerSampleTotals, metrics.PerSampleTotals] | Undefined:
    if isinstance(higher, Undefined):
        return Undefined(reason=f"higher level: {higher.reason}")
    if isinstance(lower, Undefined):
        return Undefined(reason=f"lower level: {lower.reason}")
    return higher, lower


def _word(label: str) -> str:
    effort = split_label(label)[1]
    return DEFAULT if effort is None else f"@{effort.value}"
