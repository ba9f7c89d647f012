"""Logs of Inspect AI: `.eval` (a zip of JSON files) and its JSON form, read without importing Inspect.

A sample has id, epoch, input, target, output, scores and usage by model; one with an error gave no answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.core.clock import utc
from harness.core.errors import DataError
from harness.core.types import Sample
from harness.importers.answers import completion_of, failure_of, text_of, usage_of_counts
from harness.importers.fields import count_of, decimal_of, finish_of, source_grade
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

CORRECT, WRONG = frozenset({"C", "1", "1.0", "True"}), frozenset({"I", "0", "0.0", "False", "N"})
LACKING = ("the day of each request: that of the log stands for it", "the host", "time to first token")


def _logs(files: SourceFiles) -> list[str]:
    """The headers of zipped logs, and whole JSON logs."""
    found = files.names("header.json")
    return found or [
        name
        for name in files.names(".json")
        if b'"eval"' in files.start_of(name)[:4000] and b'"task"' in files.start_of(name)[:4000]
    ]


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    models: dict[str, ImportedModel] = {}
    answers: list[ImportedAnswer] = []
    samples: dict[tuple[str, str], Sample] = {}
    for name in _logs(files):
        header = files.json(name)
        spec = header.get("eval") if isinstance(header, dict) else None
        if not isinstance(spec, dict) or not spec.get("model") or not spec.get("task"):
            raise DataError(f"{name}: an Inspect log names eval.model and eval.task")
        model, task = str(spec["model"]), str(spec["task"]).rpartition("/")[2]
        models.setdefault(model, ImportedModel(name=model))
        for where, entry in _samples(files, name, header):
            sample = Sample(
                id=str(entry.get("id")), prompt=text_of(entry.get("input")), target=text_of(entry.get("target"))
            )
            samples.setdefault((task, sample.id), sample)
            answers.append(_answer(entry, model, task, sample, spec.get("created"), where))
    published = Published(title="Inspect log", lacking=LACKING)
    return ImportedResults(published=published, models=tuple(models.values()), answers=tuple(answers), samples=samples)


def _samples(files: SourceFiles, name: str, header: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    inner = header.get("samples")
    if isinstance(inner, list):
        yield from ((f"{name}, sample {number}", one) for number, one in enumerate(inner, 1))
        return
    folder = name.removesuffix("header.json")
    for one in files.names(".json"):
        if one.startswith(f"{folder}samples/"):
            yield one, files.json(one)


def _answer(
    entry: Mapping[str, Any], model: str, task: str, sample: Sample, created: object, where: str
) -> ImportedAnswer:
    output = entry.get("output") or {}
    choices = output.get("choices") or [{}]
    raw = (entry.get("model_usage") or {}).get(model)  # other models (graders) are not its bill
    instant = utc(str(created)) if created else None
    seconds = decimal_of(entry.get("working_time") or entry.get("total_time"), where)
    text = text_of((choices[0].get("message") or {}).get("content")) or str(output.get("completion") or "")
    score = next(iter((entry.get("scores") or {}).values()), None)
    value = None if score is None else str(score.get("value"))
    error = entry.get("error")
    grade = None if value not in CORRECT | WRONG or error else source_grade("inspect", value in CORRECT)
    attempt = completion_of(
        text,
        at=instant,
        total_s=None if seconds is None else float(seconds),
        usage=usage_of_counts(raw, where),
        raw_usage=raw,
        finish=finish_of(choices[0].get("stop_reason")),
    )
    return ImportedAnswer(
        model=model,
        task=task,
        sample_id=sample.id,
        repeat=max(0, (count_of(entry.get("epoch"), where) or 1) - 1),
        attempt=failure_of(_message(error), at=instant) if error else attempt,
        grade=grade,
        has_text=bool(text and sample.target and not error),
    )


def _message(error: object) -> str:
    return str(error.get("message")) if isinstance(error, dict) else str(error)


FORMAT = SourceFormat(
    name="inspect", version=2, summary="Inspect logs (.eval, JSON)", matches=lambda f: bool(_logs(f)), read=_read
)
