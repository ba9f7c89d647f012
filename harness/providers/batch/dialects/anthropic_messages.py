"""Anthropic: requests and results as one list, no file and no name of a batch.

Sources: API reference "Create a Message Batch", "List Message Batches", "Retrieve Message Batch results" and page
"Batch processing": 100,000 requests and 256 MB a batch, results kept for 29 days; state of 2026-11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

from harness.core.clock import utc
from harness.core.labels import is_simulated
from harness.core.types import Json
from harness.providers.batch.json_lines import NOTHING_SAID, compact, count_at, lines_of, object_of, rows_of, text_at
from harness.providers.batch.protocol import (
    MEGABYTE,
    BatchClient,
    BatchItem,
    BatchLimits,
    BatchPhase,
    BatchResult,
    BatchState,
    BatchUndecided,
    Submission,
    too_many_pages,
)

CLOCKS_DIFFER_BY = timedelta(minutes=10)
"""A batch listed with an earlier time of creation than this before our own instant is none of the submission."""
MAX_PAGES = 100
_COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")
_STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "overloaded_error": 529,
}
"""The status that a single request has with this error (page "Errors"); any other is the server's own."""


class MessageBatches:
    """The Message Batches API."""

    limits = BatchLimits(requests=100_000, size_bytes=256 * MEGABYTE)

    def item_bytes(self, client: BatchClient, item: BatchItem) -> int:
        """The bytes of one entry of the list."""
        del client
        return len(_entry(item)) + 1

    def prepare(self, client: BatchClient, submission: Submission) -> str:
        """Nothing is brought to the provider before the start; the reference is empty."""
        del client, submission
        return ""

    def start(self, client: BatchClient, submission: Submission, reference: str) -> str:
        """Send the requests; the provider begins at once."""
        del reference
        body = b'{"requests":[' + b",".join(_entry(item) for item in submission.items) + b"]}"
        return text_at(object_of(client.post("/messages/batches", body)), "id")

    def find(self, client: BatchClient, submission: Submission, reference: str, known: frozenset[str]) -> str | None:
        """The batch that holds our custom ids. They are told only once a batch has ended, so until then by waiting."""
        del reference
        ours = {item.custom_id for item in submission.items}
        running = []
        for batch in self._listed_since(client, submission.at - CLOCKS_DIFFER_BY):
            batch_id, counts = text_at(batch, "id"), batch.get("request_counts")
            total = sum(count_at(counts, name) or 0 for name in _COUNTS)
            if batch_id in known or total != len(ours):
                continue
            if batch.get("processing_status") != "ended":
                running.append(batch_id)
            elif self._holds(client, batch_id, ours):
                return batch_id
        if running:
            raise BatchUndecided(
                f"interrupted while it was submitted; {', '.join(running)} may be it, which is told once that has ended"
            )
        return None

    def _listed_since(self, client: BatchClient, since: datetime) -> Iterator[Mapping[str, Json]]:
        """The account's batches made since then, the latest first."""
        after: dict[str, str | int] = {}
        for _ in range(MAX_PAGES):
            page = object_of(client.get("/messages/batches", {"limit": 100, **after}))
            rows = rows_of(page.get("data"))
            for row in rows:
                if utc(text_at(row, "created_at")) < since:
                    return
                yield row
            if page.get("has_more") is not True or not rows:
                return
            after = {"after_id": text_at(rows[-1], "id")}
        raise too_many_pages(MAX_PAGES)

    def _holds(self, client: BatchClient, batch_id: str, ours: set[str]) -> bool:
        """Whether an ended batch is made of these requests, by its first result."""
        answer = client.get(f"/messages/batches/{batch_id}/results")
        return any(f'"{custom_id}"'.encode() in answer.body.partition(b"\n")[0] for custom_id in ours)

    def state(self, client: BatchClient, batch_id: str) -> BatchState:
        """By its processing status and counts."""
        answer = client.get(f"/messages/batches/{batch_id}")
        batch = object_of(answer)
        counts = {name: count_at(batch.get("request_counts"), name) or 0 for name in _COUNTS}
        total, word = sum(counts.values()), text_at(batch, "processing_status")
        was_cut_short = bool(counts["canceled"] or counts["expired"])
        return BatchState(
            phase=BatchPhase.ENDED if word == "ended" else BatchPhase.RUNNING,
            words=word,
            done=total - counts["processing"],
            total=total,
            was_cut_short=was_cut_short,
            was_cancelled=bool(batch.get("cancel_initiated_at")) and was_cut_short,
            simulated=is_simulated(answer.headers),
        )

    def results(self, client: BatchClient, batch_id: str, state: BatchState, folder: Path) -> Iterator[BatchResult]:
        """The lines of the results, in any order."""
        del state
        path = folder / "results.jsonl"
        # not the address in `results_url`: the key goes to no host that an answer names
        client.save(f"/messages/batches/{batch_id}/results", path)
        for row in lines_of(path):
            yield _result(row)

    def cancel(self, client: BatchClient, batch_id: str) -> None:
        """Cancel the batch."""
        client.post(f"/messages/batches/{batch_id}/cancel")

    def delete_upload(self, client: BatchClient, reference: str) -> None:
        """Nothing: the requests are no file of their own."""
        del client, reference


def _entry(item: BatchItem) -> bytes:
    return b'{"custom_id":' + compact(item.custom_id) + b',"params":' + item.body + b"}"


def _result(row: Mapping[str, Json]) -> BatchResult:
    custom_id, result = text_at(row, "custom_id"), row.get("result")
    kind = result.get("type") if isinstance(result, Mapping) else None
    if isinstance(result, Mapping) and kind == "succeeded":
        return BatchResult(custom_id=custom_id, body=compact(result.get("message")))
    if isinstance(result, Mapping) and kind == "errored":
        error = result.get("error")
        inner = error.get("error") if isinstance(error, Mapping) else None
        word = inner.get("type") if isinstance(inner, Mapping) else None
        return BatchResult(custom_id=custom_id, status=_STATUSES.get(str(word), 500), body=compact(error))
    if kind in ("canceled", "expired"):
        return BatchResult(custom_id=custom_id, not_processed=f"{kind} before it was processed")
    return BatchResult(custom_id=custom_id, body=NOTHING_SAID)


BATCHES = MessageBatches()
