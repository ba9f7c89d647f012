"""The times of one attempt, and how late the event loop ran meanwhile.

`Stopwatch` turns arrival stamps into a `Timing`; `EventLoopLagMonitor` samples the loop.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta

from harness.core.clock import Clock
from harness.core.types import Timing
from harness.providers.format.wire_types import ChunkKind

LAG_SAMPLE_S = 0.01
NOTABLE_LAG_S = 0.001
NOTABLE_WAIT_S = 0.001
_MANY_AGES = 64
NO_WAITS: Mapping[str, float] = {}


class EventLoopLagMonitor:
    """Samples how much later than asked the event loop wakes; keeps what exceeds a millisecond for ten minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lags: deque[tuple[float, float]] = deque(maxlen=60_000)
        self._asked = clock.monotonic()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> EventLoopLagMonitor:
        self._task = asyncio.create_task(self._sample(), name="loop-lag")
        return self

    async def __aexit__(self, *exc: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _sample(self) -> None:
        while True:
            self._asked = self._clock.monotonic() + LAG_SAMPLE_S
            await asyncio.sleep(LAG_SAMPLE_S)
            woke = self._clock.monotonic()
            if woke - self._asked > NOTABLE_LAG_S:
                self._lags.append((woke, woke - self._asked))

    def worst_at(self, moment: float) -> float | None:
        """The worst lag in seconds that a stamp taken at this monotonic reading can bear.

        A stamp is late by the loop's lag at that moment and by no other: how late the loop ran between two stamps says
        nothing about them. 0.0 when no lag was notable there, None when not sampled.
        """
        if self._task is None:
            return None
        worst = 0.0
        overdue = self._clock.monotonic() - self._asked  # a lag that goes on now is not in the list yet
        if not self._lags and overdue <= NOTABLE_LAG_S:
            return 0.0
        for woke, lag in itertools.chain(((self._asked + overdue, overdue),), reversed(self._lags)):
            if woke < moment - LAG_SAMPLE_S:
                break
            if lag > NOTABLE_LAG_S and lag > worst and abs(moment - woke) <= lag + LAG_SAMPLE_S:
                worst = lag
        return worst


class Stopwatch:
    """Collects one attempt's stamps; all are monotonic seconds of the same clock.

    Until `sent` is stamped the attempt has not reached the wire, and everything so far counts as waiting: to `waits`,
    the seconds waited before by reason, it adds what connecting took. `ages_s`: of stamps that are the kernel's, how
    long the bytes then waited for the event loop; so much of its lag is not in the stamp. `pace_s`: the seconds over
    which the bytes now recorded may have come, where streams are read in rounds, and all have the stamp of the last.
    """

    def __init__(self, clock: Clock, lag: EventLoopLagMonitor | None, waits: Mapping[str, float] = NO_WAITS) -> None:
        self._clock = clock
        self._lag = lag
        self._waits = waits
        self._created = clock.monotonic()
        self.sent: float | None = None
        self.headers: float | None = None
        self.first_text: float | None = None
        self.first_answer: float | None = None
        self.last_answer: float | None = None
        self.last_text: float | None = None
        self.last_byte: float | None = None
        self.ages_s: dict[float, float] = {}
        self.pace_s = 0.0
        self._last_answer_pace_s = 0.0
        self._gaps: list[float] = []
        self._text_chunks = 0

    def note_age(self, at: float, age_s: float) -> None:
        """Keep the age of a stamp; of very many only those that a Timing asks for."""
        if len(self.ages_s) > _MANY_AGES:
            kept = {self.first_text, self.first_answer, self.last_answer, self.last_byte}
            self.ages_s = {moment: age for moment, age in self.ages_s.items() if moment in kept}
        self.ages_s[at] = age_s

    def record(self, seen: ChunkKind, at: float, chunks: int = 1) -> None:
        """Note what an event that arrived at that moment brought, or several with text."""
        if seen is ChunkKind.NOTHING:
            return
        if self.last_text is None:
            self.first_text = at
        elif at > self.last_text:  # events of one network piece came together: no gap between them
            self._gaps.append(at - self.last_text)
        if seen is ChunkKind.ANSWER:
            self.first_answer = at if self.first_answer is None else self.first_answer
            self.last_answer = at
            self._last_answer_pace_s = self.pace_s
        self.last_text = at
        self._text_chunks += chunks

    def timing(self, *, later_answer_chars: int | None = None) -> Timing:
        """The Timing as of now; the end is the last byte seen, or now when nothing came.

        `later_answer_chars`: those after the first answer text, of which the Timing of a stream tells.
        """
        now = self._clock.monotonic()
        sent = now if self.sent is None else self.sent
        end = now if self.last_byte is None else self.last_byte
        # By the clock of the day less monotonic seconds: NTP may set the first between two readings, never the second.
        started_at: datetime = self._clock.now() - timedelta(seconds=now - sent)
        connect_s = sent - self._created
        waits, waited_s = {}, 0.0
        if self._waits:
            waits = {why: seconds for why, seconds in self._waits.items() if seconds >= NOTABLE_WAIT_S}
            waited_s = sum(self._waits.values())
        if connect_s >= NOTABLE_WAIT_S:
            waits["connect"] = connect_s
        ttft_lag_s, total_lag_s = self._lag_at(self.first_text), self._lag_at(self.last_byte)
        loop_lag_s = total_lag_s
        if self.first_text is not None:
            lags = ttft_lag_s, total_lag_s, self._lag_at(self.first_answer), self._lag_at(self.last_answer)
            loop_lag_s = max([lag for lag in lags if lag is not None], default=None)
        return Timing(
            started_at=started_at,
            waited_s=waited_s + connect_s,
            waits=waits,
            total_s=max(0.0, end - sent),
            headers_s=None if self.headers is None else self.headers - sent,
            ttft_s=None if self.first_text is None else self.first_text - sent,
            first_answer_s=None if self.first_answer is None else self.first_answer - sent,
            itl_s=_spread(self._gaps),
            text_chunks=self._text_chunks,
            last_answer_s=None if self.last_answer is None else self.last_answer - sent,
            later_answer_chars=None if self.last_answer is None else later_answer_chars,
            loop_lag_s=loop_lag_s,
            ttft_lag_s=ttft_lag_s,
            total_lag_s=total_lag_s,
        )

    def _lag_at(self, moment: float | None) -> float | None:
        """The lag at an arrival; `sent` is stamped by the code that sends, so it cannot be late."""
        if self._lag is None or moment is None:
            return None
        lag_s = self._lag.worst_at(moment)
        return None if lag_s is None else max(0.0, lag_s - self.ages_s.get(moment, 0.0))


def _spread(gaps: list[float]) -> tuple[float, float, float] | None:
    """(p50, p95, max) by the nearest-rank rule."""
    if not gaps:
        return None
    ordered = sorted(gaps)
    last = len(ordered) - 1
    return ordered[round(last * 0.5)], ordered[round(last * 0.95)], ordered[last]
