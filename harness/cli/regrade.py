"""`harness regrade`: a run's stored answers graded again, or their usage parsed again, free; says what changed."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from harness.cli.options.output import print_sentence
from harness.cli.session.run_summary import view_run
from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.pricing.exact import exact_text
from harness.report.render.lines import align_columns
from harness.run.rederive.regrade import GradeChange, regrade
from harness.run.rederive.reparse_usage import COUNTS, UsageReparse, UsageTotals, reparse_usage
from harness.store.run_dir import RunDir

SHOWN = 20


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("run", type=Path, metavar="RUN", help="a run folder, such as results/NAME")
    parser.add_argument("--only-missing", action="store_true", help="only ungraded answers")
    parser.add_argument(
        "--usage",
        action="store_true",
        help="read the raw usage of every attempt again with today's dialects, instead of grading",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    if arguments.usage and arguments.only_missing:
        raise UsageError("--usage reads every attempt again; it does not go with --only-missing")
    folder = RunDir.open(arguments.run)
    if arguments.usage:
        return _reread(folder)
    if folder.manifest().kind == "speed":
        raise UsageError(f"{arguments.run} measures speed, its answers are not graded; --usage reads its usage again")
    with folder.locked():
        done = regrade(folder, clock=SYSTEM_CLOCK, only_missing=arguments.only_missing)
    view = view_run(folder)
    view.write()
    print(f"{counted(done.graded, 'answer')} regraded, {counted(len(done.changes), 'verdict')} changed")
    for change in done.changes[:SHOWN]:
        print(f"  {_words(change)}")
    if len(done.changes) > SHOWN:
        print(f"  ... and {len(done.changes) - SHOWN} more")
    for why, count in done.errors.most_common(SHOWN):
        print(f"  {count} could not be graded: {why}")
    kinds = Counter((change.before, change.after) for change in done.changes)
    for (before, after), count in kinds.most_common():
        print(f"  {count} x {before.value if before else 'ungraded'} -> {after.value}")
    print_sentence(view.where)
    return EXIT_OK


def _reread(folder: RunDir) -> int:
    with folder.locked():
        models = reparse_usage(folder, clock=SYSTEM_CLOCK)
    view = view_run(folder)
    view.write()
    for model in models:
        kept = f", {model.without_raw} more kept none" if model.without_raw else ""
        print(
            f"{model.label}: {model.changed} of {counted(model.attempts, 'attempt')} read differently "
            f"by {model.dialect}{kept}"
        )
        if model.changed:
            print("\n".join(_differences(model)))
    print_sentence(view.where)
    return EXIT_OK


def _differences(model: UsageReparse) -> list[str]:
    rows = [["", "before", "after"]]
    for name in COUNTS:
        cells = [_count(tally, name) for tally in (model.before, model.after)]
        if cells[0] != cells[1]:
            rows.append([name.replace("_", " "), *cells])
    rows.append(["dollars", _dollars(model.before), _dollars(model.after)])
    return [f"  {line}" for line in align_columns(rows)]


def _count(tally: UsageTotals, name: str) -> str:
    missing = tally.missing[name]
    return f"{tally.tokens[name]} + {missing} x ?" if missing else str(tally.tokens[name])


def _dollars(tally: UsageTotals) -> str:
    bound = "at most " if tally.bounds else ""
    unknown = f" + {counted(tally.unknown_jobs, 'job')} ?" if tally.unknown_jobs else ""
    return f"{bound}{exact_text(tally.usd)}{unknown}"


def _words(change: GradeChange) -> str:
    before = change.before.value if change.before else "ungraded"
    which = f"{change.label} {change.task} {change.sample_id} #{change.repeat}"
    return f"{which}: {before} -> {change.after.value}: {change.why}"
