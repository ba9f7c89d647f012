"""The baseline of a gate: the figures of a run that later runs are compared with, by task and model and by sample.

Prompts and extracted answers are in it as far as they are short, so that a gate can show what changed; long ones end in
their hash, and a baseline without texts holds hashes alone. Completions and addresses are not in it.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Annotated

import numpy as np
from pydantic import Field

from harness.core.types import Origin, origin_of
from harness.stats.intervals import Undefined, quantile
from harness.stats.latency import quantile_interval

FORMAT = "harness gate baseline"
FORMAT_VERSION = 1
"""Of the file; another number means that this code does not know what the file says."""
HASH_MARK = "sha256:"
MAX_ANSWER_CHARS = 80  # an answer of math or a choice; of code the hash shows that it changed
MAX_PROMPT_CHARS = 4_000
"""Longer texts end in their hash: a baseline is committed and read as a diff."""


def stored_text(text: str, *, max_chars: int, has_texts: bool = True) -> str:
    """A text as a baseline holds it: whole, or its beginning and its hash where it is longer, or its hash alone."""
    # A text that holds the mark itself is stored as a hash: it would otherwise be read as one.
    if has_texts and len(text) <= max_chars and HASH_MARK not in text:
        return text
    return (f"{text[:max_chars]}… " if has_texts else "") + HASH_MARK + _digest(text)


def is_same_text(one: str, other: str) -> bool:
    """Whether two stored texts are of the same text; either may be a hash."""
    return one == other or _hash_of(one) == _hash_of(other)


def _hash_of(stored: str) -> str:
    _, mark, digest = stored.rpartition(HASH_MARK)
    return digest if mark else _digest(stored)


def _digest(text: str) -> str:
    # Answers may hold lone surrogates, which plain UTF-8 refuses.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


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
    """One sample over all its repeats: grades (`ruled` in the file), finished jobs, answers among them, their sums.

    `usd` is of all attempts and None where any job's is unknown; tokens are of the answers, None where any is unknown.
    `ttft_s`, `total_s`: the usable timings of the answers, in seconds. `verdicts`: grades by verdict. `given`: the
    extracted answers by repeat, as `stored_text`, empty where none was found. `truncated`: answers that ended at the
    output limit. An older baseline has no times, verdicts or answers, and `truncated` is None.
    """

    correct: int
    graded: Annotated[int, Field(alias="ruled")]
    jobs: int
    answers: int
    usd: Decimal | None
    prompt_tokens: int | None
    completion_tokens: int | None
    ttft_s: tuple[float, ...] = ()
    total_s: tuple[float, ...] = ()
    verdicts: Mapping[str, int] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    truncated: int | None = None

    def __post_init__(self) -> None:
        # A baseline is a file that people edit and merge: what cannot be is refused where it is read.
        if not 0 <= self.correct <= self.graded <= self.answers <= self.jobs:
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

    `attempts_failed` by cause, retried ones too; `ungraded` (`unruled` in the file): answers without a grade, though
    the task has a grader. `prices`: the price rows they were billed at; `rates`: what each of them says.
    `other_models`: answers by the model that gave them, where it is not the requested one. `served`: answers by the
    name their response gives the model. `sandboxes`: what isolated model-written code. An older baseline lacks `rates`,
    `served` and `sandboxes`.
    """

    task: str
    model: str
    terms: RunSettings
    planned: int
    finished: int
    failed: int
    attempts_failed: Mapping[str, int]
    ungraded: Annotated[int, Field(alias="unruled")]
    known_usd: Decimal
    unpriced: Mapping[str, int]
    prices: tuple[str, ...]
    reasoning_tokens: int | None
    ttft_s: TimingStats | None
    total_s: TimingStats | None
    samples: Mapping[str, SampleTotals]
    other_models: Mapping[str, int] = field(default_factory=dict)
    served: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, str] = field(default_factory=dict)
    sandboxes: tuple[str, ...] = ()

    @property
    def answers(self) -> int:
        """Jobs that ended with an answer."""
        return sum(one.answers for one in self.samples.values())


def verdict_counts(samples: Iterable[SampleTotals]) -> Counter[str]:
    """Grades by verdict over those samples."""
    counts: Counter[str] = Counter()
    for one in samples:
        counts.update(one.verdicts)
    return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The figures a gate compares, of a baseline and of the run alike.

    `prompts`: by task and sample, as `stored_text`, with the system prompt before it; empty in an older baseline.
    """

    format: str
    format_version: int
    harness_version: str
    run: str
    created_at: datetime
    command: tuple[str, ...]
    rows: tuple[ModelTotals, ...]
    prompts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
