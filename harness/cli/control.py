"""`harness control`: pause, resume or limit the models of a run in progress, from another terminal."""

from __future__ import annotations

import argparse
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.context import positive
from harness.core.errors import EXIT_OK, LocalError, UsageError
from harness.core.labels import closest_names
from harness.core.types import Endpoint
from harness.store.control import ControlCommand, ControlReader, ControlReply, append_control
from harness.store.run_dir import RunDir

ANSWER_WITHIN_S = 20.0
POLL_S = 0.05
EXAMPLES = """\
examples:
  harness control results/RUN pause                 send nothing more until `resume`; requests in flight are finished
  harness control results/RUN pause openai/gpt-5    the same for one model; the others go on
  harness control results/RUN limit openai/gpt-5 2  at most 2 requests in flight
  harness control results/RUN limit openai/gpt-5    take that limit back
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a run in progress, such as results/NAME")
    parser.add_argument("action", choices=("pause", "resume", "limit"), help="what to do")
    parser.add_argument("model", nargs="?", metavar="MODEL", help="one model (pause and resume: default all)")
    parser.add_argument("limit", nargs="?", type=positive, metavar="N", help="with limit: most requests in flight")
    parser.epilog = EXAMPLES


def run(arguments: argparse.Namespace) -> int:
    """Ask it of the run, wait for its reply and print that; returns the exit code."""
    folder = RunDir.open(arguments.run)
    if arguments.limit is not None and arguments.action != "limit":
        raise UsageError(f"{arguments.action} takes no number; use: harness control RUN limit MODEL N")
    if arguments.action == "limit" and arguments.model is None:
        raise UsageError("limit needs a model; use: harness control RUN limit MODEL N")
    endpoints = _chosen(folder, arguments.model)
    if any(endpoint.is_batch for endpoint in endpoints):
        raise UsageError(f"{folder.path} sends batches, which cannot be paused; see: harness batch {folder.path}")
    allowed = endpoints[0].limits.max_concurrency
    if arguments.limit is not None and arguments.limit > allowed:
        raise UsageError(f"{endpoints[0].label} has max_concurrency {allowed}; a limit is a number from 1 to {allowed}")
    if not folder.is_locked():
        raise UsageError(
            f"no run is in progress in {folder.path}; an unfinished one continues with: {_resume_command(folder)}"
        )
    for line in _ask(folder, arguments.action, [one.label for one in endpoints], arguments.limit).done:
        print(line)
    return EXIT_OK


def _chosen(folder: RunDir, model: str | None) -> list[Endpoint]:
    """The endpoint of that label, or all of the run."""
    endpoints = list(folder.manifest().endpoints)
    if model is None:
        return endpoints
    found = [one for one in endpoints if one.label == model]
    if not found:
        labels = [one.label for one in endpoints]
        raise UsageError(f"{folder.path} has no model {model!r}; {closest_names(model, labels)}")
    return found


def _ask(folder: RunDir, action: str, labels: Sequence[str], limit: int | None) -> ControlReply:
    """Write the command into the run's folder and wait until the run has carried it out."""
    reader = ControlReader(folder.path)
    command = ControlCommand(
        id=uuid.uuid4().hex,
        at=datetime.now(UTC),
        action=action,  # type: ignore[arg-type]  # argparse has checked it
        models=tuple(labels),
        limit=limit,
    )
    append_control(folder.path, command)
    until = time.monotonic() + ANSWER_WITHIN_S
    while time.monotonic() < until:
        is_running = folder.is_locked()  # before the reading: a run that ends has written its reply by then
        for line in reader.new_lines():
            if isinstance(line, ControlReply) and line.id == command.id:
                return line
        if not is_running:
            raise LocalError(f"the run in {folder.path} ended before it took the command; nothing was changed")
        time.sleep(POLL_S)
    raise LocalError(
        f"the process that works on {folder.path} has not answered within {ANSWER_WITHIN_S:.0f} s: a run will obey as "
        "soon as it can, a regrade or another command takes no orders"
    )


def _resume_command(folder: RunDir) -> str:
    return f"harness {folder.manifest().kind} --resume {folder.path}"
