"""Addresses of object stores, such as s3://bucket/path: told from folders, checked, and free of credentials."""

from __future__ import annotations

import re
from pathlib import Path

from harness.core.errors import UsageError

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://.*", re.DOTALL)
_COLLAPSED = re.compile(r"([a-z][a-z0-9+.-]+):/(?!/)")
COLUMNS_ONLY = ".columns.json"
"""In a copy of a run whose jobs are read in columns from its store: says where they are (columns_copy)."""


def is_address(text: str) -> bool:
    """Whether a text is an address and not a folder of this machine."""
    return _ADDRESS.fullmatch(text) is not None


def is_collapsed_address(path: Path) -> bool:
    """Whether a path was made of an address: `Path("s3://b/p")` is `s3:/b/p`."""
    return _COLLAPSED.match(str(path)) is not None and not path.exists()


def checked_address(text: str) -> str:
    """The address without a slash at its end. UsageError for another text, credentials, options, or no place."""
    if not is_address(text):
        raise UsageError(f"{text!r} is no address of a store, such as s3://BUCKET/PATH")
    scheme, _, rest = text.partition("://")
    place = rest.rstrip("/")
    if "@" in place.partition("/")[0]:
        raise UsageError(
            f"{scheme}://...: an address holds no credentials; they come from the environment (AWS_ACCESS_KEY_ID)"
        )
    if "?" in place or "#" in place:
        raise UsageError(f"{scheme}://...: an address holds no options after ? or #; they come from the environment")
    if not place:
        raise UsageError(f"{text!r} names no place in the store; write {scheme}://BUCKET/PATH")
    return f"{scheme}://{place}"


def run_address(text: str) -> tuple[str, str]:
    """The store and the run's name of an address such as s3://bucket/path/NAME. Raises UsageError without a name."""
    store, _, name = checked_address(text).rpartition("/")
    if store.endswith(("/", ":")) or not name:
        raise UsageError(f"{text!r} names no run in a store; write s3://BUCKET/PATH/RUN")
    return store, name
