"""Runs into S3 and Google's store: answers of 503 and 403, slow, cut and half uploads, processes killed on the way."""

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

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
from harness.store.remote.columns import StoredColumns, put_columns
from harness.store.remote.fetch import fetch_from
from harness.store.remote.link import new_link
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.store_errors import StoreError
from harness.store.remote.upload import RunUploader
from tests.cli.session.scripted_endpoint import PRICE, Answer, ScriptedEndpoint, scripted
from tests.commands import run_here
from tests.store.remote.faulty_store import (
    BUCKET,
    Fault,
    FaultyStore,
    environment,
    faulty_gs,
    faulty_s3,
    healthy,
    is_upload,
    seeded,
)
from tests.store.remote.test_columns import parquet
from tests.waiting import wait_until

pytestmark = pytest.mark.slow(30)

SAMPLES = 120
NEW_RUN = ("run", "sums.jsonl", "--grader", "math", "-m", "odd/m", "--name", "r", "--upload-every", "0.2s", "--results")


@pytest.fixture(scope="module", params=[faulty_s3, faulty_gs], ids=["s3", "gs"])
def faulty(request: pytest.FixtureRequest) -> Iterator[FaultyStore]:
    with request.param() as proxy:
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
def command(folder: Path, faulty: FaultyStore, *words: str) -> Iterator[subprocess.Popen[str]]:
    """A command as a process of its own."""
    environ = {**os.environ, **environment(faulty), "XDG_CACHE_HOME": str(folder / "cache")}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [sys.executable, "-m", "harness", *words], cwd=folder, env=environ, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended(folder: Path, faulty: FaultyStore, *words: str) -> tuple[int, str, str]:
    with command(folder, faulty, *words) as process:
        out, err = process.communicate()
    return process.returncode, out, err


def fetched_lines(folder: Path, faulty: FaultyStore, address: str) -> Counter[str]:
    """The lines of the call log that the store gives a reader on another machine."""
    code, _, err = ended(folder, faulty, "report", f"{address}/r")
    assert code == EXIT_OK, err
    return lines_of(next((folder / "cache").rglob("r")))


def lines_of(run: Path) -> Counter[str]:
    return Counter(line for path in run.glob("calls-*.jsonl") for line in path.read_text().splitlines())


@pytest.fixture
def address(faulty: FaultyStore, tmp_path: Path) -> str:
    """An empty place in the store, which works."""
    faulty.policy = healthy
    faulty.held.clear()
    faulty.release.clear()
    faulty.seen.clear()
    return f"{faulty.scheme}://{BUCKET}/{tmp_path.name}"


def test_a_listing_that_fails_is_no_empty_store(
    faulty: FaultyStore, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that seems not to be there would be begun anew, below the number of the one that readers take."""
    for name, value in environment(faulty).items():
        monkeypatch.setenv(name, value)
    store = ObjectStore(address, first_pause_s=0.001)
    store.put("r/nodes/n/00000007-0123456789abcdef.json", b"{}")
    for fault in (Fault.BUSY, Fault.CUT_DOWNLOAD):
        faulty.policy = lambda method, path, fault=fault: fault  # type: ignore[misc]
        with pytest.raises(StoreError, match="cannot list its objects"):
            store.names("r/nodes/*/*.json")
    faulty.policy = healthy
    assert store.names("r/nodes/*/*.json") == ["r/nodes/n/00000007-0123456789abcdef.json"]


def test_a_missing_bucket_and_refused_access_are_named_by_every_command(
    faulty: FaultyStore, address: str, tmp_path: Path, endpoint: ScriptedEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**environment(faulty), "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)

    def said(store: str) -> set[str]:
        commands = [
            *(("runs", *words, "--store", store) for words in (["list"], ["show", "r"], ["prune", "r"])),
            ("runs", "prune", "--older-than", "1d", "--store", store),
            ("runs", "pull", f"{store}/r"),
            ("runs", "merge", f"{store}/r", f"{store}/q", "--name", "m"),
            ("report", f"{store}/r"),
            (*NEW_RUN, store),
        ]
        done = [run_here(*words, cwd=tmp_path) for words in commands]
        assert {one.returncode for one in done} == {EXIT_USAGE}
        return {one.stderr for one in done}

    for text in said(f"{faulty.scheme}://none/team"):
        assert f"{faulty.scheme}://none/team: cannot list its " in text
        assert f"the bucket does not exist; accepted: an existing one, as {faulty.scheme}://BUCKET/PATH" in text
    assert run_here("runs", "list", "--store", address, cwd=tmp_path).stdout == f"0 runs in {address}\n"
    faulty.policy = lambda method, path: Fault.REFUSED
    for text in said(address):
        assert "access is refused; accepted: credentials that may list, read, write and delete there" in text
    assert not endpoint.asked


def test_columns_are_read_whole_through_503_and_cut_downloads(
    faulty: FaultyStore, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(faulty).items():
        monkeypatch.setenv(name, value)
    store = ObjectStore(address, first_pause_s=0.001)
    put_columns(store, "r/columns/x.parquet", parquet())
    faulty.policy = seeded(3, share=0.3)
    columns = StoredColumns(store, "r/columns/x.parquet", chunk_bytes=2000)
    assert columns.column("n", 0, columns.count).to_pylist() == list(range(columns.count))
    assert faulty.seen[Fault.BUSY] + faulty.seen[Fault.CUT_DOWNLOAD] > 0


def test_readers_see_whole_lines_and_in_the_end_all(
    faulty: FaultyStore, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**environment(faulty), "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "r"
    folder.mkdir()
    upload = RunUploader(folder, new_link(address, "r"), ObjectStore(address, first_pause_s=0.001), part_bytes=300)
    reader = ObjectStore(address, first_pause_s=0.001)
    is_published, failed, written = False, 0, ""
    for number in range(15):
        written += "".join(f'{{"n": "{number}.{line}"}}\n' for line in range(number % 7 * 5 + 1))
        (folder / "calls-0.jsonl").write_text(written + '{"half')
        faulty.policy = seeded(number, share=0.6)
        try:
            upload.sync(is_running=True)
            is_published = True
        except StoreError:
            failed += 1
        faulty.policy = healthy
        if is_published:
            seen = (fetch_from(reader, "r") / "calls-0.jsonl").read_text()
            assert written.startswith(seen)
            assert seen.endswith("\n")
    upload.sync(is_running=False)
    assert (fetch_from(reader, "r") / "calls-0.jsonl").read_text() == written
    assert failed > 0
    assert all(faulty.seen[fault] > 0 for fault in Fault if fault not in (Fault.HOLD, Fault.REFUSED))


def test_a_run_into_a_failing_store_bills_no_call_twice_and_names_no_key(
    faulty: FaultyStore, address: str, tmp_path: Path, endpoint: ScriptedEndpoint
) -> None:
    faulty.policy = seeded(1, share=0.3)
    code, out, err = ended(tmp_path, faulty, *NEW_RUN, address)
    faulty.policy = healthy
    assert code in (EXIT_OK, EXIT_INCOMPLETE), err
    assert ("upload with: harness runs push" in err) == (code == EXIT_INCOMPLETE)  # files, or the catalogue alone
    assert ended(tmp_path, faulty, "run", "--resume", "results/r")[0] == EXIT_OK
    assert len(endpoint.asked["m"]) == SAMPLES
    assert fetched_lines(tmp_path, faulty, address) == lines_of(tmp_path / "results" / "r")
    secret = environment(faulty).get("AWS_SECRET_ACCESS_KEY")
    if secret is not None:
        assert secret not in err + out
        assert not any(secret.encode() in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_an_unreachable_store_stops_nothing_and_is_named(
    faulty: FaultyStore, address: str, tmp_path: Path, endpoint: ScriptedEndpoint
) -> None:
    faulty.policy = lambda method, path: Fault.BUSY
    code, out, err = ended(tmp_path, faulty, *NEW_RUN, address)
    assert code == EXIT_INCOMPLETE
    assert "100%" in out
    assert "the run goes on in this machine's folder" in err
    assert "of results/r, " in err
    assert "upload with: harness runs push results/r" in err
    faulty.policy = healthy
    assert ended(tmp_path, faulty, "run", "--resume", "results/r")[0] == EXIT_OK
    assert len(endpoint.asked["m"]) == SAMPLES
    assert fetched_lines(tmp_path, faulty, address) == lines_of(tmp_path / "results" / "r")


@pytest.mark.parametrize("after", [0, 3])
def test_a_process_killed_in_the_middle_of_an_upload_loses_nothing(
    after: int, faulty: FaultyStore, address: str, tmp_path: Path, endpoint: ScriptedEndpoint
) -> None:
    """kill -9 while the store has half of a body, of one of the uploads after a quarter of the run."""
    puts = itertools.count()

    def hold(method: str, path: str) -> Fault:
        is_counted = is_upload(method, path) and len(endpoint.asked.get("m", ())) > SAMPLES // 4
        return Fault.HOLD if is_counted and next(puts) == after else Fault.NONE

    faulty.policy = hold
    with command(tmp_path, faulty, *NEW_RUN, address) as process:
        wait_until(faulty.held.is_set, f"PUT number {after}")
        process.kill()
        process.wait()
    faulty.release.set()
    faulty.policy = healthy
    killed = lines_of(tmp_path / "results" / "r")
    assert 0 < sum('"outcome"' in line for line in killed) < SAMPLES
    code, _, err = ended(tmp_path, faulty, "run", "--resume", "results/r")
    assert code == EXIT_OK, err
    stored = fetched_lines(tmp_path, faulty, address)
    assert stored == lines_of(tmp_path / "results" / "r")
    assert killed <= stored
    outcomes = [json.loads(line)["head"]["key"] for line in stored if '"kind":"outcome"' in line]
    assert len(outcomes) == len(set(outcomes)) == SAMPLES
    # At most the 4 in flight at the kill were asked again: their outcome is unknown.
    assert SAMPLES <= len(endpoint.asked["m"]) <= SAMPLES + 4
