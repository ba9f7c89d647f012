"""Copies of a run are joined: a line once, a double bill kept, what is unknown stays unknown."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.conversations import ConversationEnd
from harness.core.errors import LocalError
from harness.core.prices import CostUnknown
from harness.core.types import Failure, FailureKind, Verdict
from harness.report.run_data.load import RunData
from harness.store.codec import CallLine, EndLine, OutcomeLine, SentLine, WorkerStamp, decode_call_line, encode
from harness.store.merge import MergeCounts, merge_copies
from tests.report.history.listed_runs import ONE, SPENT
from tests.report.runs import NOON, RunWriter, answer, timing


def copy_of(folder: Path, *, samples: int = 2) -> RunWriter:
    return RunWriter(folder, endpoints=[ONE], samples=samples)


def joined(target: Path, *copies: Path) -> tuple[MergeCounts, RunData]:
    """The copies in one folder, with the first one's manifest."""
    target.mkdir()
    counts = merge_copies(copies, target)
    shutil.copy(copies[0] / "manifest.json", target)
    return counts, RunData.load(target)


def test_jobs_of_two_machines_stand_together(tmp_path: Path) -> None:
    for name, sample in (("a", 0), ("b", 1)):
        writer = copy_of(tmp_path / name)
        writer.job(ONE, sample, [answer()], Verdict.CORRECT)
        writer.close()
    counts, data = joined(tmp_path / "both", tmp_path / "a", tmp_path / "b")
    assert (counts.outcomes, counts.repeated, counts.conflicts) == (2, 0, 0)
    results = list(data.results())
    assert [result.call.sample_id for result in results] == ["s0", "s1"]
    assert all(result.grade is not None for result in results)
    assert len(data.samples) == 2


def test_a_copy_that_went_on_adds_only_its_own_lines(tmp_path: Path) -> None:
    first = copy_of(tmp_path / "a")
    first.job(ONE, 0, [answer()], Verdict.CORRECT)
    first.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    more = copy_of(tmp_path / "more")
    more.job(ONE, 1, [answer()], Verdict.CORRECT)
    more.close()
    shutil.copy(tmp_path / "more" / "calls-0.jsonl", tmp_path / "b" / "calls-1.jsonl")
    counts, data = joined(tmp_path / "both", tmp_path / "a", tmp_path / "b")
    assert (counts.outcomes, counts.repeated, counts.conflicts) == (2, 1, 0)
    assert [result.spent.usd for result in data.results()] == [SPENT, SPENT]  # type: ignore[union-attr]


def test_a_job_that_two_copies_were_billed_for_costs_both_and_the_first_answer_counts(tmp_path: Path) -> None:
    late = timing()
    late = replace(late, started_at=NOON + timedelta(minutes=1))
    discarded = replace(answer(at=late, reasoning="so"), served_by="host", native_finish_reason="end")
    for name, sent, verdict in (("a", discarded, Verdict.CORRECT), ("b", answer(), Verdict.WRONG)):
        writer = copy_of(tmp_path / name, samples=1)
        writer.job(ONE, 0, [sent], verdict)
        writer.close()
    counts, data = joined(tmp_path / "both", tmp_path / "a", tmp_path / "b")
    assert (counts.outcomes, counts.conflicts) == (2, 1)
    (result,) = data.results()
    assert result.spent.usd == 2 * SPENT  # type: ignore[union-attr]
    assert result.accepted is not None
    assert result.accepted.usd == SPENT  # type: ignore[union-attr]
    assert result.call.accepted is not None
    assert result.call.accepted.timing.started_at == NOON
    failure, _ = result.call.attempts
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.completion) == (FailureKind.ANSWERED_TWICE, discarded)
    assert result.grade is not None
    assert result.grade.verdict is Verdict.WRONG


def test_the_first_answer_is_the_first_by_the_clock_of_the_machine_of_the_run_not_of_its_workers(
    tmp_path: Path,
) -> None:
    ahead = WorkerStamp(node="h/1", version="1", clock_offset_s=3600)
    late = replace(timing(), started_at=NOON + timedelta(minutes=59))  # a minute before the other, by the right clock
    for name, sent, verdict in (("a", answer(at=late), Verdict.CORRECT), ("b", answer(), Verdict.WRONG)):
        writer = copy_of(tmp_path / name, samples=1)
        writer.job(ONE, 0, [sent], verdict)
        writer.close()
    for path in (tmp_path / "a" / "calls-0.jsonl", tmp_path / "a" / "grades.jsonl"):
        stamped = [{**json.loads(line), "worker": asdict(ahead)} for line in path.read_text().splitlines()]
        path.write_text("".join(json.dumps(line) + "\n" for line in stamped))
    _, data = joined(tmp_path / "both", tmp_path / "a", tmp_path / "b")
    (result,) = data.results()
    assert result.call.accepted is not None
    assert result.call.accepted.timing.started_at == late.started_at
    assert result.grade is not None
    assert result.grade.verdict is Verdict.CORRECT


@pytest.mark.parametrize("order", ["ab", "ba", "bc"])
def test_an_answer_that_one_copy_reused_is_billed_once_and_to_the_copy_that_sent_it(tmp_path: Path, order: str) -> None:
    for name, reused_from in (("a", None), ("b", "a"), ("c", "b")):
        writer = copy_of(tmp_path / name, samples=1)
        writer.job(ONE, 0, [answer()], Verdict.CORRECT, reused_from=reused_from)
        writer.close()
    _, data = joined(tmp_path / "both", *(tmp_path / name for name in order))
    (result,) = data.results()
    assert result.call.attempts == (answer(),)
    assert result.spent.usd == SPENT  # type: ignore[union-attr]
    assert result.call.reused_from == ("a" if order == "bc" else None)
    assert result.grade is not None


def test_what_one_copy_sent_without_an_outcome_stays_unknown_beside_the_answer_of_the_other(tmp_path: Path) -> None:
    killed = copy_of(tmp_path / "a", samples=1)
    killed.job(ONE, 0, [], lost=1)
    killed.close()
    other = copy_of(tmp_path / "b", samples=1)
    other.job(ONE, 0, [answer()], Verdict.CORRECT)
    other.close()
    _, data = joined(tmp_path / "both", tmp_path / "a", tmp_path / "b")
    (result,) = data.results()
    assert isinstance(result.spent, CostUnknown)
    assert result.spent.known_usd == SPENT
    assert [line.bound_usd for line in data.lost.sent] == [Decimal(1)]


def test_an_older_grade_does_not_replace_a_newer_one(tmp_path: Path) -> None:
    writer = copy_of(tmp_path / "a", samples=1)
    writer.job(ONE, 0, [answer()], Verdict.CORRECT)
    writer.close()
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    grades = tmp_path / "a" / "grades.jsonl"
    regraded = grades.read_text().replace("2026-11-20T12:00:00Z", "2026-11-21T12:00:00Z").replace("correct", "wrong")
    grades.write_text(grades.read_text() + regraded)
    _, data = joined(tmp_path / "both", tmp_path / "a", tmp_path / "b")
    (result,) = data.results()
    assert result.grade is not None
    assert result.grade.verdict is Verdict.WRONG


def test_another_sample_under_the_same_name_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        copy_of(tmp_path / name, samples=1).close()
    samples = tmp_path / "b" / "samples.jsonl"
    samples.write_text(samples.read_text().replace("0+1?", "0+2?"))
    (tmp_path / "both").mkdir()
    with pytest.raises(LocalError, match="sample s0 of sums is another one"):
        merge_copies([tmp_path / "a", tmp_path / "b"], tmp_path / "both")


def test_copies_that_parted_in_mid_conversation_leave_the_first_turns_to_the_answer(tmp_path: Path) -> None:
    """Machine a was killed while its second turn was in flight; b, with a's first turn, asked it again and finished."""
    writer = copy_of(tmp_path / "a", samples=1)
    writer.job(ONE, 0, [answer(), answer()], lost=1)
    writer.close()
    log = tmp_path / "a" / "calls-0.jsonl"
    lines = [decode_call_line(text) for text in log.read_bytes().splitlines()]
    sent = next(line for line in lines if isinstance(line, SentLine))
    one, two = (line for line in lines if isinstance(line, OutcomeLine))
    first: list[CallLine] = [replace(sent, number=0), replace(one, number=0, is_final=False)]
    late = replace(sent, number=1, at=sent.at + timedelta(hours=1))
    end = EndLine(head=one.head, number=2, end=ConversationEnd(reason="correct"))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    log.write_bytes(b"".join(encode(line) for line in (*first, replace(sent, number=1))))
    went_on: list[CallLine] = [*first, late, replace(two, number=1, is_final=False, reply="check"), end]
    (tmp_path / "b" / "calls-0.jsonl").write_bytes(b"".join(encode(line) for line in went_on))
    counts, data = joined(tmp_path / "both", tmp_path / "a", tmp_path / "b")
    assert (counts.outcomes, counts.conflicts) == (2, 1)
    (result,) = data.results()
    assert len(result.call.turns) == 2
    assert result.accepted is not None
    assert result.accepted.usd == 2 * SPENT  # type: ignore[union-attr]
    assert isinstance(result.spent, CostUnknown)
    assert result.spent.known_usd == 2 * SPENT
    assert len(data.lost.sent) == 1
