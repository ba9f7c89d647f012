"""What a reader must know of a comparison, in whole sentences: what differs, what is missing and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from harness.core.plurals import counted
from harness.core.prices import CostUnknown
from harness.pricing.gpu_time import mixed_note
from harness.report.comparison.before_after import BeforeAfterTable
from harness.report.comparison.columns import DIFFERENCE_COLUMNS, PRICE_COLUMNS, RATIO_COLUMNS, SCORE_COLUMNS
from harness.report.comparison.model_runs import ComparedRuns, ListPrice
from harness.report.comparison.values import REPEATED, ComparisonRow, ComparisonTable
from harness.report.render.mode import origin_notes
from harness.report.render.number_format import dollars
from harness.report.run_data.answering import OTHER_MODEL_MARK
from harness.report.run_data.anytime import anytime_difference
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.paired import Difference

_TITLES = {
    **{column.key: column.title for column in (*SCORE_COLUMNS, *PRICE_COLUMNS, *DIFFERENCE_COLUMNS)},
    **{column.key: f"{column.title} ratio" for column in RATIO_COLUMNS},
    "list_price_ratios": "list price ratio",
    "break_even_verbosity": "break-even token ratio",
}
"""Figures as notes name them: by the heads of their columns, those of the table of ratios as ratios."""


def run_notes(runs: ComparedRuns) -> Iterator[str]:
    yield from origin_notes(one.origin for one in runs.model_runs)
    for line in runs.mixed:
        yield f"mixed, compared anyway, as requested: {line}"
    yield from runs.graded
    yield from runs.by_source
    yield from runs.comparability
    yield from _batch_notes(runs)
    for name in runs.absent:
        yield f"{name} has no outcome yet and is left out"
    for name, words in {one.run: one.stopped_early for one in runs.model_runs if one.asked}.items():
        yield (
            f"{name} could stop early ({words or 'it did not'}): the intervals of the tables are made for a fixed "
            "size and their coverage is below 95%; anytime-valid ones are in its report and below"
        )
    for one in runs.model_runs:
        for task, series in one.series.items():
            if series.cost_unknown:
                reasons = "; ".join(f"{count} x {reason}" for reason, count in series.cost_unknown.most_common(3))
                jobs = counted(len(series.jobs), "job")
                yield f"{one.label} on {task}: cost unknown for {series.cost_unknown.total():,} of {jobs}: {reasons}"
    for one in runs.model_runs:
        for task, planned in one.planned.items() if one.stopped_early is None else ():
            done = len(one.series[task].jobs) if task in one.series else 0
            if done < planned:
                yield f"{one.label} on {task}: {planned - done:,} of {counted(planned, 'job')} not done"


def _batch_notes(runs: ComparedRuns) -> Iterator[str]:
    """Which models were sent in batches where others were not: their prices differ for that reason alone."""
    batches = [one.label for one in runs.model_runs if one.endpoint.is_batch]
    others = [one.label for one in runs.model_runs if not one.endpoint.is_batch]
    if batches:
        yield f"sent in batches: {', '.join(batches)}; dollars are at batch rates, and no times are measured"
    if batches and others:
        yield f"not sent in batches: {', '.join(others)}; so dollars differ by the rates too"


def group_name(tasks: Sequence[str]) -> str:
    """The task, or `all tasks` where there are several."""
    return tasks[0] if len(tasks) == 1 else "all tasks"


def before_after_notes(table: BeforeAfterTable) -> Iterator[str]:
    """Samples that are in no pair, and prices that changed between the runs; once, on the table of one task."""
    if len(table.tasks) > 1:
        return
    for row in table.rows:
        who = f"{table.tasks[0]}: {row.label}, {row.first.run} to {row.second.run}"
        for one in (row.first, row.second):
            answering = one.answering(table.tasks)
            if answering.is_mixed:
                yield f"{who}: in {one.run} {answering.text()}; a change of its figures is not the model's own"
        if row.left_out:
            yield f"{who}: {counted(row.left_out, 'sample')} left out: only one of the runs has an outcome there"
        if isinstance(row.test, Undefined):
            yield f"{who}: no difference of accuracy: {row.test.reason}"
        elif row.test.left_out:
            left_out = counted(row.test.left_out, "sample")
            yield f"{who}: {left_out} not graded in both runs, in no difference of accuracy"
        first, second = row.first.list_price, row.second.list_price
        if _rates(first) != _rates(second):
            yield f"{who}: list price per million tokens, in and out, from {_rates(first)} to {_rates(second)}"


def _rates(price: ListPrice | CostUnknown) -> str:
    if isinstance(price, CostUnknown):
        return "unknown"
    return " / ".join(f"${dollars(Decimal(str(float(rate))))}" for rate in (price.prompt_usd, price.completion_usd))


def table_notes(table: ComparisonTable, where: str, wanted: str) -> Iterator[str]:
    if table.baseline != wanted:
        yield f"{where}: {wanted} did not run it, so {table.baseline} is the baseline here"
    if table.left_out:
        yield f"{where}: {counted(table.left_out, 'sample')} left out: not every model has an outcome there"
    for row in table.rows:
        if row.answering.is_mixed:
            yield (
                f"{where}: {row.model_run.label}: {row.answering.text()}; what is marked {OTHER_MODEL_MARK} is not "
                f"{row.answering.requested}'s own, and it is best in nothing"
            )
    gpu = [row.model_run.label for row in table.rows if row.model_run.has_gpu_cost]
    mixed = mixed_note(gpu, [row.model_run.label for row in table.rows if not row.model_run.has_gpu_cost])
    if mixed is not None:
        yield f"{where}: {mixed}"
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
                f"{table.baseline}, in no difference of accuracy"
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
            "list_price_ratios": row.vs_baseline.list_ratios,
            "detectable_difference": row.vs_baseline.detectable,
        }
    if len(table.rows) > 1:
        stated |= {"pareto_usd": row.pareto_usd, "pareto_s": row.pareto_s}
    reasons: dict[str, list[str]] = {}
    for name, value in stated.items():
        if isinstance(value, Undefined):
            reason = value.reason.removeprefix("first model: ").replace("second model:", f"{table.baseline}:")
            reasons.setdefault(reason, []).append(_TITLES[name])
    return reasons
