"""From the name of a task, or a user's own file, to its samples, checked against the pinned content hash.

A task's samples come from a shipped file, else from the data folder when one is given, else from the hub. A task that
generates its samples has a pinned seed; `name:SEED` is another set of it, a task of its own name whose hash is recorded
and not pinned. The caller reads environment variables.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from json.encoder import encode_basestring_ascii
from pathlib import Path

from harness.core.errors import DataError, UsageError
from harness.core.types import Sample, Source, Task
from harness.tasks.files import SHARD_SUFFIX, SUFFIXES, PlacedRow, read_rows
from harness.tasks.folders import find_task_file, import_task, task_files
from harness.tasks.own_file import task_from_file
from harness.tasks.prompt_change import NO_CHANGE, PromptChange
from harness.tasks.repositories import repository_rows
from harness.tasks.swe_bench import with_data_dir

HASH_PREFIX = "sha256:"
MAX_SEED_DIGITS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedTask:
    """A task with its samples.

    `content_hash` is that of these samples; `origin` says where they came from. `accepted_change` names the
    pinned and the found hash where they differ and the user accepted that, to be recorded with the run.
    """

    task: Task
    samples: tuple[Sample, ...]
    content_hash: str
    origin: str
    accepted_change: str | None = None


def task_names(tasks_dir: Path | None, cwd: Path) -> list[str]:
    """The tasks that can be named here, sorted. Imports none of them."""
    return list(task_files(tasks_dir, cwd))


def load_task(
    name: str,
    *,
    tasks_dir: Path | None = None,
    cwd: Path,
    data_dir: Path | None,
    accept_changed_data: bool = False,
    prompt_change: PromptChange = NO_CHANGE,
) -> LoadedTask:
    """The task of that name with its samples, checked against its content hash; `name:SEED` where it generates them.

    `prompt_change` is applied after the check; the hash is then that of the changed samples.

    Raises UsageError for an unknown name, ConfigError for a faulty task file, DataError when samples are missing,
    unreadable or not the pinned ones.
    """
    path, task = find_task(name, tasks_dir=tasks_dir, cwd=cwd)
    return load_task_value(
        task,
        folder=path.parent,
        data_dir=data_dir,
        accept_changed_data=accept_changed_data,
        prompt_change=prompt_change,
    )


def load_task_value(
    task: Task,
    *,
    folder: Path,
    data_dir: Path | None,
    accept_changed_data: bool = False,
    prompt_change: PromptChange = NO_CHANGE,
) -> LoadedTask:
    """A task with its samples, as `load_task`; `folder` is where its shipped file would lie, in `data`."""
    origin, rows = _rows(task, folder, data_dir)
    samples = _samples(task, rows, origin)
    found = content_hash(samples)
    change = None
    if task.content_hash is not None and found != task.content_hash:
        change = f"{task.name}: pinned {task.content_hash}, found {found} in {origin}"
        if not accept_changed_data:
            raise DataError(_changed_data(task, found, len(samples), origin))
    if prompt_change:
        asked = (replace(sample, prompt=prompt_change.fill(sample.prompt)) for sample in samples)
        samples, found, origin = _with_system(asked, origin, prompt_change)
    return LoadedTask(task=task, samples=samples, content_hash=found, origin=origin, accepted_change=change)


def find_task(name: str, *, tasks_dir: Path | None = None, cwd: Path) -> tuple[Path, Task]:
    """The file and the task of that name, which may carry a seed (`core-math-fresh:7`); no samples are made or read.

    Raises UsageError for an unknown name or a seed that is none, ConfigError for a faulty task file.
    """
    stem, colon, digits = name.partition(":")
    path = find_task_file(stem, tasks_dir=tasks_dir, cwd=cwd)
    task = import_task(path)
    if not colon:
        return path, task
    if task.generate is None:
        raise UsageError(f"task {name!r}: {task.name} is read and not generated, so it has no seeds; accepted: {stem}")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MAX_SEED_DIGITS):
        raise UsageError(
            f"task {name!r}: {digits!r} is not a seed; accepted: {task.name}:SEED with a whole number from 0 on, "
            f"at most {MAX_SEED_DIGITS} digits"
        )
    seed = int(digits)
    if seed == task.seed:  # the pinned set, by its one name, so that its answers are found again
        return path, task
    return path, replace(task, name=f"{task.name}:{seed}", seed=seed, content_hash=None)


def load_file(path: Path, *, grader: str, prompt_change: PromptChange = NO_CHANGE) -> LoadedTask:
    """A user's own file as a task named like the file; fields and their names: tasks.own_file.

    The prompt, inside the template where there is one, gets the grader's instruction unless it already asks for the
    form. Raises DataError naming file and line.
    """
    task = task_from_file(path.name, grader, prompt_change)
    origin = f"file {path}"
    samples = _samples(task, read_rows(path), origin)
    samples, found, origin = _with_system(samples, origin, prompt_change)
    return LoadedTask(task=task, samples=samples, content_hash=found, origin=origin)


def _with_system(samples: Iterable[Sample], origin: str, change: PromptChange) -> tuple[tuple[Sample, ...], str, str]:
    """Samples with the change's system message, their hash, which then covers it, and where they came from."""
    asked = tuple(change.with_system(sample) for sample in samples)
    if change.system is None:
        found = content_hash(asked)
    else:
        found = content_hash(replace(sample, prompt=f"{change.system}\n\n{sample.prompt}") for sample in asked)
    return asked, found, f"{origin}, prompts changed" if change else origin


def content_hash(samples: Iterable[Sample]) -> str:
    """The SHA-256 over id, prompt, target and tools of all samples, whatever their order, as `sha256:<hex>`."""
    lines = sorted(_hashed_line(sample) for sample in samples)
    return HASH_PREFIX + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _hashed_line(sample: Sample) -> str:
    """What `json.dumps` makes of the list of them; text by text in a third of its time."""
    texts = [encode_basestring_ascii(text) for text in (sample.id, sample.prompt, sample.target)]
    tools = [] if sample.tools is None else [json.dumps([asdict(tool) for tool in sample.tools])]
    return f"[{', '.join(texts + tools)}]"


def _rows(task: Task, folder: Path, data_dir: Path | None) -> tuple[str, list[PlacedRow]]:
    source = task.source
    if task.generate is not None:
        rows = task.generate(task.seed)
        return f"generated with seed {task.seed}", [(f"{task.name} row {n}", row) for n, row in enumerate(rows, 1)]
    if source.shipped is not None:
        repositories = folder / source.shipped
        if repositories.is_dir():
            return f"shipped {source.shipped}", repository_rows(repositories)
        return f"shipped {source.shipped}", read_rows(folder / "data" / source.shipped)
    if data_dir is not None:
        path = _data_file(task.name, source, data_dir)
        rows_read = read_rows(path)
        return f"file {path}", rows_read if task.agent_turns is None else with_data_dir(rows_read, data_dir)
    if source.hub_id is None:
        raise DataError(f"task {task.name} has no hub id; give its files with --data-dir or HARNESS_DATA_DIR")
    from harness.tasks.datasets import hub_rows  # datasets takes a second to import: only when the hub is used

    revision = "revision not pinned" if source.revision is None else f"revision {source.revision}"
    return f"hub {source.hub_id} ({revision})", hub_rows(source)


def _data_file(name: str, source: Source, data_dir: Path) -> Path:
    """The first of the source's candidates that lies in the data folder, with any ending that can be read."""
    if not data_dir.is_dir():
        raise DataError(f"data folder {data_dir} is not a folder; accepted: a folder with the files of the tasks")
    for candidate in source.files:
        for suffix in (*SUFFIXES, SHARD_SUFFIX):
            path = data_dir / f"{candidate}{suffix}"
            if path.is_file():
                return path
    wanted = ", ".join(source.files) or "none: this task is not read from a folder"
    raise DataError(
        f"task {name}: no file in data folder {data_dir}; looked for {wanted}, each with {', '.join(SUFFIXES)}"
    )


def _samples(task: Task, rows: Sequence[PlacedRow], origin: str) -> tuple[Sample, ...]:
    samples: list[Sample] = []
    place_of: dict[str, str] = {}
    for position, (place, row) in enumerate(rows):
        sample = _sample(task, place, row, position)
        if sample is None:
            continue
        if sample.id in place_of:
            raise DataError(f"{place}: id {sample.id!r} is already used at {place_of[sample.id]}; ids must differ")
        place_of[sample.id] = place
        samples.append(sample)
    if not samples:
        raise DataError(f"task {task.name}: {origin} holds no samples")
    return tuple(samples)


def _sample(task: Task, place: str, row: Mapping[str, object], position: int) -> Sample | None:
    """The row as a Sample, None where it is not of the task."""
    try:
        if task.keep is not None and not task.keep(row):
            return None
        sample = task.to_sample(row, position)
        sample.prompt.encode()  # half of a surrogate pair could never be sent
    except KeyError as error:
        raise DataError(f"{place}: field {error} is missing; found {', '.join(sorted(map(str, row)))}") from None
    except (TypeError, ValueError) as error:
        raise DataError(f"{place}: {error}") from None
    if not sample.prompt.strip() or not sample.target.strip():
        raise DataError(f"{place}: prompt and target must not be empty")
    return sample


def _changed_data(task: Task, found: str, count: int, origin: str) -> str:
    return (
        f"task {task.name} version {task.version}: the samples are not the pinned ones\n"
        f"  pinned  {task.content_hash}\n"
        f"  found   {found}  ({count} samples from {origin})\n"
        "  scores would not be comparable with other runs; --accept-changed-data uses them and records both hashes"
    )
