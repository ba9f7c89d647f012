"""Joins the files of several copies of one run: parts that several machines did, or runs of the same plan.

A line that stands in two copies comes once. Where two copies hold different outcomes of the same attempt, both were
billed: all attempts of that job stay, with new numbers, the answer that was begun first counts, and the other becomes a
failure of the kind `answered_twice` that costs what it cost. An answer that a copy reused from another run was not
billed to it, and is left out beside one of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.core.errors import LocalError
from harness.core.types import Completion, Failure, FailureKind, Sample
from harness.store.codec import CallLine, EndLine, OutcomeLine, PartialLine, SentLine, decode_call_line, encode
from harness.store.key_table import KeyTable
from harness.store.log import read_lines
from harness.store.run_dir import RunDir

_BY_TIME = ("grades.jsonl", "opinions.jsonl", "reviews.jsonl", "usage.jsonl")
"""The last line of a key counts: in time, whichever copy it is in."""


@dataclass(slots=True, kw_only=True)
class MergeCounts:
    """What was joined: `outcomes` written, `repeated` lines that stood twice, `conflicts`: jobs that were billed twice.

    `owners`: by key of such a job, the copy whose answer counts.
    """

    outcomes: int = 0
    repeated: int = 0
    owners: dict[str, int] = field(default_factory=dict)

    @property
    def conflicts(self) -> int:
        """Jobs that two copies sent on their own."""
        return len(self.owners)


def merge_copies(copies: Sequence[Path], target: Path) -> MergeCounts:
    """Write the joined files of the copies into an empty folder, all but the manifest and the report.

    Raises LocalError where a log is damaged, or where two copies hold different samples under one name.
    """
    counts = MergeCounts()
    runs = [RunDir(copy) for copy in copies]
    _merge_samples(runs, target)
    _merge_calls(runs, target, counts)
    for name in _BY_TIME:
        _merge_by_time([run.path / name for run in runs], target / name, counts)
    others = {path.name for run in runs for path in run.path.glob("*.jsonl") if not path.name.startswith("calls-")}
    for name in sorted(others - {*_BY_TIME, "samples.jsonl"}):
        _write(target / name, _new_lines([run.path / name for run in runs]))
    return counts


def _write(path: Path, lines: Iterator[bytes]) -> None:
    """Write lines, no file where there are none."""
    for first in lines:
        with path.open("wb") as file:
            file.write(first + b"\n")
            file.writelines(line + b"\n" for line in lines)


def _lines(path: Path) -> Iterator[bytes]:
    if path.exists():
        yield from (line for _, line in read_lines(path))


def _digest(line: bytes) -> str:
    return hashlib.blake2b(line, digest_size=16).hexdigest()


def _new_lines(paths: Sequence[Path]) -> Iterator[bytes]:
    """The lines of several files, without those that an earlier file has."""
    seen = KeyTable()
    for path in paths:
        own = list(map(_digest, _lines(path)))
        for line, digest in zip(_lines(path), own, strict=True):
            if not seen.get(digest):
                yield line
        for digest in own:
            seen.put(digest, 1)


def _merge_samples(runs: Sequence[RunDir], target: Path) -> None:
    found: dict[tuple[str, str], Sample] = {}
    for run in runs:
        if not (run.path / "samples.jsonl").exists():
            continue  # a copy that went on with a fetched run has the samples of the first
        for name, sample in run.samples().items():
            if found.setdefault(name, sample) != sample:
                raise LocalError(f"{run.path}: sample {name[1]} of {name[0]} is another one than in {runs[0].path}")
    lines = _new_lines([run.path / "samples.jsonl" for run in runs])
    _write(target / "samples.jsonl", lines)


def _merge_calls(runs: Sequence[RunDir], target: Path, counts: MergeCounts) -> None:
    conflicts = _conflicts(runs)
    kept: defaultdict[str, list[tuple[int, CallLine]]] = defaultdict(list)

    def lines() -> Iterator[bytes]:
        for copy, text, line in _call_lines(runs, counts, whole=frozenset(conflicts)):
            if line.head.key in conflicts:
                kept[line.head.key].append((copy, line))
                continue
            counts.outcomes += isinstance(line, OutcomeLine)
            yield text
        for key, held in kept.items():
            joined, counts.owners[key] = _joined(held)
            counts.outcomes += sum(isinstance(line, OutcomeLine) for line in joined)
            yield from (encode(line)[:-1] for line in joined)

    _write(target / "calls-0.jsonl", lines())


def _call_lines(
    runs: Sequence[RunDir], counts: MergeCounts | None = None, *, whole: frozenset[str] = frozenset()
) -> Iterator[tuple[int, bytes, CallLine]]:
    """(which copy, the line as it stands, the line) of every copy's log; a line that stood before is left out.

    Of the jobs in `whole` each copy has all that it holds, also what an earlier copy has.
    """
    seen = KeyTable()
    for copy, run in enumerate(runs):
        for path in run.call_files():
            for number, text in read_lines(path):
                digest = _digest(text)
                is_repeated = bool(seen.get(digest))
                if is_repeated and counts is not None:
                    counts.repeated += 1
                if is_repeated and not whole:
                    continue
                seen.put(digest, 1)
                try:
                    line = decode_call_line(text)
                except (PartialLine, ValueError) as error:
                    raise LocalError(f"{path}:{number}: {error}") from error
                if not is_repeated or line.head.key in whole:
                    yield copy, text, line


def _conflicts(runs: Sequence[RunDir]) -> set[str]:
    """Keys of the jobs whose attempt of one number was sent by two copies."""
    found: set[str] = set()
    made, owner = KeyTable(), KeyTable()
    for copy, _, line in _call_lines(runs):
        if isinstance(line, EndLine):
            continue
        # Sent lines too: what one copy sent without an outcome may have been billed beside the other's answer.
        key = line.head.key
        if made.get(key) > line.number and owner.get(key) != copy + 1:
            found.add(key)
        made.put(key, min(255, max(made.get(key), line.number + 1)))
        owner.put(key, copy + 1)
    return found


def _joined(held: Sequence[tuple[int, CallLine]]) -> tuple[list[CallLine], int]:
    """All attempts of a job with new numbers, and the copy whose answer counts: its attempts come last."""
    copies: dict[int, list[CallLine]] = {}
    for copy, line in held:
        own = copies.setdefault(copy, [])
        if line not in own:
            own.append(line)
    copies = _without_reused(copies)
    owner = min(copies, key=lambda copy: (not _is_answered(copies[copy]), _begun_at(_alone(copies, copy)), copy))
    lines: list[CallLine] = []
    unknown: list[SentLine] = []
    made, taken = 0, list(copies[owner])  # what was done before the copies parted, such as first turns, is the owner's
    for copy in (*(one for one in copies if one != owner), owner):
        own = copies[copy]
        if copy != owner:
            parted = [line for line in own if line not in taken]
            taken += parted
            own = [_discarded(line) for line in parted if not isinstance(line, EndLine)]
        outcomes = {line.number: made + place for place, line in enumerate(_outcomes(own))}
        for line in own:
            if isinstance(line, EndLine):
                lines.append(replace(line, number=made + line.number))
            elif line.number in outcomes:
                lines.append(replace(line, number=outcomes[line.number]))
            elif isinstance(line, SentLine):
                unknown.append(line)
        made += len(outcomes)
    # Sent, outcome unknown: each may have been billed. First, for a reader is done with a job at its last outcome.
    return [*(replace(line, number=made + place) for place, line in enumerate(unknown)), *lines], owner


def _without_reused(copies: dict[int, list[CallLine]]) -> dict[int, list[CallLine]]:
    """The copies of a job without those that reused another run's answer, where one sent the job itself.

    A reused answer was billed to another run, and a job of both kinds could not say which of its dollars are its own.
    Where all reused an answer, the first one's stays.
    """
    reused = [copy for copy, own in copies.items() if any(one.reused_from is not None for one in _outcomes(own))]
    has_own = any(_outcomes(own) for copy, own in copies.items() if copy not in reused)
    dropped = reused if has_own else reused[1:]
    return {copy: own for copy, own in copies.items() if copy not in dropped}


def _alone(copies: Mapping[int, Sequence[CallLine]], copy: int) -> list[CallLine]:
    """The lines that no other copy has."""
    return [line for line in copies[copy] if not any(line in copies[other] for other in copies if other != copy)]


def _outcomes(lines: Sequence[CallLine]) -> list[OutcomeLine]:
    return [line for line in lines if isinstance(line, OutcomeLine)]


def _is_answered(lines: Sequence[CallLine]) -> bool:
    """Whether a copy has an answer of the job that nothing follows."""
    has_end = any(isinstance(line, EndLine) for line in lines)
    return has_end or any(line.is_final and isinstance(line.attempt, Completion) for line in _outcomes(lines))


def _begun_at(lines: Sequence[CallLine]) -> datetime:
    """When the first of them was sent, by the clock of the machine that its run was started on."""
    times = [
        at - timedelta(seconds=0 if line.worker is None else line.worker.clock_offset_s)
        for line in _outcomes(lines)
        if (at := line.attempt.timing.started_at) is not None
    ]
    return min(times, default=datetime.max.replace(tzinfo=UTC))


def _discarded(line: SentLine | OutcomeLine) -> SentLine | OutcomeLine:
    """The line as one of an answer that does not count: a completion becomes a failure that is billed the same."""
    if isinstance(line, SentLine):
        return line
    attempt = line.attempt
    if isinstance(attempt, Completion):
        attempt = Failure(
            kind=FailureKind.ANSWERED_TWICE,
            message="another machine sent this job too, and its answer, begun earlier, counts",
            is_retryable=False,
            timing=attempt.timing,
            http_status=200,
            usage=attempt.usage,
            raw_usage=attempt.raw_usage,
            reported_cost_usd=attempt.reported_cost_usd,
            served_model=attempt.served_model,
            service_tier=attempt.service_tier,
            partial_text=attempt.text,
            request_id=attempt.request_id,
            effective=attempt.effective,
            simulated=attempt.simulated,
            completion=attempt,
        )
    return replace(line, attempt=attempt, is_final=False, reply=None)


def _merge_by_time(paths: Sequence[Path], target: Path, counts: MergeCounts) -> None:
    """Lines about answers, without those older than one of the same key, and those of answers that do not count."""
    newest: dict[str, datetime] = {}

    def lines() -> Iterator[bytes]:
        for copy, path in enumerate(paths):
            for line in _lines(path):
                found = _about(path, line)
                if found is None:
                    continue
                key, name, at = found
                is_dropped = key in counts.owners and (name != key or counts.owners[key] != copy)
                if not is_dropped and (name not in newest or at >= newest[name]):
                    newest[name] = at
                    yield line

    _write(target, lines())


def _about(path: Path, line: bytes) -> tuple[str, str, datetime] | None:
    """(key of the job, what the line replaces, when); None for a damaged line that can be derived again at no cost.

    Raises LocalError for a damaged decision of a person.
    """
    try:
        held = json.loads(line)
        ahead = held.get("worker", {}).get("clock_offset_s", 0)
        key, at = str(held["key"]), datetime.fromisoformat(held["at"]) - timedelta(seconds=ahead)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        if path.name == "reviews.jsonl":
            raise LocalError(f"{path}: damaged line {line[:60]!r}") from error
        return None
    return key, f"{key} {held['number']}" if "number" in held else key, at
