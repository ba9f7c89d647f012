"""Imported answers as a run folder of the usual kind, marked IMPORTED in its manifest and in every line."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from harness.core.errors import DataError, UsageError
from harness.core.keys import digest
from harness.core.labels import Effort
from harness.core.prices import CostUnknown, Price
from harness.core.types import Endpoint, SamplingParams
from harness.importers.model_names import model_of
from harness.importers.price_history import PriceHistory
from harness.importers.responses import dialect_of
from harness.importers.results import ImportedAnswer, ImportedModel, ImportedResults, Published, SourceFormat
from harness.importers.source_files import SourceFiles
from harness.importers.staging import staged
from harness.providers import dialect_loader
from harness.store.call_log import calls
from harness.store.codec import (
    SCHEMA_VERSION,
    GradeLine,
    ImportedFrom,
    JobHead,
    Manifest,
    OutcomeLine,
    SampleLine,
    TaskEntry,
    encode,
)
from harness.store.run_dir import RunDir

MAX_MODELS = 2_000
_UNSAFE = re.compile(r"[^a-z0-9._:/+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What becomes a run. `labels`: ours by the source's name of a model; `grader`: for grading the texts again."""

    files: SourceFiles
    format: SourceFormat
    results: ImportedResults
    history: PriceHistory
    labels: Mapping[str, str]
    grader: str
    now: datetime


def write_run(request: ImportRequest, folder: Path) -> RunDir:
    """Write the folder, whole or not at all. Raises DataError for results that are none, LocalError for the disk."""
    results = request.results
    if not results.answers:
        raise DataError("no answers here, only rows of a board; harness audit reads them")
    _check_distinct(results)
    endpoints = _endpoints(request)
    manifest = _manifest(request, endpoints)
    samples = (SampleLine(task=task, sample=sample) for (task, _), sample in results.samples.items())
    with staged(folder) as stage:
        run = RunDir.create(stage, manifest, samples, reused=_lines(request, endpoints))
        with run.grades_path.open("wb") as file:
            for answer in results.answers:
                if answer.grade is not None:
                    file.write(encode(GradeLine(key=_key(request, answer), at=request.now, grade=answer.grade)))
    return RunDir(folder)


def read_run(run: RunDir) -> ImportedResults:
    """The answers in the folder of an imported run, with their grades in force; models have our labels.

    What a board printed beside its answers is not in a run folder. Raises UsageError for a run of our own.
    """
    manifest = run.manifest()
    held = manifest.imported
    if held is None:
        raise UsageError(f"{run.path} holds no imported results but a run of its own; harness report shows it")
    grades = run.grades()
    answers = (
        ImportedAnswer(
            model=call.label,
            task=call.task,
            sample_id=call.sample_id,
            repeat=call.repeat,
            attempt=call.attempts[-1],
            grade=grades[call.key].grade if call.key in grades else None,
        )
        for call in calls(run)
    )
    return ImportedResults(
        published=Published(
            title=held.title,
            url=held.url,
            licence=held.licence,
            published_on=held.published_on,
            lacking=(*held.lacking, "what the board printed beside its answers: audit its own files for that"),
            notes=held.notes,
        ),
        models=tuple(
            ImportedModel(name=one.label, model_id=one.model, gateway=one.provider, params=one.params)
            for one in manifest.endpoints
        ),
        answers=tuple(answers),
    )


def _check_distinct(results: ImportedResults) -> None:
    seen: set[tuple[str, str, str, int]] = set()
    for one in results.answers:
        place = (one.model, one.task, one.sample_id, one.repeat)
        if place in seen:
            raise DataError(
                f"{one.model} answers {one.sample_id} of {one.task} twice as repeat {one.repeat}; a repeat column "
                "(--map repeat=COLUMN) tells such answers apart"
            )
        seen.add(place)


def _endpoints(request: ImportRequest) -> dict[str, Endpoint]:
    """An endpoint for each model of the source, labels distinct."""
    unknown = [name for name in request.labels if name not in {one.name for one in request.results.models}]
    if unknown:
        names = ", ".join(one.name for one in request.results.models[:20])
        raise DataError(f"--label {unknown[0]}=...: the source has no such model; it has {names}")
    if len(request.results.models) > MAX_MODELS:
        raise DataError(
            f"{len(request.results.models)} models: more than {MAX_MODELS}, so the model column is no model"
        )
    found: dict[str, Endpoint] = {}
    taken: set[str] = set()
    for model in request.results.models:
        endpoint = _endpoint(model, request)
        if endpoint.label in taken:
            endpoint = replace(endpoint, label=f"{request.format.name}/{_slug(model.name)}")
        taken.add(endpoint.label)
        found[model.name] = endpoint
    return found


def _endpoint(model: ImportedModel, request: ImportRequest) -> Endpoint:
    name, effort = _price_name(model, request)
    provider, _, own = name.partition("/")
    known = effort if effort in {one.value for one in Effort} else None
    return Endpoint(
        label=f"{name}@{known}" if known else name,
        provider=provider,
        model=own,
        model_id=model.model_id or model.name,
        base_url="",
        dialect=dialect_of(model.gateway),
        params=model.params if known is None else replace(model.params, effort=Effort(known)),
        max_output_tokens=model.max_output_tokens,
        served_as=("*",),
        imported=True,
    )


def _price_name(model: ImportedModel, request: ImportRequest) -> tuple[str, str | None]:
    """(provider/model, effort): as the user says, by the gateway and the id asked for, by the board's name."""
    if model.name in request.labels:
        name, _, effort = request.labels[model.name].partition("@")
        return name.lower(), effort or model.effort
    if model.gateway is not None and model.model_id is not None:
        return f"{model.gateway}/{model.model_id}".lower(), model.effort
    named = model_of(model.model_id or model.name, request.history)
    word = model.effort or (named.effort.value if named.effort else None)
    return named.name or f"{request.format.name}/{_slug(model.name)}", word


def _slug(name: str) -> str:
    return _UNSAFE.sub("-", name.lower()).strip("-/") or "model"


def _manifest(request: ImportRequest, endpoints: Mapping[str, Endpoint]) -> Manifest:
    results, published = request.results, request.results.published
    tasks = list(dict.fromkeys(one.task for one in results.answers))
    instants = [at for one in results.answers if (at := one.attempt.timing.started_at) is not None]
    used = tuple(endpoints.values())
    return Manifest(
        schema_version=SCHEMA_VERSION,
        harness_version=version("price-performance-harness"),
        created_at=max(instants, default=request.now),
        command=("harness", *sys.argv[1:]),
        endpoints=used,
        dialects={one.dialect: dialect_loader.load(one.dialect).version for one in used},
        tasks=tuple(_task(request, name) for name in tasks),
        repeats=1 + max(one.repeat for one in results.answers),
        limit=None,
        seed=0,
        params=SamplingParams(),
        max_usd=None,
        allow_unpriced=True,
        prices=_prices(request, endpoints),
        sandbox_backend=None,
        imported=ImportedFrom(
            format=request.format.name,
            importer_version=request.format.version,
            files=request.files.digests(),
            title=published.title,
            url=published.url,
            licence=published.licence,
            published_on=published.published_on,
            lacking=published.lacking,
            notes=published.notes,
        ),
    )


def _task(request: ImportRequest, name: str) -> TaskEntry:
    own = [sample for (task, _), sample in request.results.samples.items() if task == name]
    return TaskEntry(
        name=name,
        version=1,
        grader=request.grader,
        content_hash=digest({one.id: [one.prompt, one.target] for one in own}),
        origin=f"imported from {request.results.published.title or request.format.name}",
        licence=request.results.published.licence or "not stated",
        max_tokens=0,
        samples=len(own),
    )


def _prices(request: ImportRequest, endpoints: Mapping[str, Endpoint]) -> tuple[Price, ...]:
    """The rows in force on the days of the answers."""
    found: dict[str, Price] = {}
    for one in request.results.answers:
        at, endpoint = one.attempt.timing.started_at, endpoints[one.model]
        if at is None or one.attempt.usage is None:
            continue
        price = request.history.price_at(endpoint.name, at)
        if not isinstance(price, CostUnknown):
            found[price.id] = price
    return tuple(found.values())


def _key(request: ImportRequest, answer: ImportedAnswer) -> str:
    """A key that no call of our own can have: it hashes other fields."""
    imported = [request.format.name, answer.model, answer.task, answer.sample_id, answer.repeat]
    return digest({"imported": imported})[:32]


def _lines(request: ImportRequest, endpoints: Mapping[str, Endpoint]) -> Iterator[OutcomeLine]:
    for answer in request.results.answers:
        endpoint = endpoints[answer.model]
        head = JobHead(
            key=_key(request, answer),
            label=endpoint.label,
            name=endpoint.name,
            task=answer.task,
            task_version=1,
            grader=request.grader if answer.has_text else "",
            sample_id=answer.sample_id,
            repeat=answer.repeat,
            params=endpoint.params,
            imported=True,
        )
        yield OutcomeLine(head=head, number=0, is_final=True, attempt=answer.attempt)
