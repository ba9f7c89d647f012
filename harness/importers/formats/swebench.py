"""The SWE-bench board with bash only: JSON {model: {instance: {resolved, cost, api_calls}}}."""

from __future__ import annotations

from typing import Any

from harness.core.errors import DataError
from harness.core.types import Completion, FinishReason, Sample
from harness.importers.fields import decimal_of, dollars_of, source_grade, timing_at
from harness.importers.results import (
    ImportedAnswer,
    ImportedModel,
    ImportedResults,
    ImportOptions,
    Published,
    SourceFormat,
)
from harness.importers.source_files import SourceFiles

TASK = "swe-bench-verified"
LACKING = ("texts", "tokens, so published dollars cannot be recomputed", "days", "latency", "repeats")


def _board(files: SourceFiles) -> str | None:
    for name in files.names(".json"):
        if b'"resolved"' in files.start_of(name)[:2000] and b'"api_calls"' in files.start_of(name)[:2000]:
            return name
    return None


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    name = _board(files)
    content = {} if name is None else files.json(name)
    if name is None or not isinstance(content, dict) or not content:
        raise DataError("a SWE-bench board is {model: {instance: {resolved, cost, api_calls}}}")
    answers = tuple(
        _answer(model, instance, found, f"{name}: {model}, {instance}")
        for model, instances in content.items()
        for instance, found in _instances(instances, f"{name}: {model}")
    )
    names = dict.fromkeys(one.sample_id for one in answers)
    return ImportedResults(
        published=Published(
            title="SWE-bench Verified, mini-swe-agent with bash only",
            url="https://www.swebench.com",
            licence="CC BY-NC 4.0",
            lacking=LACKING,
        ),
        models=tuple(ImportedModel(name=model) for model in content),
        answers=answers,
        samples={(TASK, one): Sample(id=one, prompt="", target="") for one in names},
    )


def _instances(instances: Any, where: str) -> list[tuple[str, Any]]:
    if not isinstance(instances, dict):
        raise DataError(f"{where}: found {type(instances).__name__}; accepted: {{instance: {{resolved, cost}}}}")
    return list(instances.items())


def _answer(model: str, instance: str, found: Any, where: str) -> ImportedAnswer:
    if not isinstance(found, dict) or not isinstance(found.get("resolved"), bool):
        raise DataError(f"{where}: an instance has resolved (true or false) and cost")
    return ImportedAnswer(
        model=model,
        task=TASK,
        sample_id=instance,
        attempt=Completion(
            text="",
            reasoning="",
            finish_reason=FinishReason.NOT_GIVEN,
            timing=timing_at(None),
            reported_cost_usd=dollars_of(found.get("cost"), where),
            effective={"api_calls": _plain(decimal_of(found.get("api_calls"), where))},
        ),
        grade=source_grade("swebench", found["resolved"]),
    )


def _plain(number: object) -> object:
    return None if number is None else int(str(number))


FORMAT = SourceFormat(
    name="swebench",
    version=1,
    summary="SWE-bench board by instance (JSON)",
    matches=lambda files: _board(files) is not None,
    read=_read,
)
