"""What a call log says of jobs and money, read back after any interruption."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from harness.store.call_log import calls
from harness.store.codec import OutcomeLine, SentLine, encode
from harness.store.outcome_fields import OutcomeFields
from harness.store.resume import CompletedJobs, completed_jobs, partial_tails, take_in
from tests.store.lines import BUSY, STORY, head, outcome, run_with, sent


def test_done_failed_open_and_unknown_jobs_are_told_apart(tmp_path: Path) -> None:
    paid = completed_jobs(run_with(tmp_path, STORY))
    assert [paid.is_done(head(job).key) for job in "abcde"] == [True, True, True, False, False]
    assert [(line.head.sample_id, line.number, line.bound_usd) for line in paid.unknown] == [("d", 0, Decimal("0.01"))]
    assert paid.numbers.get(head("d").key) == 1


def test_retrying_failed_jobs_goes_on_counting_their_attempts(tmp_path: Path) -> None:
    paid = completed_jobs(run_with(tmp_path, STORY), retry_failed=True)
    assert [paid.is_done(head(job).key) for job in "abc"] == [True, True, False]
    assert paid.numbers[head("c").key] == 1
    assert head("c").key not in paid.earlier  # the user asks anew: its retries start afresh


def test_failures_to_be_repeated_are_remembered_for_the_next_session(tmp_path: Path) -> None:
    paid = completed_jobs(run_with(tmp_path, STORY[:5]))
    assert [failure.kind for failure in paid.earlier[head("b").key]] == [BUSY.kind]
    assert paid.numbers[head("b").key] == 2


def test_outcomes_come_with_the_bound_of_their_sent_line(tmp_path: Path) -> None:
    seen: list[OutcomeFields] = []
    old = replace(outcome("a"), bound_usd=None)  # a line without a bound of its own
    take_in(CompletedJobs(), run_with(tmp_path, [sent("a", bound="0.07"), old]), saw=lambda line, _: seen.append(line))
    assert [line.bound_usd for line in seen] == [Decimal("0.07")]


def test_outcome_that_stands_twice_counts_once(tmp_path: Path) -> None:
    """As when a rescued file is appended although its lines had reached the log."""
    run = run_with(tmp_path, STORY, [outcome("a"), outcome("b", number=1)])
    seen: list[OutcomeFields] = []
    take_in(CompletedJobs(), run, saw=lambda line, _: seen.append(line))
    assert len(seen) == 4
    assert sorted(call.sample_id for call in calls(run)) == ["a", "b", "c"]


def test_log_cut_anywhere_never_forgets_a_whole_outcome(tmp_path: Path) -> None:
    story = (*STORY[:4], *STORY[5:7])
    whole = run_with(tmp_path / "whole", story)
    data = whole.call_files()[0].read_bytes()
    run = run_with(tmp_path / "cut", [])
    path = run.path / "calls-0.jsonl"
    texts = [encode(line)[:-1] for line in story]
    ends = [at for at, byte in enumerate(data) if byte == ord("\n")]
    for length in sorted({*range(0, len(data), 7), *(end + more for end in ends for more in (-1, 0, 1))}):
        path.write_bytes(data[:length])
        paid = completed_jobs(run)
        kept = data[:length].split(b"\n")
        lines = [line for line, text in zip(story, texts, strict=True) if text in kept]
        ended = {line.head.key for line in lines if isinstance(line, OutcomeLine) and line.is_final}
        assert {key for job in "abc" if paid.is_done(key := head(job).key)} == ended
        outcomes = {(line.head.key, line.number) for line in lines if isinstance(line, OutcomeLine)}
        sends = {(line.head.key, line.number) for line in lines if isinstance(line, SentLine)}
        assert {(line.head.key, line.number) for line in paid.unknown} == sends - outcomes
        assert bool(partial_tails(run)) == (kept[-1] not in (b"", *texts))


def test_partial_tail_is_reported_with_its_length(tmp_path: Path) -> None:
    run = run_with(tmp_path, STORY)
    with (tmp_path / "calls-0.jsonl").open("ab") as file:
        file.write(b'{"kind":"out')
    assert partial_tails(run) == ["calls-0.jsonl: an unfinished last line of 12 bytes was left out"]
