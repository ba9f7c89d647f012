"""What a call log says of jobs and money, read back after any interruption."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.conversations import ConversationEnd
from harness.core.errors import LocalError
from harness.store.codec import EndLine, OutcomeLine, SentLine, encode
from harness.store.outcome_fields import OutcomeFields
from harness.store.resume import CallReader, calls, completed_jobs, partial_tails
from harness.store.run_dir import RunDir
from tests.store.lines import ANSWER, BUSY, CUT, head, outcome, sent

STORY: tuple[SentLine | OutcomeLine, ...] = (
    sent("a"),
    sent("b"),
    outcome("a"),
    outcome("b", BUSY, is_final=False),
    sent("b", 1),
    sent("c"),
    outcome("b", number=1),
    outcome("c", CUT),
    sent("d"),
)
"""Two jobs answered, one at the second attempt; one failed for good; one in flight."""


def run_with(folder: Path, *segments: Sequence[SentLine | OutcomeLine | EndLine]) -> RunDir:
    """A run folder whose call log has these segments."""
    folder.mkdir(exist_ok=True)
    for number, lines in enumerate(segments):
        (folder / f"calls-{number}.jsonl").write_bytes(b"".join(encode(line) for line in lines))
    return RunDir(folder)


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
    completed_jobs(run_with(tmp_path, [sent("a", bound="0.07"), old]), saw=lambda line, _: seen.append(line))
    assert [line.bound_usd for line in seen] == [Decimal("0.07")]


def test_outcome_that_stands_twice_counts_once(tmp_path: Path) -> None:
    """As when a rescued file is appended although its lines had reached the log."""
    run = run_with(tmp_path, STORY, [outcome("a"), outcome("b", number=1)])
    seen: list[OutcomeFields] = []
    completed_jobs(run, saw=lambda line, _: seen.append(line))
    assert len(seen) == 4
    assert sorted(call.sample_id for call in calls(run)) == ["a", "b", "c"]


def test_calls_hold_all_attempts_in_order(tmp_path: Path) -> None:
    found = {call.sample_id: call for call in calls(run_with(tmp_path, STORY))}
    assert [type(attempt).__name__ for attempt in found["b"].attempts] == ["Failure", "Completion"]
    assert found["a"].accepted == ANSWER
    assert found["c"].accepted is None
    assert found["c"].is_finished


@pytest.mark.parametrize("is_final", [False, True])
def test_conversation_that_ends_after_a_turn_that_failed_keeps_its_paid_answer(tmp_path: Path, is_final: bool) -> None:
    """Its second turn got no answer; a later session ended it without one, as its dollars or the grade decided."""
    turn, failed = outcome("a", is_final=False), outcome("a", CUT, number=1, is_final=is_final)
    end = EndLine(head=head("a"), number=2, end=ConversationEnd(reason="DollarLimit", submission="a diff"))
    run = run_with(tmp_path, [turn, failed, end])
    (call,) = calls(run)
    assert completed_jobs(run, retry_failed=True).is_done(call.key)
    assert call.is_finished
    assert call.accepted == replace(ANSWER, text="a diff")
    assert call.attempts == (ANSWER, CUT)


def test_segments_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    segments: list[list[SentLine | OutcomeLine]] = [[sent(f"j{one}"), outcome(f"j{one}")] for one in range(11)]
    run = run_with(tmp_path, *segments)
    assert [call.sample_id for call in calls(run)] == [f"j{number}" for number in range(11)]


def test_reader_finds_the_same_attempts_without_an_outcome_as_resuming_does(tmp_path: Path) -> None:
    """One pass against two, after every line at which a run may have been killed."""
    quoted = replace(sent("e", number=3), head=replace(head("e"), label='sim/"number":7,"at":"'))
    story = [*STORY, sent("e", bound=None), quoted]
    for end in range(len(story) + 1):
        run = run_with(tmp_path / str(end), story[:end])
        reader = CallReader(run)
        assert [call.key for call in reader] == [call.key for call in calls(run)]
        assert reader.all_unresolved() == completed_jobs(run).unknown


def test_reader_knows_a_jobs_lost_attempts_when_it_hands_the_job_on(tmp_path: Path) -> None:
    lost, kept = sent("a"), sent("a", number=1)
    reader = CallReader(run_with(tmp_path, [lost, kept, outcome("a", number=1), sent("b")]))
    assert [reader.unresolved(call.key) for call in reader] == [[lost]]


def test_copies_of_segments_are_not_read(tmp_path: Path) -> None:
    run = run_with(tmp_path, STORY)
    shutil.copy(tmp_path / "calls-0.jsonl", tmp_path / "calls-0 (copy).jsonl")
    assert run.call_files() == [tmp_path / "calls-0.jsonl"]
    assert run.next_call_file() == tmp_path / "calls-1.jsonl"


def test_log_cut_at_every_byte_never_forgets_a_whole_outcome(tmp_path: Path) -> None:
    story = (*STORY[:4], *STORY[5:7])
    whole = run_with(tmp_path / "whole", story)
    data = whole.call_files()[0].read_bytes()
    run = run_with(tmp_path / "cut", [])
    path = run.path / "calls-0.jsonl"
    texts = [encode(line)[:-1] for line in story]
    for length in range(len(data) + 1):
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


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b'{"kind":"outcome","he\n', "calls-0.jsonl:10: not whole JSON"),
        (b'{"kind":"outcome"}\n', "calls-0.jsonl:10: outcome.head: Field required"),
        (b'{"kind":"other"}\n', "calls-0.jsonl:10"),
    ],
)
def test_damage_inside_the_log_is_refused_with_its_place(tmp_path: Path, line: bytes, words: str) -> None:
    run = run_with(tmp_path, STORY)
    with (tmp_path / "calls-0.jsonl").open("ab") as file:
        file.write(line + encode(sent("e")))
    with pytest.raises(LocalError, match=words.replace(".", r"\.")):
        completed_jobs(run)


@pytest.mark.parametrize(("whole", "damaged"), [(b'"key":"', b'"key":"zz'), (b'"number":0', b'"number":-3')])
def test_damaged_key_or_number_of_an_outcome_names_its_line(tmp_path: Path, whole: bytes, damaged: bytes) -> None:
    run = run_with(tmp_path, [sent("a"), outcome("a")])
    log = tmp_path / "calls-0.jsonl"
    first, second = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + second.replace(whole, damaged, 1))
    with pytest.raises(LocalError, match=r"calls-0\.jsonl:2: a key of 16 bytes and a number from 1 to 255 are needed"):
        completed_jobs(run)
