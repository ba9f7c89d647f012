"""Reading paid usage again: what changed is told and used by reports, and the paid lines stay as they are."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import EXIT_OK, EXIT_USAGE
from harness.core.types import Attempt, Usage
from harness.report.run_data.load import RunData
from harness.report.run_report.build import build_run_report
from harness.run.rederive.reparse_usage import reparse_usage
from harness.store.corrections import corrections, usage_path
from harness.store.run_dir import RunDir
from tests.run.paid_folder import PaidFolder, answer, cut, endpoint, price, written

GROK = "xai/grok"
RAW = {
    "prompt_tokens": 1000,
    "completion_tokens": 100,
    "total_tokens": 1600,
    "completion_tokens_details": {"reasoning_tokens": 500},
    "prompt_tokens_details": {"cached_tokens": 400},
}
MISREAD = Usage(prompt_tokens=1000, completion_tokens=100, cached_tokens=0, reasoning_tokens=100)
RIGHT = Usage(prompt_tokens=1000, completion_tokens=600, cached_tokens=400, reasoning_tokens=500)


def misread_run(path: Path) -> RunDir:
    """Two jobs whose dialect of then left out the reasoning and the cache: 1000 x 3 + 100 x 15 = $0.0045 an attempt."""
    jobs: list[list[Attempt]] = [
        [cut(MISREAD, raw=RAW), answer(MISREAD, raw=RAW)],
        [answer(RIGHT, raw=RAW)],
        [answer(None)],
    ]
    return written(
        path,
        PaidFolder(
            endpoints=[endpoint(GROK, speaks="xai")],
            prices=[price(GROK, prompt="3", cached="0.75", completion="15")],
            jobs={GROK: jobs},
        ),
    )


def spent(run: RunDir) -> list[Decimal]:
    """The dollars of each job as a report has them, where any are known."""
    return [usd for usd in build_run_report(RunData.load(run)).tables[0].summaries[0].known_usd if usd]


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


def test_a_line_half_written_by_a_crash_is_left_out_and_written_anew(tmp_path: Path) -> None:
    run = misread_run(tmp_path / "run")
    reparse_usage(run, clock=SYSTEM_CLOCK)
    whole = usage_path(run).read_bytes()
    usage_path(run).write_bytes(whole[:-20])
    assert len(corrections(run)) == 1
    assert [one.changed for one in reparse_usage(run, clock=SYSTEM_CLOCK)] == [1]
    assert len(corrections(run)) == 2


def test_usage_that_says_nothing_any_more_is_unknown_and_not_the_old_one(tmp_path: Path) -> None:
    made = PaidFolder(
        endpoints=[endpoint(GROK, speaks="xai")],
        prices=[price(GROK, prompt="3", completion="15")],
        jobs={GROK: [[answer(MISREAD, raw={"prompt_tokens": 0, "completion_tokens": 0})]]},
    )
    run = written(tmp_path / "run", made)
    found = reparse_usage(run, clock=SYSTEM_CLOCK)
    assert (found[0].changed, found[0].after.unknown_jobs, found[0].after.missing["prompt_tokens"]) == (1, 1, 1)
    assert spent(run) == []


def test_the_command_prints_tokens_and_dollars_before_and_after(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = misread_run(tmp_path / "run")
    assert main(["regrade", "--usage", str(run.path)]) == EXIT_OK
    shown = " ".join(capsys.readouterr().out.split())
    assert "xai/grok: 2 of 3 attempts read differently by xai v" in shown
    assert "1 more kept none" in shown
    assert "completion tokens 800 1800" in shown
    assert "dollars 0.0201 + 1 job ? 0.0333 + 1 job ?" in shown
    assert "0.033" in (run.path / "report.md").read_text()


def test_usage_and_only_missing_do_not_go_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regrade", "--usage", "--only-missing", str(tmp_path)]) == EXIT_USAGE
    assert "does not go with --only-missing" in capsys.readouterr().err
