"""`harness batch`: the batches of a run at their providers; cancel them, or give them up."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.context import add_providers_option, load_context
from harness.cli.options.output import add_output_options, print_document
from harness.config.environment import collect_keys
from harness.core.clock import SYSTEM_CLOCK
from harness.core.durations import duration_text
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.report.render.mode import mode_of
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table
from harness.run.batch.at_provider import BatchAtProvider, give_up, look
from harness.store.batches import BatchJournal
from harness.store.codec import Manifest
from harness.store.run_dir import RunDir

EXAMPLES = """\
examples:
  harness batch results/RUN              the batches of a run, with the status each provider reports
  harness batch results/RUN --cancel     cancel them; answers so far are billed, --resume collects them
  harness batch results/RUN --give-up    count open batches as lost, at an unknown cost; --retry-failed sends them again
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a run with --batch, such as results/NAME")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--cancel", action="store_true", help="cancel the open batches at their providers")
    what.add_argument(
        "--give-up", action="store_true", help="count the open batches as lost: their jobs fail, at an unknown cost"
    )
    add_providers_option(parser)
    add_output_options(parser)
    parser.epilog = EXAMPLES


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    folder = RunDir.open(arguments.run)
    manifest = folder.manifest()
    if not any(endpoint.is_batch for endpoint in manifest.endpoints):
        raise UsageError(f"{folder.path} was not run with --batch, so it has no batches")
    if arguments.give_up:
        with folder.locked():
            count = give_up(folder, SYSTEM_CLOCK)
        if not count:
            raise UsageError(f"{folder.path} has no open batch to give up")
        print(f"{counted(count, 'job')} given up; send them again with: ", end="")
        print(f"harness run --resume {folder.path} --retry-failed")
        return EXIT_OK
    waiting = {one.plan.label for one in BatchJournal(folder.path).open_batches}
    asked = [endpoint for endpoint in manifest.endpoints if endpoint.label in waiting]
    keys = collect_keys(asked, load_context(arguments.providers).environ)
    found = list(look(folder, keys, cancels=arguments.cancel))
    print_document(_document(folder, manifest, found), arguments)
    return EXIT_OK


def _age(one: BatchAtProvider) -> float:
    return (datetime.now(UTC) - one.batch.plan.at).total_seconds()


def _status(one: BatchAtProvider) -> str:
    if one.batch.ended is not None:
        return f"collected ({one.batch.ended})"
    return one.why_not if one.state is None else one.state.words


def _column(
    key: str, meaning: str, value: Callable[[BatchAtProvider], object], *, is_prose: bool = False, rank: int = 0
) -> Column[BatchAtProvider]:
    def text(one: BatchAtProvider) -> str:
        found = value(one)
        return "-" if found is None else f"{found:,}" if isinstance(found, int) else str(found)

    return Column(key=key, title=key, meaning=meaning, text=text, value=value, is_prose=is_prose, rank=rank)


COLUMNS: tuple[Column[BatchAtProvider], ...] = (
    _column("batch", "its number in the run", lambda one: one.batch.plan.batch),
    _column("model", "", lambda one: one.batch.plan.label, is_prose=True),
    _column("id", "the provider's", lambda one: one.batch.id, is_prose=True, rank=1),
    _column("requests", "in it", lambda one: len(one.batch.plan.attempts)),
    _column("processed", "by the provider's own count", lambda one: None if one.state is None else one.state.done),
    _column("age", "since it was made", lambda one: duration_text(_age(one))),
    _column("status", "collected, or as the provider reports it", _status, is_prose=True),
)


def _document(folder: RunDir, manifest: Manifest, found: Sequence[BatchAtProvider]) -> ReportDocument:
    rows = [{column.key: column.value(one) for column in COLUMNS} for one in found]
    open_count = sum(one.batch.ended is None for one in found)
    notes = (f"{counted(open_count, 'batch', 'batches')} to collect: harness run --resume {folder.path}",)
    return ReportDocument(
        title=f"batches of {folder.name}",
        mode=mode_of(endpoint.origin for endpoint in manifest.endpoints),
        sections=(Section(title="", tables=(Table(columns=COLUMNS, rows=tuple(found)),)),),
        notes=notes if open_count else (),
        record={"run": folder.name, "batches": rows},
        flat=FlatRows(keys=tuple(column.key for column in COLUMNS), rows=tuple(rows)),
    )
