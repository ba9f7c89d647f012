"""Rows of a run: each job with its ruling and its dollars, derived anew from the files, free.

Prices come from the run's own manifest unless another book is given. Cannot send anything: imports neither run nor
providers. Not here: sums (summary) and tables.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Call, Completion, Endpoint, JobResult
from harness.pricing.book import PriceBook, load_book
from harness.pricing.cost import call_cost
from harness.store.codec import Manifest
from harness.store.corrections import corrected, corrections
from harness.store.resume import calls, completed_jobs
from harness.store.run_dir import RunDir

LAG_LIMIT_S = 0.005
LAG_SHARE = 0.05


def price_book_of(manifest: Manifest, *, prices: Sequence[Price] = ()) -> PriceBook:
    """The price rows the run was made with, or those given instead."""
    return load_book(own=prices or manifest.prices)


def lost_attempts(run: RunDir) -> Mapping[str, int]:
    """How many attempts of a job, by its key, were sent without an outcome ever coming; those that cost nothing not."""
    return Counter(sent.head.key for sent in completed_jobs(run).unknown if sent.bound_usd != Decimal(0))


def lost_reason(count: int) -> str:
    """Why a job's dollars are unknown that has lost attempts."""
    return f"{'an attempt was' if count == 1 else f'{count} attempts were'} sent and the outcome never came"


def rows(run: RunDir, manifest: Manifest, book: PriceBook) -> Iterator[JobResult]:
    """Every job with at least one outcome; memory holds the grades and the open jobs, not the answers.

    Usage that was read again (harness regrade --usage) stands in for what the paid line holds. Where an attempt was
    sent and no outcome came, what the job cost is not known: the provider may have billed that attempt too.
    """
    grades = run.grades()
    lost = lost_attempts(run)
    mended = corrections(run)
    endpoints = {endpoint.label: endpoint for endpoint in manifest.endpoints}
    for paid in calls(run):
        call = corrected(paid, mended)
        ruling = grades.get(call.key)
        spent, accepted = _cost(call, endpoints[call.label], book)
        if call.key in lost:
            known = spent.usd if isinstance(spent, Cost) else spent.known_usd
            spent = CostUnknown(reason=lost_reason(lost[call.key]), known_usd=known)
        yield JobResult(
            call=call,
            grade=None if ruling is None or call.accepted is None else ruling.grade,
            spent=spent,
            accepted=accepted,
        )


def _cost(call: Call, endpoint: Endpoint, book: PriceBook) -> tuple[Cost | CostUnknown, Cost | CostUnknown | None]:
    return call_cost(
        call, book, service_tier=endpoint.service_tier, is_thinking=endpoint.reasoning_enabled(call.params)
    )


def is_timing_discarded(completion: Completion) -> bool:
    """Whether our own event loop ran so late that this answer's latency is not the provider's alone."""
    lag = completion.timing.loop_lag_s
    if lag is None:
        return False
    ttft = completion.timing.ttft_s
    return lag > LAG_LIMIT_S or (ttft is not None and lag > LAG_SHARE * ttft)
