"""`harness tasks`: which tasks there are, or one of them in full."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.cli.options.output import add_output_options, print_document
from harness.core.errors import EXIT_OK
from harness.core.plurals import counted
from harness.core.types import Task
from harness.report.render.table import Column, FlatRows, ReportDocument, Section, Table, prose_column, records
from harness.tasks.folders import import_task, task_files
from harness.tasks.load import find_task


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", metavar="TASK", help="show this one in full")
    parser.add_argument(
        "--tasks", dest="tasks_dir", type=Path, metavar="DIR", help="more task files (default: ./tasks)"
    )
    add_output_options(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    cwd = Path.cwd()
    if arguments.name is not None:
        path, task = find_task(arguments.name, tasks_dir=arguments.tasks_dir, cwd=cwd)
        print_document(_task_document(task, path), arguments)
        return EXIT_OK
    tasks = [import_task(path) for path in task_files(arguments.tasks_dir, cwd).values()]
    print_document(_list_document(tasks), arguments)
    return EXIT_OK


COLUMNS: tuple[Column[Task], ...] = (
    prose_column("task", "task", lambda task: task.name),
    prose_column("grader", "grader", lambda task: task.grader),
    prose_column(
        "origin",
        "origin",
        lambda task: _origin(task),
        meaning="shipped with the package, made by a seed, from the hub, or files of your own",
    ),
    prose_column("summary", "summary", lambda task: task.summary),
)


def _list_document(tasks: Sequence[Task]) -> ReportDocument:
    rows = records(COLUMNS, tasks)
    return ReportDocument(
        title=counted(len(tasks), "task"),
        sections=(Section(title="", tables=(Table(columns=COLUMNS, rows=tuple(tasks)),)),),
        record=rows,
        flat=FlatRows(keys=tuple(column.key for column in COLUMNS), rows=tuple(rows)),
    )


def _origin(task: Task) -> str:
    if task.generate is not None:
        return "generated"
    return "shipped" if task.source.shipped else "hub" if task.source.hub_id else "files"


def _task_document(task: Task, path: Path) -> ReportDocument:
    facts = tuple(_facts(task, path))
    columns: tuple[Column[tuple[str, str]], ...] = (
        prose_column("field", "field", lambda fact: fact[0]),
        prose_column("value", "value", lambda fact: fact[1]),
    )
    record = {"task": task.name, "version": task.version, "summary": task.summary, **dict(facts)}
    return ReportDocument(
        title=f"{task.name} v{task.version}: {task.summary}",
        sections=(Section(title="", tables=(Table(columns=columns, rows=facts),)),),
        record=record,
        flat=FlatRows(keys=tuple(record), rows=(record,)),
    )


def _facts(task: Task, path: Path) -> Iterator[tuple[str, str]]:
    source = task.source
    yield "source", source.title
    yield "licence", source.licence
    yield "grader", f"{task.grader}, output limit {task.max_tokens} tokens"
    yield "pinned to", task.content_hash or "nothing yet"
    if task.generate is not None:
        yield "made from", f"seed {task.seed}; another set: {task.name.partition(':')[0]}:SEED"
    if source.hub_id:
        yield "hub", " ".join(filter(None, (source.hub_id, source.hub_config, source.hub_split)))
    if source.files:
        yield "files", f"{', '.join(source.files)} in --data-dir"
    yield "defined in", str(path)
