"""The backends by name: `http` (our own client, the default), `openai` and `litellm` (an extra)."""

from __future__ import annotations

from harness.core.clock import SYSTEM_CLOCK, Clock
from harness.providers.transport.backend import Backend
from harness.providers.transport.http_backend import HttpBackend


def make_backend(name: str, *, clock: Clock = SYSTEM_CLOCK) -> Backend:
    """The backend of that name; call inside a running event loop. Raises LocalError where its package is missing.

    `openai` takes most of a second to import and `litellm` several, so each is imported only when it is used.
    """
    if name == "openai":
        from harness.providers.transport import openai_backend

        return openai_backend.make(clock=clock)
    if name == "litellm":
        from harness.providers.transport import litellm_backend

        return litellm_backend.make(clock=clock)
    return HttpBackend(clock=clock)
