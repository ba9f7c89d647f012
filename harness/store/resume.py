"""Which jobs of a run are done and what was sent for the others, read back from its call log.

Answers four questions: which jobs are done (never sent again), which attempts the open ones have had, what every
attempt cost at most, and which attempts were sent without an outcome (they may have been charged; they are listed with
their upper bound). A line that stands twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from harness.core.fast_init import fast_init
from harness.core.types import Completion, Failure
from harness.store.call_log import LOG_START, LogPosition, OnBlock, OutcomeReader, bound_of, naming_damage, outcome_of
from harness.store.codec import EndLine, SentLine
from harness.store.key_table import KeyTable
from harness.store.log import partial_tail_bytes
from harness.store.outcome_fields import OutcomeFields
from harness.store.run_dir import RunDir

_ANSWERED, _FAILED = 1, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredTurn:
    """An answer within a conversation, and the message that it replies to; None for the prompt."""

    reply: str | None
    completion: Completion


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """What an open job has had, as the fields of `CompletedJobs` have it."""

    number: int = 0
    failures: tuple[Failure, ...] = ()
    turns: tuple[AnsweredTurn, ...] = ()
    spent_usd: Decimal = Decimal(0)


@dataclass(slots=True, kw_only=True)
class CompletedJobs:
    """`ended`: how each ended job ended. `numbers`: attempts numbered so far, of jobs that are open or failed.

    `earlier`: the failures of open jobs, those never sent left out; they count towards a job's retries. `unknown`:
    sent, outcome unknown. With `retry_failed` a job that ended in a failure is open again. `turns`: of conversations
    that have not ended, each answer with the message it replies to. `spent_usd`: what the attempts of an open job cost
    at most; filled by `run.execution.restore`, which knows prices.
    """

    retry_failed: bool = False
    ended: KeyTable = field(default_factory=KeyTable)
    numbers: dict[str, int] = field(default_factory=dict)
    earlier: dict[str, tuple[Failure, ...]] = field(default_factory=dict)
    unknown: list[SentLine] = field(default_factory=list)
    turns: dict[str, tuple[AnsweredTurn, ...]] = field(default_factory=dict)
    spent_usd: dict[str, Decimal] = field(default_factory=dict)

    def is_done(self, key: str) -> bool:
        """Whether a job needs no further attempt."""
        how = self.ended.get(key)
        return how == _ANSWERED or (how == _FAILED and not self.retry_failed)

    def note_done(self, key: str) -> None:
        """Note that a job needs no further attempt."""
        self.ended.put(key, _ANSWERED)

    def open_job(self, key: str) -> OpenJob:
        """What an open job has had."""
        return OpenJob(
            number=self.numbers.get(key, 0),
            failures=self.earlier.get(key, ()),
            turns=self.turns.get(key, ()),
            spent_usd=self.spent_usd.get(key, Decimal(0)),
        )

    def note_open(self, key: str, job: OpenJob) -> None:
        """Take over what an open job has had elsewhere."""
        self.numbers[key], self.earlier[key] = job.number, job.failures
        self.turns[key], self.spent_usd[key] = job.turns, job.spent_usd


@dataclass(slots=True)
class LogReading:
    """A pass over a call log: outcomes are taken in one after another, and `finish` ends it.

    `jobs`: what is known so far. `failures`: lines of those that count towards the retries of open jobs. Memory holds
    the open and the failed jobs and 17 bytes a slot for the answered ones.
    """

    jobs: CompletedJobs
    reader: OutcomeReader
    files: Sequence[Path]
    failures: dict[str, list[bytes]] = field(default_factory=dict)

    @classmethod
    def of(cls, jobs: CompletedJobs, run: RunDir, files: Sequence[Path] | None = None) -> LogReading:
        """A pass over these segments, all of the run unless given."""
        files = run.call_files() if files is None else files
        return cls(jobs, OutcomeReader(run, files), files)

    def read(
        self,
        *,
        saw: Callable[[OutcomeFields, bytes], None] | None = None,
        saw_end: Callable[[EndLine], None] | None = None,
        begin: LogPosition = LOG_START,
        on_block: OnBlock | None = None,
    ) -> None:
        """Take in every line from a position on.

        `saw` is told of every outcome with its line, and with its `bound_usd` filled in where it is known; `saw_end` of
        the end of every conversation.
        """
        with naming_damage(self.files):
            for line, text, sent in self.reader.lines(begin, on_block):
                if isinstance(line, EndLine):
                    if line.head.key in self.jobs.turns:
                        if saw_end is not None:
                            saw_end(line)
                        self._note_end(line)
                    continue
                self._note(line, text)
                if saw is not None:
                    if line.bound_usd is None and sent is not None:
                        line.bound_usd = bound_of(sent)
                    saw(line, text)

    def finish(self) -> list[SentLine]:
        """Take in, once all has been read, what was left: failures, and what was sent without an outcome (returned)."""
        jobs = self.jobs
        with naming_damage(self.files):
            for key, texts in self.failures.items():  # most failures were followed by an answer, and are never decoded
                attempts = (outcome_of(text).attempt for text in texts)
                new = (one for one in attempts if isinstance(one, Failure))
                jobs.earlier[key] = (*jobs.earlier.get(key, ()), *new)
        # Killed between the request and its outcome: the provider may have billed these, and nothing here can tell.
        unknown = self.reader.all_unresolved()
        for sent in unknown:
            jobs.numbers[sent.head.key] = max(jobs.numbers.get(sent.head.key, 0), sent.number + 1)
        return unknown

    def _note(self, line: OutcomeFields, text: bytes) -> None:
        """Take in one outcome."""
        jobs, key, is_failure = self.jobs, line.head.key, line.attempt.is_retryable is not None
        if line.is_final and not is_failure:
            jobs.ended.put(key, _ANSWERED)
            if key in jobs.numbers or key in jobs.earlier:  # only earlier attempts leave anything to forget
                self._forget_failures(key)
                jobs.numbers.pop(key, None)
            return
        jobs.numbers[key] = max(jobs.numbers.get(key, 0), line.number + 1)
        if line.is_final:
            jobs.ended.put(key, _FAILED)
            self._forget_failures(key)
        elif not is_failure:
            # The failures before it were those of its turn: the next turn has retries of its own.
            self._forget_failures(key)
            whole = outcome_of(text)
            assert isinstance(whole.attempt, Completion)
            turn = AnsweredTurn(reply=whole.reply, completion=whole.attempt)
            jobs.turns[key] = (*jobs.turns.get(key, ()), turn)
        elif line.attempt.was_sent:  # one that never left uses up no retry
            self.failures.setdefault(key, []).append(text)

    def _note_end(self, line: EndLine) -> None:
        """Take in the end of a conversation."""
        jobs, key = self.jobs, line.head.key
        jobs.ended.put(key, _ANSWERED)
        self._forget_failures(key)
        jobs.turns.pop(key, None)
        jobs.numbers.pop(key, None)

    def _forget_failures(self, key: str) -> None:
        self.failures.pop(key, None)
        self.jobs.earlier.pop(key, None)


def completed_jobs(run: RunDir, *, retry_failed: bool = False) -> CompletedJobs:
    """Read the whole call log once; `unknown` is filled in."""
    paid = CompletedJobs(retry_failed=retry_failed)
    paid.unknown = take_in(paid, run)
    return paid


def take_in(
    paid: CompletedJobs,
    run: RunDir,
    files: Sequence[Path] | None = None,
    *,
    saw: Callable[[OutcomeFields, bytes], None] | None = None,
    saw_end: Callable[[EndLine], None] | None = None,
) -> list[SentLine]:
    """Add what segments hold (`LogReading.read`); returns what was sent in them without an outcome."""
    reading = LogReading.of(paid, run, files)
    reading.read(saw=saw, saw_end=saw_end)
    return reading.finish()


def partial_tails(run: RunDir) -> list[str]:
    """What a crash left half written at the end of a segment, one sentence each; it is left out everywhere."""
    found: list[str] = []
    if run.is_columns_only:  # only whole lines are uploaded
        return found
    for path in run.call_files():
        tail = partial_tail_bytes(path)
        if tail:
            found.append(f"{path.name}: an unfinished last line of {tail} bytes was left out")
    return found
