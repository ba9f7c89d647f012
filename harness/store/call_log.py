"""The call log read back: every line, every job with its attempts, or the fields of them that sums are made of.

A line that stands twice counts once. A line that cannot be read is an error that names its file and number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Generic, NamedTuple, TypeAlias, TypeVar

from harness.core.conversations import ConversationEnd
from harness.core.errors import LocalError
from harness.core.types import Attempt, Call, Failure
from harness.store.codec import CallLine, EndLine, OutcomeLine, SentLine, decode_call_line, encode
from harness.store.key_table import KeyTable
from harness.store.log import read_line_blocks, read_lines
from harness.store.outcome_fields import (
    OutcomeFields,
    decode_outcome_fields,
    decode_sent_fields,
    outcome_fields,
)
from harness.store.run_dir import RunDir

_Place: TypeAlias = tuple[int, Path, int]
"""Where a line stands: position of its segment, the file, line number from 1."""
LineT = TypeVar("LineT", bound=OutcomeLine | OutcomeFields)


def call_lines(run: RunDir) -> Iterator[CallLine]:
    """Every whole line of every segment, in order; an outcome that stands twice comes once.

    Raises LocalError for a damaged line.
    """
    is_new = _OutcomeFilter()
    for segment, path, first, texts in _texts(run.call_files()):
        for number, text in enumerate(texts, first):
            line = _decoded((segment, path, number), text)
            if not isinstance(line, OutcomeLine) or is_new((segment, path, number), line):
                yield line


class LogPosition(NamedTuple):
    """Where reading of a log begins: a segment by its place, a byte in it, and the lines before that."""

    segment: int = 0
    start: int = 0
    lines: int = 0


LOG_START = LogPosition()
OnBlock: TypeAlias = Callable[[Path, bytes], None]
"""Told of all bytes that are read, before the lines that end in them come: their file, the bytes."""


def _texts(
    files: Sequence[Path], begin: LogPosition = LOG_START, on_block: OnBlock | None = None
) -> Iterator[tuple[int, Path, int, list[bytes]]]:
    """(position of the segment, its file, number of the first line, lines), of all whole lines from a position on."""
    for segment, path in enumerate(files):
        if segment < begin.segment:
            continue
        start, before = (begin.start, begin.lines) if segment == begin.segment else (0, 0)
        saw = None if on_block is None else partial(on_block, path)
        for first, texts in read_line_blocks(path, start=start, on_block=saw):
            yield segment, path, before + first, texts


def _decoded(where: _Place, text: bytes) -> CallLine:
    _, path, number = where
    try:
        return decode_call_line(text)
    except ValueError as error:
        raise _damaged(path, number, error) from error


def _damaged(path: Path, number: int, error: ValueError) -> LocalError:
    return LocalError(
        f"{path}:{number}: {error}; nothing is guessed: put the line back from a copy of the run, or delete it, and "
        "its job is sent and billed again"
    )


def foreign_label(run: RunDir, label: str) -> LocalError:
    """The error for a log copied from another run: its answers would be billed at this run's prices."""
    return LocalError(f"{run.path}: its call log has answers of {label}, which its manifest lacks")


@contextmanager
def naming_damage(files: Sequence[Path]) -> Iterator[None]:
    """Within it a `DamagedOutcome` of these segments is raised as a LocalError that names its file and line."""
    try:
        yield
    except DamagedOutcome as error:
        for path in files:  # only now: places of lines that are in order need not be kept
            for number, text in read_lines(path):
                if text == error.line:
                    raise _damaged(path, number, error) from error
        raise


class _OutcomeFilter:
    """Says of each outcome whether it is the first with its number: a line may stand twice, after a rescue."""

    def __init__(self, numbers: KeyTable | None = None) -> None:
        # by job, how many attempts have been seen: they come in order
        self.numbers = KeyTable() if numbers is None else numbers

    def __call__(self, where: _Place, line: OutcomeLine | OutcomeFields) -> bool:
        """Raises LocalError for a damaged key or number."""
        made = line.number + 1
        try:
            # a job with more attempts than the table can number is taken as it stands
            return made > 255 or self.numbers.raise_to(line.head.key, made)
        except ValueError as error:
            _, path, number = where
            raise _damaged(path, number, error) from error


_SENT_START = b'{"kind":"sent",'
"""How `encode` begins a sent line. Half of all lines are such; all of one is decoded only where no outcome follows."""


OpenSend: TypeAlias = tuple[int, _Place, bytes]
"""An attempt whose outcome has not been read: its number, where its sent line stands, and the line."""


def bound_of(sent: OpenSend) -> Decimal | None:
    """The most that an attempt can cost, of its sent line; None if unpriced."""
    _, where, text = sent
    found = decode_sent_fields(text)
    if found is None:
        return _decoded_sent(where, text).bound_usd
    return None if found.bound_usd is None else Decimal(found.bound_usd)


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
        *,
        decode_fields: Callable[[bytes], LineT | None] = lambda _: None,
    ) -> None:
        """`decode_fields` is tried first; where it gives None, `decode` says what the line is."""
        self._files = run.call_files() if files is None else files
        self._decode, self._decode_fields = decode, decode_fields
        self._is_new = _OutcomeFilter()
        self.ends: dict[str, ConversationEnd] = {}
        self._open: dict[str, list[OpenSend]] = {}

    def lines(
        self, begin: LogPosition = LOG_START, on_block: OnBlock | None = None
    ) -> Iterator[tuple[LineT | EndLine, bytes, OpenSend | None]]:
        """The pass, from a position on."""
        is_new, decode_fields, open_sends = self._is_new, self._decode_fields, self._open
        for segment, path, first, texts in _texts(self._files, begin, on_block):
            for number, text in enumerate(texts, first):
                if text.startswith(_SENT_START) and (found := decode_sent_fields(text)) is not None:
                    # The line is kept, not its value: most sent lines are closed by their outcome a moment later.
                    self._add(found.head.key, (found.number, (segment, path, number), text))
                    continue
                line: SentLine | EndLine | LineT | None = decode_fields(text)
                if line is None:
                    line = self._decode((segment, path, number), text)
                if isinstance(line, SentLine):
                    self._add(line.head.key, (line.number, (segment, path, number), text))
                elif isinstance(line, EndLine):
                    yield line, text, None
                elif is_new((segment, path, number), line):
                    own = open_sends.pop(line.head.key, None)
                    if own is None or (len(own) == 1 and own[0][0] == line.number):
                        yield line, text, None if own is None else own[0]
                    else:
                        yield line, text, self._close(line.head.key, own, line.number)

    def unresolved(self, key: str) -> list[SentLine]:
        """The attempts of a job that were sent and have no outcome in what has been read so far."""
        own = self._open.get(key)
        return [] if own is None else [_decoded_sent(where, text) for _, where, text in own]

    def all_unresolved(self) -> list[SentLine]:
        """The same of every job, in the order they were sent."""
        found = [(where, text) for own in self._open.values() for _, where, text in own]
        return [_decoded_sent(where, text) for where, text in sorted(found)]

    def _add(self, key: str, send: OpenSend) -> None:
        own = self._open.get(key)
        if own is None:
            self._open[key] = [send]
        else:  # a line that stands twice is one attempt
            self._open[key] = [*(one for one in own if one[0] != send[0]), send]

    def _close(self, key: str, own: list[OpenSend], number: int) -> OpenSend | None:
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


class OutcomeReader(_LineReader[OutcomeFields]):
    """One pass over the outcomes, with those fields of the lines that sums are made of (`lines`).

    `numbers` and `open_sends` are what it knows of the lines read so far: how many attempts of each job, and which of
    them were sent without an outcome (number, segment, number of the line, line). With them another reader can go on
    where this one ended.
    """

    def __init__(self, run: RunDir, files: Sequence[Path] | None = None) -> None:
        super().__init__(run, _decoded_fields, files, decode_fields=decode_outcome_fields)

    @property
    def numbers(self) -> KeyTable:
        return self._is_new.numbers

    @property
    def open_sends(self) -> dict[str, list[tuple[int, int, int, bytes]]]:
        return {
            key: [(number, segment, line, text) for number, (segment, _, line), text in sends]
            for key, sends in self._open.items()
        }

    def go_on_from(self, numbers: KeyTable, open_sends: Mapping[str, Sequence[tuple[int, int, int, bytes]]]) -> None:
        """Take over what another reader knew."""
        self._is_new = _OutcomeFilter(numbers)
        for key, sends in open_sends.items():
            self._open[key] = [
                (number, (segment, self._files[segment], line), text) for number, segment, line, text in sends
            ]


class FieldsReader(_JobReader[OutcomeFields]):
    """The same with those fields of the lines that sums are made of, each with its line."""

    def __init__(self, run: RunDir) -> None:
        super().__init__(run, _decoded_fields, decode_fields=decode_outcome_fields)

    def __iter__(self) -> Iterator[list[tuple[OutcomeFields, bytes]]]:
        return self.jobs()


class DamagedOutcome(ValueError):
    """An outcome whose damage is in fields that are seldom read. `line`: all of it."""

    def __init__(self, line: bytes, error: ValueError) -> None:
        super().__init__(str(error))
        self.line = line


def outcome_of(text: bytes) -> OutcomeLine:
    """All of an outcome whose `OutcomeFields` were read before. Raises DamagedOutcome."""
    try:
        line = decode_call_line(text)
    except ValueError as error:
        raise DamagedOutcome(text, error) from error
    assert isinstance(line, OutcomeLine)
    return line


def _decoded_fields(where: _Place, text: bytes) -> SentLine | EndLine | OutcomeFields:
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
