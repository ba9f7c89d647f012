"""Runs one session of a run for a command: live display, Ctrl-C that stops it gently, reports, exit code."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from harness.api.simulator import simulator_for
from harness.cli.options.context import CliContext
from harness.cli.options.durations import wait
from harness.cli.options.output import print_document, print_sentence
from harness.cli.session.progress_display import ProgressDisplay, make_progress_display
from harness.cli.session.run_store import uploading
from harness.cli.session.run_summary import is_done, print_run_end, view_run
from harness.config.environment import collect_keys
from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, LocalError
from harness.providers.pacing.circuit_breaker import DEFAULT_MAX_WAIT_S
from harness.providers.transport.http.paced_loop import run_paced
from harness.report.render.formats import OutputFormat
from harness.report.render.language import tr
from harness.run.distributed.worker_host import WorkerHost
from harness.run.execute import execute
from harness.run.execution.outcome import RunOutcome
from harness.run.session import Session, SessionOptions, open_session
from harness.store.remote.background import UPLOAD_EVERY_S
from harness.store.run_dir import RunDir


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """The options of one session, which are not part of what the run is: waiting and progress."""
    parser.set_defaults(
        retry_failed=False, accept_unfinished=False, strict_model=False, record=None, upload_every=UPLOAD_EVERY_S
    )  # options of `harness run` alone
    add_waiting_options(parser.add_argument_group("errors and retries"))
    add_progress_options(parser.add_argument_group("progress"))


def add_waiting_options(parser: argparse._ActionsContainer) -> None:
    """How long a session waits for a provider, and what goes on meanwhile."""
    parser.add_argument(
        "--max-wait",
        type=wait,
        default=DEFAULT_MAX_WAIT_S,
        metavar="TIME",
        help="stop an endpoint that asks for more (default: 5m)",
    )
    parser.add_argument(
        "--keep-going",
        action="store_true",
        help="other models go on while one is stopped or paused",
    )


def add_progress_options(parser: argparse._ActionsContainer) -> None:
    """What is shown while requests are sent."""
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--quiet", action="store_true", help="no progress, only the table")
    shown.add_argument("--json-progress", action="store_true", help="progress as JSON lines on standard error")


def send_and_report(
    folder: RunDir,
    context: CliContext,
    arguments: argparse.Namespace,
    host: WorkerHost | None = None,
) -> int:
    """Send what is open in a run, write its reports, print how it ended; returns the exit code.

    `host`: where the workers live that send it; None: this process sends.
    """
    if host is not None:
        host.upload_left(folder.path)
    with uploading(folder, every_s=arguments.upload_every) as upload:
        outcome, session = send_jobs(folder, context, arguments, host)
        upload.bring_rest()
        # The catalogue of a store reads the jobs once more; without one only a large run keeps its columns (RunData).
        view, is_written = view_run(folder, keeps_cache=upload.link is not None), True
        try:
            view.write()
        except LocalError as error:
            # a full disk: what was received is safe or named in `trouble`, and the table needs no file
            outcome.trouble, is_written = outcome.trouble or str(error), False
        upload.finish()
    was_stopped = session.stop.is_set() and outcome.stopped_early is None  # an early stop is what was asked for
    print_document(view.document, arguments)
    if is_written and arguments.format is OutputFormat.TEXT:
        print()
        print_sentence(tr(view.where))
    print_run_end(view, outcome, was_stopped=was_stopped)
    for line in upload.troubles:
        print(f"harness: {line}", file=sys.stderr)
    return EXIT_OK if is_done(view, outcome) and not upload.troubles else EXIT_INCOMPLETE


def _options(arguments: argparse.Namespace) -> SessionOptions:
    return SessionOptions(
        retry_failed=arguments.retry_failed,
        accepts_unfinished=arguments.accept_unfinished,
        max_wait_s=arguments.max_wait,
        keep_going=arguments.keep_going,
        strict_model=arguments.strict_model,
        record=arguments.record,
    )


def send_jobs(
    folder: RunDir, context: CliContext, arguments: argparse.Namespace, host: WorkerHost | None = None
) -> tuple[RunOutcome, Session]:
    """Send what is open in a run, with the display that the options ask for; print and report nothing else."""
    manifest = folder.manifest()
    keys = {} if manifest.replayed is not None else collect_keys(manifest.endpoints, context.environ)
    display = make_progress_display(quiet=arguments.quiet, as_json=arguments.json_progress)
    with folder.locked():
        return run_paced(_send(context, folder, keys, display, _options(arguments), host))


async def _send(
    context: CliContext,
    folder: RunDir,
    keys: dict[str, str],
    display: ProgressDisplay,
    options: SessionOptions,
    host: WorkerHost | None,
) -> tuple[RunOutcome, Session]:
    session = open_session(
        folder,
        keys=keys,
        simulator=simulator_for(context.config),
        clock=SYSTEM_CLOCK,
        options=options,
    )
    sending = asyncio.create_task(execute(session) if host is None else _on_workers(session, host))
    _stop_on_signals(session, sending)
    async with display.watching(session.progress, SYSTEM_CLOCK):
        try:
            return await sending, session
        except asyncio.CancelledError:
            return session.outcome, session


async def _on_workers(session: Session, host: WorkerHost) -> RunOutcome:
    from harness.run.distributed.head import execute_on_workers  # for such runs alone

    return await execute_on_workers(session, host)


def _stop_on_signals(session: Session, sending: asyncio.Task[RunOutcome]) -> None:
    """First Ctrl-C: send nothing more, finish what is in flight. Second: give up what is in flight too."""

    def stop() -> None:
        if session.stop.is_set():
            sending.cancel()
            return
        session.stop.set()
        waits = "batches go on at the provider" if session.is_by_batches else "waiting for requests in flight"
        print(f"\nstopping: nothing more is sent; {waits} (press again to abort)", file=sys.stderr)

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop)
