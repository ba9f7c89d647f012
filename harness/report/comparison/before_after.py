"""Each model in two runs, paired on the samples that both runs have: accuracy, dollars and seconds before and after.

Covers the samples whose grade changed (flips), with McNemar's exact test. A model in three or more runs is compared
from each run to the next, in the order the runs were named.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from harness.core.types import Endpoint, Origin
from harness.report.comparison.model_runs import ComparedRuns, ModelRun, SharedSamples, shared_samples
from harness.report.comparison.values import PAIR_METRICS, unknown_figures
from harness.stats.intervals import Undefined
from harness.stats.metrics import METRICS, MetricSettings, Value
from harness.stats.model_data import ModelData
from harness.stats.paired import Difference, holm, paired_difference

MODEL_FIGURES = ("accuracy", "usd_per_task", "seconds_per_task")
PAIR_FIGURES = ("accuracy_difference", "cost_ratio", "seconds_ratio")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """A sample whose score differs between the two runs.

    `before` and `after` are verdicts, or with repeats such as `2 of 3 correct`; the scores are shares of graded repeats
    that are correct.
    """

    label: str
    origin: Origin
    task: str
    sample: str
    before: str
    after: str
    score_before: float
    score_after: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfter:
    """One model in two runs. `before` and `after` by name of MODEL_FIGURES, `change` by name of PAIR_FIGURES.

    `samples`: those that both runs have an outcome for; `left_out`: those that only one has. `p_adjusted`: of the test,
    by Holm over the table. `unknown`: names of the figures that rest on something unknown.
    `is_mixed`: another model than the requested one gave some answers of either run.
    """

    label: str
    first: ModelRun
    second: ModelRun
    samples: int
    left_out: int
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    change: Mapping[str, Value]
    test: Difference | Undefined
    p_adjusted: float | None
    flips: tuple[Flip, ...]
    unknown: frozenset[str]
    is_mixed: bool

    @property
    def improved(self) -> int:
        """Samples with a higher score after than before."""
        return sum(flip.score_after > flip.score_before for flip in self.flips)

    @property
    def regressed(self) -> int:
        """Samples with a lower score after than before."""
        return len(self.flips) - self.improved


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeAfterTable:
    """Every model that several runs have on one task, or on all tasks they share."""

    tasks: tuple[str, ...]
    rows: tuple[BeforeAfter, ...]

    @property
    def runs(self) -> tuple[tuple[str, str], ...]:
        """The pairs of runs, each once."""
        return tuple(dict.fromkeys((row.first.run, row.second.run) for row in self.rows))


def before_after_tables(runs: ComparedRuns, groups: Sequence[tuple[str, ...]]) -> list[BeforeAfterTable]:
    """A table for each group of tasks on which a model was run more than once."""
    tables = (BeforeAfterTable(tasks=tasks, rows=_adjusted(list(_rows(runs.on(tasks), tasks)))) for tasks in groups)
    return [table for table in tables if table.rows]


def _rows(model_runs: Sequence[ModelRun], tasks: tuple[str, ...]) -> Iterator[BeforeAfter]:
    for label in dict.fromkeys(one.endpoint.label for one in model_runs):
        # From each run to the next: three runs compared all ways would be three tests of what two changes did.
        for first, second in pairwise(one for one in model_runs if one.endpoint.label == label):
            shared = shared_samples((first, second), tasks)
            if not isinstance(shared, Undefined):
                yield _row(label, shared)


def _row(label: str, shared: SharedSamples) -> BeforeAfter:
    (first, second), (before, after) = shared.model_runs, shared.data
    settings = MetricSettings()
    return BeforeAfter(
        label=label,
        first=first,
        second=second,
        samples=shared.samples,
        left_out=shared.left_out,
        before={name: METRICS[name].value(before, settings) for name in MODEL_FIGURES},
        after={name: METRICS[name].value(after, settings) for name in MODEL_FIGURES},
        change={name: PAIR_METRICS[name](after, before, settings) for name in PAIR_FIGURES},
        test=paired_difference(after.scored(failures_wrong=False), before.scored(failures_wrong=False)),
        p_adjusted=None,
        flips=tuple(_flips(second.endpoint, before, after)),
        unknown=unknown_figures(after, before),
        is_mixed=any(one.answering(shared.tasks).is_mixed for one in (first, second)),
    )


def _adjusted(rows: Sequence[BeforeAfter]) -> tuple[BeforeAfter, ...]:
    adjusted = iter(holm([row.test.p_value for row in rows if isinstance(row.test, Difference)]))
    return tuple(replace(row, p_adjusted=next(adjusted)) if isinstance(row.test, Difference) else row for row in rows)


def _flips(model: Endpoint, before: ModelData, after: ModelData) -> Iterator[Flip]:
    first, second = before.scored(failures_wrong=False), after.scored(failures_wrong=False)
    both = np.flatnonzero((first.repeats > 0) & (second.repeats > 0))
    shares = first.correct[both] / first.repeats[both], second.correct[both] / second.repeats[both]
    # Equal shares of different numbers of repeats, such as 1/3 and 2/6, may differ in the last bit.
    for place in np.flatnonzero(np.abs(shares[0] - shares[1]) > 1e-12):
        row = int(both[place])
        task, _, sample = before.samples[row].partition("/")
        yield Flip(
            label=model.label,
            origin=model.origin,
            task=task,
            sample=sample,
            before=_verdict_text(before, row),
            after=_verdict_text(after, row),
            score_before=float(shares[0][place]),
            score_after=float(shares[1][place]),
        )


def _verdict_text(data: ModelData, row: int) -> str:
    """The verdict of a sample's only graded answer, or how many of several are correct."""
    graded = np.flatnonzero(data.graded[row])
    if len(graded) > 1:
        return f"{int(data.correct[row].sum())} of {len(graded)} correct"
    cell = row, int(graded[0])
    held = (name for name in ("correct", "truncated", "refused", "no_answer") if getattr(data, name)[cell])
    return next(held, "wrong")
