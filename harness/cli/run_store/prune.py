"""`harness runs prune`: deletes runs by age or name; says what it would delete unless --yes is given.

A folder of this machine is deleted only when a store holds all of it, checked at that moment. A run in a store is
deleted with its catalogue entry, and only when every node has ended and the catalogue has it.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.cli.options.run_argument import results_folder
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, HarnessError, LocalError, UsageError
from harness.core.plurals import counted
from harness.store.remote.address import is_address
from harness.store.remote.catalogue import FOLDER
from harness.store.remote.download import node_indexes, run_names
from harness.store.remote.link import read_link
from harness.store.remote.node_index import NodeIndex
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.upload import RunUploader
from harness.store.run_dir import RunDir, run_folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A run that was named or is old enough. `kept`: why it is not deleted, None where it is."""

    name: str
    kept: str | None


def prune(arguments: argparse.Namespace) -> int:
    """Delete, or say what would be deleted. Exit code 3 where a run that was named is kept."""
    if not arguments.runs and arguments.older_than is None:
        raise UsageError("say which runs: their names, or --older-than TIME such as 90d")
    place = arguments.store
    if is_address(place):
        found = list(_in_store(ObjectStore(place), arguments))
    else:
        found = list(_in_folder(results_folder(place), arguments))
    deleted = [one.name for one in found if one.kept is None]
    for one in found:
        verb = "kept" if one.kept is not None else "deleted" if arguments.yes else "would be deleted"
        print(f"{one.name}: {verb}{'' if one.kept is None else f': {one.kept}'}")
    if deleted and not arguments.yes:
        print(f"nothing was deleted; --yes deletes {counted(len(deleted), 'run')}")
    if not found:
        print(f"{place}: no run is that old")
    return EXIT_INCOMPLETE if arguments.runs and len(deleted) < len(found) else EXIT_OK


def _in_store(store: ObjectStore, arguments: argparse.Namespace) -> Iterator[Candidate]:
    now = datetime.now(UTC)
    known = run_names(store)
    for name in _chosen(arguments, known, store.address):
        indexes = node_indexes(store, name)
        kept = _why_too_young(indexes[-1].updated_at, arguments, now)
        if kept is not None and not arguments.runs:
            continue
        kept = kept or _why_kept_in_store(store, name, indexes)
        if kept is None and arguments.yes:
            # The indexes first: a reader then finds no run instead of half of one.
            store.delete(store.names(f"{name}/nodes/*/*.json"))
            store.delete([*store.names(f"{FOLDER}/{name}/*.parquet"), *store.names(f"{name}/**")])
        yield Candidate(name=name, kept=kept)


def _why_kept_in_store(store: ObjectStore, name: str, indexes: Sequence[NodeIndex]) -> str | None:
    """Why a run must stay: a node may hold more of it than the store, or the catalogue does not know it."""
    working = [one for one in indexes if one.is_running]
    if working:
        at = f"{working[-1].updated_at:%Y-%m-%d %H:%M}"
        return (
            f"{working[-1].node} has not ended (last upload {at} UTC), so its disk may hold more; resume the run, or "
            "upload the rest there: harness runs push RUN"
        )
    if not store.names(f"{FOLDER}/{name}/*.parquet"):
        return "it is not in the catalogue, as where the last upload was interrupted; harness runs push RUN writes it"
    return None


def _in_folder(results: Path, arguments: argparse.Namespace) -> Iterator[Candidate]:
    now = datetime.now(UTC)
    folders = {path.name: path for path in run_folders(results)}
    for name in _chosen(arguments, list(folders), str(results)):
        run = RunDir(folders[name])
        try:
            kept = _why_too_young(run.manifest().created_at, arguments, now)
            if kept is not None and not arguments.runs:
                continue
            kept = kept or _why_kept(run)
        except HarnessError as error:
            kept = str(error)
        if kept is None and arguments.yes:
            shutil.rmtree(run.path)
        yield Candidate(name=name, kept=kept)


def _why_kept(run: RunDir) -> str | None:
    """Why a folder must stay: it is the only copy of something, or in use; None where a store has all of it."""
    link = read_link(run.path)
    if link is None:
        return f"it is in no store, so this is the only copy; harness runs push {run.path} --store ADDRESS"
    with run.locked():
        uploader = RunUploader(run.path, link, ObjectStore(link.address))
        uploader.may_restore = False
        try:
            uploader.connect()
            missing = uploader.unstored()
        except LocalError as error:
            return f"{error}; nothing is deleted unless the store confirms its copy"
    if missing:
        return f"{', '.join(missing)} not wholly in {link.run_address}; upload with: harness runs push {run.path}"
    return None


def _chosen(arguments: argparse.Namespace, known: list[str], place: str) -> list[str]:
    unknown = [name for name in arguments.runs if name not in known]
    if unknown:
        raise UsageError(f"{place} has no run {', '.join(unknown)}; harness runs list --store {place} lists them")
    return list(arguments.runs or known)


def _why_too_young(at: datetime, arguments: argparse.Namespace, now: datetime) -> str | None:
    """Why a run of that age is not meant; None where no age was asked for or it is old enough."""
    if arguments.older_than is None or now - at > timedelta(seconds=arguments.older_than):
        return None
    return f"it is of {at:%Y-%m-%d %H:%M} UTC, younger than --older-than"
