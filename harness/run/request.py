"""What a user asks of a run, resolved to values: the first of three steps.

`RunRequest` is made by a command, `run.prepare` checks it and makes the run folder, `run.session` restores what that
holds, `run.execute` does the work.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from harness.core.prices import Price
from harness.core.types import CacheMode, Endpoint, SamplingParams
from harness.pricing.book import PriceBook
from harness.providers.recording.exchange import read_recording
from harness.store.codec import ReplayedFrom, RunKind
from harness.tasks.load import LoadedTask
from harness.tasks.prompt_change import NO_CHANGE, PromptChange


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """A run as it was asked for. Dollars are Decimals; nothing is checked yet.

    `prices`: all price rows of the models, whatever their dates. `reuse`: folders of earlier runs whose answers are
    taken where the key is the same. `until_width`, `until_separated`: conditions of an early stop (early_stopping).
    `sandbox`: the container asked for, as ENGINE:IMAGE. `kind` and `every_s` are the manifest's.
    `prompt_change`: what was done to the prompts of `tasks`, for the record. `replay`: the recording that answers
    instead of the providers, whose keys are not needed then. `feedback_rounds`: how often a failed answer is sent back.
    `max_turns`, `max_usd_per_job`: of an agent, instead of the task's own and of none. `cache`: how providers' prompt
    caches are used; None: as they come.
    """

    endpoints: tuple[Endpoint, ...]
    tasks: tuple[LoadedTask, ...]
    prices: tuple[Price, ...]
    limit: int | None
    repeats: int
    params: SamplingParams
    seed: int
    max_usd: Decimal | None
    max_usd_per_model: Decimal | None
    allow_unpriced: bool
    unsafe_no_sandbox: bool
    command: tuple[str, ...]
    reuse: tuple[Path, ...] = ()
    kind: RunKind = "run"
    every_s: float = 0.0
    until_width: float | None = None
    until_separated: bool = False
    sandbox: str | None = None
    prompt_change: PromptChange = NO_CHANGE
    cache: CacheMode | None = None
    replay: ReplayedFrom | None = None
    feedback_rounds: int = 0
    max_turns: int | None = None
    max_usd_per_job: Decimal | None = None

    @property
    def has_budget(self) -> bool:
        """Whether dollars are limited, in all or per model."""
        return self.max_usd is not None or self.max_usd_per_model is not None


def price_rows(book: PriceBook, endpoints: Sequence[Endpoint]) -> tuple[Price, ...]:
    """Every row of the price book for these models, whatever its dates, as one layer (`PriceBook.frozen_rows`).

    The user's own rows of their providers come too: another model may answer, and the shipped book does not have them.
    """
    names = dict.fromkeys((endpoint.provider, endpoint.model) for endpoint in endpoints)
    rows = [row for provider, model in names for row in book.frozen_rows(provider, model)]
    asked = {(row.provider, row.model) for row in rows}
    own = book.own_rows({endpoint.provider for endpoint in endpoints})
    return (*rows, *(row for row in own if (row.provider, row.model) not in asked))


def replay_from(folder: Path, *, is_instant: bool) -> ReplayedFrom:
    """The recording in a folder, to answer from. Raises DataError where there is none."""
    first = read_recording(folder)[0]
    return ReplayedFrom(folder=str(folder.resolve()), recorded_at=first.recorded_at, is_instant=is_instant)


def default_run_name(tasks: Sequence[LoadedTask], now: datetime) -> str:
    """The name of a run folder that nobody named: date, time and tasks.

    A seed stands behind a colon, which many places that keep artifacts refuse in a path.
    """
    names = "-".join(loaded.task.name for loaded in tasks)[:60].replace(":", "-")
    return f"{now:%Y%m%d-%H%M%S}-{names}"


def with_concurrency(endpoint: Endpoint, limit: int | None) -> Endpoint:
    """The endpoint with at most so many requests in flight; None: as it is."""
    return endpoint if limit is None else replace(endpoint, limits=replace(endpoint.limits, max_concurrency=limit))
