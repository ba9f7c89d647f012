"""The call log read line by line and job by job; damage is refused with its place."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.conversations import ConversationEnd
from harness.core.errors import LocalError
from harness.store.call_log import CallReader, calls
from harness.store.codec import EndLine, OutcomeLine, SentLine, encode
from harness.store.resume import completed_jobs
from tests.store.lines import ANSWER, BUSY, CUT, STORY, head, outcome, run_with, sent


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


SELDOM_READ = (b'"task_version":1', b'"task_version":"?"')
"""Damage in a field that no sum needs."""


@pytest.mark.parametrize("lines", [[outcome("a", BUSY, is_final=False)], [outcome("a", is_final=False)]])
def test_damage_in_a_field_that_is_seldom_read_names_its_line(tmp_path: Path, lines: list[OutcomeLine]) -> None:
    """The attempt of an open job is read whole: one that failed, and a turn of a conversation."""
    run = run_with(tmp_path, [sent("a"), *lines])
    log = tmp_path / "calls-0.jsonl"
    first, second = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first + second.replace(*SELDOM_READ))
    with pytest.raises(LocalError, match=r"calls-0\.jsonl:2: outcome\.head\.task_version: .*; nothing is guessed: put"):
        completed_jobs(run)
