"""A Ray cluster whose nodes share no folder: each records on its own disk and uploads to a store that fails at times.

The store is moto behind tests/store/remote/faulty_store; every node has a folder of its own (HARNESS_NODE_RESULTS).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.kills import check_run
from benchmarks.simulated_runs import Job, write_task
from benchmarks.worker_runs import cluster_environment
from harness.cli.run_store.transfer import AT_WORK
from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE, LocalError
from harness.run.distributed.node_disk import VARIABLE, NodeUpload, node_folder, place_on_disk, uses_own_disk
from harness.run.distributed.probe import write_probe
from harness.store.leases import open_leases
from harness.store.remote.download import newest_index
from harness.store.remote.link import new_link, read_link
from harness.store.remote.node_index import encode_index, index_names, next_index_name
from harness.store.remote.object_store import ObjectStore
from harness.store.run_dir import RunDir
from harness.store.segment_lock import held_among
from tests.run.distributed.recorded import lines
from tests.run.distributed.worker_specs import worker_spec
from tests.store.remote.faulty_store import BUCKET, Fault, FaultyStore, environment, faulty_s3, healthy, seeded
from tests.waiting import wait_until

JOB = Job(samples=400)
ENOUGH = 20
RUN = ("sums.jsonl", "--grader", "math", "-m", "sim/steady", "-m", "sim/shaky", "--quiet", "--name", "r")


class Cluster:
    """A head without workers, and nodes with one each; a node that returns finds the folder of its name again."""

    def __init__(self, place: Path) -> None:
        from ray.cluster_utils import Cluster as RayCluster

        self.place = place
        size = {"object_store_memory": 80 * 2**20, "include_dashboard": False}
        self._size = size
        self._ray = RayCluster(initialize_head=True, head_node_args={"num_cpus": 0, **size})
        self.address = self._ray.address

    def add(self, name: str) -> Any:
        """Start a node with a disk of its own."""
        node = self._ray.add_node(num_cpus=1, env_vars={VARIABLE: str(self.place / name)}, **self._size)
        self._ray.wait_for_nodes()
        return node

    def kill(self, node: Any) -> None:
        """kill -9 of a node's processes."""
        self._ray.remove_node(node, allow_graceful=False)

    def close(self) -> None:
        self._ray.shutdown()


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyStore]:
    with faulty_s3() as proxy:
        for name, value in {**environment(proxy), **cluster_environment()}.items():
            monkeypatch.setenv(name, value)
        yield proxy


@pytest.fixture
def cluster(s3: FaultyStore, tmp_path: Path) -> Iterator[Cluster]:
    """Without any node yet; `head` in the test's folder is where the session runs."""
    (tmp_path / "head").mkdir()
    write_task(tmp_path / "head", JOB)
    with contextlib.closing(Cluster(tmp_path)) as made:
        yield made


@contextlib.contextmanager
def running(cluster: Cluster, *options: str) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "harness", "run", *options]
    words += ["--engine", "ray", "--ray-address", cluster.address, "--workers", "2"]
    environ = {**os.environ, "XDG_CACHE_HOME": str(cluster.place / "cache")}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        words, cwd=cluster.place / "head", env=environ, stdout=pipe, stderr=pipe, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def outcomes(folder: Path) -> int:
    """Outcomes in all segments below a folder."""
    return sum(path.read_bytes().count(b'"kind":"outcome"') for path in folder.rglob("calls-*.jsonl"))


def busy(place: Path, nodes: Iterable[str]) -> list[str]:
    """The nodes with some outcomes on their disk."""
    return [name for name in nodes if outcomes(place / name) >= ENOUGH]


@pytest.mark.slow(120)
def test_a_lost_node_s_jobs_wait_for_it_and_nothing_is_sent_twice(
    cluster: Cluster, s3: FaultyStore, tmp_path: Path
) -> None:
    nodes = {name: cluster.add(name) for name in ("first", "second")}
    s3.policy = seeded(7, share=0.2)
    # An hour between uploads: when the node is lost, all that it has done is on its disk alone.
    with running(cluster, *RUN, "--results", f"s3://{BUCKET}/t", "--upload-every", "1h") as process:
        wait_until(lambda: process.poll() is not None or busy(tmp_path, nodes), "outcomes on a node's disk")
        (name, *_) = busy(tmp_path, nodes)
        cluster.kill(nodes[name])
        _, said = process.communicate()
    assert process.returncode == EXIT_INCOMPLETE, said
    assert "not all records of 1 worker have arrived (calls-" in said
    run = RunDir(tmp_path / "head" / "results" / "r")
    (lost,) = open_leases(run.path)
    assert not (run.path / lost).exists()
    on_disk = outcomes(tmp_path / name)
    finals = outcomes(run.path)

    # Without the node nothing of what it had is sent.
    with running(cluster, "--resume", "results/r", "--quiet") as process:
        assert process.wait() == EXIT_INCOMPLETE
    assert list(open_leases(run.path)) == [lost]
    assert outcomes(run.path) == finals

    cluster.add(name)
    with running(cluster, "--resume", "results/r", "--quiet") as process:
        _, said = process.communicate()
    assert process.returncode in (EXIT_OK, EXIT_INCOMPLETE), said
    assert open_leases(run.path) == {}, said
    assert (run.path / lost).read_bytes().count(b'"kind":"outcome"') == on_disk >= ENOUGH
    check_run(run, jobs=JOB.calls)  # every job once, no attempt after an answer, bills of the ledger covered
    assert s3.seen[Fault.BUSY] + s3.seen[Fault.CUT_UPLOAD] + s3.seen[Fault.HALF_UPLOAD] > 0

    stamps = {path.name: stamped(run.path, path.name) for path in run.call_files()}
    for segment, stamped_by in stamps.items():
        assert len(stamped_by) <= 1  # a segment is of one node, which its name says
        assert all(node.replace("/", "-") in segment for node in stamped_by)
    assert len({path for path in stamps if stamps[path]}) >= 3
    s3.policy = healthy
    assert reported(tmp_path, f"s3://{BUCKET}/t/r") == reported(tmp_path, str(run.path))


@pytest.mark.slow(60)
def test_the_head_s_disk_lost_with_its_leases_sends_nothing_twice(
    cluster: Cluster, s3: FaultyStore, tmp_path: Path
) -> None:
    """Two nodes record on their disks, and the folder that says what each was given is gone before it was uploaded."""
    nodes = {name: cluster.add(name) for name in ("first", "second")}
    address = f"s3://{BUCKET}/lost"  # moto's buckets outlive its server
    with running(cluster, *RUN, "--results", address, "--upload-every", "1h") as process:
        wait_until(lambda: process.poll() is not None or busy(tmp_path, nodes) == list(nodes), "outcomes on both disks")
        process.kill()
        _, said = process.communicate()
    assert busy(tmp_path, nodes) == list(nodes), said
    wait_until(lambda: not held_among(tmp_path.glob("*/r-*/calls-*/calls-*.jsonl")), "the end of the workers")
    shutil.rmtree(tmp_path / "head" / "results" / "r")  # to which their simulated models wrote the ledger
    segments = [path for name in nodes for path in (tmp_path / name).rglob("calls-*.jsonl")]
    recorded = {path.name: path.read_bytes().rpartition(b"\n")[0] + b"\n" for path in segments}
    answered = sum(outcomes(tmp_path / name) for name in nodes)
    let_pass(ObjectStore(address), "r", AT_WORK)

    # A machine that does not reach the nodes sends nothing, however often it is asked.
    for words in (("--resume", f"{address}/r"), ("--resume", "results/r")):
        alone = [sys.executable, "-m", "harness", "run", *words, "--quiet"]
        done = subprocess.run(alone, cwd=tmp_path / "head", capture_output=True, text=True, check=False)
        assert done.returncode == EXIT_USAGE, done.stdout
        assert "had: the disks of these workers may hold billed answers" in done.stderr
        assert "nothing was sent from results/r" in done.stderr
    run = RunDir(tmp_path / "head" / "results" / "r")
    assert outcomes(run.path) < answered

    with running(cluster, "--resume", "results/r", "--quiet") as process:
        _, said = process.communicate()
    assert process.returncode in (EXIT_OK, EXIT_INCOMPLETE), said
    assert "did not end its session of" in said
    assert "Jobs that it sent later are sent again here" in said
    assert all((run.path / name).read_bytes() == held for name, held in recorded.items())
    left = [path for name in nodes for path in (tmp_path / name).glob("r-*/*")]
    assert left == [], said  # what the store has is deleted there
    finals = Counter(line["head"]["key"] for line in lines(run.path, "calls-*.jsonl") if is_final(line))
    assert set(finals.values()) == {1}  # no job has two outcomes
    assert len(finals) == JOB.calls
    assert not open_leases(run.path)


def is_final(line: Mapping[str, Any]) -> bool:
    return line["kind"] == "outcome" and bool(line["is_final"])


def let_pass(store: ObjectStore, run: str, time: timedelta) -> None:
    """Date back all that the nodes of a run have uploaded."""
    for names in index_names(store.names(f"{run}/nodes/*/*.json")).values():
        last, index = newest_index(store, names)
        data = encode_index(replace(index, updated_at=index.updated_at - time))
        store.put(str(next_index_name(run, index.node, last, data)), data)


def stamped(run: Path, segment: str) -> set[str]:
    """The nodes that the attempts of a segment name; each has a version and a clock offset too."""
    found = [line["worker"] for line in lines(run, segment) if line["kind"] in ("sent", "outcome")]
    assert all(one["version"] and abs(one["clock_offset_s"]) < 5 for one in found)
    return {one["node"] for one in found}


def reported(place: Path, run: str) -> str:
    environ = {**os.environ, "XDG_CACHE_HOME": str(place / "cache")}
    words = [sys.executable, "-m", "harness", "report", run, "--format", "json"]
    return subprocess.run(words, cwd=place, env=environ, capture_output=True, text=True, check=True).stdout


def plan_files() -> Mapping[str, bytes]:
    return {"manifest.json": b"{}", "samples.jsonl": b""}


def test_a_node_that_does_not_see_the_folder_needs_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "r").mkdir()
    spec = worker_spec(tmp_path / "r", probe=write_probe(tmp_path / "r"))
    upload = NodeUpload(link=new_link("memory://a/b", "r"), every_s=60)
    assert not uses_own_disk(spec, None, "n")
    assert not uses_own_disk(spec, upload, "n")
    other = replace(spec, probe="the token of another folder")
    assert uses_own_disk(other, upload, "n")
    with pytest.raises(LocalError, match=r"node n does not see the run folder .*/r: name with --results a folder"):
        uses_own_disk(other, None, "n")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "node"))
    assert uses_own_disk(spec, upload, "n")
    assert not uses_own_disk(spec, None, "n")  # nowhere to upload to: the folder is used


def test_a_worker_s_folder_says_which_store_and_which_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "node"))
    upload = NodeUpload(link=new_link("memory://a/b", "r"), every_s=60)
    placed = place_on_disk(worker_spec(tmp_path / "r"), upload, "host/1a2b", plan_files())
    assert placed.segment.name == "calls-3.host-1a2b.jsonl"
    assert placed.segment.parent.parent == node_folder(upload.link)
    assert (placed.run / "manifest.json").read_bytes() == b"{}"
    link = read_link(placed.segment.parent)
    assert link is not None
    assert (link.node, link.run_id) == ("host-1a2b.3", upload.link.run_id)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    upload = NodeUpload(link=new_link("memory://a/b", "r"), every_s=60)
    with pytest.raises(LocalError, match=rf"node n: cannot make .*file.*\(\${VARIABLE} names it\)"):
        place_on_disk(worker_spec(tmp_path / "r"), upload, "n", plan_files())
