"""Whether two versions of the harness record the same: one simulated run each, same tasks, models and seed.

    git worktree add /tmp/before COMMIT
    python -m benchmarks.same_records /tmp/before [--tasks core-math] [--repeats 2]

Compares every outcome line (text, usage, dollars' bound, metadata) and every grade without their times, and what the
JSON report says of answers, verdicts, tokens and dollars. Prints how many lines were compared; exit code 1 and the
first differences where there are any.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TIMES = frozenset({"timing", "seconds", "at", "request_id"})
"""Fields that no two runs share."""
JOBS_FAILED = 3
"""The exit code of a run some of whose jobs failed, as some of the flaky simulated model do."""
FIGURES = ("n", "accuracy", "accuracy_interval", "truncated", "refused", "failed", "verdicts", "failed_attempts")
DOLLARS = ("spent_usd", "usd_per_correct", "cost_basis", "prompt_tokens", "completion_tokens", "reasoning_tokens")


def records(checkout: Path, place: Path, words: list[str]) -> dict[str, object]:
    """What a run of that checkout wrote, by a name for each record."""
    environ = {**os.environ, "PYTHONPATH": str(checkout)}
    harness = [sys.executable, "-m", "harness"]
    run = [*harness, "run", *words, "-m", "@sim", "--seed", "0", "--quiet", "--results", str(place), "--name", "r"]
    ended = subprocess.run(run, env=environ, cwd=checkout, check=False, capture_output=True, text=True)
    if ended.returncode not in (0, JOBS_FAILED):
        raise SystemExit(f"the run of {checkout} ended with {ended.returncode}: {ended.stderr}")
    report = subprocess.check_output([*harness, "report", str(place / "r"), "--format", "json"], env=environ)
    found: dict[str, object] = dict(_lines(place / "r"))
    for row in json.loads(report)["rows"]:
        found[f"report of {row.get('model')} on {row.get('task')}"] = {name: row[name] for name in (*FIGURES, *DOLLARS)}
    return found


def _lines(folder: Path) -> Iterator[tuple[str, object]]:
    for path in sorted(folder.glob("calls-*.jsonl")):
        for line in map(json.loads, path.read_bytes().splitlines()):
            if line["kind"] == "outcome":
                yield f"outcome {line['head']['key']} {line['number']}", _without_times(line)
    for line in map(json.loads, (folder / "grades.jsonl").read_bytes().splitlines()):
        yield f"grade {line['key']}", _without_times(line)


def _without_times(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _without_times(inner) for name, inner in value.items() if name not in TIMES}
    return [_without_times(inner) for inner in value] if isinstance(value, list) else value


def main() -> int:
    """Run both and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("before", type=Path, help="a checkout of another version")
    parser.add_argument("--tasks", default="core-math")
    parser.add_argument("--repeats", default="2")
    asked = parser.parse_args()
    words = [*asked.tasks.split(","), "--repeats", asked.repeats]
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        before = records(asked.before.resolve(), Path(first), words)
        after = records(Path.cwd(), Path(second), words)
    different = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    for name in different[:5]:
        print(f"{name}\n  before: {before.get(name)}\n  after:  {after.get(name)}")
    print(f"{len(after):,} records compared, {len(different):,} differ")
    return 1 if different or not after else 0


if __name__ == "__main__":
    sys.exit(main())
