"""`harness speed`: measure latency and output speed for claims: cold prompts, few at once, spread over time."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.context import (
    CliContext,
    add_model_option,
    add_providers_option,
    add_task_options,
    dollars,
    folder_name,
    load_context,
    load_tasks,
    positive,
)
from harness.cli.options.durations import duration
from harness.cli.options.output import add_output_options, check_output_options
from harness.cli.options.prices import add_prices_option, price_book
from harness.cli.session.run_session import add_session_options, send_and_report
from harness.cli.session.run_store import write_run
from harness.config.environment import collect_keys
from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.core.types import SamplingParams
from harness.run.planning.speed_workload import GENERATED, THOUSAND, bounded, generated_task, ungraded
from harness.run.prepare import check_request, reopen
from harness.run.request import RunRequest, price_rows
from harness.store.run_dir import RunDir
from harness.tasks.load import LoadedTask, task_names

REQUESTS = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    _add_what(parser.add_argument_group("what to measure"))
    own = parser.add_argument_group("providers and prices of your own")
    add_providers_option(own)
    add_prices_option(own)
    own.add_argument("--allow-unpriced", action="store_true", help="run models without a price; dollars show as ?")
    folders = parser.add_argument_group("run folders and resuming")
    folders.add_argument(
        "--results",
        metavar="DIR",
        help="a folder, or s3://bucket/path (default: results)",
    )
    folders.add_argument(
        "--name", type=folder_name, metavar="NAME", help="of the run folder (default: date and workloads)"
    )
    folders.add_argument(
        "--resume", type=Path, metavar="RUN", help="continue this run; finished jobs are not billed again"
    )
    add_session_options(parser)
    add_output_options(parser)


def _add_what(group: argparse._ArgumentGroup) -> None:
    """Models, requests and how they are spread."""
    add_model_option(group, help="as for harness run; ratios are to the first one; repeat for more")
    group.add_argument(
        "--workload",
        nargs="+",
        metavar="WORKLOAD",
        help="1k (the default), 10k, 100k: tokens in, 1,000 out, cold cache; 1k-warm, ...: the same beginning in every "
        "prompt; or tasks, not graded",
    )
    group.add_argument(
        "--requests", type=positive, metavar="N", help=f"to each model, per workload (default: {REQUESTS})"
    )
    group.add_argument(
        "--spread", type=duration, metavar="TIME", help="over 3d, 8h, 30m or 90s; the report shows each day"
    )
    group.add_argument("--concurrency", type=positive, metavar="N", help="requests in flight per model (default: 1)")
    group.add_argument("--max-usd", type=dollars, metavar="USD", help="budget in dollars, never exceeded")
    add_task_options(group)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    if arguments.columns or arguments.sort:
        from harness.report.speed.columns import COLUMNS, MODEL  # its intervals take half a second to import

        check_output_options((MODEL, *COLUMNS), arguments)
    context = load_context(arguments.providers)
    folder = _resume(arguments) if arguments.resume else _start(arguments, context)
    return send_and_report(folder, context, arguments)


def _resume(arguments: argparse.Namespace) -> RunDir:
    fixed = {
        "--model": arguments.model,
        "--requests": arguments.requests,
        "--workload": arguments.workload,
        "--spread": arguments.spread,
        "--concurrency": arguments.concurrency,
        "--prices": arguments.prices,
        "--name": arguments.name,
        "--results": arguments.results,
        "--tasks": arguments.tasks_dir,
        "--data-dir": arguments.data_dir,
        "--accept-changed-data": arguments.accept_changed_data,
        "--allow-unpriced": arguments.allow_unpriced,
    }
    given = [option for option, value in fixed.items() if value]
    if given:
        raise UsageError(f"{', '.join(given)} cannot change for a measurement that has begun; --max-usd can")
    if RunDir.open(arguments.resume).manifest().kind != "speed":
        raise UsageError(
            f"{arguments.resume} measures no speed; resume it with: harness run --resume {arguments.resume}"
        )
    return reopen(arguments.resume, datetime.now(UTC), max_usd=arguments.max_usd)


def _start(arguments: argparse.Namespace, context: CliContext) -> RunDir:
    if not arguments.model:
        raise UsageError("name at least one model with -m, for example -m @sim (harness models lists them)")
    requests, names = arguments.requests or REQUESTS, tuple(dict.fromkeys(arguments.workload or [THOUSAND]))
    now = datetime.now(UTC)
    _check_workloads(names, arguments, context)
    endpoints = context.config.endpoints(arguments.model, today=now.date())
    collect_keys(endpoints, context.environ)
    request = RunRequest(
        endpoints=bounded(endpoints, arguments.concurrency or 1),
        tasks=_workloads(names, requests, arguments, context),
        prices=price_rows(price_book(context.config, arguments.prices, endpoints), endpoints),
        limit=requests,
        repeats=1,
        params=SamplingParams(),
        seed=0,
        max_usd=arguments.max_usd,
        max_usd_per_model=None,
        allow_unpriced=arguments.allow_unpriced,
        unsafe_no_sandbox=False,
        command=("harness", *sys.argv[1:]),
        kind="speed",
        every_s=(arguments.spread or 0.0) / (requests * len(names)),
    )
    shown = "-".join(names)[:60].replace(":", "-")
    name = arguments.name or f"{now:%Y%m%d-%H%M%S}-speed-{shown}"
    return write_run(check_request(request, now), arguments.results, name)


def _check_workloads(names: Sequence[str], arguments: argparse.Namespace, context: CliContext) -> None:
    known = [*GENERATED, *task_names(arguments.tasks_dir, context.cwd)]
    for name in names:
        if name.partition(":")[0] not in known:  # behind the colon stands a seed
            raise UsageError(
                f"workload {name!r} is unknown; {closest_names(name, known)} "
                f"({', '.join(GENERATED)}, or a task by its name)"
            )


def _workloads(
    names: Sequence[str], requests: int, arguments: argparse.Namespace, context: CliContext
) -> tuple[LoadedTask, ...]:
    """The workloads in the order they were named, every prompt of them new."""
    nonce = secrets.token_hex(8)
    return tuple(
        generated_task(name, nonce, requests)
        if name in GENERATED
        else ungraded(load_tasks([name], arguments, context, grader=None)[0], nonce, requests)
        for name in names
    )
