"""The models that a provider lists: a free request that tells whether a key works and a name is still known."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from harness.core.errors import EXIT_CHECK_FAILED, HarnessError
from harness.core.types import Endpoint, FailureKind, Json
from harness.providers import dialect_loader
from harness.providers.format.request import request_url
from harness.providers.transport.backend import TransportError
from harness.providers.transport.openai_backend import whole_client
from harness.providers.transport.redact import mask_key
from harness.providers.transport.whole_requests import OutgoingRequest

LIST_TIMEOUT_S = 30.0
MAX_PAGES = 50


class ModelListError(HarnessError):
    """A provider did not give its list of models; `kind` is the cause."""

    exit_code = EXIT_CHECK_FAILED

    def __init__(self, kind: FailureKind, message: str) -> None:
        super().__init__(f"{kind.value}: {message}")
        self.kind = kind


def list_models(endpoint: Endpoint, key: str | None) -> list[str]:
    """The ids of the models that an endpoint's provider lists, all pages. Costs nothing. Raises ModelListError."""
    return [model_id for page in _pages(endpoint, key) for model_id in page.ids]


@dataclass(frozen=True, slots=True)
class _Page:
    ids: list[str]
    last: str | None


def _pages(endpoint: Endpoint, key: str | None) -> Iterator[_Page]:
    dialect = dialect_loader.load(endpoint.dialect)
    url = request_url(endpoint.base_url, "/models", instead_of=dialect.path)
    headers = dict(dialect.fixed_headers)
    if key:
        headers |= {name: text.format(key=key) for name, text in dialect.auth.items()}
    after: dict[str, str | int] = {}
    with whole_client() as client:
        for _ in range(MAX_PAGES):
            try:
                request = OutgoingRequest(method="GET", url=url, headers=headers, params=after)
                answer = client.send(request, timeout_s=LIST_TIMEOUT_S)
            except TransportError as error:
                raise ModelListError(error.kind, mask_key(str(error), key)) from None
            if not 200 <= answer.status < 300:
                said = dialect_loader.read_error(endpoint, answer.status, answer.headers, answer.body)
                raise ModelListError(said.kind, mask_key(said.message, key))
            page = _read_page(answer.body)
            yield page
            if page.last is None:
                return
            after = {"after_id": page.last}


def _read_page(body: bytes) -> _Page:
    """A page of models: `{"data": [...]}` as most providers send it, or the bare array (Together)."""
    try:
        document: Json = json.loads(body)
    except ValueError:
        raise ModelListError(FailureKind.MALFORMED_RESPONSE, f"not JSON but {body[:80]!r}") from None
    rows = document.get("data") if isinstance(document, dict) else document
    if not isinstance(rows, list):
        raise ModelListError(FailureKind.MALFORMED_RESPONSE, "the response holds no list of models")
    ids = [row["id"] for row in rows if isinstance(row, dict) and isinstance(row.get("id"), str)]
    has_more = isinstance(document, dict) and document.get("has_more") is True
    return _Page(ids, ids[-1] if has_more and ids else None)
