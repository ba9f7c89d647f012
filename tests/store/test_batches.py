"""The journal of a run's batches: what a step leaves, half-written lines, damage."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.store.batches import BatchClosed, BatchJournal, BatchPlanned, BatchPrepared, BatchStarted

AT = datetime(2026, 11, 30, tzinfo=UTC)


def planned(number: int) -> BatchPlanned:
    return BatchPlanned(batch=number, at=AT, label="a/b", tag=f"t{number}", attempts=((f"{number:032x}", 0),))


def test_a_journal_read_again_has_every_step(tmp_path: Path) -> None:
    journal = BatchJournal(tmp_path)
    for number in (1, 2, 3):
        journal.add(planned(number))
    journal.add(BatchPrepared(batch=2, at=AT, reference="file-2"))
    journal.add(BatchPrepared(batch=3, at=AT, reference="file-3"))
    journal.add(BatchStarted(batch=3, at=AT, id="batch-3"))
    journal.add(BatchClosed(batch=1, at=AT, words="was not started"))
    again = BatchJournal(tmp_path)
    assert again.batches == journal.batches
    assert [(one.reference, one.id) for one in again.open_batches] == [("file-2", None), ("file-3", "batch-3")]
    assert again.open_attempts == {(f"{2:032x}", 0), (f"{3:032x}", 0)}
    assert again.next_number == 4


def test_a_half_written_line_is_left_out_and_cut_off_by_the_next_step(tmp_path: Path) -> None:
    BatchJournal(tmp_path).add(planned(1))
    path = tmp_path / "batches.jsonl"
    with path.open("ab") as file:
        file.write(b'{"batch":1,"at":"2026-')
    journal = BatchJournal(tmp_path)
    assert journal.batches[1].reference is None
    journal.add(BatchPrepared(batch=1, at=AT, reference="file-1"))
    assert BatchJournal(tmp_path).batches[1].reference == "file-1"


def test_a_damaged_line_is_refused_for_a_batch_could_be_sent_twice(tmp_path: Path) -> None:
    (tmp_path / "batches.jsonl").write_text('{"kind":"started","batch":1}\n')
    with pytest.raises(LocalError, match="could be sent twice"):
        BatchJournal(tmp_path)


def test_a_number_that_two_machines_gave_to_batches_of_their_own_is_refused(tmp_path: Path) -> None:
    journal = BatchJournal(tmp_path)
    journal.add(planned(1))
    journal.add(replace(planned(1), tag="of-another-machine"))
    with pytest.raises(LocalError, match=r"batches.jsonl:2: two machines gave the number 1 .* t1 and of-another-m"):
        BatchJournal(tmp_path)


def test_a_number_is_free_again_once_its_batch_is_closed(tmp_path: Path) -> None:
    journal = BatchJournal(tmp_path)
    journal.add(planned(1))
    journal.add(BatchClosed(batch=1, at=AT, words="answered"))
    journal.add(replace(planned(1), tag="of-a-joined-run"))
    assert [one.plan.tag for one in BatchJournal(tmp_path).open_batches] == ["of-a-joined-run"]


def test_a_step_of_a_batch_whose_plan_is_missing_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "batches.jsonl"
    path.write_text('{"kind":"started","batch":3,"at":"2026-11-30T00:00:00Z","id":"b"}\n')
    with pytest.raises(LocalError, match=r"batches.jsonl:1: batch 3 is started and was not planned"):
        BatchJournal(tmp_path)
