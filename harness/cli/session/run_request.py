"""From the options of `harness run` to a request, or to the run that is resumed; options that do not go together."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.context import CliContext, load_tasks, note_small_tasks, prompt_change
from harness.cli.options.direct_model import with_direct_model
from harness.cli.options.prices import price_book
from harness.config.environment import collect_keys
from harness.core.errors import UsageError
from harness.core.types import CacheMode, SamplingParams
from harness.run.batch.batch_endpoint import as_batch
from harness.run.planning.cache_estimate import cached_shares
from harness.run.planning.plan import Plan
from harness.run.prepare import reopen
from harness.run.request import RunRequest, price_rows, replay_from, with_concurrency
from harness.store.codec import ReplayedFrom
from harness.store.remote.address import is_address
from harness.store.run_dir import RunDir


def requested_run(arguments: argparse.Namespace, context: CliContext, now: datetime) -> RunRequest:
    """What the options ask for. Raises UsageError where they do not go together or a key is missing."""
    _check_new_run(arguments)
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


def _check_new_run(arguments: argparse.Namespace) -> None:
    """Raises UsageError where a task or a model is missing, or an option needs a run that has started."""
    if not arguments.tasks:
        raise UsageError(
            "name at least one task, for example: harness run core-math -m @sim (harness tasks lists them)"
        )
    if not arguments.model:
        raise UsageError("name at least one model with -m, for example -m @sim (harness models lists them)")
    if arguments.retry_failed:
        raise UsageError("--retry-failed needs --resume RUN")


def _replay(arguments: argparse.Namespace) -> ReplayedFrom | None:
    """The recording to answer from. Raises DataError for a folder that holds none."""
    if arguments.replay is None:
        if arguments.instant:
            raise UsageError("--instant needs --replay DIR")
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
        raise UsageError(f"{option} counts samples and needs --repeats 1, not {arguments.repeats}")
    if arguments.until_separated and models < 2:
        raise UsageError("--until-separated compares models, and -m names only one")


def resumed_run(arguments: argparse.Namespace) -> RunDir:
    """The run to resume, with changed budgets. Raises UsageError for options that a run keeps from its start."""
    if arguments.tasks or arguments.model:
        raise UsageError("--resume continues with the run's own tasks and models; name no others")
    if given := [option for option, value in _fixed_options(arguments).items() if value is not None]:
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


def _fixed_options(arguments: argparse.Namespace) -> dict[str, object]:
    """Options that are decided when a run starts, with what was given for them; None: nothing."""
    return {
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


def note_short_beginnings(plan: Plan) -> None:
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
