"""A run that goes to an object store: its link, the upload beside the session, and what is said of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from harness.core.errors import LocalError, UsageError
from harness.core.plurals import counted
from harness.run.prepare import CheckedPlan, create_run
from harness.store.leases import open_leases
from harness.store.remote.address import checked_address, is_address
from harness.store.remote.background import BackgroundUpload
from harness.store.remote.catalogue import write_rows
from harness.store.remote.link import StoreLink, new_link, read_link, write_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.store_errors import StoreError
from harness.store.remote.upload import RunUploader
from harness.store.remote.worker_segments import bring_segments
from harness.store.run_dir import RESULTS, RunDir


def new_run_link(address: str, name: str) -> StoreLink:
    """The link of a new run, once its place in the store is known to be free.

    Raises LocalError for a store that will not work: no package, no credentials, no bucket. One that does not answer is
    named and no error: the run is written here and uploaded later.
    """
    store = ObjectStore(checked_address(address))
    link = new_link(store.address, name)
    try:
        taken = store.names(f"{name}/nodes/*/*.json")
    except StoreError as error:
        if error.is_permanent:
            raise
        _say(f"{error}; the run goes on in this machine's folder, uploads are tried again")
        return link
    if taken:
        raise UsageError(
            f"{link.run_address} exists already: name another --name, or resume it with --resume {link.run_address}"
        )
    return link


def write_run(checked: CheckedPlan, results: str | None, name: str, *, strict_model: bool = False) -> RunDir:
    """Write the folder of a new run: below `results`, or in this machine's results where that is a store's address.

    `strict_model`: answers that another model gave are not reused.
    """
    if results is None or not is_address(results):
        return create_run(checked, Path(results or RESULTS) / name, strict_model=strict_model)
    link = new_run_link(results, name)
    folder = create_run(checked, RESULTS / name, strict_model=strict_model)
    write_link(folder.path, link)
    return folder


@dataclass(slots=True, kw_only=True)
class RunUpload:
    """The upload of one session. `troubles`: what is to be said at the end; empty when all is in the store."""

    folder: Path
    link: StoreLink | None = None
    uploader: RunUploader | None = None
    background: BackgroundUpload | None = None
    troubles: list[str] = field(default_factory=list)

    def bring(self) -> LocalError | None:
        """Bring what workers with a disk of their own have uploaded; returns why that was not possible."""
        if self.link is None or self.uploader is None:
            return None
        try:
            bring_segments(self.uploader.store, self.link, self.folder)
        except LocalError as error:
            return error
        return None

    def bring_rest(self) -> None:
        """The same at the end; names the workers that have not uploaded all."""
        if (error := self.bring()) is not None:
            self.troubles.append(str(error))
        if self.link is not None and (is_open := sorted(open_leases(self.folder))):
            self.troubles.append(
                f"not all records of {counted(len(is_open), 'worker')} have arrived ({', '.join(is_open)}): no job of "
                "theirs is sent again. Resume the run with their nodes in the cluster, or upload what is on their "
                "disks there: harness runs push FOLDER (docs/scale.md)"
            )

    def finish(self) -> None:
        """Upload the rest. What fails is said in `troubles` and stays in the folder."""
        if self.link is None or self.uploader is None or self.background is None:
            return
        error = self.background.finish()
        if error is None:
            error = self._write_entry(is_running=False)
        if error is None:
            _say(f"uploaded to {self.link.run_address}; this machine's copy: {self.folder}")
            return
        missing = self.uploader.pending()
        what = f"{counted(len(missing), 'file')} of {self.folder}, {size_text(sum(missing.values()))}"
        how = f"upload with: harness runs push {self.folder}"
        self.troubles += [str(error), f"not uploaded: {what}; {how}" if missing else how]

    def begin(self) -> None:
        """Show a new run in the catalogue. What fails is tried again at the end."""
        if not RunDir(self.folder).call_files():
            self._write_entry(is_running=True)

    def _write_entry(self, *, is_running: bool) -> LocalError | None:
        assert self.uploader is not None
        assert self.link is not None
        try:
            write_entry(self.uploader.store, self.link, RunDir(self.folder), is_running=is_running)
            if not is_running:
                put_job_columns(self.uploader, RunDir(self.folder))
        except LocalError as error:
            return error
        return None


def write_entry(store: ObjectStore, link: StoreLink, folder: RunDir, *, is_running: bool = False) -> None:
    """Write into the store's catalogue what the folder holds."""
    # Not before the first request: they are needed once a run has ended.
    from harness.report.history.catalogue import catalogue_rows
    from harness.report.run_data.load import RunData

    rows = catalogue_rows(
        RunData.load(folder),
        run=link.run,
        run_id=link.run_id,
        node=link.node,
        now=datetime.now(UTC),
        is_running=is_running,
    )
    write_rows(store, rows)


def put_job_columns(uploader: RunUploader, folder: RunDir) -> None:
    """Put the jobs of a run in columns beside its log, where the store has all that they are derived from.

    A small run has no columns: its log is read as fast. Raises StoreError where the store does not take them.
    """
    from harness.report.run_data.cache import DERIVED_BY, JobCache
    from harness.store.code_fingerprint import code_fingerprint
    from harness.store.remote.columns import columns_name, put_columns
    from harness.store.remote.download import node_indexes

    cache = JobCache(folder)
    if open_leases(folder.path) or uploader.pending() or cache.read() is None:
        return
    indexes = node_indexes(uploader.store, uploader.link.run)
    name = columns_name(uploader.link.run, indexes, code_fingerprint(DERIVED_BY))
    put_columns(uploader.store, name, cache.path.read_bytes())


@contextmanager
def uploading(folder: RunDir, *, every_s: float) -> Iterator[RunUpload]:
    """Upload a run while it is worked on, where its folder has a link to a store; else do nothing.

    Raises LocalError before anything is sent: where the store will not work until somebody changes something, and for a
    copy fetched from a store also where the store does not answer now, because other machines may have gone on.
    """
    link = read_link(folder.path)
    if link is None:
        yield RunUpload(folder=folder.path)
        return
    uploader = RunUploader(folder.path, link, ObjectStore(link.address))
    background = BackgroundUpload(uploader, every_s=every_s, on_trouble=_on_trouble)
    _say(f"results go to {link.run_address}, every {every_s:g} s; this machine's copy: {folder.path}")
    try:
        with folder.locked():
            error = background.start()
        is_passing = isinstance(error, StoreError) and not error.is_permanent
        upload = RunUpload(folder=folder.path, link=link, uploader=uploader, background=background)
        if error is None:
            _name_lost_sessions(uploader)
            upload.begin()
            # What a worker recorded for a session that was lost is known from the store alone.
            error, is_passing = upload.bring(), not link.base_nodes
        if error is not None and (link.base_nodes or not is_passing):
            raise LocalError(f"{error}; nothing was sent from {folder.path}")
        if error is not None:
            _on_trouble(error)
        yield upload
    finally:
        background.abandon()


def _name_lost_sessions(uploader: RunUploader) -> None:
    for lost in uploader.lost_sessions():
        _say(
            f"{lost.node} did not end its session of {uploader.link.run_address} and last uploaded at "
            f"{lost.updated_at:%Y-%m-%d %H:%M:%S} UTC. Jobs that it sent later are sent again here and billed twice. "
            "Where its disk still exists, stop here and resume there"
        )


def _on_trouble(error: LocalError | None) -> None:
    if error is None:
        _say("the store answers again: uploads go on")
    else:
        _say(f"{error}; the run goes on in this machine's folder, uploads are tried again")


def size_text(size: int) -> str:
    """A number of bytes, in MB from 100,000 on."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else counted(size, "byte")


def _say(sentence: str) -> None:
    print(f"harness: {sentence}", file=sys.stderr)
