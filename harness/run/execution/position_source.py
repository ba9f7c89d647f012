"""Where an engine takes its positions from: the whole plan here; blocks that a coordinator leases in run.distributed.

A position is one sample and one repeat; each endpoint goes through all of them in the same order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Protocol

from harness.core.types import Sample
from harness.run.planning.plan import Plan, PlannedTask

YIELD_EVERY = 32
"""Skipped jobs between two yields to the event loop: hashing a key takes about 30 us, and a blocked loop distorts
latencies."""


class PositionSource(Protocol):
    """The positions of one engine, numbered from 0 in the order in which every endpoint starts them."""

    def numbers(self, label: str) -> AsyncGenerator[int, None]:
        """The numbers of the positions, for one endpoint; waits where further ones may come."""
        ...

    def entry(self, number: int) -> tuple[PlannedTask, Sample, int]:
        """(task, sample, repeat) of a position that was given."""
        ...

    def on_ended(self, label: str, number: int) -> None:
        """Note that an endpoint needs a position no longer: its job has ended, or is not started in this session."""
        ...


class PlanPositions:
    """Every position of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._order = plan.order()

    async def numbers(self, label: str) -> AsyncGenerator[int, None]:
        for number in range(self._plan.jobs_per_endpoint):
            if number % YIELD_EVERY == YIELD_EVERY - 1:
                await asyncio.sleep(0)
            yield number

    def entry(self, number: int) -> tuple[PlannedTask, Sample, int]:
        return self._plan.position(self._order, number)

    def on_ended(self, label: str, number: int) -> None:
        """Nothing waits for it."""
