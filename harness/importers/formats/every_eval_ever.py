"""Every Eval Ever (EvalEval coalition): an aggregate JSON file for each model, and instances in JSON Lines beside it.

Read off eval.schema.json and instance_level_eval.schema.json 0.2. `retrieved_timestamp` is the day of the record, not
of the run, so only `evaluation_timestamp` dates a response.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from harness.core.clock import utc
from harness.core.errors import DataError
from harness.core.types import Attempt, Sample
from harness.importers.answers import completion_of, failure_of, text_of, usage_of_counts
from harness.importers.fields import count_of, decimal_of, instant_of, source_grade
from harness.importers.results import (
    BoardRow,
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

INSTANCE = frozenset({"evaluation_id", "model_id", "sample_id", "interaction_type", "evaluation"})
AGGREGATE = frozenset({"evaluation_id", "model_info", "evaluation_results"})
LACKING = ("dollars", "cached tokens, where the instances do not count them")


def _instances(files: SourceFiles) -> list[str]:
    return [name for name in files.names(".jsonl") if files.first_row(name).keys() >= INSTANCE]


def _aggregates(files: SourceFiles) -> list[tuple[str, dict[str, Any]]]:
    names = [name for name in files.names(".json") if b'"evaluation_results"' in files.bytes_of(name)]
    found = [(name, files.json(name)) for name in names]
    return [(name, one) for name, one in found if isinstance(one, dict) and one.keys() >= AGGREGATE]


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    aggregates = _aggregates(files)
    instants = {str(one["evaluation_id"]): _instant(one.get("evaluation_timestamp")) for _, one in aggregates}
    answers: list[ImportedAnswer] = []
    samples: dict[tuple[str, str], Sample] = {}
    taken: dict[tuple[str, str, str], dict[str, object]] = {}
    for name in _instances(files):
        for number, row in enumerate(files.json_lines(name), 1):
            where = f"{name}:{number}"
            if not row.keys() >= INSTANCE:
                raise DataError(f"{where}: an instance has {', '.join(sorted(INSTANCE))}")
            sample, task = _sample(row), str(row.get("evaluation_name") or "every-eval-ever")
            runs = taken.setdefault((str(row["model_id"]), task, sample.id), {})
            run, result = str(row["evaluation_id"]), row.get("evaluation_result_id")
            if run in runs and runs[run] != result:  # the same answer under another metric
                continue
            runs.setdefault(run, result)
            samples.setdefault((task, sample.id), sample)
            answers.append(_answer(row, task, sample, list(runs).index(run), instants.get(run), where))
    return ImportedResults(
        published=_published(aggregates),
        models=tuple(ImportedModel(name=one) for one in dict.fromkeys(one.model for one in answers)),
        answers=tuple(answers),
        samples=samples,
        rows=tuple(row for name, one in aggregates for row in _rows(one, name)),
    )


def _published(aggregates: list[tuple[str, dict[str, Any]]]) -> Published:
    sources = [one.get("source_metadata") for _, one in aggregates]
    names = dict.fromkeys(
        str(one["source_name"]) for one in sources if isinstance(one, dict) and one.get("source_name")
    )
    return Published(
        title=f"Every Eval Ever: {', '.join(names)}" if names else "Every Eval Ever",
        url="https://github.com/evaleval/every_eval_ever",
        lacking=LACKING,
    )


def _instant(value: object) -> datetime | None:
    """Unix seconds or an ISO instant, as text or number."""
    if value is None:
        return None
    try:
        return instant_of(Decimal(str(value)))
    except InvalidOperation:
        return utc(str(value))


def _sample(row: Mapping[str, Any]) -> Sample:
    asked = row.get("input") if isinstance(row.get("input"), dict) else {}
    assert isinstance(asked, dict)
    return Sample(id=str(row["sample_id"]), prompt=text_of(asked.get("raw")), target=_first(asked.get("reference")))


def _first(value: object) -> str:
    """The text, or the only one of a list: of several references none is the target."""
    if isinstance(value, list):
        return str(value[0]) if len(value) == 1 else ""
    return "" if value is None else str(value)


def _answer(
    row: Mapping[str, Any], task: str, sample: Sample, repeat: int, at: datetime | None, where: str
) -> ImportedAnswer:
    attempt = _attempt(row, at, where)
    is_correct = row["evaluation"].get("is_correct") if isinstance(row["evaluation"], dict) else None
    has_answer = not row.get("error")
    return ImportedAnswer(
        model=str(row["model_id"]),
        task=task,
        sample_id=sample.id,
        repeat=repeat,
        attempt=attempt,
        grade=source_grade("every-eval-ever", is_correct) if isinstance(is_correct, bool) and has_answer else None,
        has_text=has_answer and bool(getattr(attempt, "text", "")) and bool(sample.target),
    )


def _attempt(row: Mapping[str, Any], at: datetime | None, where: str) -> Attempt:
    if row.get("error"):
        return failure_of(str(row["error"]), at=at)
    output, messages, usage = row.get("output") or {}, row.get("messages") or [], row.get("token_usage")
    said = [one.get("content") for one in messages if isinstance(one, dict) and one.get("role") == "assistant"]
    milliseconds = decimal_of((row.get("performance") or {}).get("latency_ms"), where)
    return completion_of(
        text_of(output.get("raw")) or text_of(said[-1] if said else ""),
        at=at,
        total_s=None if milliseconds is None else float(milliseconds) / 1000,
        usage=usage_of_counts(usage, where),
        raw_usage=usage if isinstance(usage, dict) else None,
    )


def _rows(aggregate: Mapping[str, Any], where: str) -> list[BoardRow]:
    """The published shares; a score that is no share stays among the figures."""
    info = aggregate["model_info"]
    model = str(info.get("id") or info.get("name")) if isinstance(info, dict) else str(info)
    return [_row(one, model, str(aggregate["evaluation_id"]), where) for one in aggregate["evaluation_results"]]


def _row(result: Mapping[str, Any], model: str, run: str, where: str) -> BoardRow:
    config, details = result.get("metric_config") or {}, result.get("score_details") or {}
    score = decimal_of(details.get("score"), where)
    is_share = (config.get("min_score"), config.get("max_score")) == (0, 1) and not config.get("lower_is_better")
    n = count_of((details.get("uncertainty") or {}).get("num_samples"), where)
    return BoardRow(
        id=f"{run} {result.get('evaluation_name')}",
        model=model,
        benchmark=str(result.get("evaluation_name")),
        n=n,
        accuracy=float(score) if score is not None and is_share else None,
        figures={} if is_share else {str(result.get("evaluation_name")): score},
    )


FORMAT = SourceFormat(
    name="every-eval-ever",
    version=1,
    summary="Every Eval Ever records and instances (JSON, JSON Lines)",
    matches=lambda files: bool(_instances(files) or _aggregates(files)),
    read=_read,
)
