"""An endpoint whose requests go through its provider's batch API, and the checks before any is sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from harness.core.errors import ConfigError
from harness.core.types import BATCH_BACKEND, Endpoint
from harness.pricing.attempts import BATCH
from harness.providers.batch.loader import batch_dialects

BATCH_RATES_NOTE = "at batch rates: requests go through the providers' batch APIs (--batch)"


def as_batch(endpoints: Sequence[Endpoint]) -> tuple[Endpoint, ...]:
    """The endpoints with their requests sent as batches, at the rates of service tier `batch`.

    The tier is part of a call's key, so an answer at batch rates never replaces one at others. Raises ConfigError,
    naming those that have one, for a provider without a batch API, for another service tier, and for a server that is
    paid by the hour, since nothing tells how long it worked on a request.
    """
    without = [f"{one.label} (dialect {one.dialect})" for one in endpoints if one.dialect not in batch_dialects()]
    if without:
        raise ConfigError(
            f"no batch API is known for {', '.join(without)}; dialects that have one: {', '.join(batch_dialects())}"
        )
    tiers = [f"{one.label} ({one.service_tier})" for one in endpoints if one.service_tier not in (None, BATCH)]
    if tiers:
        raise ConfigError(f"--batch has rates of its own and goes with no other service tier: {', '.join(tiers)}")
    by_hour = [one.label for one in endpoints if one.gpu_cost is not None]
    if by_hour:
        raise ConfigError(f"--batch does not go with dollars by GPU time (`cost:` of the model): {', '.join(by_hour)}")
    return tuple(replace(one, backend=BATCH_BACKEND, service_tier=BATCH, stream=False) for one in endpoints)
