"""`harness run`: send tasks to models, store every response, print the results."""

from __future__ import annotations

import argparse
import math
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.context import (
    CliContext,
    add_grader_option,
    add_model_option,
    add_prompt_options,
    add_providers_option,
    add_sandbox_option,
    add_task_options,
    dollars,
    folder_name,
    integer,
    load_context,
    positive,
)
from harness.cli.options.conversation import add_conversation_options
from harness.cli.options.direct_model import add_direct_model_options
from harness.cli.options.durations import duration
from harness.cli.options.output import add_output_options, check_output_options
from harness.cli.options.prices import add_prices_option
from harness.cli.session.run_request import note_short_beginnings, requested_run, resumed_run
from harness.cli.session.run_session import add_progress_options, add_waiting_options, send_and_report
from harness.cli.session.run_store import write_run
from harness.cli.session.worker_options import add_worker_options, worker_host
from harness.core.errors import UsageError
from harness.core.types import CacheMode
from harness.report.run_report.columns import CHARGE_COLUMNS, COLUMNS, FINDING_COLUMNS
from harness.report.run_report.render import MODEL
from harness.run.distributed.worker_host import WorkerHost
from harness.run.prepare import check_request
from harness.run.request import default_run_name
from harness.store.leases import is_node_folder
from harness.store.remote.address import is_address
from harness.store.remote.background import UPLOAD_EVERY_S
from harness.store.run_dir import RunDir


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments, in groups, in the order in which the help lists them."""
    _add_what(parser.add_argument_group("what to run"))
    _add_requests(parser.add_argument_group("what is sent (docs/caching.md, docs/batch.md)"))
    _add_budgets(parser.add_argument_group("money, concurrency and stopping early"))
    own = parser.add_argument_group("providers and prices of your own")
    add_providers_option(own)
    add_direct_model_options(own)
    add_prices_option(own)
    own.add_argument("--allow-unpriced", action="store_true", help="run models without a price; dollars show as ?")
    _add_errors(parser.add_argument_group("errors and retries"))
    grading = parser.add_argument_group("grading (docs/sandbox.md)")
    add_grader_option(grading)
    add_sandbox_option(grading, joined_by_unsafe="run model-written code without isolation; every record says so")
    add_conversation_options(parser.add_argument_group("several turns: feedback, agents (docs/conversations.md)"))
    _add_folders(parser.add_argument_group("run folders, stores, resuming (docs/scale.md)"))
    _add_recordings(parser.add_argument_group("recordings (docs/recordings.md)"))
    add_worker_options(parser.add_argument_group("several processes or machines (docs/scale.md)"))
    add_progress_options(parser.add_argument_group("progress"))
    add_output_options(parser)


def _add_what(group: argparse._ArgumentGroup) -> None:
    """Tasks, models, and how many samples of which data."""
    group.add_argument("tasks", nargs="*", metavar="TASK", help="task names, or your own file: .jsonl, .csv, ...")
    add_model_option(
        group,
        help="provider/model, with @high or @* (every effort), or a group such as @sim; repeat for more",
    )
    group.add_argument("--limit", type=positive, metavar="N", help="samples per task, in a fixed order (default: all)")
    group.add_argument("--repeats", type=positive, metavar="K", help="independent answers per sample (default: 1)")
    group.add_argument("--seed", type=integer, metavar="N", help="seed of the order of samples (default: 0)")
    add_task_options(group)


def _add_requests(group: argparse._ArgumentGroup) -> None:
    """Sampling parameters, prompts, and which API and cache serve them."""
    group.add_argument("--temperature", type=temperature, metavar="T", help="sent where the model accepts it")
    group.add_argument("--max-tokens", type=positive, metavar="N", help="output limit per answer (default: the task's)")
    add_prompt_options(group)
    group.add_argument(
        "--cache",
        choices=[mode.value for mode in CacheMode],
        help="make prompt caches serve all they can, or nothing",
    )
    group.add_argument(
        "--batch",
        action="store_true",
        help="batch APIs: cheaper, within a day, no latencies",
    )


def _add_budgets(group: argparse._ArgumentGroup) -> None:
    """How many dollars, how fast, and until when."""
    group.add_argument("--max-usd", type=dollars, metavar="USD", help="budget of the run in dollars, never exceeded")
    group.add_argument("--max-usd-per-model", type=dollars, metavar="USD", help="budget per model, never exceeded")
    group.add_argument(
        "--concurrency", type=positive, metavar="N", help="requests in flight per model (default: endpoint's)"
    )
    early = group.add_mutually_exclusive_group()
    early.add_argument(
        "--until-width", type=width, metavar="W", help="stop once every 95%% CI is at most W wide, as 0.04"
    )
    early.add_argument(
        "--until-separated", action="store_true", help="stop once every pairwise difference is significant"
    )


def _add_errors(group: argparse._ArgumentGroup) -> None:
    """Waiting, which answers count, and which failed jobs are sent again."""
    add_waiting_options(group)
    group.add_argument("--retry-failed", action="store_true", help="with --resume: send failed jobs again")
    group.add_argument(
        "--accept-unfinished",
        action="store_true",
        help="take answers that ended without a finish reason",
    )
    group.add_argument("--strict-model", action="store_true", help="answers of another model than requested are errors")


def _add_folders(group: argparse._ArgumentGroup) -> None:
    """Where the run goes, and which earlier runs it continues or takes answers from."""
    group.add_argument(
        "--results",
        metavar="DIR",
        help="a folder, or s3://bucket/path (default: results)",
    )
    group.add_argument("--name", type=folder_name, metavar="NAME", help="of the run folder (default: date and tasks)")
    group.add_argument(
        "--upload-every",
        type=duration,
        default=UPLOAD_EVERY_S,
        metavar="TIME",
        help="to that store at least so often (default: 1m)",
    )
    group.add_argument("--resume", metavar="RUN", help="continue this run; finished jobs are not billed again")
    group.add_argument(
        "--reuse",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN",
        help="take answers to identical requests from these runs",
    )


def _add_recordings(group: argparse._ArgumentGroup) -> None:
    recorded = group.add_mutually_exclusive_group()
    recorded.add_argument("--record", type=Path, metavar="DIR", help="write all exchanges there, without keys")
    recorded.add_argument(
        "--replay", type=Path, metavar="DIR", help="answer from there, sending nothing; rows say REPLAYED"
    )
    group.add_argument("--instant", action="store_true", help="with --replay: at once, so without latencies")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    check_output_options((MODEL, *COLUMNS, *FINDING_COLUMNS, *CHARGE_COLUMNS), arguments)
    context = load_context(arguments.providers)
    if not arguments.resume:
        folder, host = _start(arguments, context)
        return send_and_report(folder, context, arguments, host)
    if is_node_folder(Path(arguments.resume)):
        from harness.cli.run_store.transfer import push_node_folder  # the client of stores, for those runs alone

        return push_node_folder(Path(arguments.resume))
    folder = resumed_run(arguments)
    return send_and_report(folder, context, arguments, worker_host(arguments, folder.manifest()))


def _start(arguments: argparse.Namespace, context: CliContext) -> tuple[RunDir, WorkerHost | None]:
    """The three steps to a run folder: what was asked, checked, written; and where its workers live."""
    now = datetime.now(UTC)
    if arguments.upload_every != UPLOAD_EVERY_S and not is_address(arguments.results or ""):
        raise UsageError("--upload-every needs --results ADDRESS, such as s3://bucket/path")
    request = requested_run(arguments, context, now)
    checked = check_request(request, now)
    note_short_beginnings(checked.plan)
    host = worker_host(arguments, checked.manifest)
    name = arguments.name or default_run_name(request.tasks, now)
    return write_run(checked, arguments.results, name, strict_model=arguments.strict_model), host


def temperature(text: str) -> float:
    """A sampling temperature, from 0 on, for argparse."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a temperature from 0 on, such as 0 or 0.7")
    return found


def width(text: str) -> float:
    """The width of an interval, above 0 and below 1, for argparse."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 < found < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a width between 0 and 1; four points are 0.04")
    return found
