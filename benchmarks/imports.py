"""Prints the seconds each base dependency takes to import in a fresh interpreter, median of runs, beside bare Python.

python benchmarks/imports.py [--runs 5]
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time

MODULES = ("aiohttp", "jinja2", "math_verify", "numpy", "scipy.stats", "openai", "pydantic", "yaml", "rich", "tenacity")


def seconds(code: str, runs: int) -> float:
    """Median wall seconds of a fresh interpreter that runs the code."""
    taken = []
    for _ in range(runs):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    bare = seconds("pass", runs)
    print(f"{'bare Python':<12} {bare:6.3f} s")
    for module in MODULES:
        print(f"{module:<12} {seconds(f'import {module}', runs) - bare:6.3f} s more")
    shown = "import sys; from harness.cli.main import main; main([])"
    print(f"{'--help':<12} {seconds(shown, runs) - bare:6.3f} s more")


if __name__ == "__main__":
    main()
