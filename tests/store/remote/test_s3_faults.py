"""Runs into S3 (moto) that answers 503, slowly, with cut or half uploads, and processes killed on the way."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK
from harness.store.remote.columns import StoredColumns, put_columns
from harness.store.remote.fetch import fetch_from
from harness.store.remote.link import new_link
from harness.store.remote.object_store import ObjectStore, StoreError
from harness.store.remote.upload import RunUploader
from tests.cli.session.scripted_endpoint import PRICE, Answer, ScriptedEndpoint, scripted
from tests.store.remote.faulty_s3 import BUCKET, Fault, FaultyS3, environment, faulty_s3, healthy, seeded
from tests.store.remote.test_columns import parquet
from tests.waiting import wait_until

pytestmark = [pytest.mark.slow(30), pytest.mark.timeout(300)]

SAMPLES = 120
NEW_RUN = ("run", "sums.jsonl", "--grader", "math", "-m", "odd/m", "--name", "r", "--upload-every", "0.2s", "--results")


@pytest.fixture(scope="module")
def s3() -> Iterator[FaultyS3]:
    with faulty_s3() as proxy:
        yield proxy


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[ScriptedEndpoint]:
    """A model that answers each of the sums of `sums.jsonl` in 50 ms, 4 at a time."""
    with scripted(m=lambda number: Answer(seconds=0.05)) as found:
        (tmp_path / "providers.yaml").write_text(
            f"providers: {{odd: {{base_url: '{found.url}', dialect: generic, limits: {{max_concurrency: 4}}, "
            f"models: {{m: {{stream: false, price: {PRICE}}}}}}}}}"
        )
        rows = ({"id": f"s{n:03}", "prompt": f"What is {n} + 2?", "answer": str(n + 2)} for n in range(SAMPLES))
        (tmp_path / "sums.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        yield found


@contextlib.contextmanager
def command(folder: Path, s3: FaultyS3, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a process of its own."""
    environ = {**os.environ, **environment(s3), "XDG_CACHE_HOME": str(folder / "cache")}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words], cwd=folder, env=environ, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(folder: Path, s3: FaultyS3, *words: str) -> tuple[int, str, str]:
    with command(folder, s3, *words) as process:
        out, err = process.communicate()
    return process.returncode, out, err


def fetched_lines(folder: Path, s3: FaultyS3, address: str) -> Counter[str]:
    """The lines of the call log that the store gives a reader on another machine."""
    code, _, err = ended(folder, s3, "report", f"{address}/r")
    assert code == EXIT_OK, err
    return lines_of(next((folder / "cache").rglob("r")))


def lines_of(run: Path) -> Counter[str]:
    return Counter(line for path in run.glob("calls-*.jsonl") for line in path.read_text().splitlines())


@pytest.fixture
def address(s3: FaultyS3, tmp_path: Path) -> str:
    """An empty place in the store, which works."""
    s3.policy = healthy
    s3.held.clear()
    s3.release.clear()
    s3.seen.clear()
    return f"s3://{BUCKET}/{tmp_path.name}"


def test_a_listing_that_fails_is_no_empty_store(s3: FaultyS3, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that seems not to be there would be begun anew, below the number of the one that readers take."""
    for name, value in environment(s3).items():
        monkeypatch.setenv(name, value)
    store = ObjectStore(address, first_pause_s=0.001)
    store.put("r/nodes/n/00000007-0123456789abcdef.json", b"{}")
    for fault in (Fault.BUSY, Fault.CUT_DOWNLOAD):
        s3.policy = lambda method, path, fault=fault: fault  # type: ignore[misc]
        with pytest.raises(StoreError, match="cannot list its objects"):
            store.names("r/nodes/*/*.json")
    s3.policy = healthy
    assert store.names("r/nodes/*/*.json") == ["r/nodes/n/00000007-0123456789abcdef.json"]


def test_columns_are_read_whole_through_503_and_cut_downloads(
    s3: FaultyS3, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(s3).items():
        monkeypatch.setenv(name, value)
    store = ObjectStore(address, first_pause_s=0.001)
    put_columns(store, "r/columns/x.parquet", parquet())
    s3.policy = seeded(3, share=0.3)
    columns = StoredColumns(store, "r/columns/x.parquet", chunk_bytes=2000)
    assert columns.column("n", 0, columns.count).to_pylist() == list(range(columns.count))
    assert s3.seen[Fault.BUSY] + s3.seen[Fault.CUT_DOWNLOAD] > 0


@pytest.mark.parametrize("seed", range(2))
def test_readers_see_whole_lines_and_in_the_end_all(
    seed: int, s3: FaultyS3, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**environment(s3), "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "r"
    folder.mkdir()
    upload = RunUploader(folder, new_link(address, "r"), ObjectStore(address, first_pause_s=0.001), part_bytes=300)
    reader = ObjectStore(address, first_pause_s=0.001)
    is_published, failed, written = False, 0, ""
    for number in range(15):
        written += "".join(f'{{"n": "{number}.{line}"}}\n' for line in range(number % 7 * 5 + 1))
        (folder / "calls-0.jsonl").write_text(written + '{"half')
        s3.policy = seeded(50 * seed + number, share=0.6)
        try:
            upload.sync(is_running=True)
            is_published = True
        except StoreError:
            failed += 1
        s3.policy = healthy
        if is_published:
            seen = (fetch_from(reader, "r") / "calls-0.jsonl").read_text()
            assert written.startswith(seen)
            assert seen.endswith("\n")
    upload.sync(is_running=False)
    assert (fetch_from(reader, "r") / "calls-0.jsonl").read_text() == written
    assert failed > 0
    assert all(s3.seen[fault] > 0 for fault in Fault if fault is not Fault.HOLD)


def test_a_run_into_a_failing_store_bills_no_call_twice_and_names_no_key(
    s3: FaultyS3, address: str, tmp_path: Path, endpoint: ScriptedEndpoint
) -> None:
    s3.policy = seeded(1, share=0.3)
    code, out, err = ended(tmp_path, s3, *NEW_RUN, address)
    s3.policy = healthy
    assert code in (EXIT_OK, EXIT_INCOMPLETE), err
    assert ("not uploaded:" in err) == (code == EXIT_INCOMPLETE)
    assert ended(tmp_path, s3, "run", "--resume", "results/r")[0] == EXIT_OK
    assert len(endpoint.asked["m"]) == SAMPLES
    assert fetched_lines(tmp_path, s3, address) == lines_of(tmp_path / "results" / "r")
    secret = environment(s3)["AWS_SECRET_ACCESS_KEY"]
    assert secret not in err + out
    assert not any(secret.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_an_unreachable_store_stops_nothing_and_is_named(
    s3: FaultyS3, address: str, tmp_path: Path, endpoint: ScriptedEndpoint
) -> None:
    s3.policy = lambda method, path: Fault.BUSY
    code, out, err = ended(tmp_path, s3, *NEW_RUN, address)
    assert code == EXIT_INCOMPLETE
    assert "100%" in out
    assert "the run goes on in this machine's folder" in err
    assert "of results/r, " in err
    assert "upload with: harness runs push results/r" in err
    s3.policy = healthy
    assert ended(tmp_path, s3, "run", "--resume", "results/r")[0] == EXIT_OK
    assert len(endpoint.asked["m"]) == SAMPLES
    assert fetched_lines(tmp_path, s3, address) == lines_of(tmp_path / "results" / "r")


@pytest.mark.parametrize("after", [0, 3])
def test_a_process_killed_in_the_middle_of_an_upload_loses_nothing(
    after: int, s3: FaultyS3, address: str, tmp_path: Path, endpoint: ScriptedEndpoint
) -> None:
    """kill -9 while the store has half of a body, of one of the uploads after a quarter of the run."""
    puts = itertools.count()

    def hold(method: str, path: str) -> Fault:
        is_counted = method == "PUT" and len(endpoint.asked.get("m", ())) > SAMPLES // 4
        return Fault.HOLD if is_counted and next(puts) == after else Fault.NONE

    s3.policy = hold
    with command(tmp_path, s3, *NEW_RUN, address) as process:
        wait_until(s3.held.is_set, f"PUT number {after}")
        process.kill()
        process.wait()
    s3.release.set()
    s3.policy = healthy
    killed = lines_of(tmp_path / "results" / "r")
    assert 0 < sum('"outcome"' in line for line in killed) < SAMPLES
    code, _, err = ended(tmp_path, s3, "run", "--resume", "results/r")
    assert code == EXIT_OK, err
    stored = fetched_lines(tmp_path, s3, address)
    assert stored == lines_of(tmp_path / "results" / "r")
    assert killed <= stored
    outcomes = [json.loads(line)["head"]["key"] for line in stored if '"kind":"outcome"' in line]
    assert len(outcomes) == len(set(outcomes)) == SAMPLES
    # At most the 4 in flight at the kill were asked again: their outcome is unknown.
    assert SAMPLES <= len(endpoint.asked["m"]) <= SAMPLES + 4
