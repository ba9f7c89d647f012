"""What is wrong with a store: whether trying again helps, and what to change; without the values of secrets."""

from __future__ import annotations

import os
from enum import Enum

from harness.core.errors import LocalError

_SECRET_NAMES = ("KEY", "SECRET", "TOKEN", "PASSWORD")
_NO_BUCKET = ("NoSuchBucket",)
_NO_CREDENTIALS = ("NoCredentials", "Anonymous caller")
# Error codes of S3 (AWS, "Error responses", 2026), gcsfs' words for 403, and Google's for 401 (gcsfs 2026.10, retry.py)
_REFUSED = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")
_REFUSED_GOOGLE = ("Forbidden: ", "Invalid Credentials")


class StoreFault(Enum):
    """What somebody has to change before a store works; the value says what is wrong and what is accepted."""

    NO_BUCKET = "the bucket does not exist; accepted: an existing one, as {scheme}://BUCKET/PATH"
    NO_CREDENTIALS = "the environment has no credentials; accepted: {credentials}"
    REFUSED = "access is refused; accepted: credentials that may list, read, write and delete there, from {credentials}"
    NO_FOLDER = "no such folder; accepted: a folder that run folders were uploaded to"
    NOT_A_FOLDER = "a file is in its place; accepted: a folder"


class StoreError(LocalError):
    """A store that cannot be used now. `is_permanent`: trying again does not help until somebody changes something."""

    def __init__(self, message: str, *, is_permanent: bool = False) -> None:
        super().__init__(message)
        self.is_permanent = is_permanent


def permanent_fault(error: BaseException) -> StoreFault | None:
    """What an error of a backend is about, where trying again does not help; None for every other error."""
    cause = error.__cause__  # s3fs raises FileNotFoundError for a missing bucket and a missing object alike
    said = f"{type(error).__name__} {error} {type(cause).__name__} {cause}"
    if any(word in said for word in _NO_BUCKET):
        return StoreFault.NO_BUCKET
    if any(word in said for word in _NO_CREDENTIALS):
        return StoreFault.NO_CREDENTIALS
    if isinstance(error, PermissionError) or any(word in said for word in (*_REFUSED, *_REFUSED_GOOGLE)):
        return StoreFault.REFUSED
    if isinstance(error, NotADirectoryError):
        return StoreFault.NOT_A_FOLDER
    return None


def store_error(address: str, what: str, said: str, fault: StoreFault | None = None) -> StoreError:
    """The error for something that was not possible; `said`: the backend's words, "" for none."""
    scheme = address.partition("://")[0]
    words = without_secrets(" ".join(said.split()))
    if fault is not None:
        accepted = fault.value.format(scheme=scheme, credentials=_credentials(scheme))
        words = f"{accepted} (the store: {words})" if words else accepted
    return StoreError(f"{address}: cannot {what}: {words}", is_permanent=fault is not None)


def _credentials(scheme: str) -> str:
    if scheme in ("gs", "gcs"):
        return "Google's application default credentials (GOOGLE_APPLICATION_CREDENTIALS)"
    if scheme in ("s3", "s3a"):
        return "AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    return "where the backend takes them from"


def without_secrets(text: str) -> str:
    """The text without the values of the environment's keys, secrets and tokens."""
    for name, value in os.environ.items():
        if len(value) >= 8 and any(word in name.upper() for word in _SECRET_NAMES):
            text = text.replace(value, "***")
    return text
