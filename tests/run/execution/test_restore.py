"""An interrupted run continues: received answers are not billed again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.clock import SYSTEM_CLOCK
from harness.core.errors import LocalError
from harness.core.types import Failure, Grade, Usage, Verdict
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.run.execution.progress import ModelProgress
from harness.run.execution.restore import restore_state
from harness.run.rederive.reparse_usage import reparse_usage
from harness.store.call_log import call_lines, calls
from harness.store.codec import GradeLine, SentLine, encode
from harness.store.run_dir import RunDir
from tests.run.execution.scenes import outcomes, scene
from tests.run.paid_folder import PaidFolder, answer, endpoint, price, written
from tests.run.rederive.reparsed import GROK, misread_run
from tests.run.scripted_run import (
    Model,
)
from tests.virtual_time import EPOCH, run_virtually


def test_resumed_run_sends_only_what_is_open_and_counts_all(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", latency_s=1.0, concurrency=3), Model(name="b", latency_s=0.1))
    run_virtually(one.session().go(leave_after_s=2.0))
    first = one.provider.received.total()
    assert 0 < first < 40
    second = one.session()
    run_virtually(second.go())
    assert one.provider.received.total() == 40
    assert {label: model.done for label, model in second.progress.models.items()} == {"sim/a": 20, "sim/b": 20}
    assert sum(model.done_before for model in second.progress.models.values()) == first
    assert sum(model.verdicts.total() for model in second.progress.models.values()) == 40
    spent = sum((model.usd or 0 for model in second.progress.models.values()), Decimal(0))
    assert spent == one.provider.total


def test_resume_of_a_complete_run_sends_nothing(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a"))
    run_virtually(one.session().go())
    again = one.session()
    run_virtually(again.go())
    assert one.provider.received.total() == 20
    assert again.progress.models["sim/a"].done == 20
    assert again.progress.models["sim/a"].remaining == 0


def test_resume_after_a_cut_at_any_line_sends_no_answered_job_again(tmp_path: Path) -> None:
    """The log is cut at, before and after each line's end and in each line's middle, as a power cut may leave it."""
    models = (Model(name="a", faults={"rate_limit": 0.3, "lost": 0.1}), Model(name="b"))
    whole = scene(tmp_path / "whole", *models, prompts=3)
    run_virtually(whole.session().go())
    data = (whole.run.path / "calls-0.jsonl").read_bytes()
    ends = [place + 1 for place, byte in enumerate(data) if byte == ord("\n")]
    cuts = {cut for end in ends for cut in (end - 200, end - 1, end, end + 1) if 0 <= cut <= len(data)}
    for cut in sorted(cuts):
        one = scene(tmp_path / str(cut), *models, prompts=3)
        (one.run.path / "calls-0.jsonl").write_bytes(data[:cut])
        ended = {
            (line.head.label.removeprefix("sim/"), f"prompt {int(line.head.sample_id[1:])}")
            for line in outcomes(one.run)
            if line.is_final
        }
        session = one.session()
        run_virtually(session.go())
        assert ended.isdisjoint(one.provider.received)
        assert {label: model.remaining for label, model in session.progress.models.items()} == {"sim/a": 0, "sim/b": 0}
        numbers = Counter((line.head.key, line.number) for line in call_lines(one.run) if isinstance(line, SentLine))
        assert set(numbers.values()) == {1}


def test_answers_without_a_grade_are_graded_by_the_next_session(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a"))
    run_virtually(one.session().go())
    one.run.grades_path.write_bytes(b"".join(one.run.grades_path.read_bytes().splitlines(keepends=True)[:5]))
    run_virtually(one.session().go())
    assert len(one.run.grades()) == 20
    assert one.provider.received.total() == 20


def test_cut_answer_is_repeated_once_also_when_the_run_is_resumed_in_between(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", faults={"lost": 1.0}, latency_s=0.001), prompts=1)
    run_virtually(one.session().go(leave_after_s=0.1))
    run_virtually(one.session().go())
    run_virtually(one.session().go())
    # nothing came at all, so the job stays open; each session that asks again may pay once
    assert [(line.number, line.is_final) for line in outcomes(one.run)] == [(0, False), (1, False), (2, False)]
    assert len(one.provider.charged) == 3


def test_failed_jobs_are_sent_again_on_request_with_numbers_of_their_own(tmp_path: Path) -> None:
    one = scene(tmp_path, Model(name="a", faults={"bad_request": 0.3}))
    run_virtually(one.session().go())
    failed = {line.head.key for line in outcomes(one.run) if isinstance(line.attempt, Failure)}
    assert failed
    run_virtually(one.session(retry_failed=True).go())
    numbers = Counter((line.head.key, line.number) for line in call_lines(one.run) if isinstance(line, SentLine))
    assert set(numbers.values()) == {1}
    again = {key for key, number in numbers if number == 1}
    assert again == failed
    assert len(list(calls(one.run))) == 20


def test_a_resumed_budget_counts_usage_that_was_read_again(tmp_path: Path) -> None:
    """3 jobs: $0.009 and $0.0111 as first read, $0.0222 and $0.0111 as reports have it, one unknown without a bound."""
    run = misread_run(tmp_path / "run")
    assert restored_usd(run) == (Decimal("0.0201"), Decimal("0.0201"))
    reparse_usage(run, clock=SYSTEM_CLOCK)
    assert restored_usd(run) == (Decimal("0.0333"), Decimal("0.0333"))


def test_a_resumed_budget_counts_the_known_part_of_a_bill_where_it_is_above_the_bound(tmp_path: Path) -> None:
    """1000 x 3 + 600 x 15 per million = $0.012 for tokens, a search of unknown price on top; $0.001 was reserved."""
    usage = Usage(prompt_tokens=1000, completion_tokens=600, cached_tokens=0, non_token_charges=("1 search",))
    made = PaidFolder(
        endpoints=[endpoint(GROK, speaks="xai")],
        prices=[price(GROK, prompt="3", cached="0.75", completion="15")],
        jobs={GROK: [[answer(usage)]]},
    )
    run = written(tmp_path / "run", made)
    (line,) = outcomes(run)
    run.call_files()[0].write_bytes(encode(replace(line, bound_usd=Decimal("0.001"))))
    assert restored_usd(run) == (Decimal("0.012"), Decimal("0.012"))


def test_a_log_of_another_run_is_refused(tmp_path: Path) -> None:
    run = misread_run(tmp_path / "run")
    log = run.call_files()[0]
    log.write_bytes(log.read_bytes().replace(GROK.encode(), b"other"))
    with pytest.raises(LocalError, match=r"its call log has answers of .*other, which its manifest lacks"):
        restored_usd(run)


def test_a_grade_with_a_damaged_key_is_left_out(tmp_path: Path) -> None:
    run = misread_run(tmp_path / "run")
    before = restored_usd(run)
    grade = GradeLine(
        key="zz",
        at=EPOCH,
        grade=Grade(verdict=Verdict.CORRECT, why="", rule="", grader="math", grader_version="1", seconds=0.0),
    )
    run.grades_path.write_bytes(encode(grade))
    assert restored_usd(run) == before


def restored_usd(run: RunDir) -> tuple[Decimal, Decimal]:
    """Dollars that a resumed session counts: against its budget, and in its display."""
    manifest, budget = run.manifest(), Budget(cap_usd=None)
    models = {one.label: ModelProgress(label=one.label, simulated=False, total=9) for one in manifest.endpoints}
    restore_state(run, manifest, models, budget=budget, book=load_book(own=manifest.prices), retry_failed=False)
    return budget.spent_usd, sum((one.known_usd for one in models.values()), Decimal(0))
