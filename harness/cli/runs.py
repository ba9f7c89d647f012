"""`harness runs`: the runs of a folder or a store: list, show, push, pull, merge, prune."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from harness.cli.options.context import folder_name
from harness.cli.options.durations import duration
from harness.cli.options.output import add_output_options, print_document
from harness.cli.options.run_argument import results_folder, run_path
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.report.history.run_list import list_runs
from harness.report.history.run_list_render import run_list_document
from harness.store.remote.address import checked_address, is_address, run_address
from harness.store.run_dir import RESULTS, RunDir


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="state, tasks, models, dollars and age of each run")
    _add_store(listed)
    add_output_options(listed)
    listed.epilog = "A folder that is broken or no run is listed with what is wrong with it. Nothing is changed."
    shown = actions.add_parser("show", help="jobs, accuracy and dollars of one run by task and model")
    shown.add_argument("run", metavar="RUN", help="a name in --store, a run folder, or s3://bucket/path/RUN")
    _add_store(shown)
    add_output_options(shown)
    pushed = actions.add_parser("push", help="upload a run folder, or what is missing of it, to a store")
    pushed.add_argument("run", metavar="RUN", help="a run folder, or its name in ./results")
    pushed.add_argument("--store", metavar="ADDRESS", help="such as s3://bucket/path; once, for a folder without one")
    pulled = actions.add_parser("pull", help="bring a run of a store here, to resume it")
    pulled.add_argument("run", metavar="RUN", help="s3://bucket/path/RUN")
    pulled.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="where it goes (default: results)")
    merged = actions.add_parser("merge", help="join runs of the same plan; no record comes twice")
    merged.add_argument("runs", nargs="+", type=run_path, metavar="RUN", help="run folders, or s3://bucket/path/RUN")
    merged.add_argument("--name", type=folder_name, required=True, metavar="NAME", help="of the joined run")
    merged.add_argument("--results", type=Path, default=RESULTS, metavar="DIR", help="where it goes (default: results)")
    pruned = actions.add_parser("prune", help="delete runs by name or age; says first what it would delete")
    pruned.add_argument("runs", nargs="*", metavar="NAME", help="runs of --store; default: all that are old enough")
    _add_store(pruned)
    pruned.add_argument("--older-than", type=duration, metavar="TIME", help="only runs older than this, such as 90d")
    pruned.add_argument("--yes", action="store_true", help="delete them")
    pruned.epilog = (
        "A folder of this machine is deleted only when its store holds all of it, a run of a store only when every "
        "node has ended and the catalogue has it. Exit code 3: a named run was kept."
    )


def _add_store(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        "--results",
        default=str(RESULTS),
        metavar="ADDRESS",
        help="a folder of run folders, or a store such as s3://bucket/path (default: results)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    match arguments.action:
        case "list":
            return _list(arguments)
        case "show":
            return _show(arguments)
        case "merge":
            from harness.cli.run_store.merge import merge  # each action needs modules that the list does not

            return merge(arguments)
        case "prune":
            from harness.cli.run_store.prune import prune

            return prune(arguments)
        case action:
            from harness.cli.run_store.transfer import pull, push

            return push(arguments) if action == "push" else pull(arguments)


def _list(arguments: argparse.Namespace) -> int:
    if is_address(arguments.store):
        from harness.report.history.catalogue import entries_of
        from harness.store.remote.catalogue import read_rows
        from harness.store.remote.object_store import ObjectStore

        store = ObjectStore(arguments.store)
        entries = entries_of(read_rows(store), store.address)
    else:
        entries = list_runs(results_folder(arguments.store))
    print_document(run_list_document(entries, arguments.store, now=datetime.now(UTC)), arguments)
    return EXIT_OK


def _show(arguments: argparse.Namespace) -> int:
    from harness.cli.session.run_store import size_text
    from harness.report.history.catalogue import catalogue_rows
    from harness.report.history.catalogue_render import catalogue_document
    from harness.report.run_data.load import RunData
    from harness.store.remote.catalogue import read_rows
    from harness.store.remote.download import node_indexes
    from harness.store.remote.object_store import ObjectStore

    name: str = arguments.run
    if not is_address(name) and not is_address(arguments.store):
        folder = RunDir.open(Path(name) if "/" in name else results_folder(arguments.store) / name)
        now, is_running = datetime.now(UTC), folder.is_locked()
        rows = catalogue_rows(RunData.load(folder), run=folder.name, run_id="", node="", now=now, is_running=is_running)
        print_document(catalogue_document(rows, str(folder.path)), arguments)
        return EXIT_OK
    place, name = run_address(name) if is_address(name) else (checked_address(arguments.store), name)
    store = ObjectStore(place)
    indexes = node_indexes(store, name)
    found = read_rows(store, name)
    if not found:
        raise UsageError(f"{place}/{name} has no catalogue entry yet: it was interrupted before its first upload ended")
    notes = [
        f"{index.node}: {size_text(sum(part.size for part in index.parts))} in {counted(len(index.parts), 'object')}, "
        f"{'running' if index.is_running else 'ended'}, uploaded {index.updated_at:%Y-%m-%d %H:%M} UTC"
        for index in indexes
    ]
    print_document(catalogue_document(found, f"{place}/{name}", notes), arguments)
    return EXIT_OK
