"""The OpenHands index: results/MODEL/instance_results/BENCHMARK.json, {instance: {cost, resolved}}, folder or .tgz."""

from __future__ import annotations

import re
from typing import Any

from harness.core.errors import DataError
from harness.core.types import Completion, FinishReason, Sample
from harness.importers.fields import day_of, decimal_of, dollars_of, source_grade, timing_at
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

PLACE = re.compile(r"(?:^|/)(?P<model>[^/]+)/instance_results/(?P<benchmark>[^/]+)\.json$")
SCORES = re.compile(r"(?:^|/)(?P<model>[^/]+)/scores\.json$")
OTHER_METRIC = "the printed score is another measure"
"""How the note of a row begins whose printed score is not to be held against its counts."""
LACKING = (
    "texts",
    "tokens, so published dollars cannot be recomputed",
    "the day of the prices: between release and submission",
    "latency by instance",
    "repeats",
)


def _matches(files: SourceFiles) -> bool:
    return any(PLACE.search(name) for name in files.files)


def _read(files: SourceFiles, options: ImportOptions) -> ImportedResults:
    answers: list[ImportedAnswer] = []
    for name in files.names(".json"):
        found = PLACE.search(name)
        if found is None:
            continue
        content = files.json(name)
        if not isinstance(content, dict):
            raise DataError(f"{name}: found {type(content).__name__}; accepted: {{instance: {{cost, resolved}}}}")
        answers += [
            _answer(found["model"], found["benchmark"], instance, entry, f"{name}: {instance}")
            for instance, entry in content.items()
        ]
    places = dict.fromkeys((one.task, one.sample_id) for one in answers)
    return ImportedResults(
        published=Published(
            title="OpenHands index",
            url="https://github.com/OpenHands/openhands-index-results",
            lacking=LACKING,
            notes=("a cost of 0 or null is unknown, not free", "an instance without a verdict counts as not resolved"),
        ),
        models=tuple(ImportedModel(name=one) for one in dict.fromkeys(one.model for one in answers)),
        answers=tuple(answers),
        samples={place: Sample(id=place[1], prompt="", target="") for place in places},
        rows=tuple(_printed(files)),
    )


def _answer(model: str, benchmark: str, instance: str, entry: Any, where: str) -> ImportedAnswer:
    if not isinstance(entry, dict) or not isinstance(entry.get("resolved"), bool | None):
        raise DataError(f"{where}: an instance has resolved (true or false) and cost")
    return ImportedAnswer(
        model=model,
        task=benchmark,
        sample_id=instance,
        attempt=Completion(
            text="",
            reasoning="",
            finish_reason=FinishReason.NOT_GIVEN,
            timing=timing_at(None),
            reported_cost_usd=dollars_of(entry.get("cost"), where),
        ),
        grade=source_grade("openhands", entry.get("resolved") is True),
    )


def _printed(files: SourceFiles) -> list[BoardRow]:
    """What the board prints of each model and benchmark."""
    rows = []
    for name in files.names("scores.json"):
        found = SCORES.search(name)
        content = files.json(name)
        for entry in content if found is not None and isinstance(content, list) else ():
            score = decimal_of(entry.get("score"), name)
            day = day_of(entry.get("submission_time"))
            rows.append(
                BoardRow(
                    id=f"{found['model']} {entry.get('benchmark')}" if found else name,
                    model=found["model"] if found else name,
                    benchmark=str(entry.get("benchmark")),
                    accuracy=None if score is None else float(score / 100),
                    usd_per_task=dollars_of(entry.get("cost_per_instance"), name),
                    usd_printed=str(entry.get("cost_per_instance")),
                    days=() if day is None else (day,),
                    figures={"average_runtime_s": decimal_of(entry.get("average_runtime"), name)},
                    notes=_metric_notes(entry.get("metric")),
                )
            )
    return rows


def _metric_notes(metric: object) -> tuple[str, ...]:
    """A sentence where the printed score is no share of the listed instances."""
    return () if metric in (None, "accuracy") else (f"{OTHER_METRIC}: {metric}",)


FORMAT = SourceFormat(
    name="openhands", version=1, summary="OpenHands index results (folder or .tgz)", matches=_matches, read=_read
)
