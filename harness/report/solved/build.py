"""Figures per solved task of runs whose jobs are conversations, for each number of feedback rounds or for an agent.

A conversation goes on only while its answer is not correct, so what a run with fewer rounds would have had is its
beginning: after k rounds a job is solved if its last answer is correct and came within k rounds, and it cost its first
k + 1 turns. Intervals are those of stats.means.per_correct, without room for runaway answers: a conversation's turns
are limited.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Call, Completion, Origin, Verdict
from harness.pricing.attempts import sum_costs
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobResult
from harness.stats.arrays import Floats
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.means import PerSample, per_correct, rate
from harness.stats.metrics import Value
from harness.stats.resample import STANDARD

MAX_ALL_ROUNDS = 3
"""Feedback rounds of a run whose table has a row for each."""
_NOT_KNOWN = "not known of {} of {} jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnAmounts:
    """What one turn took, its failed attempts included; None: not known. Tokens are those of its answer."""

    usd: float | None
    prompt_tokens: int | None
    cached_tokens: int | None
    completion_tokens: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SolvedRow:
    """One model on one task, after `rounds` feedback rounds; None: an agent's row. Means are of one job.

    `solved`: share of the graded jobs. The other figures are sums over all of them, divided by those solved; minutes
    are of requests and of commands, without queueing and backoff.
    """

    label: str
    task: str
    origin: Origin
    rounds: int | None
    jobs: int
    solved: Value
    steps: float
    tool_calls: float | None
    usd: Value
    uncached_tokens: Value
    cached_tokens: Value
    completion_tokens: Value
    minutes: Value


@dataclass(slots=True)
class _Job:
    sample: str
    repeat: int
    is_correct: bool
    turns: Sequence[TurnAmounts]
    tool_calls: int | None
    tool_s: float


@dataclass(slots=True, kw_only=True)
class SolvedFigures:
    """The graded jobs of a run by (label, task)."""

    by_place: dict[tuple[str, str], list[_Job]] = field(default_factory=dict)

    @classmethod
    def of(cls, run: RunData) -> SolvedFigures:
        """Those of a run, in a pass over its log."""
        found = cls()
        for result in run.results():
            found.add(result)
        return found

    def add(self, result: JobResult) -> None:
        """Take in one job; without a grade, or with an error of the grader, it says nothing of solved tasks."""
        call, grade = result.call, result.grade
        if grade is None or grade.verdict is Verdict.GRADER_ERROR:
            return
        job = _Job(
            sample=call.sample_id,
            repeat=call.repeat,
            is_correct=grade.verdict is Verdict.CORRECT,
            turns=_turns(call, result),
            tool_calls=None if call.end is None else call.end.tool_calls,
            tool_s=0.0 if call.end is None or call.end.tool_s is None else call.end.tool_s,
        )
        self.by_place.setdefault((call.label, call.task), []).append(job)

    def rows(self, run: RunData, task: str) -> Iterator[SolvedRow]:
        """The rows of a task in the order of the models: one for each number of rounds, or one for an agent.

        Above MAX_ALL_ROUNDS, only those in which a model solved more, the first and the last.
        """
        rules = run.manifest.conversation
        if rules is None:
            return
        for endpoint in run.manifest.endpoints:
            # sums of floats differ in their last digit by the order in which answers came
            jobs = sorted(self.by_place.get((endpoint.label, task), []), key=lambda job: (job.sample, job.repeat))
            for rounds in [None] if rules.agent else _shown_rounds(rules.feedback_rounds, jobs):
                if jobs:
                    yield _row(endpoint.label, task, endpoint.origin, rounds, jobs)


def _shown_rounds(most: int, jobs: Sequence[_Job]) -> list[int]:
    if most <= MAX_ALL_ROUNDS:
        return list(range(most + 1))
    return sorted({0, most, *(len(job.turns) - 1 for job in jobs if job.is_correct)})


def _turns(call: Call, result: JobResult) -> Sequence[TurnAmounts]:
    """What each turn took. Attempts after the last answer count to that; one that was sent and whose outcome is not
    known may have been billed before any turn, so that the dollars of none are known.
    """
    turns: list[TurnAmounts] = []
    usd: float | None = 0.0
    for attempt, cost in zip(call.attempts, result.attempt_costs, strict=True):
        usd = None if usd is None or not isinstance(cost, Cost) else usd + float(cost.usd)
        if not isinstance(attempt, Completion):
            continue
        usage = attempt.usage
        turns.append(
            TurnAmounts(
                usd=usd,
                prompt_tokens=None if usage is None else usage.prompt_tokens,
                cached_tokens=None if usage is None else usage.cached_tokens,
                completion_tokens=None if usage is None else usage.completion_tokens,
                seconds=attempt.timing.total_s,
            )
        )
        usd = 0.0
    if usd != 0.0 and turns:
        last = turns[-1].usd
        turns[-1] = replace(turns[-1], usd=None if last is None or usd is None else last + usd)
    return [replace(turn, usd=None) for turn in turns] if _has_lost(result) else turns


def _has_lost(result: JobResult) -> bool:
    """Whether the dollars are unknown for another reason than those of the attempts with an outcome."""
    known = sum_costs(result.attempt_costs)
    reason = known.reason if isinstance(known, CostUnknown) else None
    return isinstance(result.spent, CostUnknown) and result.spent.reason != reason


def _row(label: str, task: str, origin: Origin, rounds: int | None, jobs: Sequence[_Job]) -> SolvedRow:
    most = None if rounds is None else rounds + 1
    kept = [job.turns[:most] for job in jobs]
    solved = [job.is_correct and (most is None or len(job.turns) <= most) for job in jobs]
    tally = _Tally([job.sample for job in jobs], solved)
    calls = [job.tool_calls for job in jobs if job.tool_calls is not None]
    return SolvedRow(
        label=label,
        task=task,
        origin=origin,
        rounds=rounds,
        jobs=len(jobs),
        solved=tally.share(),
        steps=sum(map(len, kept)) / len(jobs),
        tool_calls=sum(calls) / len(calls) if calls else None,
        usd=tally.per_solved([_sum(turn.usd for turn in turns) for turns in kept]),
        uncached_tokens=tally.per_solved([_sum(map(_uncached, turns)) for turns in kept]),
        cached_tokens=tally.per_solved([_sum(turn.cached_tokens for turn in turns) for turns in kept]),
        completion_tokens=tally.per_solved([_sum(turn.completion_tokens for turn in turns) for turns in kept]),
        minutes=tally.per_solved([_minutes(job, turns) for job, turns in zip(jobs, kept, strict=True)]),
    )


def _uncached(turn: TurnAmounts) -> int | None:
    if turn.prompt_tokens is None or turn.cached_tokens is None:
        return None
    return turn.prompt_tokens - turn.cached_tokens


def _minutes(job: _Job, turns: Sequence[TurnAmounts]) -> float | None:
    seconds = _sum(turn.seconds for turn in turns)
    return None if seconds is None else (seconds + job.tool_s) / 60


def _sum(values: Iterable[float | None]) -> float | None:
    found = list(values)
    known = [float(value) for value in found if value is not None]
    return sum(known) if len(known) == len(found) else None


class _Tally:
    """Sums by sample, and the solved jobs among them."""

    def __init__(self, samples: Sequence[str], solved: Sequence[bool]) -> None:
        places = {sample: place for place, sample in enumerate(dict.fromkeys(samples))}
        self._rows = np.array([places[sample] for sample in samples])
        self._counts = self._by_sample(np.ones(len(samples)))
        self._solved = self._by_sample(np.array(solved, dtype=np.float64))

    def _by_sample(self, amounts: Floats) -> Floats:
        return np.bincount(self._rows, weights=amounts).astype(np.float64)

    def share(self) -> ConfidenceInterval:
        """The share of jobs that are solved, clustered by sample."""
        return rate(self._solved, self._counts, confidence=STANDARD.confidence)

    def per_solved(self, amounts: Sequence[float | None]) -> Value:
        """All amounts together, divided by the solved jobs; undefined where any amount is not known."""
        unknown = sum(amount is None for amount in amounts)
        if unknown:
            return Undefined(reason=_NOT_KNOWN.format(unknown, len(amounts)))
        totals = self._by_sample(np.array([amount or 0.0 for amount in amounts]))
        return per_correct(PerSample(totals=totals, counts=self._counts, has_runaways=False), self._solved, STANDARD)
