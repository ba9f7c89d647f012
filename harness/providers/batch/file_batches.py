"""Batch APIs in OpenAI's form: a file of requests is uploaded, a batch is made of it, results are files too.

Sources: OpenAI, "Batch API" and API reference "Batches" and "Files"; Groq, "Batch Processing"; Moonshot, "Create
Batch"; Alibaba Cloud, "OpenAI compatible - Batch"; Together, "Batch Inference"; Google, "OpenAI compatibility" and
"Files API"; state of 2026-11. What differs between them is a field here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.labels import is_simulated
from harness.core.types import FailureKind, Json
from harness.providers.batch.json_lines import NOTHING_SAID, compact, count_at, lines_of, object_of, rows_of, text_at
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
from harness.providers.transport.whole_requests import OutgoingRequest

CUT_SHORT = frozenset({"expired", "cancelled", "canceled"})
ENDED = frozenset({"completed", "failed", *CUT_SHORT})
"""A batch with any other status runs: an unknown one read as an end would send its requests again."""
UNPROCESSED_CODES = frozenset({"batch_expired", "batch_cancelled", "batch_canceled"})
"""Codes of OpenAI's error file for requests that were not processed ("Batch API", Batch expiration)."""
MAX_PAGES = 100
OPENAI_LIMITS = BatchLimits(requests=50_000, size_bytes=200 * MEGABYTE)
"""API reference, "Create batch", as of 2026-11."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBatches:
    """One provider's batch API in this form.

    `upload_path`: where files are uploaded; `names_file`: its name and type stand in fields of their own, too.
    `window`: the longest time it may take, in the provider's words. `purpose`: of the uploaded file. `has_metadata`:
    a batch can be given a name. `has_method`: a line names the method and the path of its request.
    """

    limits: BatchLimits = OPENAI_LIMITS
    window: str = "24h"
    purpose: str = "batch"
    upload_path: str = "/files"
    names_file: bool = False
    has_metadata: bool = True
    has_method: bool = True

    def line(self, client: BatchClient, item: BatchItem) -> bytes:
        """A line of the uploaded file."""
        head: dict[str, Json] = {"custom_id": item.custom_id}
        if self.has_method:
            head |= {"method": "POST", "url": endpoint_path(client)}
        return compact(head)[:-1] + b',"body":' + item.body + b"}\n"

    def item_bytes(self, client: BatchClient, item: BatchItem) -> int:
        """The bytes of its line."""
        return len(self.line(client, item))

    def prepare(self, client: BatchClient, submission: Submission) -> str:
        """Upload the file; its id is the reference."""
        data = b"".join(self.line(client, item) for item in submission.items)
        return self.upload(client, f"{submission.tag}.jsonl", data)

    def upload(self, client: BatchClient, name: str, data: bytes) -> str:
        """The id of the uploaded file."""
        request = OutgoingRequest(
            method="POST",
            url=client.url(self.upload_path),
            headers=client.headers(),
            fields={"purpose": self.purpose, **({"file_name": name, "file_type": "jsonl"} if self.names_file else {})},
            file=(name, data),
        )
        return text_at(object_of(client.send(request)), "id")

    def start(self, client: BatchClient, submission: Submission, reference: str) -> str:
        """Make the batch of the uploaded file."""
        body: dict[str, Json] = {
            "input_file_id": reference,
            "endpoint": endpoint_path(client),
            "completion_window": self.window,
        }
        if self.has_metadata:
            body["metadata"] = {"name": submission.tag}
        return text_at(unwrapped(object_of(client.post("/batches", compact(body)))), "id")

    def find(self, client: BatchClient, submission: Submission, reference: str, known: frozenset[str]) -> str | None:
        """The batch whose input is the uploaded file."""
        del submission, known
        same = (row for row in self._listed(client) if row.get("input_file_id") == reference)
        found = next(same, None)
        return None if found is None else text_at(found, "id")

    def _listed(self, client: BatchClient) -> Iterator[Mapping[str, Json]]:
        """All batches of the account, the latest first."""
        after: dict[str, str | int] = {}
        for _ in range(MAX_PAGES):
            answer = client.get("/batches", {"limit": 100, **after})
            rows, has_more = page_of(answer.body)
            yield from rows
            if not has_more or not rows:
                return
            after = {"after": text_at(rows[-1], "id")}
        raise too_many_pages(MAX_PAGES)

    def state(self, client: BatchClient, batch_id: str) -> BatchState:
        """As the provider reports it."""
        answer = client.get(f"/batches/{batch_id}")
        return state_of(unwrapped(object_of(answer)), simulated=is_simulated(answer.headers))

    def results(self, client: BatchClient, batch_id: str, state: BatchState, folder: Path) -> Iterator[BatchResult]:
        """The lines of both files, in any order."""
        for number, file_id in enumerate(state.results):
            path = folder / f"{number}.jsonl"
            self.download(client, file_id, path)
            for row in lines_of(path):
                yield result_of(row)

    def download(self, client: BatchClient, file_id: str, path: Path) -> None:
        """Write a file of results to `path`."""
        client.save(f"/files/{file_id}/content", path)

    def cancel(self, client: BatchClient, batch_id: str) -> None:
        """Cancel the batch."""
        client.post(f"/batches/{batch_id}/cancel")

    def delete_upload(self, client: BatchClient, reference: str) -> None:
        """Delete the uploaded file; one that is not there any more is deleted."""
        try:
            client.send(self.deletion(client, reference))
        except BatchError as error:
            if error.kind is not FailureKind.NOT_FOUND:
                raise

    def deletion(self, client: BatchClient, file_id: str) -> OutgoingRequest:
        """The request that deletes a file (OpenAI, API reference "Delete file"; the others have it as well)."""
        return OutgoingRequest(method="DELETE", url=client.url(f"/files/{file_id}"), headers=client.headers())


def endpoint_path(client: BatchClient) -> str:
    """The path that a batch and its lines name: `/v1/chat/completions`, `/v1/responses`."""
    return f"/v1{client.dialect.path}"


def unwrapped(value: Mapping[str, Json]) -> Mapping[str, Json]:
    """The batch in an answer; Together wraps a new one in `job`."""
    job = value.get("job")
    return job if isinstance(job, Mapping) else value


def state_of(batch: Mapping[str, Json], *, simulated: bool) -> BatchState:
    """By its status; results are the output file and the error file, as far as there are any.

    One that failed after results had come has ended. One whose answers are counted and not yet in a file runs.
    """
    word = text_at(batch, "status").lower()
    counts = batch.get("request_counts")
    completed, failed = count_at(counts, "completed"), count_at(counts, "failed")
    files = tuple(str(batch[name]) for name in ("output_file_id", "error_file_id") if batch.get(name))
    words = word
    if word not in ENDED:
        phase = BatchPhase.RUNNING
    elif completed and not batch.get("output_file_id"):
        phase, words = BatchPhase.RUNNING, f"{word}, without a file of its answers so far"
    else:
        phase = BatchPhase.REFUSED if word == "failed" and not files else BatchPhase.ENDED
        words = f"{word}: {_reasons(batch)}" if word == "failed" else word
    return BatchState(
        phase=phase,
        words=words,
        done=None if completed is None or failed is None else completed + failed,
        total=count_at(counts, "total"),
        was_cut_short=word in CUT_SHORT,
        was_cancelled=word.startswith("cancel"),
        results=files,
        simulated=simulated,
    )


def page_of(body: bytes) -> tuple[Sequence[Mapping[str, Json]], bool]:
    """(batches, whether more follow) of a list: `{"data": [...], "has_more": ...}`, or the bare array (Together)."""
    try:
        value = json.loads(body)
    except ValueError:
        value = None
    if isinstance(value, list):
        return rows_of(value), False
    if not isinstance(value, dict) or not isinstance(value.get("data"), list | None):
        said = f"the answer holds no list of batches: {body[:80]!r}"
        raise BatchError(FailureKind.MALFORMED_RESPONSE, said, is_retryable=True, is_certain=False)
    return rows_of(value.get("data")), value.get("has_more") is True


def result_of(row: Mapping[str, Json]) -> BatchResult:
    """The result that a line of an output or error file holds."""
    custom_id = text_at(row, "custom_id")
    response, error = row.get("response"), row.get("error")
    body = response.get("body") if isinstance(response, Mapping) else None
    status = count_at(response, "status_code")
    if body is not None:
        return BatchResult(custom_id=custom_id, status=200 if status is None else status, body=compact(body))
    if not error and status in (None, 200):
        return BatchResult(custom_id=custom_id, body=NOTHING_SAID)
    said = error if isinstance(error, Mapping) else {}
    code, message = str(said.get("code") or ""), str(said.get("message") or error or "no response")
    if code in UNPROCESSED_CODES:
        return BatchResult(custom_id=custom_id, not_processed=message)
    return BatchResult(custom_id=custom_id, status=status or 500, body=compact({"error": dict(said) or message}))


def _reasons(batch: Mapping[str, Json]) -> str:
    """Why a batch was refused."""
    errors = batch.get("errors")
    rows = rows_of(errors.get("data")) if isinstance(errors, Mapping) else rows_of(errors)
    said = [str(row.get("message") or row.get("code")) for row in rows] or [
        str(batch.get("error") or "no reason given")
    ]
    return "; ".join(dict.fromkeys(said))[:300]
