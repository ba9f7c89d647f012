"""Logs of Inspect AI: `.eval` (a zip of JSON files) and its JSON form, read without importing Inspect.

A sample has id, epoch, input, target, output, scores and usage by model. `input_tokens` leaves cached tokens out where
`total_tokens` counts them beside it, as with Anthropic's models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.core.clock import utc
from harness.core.errors import DataError
from harness.core.types import Sample, Usage
from harness.importers.answers import completion_of
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
        if b'"eval"' in files.bytes_of(name)[:4000] and b'"task"' in files.bytes_of(name)[:4000]
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
                id=str(entry.get("id")), prompt=_text(entry.get("input")), target=_text(entry.get("target"))
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
    usage, raw = _usage(entry.get("model_usage") or {}, model, where)
    seconds = decimal_of(entry.get("working_time") or entry.get("total_time"), where)
    text = _text((choices[0].get("message") or {}).get("content")) or str(output.get("completion") or "")
    score = next(iter((entry.get("scores") or {}).values()), None)
    value = None if score is None else str(score.get("value"))
    return ImportedAnswer(
        model=model,
        task=task,
        sample_id=sample.id,
        repeat=max(0, (count_of(entry.get("epoch"), where) or 1) - 1),
        attempt=completion_of(
            text,
            at=utc(str(created)) if created else None,
            total_s=None if seconds is None else float(seconds),
            usage=usage,
            raw_usage=raw,
            finish=finish_of(choices[0].get("stop_reason")),
        ),
        grade=None if value not in CORRECT | WRONG else source_grade("inspect", value in CORRECT),
        has_text=bool(text and sample.target),
    )


def _usage(by_model: Mapping[str, Any], model: str, where: str) -> tuple[Usage | None, Any]:
    """The usage of the model asked; other models (graders) are not its bill."""
    raw = by_model.get(model)
    if not isinstance(raw, dict):
        return None, None
    prompt, completion = count_of(raw.get("input_tokens"), where), count_of(raw.get("output_tokens"), where)
    cached, written = (count_of(raw.get(f"input_tokens_cache_{what}"), where) for what in ("read", "write"))
    total, beside = count_of(raw.get("total_tokens"), where), (cached or 0) + (written or 0)
    if prompt is not None and beside and total == prompt + (completion or 0) + beside:
        prompt += beside
    return Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        cached_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=count_of(raw.get("reasoning_tokens"), where),
    ), raw


def _text(value: object) -> str:
    """A text, or the texts of messages or content parts one under the other."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "\n".join(filter(None, map(_text, value)))
    if isinstance(value, dict):
        return _text(value.get("text") or value.get("content"))
    return ""


FORMAT = SourceFormat(
    name="inspect", version=1, summary="Inspect logs (.eval, JSON)", matches=lambda f: bool(_logs(f)), read=_read
)
