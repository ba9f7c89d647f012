"""Reparsing the usage of stored attempts with today's dialects, free: from the raw usage each attempt kept.

Appends what changed to usage.jsonl, which reports then use; the log stays untouched. Covers what that does to tokens
and dollars, model by model.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.clock import Clock
from harness.core.errors import UsageError
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Call, Endpoint, Usage
from harness.pricing.attempts import call_cost
from harness.pricing.book import PriceBook, load_book
from harness.pricing.exact import exact_sum
from harness.providers import dialect_loader
from harness.store.call_log import calls
from harness.store.codec import UsageLine, encode
from harness.store.corrections import Corrections, corrected, corrections, usage_path
from harness.store.log import LogWriter
from harness.store.run_dir import RunDir

COUNTS = ("prompt_tokens", "cached_tokens", "cache_write_tokens", "completion_tokens", "reasoning_tokens")


@dataclass(slots=True, kw_only=True)
class UsageTotals:
    """Sums over the attempts of one model that kept a raw usage, and dollars over all its jobs.

    `missing` counts the attempts that say nothing of a count; `unknown_jobs` have attempts of unknown cost, and `usd`
    is what is known.
    """

    tokens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    missing: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    usd: Decimal = Decimal(0)
    unknown_jobs: int = 0
    bounds: int = 0

    def add_usage(self, usage: Usage | None) -> None:
        """Take in the usage of one attempt."""
        for name in COUNTS:
            count = None if usage is None else getattr(usage, name)
            if count is None:
                self.missing[name] += 1
            else:
                self.tokens[name] += count

    def add_cost(self, spent: Cost | CostUnknown) -> None:
        """Take in the dollars of one job."""
        if isinstance(spent, CostUnknown):
            self.unknown_jobs += 1
            self.usd = exact_sum((self.usd, spent.known_usd))
            return
        self.usd = exact_sum((self.usd, spent.usd))
        self.bounds += spent.is_upper_bound


@dataclass(slots=True, kw_only=True)
class UsageReparse:
    """One model's usage before and after. `attempts` kept a raw usage, `changed` of them read differently now.

    `without_raw` kept none, so nothing can be read again. `dialect` is the name and version that read.
    """

    label: str
    dialect: str
    attempts: int = 0
    without_raw: int = 0
    changed: int = 0
    before: UsageTotals = field(default_factory=UsageTotals)
    after: UsageTotals = field(default_factory=UsageTotals)


def reparse_usage(run: RunDir, *, clock: Clock) -> list[UsageReparse]:
    """Read every raw usage of a run again and note what changed; call inside its lock. One entry per model.

    Compares with what is in force: the last correction, else the stored line. Raises UsageError for an imported run,
    whose usage its importer has read, ConfigError where a dialect no longer exists, LocalError when the lines cannot be
    read or written.
    """
    if run.manifest().imported is not None:
        # Inspect, promptfoo and others have count names of their own, of which a dialect makes other numbers.
        raise UsageError(f"{run.path} is IMPORTED: its importer read its usage; harness import reads the files again")
    return asyncio.run(_reread(run, clock))


async def _reread(run: RunDir, clock: Clock) -> list[UsageReparse]:
    manifest = run.manifest()
    book = load_book(own=manifest.prices)
    known = corrections(run)
    endpoints = {endpoint.label: endpoint for endpoint in manifest.endpoints}
    found = {
        label: UsageReparse(label=label, dialect=f"{one.dialect} v{dialect_loader.load(one.dialect).version}")
        for label, one in endpoints.items()
    }
    writer: LogWriter | None = None
    try:
        for call in calls(run):
            endpoint = endpoints[call.label]
            lines = list(_changed(call, endpoint, known, clock))
            _account(found[call.label], call, endpoint, book, known, lines)
            if lines and writer is None:  # a run without changes gets no file
                writer = LogWriter(usage_path(run))
            for line in lines:
                assert writer is not None
                writer.append_soon(encode(line))
    finally:
        if writer is not None:
            await writer.close()
    return list(found.values())


def _changed(call: Call, endpoint: Endpoint, known: Corrections, clock: Clock) -> Iterator[UsageLine]:
    """A line for each attempt of the call whose raw usage now reads differently."""
    spoken = dialect_loader.load(endpoint.dialect)
    for place, attempt in enumerate(corrected(call, known).attempts):
        if attempt.raw_usage is None:
            continue
        usage = dialect_loader.read_usage(spoken, attempt.raw_usage)
        if usage != attempt.usage:
            yield UsageLine(
                key=call.key,
                number=place,
                at=clock.now(),
                dialect=spoken.name,
                dialect_version=spoken.reading_version,
                usage=usage,
            )


def _account(
    entry: UsageReparse, call: Call, endpoint: Endpoint, book: PriceBook, known: Corrections, lines: list[UsageLine]
) -> None:
    before = corrected(call, known)
    after = corrected(before, {(line.key, line.number): line for line in lines})
    entry.changed += len(lines)
    entry.attempts += sum(attempt.raw_usage is not None for attempt in call.attempts)
    entry.without_raw += sum(attempt.raw_usage is None for attempt in call.attempts)
    for tally, version in ((entry.before, before), (entry.after, after)):
        for attempt in version.attempts:
            if attempt.raw_usage is not None:
                tally.add_usage(attempt.usage)
        spent, _ = call_cost(version, book, endpoint)
        tally.add_cost(spent)
