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
    load_context,
    positive,
)
from harness.cli.options.conversation import add_conversation_options
from harness.cli.options.direct_model import add_direct_model_options
from harness.cli.options.durations import duration
from harness.cli.options.output import add_output_options, check_output_options
from harness.cli.options.prices import add_prices_option
from harness.cli.session.run_request import note_short_beginnings, requested_run, resumed_run
from harness.cli.session.run_session import add_session_options, send_and_report
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
    """Declare the arguments, in the order in which the help lists them."""
    parser.add_argument("tasks", nargs="*", metavar="TASK", help="task names, or a file of your own: .jsonl, .csv, ...")
    add_model_option(
        parser,
        help="provider/model, provider/model@low|medium|high, provider/model@* for all its efforts, or a group such as "
        "@sim; repeat for more",
    )
    _add_amounts(parser)
    add_grader_option(parser)
    add_task_options(parser)
    add_prompt_options(parser)
    add_providers_option(parser)
    add_direct_model_options(parser)
    add_prices_option(parser)
    parser.add_argument("--allow-unpriced", action="store_true", help="run models without a price; dollars show as ?")
    add_sandbox_option(parser, joined_by_unsafe="run model-written code without isolation; stamped on every record")
    _add_folders(parser)
    _add_recordings(parser)
    _add_early_stop(parser)
    _add_acceptance(parser)
    add_session_options(parser)
    add_worker_options(parser)
    add_output_options(parser)


def _add_amounts(parser: argparse.ArgumentParser) -> None:
    """How much is asked, of what length, how fast and for how many dollars."""
    parser.add_argument("--limit", type=positive, metavar="N", help="samples per task, from one fixed shuffled order")
    parser.add_argument("--repeats", type=positive, metavar="K", help="independent answers per sample (default 1)")
    add_conversation_options(parser)
    parser.add_argument("--max-usd", type=dollars, metavar="USD", help="budget for the whole run, never exceeded")
    parser.add_argument("--max-usd-per-model", type=dollars, metavar="USD", help="budget per model, never exceeded")
    parser.add_argument("--temperature", type=temperature, metavar="T", help="sent where the model accepts it")
    parser.add_argument(
        "--max-tokens", type=positive, metavar="N", help="output limit per answer (default: the task's)"
    )
    parser.add_argument(
        "--concurrency", type=positive, metavar="N", help="requests in flight per model (default: the endpoint's)"
    )
    parser.add_argument("--seed", type=int, help="of the order of samples (default 0)")
    parser.add_argument(
        "--batch",
        action="store_true",
        help="send through the providers' batch APIs: batch rates, answers within a day or so, no latencies; Ctrl-C "
        "leaves the batches running and --resume collects them (docs/batch.md)",
    )
    parser.add_argument(
        "--cache",
        choices=[mode.value for mode in CacheMode],
        help="warm: requests that begin alike are sent one after another, so that prompt caches serve them; cold: each "
        "begins with a unique line, so that none do; harness compare WARM COLD shows the savings (docs/caching.md)",
    )


def _add_folders(parser: argparse.ArgumentParser) -> None:
    """Where the run goes, and which earlier runs it continues or takes answers from."""
    parser.add_argument(
        "--results",
        metavar="DIR",
        help="where run folders go (default: results): a folder, or a store such as s3://bucket/path, gs://bucket/path",
    )
    parser.add_argument(
        "--upload-every",
        type=duration,
        default=UPLOAD_EVERY_S,
        metavar="TIME",
        help="to a store: what is new at least this often (default 1m); a lost disk loses no more than that",
    )
    parser.add_argument("--name", type=folder_name, metavar="NAME", help="of the run folder (default: date and tasks)")
    parser.add_argument(
        "--resume",
        metavar="RUN",
        help="resume an unfinished run; finished jobs are not billed again; s3://bucket/path/RUN is brought here first",
    )
    parser.add_argument(
        "--reuse",
        type=Path,
        nargs="+",
        default=[],
        metavar="RUN",
        help="reuse answers of earlier runs to identical requests; not billed again",
    )


def _add_recordings(parser: argparse.ArgumentParser) -> None:
    recorded = parser.add_mutually_exclusive_group()
    recorded.add_argument(
        "--record", type=Path, metavar="DIR", help="write every exchange to files here, without keys and account ids"
    )
    recorded.add_argument(
        "--replay", type=Path, metavar="DIR", help="take answers from such files: no key, nothing sent, rows REPLAYED"
    )
    parser.add_argument("--instant", action="store_true", help="with --replay: answers at once, so without latencies")


def _add_early_stop(parser: argparse.ArgumentParser) -> None:
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


def _add_acceptance(parser: argparse.ArgumentParser) -> None:
    """Which answers count, and which failed jobs are sent again."""
    parser.add_argument(
        "--accept-unfinished",
        action="store_true",
        help="take answers whose stream ended without a finish reason, marked in their records",
    )
    parser.add_argument(
        "--strict-model",
        action="store_true",
        help="an answer of another model than the requested one is a failure, and a few of them stop the endpoint",
    )
    parser.add_argument("--retry-failed", action="store_true", help="with --resume: send failed jobs again")


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
