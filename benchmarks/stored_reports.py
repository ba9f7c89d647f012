"""What a report of a run in S3 reads and takes: from its columns through DuckDB, against the whole run.

    python -m benchmarks.stored_reports --jobs 200000

Runs core-math and core-code on simulated models, multiplies that run (benchmarks.large_run), pushes it to moto on
loopback, and reports it with an empty cache: from the store's columns; after a download of all of it (columns deleted);
and from its folder. The tables must be the same bytes. Bytes are what the store sent.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.large_reports import child_cpu, large_run
from harness.report.render.lines import align_columns
from harness.report.run_data.cache import FILE
from harness.store.remote.object_store import ObjectStore
from tests.store.remote.faulty_store import BUCKET, FaultyStore, environment, faulty_s3


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=200_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, faulty_s3() as s3:
        os.environ.update({**environment(s3), "XDG_CACHE_HOME": f"{folder}/cache"})
        place = Path(folder)
        large, store = str(large_run(place, arguments.jobs)), f"s3://{BUCKET}/team"
        child_cpu([sys.executable, "-m", "harness", "runs", "push", large, "--store", store])
        rows = [_measured("the columns, through DuckDB", f"{store}/large", s3, place)]
        objects = ObjectStore(store)
        objects.delete(objects.names("large/columns/*"))
        rows.append(_measured("all of the run", f"{store}/large", s3, place))
        rows.append(_measured("the folder, cached columns", large, s3, place))
        assert (place / "large" / FILE).exists()
    assert len({table for _, table in rows}) == 1, "the tables differ"
    print(f"harness report of {arguments.jobs:,} jobs; the three tables are the same bytes")
    print("\n".join(align_columns([["read from", "s", "CPU s", "MB from the store"], *(row for row, _ in rows)])))


def _measured(what: str, run: str, s3: FaultyStore, place: Path) -> tuple[list[str], str]:
    shutil.rmtree(place / "cache", ignore_errors=True)
    words = [sys.executable, "-m", "harness", "report", run, "--format", "json"]
    sent, began, cpu = s3.sent_bytes, time.monotonic(), sum(os.times()[2:4])
    table = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    took = time.monotonic() - began
    row = [what, f"{took:.1f}", f"{sum(os.times()[2:4]) - cpu:.1f}", f"{(s3.sent_bytes - sent) / 1e6:.1f}"]
    return row, table


if __name__ == "__main__":
    main()
