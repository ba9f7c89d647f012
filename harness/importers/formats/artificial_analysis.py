"""Tables of Artificial Analysis: a row is a model, with the dollars and tokens of running their index.

Read as CSV, as the JSON of their leaderboard page (`{meta, models}`) and as the answer of their API (`{status, data}`,
artificialanalysis.ai/documentation, read 2026-11), which has prices and speed and neither dollars nor tokens of a run.

Until index v4.0 the dollars are tokens times the two printed prices; from v4.1 (June 2026) cached input is discounted
and its share is not printed, so that product is an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from harness.core.errors import DataError
from harness.importers.fields import count_of, day_of, decimal_of, dollars_of
from harness.importers.results import (
    BoardRow,
    ImportedResults,
    ImportOptions,
    ModelTokens,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

KNOWN_BY = frozenset({"slug", "ii", "cost_total", "tok_in", "tok_out", "price_in", "price_out"})
TABLES = (".csv", ".csv.gz")
INDEX = "artificial_analysis_intelligence_index"
KEYS = (f'"{INDEX}"'.encode(), b'"slug"', b'"pricing"')
"""Of a model in the JSON files."""
PATHS: Mapping[str, tuple[str, ...]] = {
    "slug": ("slug",),
    "name": ("name",),
    "ii": (f"evaluations.{INDEX}",),
    "coding": ("evaluations.artificial_analysis_coding_index",),
    "price_in": ("pricing.price_1m_input_tokens",),
    "price_out": ("pricing.price_1m_output_tokens",),
    "cost_total": ("pricing.intelligence_index_cost_total", f"{INDEX}_cost.total_cost"),
    "tok_in": ("breakdowns.intelligence_index_token_counts.inputTokens",),
    "tok_out": ("breakdowns.intelligence_index_token_counts.outputTokens",),
    "tok_reas": ("breakdowns.intelligence_index_token_counts.reasoningTokens",),
    "tps": ("speed.output_tokens_per_second", "median_output_tokens_per_second"),
    "ttft": ("speed.time_to_first_token_seconds", "median_time_to_first_token_seconds"),
    "ttfa": ("speed.time_to_first_answer_token_seconds", "median_time_to_first_answer_token"),
    "e2e": ("speed.end_to_end_response_time_seconds",),
}
"""The CSV's columns, and where the JSON has each: the first path that holds a value, the page's before the API's."""
FIGURES = ("coding", "tps", "ttft", "ttfa", "e2e", "tok_in", "tok_out", "tok_reas", "price_in", "price_out")
LACKING = (
    "anything by task, so no intervals",
    "the share of cached input, discounted in the dollars from index v4.1 (June 2026) on",
)


def _documents(files: SourceFiles) -> list[str]:
    return [name for name in files.names(".json", ".json.gz") if all(key in files.start_of(name) for key in KEYS)]


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    rows = [
        _row(entry, name, day_of(name.partition(".")[0].rpartition("_")[2]), f"{name}, row {number}")
        for name in files.tables(KNOWN_BY, *TABLES)
        for number, entry in enumerate(files.csv_rows(name), 2)
    ]
    for name in _documents(files):
        rows += _rows_of_document(files.json(name), name)
    published = Published(
        title="Artificial Analysis Intelligence Index",
        url="https://artificialanalysis.ai",
        published_on=max((day for row in rows for day in row.days), default=None),
        lacking=LACKING,
    )
    return ImportedResults(published=published, rows=tuple(rows))


def _rows_of_document(content: Any, name: str) -> Iterator[BoardRow]:
    """The models of a JSON file: `models` of the page's, `data` of the API's."""
    found = content.get("models") or content.get("data") if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise DataError(f"{name}: found no list of models; accepted: {{models: [...]}} or {{data: [...]}}")
    fetched = day_of(_at(content, "meta.fetched_at"))
    day = fetched or day_of(name.partition(".")[0].rpartition("_")[2])
    for number, entry in enumerate(found, 1):
        where = f"{name}, model {number}"
        columns = {column: _first(entry, paths) for column, paths in PATHS.items()}
        if not columns["slug"]:
            raise DataError(f"{where}: a model has a slug")
        yield _row(columns, name, day, where)


def _first(entry: object, paths: tuple[str, ...]) -> Any:
    return next((found for path in paths if (found := _at(entry, path)) is not None), None)


def _at(value: object, path: str) -> Any:
    """The value below the names of a path; None where one is missing."""
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _row(entry: Mapping[str, Any], table: str, day: date | None, where: str) -> BoardRow:
    prompt, completion = count_of(entry["tok_in"], where), count_of(entry["tok_out"], where)
    price_in, price_out = decimal_of(entry["price_in"], where), decimal_of(entry["price_out"], where)
    tokens = ModelTokens(
        model=entry["slug"], prompt=prompt, completion=completion, reasoning=count_of(entry.get("tok_reas"), where)
    )
    printed = entry["cost_total"]
    return BoardRow(
        id=entry["slug"],
        model=entry.get("name") or entry["slug"],
        benchmark=table.rpartition("/")[2].partition(".")[0],
        score=decimal_of(entry["ii"], where),
        usd=dollars_of(printed, where),
        usd_printed=None if printed in (None, "") else str(printed),
        days=() if day is None else (day,),
        tokens=() if prompt is None or completion is None else (tokens,),
        rates=None if price_in is None or price_out is None else (price_in, price_out),
        figures={name: decimal_of(entry.get(name), where) for name in FIGURES},
    )


FORMAT = SourceFormat(
    name="artificial-analysis",
    version=3,
    summary="Artificial Analysis tables (CSV, JSON)",
    matches=lambda files: bool(files.tables(KNOWN_BY, *TABLES) or _documents(files)),
    read=_read,
)
