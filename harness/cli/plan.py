"""`harness plan`: how many samples, repeats and dollars it takes to show a difference in accuracy. Sends nothing."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime

from harness.cli.documents.plan import MAX_REPEATS, REPEATS, SampleSizePricer, plan_document
from harness.cli.options.context import (
    CliContext,
    add_batch_option,
    add_cache_option,
    add_grader_option,
    add_model_option,
    add_providers_option,
    add_task_options,
    load_context,
    load_tasks,
    positive,
)
from harness.cli.options.conversation import add_conversation_options, planned_conversation
from harness.cli.options.earlier_runs import add_earlier_options, earlier_runs
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option, price_book
from harness.core.errors import EXIT_OK, UsageError
from harness.core.types import SamplingParams
from harness.report.comparison.sample_size import (
    ModelPair,
    SampleSize,
    TargetEffect,
    pairs_of,
    repeats_for,
    sizes,
)
from harness.report.run_data.load import RunData
from harness.report.run_data.series import load_series
from harness.run.batch.batch_endpoint import as_batch
from harness.run.planning.measured_tokens import MeasuredTokens
from harness.stats.intervals import Undefined
from harness.stats.power import PlanningAssumptions


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_argument_group("what to plan")
    what.add_argument("tasks", nargs="+", metavar="TASK", help="task names, or your own file: .jsonl, .csv, ...")
    add_model_option(what, help="two or more, as for harness run; repeat the option", required=True)
    what.add_argument(
        "--detect", type=share, required=True, metavar="D", help="difference in accuracy to detect, such as 0.03"
    )
    what.add_argument("--power", type=share, default=0.8, metavar="P", help="chance to detect it (default: 0.8)")
    add_grader_option(what)
    add_task_options(what)
    sent = parser.add_argument_group("what is sent, as for harness run")
    sent.add_argument("--max-tokens", type=positive, metavar="N", help="output limit per answer (default: the task's)")
    add_batch_option(sent)
    add_cache_option(sent)
    add_conversation_options(sent)
    add_earlier_options(parser.add_argument_group("earlier runs"), what="variance and token use")
    _add_assumption_options(parser.add_argument_group("assumed of models that no earlier run has"))
    own = parser.add_argument_group("providers and prices of your own")
    add_providers_option(own)
    add_prices_option(own)
    add_output_options(parser, has_json_option=True)


def _add_assumption_options(group: argparse._ArgumentGroup) -> None:
    """What is assumed of models that no earlier run has."""
    assumed = PlanningAssumptions()
    group.add_argument(
        "--assume-accuracy",
        type=share,
        default=assumed.accuracy,
        metavar="A",
        help=f"accuracy of the better one (default: {assumed.accuracy:g})",
    )
    group.add_argument(
        "--assume-correlation",
        type=share_or_none,
        default=assumed.correlation,
        metavar="C",
        help=f"of two models' answers over samples (default: {assumed.correlation:g})",
    )
    group.add_argument(
        "--assume-stable",
        type=share_or_none,
        default=assumed.stable,
        metavar="S",
        help=f"share of the variance between samples (default: {assumed.stable:g})",
    )


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
    print_document(plan_document(arguments, aim, pricer, pairs, sized), arguments)
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
    endpoints = as_batch(endpoints) if arguments.batch else endpoints
    tasks = load_tasks(arguments.tasks, arguments, place, grader=arguments.grader)
    return SampleSizePricer(
        endpoints=endpoints,
        tasks=tasks,
        book=price_book(place.config, arguments.prices, endpoints),
        earlier=uses,
        params=SamplingParams(max_tokens=arguments.max_tokens),
        conversation=planned_conversation(arguments, tasks),
        cache=arguments.cache,
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
