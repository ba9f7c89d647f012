"""What a comparison shows of each model before and after: a row a model, and the samples that flipped."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from harness.core.plurals import counted
from harness.core.types import Origin
from harness.report.comparison.before_after import BeforeAfter, BeforeAfterTable, Flip
from harness.report.render.figure_records import figure_record, flat_values
from harness.report.render.interval_text import figure_text, number_with_ci, p_value_text, points_text, share_text
from harness.report.render.mode import legend, mark_origin, mode_of
from harness.report.render.number_format import NONE
from harness.report.render.table import Column, Section, Table, prose_column
from harness.report.run_data.answering import OTHER_MODEL_NOTE, marked
from harness.stats.intervals import ConfidenceInterval
from harness.stats.metrics import Value
from harness.stats.paired import Difference

MAX_FLIPS = 50
"""Flips that a table lists; JSON has all."""

P_MEANS = (
    "before and after: p is of McNemar's exact test (with repeats the exact sign-flip test) that as many samples get "
    "better as worse, adjusted by Holm for the models of the table"
)
CSV_KEYS = (
    *("run_before", "accuracy_before", "accuracy_before_low", "accuracy_before_high"),
    *("improved", "regressed", "flips"),
)
"""What a line of CSV on a model before and after has beside the keys of a line on models."""


def _model(row: BeforeAfter) -> str:
    return mark_origin(row.label, _origin(row))


def _origin(row: BeforeAfter) -> Origin:
    """That of the side that is not measured, if one is."""
    return row.first.origin if row.second.origin is Origin.LIVE else row.second.origin


def _figure(
    values: Callable[[BeforeAfter], Mapping[str, Value]], name: str, write: Callable[[ConfidenceInterval], str]
) -> Callable[[BeforeAfter], str]:
    return lambda row: marked(figure_text(name, values(row)[name], row.unknown, write), is_mixed=row.is_mixed)


def _column(
    key: str,
    title: str,
    meaning: str,
    values: Callable[[BeforeAfter], Mapping[str, Value]],
    name: str,
    write: Callable[[ConfidenceInterval], str],
    *,
    rank: int = 0,
    lowest_is_best: bool = False,
) -> Column[BeforeAfter]:
    return Column(
        key=key,
        title=title,
        meaning=meaning,
        text=_figure(values, name, write),
        value=lambda row: values(row)[name],
        rank=rank,
        lowest_is_best=lowest_is_best,
    )


def _graded(row: BeforeAfter) -> int | None:
    return row.test.samples if isinstance(row.test, Difference) else None


def _footnotes(table: BeforeAfterTable) -> Iterator[str]:
    yield P_MEANS
    if any(row.is_mixed for row in table.rows):
        yield OTHER_MODEL_NOTE


def _p_text(row: BeforeAfter) -> str:
    return NONE if row.p_adjusted is None else p_value_text(row.p_adjusted)


RUNS: Column[BeforeAfter] = prose_column("runs", "runs", lambda row: f"{row.first.run} to {row.second.run}", rank=1)
COLUMNS: tuple[Column[BeforeAfter], ...] = (
    Column(
        key="samples",
        title="samples",
        meaning="samples graded in both runs",
        text=lambda row: NONE if _graded(row) is None else f"{_graded(row):,}",
        value=_graded,
        rank=4,
    ),
    _column(
        "accuracy_before",
        "acc. before",
        "accuracy in the earlier run, on samples that both have",
        lambda row: row.before,
        "accuracy",
        share_text,
        rank=2,
    ),
    _column("accuracy_after", "acc. after", "the same in the later run", lambda row: row.after, "accuracy", share_text),
    _column(
        "accuracy_difference",
        "change (pp)",
        "accuracy after minus before in percentage points, paired by sample",
        lambda row: row.change,
        "accuracy_difference",
        points_text,
    ),
    Column(
        key="flips",
        title="flips",
        meaning="samples with a better and with a worse grade after than before",
        text=lambda row: f"+{row.improved:,} -{row.regressed:,}",
        value=lambda row: row.improved - row.regressed,
    ),
    Column(
        key="p_holm",
        title="p (Holm)",
        meaning="of McNemar's exact test (repeats: exact sign-flip test), adjusted for all models of the table",
        text=_p_text,
        value=lambda row: row.p_adjusted,
        rank=2,
        lowest_is_best=True,
    ),
    _column(
        "cost_ratio",
        "$/job",
        "dollars of one job after over before",
        lambda row: row.change,
        "cost_ratio",
        number_with_ci,
        rank=3,
        lowest_is_best=True,
    ),
    _column(
        "seconds_ratio",
        "seconds",
        "mean seconds of one answer after over before",
        lambda row: row.change,
        "seconds_ratio",
        number_with_ci,
        rank=5,
        lowest_is_best=True,
    ),
)
FLIP_COLUMNS: tuple[Column[Flip], ...] = (
    prose_column("model", "model", lambda flip: mark_origin(flip.label, flip.origin)),
    prose_column("sample", "sample", lambda flip: flip.sample, meaning="a sample whose grade changed"),
    prose_column("before", "before", lambda flip: flip.before, meaning="verdict in the earlier run"),
    prose_column("after", "after", lambda flip: flip.after, meaning="verdict in the later run"),
)


def before_after_section(table: BeforeAfterTable, where: str) -> Section:
    """The models in a table; below it, for one task, the samples that flipped."""
    model: Column[BeforeAfter] = prose_column("model", "model", _model)
    shown = (model, *((RUNS,) if len(table.runs) > 1 else ()), *COLUMNS)
    runs = "; ".join(f"{first} to {second}" for first, second in table.runs)
    return Section(
        title=f"{where} · before and after: {runs} · 95% CIs{legend(map(_origin, table.rows))}",
        tables=(
            Table(
                columns=shown,
                rows=table.rows,
                is_marked=lambda row: _origin(row) is not Origin.LIVE,
                footnotes=tuple(_footnotes(table)),
            ),
            *_flip_tables(table),
        ),
    )


def _flip_tables(table: BeforeAfterTable) -> Iterator[Table[Flip]]:
    flips = [flip for row in table.rows for flip in row.flips] if len(table.tasks) == 1 else []
    if flips:
        better = sum(row.improved for row in table.rows)
        more = f"; the first {MAX_FLIPS}, --format json has all" if len(flips) > MAX_FLIPS else ""
        title = f"{counted(len(flips), 'flip')}: {better:,} better, {len(flips) - better:,} worse{more}"
        yield Table(
            title=title,
            columns=FLIP_COLUMNS,
            rows=tuple(flips[:MAX_FLIPS]),
            is_marked=lambda flip: flip.origin is not Origin.LIVE,
        )


def before_after_record(table: BeforeAfterTable) -> dict[str, object]:
    """The JSON form of a table, with every flip."""
    return {"tasks": list(table.tasks), "rows": list(map(_row_record, table.rows))}


def _row_record(row: BeforeAfter) -> dict[str, object]:
    return {
        "model": row.label,
        "run_before": row.first.run,
        "run_after": row.second.run,
        "mode": mode_of([row.first.origin, row.second.origin]),
        "samples": row.samples,
        "samples_left_out": row.left_out,
        "before": {name: figure_record(value) for name, value in row.before.items()},
        "after": {name: figure_record(value) for name, value in row.after.items()},
        **{name: figure_record(value) for name, value in row.change.items()},
        "test": figure_record(row.test),
        "p_holm": row.p_adjusted,
        "improved": row.improved,
        "regressed": row.regressed,
        "flips": [
            {
                "task": flip.task,
                "sample": flip.sample,
                "before": flip.before,
                "after": flip.after,
                "score_before": flip.score_before,
                "score_after": flip.score_after,
            }
            for flip in row.flips
        ],
    }


def before_after_flat(table: BeforeAfterTable, row: BeforeAfter) -> dict[str, object]:
    """A line of CSV: the keys of a line on models are those of the later run, the baseline is the earlier one."""
    line: dict[str, object] = {
        "comparison": "before and after",
        "tasks": " ".join(table.tasks),
        "samples": row.samples,
        "model": row.label,
        "run": row.second.run,
        "mode": mode_of([row.first.origin, row.second.origin]),
        "baseline": row.first.label,
        "run_before": row.first.run,
        **flat_values(row.after),
        **flat_values(row.change),
        **flat_values({"accuracy_before": row.before["accuracy"]}),
        "improved": row.improved,
        "regressed": row.regressed,
        "flips": "; ".join(f"{flip.task}/{flip.sample}: {flip.before} to {flip.after}" for flip in row.flips),
    }
    if isinstance(row.test, Difference):
        line |= {"paired_samples": row.test.samples, "p_value": row.test.p_value, "p_holm": row.p_adjusted}
    return line
