"""Which jobs of a run are done and what was sent for the others, read back from its call log.

Answers four questions: which jobs are done (never sent again), which attempts the open ones have had, what every
attempt cost at most, and which attempts were sent without an outcome (they may have been charged; they are listed with
their upper bound). A line that stands twice counts once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Generic, TypeAlias, TypeVar

from harness.core.conversations import ConversationEnd
from harness.core.errors import LocalError
from harness.core.fast_init import fast_init
from harness.core.types import Attempt, Call, Completion, Failure
from harness.store.codec import CallLine, EndLine, OutcomeLine, PartialLine, SentLine, decode_call_line, encode
from harness.store.key_table import KeyTable
from harness.store.log import partial_tail_bytes, read_lines
from harness.store.outcome_fields import (
    OutcomeFields,
    decode_outcome_fields,
    decode_sent_fields,
    outcome_fields,
)
from harness.store.run_dir import RunDir

_ANSWERED, _FAILED = 1, 2
_Place: TypeAlias = tuple[int, Path, int]
"""Where a line stands: position of its segment, the file, line number from 1."""
LineT = TypeVar("LineT", bound=OutcomeLine | OutcomeFields)


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
class _Reading:
    """Outcomes taken in one after another. `failures`: lines of those that count towards the retries of open jobs."""

    jobs: CompletedJobs
    failures: dict[str, list[bytes]] = field(default_factory=dict)

    def note(self, line: OutcomeFields, text: bytes) -> None:
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

    def note_end(self, line: EndLine) -> None:
        """Take in the end of a conversation."""
        jobs, key = self.jobs, line.head.key
        jobs.ended.put(key, _ANSWERED)
        self._forget_failures(key)
        jobs.turns.pop(key, None)
        jobs.numbers.pop(key, None)

    def _forget_failures(self, key: str) -> None:
        self.failures.pop(key, None)
        self.jobs.earlier.pop(key, None)

    def finish(self, unknown: list[SentLine]) -> None:
        """Take in, once all has been read, what was left: failures, and what was sent without an outcome."""
        jobs = self.jobs
        for key, texts in self.failures.items():  # most failures were followed by an answer, and are never decoded
            attempts = (outcome_of(text).attempt for text in texts)
            new = (one for one in attempts if isinstance(one, Failure))
            jobs.earlier[key] = (*jobs.earlier.get(key, ()), *new)
        for sent in unknown:
            jobs.numbers[sent.head.key] = max(jobs.numbers.get(sent.head.key, 0), sent.number + 1)


def completed_jobs(
    run: RunDir,
    *,
    retry_failed: bool = False,
    saw: Callable[[OutcomeFields, bytes], None] | None = None,
    saw_end: Callable[[EndLine], None] | None = None,
) -> CompletedJobs:
    """Read the whole call log once (`take_in`); `unknown` is filled in."""
    paid = CompletedJobs(retry_failed=retry_failed)
    paid.unknown = take_in(paid, run, saw=saw, saw_end=saw_end)
    return paid


def take_in(
    paid: CompletedJobs,
    run: RunDir,
    files: Sequence[Path] | None = None,
    *,
    saw: Callable[[OutcomeFields, bytes], None] | None = None,
    saw_end: Callable[[EndLine], None] | None = None,
) -> list[SentLine]:
    """Add what segments hold, all of the run unless given; returns what was sent in them without an outcome.

    `saw` is told of every outcome with its line, and with its `bound_usd` filled in where it is known; `saw_end` of the
    end of every conversation. Memory holds the open and the failed jobs and 17 bytes a slot for the answered ones.
    """
    reading = _Reading(paid)
    reader = _LineReader[OutcomeFields](run, _decoded_fields, files)
    for line, text, sent in reader.lines():
        if isinstance(line, EndLine):
            if line.head.key in paid.turns:
                if saw_end is not None:
                    saw_end(line)
                reading.note_end(line)
            continue
        reading.note(line, text)
        if saw is not None:
            if line.bound_usd is None and sent is not None:
                line.bound_usd = _bound(sent)
            saw(line, text)
    # Killed between the request and its outcome: the provider may have billed these, and nothing here can tell.
    unknown = reader.all_unresolved()
    reading.finish(unknown)
    return unknown


def _bound(sent: _OpenSend) -> Decimal | None:
    """The bound of a sent line."""
    _, where, text = sent
    found = decode_sent_fields(text)
    if found is None:
        return _decoded_sent(where, text).bound_usd
    return None if found.bound_usd is None else Decimal(found.bound_usd)


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


def call_lines(run: RunDir) -> Iterator[CallLine]:
    """Every whole line of every segment, in order; an outcome that stands twice comes once.

    Raises LocalError for a damaged line.
    """
    is_new = _OutcomeFilter()
    for where, text in _texts(run):
        line = _decoded(where, text)
        if not isinstance(line, OutcomeLine) or is_new(where, line):
            yield line


def _texts(run: RunDir, files: Sequence[Path] | None = None) -> Iterator[tuple[_Place, bytes]]:
    """(where it stands, the line) of every whole line of the call log."""
    for segment, path in enumerate(run.call_files() if files is None else files):
        for number, text in read_lines(path):
            yield (segment, path, number), text


def _decoded(where: _Place, text: bytes) -> CallLine:
    _, path, number = where
    try:
        return decode_call_line(text)
    except PartialLine as error:
        raise LocalError(
            f"{path}:{number}: {error}; nothing is guessed: without that line its job would be billed again"
        ) from error
    except ValueError as error:
        raise LocalError(f"{path}:{number}: {error}") from error


class _OutcomeFilter:
    """Says of each outcome whether it is the first with its number: a line may stand twice, after a rescue."""

    def __init__(self) -> None:
        self._numbers = KeyTable()  # by job, how many attempts have been seen: they come in order

    def __call__(self, where: _Place, line: OutcomeLine | OutcomeFields) -> bool:
        """Raises LocalError for a damaged key or number."""
        made = line.number + 1
        try:
            # a job with more attempts than the table can number is taken as it stands
            return made > 255 or self._numbers.raise_to(line.head.key, made)
        except ValueError as error:
            _, path, number = where
            raise LocalError(f"{path}:{number}: {error}") from error


_SENT_START = b'{"kind":"sent",'
"""How `encode` begins a sent line. Half of all lines are such; all of one is decoded only where no outcome follows."""


_OpenSend: TypeAlias = tuple[int, _Place, bytes]
"""An attempt whose outcome has not been read: its number, where its sent line stands, and the line."""


class _LineReader(Generic[LineT]):
    """One pass over the call log: each outcome once with its text, and the sent line of its attempt where that stands
    before it.

    The ends of conversations come in their place.

    What was sent without an outcome is in `all_unresolved`. Only outcomes, and sent lines that are asked for, are
    decoded. Raises LocalError for a damaged line.
    """

    def __init__(
        self,
        run: RunDir,
        decode: Callable[[_Place, bytes], SentLine | EndLine | LineT],
        files: Sequence[Path] | None = None,
    ) -> None:
        self._run, self._decode, self._files = run, decode, files
        self.ends: dict[str, ConversationEnd] = {}
        self._open: dict[str, list[_OpenSend]] = {}

    def lines(self) -> Iterator[tuple[LineT | EndLine, bytes, _OpenSend | None]]:
        """The pass; begins anew at each call."""
        self._open = {}
        is_new, decode = _OutcomeFilter(), self._decode
        for where, text in _texts(self._run, self._files):
            if text.startswith(_SENT_START) and (found := decode_sent_fields(text)) is not None:
                # The line is kept, not its value: most sent lines are closed by their outcome a moment later.
                self._add(found.head.key, (found.number, where, text))
                continue
            line = decode(where, text)
            if isinstance(line, SentLine):
                self._add(line.head.key, (line.number, where, text))
            elif isinstance(line, EndLine):
                yield line, text, None
            elif is_new(where, line):
                yield line, text, self._close(line.head.key, line.number)

    def unresolved(self, key: str) -> list[SentLine]:
        """The attempts of a job that were sent and have no outcome in what has been read so far."""
        own = self._open.get(key)
        return [] if own is None else [_decoded_sent(where, text) for _, where, text in own]

    def all_unresolved(self) -> list[SentLine]:
        """The same of every job, in the order they were sent."""
        found = [(where, text) for own in self._open.values() for _, where, text in own]
        return [_decoded_sent(where, text) for where, text in sorted(found)]

    def _add(self, key: str, send: _OpenSend) -> None:
        own = self._open.get(key)
        if own is None:
            self._open[key] = [send]
        else:  # a line that stands twice is one attempt
            self._open[key] = [*(one for one in own if one[0] != send[0]), send]

    def _close(self, key: str, number: int) -> _OpenSend | None:
        own = self._open.pop(key, None)
        if own is None:
            return None
        if len(own) == 1 and own[0][0] == number:
            return own[0]
        if left := [one for one in own if one[0] != number]:
            self._open[key] = left
        return next((one for one in own if one[0] == number), None)


class _JobReader(_LineReader[LineT]):
    """The same by job: the outcomes of each job that had at least one, in their order, each with its text.

    Jobs left open at the end come last. Memory holds only the jobs not yet answered: an answered one is handed on at
    once. An attempt that was sent without an outcome is in no job but in `all_unresolved`. A conversation's own end is
    in `ends` when its job is handed on.
    """

    def jobs(self) -> Iterator[list[tuple[LineT, bytes]]]:
        """Raises LocalError for a damaged line."""
        waiting: dict[str, list[tuple[LineT, bytes]]] = {}
        for line, text, _ in self.lines():
            key = line.head.key
            if isinstance(line, EndLine):
                # Its last attempt may be a failure: of a turn that a later session ended the conversation without.
                if key in waiting and not all(_is_failure(outcome) for outcome, _ in waiting[key]):
                    self.ends[key] = line.end
                    yield waiting.pop(key)
                continue
            job = [*waiting.pop(key), (line, text)] if key in waiting else [(line, text)]
            if line.is_final and not _is_failure(line):
                yield job  # a failed job waits: --retry-failed may have added attempts further down
            else:
                waiting[key] = job
        yield from waiting.values()


def _is_failure(line: OutcomeLine | OutcomeFields) -> bool:
    return line.attempt.is_failure if isinstance(line, OutcomeFields) else isinstance(line.attempt, Failure)


class CallReader(_JobReader[OutcomeLine]):
    """One pass over the call log: every job that had at least one outcome, with all its attempts (`_JobReader`).

    `files`: the segments to read, all of them unless given. Raises LocalError for a damaged line.
    """

    def __init__(self, run: RunDir, files: Sequence[Path] | None = None) -> None:
        super().__init__(run, _decoded, files)

    def __iter__(self) -> Iterator[Call]:
        for job in self.jobs():
            call = _call_of([line for line, _ in job])
            end = self.ends.pop(call.key, None)
            yield call if end is None else replace(call, end=end, is_finished=True)


class FieldsReader(_JobReader[OutcomeFields]):
    """The same with those fields of the lines that sums are made of, each with its line."""

    def __init__(self, run: RunDir) -> None:
        super().__init__(run, _decoded_fields)

    def __iter__(self) -> Iterator[list[tuple[OutcomeFields, bytes]]]:
        return self.jobs()


def outcome_of(text: bytes) -> OutcomeLine:
    """All of an outcome that was read before."""
    line = decode_call_line(text)
    assert isinstance(line, OutcomeLine)
    return line


def _decoded_fields(where: _Place, text: bytes) -> SentLine | EndLine | OutcomeFields:
    found = decode_outcome_fields(text)
    if found is not None:
        return found
    line = _decoded(where, text)
    if not isinstance(line, OutcomeLine):
        return line
    return outcome_fields(encode(line))  # a line of an earlier schema, written anew


def _decoded_sent(where: _Place, text: bytes) -> SentLine:
    line = _decoded(where, text)
    assert isinstance(line, SentLine)
    return line


def calls(run: RunDir, files: Sequence[Path] | None = None) -> Iterator[Call]:
    """Every job that had at least one outcome, with all its attempts (`CallReader`)."""
    yield from CallReader(run, files)


def _call_of(lines: Sequence[OutcomeLine]) -> Call:
    call = _first_of_call(lines[0])
    for line in lines[1:]:
        call = _with_attempt(call, line)
    return call


def _first_of_call(line: OutcomeLine) -> Call:
    head, attempt = line.head, line.attempt
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
        attempts=(attempt,),
        simulated=head.simulated or attempt.simulated,
        imported=head.imported,
        replayed=head.replayed,
        reused_from=line.reused_from,
        is_finished=line.is_final,
    )


def _with_attempt(call: Call, line: OutcomeLine) -> Call:
    attempt: Attempt = line.attempt
    return replace(
        call,
        attempts=(*call.attempts, attempt),
        simulated=call.simulated or attempt.simulated,
        is_finished=line.is_final,
        reused_from=line.reused_from or call.reused_from,
        replies=call.replies if line.reply is None or isinstance(attempt, Failure) else (*call.replies, line.reply),
    )
