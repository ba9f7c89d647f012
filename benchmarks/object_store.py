"""What a run in an object store costs, and where it breaks first: measured here, extrapolated to any number of calls.

    python -m benchmarks.object_store [--calls 1000000000] [--megabytes 256] [--runs 300]

Measures bytes of a simulated run's records, CPU seconds of uploading and fetching (into a folder, so without a
network), bytes of an index and of a catalogue entry, and seconds of listing a catalogue; then prints the formulas with
these figures. Prices of S3 are second-hand (docs/scale.md names the sources) and options change them: no bill was read.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from harness.report.render.lines import align_columns
from harness.store.remote.catalogue import CatalogueRow, entry_name, read_rows, write_rows
from harness.store.remote.download import node_indexes
from harness.store.remote.fetch import fetch_from
from harness.store.remote.link import new_link
from harness.store.remote.node_index import encode_index
from harness.store.remote.object_store import ObjectStore
from harness.store.remote.upload import PART_BYTES, SMALL_PARTS, RunUploader

LINE = b'{"kind":"outcome","head":{"key":"0123456789abcdef"},"text":"' + b"x" * 940 + b'"}\n'
PUTS_PER_PREFIX_S = 3500
"""Requests a second that S3 promises for a partitioned prefix (AWS, S3 user guide, "optimizing performance")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured. Bytes, CPU seconds per GB, and seconds."""

    record_bytes: float
    upload_s_per_gb: float
    fetch_s_per_gb: float
    index_bytes_per_object: float
    entry_bytes: float
    list_s_per_run: float


def measure(folder: Path, *, megabytes: int, runs: int) -> Figures:
    """All figures; `folder` is empty and on the disk that counts."""
    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    store = ObjectStore(f"file://{folder}/store")
    upload, fetch, index = _transfer(folder / "run", store, megabytes)
    entry, listing = _catalogue(ObjectStore(f"file://{folder}/catalogued"), runs)
    return Figures(
        record_bytes=_record_bytes(folder),
        upload_s_per_gb=upload,
        fetch_s_per_gb=fetch,
        index_bytes_per_object=index,
        entry_bytes=entry,
        list_s_per_run=listing,
    )


def _record_bytes(folder: Path) -> float:
    """Bytes of calls and grades of a job, in a simulated run of math and code."""
    words = ["run", "core-math", "core-code", "-m", "@sim", "--limit", "8", "--name", "r", "--quiet"]
    command = [sys.executable, "-m", "harness", *words, "--results", str(folder / "results")]
    subprocess.run(command, check=True, capture_output=True)
    run = folder / "results" / "r"
    jobs = sum(1 for _ in (run / "grades.jsonl").open())
    return sum(path.stat().st_size for path in (*run.glob("calls-*.jsonl"), run / "grades.jsonl")) / jobs


def _transfer(run: Path, store: ObjectStore, megabytes: int) -> tuple[float, float, float]:
    """CPU seconds of uploading a GB and of fetching one, and bytes of the index for each object."""
    run.mkdir()
    with (run / "calls-0.jsonl").open("wb") as file:
        for _ in range(megabytes):
            file.write(LINE * (2**20 // len(LINE)))
    gigabytes = (run / "calls-0.jsonl").stat().st_size / 1e9
    started = time.process_time()
    RunUploader(run, new_link(store.address, run.name), store).sync(is_running=False)
    uploaded = time.process_time()
    fetch_from(store, run.name)
    fetched = time.process_time()
    (index,) = node_indexes(store, run.name)
    objects = sum(map(len, index.files.values()))
    return (uploaded - started) / gigabytes, (fetched - uploaded) / gigabytes, len(encode_index(index)) / objects


def _catalogue(store: ObjectStore, runs: int) -> tuple[float, float]:
    """Bytes of an entry of 4 models on 2 tasks, and CPU seconds of reading it among so many."""
    now = datetime.now(UTC)
    for number in range(runs):
        rows = [
            CatalogueRow(
                run=f"run-{number:06}",
                run_id=f"{number:016x}",
                node="node-1",
                kind="run",
                state="complete",
                task=task,
                task_version=1,
                model=f"provider/model-{model}",
                origin="live",
                planned=1000,
                finished=1000,
                graded=990,
                correct=700,
                known_usd=Decimal("1.234567"),
                unknown_jobs=0,
                created_at=now,
                updated_at=now,
                harness_version="0.1.0",
            )
            for task in ("math", "code")
            for model in range(4)
        ]
        write_rows(store, rows)
    size = len(store.get(entry_name("run-000000", "node-1")))
    started = time.process_time()
    assert len(read_rows(store)) == runs * 8
    return size, (time.process_time() - started) / runs


def extrapolation(found: Figures, calls: int, arguments: argparse.Namespace) -> list[list[str]]:
    """Rows of (what, formula, value) for so many calls."""
    size = calls * found.record_bytes
    seconds = calls / arguments.calls_per_s
    cycles = seconds / arguments.upload_every * arguments.nodes
    objects = size / min(PART_BYTES, max(PART_BYTES / SMALL_PARTS, size / cycles))
    puts = objects + 3 * cycles
    storage, requests = size / 1e9 * arguments.usd_per_gb, puts * arguments.usd_per_1000_puts / 1000
    index_mb = objects / arguments.nodes * found.index_bytes_per_object / 1e6
    return [
        ["duration, days", "calls / calls a second / 86,400", f"{seconds / 86_400:,.1f}"],
        ["records, GB", "calls x bytes of a record", f"{size / 1e9:,.0f}"],
        ["MB a node has for each upload", "GB / (duration / 60 s x nodes)", f"{size / cycles / 1e6:,.1f}"],
        ["objects", "GB / MB of an upload, from 2 to 32 MB", f"{objects:,.0f}"],
        ["PUT requests", "objects + 3 x duration / 60 s x nodes", f"{puts:,.0f}"],
        ["PUT requests a second", f"PUT / duration; a prefix takes {PUTS_PER_PREFIX_S:,}", f"{puts / seconds:,.2f}"],
        ["index of a node at its end, MB", "objects of a node x bytes in the index", f"{index_mb:,.2f}"],
        ["upload, CPU hours of all nodes", "GB x CPU seconds", f"{size / 1e9 * found.upload_s_per_gb / 3600:,.1f}"],
        ["fetching all, CPU hours", "GB x CPU seconds", f"{size / 1e9 * found.fetch_s_per_gb / 3600:,.1f}"],
        ["store, $ a month", f"GB x ${arguments.usd_per_gb}", f"{storage:,.2f}"],
        ["requests, $ once", f"PUT x ${arguments.usd_per_1000_puts} / 1,000", f"{requests:,.2f}"],
    ]


def main() -> None:
    """Print the measured figures and what follows from them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=1_000_000_000)
    parser.add_argument("--megabytes", type=int, default=256)
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--nodes", type=int, default=32)
    parser.add_argument("--calls-per-s", type=float, default=3200.0, help="of all nodes together")
    parser.add_argument("--upload-every", type=float, default=60.0)
    parser.add_argument("--usd-per-gb", type=float, default=0.023, help="a month; S3 Standard's list price, us-east-1")
    parser.add_argument("--usd-per-1000-puts", type=float, default=0.005, help="the same list")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), megabytes=arguments.megabytes, runs=arguments.runs)
    measured = [
        ["bytes of a record (calls and grade of a job)", f"{found.record_bytes:,.0f}"],
        ["upload, CPU s per GB", f"{found.upload_s_per_gb:.2f}"],
        ["fetch and check, CPU s per GB", f"{found.fetch_s_per_gb:.2f}"],
        ["bytes of an index for each object", f"{found.index_bytes_per_object:,.0f}"],
        ["bytes of a catalogue entry (8 rows)", f"{found.entry_bytes:,.0f}"],
        ["runs list, CPU ms a run", f"{found.list_s_per_run * 1000:.2f}"],
    ]
    print("\n".join(align_columns(measured)))
    print(f"\n{arguments.calls:,} calls, {arguments.nodes} nodes, {arguments.calls_per_s:,.0f} calls a second\n")
    print("\n".join(align_columns(extrapolation(found, arguments.calls, arguments), left=2)))


if __name__ == "__main__":
    main()
