"""Jobs whose answer may be on the disk of a node alone: they are not sent again, and count against the budget."""

from __future__ import annotations

from decimal import Decimal

from harness.core.clock import Clock
from harness.core.prices import CostUnknown
from harness.core.types import Job
from harness.pricing.book import PriceBook
from harness.pricing.budget import Budget
from harness.pricing.exact import exact_sum
from harness.run.attempt_prices import MaxCosts
from harness.run.planning.plan import JobBuilder, Plan
from harness.store.leases import open_leases
from harness.store.resume import CompletedJobs
from harness.store.run_dir import RunDir


def withhold_leased(
    run: RunDir, plan: Plan, completed: CompletedJobs, *, budget: Budget, book: PriceBook, clock: Clock
) -> int:
    """Take the open jobs of segments that are not whole here for done in this session; returns how many.

    Each counts with the most that all attempts it may have had can cost. Raises LocalError for a damaged journal.
    """
    positions = {position for leased in open_leases(run.path).values() for position in leased}
    if not positions:
        return 0
    order, costs, withheld = plan.order(), MaxCosts(book), 0
    builders = [JobBuilder(plan=plan, endpoint=endpoint) for endpoint in plan.endpoints]
    for position in sorted(positions):
        entry = plan.position(order, position)
        for builder in builders:
            job = builder.job(*entry)
            if completed.is_done(job.key):
                continue
            completed.note_done(job.key)
            withheld += 1
            most = _most(costs, clock, job, plan)
            if most is not None:
                attempts = job.endpoint.limits.max_attempts - len(completed.earlier.get(job.key, ()))
                budget.add_spent(most * Decimal(max(1, attempts)), model=job.endpoint.label)
    return withheld


def _most(costs: MaxCosts, clock: Clock, job: Job, plan: Plan) -> Decimal | None:
    """The most that a job can cost with one attempt for each turn; None where it has no maximum."""
    if plan.conversation is None:
        most = costs.at(clock.now(), job)
        return None if isinstance(most, CostUnknown) else most
    turns = costs.of_turns(clock.now(), job, plan.conversation, first=0)
    return None if turns is None else exact_sum(turns)
