"""Raw responses in the chat-completions format: pairs of files, JSON Lines, the output of a batch.

A folder holds `NAME.request.json` beside `NAME.response.json` (or with `_`); a line is `{request, response}`, a batch's
`{custom_id, response: {status_code, body}}`, or the response itself. A row may name its sample, target and verdict.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from harness.core.errors import DataError
from harness.core.types import Attempt, Sample
from harness.importers.fields import source_grade
from harness.importers.responses import attempt_of, effort_of, gateway_of, plain_request
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

RESPONSE_FILE = re.compile(r"(?P<stem>.+)[._]response\.json$")
ID_KEYS = ("sample_id", "custom_id", "question_id", "quiz", "doc_id", "id")
TASK_KEYS = ("task", "benchmark", "dataset")
TARGET_KEYS = ("target", "truth", "expected")
VERDICT_KEYS = ("is_correct", "correct", "passed", "resolved")
LACKING = ("latency", "streams")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    where: str
    response: Mapping[str, Any]
    request: Mapping[str, Any] | None = None
    status: int = 200
    row: Mapping[str, Any] = field(default_factory=dict)
    is_batch: bool = False


def _matches(files: SourceFiles) -> bool:
    if any(RESPONSE_FILE.search(name) for name in files.files):
        return True
    return any(_unwrapped(files.first_row(name), name) is not None for name in files.names(".jsonl", ".jsonl.gz"))


def _unwrapped(row: Mapping[str, Any], where: str) -> _Pair | None:
    """The response of a line, however it is wrapped; None where there is none."""
    if "choices" in row or (row.get("object") == "chat.completion"):
        return _Pair(where=where, response=row)
    response, request = row.get("response"), row.get("request")
    if not isinstance(response, dict):
        return None
    asked = request if isinstance(request, dict) else None
    body, status = response.get("body"), response.get("status_code")
    if isinstance(body, dict):
        return _Pair(
            where=where,
            response=body,
            request=asked,
            status=status if isinstance(status, int) else 200,
            row=row,
            is_batch="custom_id" in row and "status_code" in response,
        )
    return _Pair(where=where, response=response, request=asked, row=row) if "choices" in response or asked else None


def _pairs(files: SourceFiles) -> Iterator[_Pair]:
    for name in files.names(".json"):
        found = RESPONSE_FILE.search(name)
        if found is None:
            continue
        beside = [
            one for one in (f"{found['stem']}.request.json", f"{found['stem']}_request.json") if one in files.files
        ]
        response = files.json(name)
        if not isinstance(response, dict):
            raise DataError(f"{name}: found {type(response).__name__}; accepted: a response object")
        request = files.json(beside[0]) if beside else None
        row = {"sample_id": found["stem"].rpartition("/")[2]} if request is None else {}
        yield _Pair(where=name, response=response, request=request, row=row)
    for name in files.names(".jsonl", ".jsonl.gz"):
        if _unwrapped(files.first_row(name), name) is None:
            continue
        for number, row in enumerate(files.json_lines(name), 1):
            pair = _unwrapped(row, f"{name}:{number}")
            if pair is None:
                raise DataError(f"{name}:{number}: no response here; accepted: response or choices in each row")
            yield pair


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    models: dict[str, ImportedModel] = {}
    answers: list[ImportedAnswer] = []
    samples: dict[tuple[str, str], Sample] = {}
    taken: dict[tuple[str, str, str], int] = {}
    for pair in _pairs(files):
        model = _model(pair)
        models.setdefault(model.name, model)
        sample, task = _sample(pair), _first(pair.row, TASK_KEYS) or "imported"
        samples.setdefault((task, sample.id), sample)
        place = (model.name, task, sample.id)
        repeat = taken[place] = taken.get(place, -1) + 1
        correct = next((pair.row[key] for key in VERDICT_KEYS if isinstance(pair.row.get(key), bool)), None)
        attempt = _attempt(pair)
        answers.append(
            ImportedAnswer(
                model=model.name,
                task=task,
                sample_id=sample.id,
                attempt=attempt,
                repeat=repeat,
                grade=source_grade("openai-pairs", correct),
                has_text=bool(getattr(attempt, "text", "")) and bool(sample.target),
            )
        )
    if not answers:
        raise DataError("no response was found in these files")
    published = Published(title="raw responses", lacking=LACKING)
    return ImportedResults(published=published, models=tuple(models.values()), answers=tuple(answers), samples=samples)


def _attempt(pair: _Pair) -> Attempt:
    attempt = attempt_of(pair.response, effective=plain_request(pair.request), status=pair.status)
    # A body in a batch's output names the tier `default` or none, and is billed at the batch's rates all the same
    # (OpenAI, "Batch API", as of 2026-11: half of the plain ones).
    return replace(attempt, service_tier="batch") if pair.is_batch else attempt


def _model(pair: _Pair) -> ImportedModel:
    asked = (pair.request or {}).get("model")
    served = pair.response.get("model")
    name = str(asked or served or _first(pair.row, ("model",)) or "")
    if not name:
        raise DataError(f"{pair.where}: neither request nor response names a model")
    effort = effort_of(pair.request)
    return ImportedModel(
        name=f"{name}@{effort}" if effort else name, model_id=name, gateway=gateway_of(pair.response), effort=effort
    )


def _sample(pair: _Pair) -> Sample:
    """The sample by its id in the row, else by a digest of its prompt, so that models pair up."""
    prompt = _prompt(pair.request)
    target = _first(pair.row, TARGET_KEYS) or ""
    name = _first(pair.row, ID_KEYS)
    if name is None and prompt:
        name = hashlib.sha256(prompt.encode()).hexdigest()[:12]
    return Sample(id=name or pair.where.rpartition("/")[2], prompt=prompt, target=target)


def _prompt(request: Mapping[str, Any] | None) -> str:
    messages = (request or {}).get("messages")
    if not isinstance(messages, list):
        return ""
    said = [one.get("content") for one in messages if isinstance(one, dict) and one.get("role") == "user"]
    return "\n\n".join(text for text in said if isinstance(text, str))


def _first(row: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    return next((str(row[key]) for key in keys if row.get(key) not in (None, "")), None)


FORMAT = SourceFormat(
    name="openai-pairs",
    version=2,
    summary="raw request/response pairs, JSON Lines of them, batch output",
    matches=_matches,
    read=_read,
)
