"""The backends of a session: as they are, with a recording made of what they exchange, or with one in their place."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from harness.core.clock import Clock
from harness.providers.backends import make_backend
from harness.providers.recording.exchange import read_recording
from harness.providers.recording.recording_backend import RecordingBackend
from harness.providers.transport.backend import Backend
from harness.run.execution.outcome import RunOutcome
from harness.store.codec import ReplayedFrom


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A recording to be made: its folder, the keys that must not stand in it, the address of the run's own mock."""

    folder: Path
    keys: tuple[str, ...] = field(repr=False)
    simulator: str | None


@contextlib.asynccontextmanager
async def open_backends(
    names: Iterable[str],
    clock: Clock,
    *,
    record: Recording | None,
    replayed: ReplayedFrom | None,
    outcome: RunOutcome,
) -> AsyncIterator[Mapping[str, Backend]]:
    """The backends by name, closed at the end; `outcome` says what a recording does not hold or a disk refused.

    Raises DataError for a recording that cannot be read.
    """
    backends: dict[str, Backend] = {name: make_backend(name, clock=clock) for name in dict.fromkeys(names)}
    try:
        if replayed is None and record is None:
            yield backends
            return
        if replayed is None and record is not None:
            recorders = {name: _recorded(one, record, clock) for name, one in backends.items()}
            yield recorders
            outcome.trouble = outcome.trouble or next((one.trouble for one in recorders.values() if one.trouble), None)
            return
        assert replayed is not None
        # aiohttp's server, for replays alone: it would delay the first request of every other run
        from harness.providers.recording.replay_backend import ReplayBackend
        from harness.providers.recording.replay_server import ReplayServer

        server = ReplayServer(read_recording(Path(replayed.folder)), is_instant=replayed.is_instant)
        async with server.running():
            yield {name: ReplayBackend(one, server) for name, one in backends.items()}
        outcome.unmatched.update(server.unmatched)
    finally:
        for backend in backends.values():
            await backend.close()


def _recorded(inner: Backend, record: Recording, clock: Clock) -> RecordingBackend:
    return RecordingBackend(inner, record.folder, record.keys, clock, simulator=record.simulator)


def recorded_clock(recorded_at: datetime, clock: Clock) -> Clock:
    """A clock that shows the day of the recording: its prices are in force, so a replay always costs the same."""
    ahead = clock.now() - recorded_at
    return Clock(now=lambda: clock.now() - ahead, monotonic=clock.monotonic)
