"""`harness run`: send tasks to models, store every response, print the results."""

from __future__ import annotations

import argparse
import math
import sys
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
    load_tasks,
    note_small_tasks,
    positive,
    prompt_change,
)
from harness.cli.options.conversation import add_conversation_options
from harness.cli.options.direct_model import add_direct_model_options, with_direct_model
from harness.cli.options.durations import duration
from harness.cli.options.output import add_output_options, check_output_options
from harness.cli.options.prices import add_prices_option, price_book
from harness.cli.session.run_session import add_session_options, send_and_report
from harness.cli.session.run_store import write_run
from harness.cli.session.worker_options import add_worker_options, worker_host
from harness.config.environment import collect_keys
from harness.core.errors import UsageError
from harness.core.types import CacheMode, SamplingParams
from harness.report.run_report.columns import CHARGE_COLUMNS, COLUMNS, FINDING_COLUMNS
from harness.report.run_report.render import MODEL
from harness.run.batch.batch_endpoint import as_batch
from harness.run.distributed.worker_host import WorkerHost
from harness.run.planning.cache_estimate import cached_shares
from harness.run.planning.plan import Plan
from harness.run.prepare import check_request, reopen
from harness.run.request import RunRequest, default_run_name, price_rows, replay_from, with_concurrency
from harness.store.codec import ReplayedFrom
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
    folder = _resume(arguments)
    return send_and_report(folder, context, arguments, worker_host(arguments, folder.manifest()))


def _resume(arguments: argparse.Namespace) -> RunDir:
    if arguments.tasks or arguments.model:
        raise UsageError("--resume continues with the run's own tasks and models; name no others")
    fixed = {
        "--limit": arguments.limit,
        "--repeats": arguments.repeats,
        "--feedback-rounds": arguments.feedback_rounds,
        "--max-steps": arguments.max_steps,
        "--max-usd-per-task": arguments.max_usd_per_task,
        "--seed": arguments.seed,
        "--temperature": arguments.temperature,
        "--max-tokens": arguments.max_tokens,
        "--concurrency": arguments.concurrency,
        "--batch": arguments.batch or None,
        "--cache": arguments.cache,
        "--grader": arguments.grader,
        "--prompt-template": arguments.prompt_template,
        "--system": arguments.system,
        "--tasks": arguments.tasks_dir,
        "--data-dir": arguments.data_dir,
        "--accept-changed-data": arguments.accept_changed_data or None,
        "--base-url": arguments.base_url,
        "--price": arguments.price,
        "--prices": arguments.prices or None,
        "--allow-unpriced": arguments.allow_unpriced or None,
        "--reuse": arguments.reuse or None,
        "--name": arguments.name,
        "--results": arguments.results,
        "--sandbox": arguments.sandbox,
        "--unsafe-no-sandbox": arguments.unsafe_no_sandbox or None,
        "--until-width": arguments.until_width,
        "--until-separated": arguments.until_separated or None,
        "--replay": arguments.replay,
        "--instant": arguments.instant or None,
    }
    given = [option for option, value in fixed.items() if value is not None]
    if given:
        raise UsageError(f"{', '.join(given)} cannot change for a run that has started; --max-usd can")
    resumed = Path(arguments.resume)
    if is_address(arguments.resume):
        from harness.cli.run_store.transfer import resumed_folder  # the client of stores, for those runs alone

        resumed = resumed_folder(arguments.resume)
    manifest = RunDir.open(resumed).manifest()
    if any(endpoint.is_batch for endpoint in manifest.endpoints):
        _check_batch(arguments)
    if manifest.kind != "run":
        raise UsageError(f"{resumed} measures speed; resume it with: harness speed --resume {resumed}")
    return reopen(
        resumed,
        datetime.now(UTC),
        max_usd=arguments.max_usd,
        max_usd_per_model=arguments.max_usd_per_model,
    )


def _start(arguments: argparse.Namespace, context: CliContext) -> tuple[RunDir, WorkerHost | None]:
    """The three steps to a run folder: what was asked, checked, written; and where its workers live."""
    now = datetime.now(UTC)
    if arguments.upload_every != UPLOAD_EVERY_S and not is_address(arguments.results or ""):
        raise UsageError("--upload-every goes with --results ADDRESS, such as s3://bucket/path")
    request = _request(arguments, context, now)
    checked = check_request(request, now)
    _note_short_beginnings(checked.plan)
    host = worker_host(arguments, checked.manifest)
    name = arguments.name or default_run_name(request.tasks, now)
    return write_run(checked, arguments.results, name), host


def _note_short_beginnings(plan: Plan) -> None:
    """Say on standard error which tasks of a warm run a cache can hardly serve."""
    if plan.cache is not CacheMode.WARM:
        return
    for task, share in (cached_shares(plan) or {}).items():
        if not share:
            print(
                f"harness: {task}: no two requests begin with the same 1,024 tokens, and many providers cache nothing "
                "shorter (--system, --prompt-template and --repeats make beginnings that are shared)",
                file=sys.stderr,
            )


def _request(arguments: argparse.Namespace, context: CliContext, now: datetime) -> RunRequest:
    if not arguments.tasks:
        raise UsageError(
            "name at least one task, for example: harness run core-math -m @sim (harness tasks lists them)"
        )
    if not arguments.model:
        raise UsageError("name at least one model with -m, for example -m @sim (harness models lists them)")
    if arguments.retry_failed:
        raise UsageError("--retry-failed goes with --resume RUN")
    direct = with_direct_model(context, arguments, now.date())
    for note in direct.notes:
        print(f"harness: {note}", file=sys.stderr)
    context = direct.context
    endpoints = context.config.endpoints(direct.labels, today=now.date())
    if arguments.batch:
        _check_batch(arguments)
        endpoints = as_batch(endpoints)
    _check_early_stop(arguments, len(endpoints))
    _check_cache(arguments)
    replay = _replay(arguments)
    if replay is None:
        collect_keys(endpoints, context.environ)
    change = prompt_change(arguments)
    tasks = load_tasks(arguments.tasks, arguments, context, grader=arguments.grader, change=change)
    note_small_tasks(tasks, arguments.limit)
    return RunRequest(
        endpoints=tuple(with_concurrency(endpoint, arguments.concurrency) for endpoint in endpoints),
        tasks=tasks,
        prices=price_rows(price_book(context.config, arguments.prices, endpoints), endpoints),
        limit=arguments.limit,
        repeats=arguments.repeats or 1,
        feedback_rounds=arguments.feedback_rounds or 0,
        max_turns=arguments.max_steps,
        max_usd_per_job=arguments.max_usd_per_task,
        params=SamplingParams(temperature=arguments.temperature, max_tokens=arguments.max_tokens),
        seed=arguments.seed or 0,
        max_usd=arguments.max_usd,
        max_usd_per_model=arguments.max_usd_per_model,
        allow_unpriced=arguments.allow_unpriced,
        unsafe_no_sandbox=arguments.unsafe_no_sandbox,
        command=("harness", *sys.argv[1:]),
        reuse=tuple(arguments.reuse),
        until_width=arguments.until_width,
        until_separated=arguments.until_separated,
        sandbox=arguments.sandbox,
        prompt_change=change,
        cache=None if arguments.cache is None else CacheMode(arguments.cache),
        replay=replay,
    )


def _replay(arguments: argparse.Namespace) -> ReplayedFrom | None:
    """The recording to answer from. Raises DataError for a folder that holds none."""
    if arguments.replay is None:
        if arguments.instant:
            raise UsageError("--instant goes with --replay DIR")
        return None
    return replay_from(arguments.replay, is_instant=arguments.instant)


def _check_batch(arguments: argparse.Namespace) -> None:
    """Raises UsageError for options that decide how single requests are sent."""
    given = {
        "--concurrency": arguments.concurrency,
        "--record": arguments.record,
        "--replay": arguments.replay,
        "--until-width": arguments.until_width,
        "--until-separated": arguments.until_separated or None,
        "--keep-going": arguments.keep_going or None,
    }
    if named := [option for option, value in given.items() if value is not None]:
        raise UsageError(f"{', '.join(named)} cannot go with --batch, which sends all requests at once")


def _check_cache(arguments: argparse.Namespace) -> None:
    """Raises UsageError for options that --cache does not go with."""
    if arguments.cache is None:
        return
    mode = CacheMode(arguments.cache)
    is_warm = mode is CacheMode.WARM
    reasons = {
        "--batch": arguments.batch and "a batch has no order and no times",
        "--feedback-rounds": arguments.feedback_rounds and "later turns begin as the first one did",
        "--workers": is_warm and arguments.workers and "several processes would send the first request of a beginning",
        "--until-width": is_warm and arguments.until_width and "the order by beginnings is not a random one",
        "--until-separated": is_warm and arguments.until_separated and "the order by beginnings is not a random one",
        "--reuse": not is_warm and arguments.reuse and "no earlier run has its requests",
        "--replay": not is_warm and arguments.replay and "no recording has its requests",
    }
    for option, why in reasons.items():
        if isinstance(why, str):
            raise UsageError(f"{option} cannot go with --cache {mode.value}: {why}")


def _check_early_stop(arguments: argparse.Namespace, models: int) -> None:
    option = "--until-separated" if arguments.until_separated else "--until-width"
    if not arguments.until_separated and arguments.until_width is None:
        return
    if (arguments.repeats or 1) > 1:
        raise UsageError(f"{option} counts samples and goes with --repeats 1, not {arguments.repeats}")
    if arguments.until_separated and models < 2:
        raise UsageError("--until-separated tells models apart, and -m names only one")


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
