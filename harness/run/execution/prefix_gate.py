"""Lets the first request of each beginning finish before others that begin alike are sent, so that they find its cache.

For warm runs; one gate for each endpoint. If the first fails, the next one takes its place.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Beginning:
    """Requests with the same beginning: whether one was answered, and the turn to be the first."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    is_cached: bool = False


@dataclass(slots=True)
class Passage:
    """A request on its way through the gate; `is_answered` is set where it filled the cache."""

    is_answered: bool = False


@dataclass(slots=True)
class PrefixGate:
    """The beginnings that one endpoint has been sent."""

    _beginnings: dict[bytes, _Beginning] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def passing(self, keys: Sequence[bytes]) -> AsyncIterator[Passage]:
        """Wait until the caches of all these beginnings (the shorter first) are filled, or this request is to fill one.

        A request that holds the turn of a beginning is the only one that waits for longer ones of it, so none waits
        for another in a circle.
        """
        passage = Passage()
        held: list[_Beginning] = []
        try:
            for key in keys:
                beginning = self._beginnings.setdefault(key, _Beginning())
                if beginning.is_cached:
                    continue
                await beginning.lock.acquire()
                if beginning.is_cached:
                    beginning.lock.release()
                else:
                    held.append(beginning)
            yield passage
        finally:
            for beginning in held:
                beginning.is_cached = passage.is_answered
                beginning.lock.release()
