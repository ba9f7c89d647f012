"""Stored responses: what a failure was billed by is kept, as that of an answer is."""

from __future__ import annotations

from decimal import Decimal

from harness.core.prices import Cost, CostUnknown
from harness.core.types import Failure
from harness.importers.responses import attempt_of
from harness.pricing.attempts import attempt_cost
from tests.pricing.prices import rates, row


def test_an_imported_failure_with_usage_is_billed_at_the_tier_that_served_it() -> None:
    """1000 x 2 + 100 x 8 per million = $0.0028 at the rates of `priority`, twice the plain ones."""
    failed = attempt_of(
        {
            "id": "gen-1",
            "created": 1_764_500_000,
            "model": "acme/thing",
            "service_tier": "priority",
            "error": {"code": 502, "message": "the host broke off"},
            "choices": [],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 100, "total_tokens": 1100, "cost": 0.0028},
        },
        effective={},
    )
    assert isinstance(failed, Failure)
    assert failed.reported_cost_usd == Decimal("0.0028")
    priced = attempt_cost(failed, row(rates("1", "4"), service_tiers={"priority": rates("2", "8")}))
    assert isinstance(priced, Cost)
    assert priced.usd == Decimal("0.0028")
    assert isinstance(attempt_cost(failed, row(rates("1", "4"))), CostUnknown)
