"""What earlier sessions of a run did, counted again from its files: jobs, dollars against the budget, missing grades.

One pass over the grades, one over the call log; memory stays flat.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path

from harness.core.errors import LocalError
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Call, Completion, Endpoint, Sample, Verdict
from harness.pricing.attempts import cost_of_attempt
from harness.pricing.book import PriceBook
from harness.pricing.budget import Budget
from harness.pricing.served import other_model
from harness.run.execution.progress import ModelProgress
from harness.store.codec import EndLine, Manifest, OutcomeLine
from harness.store.corrections import Corrections, corrections
from harness.store.key_table import KeyTable
from harness.store.resume import CompletedJobs, calls, completed_jobs
from harness.store.run_dir import RunDir

_VERDICTS = tuple(Verdict)


@dataclass(slots=True, kw_only=True)
class RestoredState:
    """State of an interrupted run. `completed`: finished jobs; `ungraded`: answers without a grade; `files`: log
    segments read; `verdicts`: the verdict in force by key, as its place in `Verdict` plus one.
    """

    completed: CompletedJobs
    verdicts: KeyTable
    files: tuple[Path, ...]
    ungraded: int = 0

    def backlog(self, run: RunDir, samples: Mapping[tuple[str, str], Sample]) -> Iterator[tuple[Call, Sample] | None]:
        """The answers without a grade, None for each job that needs none; reads the segments once more."""
        # Most resumed runs have no answer left to grade, and a second pass over a large log takes time.
        if not self.ungraded:
            return
        for call in calls(run, self.files):
            if call.accepted is None or not call.grader or self.verdicts.get(call.key):
                yield None
            else:
                yield call, _sample_of(call, samples)


def _sample_of(call: Call, samples: Mapping[tuple[str, str], Sample]) -> Sample:
    sample = samples.get((call.task, call.sample_id))
    if sample is None:
        raise LocalError(f"an answer to {call.task} {call.sample_id} is there, but samples.jsonl has no such sample")
    return sample


def restore_state(
    run: RunDir,
    manifest: Manifest,
    models: Mapping[str, ModelProgress],
    *,
    budget: Budget,
    book: PriceBook,
    retry_failed: bool,
    in_batches: Container[tuple[str, int]] = (),
) -> RestoredState:
    """Count into `models` and `budget` what the files hold. LocalError: damage beyond a half-written last line.

    `in_batches`: attempts, as (key, number), that wait in a provider's batch: they are neither lost nor spent.
    """
    verdicts = KeyTable()
    for line in run.grade_lines():
        # Overwritten by a later line: the last grade of a key is the one in force.
        verdicts.put(line.key, _VERDICTS.index(line.grade.verdict) + 1)
    found = RestoredState(completed=CompletedJobs(), verdicts=verdicts, files=tuple(run.call_files()))
    reader = _LogReplayer(
        manifest=manifest,
        models=models,
        budget=budget,
        book=book,
        found=found,
        retry_failed=retry_failed,
        reread=corrections(run),
    )
    found.completed = completed_jobs(run, retry_failed=retry_failed, saw=reader.on_line, saw_end=reader.on_end)
    for sent in found.completed.unknown:
        if (sent.head.key, sent.number) in in_batches:
            continue
        # The provider may have billed it: a budget that forgot it could be exceeded by every interruption.
        budget.add_spent(sent.bound_usd or Decimal(0), model=sent.head.label)
        models[sent.head.label].unknown += 1
    for model in models.values():
        model.begin_session()
    return found


@dataclass(slots=True, kw_only=True)
class _LogReplayer:
    """Counts the outcomes of a log, with usage as it was last read. `places`: outcomes seen of jobs that have such.

    `last_turns`: the last answers of conversations that have not ended.
    """

    manifest: Manifest
    models: Mapping[str, ModelProgress]
    budget: Budget
    book: PriceBook
    found: RestoredState
    retry_failed: bool
    reread: Corrections
    corrected_keys: frozenset[str] = field(init=False)
    places: dict[str, int] = field(default_factory=dict)
    last_turns: dict[str, OutcomeLine] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.corrected_keys = frozenset(key for key, _ in self.reread)

    def on_line(self, line: OutcomeLine) -> None:
        """Count one outcome."""
        line = self._reread(line)
        model = self.models[line.head.label]
        # Billed to the earlier run: its dollars count against that run's budget and not against this one's.
        if line.reused_from is not None:
            model.on_reused(line.attempt, other_model(line.attempt, self._endpoint(line), self.book))
        else:
            cost = self._cost(line)
            model.on_attempt(line.attempt, cost, other_model(line.attempt, self._endpoint(line), self.book))
            # as Budget.settle: an unknown cost counts as its bound, or as its known part where that is more
            at_most = cost.usd if isinstance(cost, Cost) else max(line.bound_usd or Decimal(0), cost.known_usd)
            self.budget.add_spent(at_most, model=line.head.label)
            if line.bound_usd is not None:
                self.budget.learn(line.head.label, bound_usd=line.bound_usd, billed_usd=at_most)
        is_answer = isinstance(line.attempt, Completion)
        if not line.is_final:
            if is_answer:
                self.last_turns[line.head.key] = line
            return
        if self.retry_failed and not is_answer:
            return
        self.last_turns.pop(line.head.key, None)
        self._on_job_end(line)

    def on_end(self, line: EndLine) -> None:
        """Count the job of a conversation that has ended."""
        self._on_job_end(self.last_turns.pop(line.head.key))

    def _on_job_end(self, line: OutcomeLine) -> None:
        model = self.models[line.head.label]
        model.on_job_end(line.attempt)
        model.reused += line.reused_from is not None
        if isinstance(line.attempt, Completion):
            number = self.found.verdicts.get(line.head.key)
            if number:
                model.on_verdict(_VERDICTS[number - 1])
            elif line.head.grader:  # without one the task is not graded
                self.found.ungraded += 1

    def _reread(self, line: OutcomeLine) -> OutcomeLine:
        """The line with its usage as last read (store.corrections), which reports count too."""
        key = line.head.key
        if key not in self.corrected_keys:
            return line
        place = self.places.get(key, 0)
        self.places[key] = place + 1
        found = self.reread.get((key, place))
        return line if found is None else replace(line, attempt=replace(line.attempt, usage=found.usage))

    def _cost(self, line: OutcomeLine) -> Cost | CostUnknown:
        return cost_of_attempt(self.book, self._endpoint(line), line.head.params, line.attempt)

    def _endpoint(self, line: OutcomeLine) -> Endpoint:
        return next(one for one in self.manifest.endpoints if one.label == line.head.label)
