"""A job before it is sent, and its call: all that was sent for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from harness.core.conversations import ConversationEnd, FinishedTurn
from harness.core.fast_init import fast_init
from harness.core.types.attempts import Attempt, Completion, FinishReason
from harness.core.types.endpoints import Endpoint, Origin, SamplingParams, origin_of
from harness.core.types.tasks import Sample


class CacheMode(Enum):
    """How a run uses providers' prompt caches. WARM: requests that begin alike follow one another; COLD: none do."""

    WARM = "warm"
    COLD = "cold"


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One sample to be answered once by one endpoint. `key`: see run.planning.call_keys; same key, same billed request.

    `history`: the turns before the next request, where the job is a conversation (core.conversations). `shared_chars`:
    of a warm run, the characters of the prompt that other requests begin with too; None: no cache is asked for.
    """

    key: str
    endpoint: Endpoint
    task: str
    task_version: int
    grader: str
    sample: Sample
    repeat: int
    params: SamplingParams
    history: tuple[FinishedTurn, ...] = ()
    shared_chars: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """All that was sent for one job: its attempts in the order they were made.

    The last attempt decides: a Completion is the accepted answer, a Failure means the job failed. `is_finished` is
    False where a run ended between two attempts: its dollars are spent, its answer is still to come.
    Of a conversation each answer is a turn; `replies` are the messages sent after the first one, in order. One that
    has its `end` is answered by its last turn, whatever failed after that.
    """

    key: str
    label: str
    name: str
    task: str
    task_version: int
    grader: str
    sample_id: str
    repeat: int
    params: SamplingParams
    attempts: tuple[Attempt, ...]
    simulated: bool = False
    imported: bool = False
    replayed: bool = False
    reused_from: str | None = None
    is_finished: bool = True
    replies: tuple[str, ...] = ()
    end: ConversationEnd | None = None

    @property
    def origin(self) -> Origin:
        """Where its figures come from."""
        return origin_of(simulated=self.simulated, imported=self.imported, replayed=self.replayed)

    @property
    def accepted(self) -> Completion | None:
        """The answer that counts, None when the job failed or is not finished; of an agent its submission."""
        last = self.attempts[-1] if self.attempts and self.is_finished else None
        if self.end is not None:  # an earlier session may have failed to get one turn more than it then took
            last = self.turns[-1]
        return submitted(last, self.end) if isinstance(last, Completion) else None

    @property
    def turns(self) -> tuple[Completion, ...]:
        """The answers among the attempts: one, or those of a conversation."""
        return tuple(attempt for attempt in self.attempts if isinstance(attempt, Completion))


def submitted(last: Completion, end: ConversationEnd | None) -> Completion:
    """What counts as the answer: the last one, with a conversation's submission as its text where there is one."""
    if end is None or end.submission is None:
        return last
    return replace(last, text=end.submission, finish_reason=FinishReason.STOP)
