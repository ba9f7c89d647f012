"""What every job of a run shares: client, log, budget, prices, and what is told of its progress."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from harness.core.clock import Clock
from harness.core.conversations import ConversationRules
from harness.core.prices import Cost, CostUnknown
from harness.core.types import Attempt, Job
from harness.pricing.book import PriceBook
from harness.pricing.exact import exact_sum
from harness.pricing.repeated import RepeatedBills
from harness.providers.client import ClientContext
from harness.run.attempt_prices import MaxCosts
from harness.run.execution.budget_guard import BudgetGuard, Reservation
from harness.run.execution.progress import JobWait
from harness.store.codec import WorkerStamp
from harness.store.log import LogWriter

UNBOUNDED = Decimal("Infinity")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What every job of a run shares. `on_attempt` is told of each outcome and its cost, `on_wait` of what a job waits
    for outside the rate limiter (None: no longer).

    Once `stop` is set nothing more is sent. `strict_model`: an answer that another model gave is a failure. `worker`:
    stamped on every outcome where several processes work on the run. `rules`: how jobs go on after their first answer;
    None: they do not.
    """

    client: ClientContext
    log: LogWriter
    budget: BudgetGuard
    clock: Clock
    book: PriceBook
    on_attempt: Callable[[Job, Attempt, Cost | CostUnknown], None]
    on_wait: Callable[[Job, JobWait | None], None]
    stop: asyncio.Event
    strict_model: bool = False
    worker: WorkerStamp | None = None
    rules: ConversationRules | None = None
    max_costs: MaxCosts = field(init=False)
    bills: RepeatedBills = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "max_costs", MaxCosts(self.book))
        object.__setattr__(self, "bills", RepeatedBills(self.book))

    def max_cost(self, job: Job) -> Decimal | None:
        """The most dollars that one attempt sent now can cost; None where the model has no price."""
        return max_cost(self.max_costs, self.budget, self.clock, job)

    def reservation_for(self, job: Job, number: int, *, turns: int = 0, spent_usd: Decimal = Decimal(0)) -> Reservation:
        """The dollars to reserve for one attempt of a job.

        Of a conversation for all turns that may still follow, which cost no more than what its own limit leaves.
        `turns`: how many were answered that are not in the job's history; `spent_usd`: its dollars so far.
        """
        return reservation_for(
            self.max_costs, self.budget, self.clock, job, number, rules=self.rules, turns=turns, spent_usd=spent_usd
        )


def max_cost(costs: MaxCosts, budget: BudgetGuard, clock: Clock, job: Job) -> Decimal | None:
    """The most dollars that one attempt sent now can cost; None where the model has no price.

    Raised where attempts of the model were billed above that (BudgetGuard.bound).
    """
    worst = costs.at(clock.now(), job)
    return None if isinstance(worst, CostUnknown) else budget.bound(job.endpoint.label, worst)


def reservation_for(
    costs: MaxCosts,
    budget: BudgetGuard,
    clock: Clock,
    job: Job,
    number: int,
    *,
    rules: ConversationRules | None,
    turns: int = 0,
    spent_usd: Decimal = Decimal(0),
) -> Reservation:
    """As `RunContext.reservation_for`; without a maximum cost it fits into no budget."""
    most: Decimal | None = None
    if budget.is_limited and rules is None:
        most = max_cost(costs, budget, clock, job)
    elif budget.is_limited and rules is not None:
        by_turn = costs.of_turns(clock.now(), job, rules, first=turns)
        if by_turn is not None:
            most = budget.bound(job.endpoint.label, exact_sum(by_turn))
            if rules.max_usd is not None and by_turn:
                most = max(min(most, rules.max_usd - spent_usd), by_turn[0])
    max_usd = UNBOUNDED if most is None else most
    return Reservation(key=reservation_key(job.key, number), label=job.endpoint.label, max_usd=max_usd)


def reservation_key(key: str, number: int) -> str:
    """Under which the dollars of a job's attempt are reserved; `number`: from 0 in the process that makes them."""
    return key if number == 0 else f"{key}+{number}"
