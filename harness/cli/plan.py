"""`harness plan`: how many samples, repeats and dollars it takes to show a difference in accuracy. Sends nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from harness.cli.options.context import (
    CliContext,
    add_model_option,
    add_providers_option,
    add_task_options,
    load_context,
    load_tasks,
    positive,
)
from harness.cli.options.earlier_runs import add_earlier_options, earlier_runs
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option, price_book
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.core.prices import CostUnknown
from harness.core.types import Endpoint, SamplingParams
from harness.grading.base import grader_names
from harness.pricing.book import PriceBook
from harness.pricing.exact import exact_text
from harness.report.comparison.sample_size import (
    ModelPair,
    SampleSize,
    TargetEffect,
    detectable_with,
    limit_for,
    pairs_of,
    repeats_for,
    sizes,
)
from harness.report.render.mode import SIMULATED, SIMULATED_MARK
from harness.report.render.number_format import NONE, dollars
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column
from harness.report.run_data.load import RunData
from harness.report.run_data.series import load_series
from harness.run.planning.estimate import Dollars, MeasuredTokens, estimate, sum_estimates
from harness.run.planning.plan import Plan, choose_samples
from harness.stats.intervals import Undefined
from harness.stats.power import PlanningAssumptions
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


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("tasks", nargs="+", metavar="TASK", help="task names, or a file of your own: .jsonl, .csv, ...")
    add_model_option(parser, help="two or more", required=True)
    parser.add_argument(
        "--detect", type=share, required=True, metavar="D", help="difference in accuracy to detect, such as 0.03"
    )
    parser.add_argument("--power", type=share, default=0.8, metavar="P", help="power (default 0.8)")
    add_earlier_options(parser, what="spread and token use")
    parser.add_argument("--max-tokens", type=positive, metavar="N", help="output limit per answer")
    parser.add_argument("--grader", choices=grader_names(), help="for a file of your own")
    assumed = PlanningAssumptions()
    words = "where no earlier run has the models: "
    parser.add_argument(
        "--assume-accuracy",
        type=share,
        default=assumed.accuracy,
        metavar="A",
        help=f"{words}accuracy of the better one (default {assumed.accuracy:g})",
    )
    parser.add_argument(
        "--assume-correlation",
        type=share_or_none,
        default=assumed.correlation,
        metavar="C",
        help=f"{words}correlation of two models' answers over samples (default {assumed.correlation:g})",
    )
    parser.add_argument(
        "--assume-stable",
        type=share_or_none,
        default=assumed.stable,
        metavar="S",
        help=f"{words}share of an answer's variance between samples (default {assumed.stable:g})",
    )
    add_task_options(parser)
    add_providers_option(parser)
    add_prices_option(parser)
    add_output_options(parser, has_json_option=True)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    assumed = PlanningAssumptions(
        accuracy=arguments.assume_accuracy,
        correlation=arguments.assume_correlation,
        stable=arguments.assume_stable,
    )
    _check(arguments, assumed)
    place = load_context(arguments.providers)
    runs, uses = earlier_runs(arguments)
    pricer = _pricer(arguments, place, uses)
    aim = TargetEffect(difference=arguments.detect, power=arguments.power)
    labels = [endpoint.label for endpoint in pricer.endpoints]
    if len(labels) < 2:
        raise UsageError(f"a difference needs two models, and -m names only {labels[0]}")
    names = [loaded.task.name for loaded in pricer.tasks]
    pairs = pairs_of(labels, names, load_series(map(RunData.load, runs)), assumed, aim)
    sized = [pricer.price_size(size) for size in _sizes(pairs, aim, sum(pricer.available))]
    print_document(_document(arguments, aim, pricer, pairs, sized), arguments)
    return EXIT_OK


def share(text: str) -> float:
    """A number above 0 and below 1, for argparse."""
    value = share_or_none(text)
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} does not lie between 0 and 1; three points are 0.03")
    return value


def share_or_none(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1, such as 0.03")
    return value


def _check(arguments: argparse.Namespace, assumed: PlanningAssumptions) -> None:
    if assumed.correlation > assumed.stable:
        raise UsageError(
            f"--assume-correlation {assumed.correlation:g} is above --assume-stable {assumed.stable:g}: two models "
            "cannot agree more than each agrees with itself"
        )
    if arguments.power < 0.5:
        raise UsageError(f"--power {arguments.power:g} is below 0.5: a coin would do as well")


def _pricer(arguments: argparse.Namespace, place: CliContext, uses: Sequence[MeasuredTokens]) -> SampleSizePricer:
    now = datetime.now(UTC)
    endpoints = place.config.endpoints(arguments.model, today=now.date())
    return SampleSizePricer(
        endpoints=endpoints,
        tasks=load_tasks(arguments.tasks, arguments, place, grader=arguments.grader),
        book=price_book(place.config, arguments.prices, endpoints),
        earlier=uses,
        params=SamplingParams(max_tokens=arguments.max_tokens),
        now=now,
    )


def _sizes(pairs: Sequence[ModelPair], aim: TargetEffect, available: int) -> list[SampleSize]:
    """The usual repeats, and where none of these fits the tasks, the repeats of all samples that would do."""
    found = sizes(pairs, aim, REPEATS)
    if any(isinstance(size.samples, int) and size.samples <= available for size in found):
        return found
    needed = repeats_for(pairs, aim, available)
    if isinstance(needed, Undefined) or not REPEATS[-1] < needed <= MAX_REPEATS:
        return found
    return [*found, SampleSize(repeats=needed, samples=available)]


def _chosen(sized: Sequence[PricedSize]) -> PricedSize | None:
    """The cheapest that the tasks have the samples for; the fewest answers where dollars are not known."""

    def rank(one: PricedSize) -> tuple[Decimal, int]:
        samples = one.size.samples
        answers = samples * one.size.repeats if isinstance(samples, int) else 0
        return (one.expected if isinstance(one.expected, Decimal) else Decimal(0), answers)

    return min((one for one in sized if one.limit is not None), key=rank, default=None)


def _command(arguments: argparse.Namespace, one: PricedSize) -> str:
    models = " ".join(f"-m {label}" for label in arguments.model)
    repeats = f" --repeats {one.size.repeats}" if one.size.repeats > 1 else ""
    limit = f" --max-tokens {arguments.max_tokens}" if arguments.max_tokens else ""
    return f"harness run {' '.join(arguments.tasks)} {models} --limit {one.limit}{repeats}{limit}"


def _document(
    arguments: argparse.Namespace,
    aim: TargetEffect,
    pricer: SampleSizePricer,
    pairs: Sequence[ModelPair],
    sized: Sequence[PricedSize],
) -> ReportDocument:
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
    for pair in pairs:
        yield f"{pair.first} and {pair.second}: spread from {pair.basis}"
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
    return f"all {counted(available, 'sample')} x {REPEATS[-1]} would show {100 * shown:.1f} points"


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
        found = amount(one)
        return None if isinstance(found, CostUnknown) else found

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
