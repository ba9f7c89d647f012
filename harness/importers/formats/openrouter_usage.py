"""OpenRouter's activity export (CSV): a row is a generation with its charge and tokens; here a row a model and day."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from harness.core.errors import DataError
from harness.importers.fields import count_of, day_of, decimal_of
from harness.importers.results import (
    BoardRow,
    ImportedResults,
    ImportOptions,
    ModelTokens,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles
from harness.pricing.exact import exact_sum

KNOWN_BY = frozenset({"generation_id", "created_at", "cost_total", "tokens_prompt", "tokens_completion"})
MODEL_COLUMNS = ("model_permaslug", "model")
LACKING = ("texts and verdicts", "cached tokens, unless the column tokens_cached is there")


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    groups: dict[tuple[str, str], list[dict[str, str]]] = {}
    for name in files.tables(KNOWN_BY, ".csv", ".csv.gz"):
        for number, row in enumerate(files.csv_rows(name), 2):
            model = next((row[column] for column in MODEL_COLUMNS if row.get(column)), None)
            if model is None:
                raise DataError(f"{name}, row {number}: no model in {' or '.join(MODEL_COLUMNS)}")
            groups.setdefault((model, row["created_at"][:10]), []).append(row)
    return ImportedResults(
        published=Published(title="OpenRouter activity", url="https://openrouter.ai/activity", lacking=LACKING),
        rows=tuple(_row(model, day, rows) for (model, day), rows in groups.items()),
    )


def _row(model: str, day: str, rows: Sequence[dict[str, str]]) -> BoardRow:
    where = f"{model} on {day}"
    charges = [decimal_of(row["cost_total"], where) for row in rows]
    known = [charge for charge in charges if charge is not None]
    found = day_of(day)
    return BoardRow(
        id=where,
        model=model,
        benchmark="activity",
        n=len(rows),
        usd=exact_sum(known) if len(known) == len(charges) else None,
        usd_printed=f"{exact_sum(known):f}" if known else None,
        days=() if found is None else (found,),
        tokens=(
            ModelTokens(
                model=f"openrouter/{model}",
                prompt=_sum(rows, "tokens_prompt", where),
                completion=_sum(rows, "tokens_completion", where),
                cached=_sum(rows, "tokens_cached", where),
                reasoning=_sum(rows, "tokens_reasoning", where),
            ),
        ),
        figures={"generations": Decimal(len(rows))},
    )


def _sum(rows: Sequence[dict[str, str]], column: str, where: str) -> int | None:
    """The sum, None as soon as a row does not say."""
    counts = [count_of(row.get(column), where) for row in rows]
    return None if None in counts else sum(count or 0 for count in counts)


FORMAT = SourceFormat(
    name="openrouter-usage",
    version=1,
    summary="OpenRouter activity (CSV)",
    matches=lambda files: bool(files.tables(KNOWN_BY, ".csv", ".csv.gz")),
    read=_read,
)
