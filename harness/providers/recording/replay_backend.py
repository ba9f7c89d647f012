"""A backend that sends every request to a replay server instead of where it should go."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from harness.core.types import EndpointLimits
from harness.providers.format.wire_types import WireRequest
from harness.providers.recording.replay_server import ReplayServer
from harness.providers.transport.backend import Backend, StreamingResponse
from harness.providers.transport.timing import Stopwatch


class ReplayBackend:
    """Requests take the whole way through `inner`; only the address is another. Nothing leaves this machine."""

    def __init__(self, inner: Backend, server: ReplayServer) -> None:
        self._inner = inner
        self._server = server

    def open(
        self, request: WireRequest, limits: EndpointLimits, watch: Stopwatch
    ) -> AbstractAsyncContextManager[StreamingResponse]:
        """As the other backend does, at the server's address."""
        return self._inner.open(replace(request, url=self._server.base_url(request.url)), limits, watch)

    async def close(self) -> None:
        """Close the other backend's connections."""
        await self._inner.close()
