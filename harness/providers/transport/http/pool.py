"""Open connections that are free, by where they lead; the one used last is taken first."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Hashable

from harness.providers.transport.http.connection import Connection

IDLE_S = 15.0
"""Seconds after which a free connection is not used again: servers close them, and the first request would be lost."""


class Pool:
    """Every open connection, and which of them are free. Seconds are those of the event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle: dict[Hashable, deque[tuple[float, Connection]]] = {}
        self._all: set[Connection] = set()
        self._is_empty: asyncio.Future[None] | None = None

    def take(self, key: Hashable) -> Connection | None:
        """A free connection to that place, if there is one."""
        idle = self._idle.get(key)
        while idle:
            since, connection = idle.pop()
            if not connection.is_open:
                continue
            if self._loop.time() - since <= IDLE_S:
                return connection
            connection.abort()
        return None

    def add(self, connection: Connection) -> None:
        """A connection was opened; by now it may be closed again."""
        if connection.is_open:
            self._all.add(connection)

    def put(self, key: Hashable, connection: Connection) -> None:
        """A connection is free again; those that were free for too long are closed."""
        now, idle = self._loop.time(), self._idle.setdefault(key, deque())
        while idle and now - idle[0][0] > IDLE_S:
            idle.popleft()[1].abort()
        idle.append((now, connection))

    def drop(self, connection: Connection) -> None:
        """A connection is closed."""
        self._all.discard(connection)
        if not self._all and self._is_empty is not None and not self._is_empty.done():
            self._is_empty.set_result(None)

    async def close(self) -> None:
        """Close every connection, and wait until they are."""
        self._idle.clear()
        for connection in self._all:
            connection.abort()
        if self._all:
            self._is_empty = self._loop.create_future()
            await self._is_empty
