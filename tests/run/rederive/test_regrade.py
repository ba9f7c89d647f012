"""Grading a finished run again, free."""

from __future__ import annotations

from pathlib import Path
from random import Random

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Verdict
from harness.run.rederive.regrade import regrade
from tests.run.backstage import Backstage, Model, Sitting, make_run, plan_for
from tests.virtual_time import run_virtually


def test_regrading_sends_nothing_and_says_what_changed(tmp_path: Path) -> None:
    """The provider says 42 to everything, and the run's own grader took all of it for right; the math grader rules."""
    model = Model(name="a")
    plan = plan_for([model], ["6*7?", "1+1?", "40+2?"])
    run = make_run(tmp_path / "run", plan, [model])
    stage = Backstage(models={"a": model}, random=Random(0))
    run_virtually(Sitting(run=run, plan=plan, stage=stage).go())
    kept = run.grades_path.read_bytes().splitlines(keepends=True)[:2]
    run.grades_path.write_bytes(b"".join(kept) + b'{"key": "torn')
    done = regrade(run, clock=SYSTEM_CLOCK, only_missing=True)
    assert (done.graded, [(change.before, change.after) for change in done.changes]) == (1, [(None, Verdict.CORRECT)])
    assert regrade(run, clock=SYSTEM_CLOCK, only_missing=False).changes == []
    assert len(run.grades()) == 3
    assert stage.received.total() == 3
