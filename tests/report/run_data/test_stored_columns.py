"""Reports of a run in a store come from its columns; they say what those of its folder say, of its last state."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from harness.cli.session.run_store import put_job_columns
from harness.core.errors import EXIT_OK
from harness.core.types import FailureKind, Usage, Verdict
from harness.report.run_data.cache import JobCache
from harness.report.run_data.columns import columns_of
from harness.report.run_data.load import RunData
from harness.report.run_data.stored_columns import stored_blocks
from harness.store.remote.fetch import fetch_run
from harness.store.remote.link import new_link, write_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.upload import RunUploader
from harness.store.run_dir import RunDir
from tests.commands import run_here
from tests.report.runs import RunWriter, answer, endpoint, failure

ONE = endpoint()


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A store with a run of six jobs, one of them lost, and its columns; the folder is `results/r`."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    writer = RunWriter(tmp_path / "results" / "r", endpoints=[ONE], samples=6)
    writer.job(ONE, 0, [failure(FailureKind.OVERLOADED), answer()], Verdict.CORRECT, said="42")
    writer.job(ONE, 1, [failure(said="说不出")])
    for number in range(2, 5):
        usage = Usage(prompt_tokens=1000 + number, completion_tokens=100, cached_tokens=number)
        writer.job(ONE, number, [answer(usage=usage)], Verdict.WRONG, said=f"{number} ≠ 1")
    writer.job(ONE, 5, [], lost=1)
    writer.close()
    place = f"memory://{secrets.token_hex(6)}/team"
    push(tmp_path / "results" / "r", place)
    return place


def push(folder: Path, place: str) -> None:
    """As `harness runs push`, with columns however small the run is."""
    run, link = RunDir(folder), new_link(place, "r")
    write_link(folder, link)
    uploader = RunUploader(folder, link, ObjectStore(place))
    uploader.sync(is_running=False)
    data = RunData.load(run)
    writer = JobCache(run).writer()
    writer.add(columns_of(list(data.records())))
    writer.finish(data.lost)
    put_job_columns(uploader, run)


@pytest.mark.parametrize("command", ["report", "compare"])
def test_the_tables_are_those_of_the_folder_and_the_log_stays_in_the_store(
    tmp_path: Path, address: str, command: str
) -> None:
    here = run_here(command, "results/r", "--format", "json", cwd=tmp_path)
    there = run_here(command, f"{address}/r", "--format", "json", cwd=tmp_path)
    assert there.returncode == EXIT_OK, there.stderr
    assert there.stdout == here.stdout
    assert not list((tmp_path / "cache").rglob("calls-*"))


def test_jobs_are_equal_in_value_type_and_order(tmp_path: Path, address: str) -> None:
    local, stored = RunData.load(tmp_path / "results" / "r"), RunData.load(copy_of(address))
    jobs, from_store = list(local.records()), list(stored.records())
    assert from_store == jobs
    assert [[type(value) for value in one] for one in from_store] == [[type(value) for value in one] for one in jobs]
    assert stored.lost == local.lost
    assert len(stored.lost.sent) == 1


def copy_of(address: str) -> Path:
    """The folder that a reading command works on."""
    from harness.cli.options.run_argument import run_path

    folder = run_path(f"{address}/r")
    assert RunDir(folder).is_columns_only
    return folder


def test_texts_are_fetched_when_they_are_asked_for(tmp_path: Path, address: str) -> None:
    folder = copy_of(address)
    run = RunDir(folder)
    assert len(run.samples()) == 6
    assert not run.is_columns_only
    assert [path.read_bytes() for path in run.call_files()] == [
        path.read_bytes() for path in RunDir(tmp_path / "results" / "r").call_files()
    ]
    assert stored_blocks(run) is None
    again = copy_of(address)  # the next report reads columns again, and not the copy of before
    assert not (again / "grades.jsonl").exists()


def test_columns_of_an_earlier_state_or_of_other_code_are_passed_over(tmp_path: Path, address: str) -> None:
    folder = tmp_path / "results" / "r"
    assert not RunDir(fetch_run(f"{address}/r", derived_by="another version")).is_columns_only
    with (folder / "grades.jsonl").open("a") as grades:
        grades.write((folder / "grades.jsonl").read_text().splitlines(keepends=True)[0])
    push_lines = run_here("runs", "push", "r", cwd=tmp_path)
    assert push_lines.returncode == EXIT_OK, push_lines.stderr
    there = run_here("report", f"{address}/r", cwd=tmp_path)
    assert there.returncode == EXIT_OK, there.stderr
    assert list((tmp_path / "cache").rglob("calls-*"))  # a small run has no columns of its new state: its log is read
