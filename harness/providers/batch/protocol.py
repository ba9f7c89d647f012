"""What a provider's batch API can be asked, as one interface, and the values it works on.

A batch is submitted in two steps, so that a crash between them costs nothing: `prepare` brings the requests to the
provider and is free (an uploaded file, an empty batch); `start` makes the provider work, and bill. What `prepare`
returned is written down before `start` is called; `find` then tells whether a `start` that was interrupted took place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Protocol

from harness.core.errors import HarnessError
from harness.core.types import Endpoint, FailureKind
from harness.providers import dialect_loader
from harness.providers.format.dialect_spec import Dialect
from harness.providers.format.request import request_url
from harness.providers.transport.backend import TransportError
from harness.providers.transport.redact import mask_key
from harness.providers.transport.whole_requests import FetchedBody, OutgoingRequest, WholeClient

REQUEST_TIMEOUT_S = 600.0
"""Uploads and results of a batch may have hundreds of megabytes."""

MEGABYTE = 1024 * 1024

UNDECIDED_STATUSES = frozenset({408, 499})
"""Statuses below 500 by which something on the way gave up waiting: what was asked for may have been done."""


class BatchError(HarnessError):
    """A request to a batch API failed. `is_certain`: the provider refused it, or it never left; nothing was started."""

    def __init__(self, kind: FailureKind, message: str, *, is_retryable: bool, is_certain: bool) -> None:
        super().__init__(f"{kind.value}: {message}")
        self.kind = kind
        self.is_retryable = is_retryable
        self.is_certain = is_certain
        self._message = message

    def made_certain(self, *, is_certain: bool = True) -> BatchError:
        """The same error of a request that starts nothing, whatever became of it; False: of one in a series of which
        others had begun.
        """
        return BatchError(self.kind, self._message, is_retryable=self.is_retryable, is_certain=is_certain)


def too_many_pages(pages: int) -> BatchError:
    """A list that has no end: what is looked for in it cannot be told to be missing."""
    said = f"more than {pages} pages are listed, so nothing can be told to be missing from them"
    return BatchError(FailureKind.MALFORMED_RESPONSE, said, is_retryable=False, is_certain=False)


class BatchUndecided(Exception):
    """Whether an interrupted submission took place cannot be told yet; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """The most that one batch of the provider holds; the provider's page and its date stand beside the values."""

    requests: int
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchItem:
    """One request of a batch. `custom_id` comes back with its answer; `body` is the JSON of a single request."""

    custom_id: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A batch to be submitted. `tag` names it at the provider, where the API has a place for a name."""

    tag: str
    items: Sequence[BatchItem]
    at: datetime


class BatchPhase(Enum):
    """RUNNING: results are to come. ENDED: they can be read, all or a part. REFUSED: nothing will be processed."""

    RUNNING = "running"
    ENDED = "ended"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchState:
    """How far a batch is. `words`: the provider's own status, and why where it was refused. None: not told.

    `was_cut_short`: it ended before all requests were processed (expired, cancelled). `results`: where results are.
    """

    phase: BatchPhase
    words: str
    done: int | None = None
    total: int | None = None
    was_cut_short: bool = False
    was_cancelled: bool = False
    results: tuple[str, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchResult:
    """The answer to one request of a batch: the status and body that a single request would have had.

    `not_processed`: why the provider did not work on it; status and body are empty then.
    """

    custom_id: str
    status: int = 200
    body: bytes = b""
    not_processed: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it holds no answer."""
        return bool(self.not_processed) or not 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class BatchClient:
    """Sends the requests of one endpoint's batch API, with its key; what it raises holds no key."""

    endpoint: Endpoint
    key: str | None = field(repr=False)
    http: WholeClient

    def url(self, path: str) -> str:
        """An address beside that of single requests; an absolute one stays as it is."""
        if "://" in path:
            return path
        return request_url(self.endpoint.base_url, path, instead_of=self.dialect.path)

    @property
    def dialect(self) -> Dialect:
        """The endpoint's dialect."""
        return dialect_loader.load(self.endpoint.dialect)

    def headers(self, more: Mapping[str, str] = {}) -> dict[str, str]:
        """The dialect's headers with the key."""
        given = dict(self.dialect.fixed_headers)
        if self.key:
            given |= {name: text.format(key=self.key) for name, text in self.dialect.auth.items()}
        return given | dict(more)

    def get(self, path: str, params: Mapping[str, str | int] = {}) -> FetchedBody:
        """A 2xx answer. Raises BatchError."""
        return self.send(OutgoingRequest(method="GET", url=self.url(path), headers=self.headers(), params=params))

    def post(self, path: str, body: bytes = b"{}") -> FetchedBody:
        """A 2xx answer to a JSON body. Raises BatchError."""
        headers = self.headers({"content-type": "application/json"})
        return self.send(OutgoingRequest(method="POST", url=self.url(path), headers=headers, body=body))

    def send(self, request: OutgoingRequest) -> FetchedBody:
        """A 2xx answer. Raises BatchError."""
        try:
            return self._checked(self.http.send(request, timeout_s=REQUEST_TIMEOUT_S))
        except TransportError as error:
            raise self._broken(error) from None

    def save(
        self,
        path: str,
        to: Path,
        params: Mapping[str, str | int] = {},
        headers: Mapping[str, str] | None = None,
    ) -> FetchedBody:
        """Write the body of a 2xx answer to a file; `headers` instead of the dialect's. Raises BatchError."""
        given = self.headers() if headers is None else headers
        request = OutgoingRequest(method="GET", url=self.url(path), headers=given, params=params)
        try:
            return self._checked(self.http.save(request, to, timeout_s=REQUEST_TIMEOUT_S))
        except TransportError as error:
            raise self._broken(error) from None

    def _checked(self, answer: FetchedBody) -> FetchedBody:
        if 200 <= answer.status < 300:
            return answer
        said = dialect_loader.read_error(self.endpoint, answer.status, answer.headers, answer.body)
        raise BatchError(
            said.kind,
            mask_key(said.message, self.key),
            is_retryable=said.is_retryable,
            is_certain=answer.status < 500 and answer.status not in UNDECIDED_STATUSES,
        )

    def _broken(self, error: TransportError) -> BatchError:
        message = mask_key(str(error), self.key)
        return BatchError(error.kind, message, is_retryable=True, is_certain=not error.was_sent)


class BatchProtocol(Protocol):
    """One provider's batch API. Every method raises BatchError where the provider refuses or cannot be reached."""

    @property
    def limits(self) -> BatchLimits:
        """The most that one batch holds."""

    def item_bytes(self, client: BatchClient, item: BatchItem) -> int:
        """The bytes that a request takes in a batch, as its size limit counts them."""

    def prepare(self, client: BatchClient, submission: Submission) -> str:
        """Bring the requests to the provider, free of charge; what is returned must be written down before `start`."""

    def start(self, client: BatchClient, submission: Submission, reference: str) -> str:
        """Have the provider work on them; returns the batch's id."""

    def find(self, client: BatchClient, submission: Submission, reference: str, known: frozenset[str]) -> str | None:
        """The id of the batch that an interrupted `start` made, None where it made none.

        `known`: ids of batches that are others of ours. Raises BatchUndecided where that cannot be told yet.
        """

    def state(self, client: BatchClient, batch_id: str) -> BatchState:
        """How far the batch is."""

    def results(self, client: BatchClient, batch_id: str, state: BatchState, folder: Path) -> Iterator[BatchResult]:
        """The answers of an ended batch, in any order; `folder` takes what is downloaded on the way."""

    def cancel(self, client: BatchClient, batch_id: str) -> None:
        """Ask the provider to stop; what was answered until then is billed and can be read."""

    def delete_upload(self, client: BatchClient, reference: str) -> None:
        """Delete what `prepare` brought to the provider, where that is a file; once it is not needed any more."""
