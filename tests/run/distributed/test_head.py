"""A run by several worker processes: the records of a run of one process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.run.distributed.recorded import MODELS, lines, outcomes, run, verdicts


@pytest.mark.slow
def test_two_workers_record_what_one_process_records(tmp_path: Path) -> None:
    alone = run(tmp_path, "core-math", *MODELS, "--limit", "60", "--name", "alone", "--quiet")
    together = run(tmp_path, "core-math", *MODELS, "--limit", "60", "--name", "both", "--quiet", "--workers", "2")

    assert (alone.returncode, together.returncode) == (0, 0), together.stderr
    one, both = tmp_path / "results/alone", tmp_path / "results/both"
    assert outcomes(both) == outcomes(one)
    assert verdicts(both) == verdicts(one)
    assert len(verdicts(both)) == 120  # 60 samples x 2 models
    stamped = [*lines(both, "calls-*.jsonl"), *lines(both, "grades.jsonl")]
    assert all(line["worker"]["node"] and abs(line["worker"]["clock_offset_s"]) < 5 for line in stamped)
    assert not any("worker" in line for line in (*lines(one, "calls-*.jsonl"), *lines(one, "grades.jsonl")))
