"""Google Gemini: batches in OpenAI's form, with files that go through Google's own Files API.

Sources: page "OpenAI compatibility", Batch API ("compatibility for upload and download is currently not supported"),
pages "Files API" (resumable upload) and "Batch API" (2 GB a file); state of 2026-11.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit

from harness.core.types import FailureKind
from harness.providers.batch.file_batches import FileBatches
from harness.providers.batch.json_lines import compact, object_of, text_at
from harness.providers.batch.protocol import BatchClient, BatchError
from harness.providers.transport.whole_requests import OutgoingRequest

_API_ROOT = re.compile(r"(.*?)/v1(?:beta)?(?:/.*)?")


class GeminiBatches(FileBatches):
    """Gemini's batches: `files/ID` is uploaded and downloaded beside the OpenAI-compatible addresses."""

    def upload(self, client: BatchClient, name: str, data: bytes) -> str:
        """The resource name of the uploaded file."""
        start = client.send(
            OutgoingRequest(
                method="POST",
                url=f"{_root(client)}/upload/v1beta/files",
                headers=_google_headers(client)
                | {
                    "content-type": "application/json",
                    "x-goog-upload-protocol": "resumable",
                    "x-goog-upload-command": "start",
                    "x-goog-upload-header-content-length": str(len(data)),
                    "x-goog-upload-header-content-type": "application/jsonl",
                },
                body=compact({"file": {"display_name": name}}),
            )
        )
        url = start.headers.get("x-goog-upload-url", "")
        if urlsplit(url).netloc != urlsplit(client.endpoint.base_url).netloc:
            said = f"the address for the upload is at another host: {url[:80]!r}"
            raise BatchError(FailureKind.MALFORMED_RESPONSE, said, is_retryable=False, is_certain=True)
        commands = {"x-goog-upload-offset": "0", "x-goog-upload-command": "upload, finalize"}
        sent = client.send(
            OutgoingRequest(method="POST", url=url, headers=_google_headers(client) | commands, body=data)
        )
        file = object_of(sent).get("file")
        return text_at(file if isinstance(file, dict) else {}, "name")

    def download(self, client: BatchClient, file_id: str, path: Path) -> None:
        """Write a file of results to `path`."""
        url = f"{_root(client)}/download/v1beta/files/{file_id.removeprefix('files/')}:download"
        client.save(url, path, {"alt": "media"}, headers=_google_headers(client))

    def deletion(self, client: BatchClient, file_id: str) -> OutgoingRequest:
        """Google's own: `files.delete` of the resource."""
        url = f"{_root(client)}/v1beta/{file_id}"
        return OutgoingRequest(method="DELETE", url=url, headers=_google_headers(client))


def _root(client: BatchClient) -> str:
    """The address of all of Google's APIs, before the version."""
    found = _API_ROOT.fullmatch(client.endpoint.base_url)
    return client.endpoint.base_url if found is None else found[1]


def _google_headers(client: BatchClient) -> dict[str, str]:
    """The key as Google's own APIs take it."""
    return {"x-goog-api-key": client.key} if client.key else {}


BATCHES = GeminiBatches(has_metadata=False)
