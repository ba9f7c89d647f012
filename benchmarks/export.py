"""Prints seconds, CPU seconds and peak memory of exporting a large run to each format: the figures of docs/data.md.

python benchmarks/export.py [--samples 200000] [--formats csv parquet]

The run is written through the store: one model, graded answers, prices. Each export is a process of its own.
`dollars` compares the sum of the exported decimals with the run's own, to the last digit.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

import pyarrow.compute
import pyarrow.parquet

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.core.types import Verdict
from harness.report.run_data.cache import FILE as CACHE
from tests.report.runs import RunWriter, answer, endpoint

LIMIT_S, LIMIT_MB = 20, 600
PER_JOB_USD = Decimal("0.0014")


def write_run(folder: Path, samples: int) -> None:
    """A run of `samples` graded jobs: one model, 1,000 prompt and 100 completion tokens each."""
    one = endpoint()
    writer = RunWriter(folder, endpoints=[one], samples=samples)
    completion = answer()
    for number in range(samples):
        writer.job(one, number, [completion], Verdict.CORRECT if number % 3 else Verdict.WRONG, said=str(number))
    writer.close()


def exported(folder: Path, form: str, what: str) -> tuple[float, float, float, Path]:
    """Seconds, CPU seconds, megabytes at the peak and the file of one `harness export`, without the columnar cache."""
    (folder / CACHE).unlink(missing_ok=True)
    out = folder.parent / f"out-{what}.{form}"
    out.unlink(missing_ok=True)
    command = [sys.executable, "-c", _CHILD, "export", str(folder), "--format", form, "--what", what, "-o", str(out)]
    started = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    taken = time.perf_counter() - started
    cpu_s, peak_kb = done.stdout.splitlines()[-1].split()
    return taken, float(cpu_s), int(peak_kb) / 1000, out


_CHILD = """
import resource, sys
from harness.cli.main import main
code = main(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss)
raise SystemExit(code)
"""


def dollars(path: Path, form: str) -> Decimal | None:
    """The sum of `spent_usd` in an exported file; None for a format that this does not read."""
    if form == "parquet":
        column = pyarrow.parquet.read_table(path, columns=["spent_usd"])["spent_usd"]
        total: Decimal = pyarrow.compute.sum(column).as_py()
        return total
    if form == "csv":
        with path.open(encoding="utf-8", newline="") as file:
            return sum((Decimal(row["spent_usd"]) for row in csv.DictReader(file)), Decimal(0))
    if form == "jsonl":
        with path.open(encoding="utf-8") as file:
            return sum((Decimal(json.loads(line)["spent_usd"]) for line in file), Decimal(0))
    return None


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--samples", type=int, default=200_000)
    parser.add_argument("--formats", nargs="+", default=["csv", "jsonl", "parquet", "xlsx"])
    parser.add_argument("--what", nargs="+", default=["samples"])
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "large"
        started = time.perf_counter()
        write_run(folder, arguments.samples)
        print(f"{arguments.samples:,} samples written in {time.perf_counter() - started:.0f} s")
        expected = PER_JOB_USD * arguments.samples
        for what in arguments.what:
            for form in arguments.formats:
                taken, cpu_s, peak_mb, path = exported(folder, form, what)
                found = dollars(path, form) if what == "samples" else None
                same = (
                    "" if found is None else f"  dollars {'equal' if found == expected else f'{found} not {expected}'}"
                )
                size = path.stat().st_size / 1e6
                figures = f"{taken:6.1f} s  {cpu_s:6.1f} CPU s  {peak_mb:5.0f} MB at the peak  {size:6.1f} MB on disk"
                print(f"{what:<9}{form:<8} {figures}{same}", flush=True)


if __name__ == "__main__":
    main()
