"""The baseline of a gate: the figures of a run that later runs are compared with, and their JSON file.

Figures by task and model, and by sample. Answers, prompts and addresses are not in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from harness.core.errors import UsageError
from harness.core.types import FailureKind, Origin, origin_of
from harness.stats.intervals import Undefined, quantile
from harness.stats.latency import quantile_interval

FORMAT = "harness gate baseline"
FORMAT_VERSION = 1
"""Of the file; another number means that this code does not know what the file says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSettings:
    """What must be the same for two rows to be compared."""

    task_version: int
    content_hash: str
    grader: str
    grader_versions: tuple[str, ...]
    max_tokens: int
    repeats: int
    settings: str
    own_settings: str
    model_id: str
    dialect: str
    dialect_version: int | None
    backend: str
    service_tier: str | None
    extra_body: str
    streamed: bool
    simulated: bool
    imported: bool = False
    replayed: bool = False

    @property
    def origin(self) -> Origin:
        """Where the row's figures come from."""
        return origin_of(simulated=self.simulated, imported=self.imported, replayed=self.replayed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleTotals:
    """One sample over all its repeats: grades (`ruled`), finished jobs, answers among them, their sums.

    `usd` is of all attempts and None where any job's is unknown; tokens are of the answers, None where any is unknown.
    `ttft_s`, `total_s`: the usable timings of the answers, in seconds; none in an older baseline.
    """

    correct: int
    ruled: int
    jobs: int
    answers: int
    usd: Decimal | None
    prompt_tokens: int | None
    completion_tokens: int | None
    ttft_s: tuple[float, ...] = ()
    total_s: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.correct <= self.ruled <= self.answers <= self.jobs:
            raise ValueError("a sample needs 0 <= correct <= graded <= answers <= jobs")
        if min(self.usd or 0, self.prompt_tokens or 0, self.completion_tokens or 0) < 0:
            raise ValueError("dollars and tokens of a sample must not be negative")
        if not self.answers and (self.prompt_tokens or self.completion_tokens):
            raise ValueError("a sample without answers has no tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingStats:
    """The median of a timing over `n` answers, in seconds, with its 95% bounds; None: too few answers for them."""

    median: float
    low: float | None
    high: float | None
    n: int

    def __post_init__(self) -> None:
        low, high = (self.median if bound is None else bound for bound in (self.low, self.high))
        if not 0 <= low <= self.median <= high:
            raise ValueError("times need 0 <= low <= median <= high")

    @classmethod
    def of(cls, samples: Iterable[Sequence[float]]) -> TimingStats | None:
        """Of the timings of several samples, those of one sample together; None where nothing was timed."""
        groups = list(samples)
        values = [value for group in groups for value in group]
        if not values:
            return None
        bounds = quantile_interval([np.array(group) for group in groups], 0.5)
        low, high = (None, None) if isinstance(bounds, Undefined) else (round(bounds.low, 6), round(bounds.high, 6))
        return cls(median=round(quantile(values, 0.5), 6), low=low, high=high, n=len(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTotals:
    """One model on one task. `unpriced`: jobs by why their dollars are unknown, `known_usd` what the rest comes to.

    `attempts_failed` by cause, retried ones too; `unruled`: answers without a grade, though the task has a grader.
    `prices`: the price rows they were billed at. `other_models`: answers by the model that gave them, where it is not
    the requested one.
    """

    task: str
    model: str
    terms: RunSettings
    planned: int
    finished: int
    failed: int
    attempts_failed: Mapping[str, int]
    unruled: int
    known_usd: Decimal
    unpriced: Mapping[str, int]
    prices: tuple[str, ...]
    reasoning_tokens: int | None
    ttft_s: TimingStats | None
    total_s: TimingStats | None
    samples: Mapping[str, SampleTotals]
    other_models: Mapping[str, int] = field(default_factory=dict)

    @property
    def answers(self) -> int:
        """Jobs that ended with an answer."""
        return sum(one.answers for one in self.samples.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The figures a gate compares, of a baseline and of the run alike."""

    format: str
    format_version: int
    harness_version: str
    run: str
    created_at: datetime
    command: tuple[str, ...]
    rows: tuple[ModelTotals, ...]


def encode(baseline: Baseline) -> bytes:
    """The file: a line for each sample, so that a change shows as few lines; money as text, never through a float."""
    record = _adapter().dump_python(baseline, mode="json")
    rows = [_block(row, indent=" ") for row in record.pop("rows")]
    head = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in record.items()]
    text = ",\n".join([*head, '"rows": [\n ' + ",\n ".join(rows) + "\n]"])
    return f"{{\n{text}\n}}\n".encode()


def _block(record: Mapping[str, object], *, indent: str) -> str:
    """An object with a line for each field; `samples` are such an object of their own."""
    inner = indent + " "
    lines = []
    for name, value in record.items():
        if name == "samples" and isinstance(value, dict):
            text = _block(dict(sorted(value.items())), indent=inner)
        else:
            text = json.dumps(value)
        lines.append(f"{inner}{json.dumps(name)}: {text}")
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def read_baseline(path: Path) -> Baseline:
    """Raises UsageError for what is no baseline, or one of another format."""
    how = "harness gate RUN --write-baseline FILE makes one"
    if path.is_dir():
        raise UsageError(f"{path} is a folder; a baseline is a file: {how}")
    try:
        record = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}; {how}") from error
    except ValueError as error:
        raise UsageError(f"{path} is not JSON ({error}); {how}") from error
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        raise UsageError(f"{path} is no baseline of harness gate; {how}")
    if record.get("format_version") != FORMAT_VERSION:
        raise UsageError(
            f"{path}: written by harness {record.get('harness_version')} in format {record.get('format_version')}; "
            f"this one reads format {FORMAT_VERSION}: {how}"
        )
    try:
        return _with_current_kinds(_adapter().validate_python(record))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path}: {where}: {first['msg']}; {how}") from None


def _with_current_kinds(baseline: Baseline) -> Baseline:
    """Failure kinds under today's names; a baseline may be older than a name."""
    known = {kind.value for kind in FailureKind}

    def current(name: str) -> str:
        try:
            return name if name in known else FailureKind(name).value
        except ValueError:
            return name  # a cause of unknown dollars, or a kind of a later version

    rows = [
        replace(row, attempts_failed={current(name): count for name, count in row.attempts_failed.items()})
        for row in baseline.rows
    ]
    return replace(baseline, rows=tuple(rows))


@cache
def _adapter() -> TypeAdapter[Baseline]:
    return TypeAdapter(Baseline)
