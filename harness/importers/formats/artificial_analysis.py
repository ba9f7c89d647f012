"""Tables of Artificial Analysis as CSV: a row is a model, with the dollars and tokens of running their index.

Until index v4.0 the dollars are tokens times the two printed prices; from v4.1 (June 2026) cached input is discounted
and its share is not printed, so that product is an upper bound.
"""

from __future__ import annotations

from decimal import Decimal

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
FIGURES = ("coding", "tps", "ttft", "ttfa", "e2e", "tok_in", "tok_out", "tok_reas", "price_in", "price_out")
LACKING = (
    "anything by task, so no intervals",
    "the share of cached input, discounted in the dollars from index v4.1 (June 2026) on",
)


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    rows = tuple(
        _row(entry, name, f"{name}, row {number}")
        for name in files.tables(KNOWN_BY, ".csv", ".csv.gz")
        for number, entry in enumerate(files.csv_rows(name), 2)
    )
    published = Published(
        title="Artificial Analysis Intelligence Index", url="https://artificialanalysis.ai", lacking=LACKING
    )
    return ImportedResults(published=published, rows=rows)


def _row(entry: dict[str, str], table: str, where: str) -> BoardRow:
    prompt, completion = count_of(entry["tok_in"], where), count_of(entry["tok_out"], where)
    price_in, price_out = decimal_of(entry["price_in"], where), decimal_of(entry["price_out"], where)
    tokens = ModelTokens(
        model=entry["slug"], prompt=prompt, completion=completion, reasoning=count_of(entry.get("tok_reas"), where)
    )
    day = day_of(table.rpartition("_")[2])
    return BoardRow(
        id=entry["slug"],
        model=entry.get("name") or entry["slug"],
        benchmark=table.rpartition("/")[2].partition(".")[0],
        score=decimal_of(entry["ii"], where),
        usd=dollars_of(entry["cost_total"], where),
        usd_printed=entry["cost_total"] or None,
        days=() if day is None else (day,),
        tokens=() if prompt is None or completion is None else (tokens,),
        rates=None if price_in is None or price_out is None else (price_in, price_out),
        figures={name: _figure(entry, name, where) for name in FIGURES},
    )


def _figure(entry: dict[str, str], name: str, where: str) -> Decimal | None:
    return decimal_of(entry.get(name), where)


FORMAT = SourceFormat(
    name="artificial-analysis",
    version=2,
    summary="Artificial Analysis tables (CSV)",
    matches=lambda files: bool(files.tables(KNOWN_BY, ".csv", ".csv.gz")),
    read=_read,
)
