"""The attempts of a batch: each job with the number of its attempt and the most it can cost, and how they are split."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from harness.core.types import Job
from harness.providers import dialect_loader
from harness.providers.batch.protocol import BatchItem, BatchLimits
from harness.run.execution.budget_guard import Reservation

TAG_END = 12
"""Characters at the end of a batch's tag that no other batch has."""
_CUSTOM_ID = re.compile(rf"([0-9a-f]{{32}})-r[0-9]+-a([0-9]+)(?:-([0-9a-f]{{{TAG_END}}}))?")
"""Ids sent before November 2026 have no end of a tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAttempt:
    """One attempt that goes, or went, into a batch. `reservation`: the dollars held for it; None: none are limited."""

    job: Job
    number: int
    reservation: Reservation
    bound_usd: Decimal | None

    @property
    def id(self) -> tuple[str, int]:
        """As the journal names it."""
        return self.job.key, self.number

    def item(self, tag: str) -> BatchItem:
        """What the provider gets in the batch with that tag: our name of the attempt, and the request's body.

        The name says repeat and attempt, so that a simulated provider draws what it draws for a single request. It ends
        as the tag does: two runs of one plan have the same keys, and where a provider has no name of a batch, an
        interrupted submission is recognized by the names in it alone.
        """
        request = dialect_loader.build_batch_request(self.job.endpoint, self.job.sample, self.job.params)
        custom_id = f"{self.job.key}-r{self.job.repeat}-a{self.number}-{tag[-TAG_END:]}"
        return BatchItem(custom_id=custom_id, body=request.body)


def attempt_named(custom_id: str, tag: str) -> tuple[str, int] | None:
    """(key, number) of a custom id in the batch with that tag; None for any other, also of another batch of ours."""
    found = _CUSTOM_ID.fullmatch(custom_id)
    if found is None or found[3] not in (None, tag[-TAG_END:]):
        return None
    return found[1], int(found[2])


def split(
    attempts: Sequence[PendingAttempt], limits: BatchLimits, size_of: Callable[[BatchItem], int]
) -> Iterator[list[PendingAttempt]]:
    """The attempts in batches that the provider takes, in their order. A request larger than all goes alone."""
    any_tag = "0" * TAG_END
    part: list[PendingAttempt] = []
    size = 0
    for one in attempts:
        own = size_of(one.item(any_tag))
        if part and (len(part) >= limits.requests or size + own > limits.size_bytes):
            yield part
            part, size = [], 0
        part.append(one)
        size += own
    if part:
        yield part
