"""Runs are downloaded once, checked, and continued from where the last download ended."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import LocalError, UsageError
from harness.store.remote.download import current_index, node_indexes, run_names
from harness.store.remote.fetch import fetch_from, fetch_run
from harness.store.remote.link import new_link
from harness.store.remote.node_index import encode_index, index_names, next_index_name
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.store_errors import StoreError
from harness.store.remote.upload import RunUploader


def upload(folder: Path, address: str, text: str) -> str:
    """Put a run with that call log into a store; its address."""
    folder.mkdir()
    (folder / "calls-0.jsonl").write_text(text)
    link = new_link(address, folder.name)
    RunUploader(folder, link, ObjectStore(address)).sync(is_running=False)
    return link.run_address


def test_a_missing_run_names_those_there_are(tmp_path: Path, address: str) -> None:
    with pytest.raises(UsageError, match="has no run nothing; it holds no run"):
        fetch_run(f"{address}/nothing")
    upload(tmp_path / "one", address, "{}\n")
    assert run_names(ObjectStore(address)) == ["one"]
    with pytest.raises(UsageError, match="has no run nothing; runs in it: one"):
        fetch_run(f"{address}/nothing")


def test_an_object_with_other_bytes_is_refused(tmp_path: Path, address: str) -> None:
    upload(tmp_path / "one", address, "{}\n")
    store = ObjectStore(address, first_pause_s=0)
    (name,) = store.names("one/objects/*/*")
    store.put(name, b"[]\n")
    with pytest.raises(StoreError, match="whose SHA-256 is not"):
        fetch_from(store, "one")


def test_an_index_that_leaves_the_folder_is_refused(tmp_path: Path, address: str) -> None:
    run = upload(tmp_path / "one", address, "{}\n")
    store = ObjectStore(address)
    (index,) = node_indexes(store, "one")
    (last,) = index_names(store.names("one/nodes/*/*.json"))[index.node]
    data = encode_index(replace(index, files={"../../calls-0.jsonl": index.files["calls-0.jsonl"]}))
    store.put(str(next_index_name("one", index.node, last, data)), data)
    with pytest.raises(LocalError, match="which is no file of a run folder"):
        fetch_run(run)


def test_half_an_index_is_passed_over(tmp_path: Path, address: str) -> None:
    run = upload(tmp_path / "one", address, "{}\n")
    store = ObjectStore(address)
    (index,) = node_indexes(store, "one")
    (last,) = index_names(store.names("one/nodes/*/*.json"))[index.node]
    data = encode_index(replace(index, is_running=True))
    store.put(str(next_index_name("one", index.node, last, data)), data[: len(data) // 2])
    assert (fetch_run(run) / "calls-0.jsonl").read_text() == "{}\n"
    store.delete([str(last)])
    with pytest.raises(LocalError, match="is damaged, and no earlier index is there"):
        fetch_run(run)


def test_a_half_written_copy_is_made_whole(tmp_path: Path, address: str) -> None:
    run = upload(tmp_path / "one", address, '{"a": 1}\n')
    folder = fetch_run(run)
    (folder / ".fetched.json").unlink()
    (folder / "calls-0.jsonl").write_text('{"a"')
    assert (fetch_run(run) / "calls-0.jsonl").read_text() == '{"a": 1}\n'


def test_an_index_that_its_node_replaced_meanwhile_is_read_anew(tmp_path: Path, address: str) -> None:
    """Also by a session or worker that begins while others upload: its uploads must not end there."""
    upload(tmp_path / "one", address, '{"a": 1}\n')
    store = ObjectStore(address, first_pause_s=0)
    ((node, listed),) = index_names(store.names("one/nodes/*/*.json")).items()
    first, index = current_index(store, listed)
    data = encode_index(replace(index, is_running=True))
    store.put(str(next_index_name("one", node, first, data)), data)
    store.delete([str(first)])
    assert current_index(store, listed)[1].is_running
    store.delete(store.names("one/nodes/*/*.json"))
    with pytest.raises(StoreError, match=f"the index of {node} changes while it is read"):
        current_index(store, listed)
