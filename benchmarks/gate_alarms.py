"""Prints how many runs without any change the gate stops: the figures of docs/gate.md.

python benchmarks/gate_alarms.py [--runs 200] [--code-every 20] [--seed 0]     the mocked suite
python benchmarks/gate_alarms.py --live 1000 [--samples 100]                   live rows, by recomputation

Each run of the mocked suite draws its own timing: concurrency, time to first token and speed of every model. All of
core-math is asked, and core-code too in every run of that many. Each is compared with the committed baseline as
`make gate` does. A live row is drawn twice from the same chances and compared with itself: accuracy 75% spread over
the samples, one answer in fifty truncated, tokens and dollars that differ by a quarter from answer to answer.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from harness.report.gate.baseline import Baseline, ModelTotals, SampleTotals
from harness.report.gate.baseline_file import read_baseline
from harness.report.gate.baseline_of_run import baseline_of
from harness.report.gate.build import run_gate
from harness.report.gate.check_result import CheckOutcome, Tolerances
from harness.report.run_data.load import RunData
from tests.report.gate.rows import baseline as baseline_with
from tests.report.gate.rows import row_of, sample

ROOT = Path(__file__).resolve().parent.parent


def providers(draw: random.Random) -> str:
    """The models of the suite with other timing."""
    entries: dict[str, Any] = yaml.safe_load((ROOT / "results/baseline/providers.yaml").read_text())
    simulated = entries["providers"]["sim"]
    simulated["limits"]["max_concurrency"] = draw.randint(1, 48)
    for model in simulated["models"].values():
        model["simulate"]["ttft_s"] = {"median": draw.uniform(0.0005, 0.03), "spread": draw.uniform(0, 1)}
        model["simulate"]["tokens_per_s"] = round(10 ** draw.uniform(4, 6))
    return yaml.safe_dump(entries)


def alarms(baseline: Baseline, tasks: list[str], folder: Path, draw: random.Random) -> list[str]:
    """The checks that do not pass for one run without a change."""
    file = folder / "providers.yaml"
    file.write_text(providers(draw))
    words = ["run", *tasks, "-m", "@suite", "--seed", "0", "--providers", str(file), "--quiet"]
    with contextlib.redirect_stdout(io.StringIO()):
        code = main([*words, "--results", str(folder), "--name", "run"])
    if code != EXIT_OK:
        return [f"harness run ended with {code}"]
    rows = tuple(row for row in baseline.rows if row.task in tasks)
    then = replace(baseline, rows=rows, prompts={name: baseline.prompts[name] for name in tasks})
    found = run_gate(then, baseline_of(RunData.load(folder / "run")), Tolerances(), allow_changed=False)
    bad = (CheckOutcome.FAILED, CheckOutcome.INCONCLUSIVE)
    return [f"{one.model} on {one.task}: {one.check}: {one.why}" for one in found.findings if one.outcome in bad]


def live_row(samples: int, chances: random.Random, draw: random.Random) -> ModelTotals:
    """A row of a live model: `chances` gives each sample its nature, `draw` the answers of one run."""
    held: dict[str, SampleTotals] = {}
    for number in range(samples):
        chance, mean = chances.betavariate(1.5, 0.5), chances.lognormvariate(6, 0.5)
        right, is_cut = int(draw.random() < chance), draw.random() < 0.02
        tokens = max(1, round(mean * draw.lognormvariate(0, 0.25)))
        held[f"s{number}"] = replace(
            sample(correct=right and not is_cut, usd=f"{tokens * 4e-6:.9f}", tokens=tokens),
            verdicts={"truncated" if is_cut else "correct" if right else "wrong": 1},
            truncated=int(is_cut),
        )
    return replace(row_of([]), samples=held, planned=samples, finished=samples)


def run_live(arguments: argparse.Namespace) -> None:
    """Counts the comparisons that are stopped, and by which check."""
    draw, checks = random.Random(arguments.seed), Counter[str]()
    stopped = 0
    for number in range(arguments.live):
        before, after = (baseline_with(live_row(arguments.samples, random.Random(number), draw)) for _ in range(2))
        found = run_gate(before, after, Tolerances(), allow_changed=False).findings
        failed = {one.check for one in found if one.outcome in (CheckOutcome.FAILED, CheckOutcome.INCONCLUSIVE)}
        checks.update(failed)
        stopped += bool(failed)
    print(f"{stopped} of {arguments.live} unchanged live rows stopped: {dict(checks)}")


def run(arguments: argparse.Namespace) -> None:
    """All runs, one line for each that is stopped, and the count."""
    draw = random.Random(arguments.seed)
    baseline = read_baseline(ROOT / "results/baseline/mocked-suite.json")
    stopped, started = 0, time.monotonic()
    for number in range(arguments.runs):
        has_code = arguments.code_every and number % arguments.code_every == 0
        with tempfile.TemporaryDirectory() as folder:
            found = alarms(baseline, ["core-math", *(["core-code"] if has_code else [])], Path(folder), draw)
        stopped += bool(found)
        for line in found:
            print(f"run {number}: {line}", flush=True)
        if not (number + 1) % 10:
            print(f"{number + 1} runs, {stopped} stopped, {time.monotonic() - started:.0f} s", flush=True)
    print(f"{stopped} false alarms in {arguments.runs} unchanged runs")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--code-every", type=int, default=20, help="0: core-math alone")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--live", type=int, default=0, help="so many comparisons of a live row with itself instead")
    parser.add_argument("--samples", type=int, default=100)
    given = parser.parse_args()
    (run_live if given.live else run)(given)
