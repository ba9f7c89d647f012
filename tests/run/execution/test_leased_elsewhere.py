"""Jobs that a node with a disk of its own may have answered are not sent again before its segment is here."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from harness.core.clock import SYSTEM_CLOCK
from harness.core.types import EndpointLimits
from harness.pricing.book import load_book
from harness.pricing.budget import Budget
from harness.run.execution.leased_elsewhere import withhold_leased
from harness.run.planning.manifest import plan_of
from harness.run.planning.plan import JobBuilder
from harness.store.leases import LeaseJournal
from harness.store.resume import CompletedJobs
from tests.run.paid_folder import PaidFolder, endpoint, price, written


def test_open_jobs_of_an_open_segment_are_withheld_and_count_with_their_most(tmp_path: Path) -> None:
    model = replace(endpoint("p/a"), limits=EndpointLimits(max_attempts=3))
    made = PaidFolder(endpoints=[model], prices=[price("p/a", prompt="0", completion="1")], jobs={"p/a": [[]] * 4})
    run = written(tmp_path / "r", made)
    journal = LeaseJournal(run.path)
    journal.note_lease("calls-1.n.jsonl", [0, 1])
    journal.note_lease("calls-2.m.jsonl", [2])
    journal.note_whole("calls-2.m.jsonl")
    plan, completed, budget = plan_of(run.manifest(), run.samples()), CompletedJobs(), Budget(cap_usd=Decimal(1))
    builder = JobBuilder(plan=plan, endpoint=plan.endpoints[0])
    keys = [builder.job(*plan.position(plan.order(), position)).key for position in range(4)]
    completed.note_done(keys[1])
    book = load_book(own=run.manifest().prices)
    assert withhold_leased(run, plan, completed, budget=budget, book=book, clock=SYSTEM_CLOCK) == 1
    assert [completed.is_done(key) for key in keys] == [True, True, False, False]
    assert budget.spent_usd == Decimal("0.003")  # 3 attempts of at most 1,000 tokens at $1 a million
