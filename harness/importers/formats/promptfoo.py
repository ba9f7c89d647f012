"""Results of promptfoo as JSON (`promptfoo eval -o results.json`): a result is a provider on a test case."""

from __future__ import annotations

from typing import Any

from harness.core.clock import utc
from harness.core.errors import DataError
from harness.core.types import Sample, Usage
from harness.importers.answers import completion_of, failure_of
from harness.importers.fields import count_of, decimal_of, dollars_of, source_grade
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

LACKING = ("the day of each request: that of the evaluation stands for it", "reasoning tokens", "retries")


ERROR = 2
"""`failureReason` of a test whose request failed; 1 is a failed assertion."""


def _file(files: SourceFiles) -> str | None:
    for name in files.names(".json"):
        head = files.start_of(name)
        if b'"promptIdx"' in head and b'"provider"' in head:
            return name
    return None


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    name = _file(files)
    content = {} if name is None else files.json(name)
    outer = content.get("results") if isinstance(content, dict) else None
    results = outer.get("results") if isinstance(outer, dict) else None
    if name is None or not isinstance(results, list):
        raise DataError("promptfoo results are {results: {results: [...]}}")
    at = outer.get("timestamp") if isinstance(outer, dict) else None
    answers: list[ImportedAnswer] = []
    samples: dict[tuple[str, str], Sample] = {}
    taken: dict[tuple[str, str], int] = {}
    for number, entry in enumerate(results, 1):
        answer, sample = _answer(entry, at, f"{name}, result {number}", taken)
        samples.setdefault((answer.task, sample.id), sample)
        answers.append(answer)
    names = dict.fromkeys(one.model for one in answers)
    return ImportedResults(
        published=Published(title="promptfoo results", lacking=LACKING),
        models=tuple(ImportedModel(name=one, model_id=_model_id(one)) for one in names),
        answers=tuple(answers),
        samples=samples,
    )


def _answer(entry: Any, at: object, where: str, taken: dict[tuple[str, str], int]) -> tuple[ImportedAnswer, Sample]:
    if not isinstance(entry, dict) or not isinstance(entry.get("success"), bool):
        raise DataError(f"{where}: a result has provider and success")
    provider = entry.get("provider")
    model = str(provider.get("id") if isinstance(provider, dict) else provider)
    response = entry.get("response") if isinstance(entry.get("response"), dict) else {}
    assert isinstance(response, dict)
    raw = response.get("tokenUsage") if isinstance(response.get("tokenUsage"), dict) else None
    prompt = entry.get("prompt")
    sample = Sample(
        id=f"{entry.get('testIdx', 0)}.{entry.get('promptIdx', 0)}",
        prompt=str(prompt.get("raw", "")) if isinstance(prompt, dict) else "",
        target="",
    )
    milliseconds = decimal_of(entry.get("latencyMs"), where)
    repeat = taken[model, sample.id] = taken.get((model, sample.id), -1) + 1
    output = response.get("output")
    instant = utc(str(at)) if at else None
    if entry.get("failureReason") == ERROR and not output:
        failure = failure_of(str(entry.get("error") or "an error"), at=instant)
        return ImportedAnswer(
            model=model, task="promptfoo", sample_id=sample.id, repeat=repeat, attempt=failure
        ), sample
    attempt = completion_of(
        output if isinstance(output, str) else "",
        at=instant,
        total_s=None if milliseconds is None or response.get("cached") else float(milliseconds) / 1000,
        usage=_usage(raw, where),
        raw_usage=raw,
        usd=dollars_of(entry.get("cost"), where),
    )
    grade = source_grade("promptfoo", entry["success"])
    return ImportedAnswer(
        model=model, task="promptfoo", sample_id=sample.id, repeat=repeat, attempt=attempt, grade=grade
    ), sample


def _model_id(provider: str) -> str:
    """`openai:chat:gpt-5` and `openai:gpt-5` as `openai/gpt-5`."""
    host, _, rest = provider.partition(":")
    return f"{host}/{rest.rpartition(':')[2]}" if rest else provider


def _usage(raw: dict[str, Any] | None, where: str) -> Usage | None:
    """Tokens that were billed; None where the answer came from promptfoo's own cache, which counts only `cached`."""
    if raw is None or raw.get("prompt") is None or raw.get("completion") is None:
        return None
    return Usage(prompt_tokens=count_of(raw["prompt"], where), completion_tokens=count_of(raw["completion"], where))


FORMAT = SourceFormat(
    name="promptfoo",
    version=2,
    summary="promptfoo results (JSON)",
    matches=lambda files: _file(files) is not None,
    read=_read,
)
