"""Grading a finished run again, free."""

from __future__ import annotations

from pathlib import Path
from random import Random

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import Verdict
from harness.run.rederive.regrade import regrade
from tests.run.scripted_run import Model, ScriptedProvider, ScriptedSession, make_run, plan_for
from tests.virtual_time import run_virtually


def test_regrading_sends_nothing_and_says_what_changed(tmp_path: Path) -> None:
    """The provider says 42 to everything, and the run's grader called it correct; the math grader decides."""
    model = Model(name="a")
    plan = plan_for([model], ["6*7?", "1+1?", "40+2?"])
    run = make_run(tmp_path / "run", plan, [model])
    provider = ScriptedProvider(models={"a": model}, random=Random(0))
    run_virtually(ScriptedSession(run=run, plan=plan, provider=provider).go())
    kept = run.grades_path.read_bytes().splitlines(keepends=True)[:2]
    run.grades_path.write_bytes(b"".join(kept) + b'{"key": "torn')
    done = regrade(run, clock=SYSTEM_CLOCK, only_missing=True)
    assert (done.graded, [(change.before, change.after) for change in done.changes]) == (1, [(None, Verdict.CORRECT)])
    assert regrade(run, clock=SYSTEM_CLOCK, only_missing=False).changes == []
    assert len(run.grades()) == 3
    assert provider.received.total() == 3
