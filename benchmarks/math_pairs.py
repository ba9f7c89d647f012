"""Scores the math grader on pairs with known verdicts: accuracy, false positives and negatives by source, time.

    python benchmarks/math_pairs.py PAIRS.jsonl --show

Rows are JSON objects with gold, prediction, equal, and optionally question, id, source, note; rows whose note begins
with `policy:` are counted apart. Not here: whole responses (tests/grading/math/test_ground_truth.py).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter, defaultdict
from pathlib import Path

from harness.grading.math.comparison.compare import compare_answers
from harness.grading.math.symbolic.worker import shared_worker


def main() -> None:
    """Compare every pair once and print what differs from the given verdicts."""
    parser = argparse.ArgumentParser(description="Score the math grader on pairs with known verdicts.")
    parser.add_argument("pairs", type=Path, help="JSON lines with gold, prediction, equal")
    parser.add_argument("--show", action="store_true", help="print the reason of every miss")
    options = parser.parse_args()
    rows = [json.loads(line) for line in options.pairs.read_text(encoding="utf-8").splitlines()]
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    misses: dict[str, list[str]] = defaultdict(list)
    seconds = []
    for row in rows:
        started = time.perf_counter()
        comparison = compare_answers(row["gold"], row["prediction"], row.get("question"))
        seconds.append(time.perf_counter() - started)
        group = "policy" if row.get("note", "").startswith("policy:") else "plain"
        total[group] += 1
        if comparison.equal == row["equal"]:
            right[group] += 1
            continue
        kind = "undecided" if comparison.equal is None else "false positive" if comparison.equal else "false negative"
        misses[f"{group:6} {kind:14} {row.get('source', '')}"].append(row.get("id", "?"))
        if options.show:
            print(f"{kind} ({group}) {row.get('id')} {seconds[-1] * 1000:.1f} ms: {comparison.why}")
    for name in sorted(total):
        print(f"{name}: {right[name]}/{total[name]} = {right[name] / total[name]:.2%}")
    for name, ids in sorted(misses.items()):
        print(f"{name} {len(ids)}: {' '.join(ids)}")
    slowest = sorted(seconds)[-5:]
    print(f"median {statistics.median(seconds) * 1e3:.3f} ms, mean {statistics.mean(seconds) * 1e3:.2f} ms")
    print("slowest " + ", ".join(f"{value * 1e3:.0f} ms" for value in slowest))
    shared_worker().close()


if __name__ == "__main__":
    main()
