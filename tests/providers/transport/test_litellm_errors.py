"""What litellm's exceptions mean: the cause below them, or the provider's own words."""

from __future__ import annotations

import json
import socket

import pytest

from harness.core.types import FailureKind
from harness.providers.transport.litellm_errors import error_body, error_status, is_clean_end, transport_error
from tests.cases import all_cases


class APIConnectionError(Exception):
    """litellm's class for whatever it did not foresee."""


class ReadTimeout(Exception):
    """Of httpx."""


class ProviderSaid(Exception):
    """An exception with the provider's status and body."""

    def __init__(self, message: str, *, status: object = None, body: object = None) -> None:
        super().__init__(message)
        self.message, self.status_code, self.body = message, status, body


def caused(cause: Exception) -> APIConnectionError:
    error = APIConnectionError("Connection error.\nTraceback (most recent call last): ...")
    error.__cause__ = cause
    return error


@all_cases(
    ("cause", "has_chunks", "kind", "was_sent"),
    [
        (socket.gaierror(-2, "unknown"), False, FailureKind.DNS, False),
        (ConnectionRefusedError("refused"), False, FailureKind.CONNECTION_FAILED, False),
        (ReadTimeout("slow"), False, FailureKind.FIRST_BYTE_TIMEOUT, True),
        (ReadTimeout("slow"), True, FailureKind.READ_TIMEOUT, True),  # between two chunks
        (ValueError("odd"), False, FailureKind.BAD_REQUEST, True),
    ],
)
def test_a_break_has_the_cause_below_litellm(
    cause: Exception, has_chunks: bool, kind: FailureKind, was_sent: bool
) -> None:
    found = transport_error(caused(cause), has_chunks=has_chunks)
    assert found is not None
    assert (found.kind, found.was_sent) == (kind, was_sent)
    assert "Traceback" not in str(found)


def test_what_the_provider_said_is_no_break() -> None:
    assert transport_error(ProviderSaid("no such model", status=404)) is None


@all_cases(("status", "expected"), [(429, 429), (200, 500), ("429", 500), (None, 500)])
def test_a_status_that_is_none_of_an_error_is_500(status: object, expected: int) -> None:
    assert error_status(ProviderSaid("x", status=status)) == expected


@pytest.mark.parametrize(
    "error",
    [
        ProviderSaid("refused", body={"error": {"code": "quota", "retry_after": 3}}),
        ProviderSaid('litellm.RateLimitError: b\'{"error": {"code": "quota", "retry_after": 3}}\''),
    ],
)
def test_the_providers_error_object_is_found_in_body_or_text(error: ProviderSaid) -> None:
    found = json.loads(error_body(error))["error"]
    assert (found["code"], found["retry_after"], found["type"]) == ("quota", 3, "ProviderSaid")


def test_a_body_that_ended_as_http_says_is_no_break() -> None:
    assert is_clean_end(caused(RuntimeError("stream ended before a finish_reason was received")))
    assert not is_clean_end(caused(RuntimeError("peer closed connection")))
