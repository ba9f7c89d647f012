"""`harness run`: send tasks to models, keep everything paid, print the comparison."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.context import (
    CliContext,
    add_providers_option,
    add_sandbox_option,
    add_task_options,
    dollars,
    folder_name,
    load_context,
    load_tasks,
    positive,
)
from harness.cli.options.prices import add_prices_option
from harness.cli.session.run_session import add_progress_options, send_and_report
from harness.core.errors import UsageError
from harness.core.types import SamplingParams
from harness.grading.base import grader_names
from harness.run.prepare import RunRequest, begin, collect_keys, price_rows, reopen
from harness.store.run_dir import RunDir


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="task names, or a .jsonl file of your own")
    parser.add_argument(
        "-m",
        "--model",
        action="append",
        default=[],
        metavar="MODEL",
        help="provider/model, provider/model@low|medium|high, or a group such as @sim; repeat for more",
    )
    parser.add_argument("--limit", type=positive, metavar="N", help="samples per task, from one fixed shuffled order")
    parser.add_argument("--repeats", type=positive, default=1, metavar="K", help="independent answers per sample")
    parser.add_argument("--max-usd", type=dollars, metavar="USD", help="budget for the whole run, never exceeded")
    parser.add_argument("--max-usd-per-model", type=dollars, metavar="USD", help="budget per model, never exceeded")
    parser.add_argument("--temperature", type=float, metavar="T", help="sent where the model accepts it")
    parser.add_argument(
        "--max-tokens", type=positive, metavar="N", help="output limit per answer (default: the task's)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the order of samples (default 0)")
    parser.add_argument("--grader", choices=grader_names(), help="for a file of your own")
    add_task_options(parser)
    add_providers_option(parser)
    add_prices_option(parser)
    parser.add_argument("--allow-unpriced", action="store_true", help="run models without a price; dollars show as ?")
    add_sandbox_option(parser, joined_by_unsafe="run model-written code without isolation; stamped on every record")
    parser.add_argument("--results", type=Path, default=Path("results"), metavar="DIR", help="where run folders go")
    parser.add_argument("--name", type=folder_name, metavar="NAME", help="of the run folder (default: date and tasks)")
    parser.add_argument(
        "--resume", type=Path, metavar="RUN", help="resume an unfinished run; finished jobs are not billed again"
    )
    parser.add_argument(
        "--reuse",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN",
        help="reuse answers of earlier runs to identical requests; not billed again",
    )
    early = parser.add_mutually_exclusive_group()
    early.add_argument(
        "--until-width",
        type=width,
        metavar="W",
        help="stop once every 95%% CI of accuracy is at most this wide, such as 0.04",
    )
    early.add_argument(
        "--until-separated", action="store_true", help="stop once every pairwise difference is significant"
    )
    parser.add_argument("--retry-failed", action="store_true", help="with --resume: send failed jobs again")
    add_progress_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    place = load_context(arguments.providers)
    folder = _resumed(arguments) if arguments.resume else _begun(arguments, place)
    return send_and_report(folder, place, arguments, retry_failed=arguments.retry_failed)


def _resumed(arguments: argparse.Namespace) -> RunDir:
    if arguments.tasks or arguments.model:
        raise UsageError("--resume goes on with the run's own tasks and models; name no others")
    fixed = {
        "--limit": arguments.limit,
        "--repeats": arguments.repeats if arguments.repeats != 1 else None,
        "--seed": arguments.seed or None,
        "--temperature": arguments.temperature,
        "--max-tokens": arguments.max_tokens,
        "--grader": arguments.grader,
        "--prices": arguments.prices or None,
        "--reuse": arguments.reuse or None,
        "--name": arguments.name,
        "--sandbox": arguments.sandbox,
        "--until-width": arguments.until_width,
        "--until-separated": arguments.until_separated or None,
    }
    given = [option for option, value in fixed.items() if value is not None]
    if given:
        raise UsageError(f"{', '.join(given)} cannot change for a run that has begun; --max-usd can")
    if RunDir.open(arguments.resume).manifest().kind != "run":
        raise UsageError(
            f"{arguments.resume} measures speed; go on with it by: harness speed --resume {arguments.resume}"
        )
    return reopen(
        arguments.resume,
        datetime.now(UTC),
        max_usd=arguments.max_usd,
        max_usd_per_model=arguments.max_usd_per_model,
    )


def _begun(arguments: argparse.Namespace, place: CliContext) -> RunDir:
    if not arguments.tasks:
        raise UsageError(
            "name at least one task, for example: harness run core-math -m @sim (harness tasks lists them)"
        )
    if not arguments.model:
        raise UsageError("name at least one model with -m, for example -m @sim (harness models lists them)")
    if arguments.retry_failed:
        raise UsageError("--retry-failed goes with --resume RUN")
    now = datetime.now(UTC)
    endpoints = place.config.endpoints(arguments.model, today=now.date())
    _check_early_stop(arguments, len(endpoints))
    collect_keys(endpoints, place.environ)
    request = RunRequest(
        endpoints=endpoints,
        tasks=load_tasks(arguments.tasks, arguments, place, grader=arguments.grader),
        prices=price_rows(place.config, endpoints, arguments.prices),
        limit=arguments.limit,
        repeats=arguments.repeats,
        params=SamplingParams(temperature=arguments.temperature, max_tokens=arguments.max_tokens),
        seed=arguments.seed,
        max_usd=arguments.max_usd,
        max_usd_per_model=arguments.max_usd_per_model,
        allow_unpriced=arguments.allow_unpriced,
        unsafe_no_sandbox=arguments.unsafe_no_sandbox,
        command=("harness", *sys.argv[1:]),
        reuse=tuple(arguments.reuse),
        until_width=arguments.until_width,
        until_separated=arguments.until_separated,
        sandbox=arguments.sandbox,
    )
    # a seed stands behind a colon, which many places that keep artifacts refuse in a path
    tasks = "-".join(loaded.task.name for loaded in request.tasks)[:60].replace(":", "-")
    return begin(request, arguments.results / (arguments.name or f"{now:%Y%m%d-%H%M%S}-{tasks}"), now)


def _check_early_stop(arguments: argparse.Namespace, models: int) -> None:
    option = "--until-separated" if arguments.until_separated else "--until-width"
    if not arguments.until_separated and arguments.until_width is None:
        return
    if arguments.repeats > 1:
        raise UsageError(f"{option} counts samples and goes with --repeats 1, not {arguments.repeats}")
    if arguments.until_separated and models < 2:
        raise UsageError("--until-separated tells models apart, and -m names only one")


def width(text: str) -> float:
    """The width of an interval, above 0 and below 1, for argparse."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 < found < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a width between 0 and 1; four points are 0.04")
    return found
