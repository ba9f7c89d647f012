"""Runs of several workers: the records of one process, kills of workers, nodes and sessions, scaling and overhead.

    python -m benchmarks.distributed equal --calls 50000 --nodes 4
    python -m benchmarks.distributed kills --kills 20 --engine ray
    python -m benchmarks.distributed scaling --engine ray
    python -m benchmarks.distributed overhead --engine ray

Real processes: `harness run` against simulated models, on a Ray cluster of several nodes on this machine
(`ray.cluster_utils.Cluster`) or as local workers. What is checked after a run with kills: benchmarks.worker_kills.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.simulated_runs import MODELS, Job, finish, grades, outcomes, start_run, write_task
from benchmarks.worker_kills import kill_workers
from benchmarks.worker_runs import WORKERS, cluster_of
from benchmarks.worker_scaling import overhead, scaling


def main() -> int:
    """Run what is asked and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("equal", "kills", "scaling", "overhead"))
    parser.add_argument("--engine", choices=("local", "ray"), default="ray", help="of all but equal")
    parser.add_argument("--repeats", type=int, default=3, help="of scaling and overhead")
    parser.add_argument("--calls", type=int, help="in all (equal: 50,000; kills: 2,400 a run)")
    parser.add_argument("--nodes", type=int, default=4, help="of the Ray cluster")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--feedback-rounds", type=int, default=0, help="of kills")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="harness-distributed-") as folder:
        place = Path(folder)
        if options.what == "equal":
            job = Job(samples=max(1, (options.calls or 50_000) // len(MODELS) // 5), repeats=5)
            print(equal(place, job, nodes=options.nodes))
        elif options.what == "kills":
            samples = max(1, (options.calls or 2_400) // len(MODELS))
            job = Job(samples=samples, feedback_rounds=options.feedback_rounds)
            print(kill_workers(place, job, kills=options.kills, seed=options.seed, nodes=_nodes(options)))
        elif options.what == "scaling":
            print(scaling(options.engine, repeats=options.repeats))
        else:
            for text in overhead(options.engine, repeats=options.repeats):
                print(text, flush=True)
    return 0


def _nodes(options: argparse.Namespace) -> int:
    return options.nodes if options.engine == "ray" else 0


def equal(place: Path, job: Job, *, nodes: int) -> str:
    """The records of a run on a cluster against those of the local engine; raises AssertionError where they differ."""
    write_task(place, job)
    began = time.monotonic()
    finish(start_run(place, "alone", job))
    alone_s = time.monotonic() - began
    with cluster_of(nodes) as cluster:
        began = time.monotonic()
        finish(start_run(place, "together", job, *cluster.options(WORKERS)))
        together_s = time.monotonic() - began
    one, other = records(place / "alone"), records(place / "together")
    assert len(one) >= job.calls
    assert one == other, f"{len(one ^ other)} outcomes differ"
    assert grades(place / "alone") == grades(place / "together")
    segments = len(list((place / "together").glob("calls-*.jsonl")))
    return (
        f"{job.calls:,} calls on {nodes} nodes, {segments} segments: {len(one):,} outcomes and all grades equal those "
        f"of the local engine; {alone_s:.0f} s alone, {together_s:.0f} s on the cluster (start included)"
    )


def records(run: Path) -> set[str]:
    """Every outcome without what is measured anew each time and without who made it."""
    found = set()
    for line in outcomes(run):
        line.pop("worker", None)
        for name in ("timing", "request_id"):
            line["attempt"].pop(name, None)
        found.add(json.dumps(line, sort_keys=True))
    return found


if __name__ == "__main__":
    sys.exit(main())
