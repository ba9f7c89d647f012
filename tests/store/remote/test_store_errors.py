"""What an error of a store is about, and what its message says and does not say."""

from __future__ import annotations

import pytest

from harness.store.remote.store_errors import StoreFault, permanent_fault, store_error, without_secrets


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (FileNotFoundError("An error occurred (NoSuchBucket)"), StoreFault.NO_BUCKET),
        (FileNotFoundError("bucket/run/x"), None),
        (PermissionError("Forbidden"), StoreFault.REFUSED),
        (OSError("Forbidden: https://host/b/bucket/o"), StoreFault.REFUSED),
        (OSError("Anonymous caller does not have storage.objects.list access, 401"), StoreFault.NO_CREDENTIALS),
        (OSError("Service Unavailable, 503"), None),
        (NotADirectoryError("notes/r"), StoreFault.NOT_A_FOLDER),
    ],
)
def test_what_somebody_has_to_change_is_told_from_what_passes(error: OSError, fault: StoreFault | None) -> None:
    assert permanent_fault(error) is fault


def test_a_message_says_what_was_found_where_and_what_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abc/def+12345")
    error = store_error("s3://b/team", "list its runs", "key\nabc/def+12345 is wrong", StoreFault.REFUSED)
    assert str(error) == (
        "s3://b/team: cannot list its runs: access is refused; accepted: credentials that may list, read, write and "
        "delete there, from AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_PROFILE (the store: key *** is wrong)"
    )
    assert error.is_permanent
    assert not store_error("s3://b/team", "list its runs", "503").is_permanent


def test_keys_of_the_environment_do_not_come_into_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "abc/def+12345")
    assert without_secrets("refused: abc/def+12345 is wrong") == "refused: *** is wrong"
