"""Runs are downloaded once, checked, and continued from where the last download ended."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LocalError, UsageError
from harness.store.remote import object_store
from harness.store.remote.fetch import fetch_run, run_names
from harness.store.remote.link import new_link
from harness.store.remote.object_store import ObjectStore, StoreError
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


def test_an_object_with_other_bytes_is_refused(tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "FIRST_PAUSE_S", 0.0)
    run = upload(tmp_path / "one", address, "{}\n")
    store = ObjectStore(address)
    (name,) = store.names("one/objects/*")
    store.put(name, b"[]\n")
    with pytest.raises(StoreError, match="whose SHA-256 is not"):
        fetch_run(run)


def test_an_index_that_leaves_the_folder_is_refused(tmp_path: Path, address: str) -> None:
    run = upload(tmp_path / "one", address, "{}\n")
    store = ObjectStore(address)
    (name,) = store.names("one/nodes/*.json")
    store.put(name, store.get(name).replace(b"calls-0.jsonl", b"../../calls-0.jsonl"))
    with pytest.raises(LocalError, match="which is no file of a run folder"):
        fetch_run(run)


def test_a_half_written_copy_is_made_whole(tmp_path: Path, address: str) -> None:
    run = upload(tmp_path / "one", address, '{"a": 1}\n')
    folder = fetch_run(run)
    (folder / ".fetched.json").unlink()
    (folder / "calls-0.jsonl").write_text('{"a"')
    assert (fetch_run(run) / "calls-0.jsonl").read_text() == '{"a": 1}\n'
