"""Requests whose answers are read whole, for lists of models and batches: their values, and who sends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedBody:
    """A whole answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutgoingRequest:
    """A request that is answered whole. `fields` and `file` (name and bytes) make it a form, else `body` is sent."""

    method: str
    url: str
    headers: Mapping[str, str]
    params: Mapping[str, str | int] = field(default_factory=dict)
    body: bytes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    file: tuple[str, bytes] | None = None


class WholeClient(Protocol):
    """Sends requests one after another and reads their answers whole: no retries, no redirects."""

    def send(self, request: OutgoingRequest, *, timeout_s: float) -> FetchedBody:
        """The answer, whatever its status. Raises TransportError."""
        ...

    def save(self, request: OutgoingRequest, path: Path, *, timeout_s: float) -> FetchedBody:
        """Write the body of a 2xx answer to a file, whatever its size; the returned body is empty then.

        Raises TransportError, OSError where the file cannot be written.
        """
        ...
