"""A comparison of models as text for a terminal, Markdown, CSV and JSON.

One list of columns serves the tables; CSV and JSON hold every figure with its bounds. Not here: the page for a browser
(html), what the figures are (compare).
"""

from __future__ import annotations

import csv
import io
import json

from harness.report.comparison.build import (
    MODEL_METRICS,
    PAIR_METRICS,
    ComparisonRow,
    ComparisonTable,
    ModelComparison,
    ParetoPosition,
)
from harness.report.comparison.columns import BEST_MARK, ColumnGroup, blocks
from harness.report.render.mode import legend, mark_simulated, mode_of
from harness.report.render.table import align_columns, cells_of, markdown, wrap_note
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.metrics import Value
from harness.stats.paired import Difference

BEST_MEANS = (
    f"{BEST_MARK} best: its paired interval to every other model excludes an even result, corrected for all pairs"
)


def as_text(found: ModelComparison) -> str:
    """The tables for a terminal, one under the other, with notes."""
    parts = [_headline(found), ""]
    for table in found.tables:
        parts += [title_of(table)]
        for block in blocks(table):
            parts += [f"  {block.title}", *(f"    {line}" for line in align_columns(cells(table, block))), ""]
    if has_best(found):
        parts += [BEST_MEANS]
    for note in found.notes:
        parts += wrap_note(note, following="  ")
    return "\n".join(parts).rstrip() + "\n"


def as_markdown(found: ModelComparison) -> str:
    """The tables as Markdown, with notes and what the columns mean."""
    parts = [f"# {_headline(found)}", ""]
    for table in found.tables:
        parts += [f"## {title_of(table)}", ""]
        for block in blocks(table):
            parts += [f"**{block.title}**", "", *markdown(cells(table, block)), ""]
    parts += ["## Notes", "", *(f"- {note}" for note in notes_of(found)), ""]
    parts += ["## Columns", "", *(f"- **{title}**: {meaning}" for title, meaning in meanings(found)), ""]
    return "\n".join(parts)


def as_csv(found: ModelComparison) -> str:
    """Bare figures with bounds, one line for each model of each table; what is not known or undefined is empty."""
    out = io.StringIO()
    names = [*MODEL_METRICS, *PAIR_METRICS]
    bounds = [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
    head = ["tasks", "samples", "model", "run", "mode", "baseline", "best_in", "n", *bounds]
    tail = ["paired_samples", "p_value", "p_holm", "detectable_difference", "list_input_ratio", "list_output_ratio"]
    tail += ["list_blended_ratio", "on_front_usd", "front_usd_chance", "on_front_s", "front_s_chance"]
    writer = csv.DictWriter(out, [*head, *tail], lineterminator="\n", restval="")
    writer.writeheader()
    for table in found.tables:
        for row in table.rows:
            writer.writerow({name: "" if value is None else value for name, value in _flat(table, row).items()})
    return out.getvalue()


def as_json(found: ModelComparison) -> str:
    """Every figure as {estimate, low, high, method}, or {undefined: why}; nothing else stands for a missing one."""
    tables = [
        {
            "tasks": list(table.tasks),
            "samples": table.samples,
            "samples_left_out": table.left_out,
            "repeats": table.repeats,
            "baseline": table.baseline,
            "rows": [_record(row) for row in table.rows],
        }
        for table in found.tables
    ]
    record = {"runs": list(found.runs), "mode": found.mode, "confidence": 0.95, "tables": tables}
    return json.dumps({**record, "notes": list(found.notes)}, indent=1, ensure_ascii=False, allow_nan=False)


def cells(table: ComparisonTable, block: ColumnGroup) -> list[list[str]]:
    """Header and body of a block as text cells."""
    return cells_of(block.columns, [(label_of(row), row) for row in shown_rows(table, block)])


def shown_rows(table: ComparisonTable, block: ColumnGroup) -> list[ComparisonRow]:
    """The rows a block has: the baseline is not against itself."""
    return [row for row in table.rows if block.of_all or row.vs_baseline is not None]


def title_of(table: ComparisonTable) -> str:
    """What stands above a table."""
    where = (
        table.tasks[0] if len(table.tasks) == 1 else f"all tasks ({', '.join(table.tasks)}), each sample weighing alike"
    )
    times = f" x {table.repeats}" if table.repeats > 1 else ""
    made_up = legend(row.model_run.simulated for row in table.rows)
    return f"{where} · {table.samples:,} samples{times} that all share · 95% CIs{made_up}"


def label_of(row: ComparisonRow) -> str:
    """The model's name, marked where it is made up."""
    return mark_simulated(row.model_run.label, simulated=row.model_run.simulated)


def meanings(found: ModelComparison) -> list[tuple[str, str]]:
    """Every column that is shown, once, under the block's title where two blocks have the same."""
    listed: dict[tuple[str, str], None] = {}
    for table in found.tables:
        for block in blocks(table):
            for column in block.columns:
                listed[column.title, column.meaning] = None
    return list(listed)


def notes_of(found: ModelComparison) -> list[str]:
    """The notes, with what the mark of the best means where it is used."""
    return [*([BEST_MEANS] if has_best(found) else []), *found.notes] or ["none"]


def has_best(found: ModelComparison) -> bool:
    """Whether any figure is marked as best."""
    return any(row.best for table in found.tables for row in table.rows)


def _headline(found: ModelComparison) -> str:
    return f"comparison of {', '.join(found.runs)} · {found.mode}"


def _flat(table: ComparisonTable, row: ComparisonRow) -> dict[str, object]:
    line: dict[str, object] = {
        "tasks": " ".join(table.tasks),
        "samples": table.samples,
        "model": row.model_run.label,
        "run": row.model_run.run,
        "mode": mode_of([row.model_run.simulated]),
        "baseline": table.baseline,
        "best_in": " ".join(sorted(row.best)),
        "n": row.graded,
    }
    values: dict[str, Value] = {**row.values, **(row.vs_baseline.values if row.vs_baseline is not None else {})}
    for name, value in values.items():
        if isinstance(value, ConfidenceInterval):
            line |= {name: value.estimate, f"{name}_low": value.low, f"{name}_high": value.high}
    if row.vs_baseline is not None:
        test, listed = row.vs_baseline.test, row.vs_baseline.list_ratios
        if isinstance(test, Difference):
            line |= {"paired_samples": test.samples, "p_value": test.p_value, "p_holm": row.vs_baseline.p_adjusted}
        if not isinstance(listed, Undefined):
            line |= {f"list_{name}_ratio": ratio for name, ratio in listed.items()}
        line["detectable_difference"] = (
            None if isinstance(row.vs_baseline.detectable, Undefined) else row.vs_baseline.detectable
        )
    for name, standing in (("usd", row.pareto_usd), ("s", row.pareto_s)):
        if isinstance(standing, ParetoPosition):
            line |= {f"on_front_{name}": standing.on_front, f"front_{name}_chance": standing.chance}
    return line


def _record(row: ComparisonRow) -> dict[str, object]:
    record: dict[str, object] = {
        "model": row.model_run.label,
        "run": row.model_run.run,
        "mode": mode_of([row.model_run.simulated]),
        "n": row.graded,
        "best_in": sorted(row.best),
        **{name: _figure(value) for name, value in row.values.items()},
        "front_usd": _figure(row.pareto_usd),
        "front_s": _figure(row.pareto_s),
    }
    if row.vs_baseline is None:
        return {**record, "against_baseline": None}
    test = row.vs_baseline.test
    against: dict[str, object] = {name: _figure(value) for name, value in row.vs_baseline.values.items()}
    against["test"] = _figure(test)
    against["p_holm"] = row.vs_baseline.p_adjusted
    against["detectable_difference"] = _figure(row.vs_baseline.detectable)
    against["list_price_ratios"] = _figure(row.vs_baseline.list_ratios)
    return {**record, "against_baseline": against}


def _figure(value: object) -> object:
    match value:
        case Undefined():
            return {"undefined": value.reason}
        case ConfidenceInterval():
            return {"estimate": value.estimate, "low": value.low, "high": value.high, "method": value.method}
        case ParetoPosition():
            return {"on_front": value.on_front, "chance": value.chance}
        case Difference():
            return {
                "name": value.test,
                "p_value": value.p_value,
                "samples": value.samples,
                "differing": value.differing,
                "left_out": value.left_out,
            }
        case _:
            return value
