"""A report of speed as text for a terminal, Markdown, CSV, JSON, and one HTML file.

One list of columns serves the tables; CSV and JSON hold every figure with its bounds. Not here: what the figures are
(speed).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from harness.report.render.mode import legend, mark_simulated, mode_of
from harness.report.render.number_format import NONE, UNKNOWN, count, dollars, percent, thousandths
from harness.report.render.page import render
from harness.report.render.table import Column, align_columns, cells_of, markdown, meanings, wrap_note
from harness.report.run_report.render import facts, headline
from harness.report.speed.build import MedianWithInterval, SpeedReport, SpeedRow, SpeedTable
from harness.stats.intervals import ConfidenceInterval, Undefined


def _middle(found: MedianWithInterval) -> str:
    if found.median is None:
        return UNKNOWN
    if isinstance(found.bounds, Undefined):
        return f"{thousandths(found.median)} [{UNKNOWN}]"
    return f"{thousandths(found.median)} [{thousandths(found.bounds.low)}, {thousandths(found.bounds.high)}]"


def _ratio(found: ConfidenceInterval | Undefined | None) -> str:
    match found:
        case None:
            return NONE
        case Undefined():
            return UNKNOWN
        case ConfidenceInterval():
            return f"{thousandths(found.estimate)} [{thousandths(found.low)}, {thousandths(found.high)}]"


def _share(row: SpeedRow) -> str:
    return UNKNOWN if row.cached_share is None else f"{percent(row.cached_share)}%"


def _tokens(value: float | None) -> str:
    return count(None if value is None else round(value))


COLUMNS: tuple[Column[SpeedRow], ...] = (
    Column(
        title="n",
        meaning="answers whose times are in the columns (of those planned, where fewer)",
        text=lambda row: str(row.measured) if row.measured == row.planned else f"{row.measured} of {row.planned}",
    ),
    Column(
        title="dist",
        meaning="answers whose times this machine disturbed, left out of the time columns",
        text=lambda row: str(row.discarded),
    ),
    Column(
        title="fail",
        meaning="requests that ended without an answer after all retries",
        text=lambda row: str(row.failed),
    ),
    Column(
        title="TTFT p50",
        meaning="median seconds from sending to the first generated text, reasoning too, with its 95% interval",
        text=lambda row: _middle(row.ttft_s),
    ),
    Column(
        title="p95",
        meaning="the same seconds that 95% of the answers stayed below; no bounds: too few answers lie beyond",
        text=lambda row: thousandths(row.ttft_p95_s),
    ),
    Column(
        title="tok/s p50",
        meaning="median output tokens per second after the first text, with its 95% interval",
        text=lambda row: _middle(row.tokens_per_s),
    ),
    Column(
        title="s p50",
        meaning="median seconds from sending to the last byte, with its 95% interval",
        text=lambda row: _middle(row.total_s),
    ),
    Column(
        title="tok/s x first",
        meaning="median tokens per second over that of the first model, with its 95% interval; above 1 is faster",
        text=lambda row: _ratio(row.tokens_per_s_ratio),
    ),
    Column(
        title="s x first",
        meaning="median seconds over those of the first model, with its 95% interval; below 1 is faster",
        text=lambda row: _ratio(row.total_s_ratio),
    ),
    Column(
        title="cached",
        meaning="share of the prompt tokens that the provider read from a cache; ? where it does not report it",
        text=_share,
    ),
    Column(title="tok in", meaning="median prompt tokens", text=lambda row: _tokens(row.prompt_tokens)),
    Column(
        title="out",
        meaning="median generated tokens, reasoning included",
        text=lambda row: _tokens(row.completion_tokens),
    ),
    Column(
        title="$ spent",
        meaning="dollars of all attempts, failed and repeated ones included",
        text=lambda row: dollars(row.spent_usd),
    ),
)


def rendered(found: SpeedReport, form: str) -> str:
    """The report of a run that measured speed, as text, md, csv, json or html."""
    forms = {"text": as_text, "md": as_markdown, "csv": as_csv, "json": as_json, "html": as_html}
    return forms[form](found)


def as_text(found: SpeedReport) -> str:
    """The tables for a terminal, one under the other, with notes."""
    parts = [headline(found.comparison), ""]
    for table in found.tables:
        parts += [title_of(found, table), *align_columns(cells(table)), ""]
    for note in found.notes:
        parts += wrap_note(note, "  ", following="    ")
    return "\n".join(parts).rstrip() + "\n"


def as_markdown(found: SpeedReport) -> str:
    """The report as Markdown: tables, notes, what the columns mean, where the figures come from."""
    parts = [f"# {found.comparison.run_name}", "", headline(found.comparison), ""]
    for table in found.tables:
        parts += [f"## {title_of(found, table)}", "", *markdown(cells(table)), ""]
    parts += ["## Notes", "", *(f"- {note}" for note in found.notes), ""]
    parts += ["## Columns", "", *meanings(COLUMNS), ""]
    for title, lines in facts(found.comparison):
        parts += [f"## {title}", "", *(f"- {line}" for line in lines), ""]
    return "\n".join(parts)


def as_html(found: SpeedReport) -> str:
    """The whole page; every text in it is escaped."""
    tables = [
        {
            "title": title_of(found, table),
            "body": [(row.simulated, line) for row, line in zip(table.rows, cells(table)[1:], strict=True)],
        }
        for table in found.tables
    ]
    return render(
        "speed.html.j2",
        report=found,
        comparison=found.comparison,
        tables=tables,
        columns=COLUMNS,
        facts=facts(found.comparison),
    )


def as_csv(found: SpeedReport) -> str:
    """Bare figures with bounds, one line for each model of each workload; what is not known is empty."""
    out = io.StringIO()
    records = [_flat(record) for record in _records(found)]
    writer = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def as_json(found: SpeedReport) -> str:
    """Bare figures for programs; bounds as {low, high, method} or {undefined: why}, dollars as text."""
    return json.dumps(
        {
            "run": found.comparison.run_name,
            "kind": "speed",
            "mode": found.comparison.mode,
            "complete": found.comparison.is_complete,
            "created_at": found.comparison.manifest.created_at.isoformat(),
            "rows": list(_records(found)),
            "notes": list(found.notes),
        },
        indent=1,
        ensure_ascii=False,
    )


def cells(table: SpeedTable) -> list[list[str]]:
    """Header and body of a table as text cells."""
    return cells_of(COLUMNS, [(mark_simulated(row.label, simulated=row.simulated), row) for row in table.rows])


def title_of(found: SpeedReport, table: SpeedTable) -> str:
    """What stands above a table."""
    return (
        f"speed, {table.task.name} · {table.task.samples} requests per model · "
        f"{found.comparison.manifest.created_at:%Y-%m-%d} · 95% CIs{legend(row.simulated for row in table.rows)}"
    )


def _records(found: SpeedReport) -> Iterator[dict[str, object]]:
    for table in found.tables:
        for row in table.rows:
            yield {
                "workload": table.task.name,
                "model": row.label,
                "mode": mode_of([row.simulated]),
                "planned": row.planned,
                "n": row.measured,
                "disturbed": row.discarded,
                "failed": row.failed,
                "ttft_s": row.ttft_s.median,
                "ttft_s_interval": _bounds(row.ttft_s.bounds),
                "ttft_p95_s": row.ttft_p95_s,
                "output_tokens_per_s": row.tokens_per_s.median,
                "output_tokens_per_s_interval": _bounds(row.tokens_per_s.bounds),
                "total_s": row.total_s.median,
                "total_s_interval": _bounds(row.total_s.bounds),
                "output_tokens_per_s_ratio": _estimate(row.tokens_per_s_ratio),
                "output_tokens_per_s_ratio_interval": _bounds(row.tokens_per_s_ratio),
                "total_s_ratio": _estimate(row.total_s_ratio),
                "total_s_ratio_interval": _bounds(row.total_s_ratio),
                "cached_share": row.cached_share,
                "prompt_tokens": row.prompt_tokens,
                "completion_tokens": row.completion_tokens,
                "spent_usd": None if row.spent_usd is None else f"{row.spent_usd:f}",
            }


def _estimate(found: ConfidenceInterval | Undefined | None) -> float | None:
    return found.estimate if isinstance(found, ConfidenceInterval) else None


def _bounds(found: ConfidenceInterval | Undefined | None) -> dict[str, object] | None:
    match found:
        case None:
            return None
        case Undefined():
            return {"undefined": found.reason}
        case ConfidenceInterval():
            return {"low": found.low, "high": found.high, "method": found.method}


def _flat(record: dict[str, object]) -> dict[str, object]:
    """The record for CSV: an interval is two columns."""
    flat: dict[str, object] = {}
    for name, value in record.items():
        if name.endswith("_interval"):
            ends = value if isinstance(value, dict) else {}
            for end in ("low", "high"):
                flat[f"{name.removesuffix('_interval')}_{end}"] = ends.get(end, "")
        else:
            flat[name] = "" if value is None else value
    return flat
