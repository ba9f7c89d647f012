"""lineage-bench (fairydreaming): replies with usage, quizzes with their right answer, whole replies of some models.

The answer is the last `<ANSWER>n</ANSWER>` of the answer text, right if it is the quiz's. A wrong, cut or missing
answer is wrong, and its tokens are paid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.core.errors import DataError
from harness.core.types import Attempt, Completion, FinishReason, Sample, Verdict
from harness.importers.fields import finish_of, instant_of, source_grade, timing_at
from harness.importers.responses import attempt_of, effort_of, gateway_of, plain_request, usage_of
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

KNOWN_BY = frozenset({"run", "quiz", "truth", "answer", "usage"})
TASK = "lineage-bench"
TAG = re.compile(r"<ANSWER>\s*([0-9])\s*</ANSWER>")
EFFORTS = ("minimal", "low", "medium", "high")
LACKING = ("latency", "streams", "repeats", "OpenRouter's charge")


def _table(files: SourceFiles) -> str | None:
    names = files.names(".jsonl", ".jsonl.gz")
    return next((name for name in names if files.first_row(name).keys() >= KNOWN_BY), None)


def _beside(files: SourceFiles, known_by: set[str]) -> Iterable[dict[str, Any]]:
    """The rows of another file of the same folder, known by its columns."""
    for name in files.names(".jsonl", ".jsonl.gz"):
        first = files.first_row(name)
        if first.keys() >= known_by and not first.keys() >= KNOWN_BY:
            yield from files.json_lines(name)


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    table = _table(files)
    if table is None:
        raise DataError(f"no table of replies with {', '.join(sorted(KNOWN_BY))} in each row")
    asked: dict[str, list[Mapping[str, Any]]] = {}
    for one in _beside(files, {"model", "request", "replies"}):
        asked.setdefault(str(one["model"]), []).append(one["request"])
    requests = {name: sent[-1] for name, sent in asked.items()}
    whole = {
        (str(one["model"]), str(one["quiz"])): one["response"] for one in _beside(files, {"model", "quiz", "response"})
    }
    models: dict[str, ImportedModel] = {}
    answers = []
    for number, row in enumerate(files.json_lines(table), 1):
        where = f"{table}:{number}"
        if not row.keys() >= KNOWN_BY:
            raise DataError(f"{where}: a reply has {', '.join(sorted(KNOWN_BY))}")
        name = str(row["run"]).rpartition("_")[0] or str(row["run"])
        if name not in models:
            models[name] = _model(name, row, asked.get(name, ()))
        answers.append(_answer(name, row, whole.get((name, str(row["quiz"]))), requests.get(name)))
    return ImportedResults(
        published=Published(
            title="lineage-bench",
            url="https://github.com/fairydreaming/lineage-bench",
            licence="MIT",
            published_on=max((at.date() for row in answers if (at := row.attempt.timing.started_at)), default=None),
            lacking=LACKING,
        ),
        models=tuple(models.values()),
        answers=tuple(answers),
        samples=_samples(files, answers),
    )


def _model(name: str, row: Mapping[str, Any], requests: Sequence[Mapping[str, Any]]) -> ImportedModel:
    word = name.rpartition("_")[2]
    request = requests[-1] if requests else None
    limits = [int(one.get("max_tokens") or one.get("max_completion_tokens") or 0) for one in requests]
    return ImportedModel(
        name=name,
        model_id=str((request or {}).get("model") or row.get("model") or name),
        gateway=gateway_of(row),
        effort=effort_of(request) or (word if word in EFFORTS else None),
        max_output_tokens=max(limits) if limits and all(limits) else None,
    )


def _answer(
    name: str, row: Mapping[str, Any], response: Mapping[str, Any] | None, request: Mapping[str, Any] | None
) -> ImportedAnswer:
    effective = plain_request(request)
    attempt = _short_reply(row, effective) if response is None else attempt_of(response, effective=effective)
    answer = row["answer"] if response is None else _tagged(attempt)
    verdict = None if answer is not None else Verdict.NO_ANSWER
    if answer is None and isinstance(attempt, Completion) and attempt.finish_reason is FinishReason.LENGTH:
        verdict = Verdict.TRUNCATED
    return ImportedAnswer(
        model=name,
        task=TASK,
        sample_id=str(row["quiz"]),
        attempt=attempt,
        grade=source_grade("lineage", str(answer) == str(row["truth"]), answer=answer, verdict=verdict),
        has_text=response is not None,
    )


def _tagged(attempt: Attempt) -> str | None:
    found = TAG.findall(attempt.text) if isinstance(attempt, Completion) else []
    return str(found[-1]) if found else None


def _short_reply(row: Mapping[str, Any], effective: Mapping[str, Any]) -> Completion:
    """A reply of which the table keeps all but the texts."""
    native = row.get("native_finish")
    return Completion(
        text="",
        reasoning="",
        finish_reason=finish_of(row.get("finish")),
        native_finish_reason=None if native is None else str(native),
        timing=timing_at(instant_of(row.get("created"))),
        usage=usage_of(row["usage"], gateway_of(row)),
        raw_usage=row["usage"],
        served_model=row.get("model"),
        served_by=row.get("provider"),
        request_id=row.get("id"),
        effective=effective,
    )


def _samples(files: SourceFiles, answers: Iterable[ImportedAnswer]) -> dict[tuple[str, str], Sample]:
    found = {(TASK, one.sample_id): Sample(id=one.sample_id, prompt="", target="") for one in answers}
    for row in _beside(files, {"quiz", "answer", "prompt"}):
        place = (TASK, str(row["quiz"]))
        if place in found:
            tags = {"size": str(row.get("size")), "relation": str(row.get("relation"))}
            found[place] = Sample(id=place[1], prompt=str(row["prompt"]), target=str(row["answer"]), tags=tags)
    return found


FORMAT = SourceFormat(
    name="lineage",
    version=1,
    summary="lineage-bench replies (JSON Lines)",
    matches=lambda files: _table(files) is not None,
    read=_read,
)
