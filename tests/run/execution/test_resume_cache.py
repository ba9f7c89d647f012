"""What resuming counted is kept beside the log: with it a start knows what one that decodes the whole log knows."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.types import FailureKind, Grade, Usage, Verdict
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.run.execution.progress import ModelProgress
from harness.run.execution.restore import restore_state
from harness.run.execution.resume_cache import FILE, MIN_BYTES, ResumeCache
from harness.store.codec import GradeLine, OutcomeLine, SentLine, UsageLine, encode
from harness.store.corrections import usage_path
from harness.store.run_dir import RunDir
from tests.run.paid_folder import AT, PaidFolder, answer, cut, endpoint, price, written
from tests.store.lines import BUSY, outcome, sent

USAGE = Usage(prompt_tokens=1000, completion_tokens=100)
NEVER_SENT = replace(BUSY, kind=FailureKind.CONNECTION_FAILED, was_sent=False)


def line(made: SentLine | OutcomeLine) -> bytes:
    return encode(replace(made, head=replace(made.head, label="x/a", name="x/a")))


def answered(job: str, *, number: int = 0) -> bytes:
    return line(outcome(job, answer(USAGE), number=number))


BEGINNING = [
    line(sent("first")),
    answered("first"),
    line(outcome("large", replace(answer(USAGE), text="4" * MIN_BYTES))),
    line(sent("twice")),
    answered("twice"),
    line(sent("busy")),
    line(outcome("busy", BUSY, is_final=False)),
    line(outcome("busy", NEVER_SENT, number=1, is_final=False)),
    line(sent("in a batch")),
    line(outcome("failed", cut())),
    line(outcome("unpriced", answer())),
]
END = [
    answered("twice"),  # rescued, and appended by hand: it stands twice
    line(sent("busy", 2)),
    answered("busy", number=2),
    line(sent("busy too")),
    line(outcome("busy too", BUSY, is_final=False)),
    answered("in a batch"),
    line(sent("failed", 1)),
    answered("failed", number=1),
    line(sent("lost")),
]


def grade(job: str, verdict: Verdict) -> bytes:
    made = Grade(verdict=verdict, why="", rule="", grader="math", grader_version="1", seconds=0.0)
    return encode(GradeLine(key=outcome(job).head.key, at=AT, grade=made))


GRADES = [grade("first", Verdict.CORRECT), grade("twice", Verdict.WRONG)]
LATER_GRADES = [grade("large", Verdict.WRONG), grade("busy", Verdict.CORRECT), grade("busy", Verdict.WRONG)]


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A run whose log is large enough, with what its first session left."""
    prices = [price("x/a", prompt="3", completion="15")]
    made = written(tmp_path / "run", PaidFolder(endpoints=[endpoint("x/a")], prices=prices))
    append(made.path / "calls-0.jsonl", BEGINNING)
    append(made.path / "grades.jsonl", GRADES)
    return made


def append(path: Path, lines: Sequence[bytes]) -> None:
    with path.open("ab") as file:
        file.writelines(lines)


def known(run: RunDir, *, retry_failed: bool = False) -> dict[str, object]:
    """All that a resumed session knows."""
    manifest, budget = run.manifest(), Budget(cap_usd=None)
    models = {one.label: ModelProgress(label=one.label, simulated=False, total=9) for one in manifest.endpoints}
    book = load_book(own=manifest.prices)
    found = restore_state(run, manifest, models, budget=budget, book=book, retry_failed=retry_failed)
    completed = found.completed
    return {
        "ended": sorted(completed.ended.items()),
        "verdicts": sorted(found.verdicts.items()),
        "open": [completed.numbers, completed.earlier, completed.unknown, completed.spent_usd, completed.turns],
        "rest": [found.files, found.ungraded, completed.retry_failed],
        "dollars": [budget.spent_usd, budget.spent_of("x/a"), budget.learned_bound("x/a", Decimal(1))],
        "models": {label: asdict(model) for label, model in models.items()},
    }


def known_from_the_log(run: RunDir, *, retry_failed: bool = False) -> dict[str, object]:
    (run.path / FILE).unlink(missing_ok=True)
    return known(run, retry_failed=retry_failed)


def is_used(run: RunDir, *, retry_failed: bool = False) -> bool:
    return ResumeCache.of(run, run.manifest(), retry_failed=retry_failed).read() is not None


@pytest.mark.parametrize("name", ["calls-0.jsonl", "calls-1.jsonl"])
def test_lines_that_came_since_are_added_to_what_was_counted(run: RunDir, name: str) -> None:
    known(run)
    (run.path / "calls-1.jsonl").touch()  # of a session that sent nothing
    append(run.path / name, END)
    append(run.grades_path, LATER_GRADES)
    assert is_used(run)
    found = known(run)
    assert known(run) == found  # now of all lines
    assert found == known_from_the_log(run)


@pytest.mark.slow
@pytest.mark.parametrize("retry_failed", [False, True])
def test_a_session_may_have_ended_at_any_line(run: RunDir, retry_failed: bool) -> None:
    lines = BEGINNING[3:] + END
    log = run.path / "calls-0.jsonl"
    for count in range(len(lines) + 1):
        log.write_bytes(b"".join(BEGINNING[:3] + lines[:count]))
        known_from_the_log(run, retry_failed=retry_failed)
        append(log, lines[count:])
        assert is_used(run, retry_failed=retry_failed)
        found = known(run, retry_failed=retry_failed)
        assert found == known_from_the_log(run, retry_failed=retry_failed), count


def _changed_in_place(run: RunDir) -> None:
    """An answer becomes that of another job; size and times stay."""
    log = run.path / "calls-0.jsonl"
    before = log.stat()
    log.write_bytes(log.read_bytes().replace(outcome("first").head.key.encode(), outcome("other").head.key.encode()))
    os.utime(log, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (log.stat().st_size, log.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def _last_line_lost(run: RunDir) -> None:
    (run.path / "calls-0.jsonl").write_bytes(b"".join(BEGINNING[:-1]))


def _replaced(run: RunDir) -> None:
    (run.path / "calls-0.jsonl").write_bytes(b"".join(reversed(BEGINNING + END)))


def _line_in_an_earlier_segment(run: RunDir) -> None:
    append(run.path / "calls-1.jsonl", END[:2])
    known(run)
    append(run.path / "calls-0.jsonl", END[2:])


def _segment_before_the_last(run: RunDir) -> None:
    append(run.path / "calls-2.jsonl", END[:2])
    known(run)
    append(run.path / "calls-1.jsonl", END[2:])


def _segment_gone(run: RunDir) -> None:
    append(run.path / "calls-1.jsonl", END)
    known(run)
    (run.path / "calls-1.jsonl").unlink()


def _torn_line_completed(run: RunDir) -> None:
    append(run.path / "calls-0.jsonl", [END[0], END[2][:-20]])
    known(run)
    append(run.path / "calls-0.jsonl", [END[2][-20:]])


def _whole_line_without_newline_goes_on(run: RunDir) -> None:
    append(run.path / "calls-0.jsonl", [END[2].rstrip()])
    known(run)
    append(run.path / "calls-0.jsonl", [b"\n", *END[3:]])


def _graded_anew(run: RunDir) -> None:
    append(run.grades_path, [grade("first", Verdict.WRONG)])


def _grades_replaced(run: RunDir) -> None:
    run.grades_path.write_bytes(b"".join(LATER_GRADES))


def _usage_read_again(run: RunDir) -> None:
    found = UsageLine(
        key=outcome("first").head.key,
        number=0,
        at=AT,
        dialect="openai",
        dialect_version=2,
        usage=replace(USAGE, prompt_tokens=5000),
    )
    usage_path(run).write_bytes(encode(found))


def _other_prices(run: RunDir) -> None:
    run.rewrite_manifest(replace(run.manifest(), prices=(price("x/a", prompt="6", completion="15"),)))


def _cache_cut(run: RunDir) -> None:
    (run.path / FILE).write_bytes((run.path / FILE).read_bytes()[:-5])


def _cache_damaged(run: RunDir) -> None:
    data = bytearray((run.path / FILE).read_bytes())
    data[len(data) // 2] ^= 1
    (run.path / FILE).write_bytes(data)


def _cache_foreign(run: RunDir) -> None:
    (run.path / FILE).write_bytes(b"PAR1 something else")


@pytest.mark.parametrize(
    "change",
    [
        _changed_in_place, _last_line_lost, _replaced, _line_in_an_earlier_segment, _segment_before_the_last,
        _segment_gone, _torn_line_completed, _whole_line_without_newline_goes_on, _graded_anew, _grades_replaced,
        _usage_read_again, _other_prices, _cache_cut, _cache_damaged, _cache_foreign,
    ],
)  # fmt: skip
def test_what_is_no_longer_so_is_counted_from_the_log(run: RunDir, change: Callable[[RunDir], None]) -> None:
    known(run)
    assert is_used(run)
    change(run)
    found = known(run)
    assert found == known_from_the_log(run)


def test_failed_jobs_count_as_open_or_as_ended(run: RunDir) -> None:
    known(run)
    assert not is_used(run, retry_failed=True)
    found = known(run, retry_failed=True)
    assert found == known_from_the_log(run, retry_failed=True)


def test_a_small_log_keeps_nothing(run: RunDir) -> None:
    (run.path / "calls-0.jsonl").write_bytes(b"".join(BEGINNING[:2]))
    known(run)
    assert not (run.path / FILE).exists()


def test_a_folder_that_takes_no_file_is_resumed_all_the_same(run: RunDir) -> None:
    expected = known_from_the_log(run)
    (run.path / FILE).unlink()
    (run.path / FILE / "in the way").mkdir(parents=True)
    assert known(run) == expected
    assert [path.name for path in run.path.glob("*.partial")] == []
