"""Replies of the bullshit benchmark (JSON Lines): texts with usage, OpenRouter's charge and latency, no verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.core.clock import utc
from harness.core.errors import DataError
from harness.core.types import Attempt, Completion, Sample
from harness.importers.answers import failure_of
from harness.importers.fields import count_of, decimal_of, finish_of, timing_at
from harness.importers.responses import gateway_of, usage_of
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

KNOWN_BY = frozenset({"model_id", "question_id", "response_text", "response_usage", "started_at_utc"})
TASK = "bullshit-benchmark"
GATEWAY = "openrouter"
LACKING = ("verdicts", "targets", "streams")


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    models: dict[str, ImportedModel] = {}
    answers: list[ImportedAnswer] = []
    samples: dict[tuple[str, str], Sample] = {}
    for name in files.tables(KNOWN_BY, ".jsonl", ".jsonl.gz"):
        for number, row in enumerate(files.json_lines(name), 1):
            where = f"{name}:{number}"
            if not row.keys() >= KNOWN_BY:
                raise DataError(f"{where}: a reply has {', '.join(sorted(KNOWN_BY))}")
            answer = _answer(row, where)
            models.setdefault(answer.model, _model(row))
            sample = Sample(id=answer.sample_id, prompt=str(row.get("question") or ""), target="")
            samples.setdefault((TASK, sample.id), sample)
            answers.append(answer)
    return ImportedResults(
        published=Published(
            title="bullshit-benchmark, replies",
            url="https://github.com/petergpt/bullshit-benchmark",
            licence="MIT",
            published_on=max((at.date() for one in answers if (at := one.attempt.timing.started_at)), default=None),
            lacking=LACKING,
        ),
        models=tuple(models.values()),
        answers=tuple(answers),
        samples=samples,
    )


def _model(row: Mapping[str, Any]) -> ImportedModel:
    return ImportedModel(
        name=str(row["model"]),
        model_id=str(row["model_id"]),
        gateway=GATEWAY,
        effort=row.get("response_reasoning_effort"),
    )


def _answer(row: Mapping[str, Any], where: str) -> ImportedAnswer:
    return ImportedAnswer(
        model=str(row["model"]),
        task=TASK,
        sample_id=str(row["question_id"]),
        repeat=max(0, (count_of(row.get("run_index"), where) or 1) - 1),
        attempt=_attempt(row, where),
    )


def _attempt(row: Mapping[str, Any], where: str) -> Attempt:
    at = utc(str(row["started_at_utc"])) if row["started_at_utc"] else None
    usage = row["response_usage"] or None
    if row.get("error"):
        return failure_of(str(row["error"]), at=at)
    milliseconds = decimal_of(row.get("response_latency_ms"), where)
    return Completion(
        text=str(row["response_text"] or ""),
        reasoning="",
        finish_reason=finish_of(row.get("response_finish_reason")),
        timing=timing_at(at, None if milliseconds is None else float(milliseconds) / 1000),
        usage=usage_of(usage, gateway_of({"id": row.get("response_id")}) or GATEWAY),
        raw_usage=usage,
        reported_cost_usd=decimal_of((usage or {}).get("cost"), where),
        request_id=row.get("response_id") or None,
    )


FORMAT = SourceFormat(
    name="bullshit-replies",
    version=1,
    summary="bullshit-benchmark replies (JSON Lines)",
    matches=lambda files: bool(files.tables(KNOWN_BY, ".jsonl", ".jsonl.gz")),
    read=_read,
)
