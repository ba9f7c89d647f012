"""The bullshit benchmark's usage by configuration (CSV): OpenRouter's charge and token sums, no verdicts.

`rows_with_cost` below `rows` makes the sum of charges a part, not a total.
"""

from __future__ import annotations

from harness.importers.fields import count_of, decimal_of
from harness.importers.results import (
    BoardRow,
    ImportedResults,
    ImportOptions,
    ModelTokens,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

KNOWN_BY = frozenset({"model", "rows", "rows_with_cost", "prompt_tokens_total", "cost_usd_total"})
LACKING = ("verdicts", "the days of the requests", "tokens and dollars by question")


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    rows = tuple(
        _row(entry, name, f"{name}, row {number}")
        for name in files.tables(KNOWN_BY, ".csv", ".csv.gz")
        for number, entry in enumerate(files.csv_rows(name), 2)
    )
    published = Published(
        title="bullshit-benchmark, usage by model",
        url="https://github.com/petergpt/bullshit-benchmark",
        licence="MIT",
        lacking=LACKING,
    )
    return ImportedResults(published=published, rows=rows)


def _row(entry: dict[str, str], table: str, where: str) -> BoardRow:
    rows, with_cost = count_of(entry["rows"], where), count_of(entry["rows_with_cost"], where)
    charged = decimal_of(entry["cost_usd_total"], where)
    is_whole = rows is not None and rows == with_cost
    name = entry["model"]
    part = f"the charge of {with_cost} of {rows} rows is known: a part, not the total"
    return BoardRow(
        id=name,
        model=name,
        benchmark=table.rpartition("/")[2].partition(".")[0],
        n=rows,
        usd=charged if is_whole else None,
        usd_printed=entry["cost_usd_total"] or None,
        tokens=(
            ModelTokens(
                model=f"openrouter/{name.partition('@')[0]}",
                prompt=count_of(entry["prompt_tokens_total"], where),
                completion=count_of(entry["completion_tokens_total"], where),
                cached=count_of(entry.get("cached_prompt_tokens_total"), where),
                reasoning=count_of(entry.get("reasoning_tokens_total"), where),
                cache_write=count_of(entry.get("cache_write_tokens_total"), where),
            ),
        ),
        figures={
            "rows_with_cost": decimal_of(with_cost, where),
            "charged_usd": charged if with_cost else None,
            "mean_latency_ms": decimal_of(entry.get("avg_latency_ms"), where),
        },
        notes=() if is_whole else (part,),
    )


FORMAT = SourceFormat(
    name="bullshit",
    version=1,
    summary="bullshit-benchmark usage by model (CSV)",
    matches=lambda files: bool(files.tables(KNOWN_BY, ".csv", ".csv.gz")),
    read=_read,
)
