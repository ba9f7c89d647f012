"""`--strict-model`: an answer that another model gave becomes a failure of the provider."""

from __future__ import annotations

from harness.core.types import Attempt, Completion, Endpoint, Failure, FailureKind
from harness.pricing.book import PriceBook
from harness.pricing.served import other_model


def require_requested_model(attempt: Attempt, endpoint: Endpoint, book: PriceBook) -> Attempt:
    """The attempt, or a failure in place of a completion by another model (pricing.served).

    The failure keeps the text, and what it is billed by: its usage and `instead` as the model that served it, since a
    failure has no host of its own. It is not retried: the answer was billed.
    """
    if not isinstance(attempt, Completion):
        return attempt
    instead = other_model(attempt, endpoint, book)
    if instead is None:
        return attempt
    return Failure(
        kind=FailureKind.OTHER_MODEL,
        message=f"{instead} answered instead of {endpoint.model}, which --strict-model refuses",
        is_retryable=False,
        timing=attempt.timing,
        http_status=200,
        usage=attempt.usage,
        raw_usage=attempt.raw_usage,
        reported_cost_usd=attempt.reported_cost_usd,
        served_model=instead,
        service_tier=attempt.service_tier,
        partial_text=attempt.text,
        request_id=attempt.request_id,
        effective=attempt.effective,
        simulated=attempt.simulated,
    )
