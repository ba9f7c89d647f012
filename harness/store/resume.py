"""What a run has already paid for, read back from its call log.

Answers four questions: which jobs are done (never sent again), which attempts the open ones have had, what every
attempt cost at most, and which attempts were sent without an outcome (they may have been charged; they are listed with
their upper bound). A line that stands twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.core.errors import LocalError
from harness.core.types import Attempt, Call, Failure
from harness.store.codec import JobHead, OutcomeLine, PartialLine, SentLine, decode_call_line
from harness.store.key_table import KeyTable
from harness.store.log import partial_tail_bytes, read_lines
from harness.store.run_dir import RunDir

_ANSWERED, _FAILED = 1, 2


@dataclass(slots=True, kw_only=True)
class CompletedJobs:
    """`ended`: how each ended job ended. `numbers`: attempts numbered so far, of jobs that are open or failed.

    `earlier`: the failures of open jobs, those never sent left out; they count towards a job's retries. `unknown`:
    sent, outcome unknown. With `retry_failed` a job that ended in a failure is open again.
    """

    retry_failed: bool = False
    ended: KeyTable = field(default_factory=KeyTable)
    numbers: dict[str, int] = field(default_factory=dict)
    earlier: dict[str, tuple[Failure, ...]] = field(default_factory=dict)
    unknown: list[SentLine] = field(default_factory=list)

    def is_done(self, key: str) -> bool:
        """Whether a job needs no further attempt."""
        how = self.ended.get(key)
        return how == _ANSWERED or (how == _FAILED and not self.retry_failed)

    def _note(self, line: OutcomeLine) -> None:
        key = line.head.key
        if line.is_final:
            self.ended.put(key, _FAILED if isinstance(line.attempt, Failure) else _ANSWERED)
            self.earlier.pop(key, None)
            if not isinstance(line.attempt, Failure):
                self.numbers.pop(key, None)
        elif isinstance(line.attempt, Failure) and line.attempt.was_sent:
            self.earlier[key] = (*self.earlier.get(key, ()), line.attempt)


def completed_jobs(
    run: RunDir, *, retry_failed: bool = False, saw: Callable[[OutcomeLine], None] | None = None
) -> CompletedJobs:
    """Read the whole call log once; `saw` is told of every outcome, with its `bound_usd` filled in where it is known.

    Memory holds the open and the failed jobs and 17 bytes a slot for the answered ones.
    """
    paid = CompletedJobs(retry_failed=retry_failed)
    open_sends: dict[tuple[str, int], SentLine] = {}
    for line in call_lines(run):
        key = line.head.key
        if isinstance(line, SentLine):
            open_sends[key, line.number] = line
            paid.numbers[key] = max(paid.numbers.get(key, 0), line.number + 1)
            continue
        sent = open_sends.pop((key, line.number), None)
        paid.numbers[key] = max(paid.numbers.get(key, 0), line.number + 1)
        paid._note(line)
        if saw is not None:
            bound = line.bound_usd if sent is None or line.bound_usd is not None else sent.bound_usd
            saw(line if bound is line.bound_usd else replace(line, bound_usd=bound))
    paid.unknown = list(open_sends.values())
    return paid


def partial_tails(run: RunDir) -> list[str]:
    """What a crash left half written at the end of a segment, one sentence each; it is left out everywhere."""
    found = []
    for path in run.call_files():
        tail = partial_tail_bytes(path)
        if tail:
            found.append(f"{path.name}: an unfinished last line of {tail} bytes was left out")
    return found


def call_lines(run: RunDir, files: Sequence[Path] | None = None) -> Iterator[SentLine | OutcomeLine]:
    """Every whole line of every segment (or of `files`), in order; an outcome that stands twice comes once.

    Raises LocalError for a damaged line.
    """
    numbers = KeyTable()  # attempts of a job whose outcome has been seen: they come in order
    for path in run.call_files() if files is None else files:
        for number, text in read_lines(path):
            try:
                line = decode_call_line(text)
            except PartialLine as error:
                raise LocalError(
                    f"{path}:{number}: {error}; nothing is guessed: without that line its job would be paid again"
                ) from error
            except ValueError as error:
                raise LocalError(f"{path}:{number}: {error}") from error
            if isinstance(line, OutcomeLine):
                made = line.number + 1
                if made <= 255:  # a job with more attempts than the table can number is taken as it stands
                    if numbers.get(line.head.key) >= made:
                        continue
                    numbers.put(line.head.key, made)
            yield line


def calls(run: RunDir, files: Sequence[Path] | None = None) -> Iterator[Call]:
    """Every job that had at least one outcome, with all its attempts; those left open at the end come last.

    Memory holds only the jobs not yet answered: an answered one is handed on at once. An attempt sent without an
    outcome is in `paid_so_far(run).unknown`, not here. `files`: the segments to read, all of them unless given.
    """
    waiting: dict[str, Call] = {}
    for line in call_lines(run, files):
        if isinstance(line, SentLine):
            continue
        key = line.head.key
        before = waiting.pop(key) if key in waiting else _empty(line.head)
        call = _with_attempt(before, line)
        if line.is_final and not isinstance(line.attempt, Failure):
            yield call
        else:
            waiting[key] = call
    yield from waiting.values()


def _empty(head: JobHead) -> Call:
    return Call(
        key=head.key,
        label=head.label,
        name=head.name,
        task=head.task,
        task_version=head.task_version,
        grader=head.grader,
        sample_id=head.sample_id,
        repeat=head.repeat,
        params=head.params,
        attempts=(),
        simulated=head.simulated,
        is_finished=False,
    )


def _with_attempt(call: Call, line: OutcomeLine) -> Call:
    attempt: Attempt = line.attempt
    return replace(
        call,
        attempts=(*call.attempts, attempt),
        is_finished=line.is_final,
        reused_from=line.reused_from or call.reused_from,
    )
