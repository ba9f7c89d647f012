"""What `harness plan` prints: sizes of run that detect a difference, priced, the cheapest one as a command."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from harness.core.conversations import ConversationRules
from harness.core.plurals import counted
from harness.core.prices import CostUnknown
from harness.core.types import CacheMode, Endpoint, SamplingParams
from harness.pricing.book import PriceBook
from harness.pricing.exact import exact_text
from harness.report.comparison.sample_size import (
    ModelPair,
    SampleSize,
    TargetEffect,
    detectable_with,
    limit_for,
)
from harness.report.render.mode import SIMULATED, SIMULATED_MARK
from harness.report.render.number_format import NONE, dollars
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column
from harness.run.batch.batch_endpoint import BATCH_RATES_NOTE
from harness.run.planning.estimate import Dollars, estimate, known_usd, sum_estimates
from harness.run.planning.measured_tokens import MeasuredTokens
from harness.run.planning.plan import Plan, choose_samples
from harness.stats.intervals import Undefined
from harness.tasks.load import LoadedTask

REPEATS = (1, 2, 4, 8)
MAX_REPEATS = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedSize:
    """One size of run that shows the difference; `limit` None: the tasks have too few samples, or none suffice."""

    size: SampleSize
    limit: int | None
    low: Dollars
    expected: Dollars
    worst: Dollars


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSizePricer:
    """What any size of run costs: the models, the tasks, prices, and token use of earlier runs."""

    endpoints: tuple[Endpoint, ...]
    tasks: tuple[LoadedTask, ...]
    book: PriceBook
    earlier: Sequence[MeasuredTokens]
    params: SamplingParams
    now: datetime
    cache: CacheMode | None = None
    conversation: ConversationRules | None = None

    @property
    def available(self) -> list[int]:
        """How many samples each task has."""
        return [len(loaded.samples) for loaded in self.tasks]

    def price_size(self, size: SampleSize) -> PricedSize:
        """The size with its dollars; simulated dollars are never added to real ones."""
        limit = None if isinstance(size.samples, Undefined) else limit_for(size.samples, self.available)
        if limit is None:
            nothing = CostUnknown(reason="the tasks have too few samples")
            return PricedSize(size=size, limit=None, low=nothing, expected=nothing, worst=nothing)
        plan = Plan(
            endpoints=self.endpoints,
            tasks=tuple(choose_samples(loaded.task, loaded.samples, limit=limit, seed=0) for loaded in self.tasks),
            repeats=size.repeats,
            params=self.params,
            seed=0,
            cache=self.cache,
            conversation=self.conversation,
        )
        found = estimate(plan, self.book, self.earlier, now=self.now)
        counted = [one for one in found if not one.simulated] or found
        return PricedSize(
            size=replace(size, samples=sum(len(planned.samples) for planned in plan.tasks)),
            limit=limit,
            low=sum_estimates(one.low for one in counted),
            expected=sum_estimates(one.expected for one in counted),
            worst=sum_estimates(one.worst for one in counted),
        )


def _chosen(sized: Sequence[PricedSize]) -> PricedSize | None:
    """The cheapest that the tasks have the samples for; the fewest answers where dollars are not known."""

    def rank(one: PricedSize) -> tuple[Decimal, int]:
        samples = one.size.samples
        answers = samples * one.size.repeats if isinstance(samples, int) else 0
        return (one.expected if isinstance(one.expected, Decimal) else Decimal(0), answers)

    return min((one for one in sized if one.limit is not None), key=rank, default=None)


def _command(arguments: argparse.Namespace, one: PricedSize) -> str:
    models = " ".join(f"-m {shlex.quote(label)}" for label in arguments.model)
    repeats = f" --repeats {one.size.repeats}" if one.size.repeats > 1 else ""
    limit = f" --max-tokens {arguments.max_tokens}" if arguments.max_tokens else ""
    cache = f" --cache {arguments.cache.value}" if arguments.cache else ""
    batch = " --batch" if arguments.batch else ""
    turns = "".join(
        f" {option} {value}"
        for option, value in (
            ("--feedback-rounds", arguments.feedback_rounds),
            ("--max-steps", arguments.max_steps),
            ("--max-usd-per-task", arguments.max_usd_per_task),
        )
        if value is not None
    )
    return f"harness run {' '.join(arguments.tasks)} {models} --limit {one.limit}{repeats}{limit}{cache}{batch}{turns}"


def plan_document(
    arguments: argparse.Namespace,
    aim: TargetEffect,
    pricer: SampleSizePricer,
    pairs: Sequence[ModelPair],
    sized: Sequence[PricedSize],
) -> ReportDocument:
    """The sizes as a table, with the spread of each pair and the cheapest run that fits."""
    available = sum(pricer.available)
    models = len(pricer.endpoints)
    names = ", ".join(loaded.task.name for loaded in pricer.tasks)
    many = f"{models} models" + (f", all {len(pairs)} pairs" if len(pairs) > 1 else "")
    best = _chosen(sized)
    result = (
        f"no size fits: add tasks, or look for a larger difference; {_most_shown(pairs, aim, available)}"
        if best is None
        else f"cheapest that fits: {_command(arguments, best)}"
    )
    record = _fields(arguments, aim, pairs, sized)
    return ReportDocument(
        title=f"to detect a difference of {100 * aim.difference:g} points in accuracy with {100 * aim.power:g}% power, "
        f"{many}, on {names} ({counted(available, 'sample')})",
        sections=(Section(title="", tables=(Table(columns=_columns(models, available), rows=tuple(sized)),)),),
        notes=tuple(_notes(pricer, pairs, sized)),
        result=(result,),
        record=record,
        flat=FlatRows(keys=SIZE_KEYS, rows=tuple(map(_size_fields, sized))),
    )


def _notes(pricer: SampleSizePricer, pairs: Sequence[ModelPair], sized: Sequence[PricedSize]) -> Iterator[str]:
    if any(endpoint.is_batch for endpoint in pricer.endpoints):
        yield BATCH_RATES_NOTE
    for pair in pairs:
        yield f"{pair.first} and {pair.second}: paired variance from {pair.basis}"
    for reason in dict.fromkeys(
        one.expected.reason for one in sized if one.limit and isinstance(one.expected, CostUnknown)
    ):
        yield f"? {reason}"
    if any(endpoint.simulated for endpoint in pricer.endpoints):
        mixed = not all(endpoint.simulated for endpoint in pricer.endpoints)
        words = "are not in the dollars" if mixed else "have made-up dollars that nobody is charged"
        yield f"{SIMULATED_MARK} {SIMULATED} models {words}"


def _most_shown(pairs: Sequence[ModelPair], aim: TargetEffect, available: int) -> str:
    shown = detectable_with(pairs, aim, available, REPEATS[-1])
    if isinstance(shown, Undefined):
        return shown.reason
    return f"all {counted(available, 'sample')} x {REPEATS[-1]} detect {100 * shown:.1f} points"


def _columns(models: int, available: int) -> tuple[Column[PricedSize], ...]:
    return (
        Column(
            key="repeats",
            title="repeats",
            meaning="independent answers to each sample",
            text=lambda one: f"{one.size.repeats}",
            value=lambda one: one.size.repeats,
            lowest_is_best=True,
        ),
        Column(
            key="samples",
            title="samples",
            meaning="samples that suffice for every pair of models",
            text=lambda one: NONE if isinstance(one.size.samples, Undefined) else f"{one.size.samples:,}",
            value=lambda one: None if isinstance(one.size.samples, Undefined) else one.size.samples,
            lowest_is_best=True,
        ),
        Column(
            key="answers",
            title="answers",
            meaning="samples x repeats x models",
            text=lambda one: NONE if _answers(one, models) is None else f"{_answers(one, models):,}",
            value=lambda one: _answers(one, models),
            rank=1,
            lowest_is_best=True,
        ),
        _amount_column("low_usd", "$ low", lambda one: one.low, rank=2),
        _amount_column("expected_usd", "$ expected", lambda one: one.expected),
        _amount_column("worst_usd", "$ worst", lambda one: one.worst, rank=1),
        prose_column("why_not", "why not", lambda one: _why_not(one, available), meaning="why the size cannot be run"),
    )


def _answers(one: PricedSize, models: int) -> int | None:
    samples = one.size.samples
    return None if isinstance(samples, Undefined) else samples * one.size.repeats * models


def _amount_column(
    key: str, title: str, amount: Callable[[PricedSize], Dollars], *, rank: int = 0
) -> Column[PricedSize]:
    def known(one: PricedSize) -> Decimal | None:
        return known_usd(amount(one))

    return Column(
        key=key,
        title=title,
        meaning="",
        text=lambda one: NONE if one.limit is None else dollars(known(one)),
        value=known,
        rank=rank,
        lowest_is_best=True,
    )


def _why_not(one: PricedSize, available: int) -> str:
    if isinstance(one.size.samples, Undefined):
        return one.size.samples.reason
    return f"more samples than there are ({available:,})" if one.limit is None else ""


SIZE_KEYS = ("repeats", "samples", "fits", "limit", "low_usd", "expected_usd", "worst_usd")


def _size_fields(one: PricedSize) -> dict[str, object]:
    return {
        "repeats": one.size.repeats,
        "samples": None if isinstance(one.size.samples, Undefined) else one.size.samples,
        "fits": one.limit is not None,
        "limit": one.limit,
        "low_usd": _text(one.low),
        "expected_usd": _text(one.expected),
        "worst_usd": _text(one.worst),
    }


def _fields(
    arguments: argparse.Namespace, aim: TargetEffect, pairs: Sequence[ModelPair], sized: Sequence[PricedSize]
) -> dict[str, object]:
    best = _chosen(sized)
    return {
        "difference": aim.difference,
        "power": aim.power,
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "variance_between": pair.spread.between,
                "variance_within": [pair.spread.within_first, pair.spread.within_second],
                "basis": pair.basis,
            }
            for pair in pairs
        ],
        "sizes": list(map(_size_fields, sized)),
        "command": None if best is None else _command(arguments, best),
    }


def _text(amount: Dollars) -> str | None:
    return None if isinstance(amount, CostUnknown) else exact_text(amount)
