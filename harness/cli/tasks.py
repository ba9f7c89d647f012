"""`harness tasks`: which tasks there are, or one of them in full."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.core.errors import EXIT_OK
from harness.core.types import Task
from harness.report.render.lines import align_columns
from harness.tasks.folders import import_task, task_files
from harness.tasks.load import find_task


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", metavar="TASK", help="show this one in full")
    parser.add_argument(
        "--tasks", dest="tasks_dir", type=Path, metavar="DIR", help="more task files (default: ./tasks)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; returns the exit code."""
    cwd = Path.cwd()
    if arguments.name is not None:
        path, task = find_task(arguments.name, tasks_dir=arguments.tasks_dir, cwd=cwd)
        print(_in_full(task, path))
        return EXIT_OK
    tasks = [import_task(path) for path in task_files(arguments.tasks_dir, cwd).values()]
    print("\n".join(align_columns([[task.name, task.grader, _origin(task), task.summary] for task in tasks], left=4)))
    return EXIT_OK


def _origin(task: Task) -> str:
    if task.generate is not None:
        return "made"
    return "shipped" if task.source.shipped else "hub" if task.source.hub_id else "files"


def _in_full(task: Task, path: Path) -> str:
    source = task.source
    lines = [
        f"{task.name} v{task.version}: {task.summary}",
        f"  source     {source.title}",
        f"  licence    {source.licence}",
        f"  grader     {task.grader}, output limit {task.max_tokens} tokens",
        f"  pinned to  {task.content_hash or 'nothing yet'}",
    ]
    if task.generate is not None:
        lines.append(f"  made from  seed {task.seed}; another set: {task.name.partition(':')[0]}:SEED")
    if source.hub_id:
        parts = [source.hub_id, source.hub_config or "", source.hub_split or ""]
        lines.append(f"  hub        {' '.join(part for part in parts if part)}")
    if source.files:
        lines.append(f"  files      {', '.join(source.files)} in --data-dir")
    return "\n".join([*lines, f"  defined in {path}"])
