"""What a run says, in sentences: who is Pareto-optimal, at what cost, and what its figures do not decide."""

from __future__ import annotations

from collections.abc import Iterator

from harness.report.render.mode import mark_origin
from harness.report.render.number_format import dollars, percent
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.report import RunReport, TaskTable


def headline(report: RunReport) -> list[str]:
    """A few sentences for each task."""
    return [sentence for table in report.tables for sentence in _of_task(table)]


def _of_task(table: TaskTable) -> Iterator[str]:
    mixed = [one for one in table.summaries if one.answering.is_mixed]
    graded = [one for one in table.summaries if one.accuracy is not None and one not in mixed]
    if not graded and not mixed:
        yield f"{table.task.name}: no answer is graded yet."
        return
    for one in mixed:
        yield f"{_name(one)} is left out of the order: {one.answering.text()}."
    if not graded:
        return
    best = max(graded, key=_accuracy)
    assert best.accuracy is not None
    yield (
        f"{table.task.name}: {_name(best)} has the highest accuracy, {percent(best.accuracy.estimate)}% "
        f"[{percent(best.accuracy.low)}, {percent(best.accuracy.high)}]."
    )
    rivals = [one for one in graded if one is not best and one.accuracy and one.accuracy.high >= best.accuracy.low]
    if rivals:
        names = ", ".join(map(_name, rivals))
        yield f"Its 95% CI overlaps that of {names}: the order is not decided by these intervals (see harness compare)."
    optimal = [one for one in graded if _is_optimal(one, graded)]
    if len(graded) > 1 and optimal:
        listed = ", ".join(f"{_name(one)} (${dollars(one.usd_per_correct)})" for one in optimal)
        yield f"Pareto-optimal in accuracy and dollars per correct answer: {listed}."
    unknown = [one for one in graded if one.spent_usd is None]
    if unknown:
        yield f"Cost unknown, in part or whole: {', '.join(map(_name, unknown))}."


def _is_optimal(one: ModelSummary, graded: list[ModelSummary]) -> bool:
    """Whether no other model of the same kind is as accurate for less.

    Origins are kept apart, and so are dollars of GPU time and of tokens.
    """
    own = one.usd_per_correct
    if own is None:
        return False
    return not any(
        other.usd_per_correct is not None
        and (other.origin, other.has_gpu_cost) == (one.origin, one.has_gpu_cost)
        and (_accuracy(other), -other.usd_per_correct) != (_accuracy(one), -own)
        and _accuracy(other) >= _accuracy(one)
        and other.usd_per_correct <= own
        for other in graded
    )


def _accuracy(one: ModelSummary) -> float:
    assert one.accuracy is not None
    return one.accuracy.estimate


def _name(one: ModelSummary) -> str:
    return mark_origin(one.label, one.origin)
