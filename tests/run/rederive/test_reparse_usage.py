"""Reading paid usage again: what changed is told and used by reports, and the paid lines stay as they are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from harness.core.clock import SYSTEM_CLOCK
from harness.run.rederive.reparse_usage import reparse_usage
from harness.store.corrections import corrections, usage_path
from tests.run.paid_folder import PaidFolder, answer, endpoint, written
from tests.run.rederive.reparsed import GROK, RAW, RIGHT, misread_run, spent


def test_changed_usage_is_told_and_reports_use_it(tmp_path: Path) -> None:
    run = misread_run(tmp_path / "run")
    paid = (run.path / "calls-0.jsonl").read_bytes()
    # right: 600 x 3 + 400 x 0.75 + 600 x 15 = 11100 per million = $0.0111 an attempt
    assert spent(run) == [Decimal("0.009"), Decimal("0.0111")]
    found = reparse_usage(run, clock=SYSTEM_CLOCK)
    assert [(one.label, one.attempts, one.changed, one.without_raw) for one in found] == [(GROK, 3, 2, 1)]
    assert (found[0].before.usd, found[0].after.usd) == (Decimal("0.0201"), Decimal("0.0333"))
    # completion: 100 + 100 + 600 before, 3 x 600 after
    assert (found[0].before.tokens["completion_tokens"], found[0].after.tokens["completion_tokens"]) == (800, 1800)
    assert (found[0].before.unknown_jobs, found[0].after.unknown_jobs) == (1, 1)
    assert spent(run) == [Decimal("0.0222"), Decimal("0.0111")]
    assert (run.path / "calls-0.jsonl").read_bytes() == paid
    assert {line.usage for line in corrections(run).values()} == {RIGHT}


def test_reading_again_changes_nothing_more(tmp_path: Path) -> None:
    run = misread_run(tmp_path / "run")
    reparse_usage(run, clock=SYSTEM_CLOCK)
    lines = usage_path(run).read_bytes()
    assert [one.changed for one in reparse_usage(run, clock=SYSTEM_CLOCK)] == [0]
    assert usage_path(run).read_bytes() == lines


def test_a_run_that_reads_the_same_gets_no_file(tmp_path: Path) -> None:
    made = PaidFolder(endpoints=[endpoint(GROK, speaks="xai")], prices=[], jobs={GROK: [[answer(RIGHT, raw=RAW)]]})
    run = written(tmp_path / "run", made)
    assert [one.changed for one in reparse_usage(run, clock=SYSTEM_CLOCK)] == [0]
    assert not usage_path(run).exists()
