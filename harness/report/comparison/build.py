"""Models on the same samples: the figures of each, and each against a baseline, with confidence intervals.

Covers the models of one run or of several, a table for each task and one over all. Every interval and test comes from
harness.stats; what cannot be stated is an Undefined with its reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.core.prices import CostUnknown
from harness.report.caching.build import CachingTable, caching_tables
from harness.report.caching.render import caching_notes
from harness.report.comparison.before_after import BeforeAfterTable, before_after_tables
from harness.report.comparison.model_runs import ComparedRuns, ModelRun, SharedSamples, shared_samples
from harness.report.comparison.notes import before_after_notes, group_name, run_notes, table_notes
from harness.report.comparison.values import (
    LOWEST_IS_BEST,
    MODEL_METRICS,
    PAIR_METRICS,
    ComparisonRow,
    ComparisonTable,
    PairwiseComparison,
    ParetoPosition,
    unknown_figures,
)
from harness.report.effort.render import effort_notes
from harness.report.effort.steps import EffortLevel, EffortStep, steps_of, sweeps
from harness.report.findings.build import findings_rows
from harness.report.render.mode import mode_of
from harness.stats import metrics, pareto
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import METRICS, MetricSettings, Value
from harness.stats.model_data import ModelData
from harness.stats.paired import Difference, OverallBest, holm, overall_best, paired_difference
from harness.stats.power import ALPHA, detectable_at_power
from harness.stats.resample import STANDARD


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison:
    """All that a comparison shows: each model that is in several runs before and after, then models against each other.

    `notes` are whole sentences.
    """

    runs: tuple[str, ...]
    before_after: tuple[BeforeAfterTable, ...]
    caching: tuple[CachingTable, ...]
    tables: tuple[ComparisonTable, ...]
    notes: tuple[str, ...]

    @property
    def mode(self) -> str:
        """Where the figures come from, in words."""
        return mode_of(row.model_run.origin for table in self.tables for row in table.rows)


def compare_models(runs: ComparedRuns, *, baseline: str | None) -> ModelComparison:
    """A table for each task, and over all tasks where there are several; each model before and after likewise.

    The baseline is the first model of the first run unless named: one chosen for its figures would be flattered by
    chance. Raises UsageError for a baseline that is none of the models.
    """
    chosen = _baseline(runs, baseline)
    notes = [*run_notes(runs)]
    tables = []
    groups: list[tuple[str, ...]] = [(task,) for task in runs.tasks]
    if len(groups) > 1:
        groups.append(runs.tasks)
    before_after = before_after_tables(runs, groups)
    for changed in before_after:
        notes += before_after_notes(changed)
    caching = caching_tables(runs, groups)
    for cached in caching:
        notes += caching_notes(cached, group_name(cached.tasks))
    for tasks in groups:
        there = runs.on(tasks)
        where = group_name(tasks)
        if not there or (len(there) < 2 and len(tasks) > 1):
            notes.append(f"{where}: no two models ran all of {', '.join(tasks)}, so there is no table over all tasks")
            continue
        shared = shared_samples(there, tasks)
        if isinstance(shared, Undefined):
            notes.append(f"{where}: no table: {shared.reason}")
            continue
        table = _table(shared, chosen)
        tables.append(table)
        notes += table_notes(table, where, chosen)
        notes += effort_notes(table.efforts, where)
    return ModelComparison(
        runs=tuple(dict.fromkeys(one.run for one in runs.model_runs)),
        before_after=tuple(before_after),
        caching=tuple(caching),
        tables=tuple(tables),
        notes=tuple(notes),
    )


def _baseline(runs: ComparedRuns, name: str | None) -> str:
    labels = [one.label for one in runs.model_runs]
    if name is None:
        return labels[0]
    if name in labels:
        return name
    several = [label for label in labels if label.startswith(f"{name} [")]
    if several:
        raise UsageError(f"--baseline {name} is in several runs; name one of them: {', '.join(map(repr, several))}")
    raise UsageError(f"--baseline {name!r} is not a model of these runs; {closest_names(name, labels)}")


def _table(shared: SharedSamples, wanted: str) -> ComparisonTable:
    labels = [one.label for one in shared.model_runs]
    at = labels.index(wanted) if wanted in labels else 0
    settings = MetricSettings(k=None)
    values = [{name: METRICS[name].value(data, settings) for name in MODEL_METRICS} for data in shared.data]
    # Where another model gave some of the answers, the figures are not the named model's own: it is best in nothing.
    mixed = [one.answering(shared.tasks).is_mixed for one in shared.model_runs]
    pairs = _pairwise_comparisons(shared, at)
    best = _best(shared, values)
    by_usd, by_s = _fronts(shared.data, metrics.spent_usd), _fronts(shared.data, metrics.total_s)
    return ComparisonTable(
        tasks=shared.tasks,
        samples=shared.samples,
        left_out=shared.left_out,
        repeats=shared.repeats,
        baseline=labels[at],
        rows=tuple(
            ComparisonRow(
                model_run=one,
                answering=one.answering(shared.tasks),
                graded=int(shared.data[place].graded.sum()),
                values=values[place],
                vs_baseline=pairs[place],
                pareto_usd=by_usd[place],
                pareto_s=by_s[place],
                best=frozenset(name for name, winner in best.items() if winner == place and not mixed[place]),
                unknown=unknown_figures(shared.data[place], shared.data[at]),
            )
            for place, one in enumerate(shared.model_runs)
        ),
        efforts=tuple(_effort_steps(shared)),
        findings=tuple(findings_rows(shared, at)),
    )


def _effort_steps(shared: SharedSamples) -> Iterator[EffortStep]:
    """The steps of every model that a run asked at several efforts."""
    for run in dict.fromkeys(one.run for one in shared.model_runs):
        own = {one.endpoint.label: place for place, one in enumerate(shared.model_runs) if one.run == run}
        for labels in sweeps(own):
            yield from steps_of([_level(shared, own[label]) for label in labels])


def _level(shared: SharedSamples, place: int) -> EffortLevel:
    one = shared.model_runs[place]
    return EffortLevel(
        label=one.endpoint.label,
        run=one.run,
        origin=one.origin,
        data=shared.data[place],
        answering=one.answering(shared.tasks),
    )


def _pairwise_comparisons(shared: SharedSamples, at: int) -> list[PairwiseComparison | None]:
    other = shared.data[at]
    mixed = [one.answering(shared.tasks).is_mixed for one in shared.model_runs]
    found: list[PairwiseComparison | None] = []
    for place, data in enumerate(shared.data):
        if place == at:
            found.append(None)
            continue
        # A failure is no wrong answer, so the test leaves such samples out; the other reading has a column of its own.
        test = paired_difference(data.scored(failures_wrong=False), other.scored(failures_wrong=False))
        found.append(
            PairwiseComparison(
                values={name: value(data, other, MetricSettings()) for name, value in PAIR_METRICS.items()},
                test=test,
                p_adjusted=None,
                detectable=detectable_at_power(test),
                list_ratios=_list_ratios(shared.model_runs[place], shared.model_runs[at]),
                is_mixed=mixed[place] or mixed[at],
            )
        )
    return _adjusted(found)


def _adjusted(pairs: Sequence[PairwiseComparison | None]) -> list[PairwiseComparison | None]:
    # Every model is tested against one baseline: with nine of them and no correction, chance alone would show a
    # difference at 5% in 37% of tables (1 - 0.95^9). Holm 1979, Scand. J. Statist. 6:65, keeps that at 5%.
    tested = [pair.test.p_value for pair in pairs if pair is not None and isinstance(pair.test, Difference)]
    adjusted = iter(holm(tested))
    return [
        replace(pair, p_adjusted=next(adjusted)) if pair is not None and isinstance(pair.test, Difference) else pair
        for pair in pairs
    ]


def _list_ratios(one: ModelRun, other: ModelRun) -> Mapping[str, float] | Undefined:
    """List prices of one over those of the other: input, output, and blended 3:1."""
    for each in (one, other):
        if isinstance(each.list_price, CostUnknown):
            return Undefined(reason=f"{each.label}: {each.list_price.reason}")
    first, second = one.list_price, other.list_price
    assert not isinstance(first, CostUnknown)
    assert not isinstance(second, CostUnknown)
    if not (second.prompt_usd and second.completion_usd):
        return Undefined(reason=f"{other.label} has a list price of 0, so no ratio exists")
    return {
        "input": float(first.prompt_usd / second.prompt_usd),
        "output": float(first.completion_usd / second.completion_usd),
        "blended": float(first.blended_usd / second.blended_usd),
    }


def _best(shared: SharedSamples, values: Sequence[Mapping[str, Value]]) -> dict[str, int]:
    """By figure the one model that is separated from every other one; none where none is.

    Accuracy: paired intervals exclude 0 and Holm's p over all pairs at most 5%. The others: paired ratios exclude 1
    at 95% confidence divided among all pairs (Bonferroni), since a ratio has no p-value.
    """
    found: dict[str, int] = {}
    accurate = overall_best([one.scored(failures_wrong=False) for one in shared.data])
    if isinstance(accurate, OverallBest):
        found["accuracy"] = accurate.position
    models = len(shared.data)
    if models < 2:
        return found
    strict = MetricSettings(plan=replace(STANDARD, confidence=1 - ALPHA / (models * (models - 1) / 2)))
    bases = {one.has_gpu_cost for one in shared.model_runs}
    for name, ratio in LOWEST_IS_BEST.items():
        if "usd" in name and len(bases) > 1:
            continue  # GPU time and token prices are two kinds of cost
        stated = [value[name] for value in values]
        known = [(one.estimate, place) for place, one in enumerate(stated) if isinstance(one, ConfidenceInterval)]
        if len(known) < models:
            continue  # one that is not known may be the lowest
        place = min(known)[1]
        rivals = [
            PAIR_METRICS[ratio](shared.data[place], data, strict) for at, data in enumerate(shared.data) if at != place
        ]
        if all(isinstance(rival, ConfidenceInterval) and rival.high < 1 for rival in rivals):
            found[name] = place
    return found


def _fronts(models: Sequence[ModelData], of: metrics.Quantity) -> list[ParetoPosition | Undefined]:
    """Each model's standing among those whose accuracy and cost are both known."""
    if len(models) < 2:
        return [Undefined(reason="one model: there is nothing to compare it with")]
    standings: list[ParetoPosition | Undefined] = []
    taking_part: list[tuple[int, metrics.PerSampleTotals]] = []
    for place, data in enumerate(models):
        tally = of(data)
        standings.append(tally if isinstance(tally, Undefined) else Undefined(reason="no answer is graded"))
        if not isinstance(tally, Undefined) and data.graded.any():
            taking_part.append((place, tally))
    if len(taking_part) < 2:
        alone = Undefined(reason="no other model's accuracy and cost are both known")
        for place, _ in taking_part:
            standings[place] = alone
        return standings
    scores = [models[place].scored(failures_wrong=False) for place, _ in taking_part]
    found = pareto.pareto_front(scores, [tally.quantity for _, tally in taking_part])
    for position, (place, _) in enumerate(taking_part):
        standings[place] = (
            found
            if isinstance(found, Undefined)
            else ParetoPosition(on_front=found.on_front[position], chance=found.chance[position])
        )
    return standings
