"""Runs a plan by batches: submits what is open, waits for the batches, collects their answers; in rounds.

A round takes every open position that fits into the budget for all models, at its maximum cost. Once all its batches
have ended, the next round takes what failed of causes that may pass and what the dollars given back have made room for.
Stopping leaves batches running at the provider; a later session takes them up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.clock import Clock
from harness.core.types import Attempt, Call, Completion, Endpoint, Failure, FailureKind, Job, Sample
from harness.providers.batch.protocol import BatchError, BatchPhase, BatchState, BatchUndecided
from harness.providers.pacing.circuit_breaker import Stopped
from harness.run.batch.collect import BatchCollector, failed
from harness.run.batch.pending import PendingAttempt, split
from harness.run.batch.rounds import BatchRounds
from harness.run.batch.submit import BatchSubmitter
from harness.run.execution.answer_grading import AnswerGrader, AnswerGrading
from harness.run.execution.budget_guard import Reservation
from harness.run.execution.grade_pool import GradeRequest
from harness.run.execution.outcome import OpenJobs, RunOutcome
from harness.run.execution.progress import JobWait, Progress
from harness.run.execution.run_context import RunContext
from harness.run.execution.supervisor import GentleStop, TaskSupervisor
from harness.run.planning.plan import Plan
from harness.store.batches import BatchClosed, BatchJournal, RunBatch
from harness.store.log import LogWriter
from harness.store.resume import CompletedJobs

POLL_S = 30.0
SIMULATED_POLL_S = 0.1
NEXT_BATCH = "batch {number}"


@dataclass(slots=True, kw_only=True)
class BatchEngine:
    """Everything a session needs to work by batches; `context` and `progress` are shared with whoever watches."""

    plan: Plan
    completed: CompletedJobs
    context: RunContext
    pool: AnswerGrader
    grades: LogWriter
    progress: Progress
    clock: Clock
    submitter: BatchSubmitter
    outcome: RunOutcome
    journal: BatchJournal = field(init=False)
    grading: AnswerGrading = field(init=False)
    errors: GentleStop = field(init=False)
    supervisor: TaskSupervisor = field(init=False)
    collector: BatchCollector = field(init=False)
    rounds: BatchRounds = field(init=False)
    _waiting: dict[tuple[str, int], PendingAttempt] = field(default_factory=dict)
    _last_failures: dict[str, tuple[str, Failure]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.journal = self.submitter.journal
        self.errors = GentleStop(outcome=self.outcome, stop=self.context.stop)
        self.supervisor = TaskSupervisor(self.errors.on_error)
        self.grading = AnswerGrading(
            pool=self.pool,
            grades=self.grades,
            progress=self.progress,
            clock=self.clock,
            supervisor=self.supervisor,
            outcome=self.outcome,
            stop=self.context.stop,
        )
        self.collector = BatchCollector(context=self.context, on_end=self._on_end)
        self.rounds = BatchRounds(plan=self.plan, completed=self.completed, context=self.context, outcome=self.outcome)

    async def run(self, backlog: Iterable[tuple[Call, Sample] | None]) -> RunOutcome:
        """Work until nothing is left that can be sent, or until the run stops; grade all. `backlog`: as Engine.run."""
        self.supervisor.start(self.grading.grade_backlog(backlog), name="backlog")
        self.supervisor.start(self._work(), name="batches")
        await self.supervisor.wait_all()
        self.errors.raise_bug()
        self._note_open_jobs()
        for batch in self.journal.open_batches:
            label = batch.plan.label
            self.outcome.running_batches[label] = self.outcome.running_batches.get(label, 0) + 1
        self.outcome.shortage = self.context.budget.shortage
        self.outcome.overruns = self.context.budget.overruns
        return self.outcome

    async def _work(self) -> None:
        await self._take_up()
        await self._follow_all(self.journal.open_batches)
        while not self.context.stop.is_set():
            submitted = await self._submit_round()
            if not submitted:
                return
            await self._follow_all(submitted)

    # What earlier sessions left open

    async def _take_up(self) -> None:
        """Take the attempts of open batches as pending, and their dollars as reserved."""
        unresolved = {(line.head.key, line.number): line for line in self.completed.unknown}
        wanted = {name for batch in self.journal.open_batches for name in batch.plan.attempts}
        if not wanted:
            return
        keys = {key for key, _ in wanted}
        jobs = {job.key: job for one in self.plan.endpoints for job in self.plan.jobs(one) if job.key in keys}
        for name in wanted:
            line = unresolved.get(name)
            if line is None:  # it has its outcome, or was never written down as sent
                continue
            job = jobs[name[0]]
            most = line.bound_usd or Decimal(0)
            reservation = Reservation(key=f"{job.key}+{name[1]}", label=job.endpoint.label, max_usd=most)
            self.context.budget.take_up(reservation)
            self._waiting[name] = PendingAttempt(
                job=job, number=name[1], reservation=reservation, bound_usd=line.bound_usd
            )

    # Waiting for batches

    async def _follow_all(self, batches: Iterable[RunBatch]) -> None:
        followers = [asyncio.create_task(self._follow(batch)) for batch in batches]
        try:
            for done in asyncio.as_completed(followers):
                await done
        finally:
            for follower in followers:
                follower.cancel()
            await asyncio.gather(*followers, return_exceptions=True)

    async def _follow(self, batch: RunBatch) -> None:
        """Ask after a batch until it has ended and its answers are in the log, or until the run stops."""
        endpoint = self._endpoint(batch.plan.label)
        wait_key = NEXT_BATCH.format(number=batch.plan.batch)
        model = self.progress.models[endpoint.label]
        every_s = SIMULATED_POLL_S if endpoint.simulated else POLL_S
        said = "its state"
        try:
            while not self.context.stop.is_set():
                model.on_wait(wait_key, JobWait(reason=f"{wait_key}: {said}"))
                try:
                    found = batch if batch.id is not None else await self._find(endpoint, batch)
                    if found is None:
                        await self._give_back(batch, "was not started")
                        return
                    batch = found
                    state = await self._state(endpoint, batch)
                    every_s = SIMULATED_POLL_S if state.simulated else every_s
                    if state.phase is not BatchPhase.RUNNING:
                        await self._close(endpoint, batch, state)
                        return
                    said = _progress_text(batch, state)
                except BatchUndecided as undecided:
                    said = str(undecided)
                except BatchError as error:
                    if not error.is_retryable:
                        hint = f"harness batch {self.submitter.run_name} --give-up takes it as lost"
                        self._stop(endpoint, f"batch {batch.id or batch.plan.tag}: {error}; {hint}")
                        return
                    said = f"the provider cannot be asked ({error}); tried again"
                model.on_wait(wait_key, JobWait(reason=f"{wait_key}: {said}"))
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.context.stop.wait(), every_s)
        finally:
            model.on_wait(wait_key, None)

    async def _find(self, endpoint: Endpoint, batch: RunBatch) -> RunBatch | None:
        part = [self._waiting[name] for name in batch.plan.attempts if name in self._waiting]
        return await self.submitter.find(endpoint, batch, part)

    async def _state(self, endpoint: Endpoint, batch: RunBatch) -> BatchState:
        protocol, client = self.submitter.protocol(endpoint), self.submitter.clients[endpoint.label]
        assert batch.id is not None
        return await asyncio.to_thread(protocol.state, client, batch.id)

    async def _close(self, endpoint: Endpoint, batch: RunBatch, state: BatchState) -> None:
        """Collect an ended batch; give back the attempts of a refused one, and stop its endpoint."""
        if state.simulated and not endpoint.simulated and self.context.client.on_simulated is not None:
            self.context.client.on_simulated(endpoint)
        if state.phase is BatchPhase.REFUSED:
            await self._give_back(batch, state.words)
            self._stop(endpoint, f"batch {batch.id} was refused: {state.words}")
            return
        client = self.submitter.clients[endpoint.label]
        foreign = await self.collector.collect(batch, state, client, self._waiting)
        await self._delete_upload(endpoint, batch)
        self.journal.add(BatchClosed(batch=batch.plan.batch, at=self.clock.now(), words=state.words))
        if state.was_cancelled:
            self._stop(endpoint, f"batch {batch.id} was cancelled; what it did not process is sent again on resuming")
        if foreign:
            self.outcome.trouble = f"batch {batch.id} came with {foreign} results that are of no request in it"

    async def _give_back(self, batch: RunBatch, words: str) -> None:
        """Close a batch of which nothing was processed: its attempts were never sent."""
        said = f"batch {batch.id or batch.plan.tag}: {words}"
        failure = failed(FailureKind.INTERRUPTED, said, batch.plan.at, is_billable=False, was_sent=False)
        own = [self._waiting.pop(name) for name in batch.plan.attempts if name in self._waiting]
        await self.collector.finish((one, failure) for one in own)
        await self._delete_upload(self._endpoint(batch.plan.label), batch)
        self.journal.add(BatchClosed(batch=batch.plan.batch, at=self.clock.now(), words=words))

    async def _delete_upload(self, endpoint: Endpoint, batch: RunBatch) -> None:
        """Delete the uploaded requests of a batch whose outcomes are all in the log."""
        if not batch.reference:
            return
        protocol, client = self.submitter.protocol(endpoint), self.submitter.clients[endpoint.label]
        try:
            await asyncio.to_thread(protocol.delete_upload, client, batch.reference)
        except BatchError as error:  # the answers are safe: what is left is told of
            self.outcome.left_uploads[endpoint.label] = f"{batch.reference}: {error}"

    def _stop(self, endpoint: Endpoint, why: str) -> None:
        self.outcome.stopped[endpoint.label] = Stopped(why=why)
        self.progress.models[endpoint.label].note = f"stopped: {why}"

    # Submitting

    async def _submit_round(self) -> list[RunBatch]:
        """Submit what is open and fits into the budget; returns the batches that can be followed."""
        pending = self.rounds.take()
        submitting = [self._submit(one, pending[one.label]) for one in self.plan.endpoints if pending.get(one.label)]
        submitted: list[RunBatch] = []
        # Whatever breaks for one model, the others write down what they have submitted.
        for found in await asyncio.gather(*submitting, return_exceptions=True):
            if isinstance(found, BaseException):
                raise found
            submitted += found
        return submitted

    async def _submit(self, endpoint: Endpoint, attempts: list[PendingAttempt]) -> list[RunBatch]:
        protocol, client = self.submitter.protocol(endpoint), self.submitter.clients[endpoint.label]
        model, submitted = self.progress.models[endpoint.label], []
        for part in split(attempts, protocol.limits, lambda item: protocol.item_bytes(client, item)):
            if self.context.stop.is_set() or endpoint.label in self.outcome.stopped:
                await self._release(part)
                continue
            self._waiting |= {one.id: one for one in part}
            self.rounds.on_submitted(part)
            batch = await self.submitter.plan(endpoint, part)
            model.on_wait("submit", JobWait(reason=f"batch {batch.plan.batch}: being submitted"))
            try:
                submitted.append(await self.submitter.submit(endpoint, batch, part))
            except BatchError as error:
                if error.is_certain:
                    await self._give_back(batch, str(error))
                    self._stop(endpoint, f"its batch was not accepted: {error}")
                else:  # what became of it is asked while it is followed
                    submitted.append(self.journal.batches[batch.plan.batch])
            finally:
                model.on_wait("submit", None)
        return submitted

    async def _release(self, part: list[PendingAttempt]) -> None:
        for one in part:
            await self.context.budget.settle(one.reservation, None)

    # Outcomes

    async def _on_end(self, job: Job, attempt: Attempt, is_final: bool) -> None:
        label = job.endpoint.label
        if not is_final:
            if isinstance(attempt, Failure) and attempt.was_sent:
                self._last_failures[job.key] = label, attempt
            return
        self.rounds.on_ended(job.key)
        self._last_failures.pop(job.key, None)
        self.progress.models[label].on_job_end(attempt)
        if isinstance(attempt, Completion) and job.grader:
            request = GradeRequest(grader=job.grader, sample=job.sample, completion=attempt)
            await self.grading.schedule(job.key, label, request)
        else:
            self.grading.on_job_end(job.key, None)

    def _note_open_jobs(self) -> None:
        """Count the jobs that were sent and stay open, by cause."""
        for label, failure in self._last_failures.values():
            causes = self.outcome.left_open.setdefault(label, {})
            jobs = causes.setdefault(failure.kind, OpenJobs())
            jobs.count += 1
            jobs.message = failure.message

    def _endpoint(self, label: str) -> Endpoint:
        return next(one for one in self.plan.endpoints if one.label == label)


def _progress_text(batch: RunBatch, state: BatchState) -> str:
    total = state.total or len(batch.plan.attempts)
    done = "" if state.done is None else f"{state.done:,} of {total:,} processed, "
    return f"{done}{state.words} ({batch.id})"
