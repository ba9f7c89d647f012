"""What workers and their coordinator tell each other: plain values that can be pickled.

A worker reports, the coordinator answers with instructions; nothing is sent unasked. Durations cross between processes,
instants never do: monotonic clocks of two processes have nothing in common.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Endpoint
from harness.providers.pacing.circuit_breaker import Stopped
from harness.run.execution.budget_guard import BudgetShortfall, Reservation
from harness.run.execution.grade_pool import GradeRequest
from harness.run.execution.outcome import RunOutcome
from harness.run.execution.progress import ModelProgress
from harness.run.session import SessionOptions
from harness.store.resume import OpenJob

# What a worker is given


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpec:
    """A worker's part of a run. `segment`: the file its calls are written to; `endpoints`: with the addresses of
    simulated ones. `host`, `created_at` and `version`: the session's machine, the run's time and the session's harness,
    to be sure that the worker has the same. `probe`: a token in the folder, for nodes that see it. `grade_processes`:
    how many grade its answers.
    """

    number: int
    run: Path
    segment: Path
    endpoints: tuple[Endpoint, ...]
    options: SessionOptions
    host: str
    created_at: datetime
    version: str
    probe: str
    grade_processes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Positions leased to a worker. By key: `done`, jobs of them that were done before; `begun`, what others of them
    have had; `reserved`, the dollars reserved for the open jobs, empty where the run has no budget.
    """

    number: int
    positions: tuple[int, ...]
    done: tuple[str, ...] = ()
    begun: Mapping[str, OpenJob] = field(default_factory=dict)
    reserved: tuple[Reservation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeJob:
    """An answer to be graded, of a job with that key and label. `tried`: workers that could not."""

    key: str
    label: str
    request: GradeRequest
    tried: tuple[int, ...] = ()


# What a worker says


@dataclass(frozen=True, slots=True, kw_only=True)
class Hello:
    """A worker's first message. `now`: its own clock. `ungraded`: graders that do not run on its node, and why.

    `own_segment`: the name of its segment where that is on a disk of its node alone; empty in the run's folder.
    """

    worker: int
    node: str
    version: str
    pid: int
    now: datetime
    own_segment: str = ""
    ungraded: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The answer: the coordinator's own clock."""

    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointState:
    """What holds back a whole endpoint: seconds that are left, and why it was stopped."""

    hold_s: float = 0.0
    pause_s: float = 0.0
    pause_reason: str = ""
    stopped: Stopped | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointReport:
    """One endpoint as a worker uses it.

    `held`: the most requests it may have in flight now. `has_work`: it has jobs of the endpoint. `requests`, `tokens`:
    how many it would send within the next moments beyond those granted; `next_tokens`: of the first of them.
    """

    held: int
    in_flight: int
    has_work: bool
    requests: float
    tokens: float
    next_tokens: float
    state: EndpointState


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What came of a reservation; `cost` None: nothing was sent. `bound_usd`: the most that its attempt could cost.

    `then`: what the worker holds on to of the dollars, for the next attempt at the job.
    """

    key: str
    cost: Cost | CostUnknown | None
    bound_usd: Decimal | None = None
    then: Reservation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A wish for dollars beyond those of a block. `waits`: for what may come back; else answered at once."""

    number: int
    reservation: Reservation
    waits: bool


class EndedJob(NamedTuple):
    """A job that needs no further attempt: the line of its grade, None where it has no answer or is not graded.

    A tuple, because there is one for each job: it is pickled in a third of the time of a dataclass.
    """

    key: str
    grade_line: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerTotals:
    """What a worker has done in all so far."""

    models: Mapping[str, ModelProgress]
    outcome: RunOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a worker has done since its last report. `wants`: positions it has room for. `finished`: numbers of blocks.

    `ungradable`: answers whose grader does not run on its node. `simulated`: labels of endpoints whose responses say
    that they are simulated. `is_last`: the worker ends.
    """

    worker: int
    wants: int = 0
    finished: tuple[int, ...] = ()
    settled: tuple[Settlement, ...] = ()
    asks: tuple[Ask, ...] = ()
    ended: tuple[EndedJob, ...] = ()
    endpoints: Mapping[str, EndpointReport] = field(default_factory=dict)
    ungradable: tuple[GradeJob, ...] = ()
    simulated: tuple[str, ...] = ()
    totals: WorkerTotals | None = None
    is_last: bool = False


# What it is told


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointShare:
    """A worker's share of an endpoint: requests in flight, and requests and tokens to send now beyond earlier grants.

    `state`: of the endpoint as all workers see it.
    """

    slots: int
    requests: float
    tokens: float
    is_paused: bool
    state: EndpointState


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun:
    """An attempt that was billed above its bound, which raises later bounds of its model."""

    label: str
    bound_usd: Decimal
    billed_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """What a worker is to do. `answers`: by number of the ask. `overcommitted`: labels whose reservations must be asked
    for again. `stop`: start nothing more. `is_done`: nothing is left for any worker.
    """

    block: Block | None = None
    grade: tuple[GradeJob, ...] = ()
    answers: Mapping[int, bool] = field(default_factory=dict)
    endpoints: Mapping[str, EndpointShare] = field(default_factory=dict)
    overruns: tuple[Overrun, ...] = ()
    overcommitted: frozenset[str] = frozenset()
    stop: bool = False
    is_done: bool = False


# Between the coordinator and the session


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """What the session asks of all workers. By label: `paused` by hand, and `limits`, requests in flight by hand.

    `grade`: answers of earlier sessions that have no grade; `has_whole_backlog`: no more of them follow.
    `has_more_workers`: a worker that is lost is replaced.
    """

    stop: bool = False
    grade: tuple[GradeJob, ...] = ()
    has_whole_backlog: bool = True
    has_more_workers: bool = True
    paused: frozenset[str] = frozenset()
    limits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What has happened since the session last asked. By label: `in_flight`, `states`, `unfunded` (jobs) and `spent`
    (dollars; of all under an empty one).

    `totals`: of each worker that has any. `silent`: workers that hang. `backlog`: how many answers wait for a worker
    that grades them.
    """

    ended: tuple[EndedJob, ...]
    simulated: tuple[str, ...]
    silent: tuple[int, ...]
    totals: Mapping[int, WorkerTotals]
    in_flight: Mapping[str, int]
    states: Mapping[str, EndpointState]
    hellos: tuple[Hello, ...]
    backlog: int
    unfunded: Mapping[str, int]
    shortage: BudgetShortfall | None
    spent: Mapping[str, Decimal]
