"""`harness estimate`: what a run would cost, before it is sent. Sends nothing."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from harness.cli.options.context import (
    CliContext,
    add_batch_option,
    add_cache_option,
    add_grader_option,
    add_model_option,
    add_prompt_options,
    add_providers_option,
    add_task_options,
    integer,
    load_context,
    load_tasks,
    positive,
    prompt_change,
)
from harness.cli.options.conversation import add_conversation_options, planned_conversation
from harness.cli.options.earlier_runs import add_earlier_options, earlier_runs
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.prices import add_prices_option, price_book
from harness.core.errors import EXIT_OK
from harness.core.prices import CostUnknown
from harness.core.types import SamplingParams, origin_of
from harness.pricing.exact import exact_text
from harness.report.render.mode import SIMULATED, SIMULATED_MARK, mark_simulated, mode_of
from harness.report.render.number_format import dollars
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column
from harness.run.batch.batch_endpoint import BATCH_RATES_NOTE, as_batch
from harness.run.planning.estimate import Dollars, Estimate, estimate, known_usd, sum_estimates
from harness.run.planning.plan import Plan, choose_samples

SAID = (
    "one attempt per answer: retries are not included. Low: every answer as cheap as the cheapest "
    "tenth measured; expected: at the mean cost of those measured; worst: whole output limit, highest rates, one "
    "token a byte."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    what = parser.add_argument_group("what to estimate")
    what.add_argument("tasks", nargs="+", metavar="TASK", help="task names, or your own file: .jsonl, .csv, ...")
    add_model_option(what, help="as for harness run; repeat for more", required=True)
    what.add_argument("--limit", type=positive, metavar="N", help="samples per task, in a fixed order (default: all)")
    what.add_argument(
        "--repeats", type=positive, default=1, metavar="K", help="independent answers per sample (default: 1)"
    )
    what.add_argument("--seed", type=integer, default=0, metavar="N", help="seed of the order of samples (default: 0)")
    add_grader_option(what)
    add_task_options(what)
    sent = parser.add_argument_group("what is sent, as for harness run")
    sent.add_argument("--max-tokens", type=positive, metavar="N", help="output limit per answer (default: the task's)")
    add_prompt_options(sent)
    add_batch_option(sent)
    add_cache_option(sent)
    add_conversation_options(sent)
    add_earlier_options(parser.add_argument_group("earlier runs"), what="token use")
    own = parser.add_argument_group("providers and prices of your own")
    add_providers_option(own)
    add_prices_option(own)
    add_output_options(parser, has_json_option=True)
    parser.epilog = SAID


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    place = load_context(arguments.providers)
    now = datetime.now(UTC)
    plan = _plan(arguments, place, now)
    book = price_book(place.config, arguments.prices, plan.endpoints)
    _, uses = earlier_runs(arguments)
    found = estimate(plan, book, uses, now=now)
    print_document(_document(found, is_batch=arguments.batch), arguments)
    return EXIT_OK


def _plan(arguments: argparse.Namespace, place: CliContext, now: datetime) -> Plan:
    endpoints = place.config.endpoints(arguments.model, today=now.date())
    tasks = load_tasks(arguments.tasks, arguments, place, grader=arguments.grader, change=prompt_change(arguments))
    return Plan(
        endpoints=as_batch(endpoints) if arguments.batch else endpoints,
        tasks=tuple(
            choose_samples(loaded.task, loaded.samples, limit=arguments.limit, seed=arguments.seed) for loaded in tasks
        ),
        conversation=planned_conversation(arguments, tasks),
        repeats=arguments.repeats,
        params=SamplingParams(max_tokens=arguments.max_tokens),
        seed=arguments.seed,
        cache=arguments.cache,
    )


def _fields(found: Sequence[Estimate]) -> dict[str, object]:
    return {
        "rows": [_flat(one) for one in found],
        "models": {label: _three(*_sums(own)) for label, own in _by_model(found).items()},
        "total": _three(*_sums(_counted(found))),
    }


def _three(low: Dollars, expected: Dollars, worst: Dollars) -> dict[str, object]:
    fields: dict[str, object] = {}
    for name, amount in (("low_usd", low), ("expected_usd", expected), ("worst_usd", worst)):
        fields[name] = None if isinstance(amount, CostUnknown) else exact_text(amount)
    reasons = dict.fromkeys(one.reason for one in (low, expected, worst) if isinstance(one, CostUnknown))
    return {**fields, "unknown_because": "; ".join(reasons)} if reasons else fields


def _counted(found: Sequence[Estimate]) -> Sequence[Estimate]:
    """What a total is taken over: simulated dollars are never added to real ones."""
    return [one for one in found if not one.simulated] or found


def _sums(found: Sequence[Estimate]) -> tuple[Dollars, Dollars, Dollars]:
    return (
        sum_estimates(one.low for one in found),
        sum_estimates(one.expected for one in found),
        sum_estimates(one.worst for one in found),
    )


def _by_model(found: Sequence[Estimate]) -> dict[str, list[Estimate]]:
    models: dict[str, list[Estimate]] = {}
    for one in found:
        models.setdefault(one.label, []).append(one)
    return models


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimateRow:
    """A line of the table: one model on one task, on all tasks, or the total of all models."""

    label: str
    task: str
    jobs: int
    low: Dollars
    expected: Dollars
    worst: Dollars
    simulated: bool


def _document(found: Sequence[Estimate], *, is_batch: bool) -> ReportDocument:
    rows = tuple(_rows(found))
    fields = _fields(found)
    return ReportDocument(
        title="estimate",
        mode=mode_of(origin_of(simulated=one.simulated, imported=False) for one in found),
        sections=(Section(title="", tables=(Table(columns=COLUMNS, rows=rows, is_marked=lambda row: row.simulated),)),),
        notes=(*([BATCH_RATES_NOTE] if is_batch else []), SAID, *_remarks(found)),
        record=fields,
        flat=FlatRows(keys=CSV_KEYS, rows=tuple(_flat(one) for one in found)),
    )


CSV_KEYS = ("model", "task", "simulated", "jobs", "low_usd", "expected_usd", "worst_usd", "basis", "unknown_because")


def _flat(one: Estimate) -> dict[str, object]:
    return {
        "model": one.label,
        "task": one.task,
        "simulated": one.simulated,
        "jobs": one.jobs,
        **_three(one.low, one.expected, one.worst),
        "basis": one.basis,
    }


def _rows(found: Sequence[Estimate]) -> Iterator[EstimateRow]:
    for own in _by_model(found).values():
        for one in own:
            yield _row(_label(one), one.task, [one])
        if len(own) > 1:
            yield _row(_label(own[0]), "all tasks", own)
    counted = _counted(found)
    if len(_by_model(counted)) > 1:
        yield _row("total", "", counted)


def _row(label: str, task: str, found: Sequence[Estimate]) -> EstimateRow:
    low, expected, worst = _sums(found)
    return EstimateRow(
        label=label,
        task=task,
        jobs=sum(one.jobs for one in found),
        low=low,
        expected=expected,
        worst=worst,
        simulated=all(one.simulated for one in found),
    )


def _amount_column(
    key: str, title: str, meaning: str, amount: Callable[[EstimateRow], Dollars], *, rank: int = 0
) -> Column[EstimateRow]:
    def known(row: EstimateRow) -> Decimal | None:
        return known_usd(amount(row))

    return Column(
        key=key,
        title=title,
        meaning=meaning,
        text=lambda row: dollars(known(row)),
        value=known,
        rank=rank,
        lowest_is_best=True,
    )


COLUMNS: tuple[Column[EstimateRow], ...] = (
    prose_column("model", "model", lambda row: row.label),
    prose_column("task", "task", lambda row: row.task),
    Column(key="jobs", title="jobs", meaning="", text=lambda row: f"{row.jobs:,}", value=lambda row: row.jobs, rank=1),
    _amount_column("low_usd", "$ low", "every answer as cheap as the cheapest tenth", lambda row: row.low, rank=2),
    _amount_column("expected_usd", "$ expected", "at the mean cost", lambda row: row.expected),
    _amount_column("worst_usd", "$ worst", "whole output limit at the highest rates", lambda row: row.worst),
)


def _label(one: Estimate) -> str:
    return mark_simulated(one.label, simulated=one.simulated)


def _remarks(found: Sequence[Estimate]) -> Iterator[str]:
    """Where each row's tokens come from, and why an amount is unknown."""
    for one in found:
        yield f"{one.label} on {one.task}: {one.basis}"
        amounts = (one.low, one.expected, one.worst)
        for reason in dict.fromkeys(amount.reason for amount in amounts if isinstance(amount, CostUnknown)):
            yield f"{one.label} on {one.task}: ? {reason}"
    counted = _counted(found)
    sums = _sums(counted)
    if any(isinstance(one, CostUnknown) and one.known_usd for one in sums):
        low, expected, worst = (dollars(one.known_usd if isinstance(one, CostUnknown) else one) for one in sums)
        yield f"total of what is known: {low} low, {expected} expected, {worst} worst"
    if any(one.simulated for one in found):
        left_out = "" if len(counted) == len(found) else " and not in the total"
        yield f"{SIMULATED_MARK} marks a {SIMULATED} model: its dollars are made up{left_out}, and nobody is charged"
