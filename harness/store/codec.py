"""Lines of a run's files to values and back: JSON, one object a line, money as text, instants in ISO 8601.

pydantic checks every line: one that does not fit the types is refused with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, Union

import msgspec
from pydantic import Discriminator, Tag, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from harness.core.conversations import ConversationEnd, ConversationRules
from harness.core.fast_init import fast_init
from harness.core.prices import Price
from harness.core.types import (
    Attempt,
    CacheMode,
    Completion,
    Endpoint,
    Failure,
    Grade,
    Sample,
    SamplingParams,
    Usage,
    Verdict,
)
from harness.store.repair import MAX_DEPTH, cut_nesting, is_deeper, with_whole_text
from harness.store.schema_1 import upgrade

SCHEMA_VERSION = 2
"""Version of a run folder's files. Version 1 is read by upgrade(); a later one is refused."""


class PartialLine(ValueError):
    """A line that is not whole JSON, as a crash leaves behind."""


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class JobHead:
    """Which job a line belongs to."""

    key: str
    label: str
    name: str
    task: str
    task_version: int
    grader: str
    sample_id: str
    repeat: int
    params: SamplingParams
    simulated: bool = False
    imported: bool = False
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStamp:
    """Which of several workers made an attempt or a grade: its node, the version of its harness, and how far its clock
    is ahead of the clock of the head, in seconds. Durations are of the worker's own monotonic clock.
    """

    node: str
    version: str
    clock_offset_s: float


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class SentLine:
    """An attempt is about to leave; written, not synced. `bound_usd`: the most it can cost, None if unpriced. `worker`:
    who sends it, None in a run of one process.
    """

    kind: Literal["sent"] = "sent"
    head: JobHead
    number: int
    at: datetime
    bound_usd: Decimal | None = None
    worker: WorkerStamp | None = None


def _which_attempt(value: object) -> str:
    if isinstance(value, Failure) or (isinstance(value, Mapping) and "is_retryable" in value):
        return "failure"
    return "completion"


TaggedAttempt = Annotated[
    Union[Annotated[Completion, Tag("completion")], Annotated[Failure, Tag("failure")]],  # noqa: UP007 - with tags
    # By a field and not by trying both: a union that is tried in order checks half of all lines twice, and takes a
    # value for the first type that accepts it.
    Discriminator(_which_attempt),
]


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeLine:
    """What an attempt brought; synced before anything else is done with it. `is_final`: no further attempt follows.

    `bound_usd`: the most it can have cost, None if unpriced. `reused_from`: the run that was billed for it. `worker`:
    who made it, None in a run of one process. `reply`: the message of a conversation that it answers; None for the
    prompt itself.
    """

    kind: Literal["outcome"] = "outcome"
    head: JobHead
    number: int
    is_final: bool
    attempt: TaggedAttempt
    bound_usd: Decimal | None = None
    reused_from: str | None = None
    worker: WorkerStamp | None = None
    reply: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndLine:
    """A conversation has ended: its last answer counts, no further turn follows. `number`: attempts made until then.
    `worker`: who held it, None in a run of one process.
    """

    kind: Literal["end"] = "end"
    head: JobHead
    number: int
    end: ConversationEnd
    worker: WorkerStamp | None = None


CallLine: TypeAlias = SentLine | OutcomeLine | EndLine


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class GradeLine:
    """The grade of one job's accepted answer; the last line of a key counts. `worker`: who graded it, None in a run of
    one process and where it was graded again.
    """

    key: str
    at: datetime
    grade: Grade
    worker: WorkerStamp | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionLine:
    """Another grader's result on an accepted answer, kept apart from the grades; the last line of a key counts."""

    key: str
    at: datetime
    grade: Grade


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """A person's decision on an accepted answer, kept apart from the grades; the last line of a key counts.

    `name`: who decided. `reason`: why, in a sentence.
    """

    key: str
    at: datetime
    verdict: Verdict
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageLine:
    """The usage of one attempt, parsed again by a corrected dialect; the last line of an attempt counts.

    `number` is the attempt's place among the job's outcomes, from 0. `usage` None: the raw usage says nothing.
    `dialect_version`: the dialect's `reading_version`.
    """

    key: str
    number: int
    at: datetime
    dialect: str
    dialect_version: int
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleLine:
    """A sample as it was asked, so that grades can be redone without the data set."""

    task: str
    sample: Sample


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskEntry:
    """What a manifest says of one task."""

    name: str
    version: int
    grader: str
    content_hash: str
    origin: str
    licence: str
    max_tokens: int
    samples: int
    accepted_change: str | None = None


RunKind: TypeAlias = Literal["run", "speed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file that was read, with its size in bytes and its digest."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFrom:
    """Whose results a run folder holds. `importer_version` rises when the same file would be read differently.

    `title`, `url`, `licence`, `published_on`: as far as known. `lacking`: what the source does not say, a clause each.
    `notes`: what the importer had to decide, a sentence each.
    """

    format: str
    importer_version: int
    files: tuple[ImportedFile, ...]
    title: str | None = None
    url: str | None = None
    licence: str | None = None
    published_on: date | None = None
    lacking: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedFrom:
    """The recording that answers in a run: its folder as it was named, and when its first exchange was recorded.

    `is_instant`: answers come at once, so the run has no times. Prices are those of the recording's day.
    """

    folder: str
    recorded_at: datetime
    is_instant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Everything about a run that is not a call: enough to resume it, regrade it and price it again.

    `kind` "speed": a measurement, with prompts that no cache has seen. `every_s`: seconds from request to request.
    `until_width`, `until_separated`: the run may end before its last job, once so much is known; `stopped_early` says
    in words that it did. Its accuracies need bounds that hold at every number of samples. `sandbox`: the container that
    was asked for, as ENGINE:IMAGE; `sandbox_backend`: what isolated model-written code.
    `prompt_template`, `system`: what a user put around every prompt; the samples hold the result.
    `imported`: whose results these are, None for a run of our own. `replayed`: the recording that answers instead of
    the providers. `conversation`: how jobs go on after their first answer; None (not written): they do not.
    `cache`: how the run used providers' prompt caches; None (not written): as they came.
    """

    schema_version: int
    harness_version: str
    created_at: datetime
    command: tuple[str, ...]
    endpoints: tuple[Endpoint, ...]
    dialects: Mapping[str, int]
    tasks: tuple[TaskEntry, ...]
    repeats: int
    limit: int | None
    seed: int
    params: SamplingParams
    max_usd: Decimal | None
    allow_unpriced: bool
    prices: tuple[Price, ...]
    sandbox_backend: str | None
    machine: Mapping[str, str] = field(default_factory=dict)
    per_model_usd: Mapping[str, Decimal] = field(default_factory=dict)
    unsafe_no_sandbox: bool = False
    sandbox: str | None = None
    reused_runs: tuple[str, ...] = ()
    kind: RunKind = "run"
    every_s: float = 0.0
    until_width: float | None = None
    until_separated: bool = False
    stopped_early: str | None = None
    prompt_template: str | None = None
    system: str | None = None
    imported: ImportedFrom | None = None
    replayed: ReplayedFrom | None = None
    conversation: ConversationRules | None = None
    cache: CacheMode | None = None

    @property
    def may_stop_early(self) -> bool:
        return self.until_width is not None or self.until_separated


Line: TypeAlias = CallLine | GradeLine | OpinionLine | ReviewLine | UsageLine | SampleLine | Manifest

LineT = TypeVar("LineT", GradeLine, OpinionLine, ReviewLine, UsageLine, SampleLine, Manifest)
_CALL_LINE: TypeAlias = Annotated[CallLine, Discriminator("kind")]


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def encode(value: Line, *, head: bytes | None = None) -> bytes:
    """One line, newline included. Whatever a provider sent can be written and read back: no billed answer is refused.

    Invalid Unicode is replaced, NaN and infinities become null, nesting deeper than MAX_DEPTH is cut. `head`: that of
    the line from `encode_head`, where several lines have the same one.
    """
    if isinstance(value, OutcomeLine):
        value = _readable(value)
    try:
        return _one_line(value, head)
    # JSON of a provider may hold lone surrogates ("\ud83d" cut in two by a chunk border), which UTF-8 cannot encode.
    # The repair copies the whole value, so it is done only after the quick way failed.
    except (PydanticSerializationError, UnicodeEncodeError):
        return _one_line(with_whole_text(value), None)


def encode_head(head: JobHead) -> bytes:
    """What the lines of one job say of it, for `encode`."""
    try:
        return _part(head)
    except PydanticSerializationError:
        return _part(with_whole_text(head))


def encode_pretty(value: Manifest) -> bytes:
    """The same as an indented file, with what is None written out, options that were not given aside."""
    unused = {name for name in _OPTIONAL_FIELDS if getattr(value, name) is None}
    try:
        return _adapter(Manifest).dump_json(value, indent=1, exclude=unused) + b"\n"
    except (PydanticSerializationError, UnicodeEncodeError):
        return _adapter(Manifest).dump_json(with_whole_text(value), indent=1, exclude=unused) + b"\n"


_OPTIONAL_FIELDS = ("conversation", "cache")
"""Fields of a manifest that are written only where they say something: a run without the option keeps its bytes."""


def _one_line(value: Line, head: bytes | None) -> bytes:
    if isinstance(value, OutcomeLine):
        return _outcome_line(value, head or _part(value.head))
    if isinstance(value, SentLine) and value.at.tzinfo is UTC:
        return _sent_line(value, head or _part(value.head))
    kind: Any = type(value)
    return _adapter(kind).serializer.to_json(value, exclude_none=True) + b"\n"


def _sent_line(line: SentLine, head: bytes) -> bytes:
    """pydantic's bytes of a line at an instant of `datetime.UTC`."""
    at = line.at.isoformat()[:-6].encode()  # without +00:00
    bound = b"" if line.bound_usd is None else b',"bound_usd":"%s"' % str(line.bound_usd).encode()
    worker = b"" if line.worker is None else b',"worker":%s' % _stamp(line.worker)
    return b'{"kind":"sent","head":%s,"number":%d,"at":"%sZ"%s%s}\n' % (head, line.number, at, bound, worker)


@cache
def _stamp(worker: WorkerStamp) -> bytes:
    """The same for all lines of a worker."""
    return _part(worker)


def _outcome_line(line: OutcomeLine, head: bytes) -> bytes:
    """pydantic's bytes of the whole line in half its time: it has to ask which kind of attempt it is, we know."""
    parts = [
        b'{"kind":"outcome","head":',
        head,
        b',"number":%d,"is_final":%s,"attempt":' % (line.number, b"true" if line.is_final else b"false"),
        _part(line.attempt),
    ]
    if line.bound_usd is not None:
        parts.append(b',"bound_usd":"%s"' % str(line.bound_usd).encode())
    if line.reused_from is not None:
        parts.append(b',"reused_from":%s' % _part(line.reused_from))
    if line.worker is not None:
        parts.append(b',"worker":%s' % _stamp(line.worker))
    if line.reply is not None:
        parts.append(b',"reply":%s' % _part(line.reply))
    parts.append(b"}\n")
    return b"".join(parts)


def _part(value: JobHead | Attempt | WorkerStamp | str) -> bytes:
    kind: Any = type(value)
    return _adapter(kind).serializer.to_json(value, exclude_none=True)


def _readable(value: OutcomeLine) -> OutcomeLine:
    attempt = value.attempt
    changes: dict[str, Any] = {}
    # json.loads accepts NaN and Infinity (json docs); in a sum of dollars one of them would hide all others.
    if attempt.reported_cost_usd is not None and not attempt.reported_cost_usd.is_finite():
        changes["reported_cost_usd"] = None
    for name in ("raw_usage", "effective"):
        held = getattr(attempt, name)
        if is_deeper(held, MAX_DEPTH):
            changes[name] = cut_nesting(held, MAX_DEPTH)
    return replace(value, attempt=replace(attempt, **changes)) if changes else value


def decode_call_line(line: bytes) -> CallLine:
    """Raises PartialLine for broken JSON, ValueError for a whole line of another form."""
    value = _decode(_CALL_LINE, line)
    assert isinstance(value, CallLine)
    return value


def decode(kind: type[LineT], line: bytes) -> LineT:
    """Raises PartialLine for broken JSON, ValueError for a whole line of another form."""
    value = _decode(kind, line)
    assert isinstance(value, kind)
    return value


_SAMPLE = msgspec.json.Decoder(SampleLine)


def _decode(kind: Any, line: bytes) -> object:
    if kind is SampleLine:  # a large run has as many as other lines, and no schema has another form of them
        with suppress(msgspec.MsgspecError):
            return _SAMPLE.decode(line)
    line = upgrade(line)
    try:
        return _adapter(kind).validate_json(line)
    except ValidationError as error:
        try:
            json.loads(line)
        except ValueError:
            raise PartialLine(f"not whole JSON: {line[:60]!r}") from None
        # The first of perhaps a hundred errors: the others follow from it, as where a line is of another kind.
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "the line"
        raise ValueError(f"{where}: {first['msg']}") from None
