"""What an importer reads out of somebody's files: answers where there are any, rows of a board where there are not.

An answer is one job (a model on a sample). A row is a whole run of a model on a benchmark, with sums and no samples
behind it. `None`: the source does not say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from harness.core.types import Attempt, Grade, Sample, SamplingParams
from harness.importers.source_files import SourceFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What the makers of the results say of them, as far as they do. `lacking`: what is unknown, a clause each."""

    title: str | None = None
    url: str | None = None
    licence: str | None = None
    published_on: date | None = None
    lacking: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedModel:
    """A model as the source names it. `model_id`: the id that was asked for; `gateway`: that served it, as a provider.

    `effort`: the source's word for how much the model was asked to reason. `max_output_tokens`: the highest output
    limit that any request asked for; None unless it is known of every request.
    """

    name: str
    model_id: str | None = None
    gateway: str | None = None
    effort: str | None = None
    max_output_tokens: int | None = None
    params: SamplingParams = field(default_factory=SamplingParams)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedAnswer:
    """One model on one sample. `grade`: the source's own; `has_text`: the answer can be graded again."""

    model: str
    task: str
    sample_id: str
    attempt: Attempt
    repeat: int = 0
    grade: Grade | None = None
    has_text: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTokens:
    """Tokens of one model over a whole run; cached ones lie inside the prompt, reasoning inside the completion."""

    model: str
    prompt: int | None
    completion: int | None
    cached: int | None = None
    reasoning: int | None = None
    cache_write: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRow:
    """One run of a board.

    `usd`: as published, None where it is not or where the board prints 0 for unknown (`usd_printed` keeps the word).
    `accuracy`: as published, a share. `outcomes`: by task, whether it was solved. `days`: on which the run may have
    happened, the likeliest first. `rates`: (prompt, completion) per million tokens that the board itself prints.
    `score`: an index of the board's own, higher is better, where it prints one instead of a share.
    `model_and_agent`: the two apart, where `model` names both.
    `figures`: further published numbers, by name. `usd_by_task` and `tokens_by_task`: of each task that has its own.
    """

    id: str
    model: str
    benchmark: str
    model_and_agent: tuple[str, ...] = ()
    n: int | None = None
    correct: int | None = None
    accuracy: float | None = None
    score: Decimal | None = None
    usd: Decimal | None = None
    usd_printed: str | None = None
    days: tuple[date, ...] = ()
    tokens: tuple[ModelTokens, ...] = ()
    rates: tuple[Decimal, Decimal] | None = None
    outcomes: Mapping[str, bool] = field(default_factory=dict)
    usd_by_task: Mapping[str, Decimal] = field(default_factory=dict)
    tokens_by_task: Mapping[str, ModelTokens] = field(default_factory=dict)
    usd_per_task: Decimal | None = None
    figures: Mapping[str, Decimal | None] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedResults:
    """All that was read. Either `answers` (with `samples` by task and id) or `rows` hold the results."""

    published: Published
    models: tuple[ImportedModel, ...] = ()
    answers: tuple[ImportedAnswer, ...] = ()
    samples: Mapping[tuple[str, str], Sample] = field(default_factory=dict)
    rows: tuple[BoardRow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportOptions:
    """What the user adds. `columns`: our field by the source's column, for tables of any kind."""

    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFormat:
    """A format. `matches` looks at names and first bytes only; `read` raises DataError for what it cannot read.

    `version` rises when the same file would be read differently.
    """

    name: str
    version: int
    summary: str
    matches: Callable[[SourceFiles], bool]
    read: Callable[[SourceFiles, ImportOptions], ImportedResults]
