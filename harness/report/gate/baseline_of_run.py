"""Makes a baseline of a run folder: the jobs of each model on each task summed up, as a whole and by sample."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from decimal import Decimal

from harness.core.errors import UsageError
from harness.core.prices import Price, Rates
from harness.core.types import Endpoint, FailureKind, FinishReason, Verdict
from harness.pricing.exact import exact_sum
from harness.report.gate.baseline import (
    FORMAT,
    FORMAT_VERSION,
    MAX_ANSWER_CHARS,
    MAX_PROMPT_CHARS,
    Baseline,
    ModelTotals,
    RunSettings,
    SampleTotals,
    TimingStats,
    stored_text,
)
from harness.report.run_data.load import RunData
from harness.report.run_data.model_series import settings_text
from harness.report.run_data.records import JobRecord
from harness.report.run_data.summary import ModelSummary
from harness.store.codec import Manifest, TaskEntry


def baseline_of(run: RunData, *, has_texts: bool = True) -> Baseline:
    """The figures of a run as a baseline; without `has_texts` prompts and answers are in it as hashes.

    Raises UsageError for a measurement of speed, and for a run that could stop early: which samples such a run holds
    depends on its own results, so pairing them with another run's is biased.
    """
    manifest, path = run.manifest, run.run.path
    if manifest.kind != "run":
        raise UsageError(f"{path} measures speed and grades nothing; a gate takes what harness run makes")
    if manifest.may_stop_early:
        raise UsageError(f"{path} was free to stop early: which samples it asked depends on its own figures")
    totals = {
        (endpoint.label, entry.name): _ModelAccumulator(
            endpoint=endpoint, entry=entry, manifest=manifest, has_texts=has_texts
        )
        for entry in manifest.tasks
        for endpoint in manifest.endpoints
    }
    run.read(_RunTotals(totals))
    return Baseline(
        format=FORMAT,
        format_version=FORMAT_VERSION,
        harness_version=manifest.harness_version,
        run=run.run.name,
        created_at=manifest.created_at,
        command=manifest.command,
        rows=tuple(tally.figures() for tally in totals.values()),
        prompts=_prompts(run, has_texts=has_texts),
    )


def _prompts(run: RunData, *, has_texts: bool) -> dict[str, dict[str, str]]:
    """By task and sample what a model is shown, the system prompt first and the tools last."""
    found: dict[str, dict[str, str]] = {entry.name: {} for entry in run.manifest.tasks}
    for (task, name), sample in run.samples.items():
        text = sample.prompt if sample.system is None else f"{sample.system}\n\n{sample.prompt}"
        if sample.tools is not None:
            text = "\n\n".join([text, *(f"{tool.name}: {tool.description} {tool.parameters}" for tool in sample.tools)])
        found.setdefault(task, {})[name] = stored_text(text, max_chars=MAX_PROMPT_CHARS, has_texts=has_texts)
    return found


@dataclass(slots=True, kw_only=True)
class _SampleAccumulator:
    """One sample so far. A sum is None once a part of it is unknown."""

    has_texts: bool = True
    correct: int = 0
    graded: int = 0
    jobs: int = 0
    answers: int = 0
    usd: Decimal | None = Decimal(0)
    prompt_tokens: int | None = 0
    completion_tokens: int | None = 0
    ttft_s: list[float] = field(default_factory=list)
    total_s: list[float] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    given: dict[int, str] = field(default_factory=dict)
    truncated: int = 0

    def add(self, record: JobRecord) -> None:
        """Take in one job that ended."""
        self.jobs += 1
        # One unknown part makes the sum unknown: a sum of the known ones would look like a lower price.
        if record.spent_usd is not None and self.usd is not None:
            self.usd = exact_sum((self.usd, record.spent_usd))
        else:
            self.usd = None
        if not record.is_answered:
            return
        self.answers += 1
        self.prompt_tokens = _plus(self.prompt_tokens, record.prompt_tokens)
        self.completion_tokens = _plus(self.completion_tokens, record.completion_tokens)
        self.truncated += record.finish_reason == FinishReason.LENGTH.value
        if record.verdict is not None:
            self.verdicts[record.verdict.value] += 1
            self.given[record.repeat] = stored_text(
                record.answer or "", max_chars=MAX_ANSWER_CHARS, has_texts=self.has_texts or not record.answer
            )
        # A grader's failure is no wrong answer.
        if record.verdict not in (None, Verdict.GRADER_ERROR):
            self.graded += 1
            self.correct += record.verdict is Verdict.CORRECT
        self._add_times(record)

    def _add_times(self, record: JobRecord) -> None:
        total_s, ttft_s, *_ = record.usable_timings
        if total_s is not None:
            self.total_s.append(total_s)
        if ttft_s is not None:
            self.ttft_s.append(ttft_s)

    def figures(self) -> SampleTotals:
        return SampleTotals(
            correct=self.correct,
            graded=self.graded,
            jobs=self.jobs,
            answers=self.answers,
            usd=self.usd,
            prompt_tokens=self.prompt_tokens,
            completion_tokens=self.completion_tokens,
            ttft_s=tuple(round(value, 6) for value in self.ttft_s),
            total_s=tuple(round(value, 6) for value in self.total_s),
            verdicts=dict(sorted(self.verdicts.items())),
            given=tuple(text for _, text in sorted(self.given.items())),
            truncated=self.truncated,
        )


@dataclass(slots=True, kw_only=True)
class _ModelAccumulator:
    """One model on one task so far."""

    endpoint: Endpoint
    entry: TaskEntry
    manifest: Manifest
    has_texts: bool
    summary: ModelSummary = field(init=False)
    samples: dict[str, _SampleAccumulator] = field(default_factory=dict)
    grader_versions: set[str] = field(default_factory=set)
    prices: set[str] = field(default_factory=set)
    served: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.summary = ModelSummary(
            label=self.endpoint.label,
            name=self.endpoint.name,
            task=self.entry.name,
            task_version=self.entry.version,
            planned=self.entry.samples * self.manifest.repeats,
            origin=self.endpoint.origin,
        )

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        self.summary.add(record)
        if record.is_finished:
            self.samples.setdefault(record.sample_id, _SampleAccumulator(has_texts=self.has_texts)).add(record)
        if record.grader_version is not None:
            self.grader_versions.add(record.grader_version)
        if record.spent_price_id:
            self.prices.add(record.spent_price_id)
        if record.is_answered and record.served_model:
            self.served[record.served_model] += 1

    def figures(self) -> ModelTotals:
        """The sums over all jobs taken in."""
        total = self.summary
        return ModelTotals(
            task=self.entry.name,
            model=self.endpoint.label,
            terms=self._terms(),
            planned=total.planned,
            finished=total.finished,
            failed=total.failed,
            attempts_failed={kind.value: count for kind, count in sorted(total.causes.items(), key=_by_name)},
            ungraded=total.ungraded + total.verdicts[Verdict.GRADER_ERROR],
            known_usd=exact_sum(total.known_usd),
            unpriced=dict(sorted(total.unpriced.items())),
            prices=tuple(sorted(self.prices)),
            reasoning_tokens=total.reasoning.known,
            ttft_s=TimingStats.of(one.ttft_s for one in self.samples.values()),
            total_s=TimingStats.of(one.total_s for one in self.samples.values()),
            samples={name: one.figures() for name, one in sorted(self.samples.items())},
            other_models=dict(sorted(total.answering.others.items())),
            served=dict(sorted(self.served.items())),
            rates=dict(self._rates()),
            sandboxes=tuple(sorted(total.sandboxes)),
        )

    def _rates(self) -> Iterator[tuple[str, str]]:
        used = {one for row in self.prices for one in row.split(" + ")}
        for price in self.manifest.prices:
            if price.id in used:
                yield price.id, _rates_text(price, self.endpoint.service_tier)

    def _terms(self) -> RunSettings:
        entry, endpoint = self.entry, self.endpoint
        return RunSettings(
            task_version=entry.version,
            content_hash=entry.content_hash,
            grader=entry.grader,
            grader_versions=tuple(sorted(self.grader_versions)),
            max_tokens=entry.max_tokens,
            repeats=self.manifest.repeats,
            settings=settings_text(self.manifest.params),
            own_settings=settings_text(endpoint.params),
            model_id=endpoint.model_id,
            dialect=endpoint.dialect,
            dialect_version=self.manifest.dialects.get(endpoint.dialect),
            backend=endpoint.backend,
            service_tier=endpoint.service_tier,
            extra_body=json.dumps(endpoint.extra_body, sort_keys=True),
            streamed=endpoint.stream,
            simulated=endpoint.simulated,
            imported=endpoint.imported,
            replayed=endpoint.replayed,
        )


_NOT_BILLED = frozenset(
    ("id", "sources", "read_on", "confidence", "basis", "notes", "effective_from", "effective_to", "retired_on")
)
"""Fields of a price row that change no bill of a request it is in force for."""


def _rates_text(price: Price, tier: str | None) -> str:
    """The rates per million tokens, and a hash over all that a bill depends on: tiers, windows, fees.

    The rates are those of the service tier, where the row has some of it, else the plain ones.
    """
    in_tier = None if tier is None else price.service_tiers.get(tier)
    rates = price.rates if in_tier is None else in_tier
    plain = ", ".join(
        f"{one.name.replace('_', ' ')} {_plain(rate)}"
        for one in fields(Rates)
        if (rate := getattr(rates, one.name)) is not None
    )
    whole = {name: value for name, value in asdict(price).items() if name not in _NOT_BILLED}
    digest = hashlib.sha256(json.dumps(whole, sort_keys=True, default=_plain).encode()).hexdigest()[:8]
    if in_tier is None:
        return f"{plain} {price.currency} per million tokens, all terms {digest}"
    return f"{plain} {price.currency} per million tokens in the tier {tier}, all terms {digest}"


def _plain(value: object) -> object:
    """A field of a price in one form, however it was written and in whatever order a set gives its members."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return sorted(map(str, value)) if isinstance(value, frozenset) else str(value)


@dataclass(frozen=True, slots=True)
class _RunTotals:
    """The models of a run by (label, task)."""

    by_place: Mapping[tuple[str, str], _ModelAccumulator]

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        self.by_place[record.label, record.task].add(record)


def _by_name(item: tuple[FailureKind, int]) -> str:
    return item[0].value


def _plus(total: int | None, count: int | None) -> int | None:
    return None if total is None or count is None else total + count
