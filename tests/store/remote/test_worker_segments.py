"""Segments of nodes with disks of their own: uploaded there, brought into the run's folder, and never counted twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.store.leases import LeaseJournal, open_leases, segment_owner
from harness.store.remote.download import node_indexes
from harness.store.remote.fetch import fetch_run
from harness.store.remote.link import StoreLink, fetched_link, new_link, write_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.upload import RunUploader
from harness.store.remote.worker_segments import bring_segments, remove_whole, upload_rest

SEGMENT = "calls-1.n-1.jsonl"


def session(folder: Path, address: str) -> StoreLink:
    """A run's folder that is in the store, with a lease of positions 0 to 9 to the worker of SEGMENT."""
    link = new_link(address, "r")
    folder.mkdir()
    (folder / "manifest.json").write_text("{}")
    (folder / "calls-0.jsonl").write_text('{"a": 1}\n')
    LeaseJournal(folder).note_lease(SEGMENT, range(10))
    RunUploader(folder, link, ObjectStore(address)).sync(is_running=True)
    return link


def node(root: Path, link: StoreLink, text: str) -> Path:
    """The folder that the worker's node keeps of the run."""
    folder = root / SEGMENT.removesuffix(".jsonl")
    folder.mkdir(parents=True)
    (folder / SEGMENT).write_text(text)
    write_link(folder, replace(link, node=str(segment_owner(SEGMENT))))
    return root


def test_what_a_node_has_uploaded_is_brought_and_the_segment_is_open_until_it_has_ended(
    tmp_path: Path, address: str
) -> None:
    link, store = session(tmp_path / "run", address), ObjectStore(address)
    root = node(tmp_path / "node", link, '{"b": 1}\n')
    worker = RunUploader(root / "calls-1.n-1", replace(link, node="n-1.1"), store)
    worker.sync(is_running=True)
    bring_segments(store, link, tmp_path / "run")
    assert (tmp_path / "run" / SEGMENT).read_text() == '{"b": 1}\n'
    assert open_leases(tmp_path / "run") == {SEGMENT: list(range(10))}
    with (root / "calls-1.n-1" / SEGMENT).open("a") as file:  # killed after a whole line, and in the middle of one
        file.write('{"b": 2}\n{"b": 3}\n{"b')
    assert upload_rest(root) == [SEGMENT]
    assert upload_rest(root) == []
    bring_segments(store, link, tmp_path / "run")
    assert (tmp_path / "run" / SEGMENT).read_text() == '{"b": 1}\n{"b": 2}\n{"b": 3}\n'
    assert open_leases(tmp_path / "run") == {}


def test_a_node_s_folder_goes_once_the_store_confirms_all_of_it(tmp_path: Path, address: str) -> None:
    link, store = session(tmp_path / "run", address), ObjectStore(address)
    root = node(tmp_path / "node", link, '{"b": 1}\n')
    remove_whole(root)  # not uploaded: not marked
    assert (root / "calls-1.n-1" / SEGMENT).exists()
    upload_rest(root)
    (held,) = store.names("r/objects/n-1.1/*")
    data = store.get(held)
    store.delete([held])
    with pytest.raises(LocalError, match=r"calls-1.n-1.jsonl not wholly in .*/r: kept"):
        remove_whole(root)
    assert (root / "calls-1.n-1" / SEGMENT).exists()
    store.put(held, data)
    remove_whole(root)
    assert not root.exists()
    assert upload_rest(root) == []


def test_a_lost_session_s_copy_sends_nothing_while_a_worker_has_not_ended(tmp_path: Path, address: str) -> None:
    """Which jobs the worker had stood in a leases.jsonl that was not uploaded."""
    link, store = session(tmp_path / "run", address), ObjectStore(address)
    root = node(tmp_path / "node", link, '{"b": 1}\n')
    RunUploader(root / "calls-1.n-1", replace(link, node="n-1.1"), store).sync(is_running=True)
    known = {index.node: index.lines_digest for index in node_indexes(store, "r")}
    fetched = fetched_link(address, "r", run_id=link.run_id, base={"calls-0.jsonl": 9, SEGMENT: 9}, base_nodes=known)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "calls-0.jsonl").write_text('{"a": 1}\n')
    (copy / SEGMENT).write_text('{"b": 1}\n')
    uploader = RunUploader(copy, fetched, store)
    uploader.connect()
    with pytest.raises(LocalError, match=rf"{link.node} did not end its session .* which jobs n-1.1 had"):
        uploader.refuse_unknown_leases()
    with (root / "calls-1.n-1" / SEGMENT).open("a") as file:
        file.write('{"b": 2}\n')
    upload_rest(root)
    uploader.connect()
    uploader.refuse_unknown_leases()
    assert [lost.node for lost in uploader.lost_sessions()] == [link.node]
    bring_segments(store, fetched, copy)
    assert (copy / SEGMENT).read_text() == '{"b": 1}\n{"b": 2}\n'


def test_a_brought_segment_is_not_uploaded_again_and_makes_no_copy_stale(tmp_path: Path, address: str) -> None:
    link, store = session(tmp_path / "run", address), ObjectStore(address)
    upload_rest(node(tmp_path / "node", link, '{"b": 1}\n'))
    bring_segments(store, link, tmp_path / "run")
    again = RunUploader(tmp_path / "run", link, store)
    again.connect()
    again.refuse_stale()
    again.sync(is_running=False)
    assert again.pending() == {}
    files = {index.node: set(index.files) for index in node_indexes(store, "r")}
    assert files["n-1.1"] == {SEGMENT}
    assert SEGMENT not in files[link.node]
    fetched = fetch_run(link.run_address)
    assert {path.name for path in fetched.glob("calls-*")} == {"calls-0.jsonl", SEGMENT}
    assert (fetched / "manifest.json").exists()


def test_a_folder_whose_brought_segment_left_the_store_is_not_all_there(tmp_path: Path, address: str) -> None:
    link, store = session(tmp_path / "run", address), ObjectStore(address)
    upload_rest(node(tmp_path / "node", link, '{"b": 1}\n'))
    bring_segments(store, link, tmp_path / "run")
    RunUploader(tmp_path / "run", link, store).sync(is_running=False)
    store.delete(store.names("r/nodes/n-1.1/*.json"))
    again = RunUploader(tmp_path / "run", link, store)
    again.connect()
    assert again.pending() == {SEGMENT: 9}
