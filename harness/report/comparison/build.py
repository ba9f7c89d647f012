"""Models side by side on the same samples: what each is worth, and each against a baseline, with intervals.

Covers the models of one run or of several, a table for each task and one over all. Every interval and test comes from
harness.stats; what cannot be stated is an Undefined with its reason. Pure: files to values. Not here: reading and
refusing runs (model_rows), layout (compare_tables).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.core.plurals import counted
from harness.core.prices import CostUnknown
from harness.report.comparison.model_runs import ComparedRuns, ModelRun, SharedSamples, shared_samples
from harness.report.render.mode import SIMULATED_NOTE, mode_of
from harness.report.run_data.anytime import anytime_difference
from harness.stats import metrics, pareto
from harness.stats.comparisons import comparison_value as compare_pair
from harness.stats.comparisons import quantity_ratio
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import METRICS, MetricSettings, Value
from harness.stats.model_data import ModelData
from harness.stats.paired import Difference, OverallBest, holm, overall_best, paired_difference
from harness.stats.power import ALPHA, detectable_at_power
from harness.stats.resample import STANDARD

MODEL_METRICS = (
    "accuracy",
    "accuracy_failures_wrong",
    "pass_at_k",
    "maj_at_k",
    "pass_hat_k",
    "usd_per_task",
    "usd_per_correct",
    "tokens_per_task",
    "seconds_per_task",
    "ttft_s",
    "tokens_per_s",
    "share_failed",
    "share_truncated",
    "share_refused",
    "share_priced",
)
"""What is stated of each model, by its name in METRICS."""

REPEATED = ("pass_at_k", "maj_at_k", "pass_hat_k")
"""Those of them that say nothing beyond the accuracy where there is one repeat."""

Pair = Callable[[ModelData, ModelData, MetricSettings], Value]

PAIR_METRICS: Mapping[str, Pair] = MappingProxyType(
    {
        "accuracy_difference": partial(compare_pair, "accuracy_difference"),
        "accuracy_difference_failures_wrong": partial(compare_pair, "accuracy_difference_failures_wrong"),
        "cost_ratio": partial(compare_pair, "cost_ratio"),
        "cost_per_correct_ratio": partial(compare_pair, "cost_per_correct_ratio"),
        "tokens_per_s_ratio": partial(compare_pair, "tokens_per_s_ratio"),
        "seconds_ratio": partial(quantity_ratio, of=metrics.total_s),
        "verbosity_ratio": partial(compare_pair, "verbosity_ratio"),
        "break_even_verbosity": partial(compare_pair, "break_even_verbosity"),
    }
)
"""What is stated of each model against the baseline, model over baseline."""

LOWEST_IS_BEST = MappingProxyType(
    {
        "usd_per_task": "cost_ratio",
        "usd_per_correct": "cost_per_correct_ratio",
        "seconds_per_task": "seconds_ratio",
    }
)
"""Figures of which the best is marked, and the ratio that must exclude 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoPosition:
    """Where a model lies: on the front or behind it, and the share of bootstrap draws that have it on the front."""

    on_front: bool
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PairwiseComparison:
    """One model against the baseline. `values` by name of AGAINST; `list_ratios`: input, output, blended.

    `p_adjusted`: Holm's over the table. `detectable`: the difference in accuracy that these samples show with a chance
    of 80%.
    """

    values: Mapping[str, Value]
    test: Difference | Undefined
    p_adjusted: float | None
    detectable: float | Undefined
    list_ratios: Mapping[str, float] | Undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRow:
    """One model in a table. `values` by name of MODEL_METRICS; `vs_baseline` is None for the baseline itself.

    `graded`: answers the accuracy is taken over. `best`: names of the figures it is best in; `unknown`: of those that
    cannot be stated because something was not reported, lost or discarded, rather than because there is none.
    """

    model_run: ModelRun
    graded: int
    values: Mapping[str, Value]
    vs_baseline: PairwiseComparison | None
    pareto_usd: ParetoPosition | Undefined
    pareto_s: ParetoPosition | Undefined
    best: frozenset[str]
    unknown: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonTable:
    """Models on one task, or on all tasks they share, over the samples every one of them has an outcome for."""

    tasks: tuple[str, ...]
    samples: int
    left_out: int
    repeats: int
    baseline: str
    rows: tuple[ComparisonRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelComparison:
    """All that a comparison shows; `notes` are whole sentences."""

    runs: tuple[str, ...]
    tables: tuple[ComparisonTable, ...]
    notes: tuple[str, ...]

    @property
    def mode(self) -> str:
        """Whether any of it is made up."""
        return mode_of(row.model_run.simulated for table in self.tables for row in table.rows)


def compare_models(field: ComparedRuns, *, baseline: str | None) -> ModelComparison:
    """A table for each task, and over all tasks where there are several.

    The baseline is the first model of the first run unless named: one chosen for its figures would be flattered by
    chance. Raises UsageError for a baseline that nobody is.
    """
    chosen = _baseline(field, baseline)
    notes = [*_field_notes(field)]
    tables = []
    groups: list[tuple[str, ...]] = [(task,) for task in field.tasks]
    if len(groups) > 1:
        groups.append(field.tasks)
    for tasks in groups:
        there = field.on(tasks)
        where = ", ".join(tasks) if len(tasks) == 1 else "all tasks"
        if not there or (len(there) < 2 and len(tasks) > 1):
            notes.append(f"{where}: no two models ran all of {', '.join(tasks)}, so there is no table over all tasks")
            continue
        shared = shared_samples(there, tasks)
        if isinstance(shared, Undefined):
            notes.append(f"{where}: no table: {shared.reason}")
            continue
        table = _table(shared, chosen)
        tables.append(table)
        notes += _table_notes(table, where, chosen)
    return ModelComparison(
        runs=tuple(dict.fromkeys(one.run for one in field.model_runs)), tables=tuple(tables), notes=tuple(notes)
    )


def _baseline(field: ComparedRuns, name: str | None) -> str:
    labels = [one.label for one in field.model_runs]
    if name is None:
        return labels[0]
    if name in labels:
        return name
    runs = [label for label in labels if label.startswith(f"{name} [")]
    if runs:
        raise UsageError(f"--baseline {name} is in several runs; name one of them: {', '.join(map(repr, runs))}")
    raise UsageError(f"--baseline {name!r} is no model of these runs; {closest_names(name, labels)}")


def _table(shared: SharedSamples, wanted: str) -> ComparisonTable:
    labels = [one.label for one in shared.contenders]
    at = labels.index(wanted) if wanted in labels else 0
    settings = MetricSettings(k=None)
    values = [{name: METRICS[name].value(data, settings) for name in MODEL_METRICS} for data in shared.data]
    duels = _pairwise_comparisons(shared, at)
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
                graded=int(shared.data[place].graded.sum()),
                values=values[place],
                vs_baseline=duels[place],
                pareto_usd=by_usd[place],
                pareto_s=by_s[place],
                best=frozenset(name for name, winner in best.items() if winner == place),
                unknown=_unknown_figures(shared.data[place], shared.data[at]),
            )
            for place, one in enumerate(shared.contenders)
        ),
    )


def _unknown_figures(data: ModelData, baseline: ModelData) -> frozenset[str]:
    """The figures that rest on something unknown: of the model itself, or of the pair where the baseline's is."""
    found: set[str] = set()
    for is_unknown, own, of_pair in (
        (metrics.has_unknown_cost, ("usd_per_task", "usd_per_correct"), ("cost_ratio", "cost_per_correct_ratio")),
        (
            metrics.has_discarded_timings,
            ("seconds_per_task", "ttft_s", "tokens_per_s"),
            ("seconds_ratio", "tokens_per_s_ratio"),
        ),
        (metrics.has_unknown_tokens, ("tokens_per_task", "tokens_per_s"), ("verbosity_ratio", "tokens_per_s_ratio")),
    ):
        if is_unknown(data):
            found.update(own)
        if is_unknown(data) or is_unknown(baseline):
            found.update(of_pair)
    return frozenset(found)


def _pairwise_comparisons(shared: SharedSamples, at: int) -> list[PairwiseComparison | None]:
    other = shared.data[at]
    found: list[PairwiseComparison | None] = []
    for place, data in enumerate(shared.data):
        if place == at:
            found.append(None)
            continue
        test = paired_difference(data.scored(failures_wrong=False), other.scored(failures_wrong=False))
        found.append(
            PairwiseComparison(
                values={name: value(data, other, MetricSettings()) for name, value in PAIR_METRICS.items()},
                test=test,
                p_adjusted=None,
                detectable=detectable_at_power(test),
                list_ratios=_list_ratios(shared.contenders[place], shared.contenders[at]),
            )
        )
    return _adjusted(found)


def _adjusted(duels: Sequence[PairwiseComparison | None]) -> list[PairwiseComparison | None]:
    tested = [duel.test.p_value for duel in duels if duel is not None and isinstance(duel.test, Difference)]
    adjusted = iter(holm(tested))
    return [
        replace(duel, p_adjusted=next(adjusted)) if duel is not None and isinstance(duel.test, Difference) else duel
        for duel in duels
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
    for name, ratio in LOWEST_IS_BEST.items():
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
        return [Undefined(reason="one model: there is nothing to stand beside")]
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


def _field_notes(field: ComparedRuns) -> Iterator[str]:
    if any(one.simulated for one in field.model_runs):
        yield SIMULATED_NOTE
    for line in field.mixed:
        yield f"MIXED, compared all the same as asked: {line}"
    yield from field.graded
    for name in field.absent:
        yield f"{name} has no outcome yet and is left out"
    for run, words in {one.run: one.stopped_early for one in field.model_runs if one.asked}.items():
        yield (
            f"{run} could stop early ({words or 'it did not'}): the intervals of the tables are made for a fixed "
            "size and hold less often than they say; anytime-valid ones are in its report and below"
        )
    for one in field.model_runs:
        for task, series in one.series.items():
            if series.cost_unknown:
                reasons = "; ".join(f"{count} x {reason}" for reason, count in series.cost_unknown.most_common(3))
                jobs = counted(len(series.jobs), "job")
                yield f"{one.label} on {task}: cost unknown for {series.cost_unknown.total():,} of {jobs}: {reasons}"
    for one in field.model_runs:
        for task, planned in one.planned.items() if one.stopped_early is None else ():
            done = len(one.series[task].jobs) if task in one.series else 0
            if done < planned:
                yield f"{one.label} on {task}: {planned - done:,} of {counted(planned, 'job')} not done"


def _table_notes(table: ComparisonTable, where: str, wanted: str) -> Iterator[str]:
    if table.baseline != wanted:
        yield f"{where}: {wanted} did not run it, so {table.baseline} is the baseline here"
    if table.left_out:
        yield f"{where}: {counted(table.left_out, 'sample')} left out: not every model has an outcome there"
    if len(table.rows) < 2:
        yield f"{where}: one model, so there is nothing to compare it with"
    gaps: dict[tuple[str, str], list[str]] = {}
    for row in table.rows:
        for reason, figures in _gaps(row, table).items():
            gaps.setdefault((reason, ", ".join(figures)), []).append(row.model_run.label)
    for (reason, named), labels in gaps.items():
        yield f"{where}: {', '.join(labels)}: {reason} ({named})"
    yield from _anytime_notes(table, where)
    for row in table.rows:
        if (
            row.vs_baseline is not None
            and isinstance(row.vs_baseline.test, Difference)
            and row.vs_baseline.test.left_out
        ):
            yield (
                f"{where}: {row.model_run.label}: {counted(row.vs_baseline.test.left_out, 'sample')} "
                "not graded for it or for "
                f"{table.baseline} are in no difference of accuracy"
            )


def _anytime_notes(table: ComparisonTable, where: str) -> Iterator[str]:
    """Differences that hold whenever one looks, on a task of runs that could stop early."""
    if len(table.tasks) > 1:
        return
    (task,) = table.tasks
    base = next(row.model_run for row in table.rows if row.model_run.label == table.baseline)
    for row in table.rows:
        one = row.model_run
        order = one.asked.get(task) or base.asked.get(task)
        if row.vs_baseline is None or order is None:
            continue
        found = anytime_difference(order, one.series[task].scores(), base.series[task].scores())
        if isinstance(found, ConfidenceInterval):
            points = f"{100 * found.estimate:+.1f} [{100 * found.low:+.1f}, {100 * found.high:+.1f}]"
            yield f"{where}: {one.label} against {base.label}, anytime-valid: {points} points"


def _gaps(row: ComparisonRow, table: ComparisonTable) -> dict[str, list[str]]:
    """Why figures of a row are missing: the figures by reason."""
    stated: dict[str, object] = dict(row.values)
    if table.repeats == 1:
        for name in REPEATED:
            del stated[name]
    if row.vs_baseline is not None:
        stated |= {
            **row.vs_baseline.values,
            "list_prices": row.vs_baseline.list_ratios,
            "detectable_difference": row.vs_baseline.detectable,
        }
    if len(table.rows) > 1:
        stated |= {"front_of_dollars": row.pareto_usd, "front_of_seconds": row.pareto_s}
    reasons: dict[str, list[str]] = {}
    for name, value in stated.items():
        if isinstance(value, Undefined):
            reason = value.reason.removeprefix("first model: ").replace("second model:", f"{table.baseline}:")
            reasons.setdefault(reason, []).append(name.replace("_", " "))
    return reasons
