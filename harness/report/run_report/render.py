"""A comparison as text for a terminal, Markdown, CSV and JSON.

One list of columns serves them all. Not here: the page for a browser (html).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from decimal import Decimal

from harness.report.render.mode import legend, mark_simulated, mode_of
from harness.report.render.table import align_columns, cells_of, markdown, meanings
from harness.report.run_data.summary import ModelSummary
from harness.report.run_report.build import RunReport, TaskTable
from harness.report.run_report.columns import COLUMNS


def as_text(comparison: RunReport) -> str:
    """The tables for a terminal, one under the other, with notes."""
    parts = [headline(comparison), ""]
    for table in comparison.tables:
        parts += [task_line(comparison, table), *align_columns(cells(table)), ""]
    parts += [f"  {note}" for note in comparison.notes]
    return "\n".join(parts).rstrip() + "\n"


def as_markdown(comparison: RunReport) -> str:
    """The report as Markdown: tables, notes, what the columns mean, which prices, tasks and machine."""
    parts = [f"# {comparison.run_name}", "", headline(comparison), ""]
    for table in comparison.tables:
        parts += [f"## {task_line(comparison, table)}", "", *markdown(cells(table)), ""]
    parts += ["## Notes", "", *(f"- {note}" for note in comparison.notes or ("none",)), ""]
    parts += ["## Columns", "", *meanings(COLUMNS), ""]
    for title, lines in facts(comparison):
        parts += [f"## {title}", "", *(f"- {line}" for line in lines), ""]
    return "\n".join(parts)


def as_csv(comparison: RunReport) -> str:
    """Bare figures, one line per model and task; an unknown or undefined figure is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["task", "model", "mode", *(column.key for column in COLUMNS), "accuracy_low", "accuracy_high"])
    for summary in _summaries(comparison):
        values = [_plain(column.value(summary)) for column in COLUMNS]
        found = summary.accuracy
        bounds = ["", ""] if found is None else [found.low, found.high]
        writer.writerow([summary.task, summary.label, mode_of([summary.simulated]), *values, *bounds])
    return out.getvalue()


def as_json(comparison: RunReport) -> str:
    """Bare figures for programs; dollars are strings, so that none passes through a float."""
    return json.dumps(
        {
            "run": comparison.run_name,
            "mode": comparison.mode,
            "complete": comparison.is_complete,
            "created_at": comparison.manifest.created_at.isoformat(),
            "rows": [_record(summary) for summary in _summaries(comparison)],
            "notes": list(comparison.notes),
        },
        indent=1,
        ensure_ascii=False,
    )


def _record(summary: ModelSummary) -> dict[str, object]:
    found = summary.accuracy
    return {
        "task": summary.task,
        "model": summary.label,
        "mode": mode_of([summary.simulated]),
        "planned": summary.planned,
        **{column.key: _plain(column.value(summary)) for column in COLUMNS},
        "accuracy_interval": None if found is None else [found.low, found.high],
        "accuracy_method": None if found is None else found.method,
        "ttft_p95_s": summary.ttft_quantile(0.95),
        "verdicts": {verdict.value: count for verdict, count in sorted(summary.verdicts.items(), key=str)},
        "failed_attempts": {kind.value: count for kind, count in sorted(summary.causes.items(), key=str)},
    }


def facts(comparison: RunReport) -> list[tuple[str, list[str]]]:
    """Where the figures come from: (heading, lines)."""
    manifest = comparison.manifest
    tasks = [
        f"{entry.name} v{entry.version}: {entry.samples} samples, {entry.licence}, {entry.origin}, {entry.content_hash}"
        for entry in manifest.tasks
    ]
    prices = [
        f"{price.id}: {price.currency} {price.rates.prompt:f} in, {price.rates.completion:f} out per million tokens; "
        f"{price.confidence} confidence; {'; '.join(price.sources)}; read {price.read_on.isoformat()}"
        for price in comparison.prices
    ]
    machine = ", ".join(f"{name} {value}" for name, value in manifest.machine.items())
    run = [
        f"begun {manifest.created_at:%Y-%m-%d %H:%M} UTC, harness {manifest.harness_version}, seed {manifest.seed}",
        f"command: {' '.join(manifest.command)}",
        f"machine: {machine}",
        f"sandbox: {manifest.sandbox_backend or 'no generated code was executed'}",
    ]
    return [("Tasks", tasks), ("Prices", prices or ["none"]), ("Run", run)]


def cells(table: TaskTable) -> list[list[str]]:
    """Header and body of a table as text cells."""
    rows = [(mark_simulated(summary.label, simulated=summary.simulated), summary) for summary in table.summaries]
    return cells_of(COLUMNS, rows)


def task_line(comparison: RunReport, table: TaskTable) -> str:
    """What stands above a table."""
    entry, manifest = table.task, comparison.manifest
    times = f" x {manifest.repeats}" if manifest.repeats > 1 else ""
    clustered = ", clustered by sample" if manifest.repeats > 1 else ""
    anytime = "anytime-valid " if manifest.may_stop_early else ""
    return (
        f"{entry.name} v{entry.version} · {entry.samples} samples{times} · {manifest.created_at:%Y-%m-%d} · "
        f"95% {anytime}intervals{clustered}{legend(summary.simulated for summary in table.summaries)}"
    )


def headline(comparison: RunReport) -> str:
    """The run's name, whether it is made up, and whether it is whole."""
    state = "" if comparison.is_complete else " · INCOMPLETE"
    return f"{comparison.run_name} · {comparison.mode}{state}"


def _summaries(comparison: RunReport) -> Iterator[ModelSummary]:
    for table in comparison.tables:
        yield from table.summaries


def _plain(value: object) -> object:
    return f"{value:f}" if isinstance(value, Decimal) else value
