"""A run folder goes to a store in parts: whole lines, visible by the index alone, and every part once."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.store.remote.download import node_indexes
from harness.store.remote.fetch import fetch_run
from harness.store.remote.link import StoreLink, fetched_link, new_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.upload import RunUploader, run_files


def uploader(folder: Path, link: StoreLink, *, part_bytes: int = 1000) -> RunUploader:
    return RunUploader(folder, link, ObjectStore(link.address), part_bytes=part_bytes)


def write(folder: Path, name: str, text: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a", encoding="utf-8") as file:
        file.write(text)


def test_lines_are_uploaded_as_they_come_and_read_as_one_file(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    upload = uploader(folder, link)
    write(folder, "manifest.json", "{}")
    write(folder, "calls-0.jsonl", '{"a": 1}\n{"b":')
    upload.sync(is_running=True)
    fetched = fetch_run(link.run_address)
    assert (fetched / "calls-0.jsonl").read_text() == '{"a": 1}\n'  # the line that is being written is not there yet
    write(folder, "calls-0.jsonl", " 2}\n")
    upload.sync(is_running=False)
    assert fetch_run(link.run_address) == fetched
    assert (fetched / "calls-0.jsonl").read_text() == '{"a": 1}\n{"b": 2}\n'
    assert upload.pending() == {}
    # 2 parts of the log, the manifest, nothing twice
    assert len(ObjectStore(address).names("run/objects/*/*")) == 3


def test_a_large_file_is_cut_at_line_ends(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    write(folder, "calls-0.jsonl", "".join(f'{{"n": {number:04}}}\n' for number in range(10)))  # 12 bytes a line
    uploader(folder, link, part_bytes=30).sync(is_running=True)
    store = ObjectStore(address)
    sizes = [len(store.get(name)) for name in store.names("run/objects/*/*")]
    assert sizes == [24] * 5  # two whole lines in at most 30 bytes
    assert (fetch_run(link.run_address) / "calls-0.jsonl").read_bytes() == (folder / "calls-0.jsonl").read_bytes()


def test_a_new_process_goes_on_where_the_old_one_was_killed(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    write(folder, "calls-0.jsonl", '{"a": 1}\n')
    uploader(folder, link).sync(is_running=True)
    write(folder, "calls-0.jsonl", '{"b": 2}\n')
    again = uploader(folder, link)
    again.connect()
    assert again.pending() == {"calls-0.jsonl": 9}
    again.sync(is_running=False)
    assert (fetch_run(link.run_address) / "calls-0.jsonl").read_text() == '{"a": 1}\n{"b": 2}\n'


def test_lines_that_a_power_cut_took_come_back(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    write(folder, "calls-0.jsonl", '{"a": 1}\n{"b": 2}\n')
    uploader(folder, link).sync(is_running=True)
    (folder / "calls-0.jsonl").write_text('{"a": 1}\n{"b"')
    uploader(folder, link).connect()
    assert (folder / "calls-0.jsonl").read_text() == '{"a": 1}\n{"b": 2}\n'


def test_other_lines_than_those_uploaded_are_refused(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    write(folder, "calls-0.jsonl", '{"a": 1}\n')
    uploader(folder, link).sync(is_running=True)
    (folder / "calls-0.jsonl").write_text('{"z": 9}\n')
    with pytest.raises(LocalError, match="hold different lines"):
        uploader(folder, link).connect()


def test_another_run_of_the_same_name_is_refused(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "run"
    write(folder, "calls-0.jsonl", '{"a": 1}\n')
    uploader(folder, new_link(address, "run")).sync(is_running=False)
    with pytest.raises(LocalError, match="is another run"):
        uploader(folder, new_link(address, "run")).connect()


def test_a_copy_that_lacks_the_lines_of_another_node_is_stale(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    write(folder, "calls-0.jsonl", '{"a": 1}\n')
    first = uploader(folder, link)
    first.sync(is_running=False)
    store = ObjectStore(address)
    known = {index.node: index.lines_digest for index in node_indexes(store, "run")}
    other = fetched_link(address, "run", run_id=link.run_id, base={"calls-0.jsonl": 9}, base_nodes=known)
    write(tmp_path / "other", "calls-0.jsonl", '{"a": 1}\n')
    write(tmp_path / "other", "calls-1.jsonl", '{"b": 2}\n')
    second = uploader(tmp_path / "other", other)
    second.connect()
    second.refuse_stale()
    second.sync(is_running=False)
    first.connect()
    with pytest.raises(LocalError, match=f"{other.node} resumed .* lacks its answers"):
        first.refuse_stale()
    first.sync(is_running=True)  # an index without a new line makes nobody stale
    second.connect()
    second.refuse_stale()


def test_a_file_that_is_rewritten_replaces_its_object(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    write(folder, "manifest.json", "{}")
    upload = uploader(folder, link)
    upload.sync(is_running=True)
    (folder / "manifest.json").write_text('{"max_usd": 1}')
    upload.sync(is_running=True)
    assert (fetch_run(link.run_address) / "manifest.json").read_text() == '{"max_usd": 1}'
    assert len(ObjectStore(address).names("run/objects/*/*")) == 1


def test_small_additions_wait_for_their_time(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    write(folder, "calls-0.jsonl", '{"a": 1}\n')
    upload = uploader(folder, link)
    upload.sync(min_bytes=10, is_running=True)
    assert upload.pending() == {"calls-0.jsonl": 9}
    write(folder, "calls-0.jsonl", '{"b": 2}\n')
    upload.sync(min_bytes=10, is_running=True)
    assert upload.pending() == {}


def test_a_step_of_a_batch_waits_for_nothing(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    upload = uploader(folder, link)
    write(folder, "calls-0.jsonl", '{"sent": 1}\n')
    upload.sync(min_bytes=1000, is_running=True)
    assert upload.pending() == {"calls-0.jsonl": 12}
    write(folder, "batches.jsonl", '{"batch": 1}\n')
    upload.sync(min_bytes=1000, is_running=True)
    assert upload.pending() == {}
    assert (fetch_run(link.run_address) / "batches.jsonl").read_text() == '{"batch": 1}\n'


def test_many_small_uploads_become_one_object(tmp_path: Path, address: str) -> None:
    folder, link = tmp_path / "run", new_link(address, "run")
    upload = uploader(folder, link)  # parts of 1,000 bytes: below 63 bytes one is small
    for number in range(50):
        write(folder, "calls-0.jsonl", f'{{"n": {number:04}}}\n')  # 12 bytes
        upload.sync(is_running=True)
        assert (fetch_run(link.run_address) / "calls-0.jsonl").read_bytes() == (folder / "calls-0.jsonl").read_bytes()
    # 16 x 12 = 192 bytes after 16, 32 and 48 uploads, which are not small any more, and 2 small ones
    store = ObjectStore(address)
    sizes = sorted(len(store.get(name)) for name in store.names("run/objects/*/*"))
    assert sizes == [12, 12, 192, 192, 192]


def test_locks_caches_and_the_link_stay_here(tmp_path: Path) -> None:
    for name in (".lock", "jobs.cache.parquet", "manifest.json.partial", "store.json", "calls-0.jsonl"):
        write(tmp_path, name, "x")
    assert [name for name, _ in run_files(tmp_path)] == ["calls-0.jsonl"]
