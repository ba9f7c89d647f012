"""Any CSV or JSON Lines table, a row an answer, by a mapping of its columns: `--map correct=resolved,usd=cost`.

Without one a mapping is proposed from the columns' names, and a table without a model or a verdict is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.core.clock import utc
from harness.core.errors import DataError, UsageError
from harness.core.labels import closest_names
from harness.core.types import Completion, FinishReason, Sample, Usage
from harness.importers.fields import count_of, decimal_of, dollars_of, source_grade, timing_at
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

FIELDS: Mapping[str, tuple[str, ...]] = {
    "model": ("model", "model_name", "model_id", "engine", "llm"),
    "sample": ("sample_id", "sample", "instance_id", "question_id", "task_id", "problem_id", "doc_id", "id"),
    "task": ("task", "benchmark", "dataset", "task_name", "category"),
    "correct": ("correct", "is_correct", "resolved", "passed", "pass", "success", "score", "exact_match", "acc"),
    "usd": ("usd", "cost_usd", "cost", "total_cost", "price"),
    "prompt_tokens": ("prompt_tokens", "input_tokens", "tokens_in", "prompt_token_count"),
    "completion_tokens": ("completion_tokens", "output_tokens", "tokens_out", "completion_token_count"),
    "cached_tokens": ("cached_tokens", "cached_input_tokens", "cache_read_tokens"),
    "reasoning_tokens": ("reasoning_tokens", "thinking_tokens"),
    "seconds": ("latency_s", "seconds", "duration_s", "latency", "elapsed"),
    "at": ("created_at", "timestamp", "at", "date", "time"),
    "text": ("response", "completion", "output", "answer_text", "text"),
    "prompt": ("prompt", "question", "input"),
    "target": ("target", "gold", "expected", "reference", "ground_truth"),
    "repeat": ("repeat", "run", "trial", "epoch", "attempt"),
}
"""Our field and the columns it is proposed for, in falling order."""
NEEDED = ("model", "correct")
CURRENCY = ("currency", "cost_currency", "usd_currency", "cost_unit", "currency_code")
TRUE, FALSE = (
    frozenset({"true", "1", "1.0", "yes", "correct", "pass", "passed", "c"}),
    frozenset({"false", "0", "0.0", "no", "wrong", "incorrect", "fail", "failed", "i"}),
)


def _tables(files: SourceFiles) -> list[str]:
    return files.names(".csv", ".csv.gz", ".jsonl", ".jsonl.gz")


def propose(columns: list[str]) -> dict[str, str]:
    """A column for each field whose name is known."""
    lowered = {column.lower(): column for column in reversed(columns)}
    found = {field: next((lowered[one] for one in names if one in lowered), None) for field, names in FIELDS.items()}
    return {field: column for field, column in found.items() if column is not None}


def advice(columns: list[str]) -> str:
    """The `--map` that would read a table, as far as names of columns tell, and its columns."""
    found = propose(columns)
    proposed = {field: found.get(field, "COLUMN") for field in (*NEEDED, *(one for one in found if one not in NEEDED))}
    words = ",".join(f"{field}={column}" for field, column in proposed.items())
    return f"--map {words} (its columns: {', '.join(columns[:20])})"


def _matches(files: SourceFiles) -> bool:
    return any(set(NEEDED) <= propose(list(files.first_row(name))).keys() for name in _tables(files))


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    answers: list[ImportedAnswer] = []
    samples: dict[tuple[str, str], Sample] = {}
    used: dict[str, str] = {}
    for name in _tables(files):
        rows: list[Any] = files.csv_rows(name) if ".csv" in name else list(files.json_lines(name))
        columns = list(dict.fromkeys(key for row in rows for key in row))
        mapping = _mapping(columns, options, name)
        used |= mapping
        for number, row in enumerate(rows, 1):
            answer, sample = _answer(row, mapping, f"{name}, row {number}", number)
            samples.setdefault((answer.task, sample.id), sample)
            answers.append(answer)
    if not answers:
        raise DataError("no row in these files")
    words = ",".join(f"{field}={column}" for field, column in used.items())
    lacking = tuple(field.replace("_", " ") for field in FIELDS if field not in used)
    return ImportedResults(
        published=Published(lacking=lacking, notes=(f"columns read by --map {words}",)),
        models=tuple(ImportedModel(name=one) for one in dict.fromkeys(one.model for one in answers)),
        answers=tuple(answers),
        samples=samples,
    )


def _mapping(columns: list[str], options: ImportOptions, name: str) -> dict[str, str]:
    for field, column in options.columns.items():
        if field not in FIELDS:
            raise UsageError(f"--map {field}=...: no such field; {closest_names(field, FIELDS)}")
        if column not in columns:
            raise UsageError(f"--map {field}={column}: {name} has no such column; {closest_names(column, columns)}")
    found = {**propose(columns), **options.columns}
    missing = [field for field in NEEDED if field not in found]
    if missing:
        raise DataError(f"{name}: no column for {' and '.join(missing)}; name it with {advice(columns)}")
    return found


def _answer(
    row: Mapping[str, Any], mapping: Mapping[str, str], where: str, number: int
) -> tuple[ImportedAnswer, Sample]:
    def cell(field: str) -> Any:
        return row.get(mapping[field]) if field in mapping else None

    _check_currency(row, where)
    model = str(cell("model") or "")
    if not model:
        raise DataError(f"{where}: no model in the column {mapping['model']}")
    sample = Sample(
        id=str(cell("sample") or number), prompt=str(cell("prompt") or ""), target=str(cell("target") or "")
    )
    text = str(cell("text") or "")
    seconds = decimal_of(cell("seconds"), where)
    raw: dict[str, Any] = {name: count_of(cell(name), where) for name in FIELDS if name.endswith("_tokens")}
    usage = Usage(**raw) if any(count is not None for count in raw.values()) else None
    attempt = Completion(
        text=text,
        reasoning="",
        finish_reason=FinishReason.NOT_GIVEN,
        timing=timing_at(_instant(cell("at"), where), None if seconds is None else float(seconds)),
        usage=usage,
        raw_usage=raw if usage is not None else None,
        reported_cost_usd=dollars_of(cell("usd"), where),
    )
    answer = ImportedAnswer(
        model=model,
        task=str(cell("task") or "imported"),
        sample_id=sample.id,
        attempt=attempt,
        repeat=count_of(cell("repeat"), where) or 0,
        grade=source_grade("table", _is_correct(cell("correct"), where)),
        has_text=bool(text and sample.target),
    )
    return answer, sample


def _check_currency(row: Mapping[str, Any], where: str) -> None:
    """Raises DataError for an amount that the row says is not in dollars."""
    for column, value in row.items():
        if column and column.lower() in CURRENCY and str(value or "").strip().lower() not in ("", "usd", "$", "us$"):
            raise DataError(f"{where}: {column} is {value!r}; accepted: dollars alone (USD)")


def _instant(value: Any, where: str) -> Any:
    if value in (None, ""):
        return None
    try:
        return utc(str(value))
    except ValueError:
        raise DataError(f"{where}: {value!r} is not a time such as 2025-11-15T10:00Z") from None


def _is_correct(value: Any, where: str) -> bool | None:
    if value is None or value == "":
        return None
    word = str(value).strip().lower()
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise DataError(f"{where}: the verdict is {value!r}; accepted: true or false, 1 or 0")


FORMAT = SourceFormat(
    name="table", version=1, summary="any CSV or JSON Lines table by --map", matches=_matches, read=_read
)
