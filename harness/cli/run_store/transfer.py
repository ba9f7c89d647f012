"""`harness runs push` and `pull`: a run folder to a store, and from there to this machine to go on with."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.cli.session.run_store import new_run_link, put_job_columns, size_text, write_entry
from harness.core.errors import EXIT_OK, UsageError
from harness.core.plurals import counted
from harness.store.leases import is_node_folder
from harness.store.remote.address import is_address, run_address
from harness.store.remote.download import node_indexes
from harness.store.remote.fetch import fetch_into, forget_parts
from harness.store.remote.link import fetched_link, read_link, write_link
from harness.store.remote.node_index import NodeIndex
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.upload import RunUploader, run_files
from harness.store.remote.worker_segments import upload_rest
from harness.store.run_dir import RESULTS, RunDir

AT_WORK = timedelta(minutes=15)
"""A node that has uploaded within this time and has not ended is taken to be at work."""


def push(arguments: argparse.Namespace) -> int:
    """Upload a run folder, or what is missing of it. Raises StoreError where the store does not take it."""
    if is_node_folder(Path(arguments.run)):
        return push_node_folder(Path(arguments.run))
    folder = RunDir.open(Path(arguments.run))
    link = read_link(folder.path)
    if link is None:
        if arguments.store is None:
            raise UsageError(f"{folder.path} goes to no store yet; name one: --store s3://BUCKET/PATH")
        link = new_run_link(arguments.store, folder.name)
        write_link(folder.path, link)
    elif arguments.store not in (None, link.address):
        raise UsageError(f"{folder.path} goes to {link.run_address}; a folder goes to one store")
    store = ObjectStore(link.address)
    uploader = RunUploader(folder.path, link, store)
    with folder.locked():
        uploader.connect()
        missing = uploader.pending()
        uploader.sync(is_running=False)
        write_entry(store, link, folder)
        put_job_columns(uploader, folder)
    print(
        f"{link.run_address}: {counted(len(missing), 'file')} with {size_text(sum(missing.values()))} uploaded; all of "
        f"{folder.path} is there"
    )
    return EXIT_OK


def push_node_folder(path: Path) -> int:
    """Upload what ended workers left on this node's disk, where the run's folder is on another machine."""
    segments = upload_rest(path)
    if not segments:
        print(f"{path}: all of it is in the store already")
    for segment in segments:
        print(f"{segment}: uploaded")
    print("the run goes on where its folder is: harness run --resume RUN")
    return EXIT_OK


def pull(arguments: argparse.Namespace) -> int:
    """Bring a run to this machine, as a further node that can resume it."""
    folder = pull_run(arguments.run, arguments.results)
    print(f"{folder}: {counted(len(list(run_files(folder))), 'file')} of {arguments.run}")
    print(f"resume with: harness run --resume {folder}")
    return EXIT_OK


def resumed_folder(run: str) -> Path:
    """The folder of a run to resume: as named, or this machine's copy of one in a store, brought here at need."""
    if not is_address(run):
        return Path(run)
    place, name = run_address(run)
    link = read_link(RESULTS / name)
    if link is not None and link.run_address == f"{place}/{name}":
        return RESULTS / name
    return pull_run(run, RESULTS)


def pull_run(address: str, results: Path) -> Path:
    """The folder of a run that was brought here. Raises UsageError where one of its nodes is still at work."""
    place, name = run_address(address)
    folder = results / name
    if folder.exists():
        link = read_link(folder)
        if link is not None and link.run_address == f"{place}/{name}":
            raise UsageError(f"{folder} is a copy of {address} already; resume it with: harness run --resume {folder}")
        raise UsageError(f"{folder} exists already and is no copy of {address}; name another folder with --results")
    store = ObjectStore(place)
    indexes = node_indexes(store, name)
    _refuse_at_work(indexes, address, datetime.now(UTC))
    fetch_into(store, name, indexes, folder)
    forget_parts(folder)
    link = fetched_link(
        place,
        name,
        run_id=indexes[0].run_id,
        base=_line_files(folder),
        base_nodes={index.node: index.lines_digest for index in indexes},
    )
    write_link(folder, link)
    return folder


def _line_files(folder: Path) -> Mapping[str, int]:
    return {name: path.stat().st_size for name, path in run_files(folder) if path.suffix == ".jsonl"}


def _refuse_at_work(indexes: list[NodeIndex], address: str, now: datetime) -> None:
    for index in indexes:
        if index.is_running and now - index.updated_at < AT_WORK:
            raise UsageError(
                f"{address}: {index.node} uploaded at {index.updated_at:%Y-%m-%d %H:%M:%S} UTC and has not ended; two "
                "machines that resume one run are billed twice. Stop it there, or wait until it has been silent "
                f"for {AT_WORK.seconds // 60} minutes; harness report reads it at any time"
            )
