"""One job as a conversation: asks turn by turn, gives answers of earlier sessions again, writes the end.

Every turn is an attempt of the same job: reserved, logged, synced and billed as any other (run.execution.call). A
resumed conversation gets its stored answers, with the messages that were really sent, before anything is sent again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

from harness.core.conversations import ConversationEnd, ConversationRules, FinishedTurn
from harness.core.types import Completion, Failure, FailureKind, Job, Timing, submitted
from harness.providers.pacing.rate_limiter import RateLimiter
from harness.run.execution.call import ConcurrencySlot, JobEnd, PriorAttempts, call, head_of
from harness.run.execution.run_context import RunContext
from harness.store.codec import EndLine, OutcomeLine, encode
from harness.store.resume import AnsweredTurn


class TurnFailed(Exception):
    """A turn got no answer: the job ends, or stays open for --resume, as `end` says."""

    def __init__(self, end: JobEnd) -> None:
        super().__init__(end.attempt)
        self.end = end


@dataclass(slots=True, kw_only=True)
class Conversation:
    """A conversation at work. `restored`: answers of earlier sessions; `prior`: the attempts of all of them."""

    context: RunContext
    limiter: RateLimiter
    slot: ConcurrencySlot
    rules: ConversationRules
    job: Job
    prior: PriorAttempts
    restored: tuple[AnsweredTurn, ...] = ()
    answers: list[Completion] = field(default_factory=list)

    @property
    def is_at_limit(self) -> bool:
        """Whether no further turn is allowed."""
        return len(self.answers) >= self.rules.max_turns

    async def ask(self, reply: str | None) -> Completion:
        """The answer to the next message; None: to the prompt. Raises TurnFailed, and what `call` raises.

        Of a turn that an earlier session got, the stored answer; the message is then the one that was sent.
        """
        place = len(self.answers)
        stored = self.restored[place] if place < len(self.restored) else None
        if stored is not None:
            reply = stored.reply
        self.job = self._with(reply)
        if stored is None:
            answer = await self._sent()
        else:
            answer = stored.completion
        self.answers.append(answer)
        return answer

    async def _sent(self) -> Completion:
        end = await call(self.context, self.limiter, self.job, self.slot, self.prior)
        self.prior = PriorAttempts(number=end.attempts)  # the next turn has retries of its own
        if isinstance(end.attempt, Failure):
            raise TurnFailed(end)
        return end.attempt

    def can_pay(self, reply: str | None) -> bool:
        """Whether the next turn stays within the dollars of one job, counted at the most it can cost."""
        cap = self.rules.max_usd
        if cap is None or len(self.answers) < len(self.restored):
            return True
        worst = self.context.max_cost(self._with(reply))
        return worst is not None and self.slot.spent_usd + worst <= cap

    async def end_without_answer(self) -> JobEnd:
        """End a job whose dollars do not allow a first answer, with a failure in the log: the model did not fail."""
        spent, cap = self.slot.spent_usd, self.rules.max_usd
        failure = Failure(
            kind=FailureKind.DOLLAR_LIMIT,
            message=f"${spent} of the ${cap} of this sample are spent, and a request may exceed what is left",
            is_retryable=False,
            timing=Timing(started_at=self.context.clock.now()),
            was_sent=False,
        )
        line = OutcomeLine(
            head=head_of(self.job),
            number=self.prior.number,
            is_final=True,
            attempt=failure,
            worker=self.context.worker,
        )
        await asyncio.shield(self.context.log.put(encode(line)))
        return JobEnd(attempt=failure, is_final=True, is_lost=False, attempts=self.prior.number + 1)

    def _with(self, reply: str | None) -> Job:
        """The job with the next message."""
        if reply is None:
            return self.job
        limit = self.rules.max_reply_bytes
        sent = reply.encode("utf-8", "replace")[:limit].decode(errors="ignore")
        turn = FinishedTurn(answer=self.answers[-1].text, reply=sent)
        return replace(self.job, history=(*self.job.history, turn))

    def answer(self, end: ConversationEnd) -> Completion:
        """What counts as the answer of a conversation with this end."""
        return submitted(self.answers[-1], end)

    async def finish(self, end: ConversationEnd) -> None:
        """Write the end of the conversation and give back the dollars of the turns that are not needed."""
        line = EndLine(head=head_of(self.job), number=self.prior.number, end=end, worker=self.context.worker)
        await asyncio.shield(self.context.log.put(encode(line)))
        await self.release()

    async def release(self) -> None:
        """Give back the dollars that are reserved for turns that will not be sent in this session."""
        reserved, self.slot.reservation = self.slot.reservation, None
        if reserved is not None:
            await self.context.budget.settle(reserved, None)
