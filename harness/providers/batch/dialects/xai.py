"""xAI: a batch is made empty, under a name, and requests are added to it; results come in pages.

Sources: page "Batch API" and REST reference "Batches": 25 MB for each call that adds requests, 100 such calls in 30 s,
batches above 100,000 requests may be slowed; state of 2026-11.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.clock import utc
from harness.core.labels import is_simulated
from harness.core.types import Json
from harness.providers.batch.json_lines import NOTHING_SAID, compact, count_at, object_of, rows_of, text_at
from harness.providers.batch.protocol import (
    MEGABYTE,
    BatchClient,
    BatchError,
    BatchItem,
    BatchLimits,
    BatchPhase,
    BatchResult,
    BatchState,
    Submission,
    too_many_pages,
)

ADDED_BYTES = 20 * MEGABYTE
LIMITS = BatchLimits(requests=100_000, size_bytes=2000 * MEGABYTE)
MAX_PAGES = 2000
PAGE = 100
_CANCELLED_CODE = 1
_STATUSES = {3: 400, 5: 404, 7: 403, 8: 429, 9: 400, 11: 400, 14: 503, 16: 401}
"""google.rpc codes, which an error of a result carries, as the status of a single request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedRequests:
    """xAI's batches. `added_bytes`: the most that one call adds."""

    added_bytes: int = ADDED_BYTES
    limits: BatchLimits = LIMITS

    def item_bytes(self, client: BatchClient, item: BatchItem) -> int:
        """The bytes of one entry of the list that is added."""
        del client
        return len(_entry(item)) + 1

    def prepare(self, client: BatchClient, submission: Submission) -> str:
        """Make an empty batch, which costs nothing; its id is the reference."""
        return text_at(object_of(client.post("/batches", compact({"name": submission.tag}))), "batch_id")

    def start(self, client: BatchClient, submission: Submission, reference: str) -> str:
        """Add the requests, in as many calls as their size needs."""
        for number, entries in enumerate(_chunks(submission.items, self.added_bytes)):
            try:
                client.post(f"/batches/{reference}/requests", b'{"batch_requests":[' + b",".join(entries) + b"]}")
            except BatchError as error:
                # Requests of the calls before it are being worked on, whatever became of this one.
                raise error.made_certain(is_certain=error.is_certain and number == 0) from None
        return reference

    def find(self, client: BatchClient, submission: Submission, reference: str, known: frozenset[str]) -> str | None:
        """The batch where requests are in it; those that are missing are added. None: it is empty."""
        del known
        listed = self._pages(client, f"/batches/{reference}/requests", "batch_request_metadata")
        present = {str(row.get("batch_request_id")) for row in listed}
        if not present:
            return None
        missing = [item for item in submission.items if item.custom_id not in present]
        if missing:
            self.start(client, Submission(tag=submission.tag, items=missing, at=submission.at), reference)
        return reference

    def state(self, client: BatchClient, batch_id: str) -> BatchState:
        """As the provider counts its requests."""
        answer = client.get(f"/batches/{batch_id}")
        return state_of(object_of(answer), now_s=time.time(), simulated=is_simulated(answer.headers))

    def results(self, client: BatchClient, batch_id: str, state: BatchState, folder: Path) -> Iterator[BatchResult]:
        """The rows of all pages, in any order."""
        del state, folder
        for row in self._pages(client, f"/batches/{batch_id}/results", "results"):
            yield _result(row)

    def cancel(self, client: BatchClient, batch_id: str) -> None:
        """Cancel the batch."""
        client.post(f"/batches/{batch_id}:cancel")

    def delete_upload(self, client: BatchClient, reference: str) -> None:
        """Nothing: the requests are no file of their own."""
        del client, reference

    def _pages(self, client: BatchClient, path: str, name: str) -> Iterator[Mapping[str, Json]]:
        following: dict[str, str | int] = {}
        for _ in range(MAX_PAGES):
            page = object_of(client.get(path, {"limit": PAGE, **following}))
            yield from rows_of(page.get(name))
            token = page.get("pagination_token")
            if not isinstance(token, str) or not token:
                return
            following = {"pagination_token": token}
        raise too_many_pages(MAX_PAGES)


def state_of(batch: Mapping[str, Json], *, now_s: float, simulated: bool) -> BatchState:
    """By the counts of its requests: it has ended once none is pending, or its time is up.

    A cancelled one may still be at work on requests that it had begun, which are billed.
    """
    counts = batch.get("state")
    total, pending = count_at(counts, "num_requests") or 0, count_at(counts, "num_pending") or 0
    cancelled = count_at(counts, "num_cancelled") or 0
    expires = batch.get("expire_time")
    is_expired = isinstance(expires, str) and bool(expires) and utc(expires).timestamp() < now_s
    has_ended = (total > 0 and pending == 0) or is_expired
    return BatchState(
        phase=BatchPhase.ENDED if has_ended else BatchPhase.RUNNING,
        words=_words(has_ended=has_ended, is_cancelled=bool(cancelled), is_left=bool(pending)),
        done=total - pending,
        total=total,
        was_cut_short=bool(cancelled or pending),
        was_cancelled=bool(cancelled),
        simulated=simulated,
    )


def _words(*, has_ended: bool, is_cancelled: bool, is_left: bool) -> str:
    """The provider has no word of its own for a batch."""
    if is_cancelled:
        return "cancelled"
    return ("expired" if is_left else "completed") if has_ended else "pending"


def _entry(item: BatchItem) -> bytes:
    named = compact(item.custom_id)
    return b'{"batch_request_id":' + named + b',"batch_request":{"chat_get_completion":' + item.body + b"}}"


def _chunks(items: Sequence[BatchItem], most_bytes: int) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    size = 0
    for entry in map(_entry, items):
        if chunk and size + len(entry) > most_bytes:
            yield chunk
            chunk, size = [], 0
        chunk.append(entry)
        size += len(entry)
    yield chunk


def _result(row: Mapping[str, Json]) -> BatchResult:
    custom_id, result = text_at(row, "batch_request_id"), row.get("batch_result")
    inside = result if isinstance(result, Mapping) else {}
    response = inside.get("response")
    body = response.get("chat_get_completion") if isinstance(response, Mapping) else None
    if body is not None:
        return BatchResult(custom_id=custom_id, body=compact(body))
    error = inside.get("error") or row.get("error") or row.get("error_message")
    if not error:
        return BatchResult(custom_id=custom_id, body=NOTHING_SAID)
    code = count_at(error, "code")
    message = str(error.get("message")) if isinstance(error, Mapping) else str(error)
    if code == _CANCELLED_CODE:
        return BatchResult(custom_id=custom_id, not_processed=message)
    return BatchResult(custom_id=custom_id, status=_STATUSES.get(code or 0, 500), body=compact({"error": message}))


BATCHES = AddedRequests()
