"""Lines of usage.jsonl: the last one of a key counts."""

from __future__ import annotations

from pathlib import Path

from harness.core.clock import SYSTEM_CLOCK
from harness.run.rederive.reparse_usage import reparse_usage
from harness.store.corrections import corrections, usage_path
from tests.run.paid_folder import PaidFolder, answer, endpoint, price, written
from tests.run.rederive.reparsed import GROK, MISREAD, misread_run, spent


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
