"""A backend that records what another one exchanges, each exchange in a file once it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from harness.core.clock import Clock
from harness.core.types import EndpointLimits
from harness.providers.format.wire_types import WireRequest
from harness.providers.recording.exchange import Exchange, kept_headers, public_address, without_account, write_exchange
from harness.providers.transport.backend import Backend, Body, StreamingResponse, TransportError
from harness.providers.transport.timing import Stopwatch

REPEAT_HEADER = "x-harness-repeat"
ATTEMPT_HEADER = "x-harness-attempt"
SIMULATOR_URL = "http://simulated"
"""What stands in a recording for the address of the mock that a run started."""


@dataclass(slots=True, kw_only=True)
class _Tape:
    """What has come of one exchange so far; moments are monotonic readings."""

    at: datetime
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    pieces: list[tuple[float, bytes]] = field(default_factory=list)
    broke: str | None = None


class RecordingBackend:
    """Passes everything on to `inner`; writes to `folder`. `keys`: what must not stand in any file.

    The headers that say which repeat and attempt a request is go into the file and no further, but to `simulator`: the
    address of a mock that the run started, whose port is another in each run and is not recorded.
    """

    def __init__(
        self, inner: Backend, folder: Path, keys: Iterable[str], clock: Clock, *, simulator: str | None = None
    ) -> None:
        self._inner = inner
        self._folder = folder
        self._keys = tuple(keys)
        self._clock = clock
        self._simulator = simulator
        self.trouble: str | None = None

    async def close(self) -> None:
        """Close the other backend's connections."""
        await self._inner.close()

    @asynccontextmanager
    async def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AsyncIterator[StreamingResponse]:
        """As the other backend does. An exchange that is cancelled is not recorded: nobody knows how it would end."""
        tape = _Tape(at=self._clock.now())
        try:
            sent = request if self._is_simulated(request) else _without_draw(request)
            async with self._inner.open(sent, limits, watch) as response:
                tape.status, tape.headers = response.status, kept_headers(response.headers)
                yield replace(response, body=_RecordedBody(response.body, tape))
        except TransportError as error:
            tape.broke = error.kind.value
            self._write(request, tape, watch)
            raise
        self._write(request, tape, watch)

    def _is_simulated(self, request: WireRequest) -> bool:
        return self._simulator is not None and request.url.startswith(f"{self._simulator}/")

    def _address(self, request: WireRequest) -> str:
        url = request.url
        if self._is_simulated(request):
            url = f"{SIMULATOR_URL}{url.removeprefix(self._simulator or '')}"
        return public_address(url)

    def _write(self, request: WireRequest, tape: _Tape, watch: Stopwatch) -> None:
        """Write the file. A disk that refuses it is `trouble`: the answer was billed and must not be lost over it."""
        try:
            self._write_file(request, tape, watch)
        except OSError as error:
            self.trouble = self.trouble or f"cannot record in {self._folder}: {error.strerror or error}"

    def _write_file(self, request: WireRequest, tape: _Tape, watch: Stopwatch) -> None:
        sent = watch.sent if watch.sent is not None else tape.pieces[0][0] if tape.pieces else 0.0
        write_exchange(
            self._folder,
            Exchange(
                recorded_at=tape.at,
                address=self._address(request),
                body=without_account(request.body, self._keys),
                repeat=int(request.headers.get(REPEAT_HEADER, 0)),
                attempt=int(request.headers.get(ATTEMPT_HEADER, 0)),
                status=tape.status,
                headers=tape.headers,
                pieces=tuple((max(0.0, at - sent), without_account(data, self._keys)) for at, data in tape.pieces),
                broke=tape.broke,
            ),
        )


def _without_draw(request: WireRequest) -> WireRequest:
    headers = {name: value for name, value in request.headers.items() if name not in (REPEAT_HEADER, ATTEMPT_HEADER)}
    return replace(request, headers=headers)


class _RecordedBody:
    """A body, noted on the way to its reader."""

    def __init__(self, body: Body, tape: _Tape) -> None:
        self._body = body
        self._tape = tape

    async def read(self, consume: Callable[[float, bytes], bool]) -> bool:
        """See Body."""

        def note(at: float, data: bytes) -> bool:
            self._tape.pieces.append((at, data))
            return consume(at, data)

        try:
            return await self._body.read(note)
        except TransportError as error:
            self._tape.broke = error.kind.value
            raise
