"""The table of warm against cold runs, and what a reader must know of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import attrgetter

from harness.core.types import Origin
from harness.report.caching.build import CachingRow, CachingTable
from harness.report.render.figure_records import figure_record, flat_values
from harness.report.render.interval_text import (
    estimate_text,
    figure_text,
    number_with_ci,
    points_text,
    share_text,
    usd_text,
)
from harness.report.render.mode import legend, mark_origin, mode_of
from harness.report.render.number_format import UNKNOWN, percents
from harness.report.render.table import Column, Section, Table, prose_column
from harness.report.run_data.answering import OTHER_MODEL_NOTE, marked
from harness.stats.intervals import ConfidenceInterval
from harness.stats.metrics import Value

FIGURES = (
    *("warm_usd", "cold_usd", "usd_saved", "saved_share"),
    *("warm_ttft", "cold_ttft", "ttft_gained", "accuracy_difference"),
)
CSV_KEYS = (
    *("cold_run", "warm_cached_share", "cold_cached_share"),
    *(f"{name}{end}" for name in FIGURES for end in ("", "_low", "_high")),
)
"""What a line of CSV on caching has beside the keys of a line on models."""


def caching_section(table: CachingTable, where: str) -> Section:
    """The models of a warm and a cold run in a table."""
    runs = "; ".join(dict.fromkeys(f"{row.warm.run} (warm), {row.cold.run} (cold)" for row in table.rows))
    return Section(
        title=f"{where} · prompt caching: {runs} · 95% CIs{legend(row.origin for row in table.rows)}",
        tables=(
            Table(
                columns=COLUMNS,
                rows=table.rows,
                footnotes=(OTHER_MODEL_NOTE,) if any(row.is_mixed for row in table.rows) else (),
                is_marked=lambda row: row.origin is not Origin.LIVE,
            ),
        ),
    )


def caching_notes(table: CachingTable, where: str) -> Iterator[str]:
    """Warm runs that no cache served, and cold runs that one did."""
    for row in table.rows:
        place = f"{row.label} on {where}"
        if row.warm_share is None:
            yield f"{place}: {row.warm.run} does not say how many tokens came from a cache"
        elif not row.warm_share:
            yield (
                f"{place}: in {row.warm.run} no cache served any prompt: what requests have in common may be shorter "
                "than the provider's minimum, often 1,024 tokens"
            )
        if row.cold_share:
            yield (
                f"{place}: in {row.cold.run} a cache served {percents(row.cold_share)[0]}% of the prompt tokens, "
                "though each request began with a line of its own"
            )


def caching_record(table: CachingTable) -> dict[str, object]:
    """The JSON form: every figure as {estimate, low, high, method} or {undefined: why}."""
    return {"tasks": list(table.tasks), "rows": [_row_record(row) for row in table.rows]}


def _row_record(row: CachingRow) -> dict[str, object]:
    return {
        "model": row.label,
        "warm_run": row.warm.run,
        "cold_run": row.cold.run,
        "mode": mode_of([row.warm.origin, row.cold.origin]),
        "samples": row.samples,
        "warm_cached_share": row.warm_share,
        "cold_cached_share": row.cold_share,
        **{name: figure_record(getattr(row, name)) for name in FIGURES},
    }


def caching_flat(table: CachingTable, row: CachingRow) -> dict[str, object]:
    """A line of CSV; `run` is the warm one."""
    return {
        "comparison": "caching",
        "tasks": " ".join(table.tasks),
        "samples": row.samples,
        "model": row.label,
        "run": row.warm.run,
        "mode": mode_of([row.warm.origin, row.cold.origin]),
        "cold_run": row.cold.run,
        "warm_cached_share": row.warm_share,
        "cold_cached_share": row.cold_share,
        **flat_values({name: getattr(row, name) for name in FIGURES}),
    }


def _shares(row: CachingRow) -> str:
    """`0% / 94%`, cold and warm."""
    return " / ".join(
        UNKNOWN if share is None else f"{percents(share)[0]}%" for share in (row.cold_share, row.warm_share)
    )


def _column(
    name: str, title: str, meaning: str, write: Callable[[ConfidenceInterval], str], *, rank: int = 0
) -> Column[CachingRow]:
    value_of = attrgetter(name)

    def text(row: CachingRow) -> str:
        value: Value = value_of(row)
        return marked(figure_text(name, value, {name}, write), is_mixed=row.is_mixed)

    return Column(
        key=name,
        title=title,
        meaning=meaning,
        text=text,
        value=lambda row: value_of(row).estimate,
        rank=rank,
    )


COLUMNS: tuple[Column[CachingRow], ...] = (
    prose_column("model", "model", lambda row: mark_origin(row.label, row.origin)),
    Column(
        key="warm_cached_share",
        title="cached cold / warm",
        meaning="share of the prompt tokens that were read from a cache, in the cold and in the warm run",
        text=_shares,
        value=lambda row: row.warm_share,
    ),
    _column(
        "usd_saved",
        "$/job saved",
        "dollars of one job in the cold run minus those in the warm one, paired by sample; no room for runaway answers",
        usd_text,
    ),
    _column("saved_share", "saved", "the same as a share of the cold dollars", share_text, rank=1),
    _column(
        "ttft_gained",
        "TTFT gained s",
        "mean seconds to the first token in the cold run minus those in the warm one, paired by sample",
        number_with_ci,
    ),
    _column("cold_usd", "$/job cold", "dollars of one job in the cold run", usd_text, rank=4),
    _column("warm_usd", "$/job warm", "dollars of one job in the warm run", usd_text, rank=4),
    _column("cold_ttft", "TTFT cold", "mean seconds to the first token in the cold run", estimate_text, rank=3),
    _column("warm_ttft", "TTFT warm", "mean seconds to the first token in the warm run", estimate_text, rank=3),
    _column(
        "accuracy_difference",
        "acc. (pp)",
        "accuracy in the warm run minus that in the cold one, in percentage points, paired by sample",
        points_text,
        rank=5,
    ),
)
