"""An event loop that reads streams in rounds where there is much to read, so that whatever is urgent is read first.

At 50,000 chunks a second a read for each would fill a core, and the first text of another answer would wait for them.
A stream whose first answer text is in can wait: a few milliseconds later one read brings several of its chunks, with
the kernel's timestamp of the last. Loops of others (uvloop, a notebook's) read every stream as its bytes come.
"""

from __future__ import annotations

import asyncio
import selectors
import socket
import time
from collections import ChainMap, deque
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

MIN_STREAMS = 32
"""So many streams have to be under way: the rounds of fewer would cost more than they save."""
READ_S = 60e-6
"""Seconds between two rounds for each stream that the last one read: at most some 17,000 reads a second."""
MIN_PACE_S, MAX_PACE_S = 0.002, 0.025
SLICE = 8
"""Streams of a round that are read before whatever is urgent has its turn again."""

Result = TypeVar("Result")
Ready = list[tuple[selectors.SelectorKey, int]]


class PacedSelector(selectors.DefaultSelector):
    """Reports files as they become readable, those that are deferred in rounds. `pace_s`: from the last to the next."""

    def __init__(self) -> None:
        super().__init__()
        self._deferred = selectors.DefaultSelector()
        self._prompt_keys, self._deferred_keys = super().get_map(), self._deferred.get_map()
        maps: Any = (self._prompt_keys, self._deferred_keys)  # a ChainMap of what is only read has no type
        self._keys: Mapping[Any, selectors.SelectorKey] = ChainMap(*maps)
        self._streams: set[int] = set()
        self._round: deque[tuple[selectors.SelectorKey, int]] = deque()
        self._next_s = 0.0
        self.pace_s = MIN_PACE_S

    def defer(self, descriptor: int) -> bool:
        """Report it in rounds from now on; False where too few are to be deferred, or nobody waits for this one."""
        if descriptor not in self._streams and descriptor in self._prompt_keys:
            self._streams.add(descriptor)
        if len(self._streams) < MIN_STREAMS or descriptor not in self._prompt_keys:
            return False
        key = super().unregister(descriptor)
        self._deferred.register(descriptor, key.events, key.data)
        return True

    def hasten(self, descriptor: int) -> None:
        """Report it at once again; nothing happens where it was not to be deferred, or is closed."""
        if descriptor not in self._streams:
            return
        self._streams.discard(descriptor)
        if descriptor in self._deferred_keys:
            key = self._deferred.unregister(descriptor)
            super().register(descriptor, key.events, key.data)

    @property
    def deferred(self) -> int:
        """How many are reported in rounds now."""
        return len(self._deferred_keys)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """See BaseSelector."""
        return self._keys

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """See BaseSelector. A file that is to be written too is deferred no more."""
        if fileobj in self._deferred_keys:
            self.hasten(self._deferred_keys[fileobj].fd)
        return super().modify(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """See BaseSelector."""
        is_deferred = fileobj in self._deferred_keys
        key = self._deferred.unregister(fileobj) if is_deferred else super().unregister(fileobj)
        self._streams.discard(key.fd)
        return key

    def select(self, timeout: float | None = None) -> Ready:
        """See BaseSelector. Returns empty-handed where the next round is due before the timeout."""
        if not self._round and self._deferred_keys:
            timeout = self._begin_round(timeout)
        if not self._round:
            return super().select(timeout)
        ready = super().select(0)
        for _ in range(min(SLICE, len(self._round))):
            key, events = self._round.popleft()
            if self._deferred_keys.get(key.fd) is key:  # else it was closed or changed since the round began
                ready.append((key, events))
        return ready

    def _begin_round(self, timeout: float | None) -> float | None:
        """Begin a round if one is due, else shorten the timeout so that it ends with the pause."""
        now = time.monotonic()
        left_s = self._next_s - now
        if left_s > 0:
            return left_s if timeout is None else min(timeout, left_s)
        self._round.extend(self._deferred.select(0))
        self.pace_s = min(MAX_PACE_S, max(MIN_PACE_S, READ_S * len(self._round)))
        self._next_s = now + self.pace_s
        return self.pace_s if timeout is None else min(timeout, self.pace_s)

    def close(self) -> None:
        """See BaseSelector."""
        self._deferred.close()
        super().close()


class PacedLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop over a `PacedSelector`, which is its `pacing`."""

    def __init__(self) -> None:
        self.pacing = PacedSelector()
        super().__init__(self.pacing)


class ReadTurn:
    """When one connection is read: as its bytes come, or in the rounds of the running event loop, if it has such."""

    __slots__ = ("_connected", "_pacing", "is_deferred")

    def __init__(self, connected: socket.socket | None) -> None:
        loop = asyncio.get_running_loop()
        self._connected = connected
        self._pacing = loop.pacing if isinstance(loop, PacedLoop) else None
        self.is_deferred = False

    @property
    def pace_s(self) -> float:
        """Seconds for which bytes may have waited for their round."""
        return self._pacing.pace_s if self.is_deferred and self._pacing is not None else 0.0

    def defer(self) -> None:
        """In rounds from now on, if enough others are to be read so."""
        if self._pacing is not None and self._connected is not None:
            self.is_deferred = self._pacing.defer(self._connected.fileno())

    def hasten(self) -> None:
        """As bytes come."""
        if self._pacing is not None and self._connected is not None:
            self._pacing.hasten(self._connected.fileno())
            self.is_deferred = False


def run_paced(main: Coroutine[Any, Any, Result]) -> Result:
    """As asyncio.run, in such a loop."""
    with asyncio.Runner(loop_factory=PacedLoop) as runner:
        return runner.run(main)
