"""One object store behind an fsspec address: checked writes and reads, tried again where the network or store fails.

fsspec and its backends (s3fs, gcsfs) are imported here and in object_files alone, and only where a store is used.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import os
import random
import re
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from harness.core.errors import LocalError
from harness.store.remote.address import checked_address
from harness.store.remote.store_errors import StoreFault, permanent_fault, store_error

TRIES = 5
FIRST_PAUSE_S = 0.5
INSTALL = "python -m pip install 'price-performance-harness[stores]'"
_FLAT_LISTING = frozenset({"s3", "s3a", "gs", "gcs"})
"""Backends that list all that is below a prefix, page by page, and raise where a page does not come."""
CONNECT_S, READ_S = 10, 60
"""A request that gets no connection, or no byte, for so long has failed."""
_S3_OPTIONS: dict[str, Any] = {
    # One try in the backend, several here: both together would wait for minutes.
    "config_kwargs": {
        "connect_timeout": CONNECT_S,
        "read_timeout": READ_S,
        "retries": {"mode": "standard", "total_max_attempts": 1},
    },
}
_OPTIONS: dict[str, dict[str, Any]] = {
    "s3": _S3_OPTIONS,
    "s3a": _S3_OPTIONS,
    "gs": {"consistency": "md5"},
    "gcs": {"consistency": "md5"},
    "file": {"auto_mkdir": True},
    "local": {"auto_mkdir": True},
}

ResultT = TypeVar("ResultT")


class ObjectStore:
    """The objects below one address, by their names relative to it. `first_pause_s`: before a second try."""

    def __init__(self, address: str, *, first_pause_s: float = FIRST_PAUSE_S) -> None:
        self.address = checked_address(address)
        self._first_pause_s = first_pause_s
        self._files = _filesystem(self.address)
        self._root = self._files._strip_protocol(self.address)
        self._is_local = "file" in _protocols(self._files)

    def put(self, name: str, data: bytes) -> None:
        """Write an object whole. Raises StoreError where the store does not take it or holds something else after."""

        def write() -> None:
            path = self._path(name)
            if self._is_local:
                # A folder of this machine has no atomic write: a reader must not see half an object.
                self._files.pipe_file(f"{path}.partial", data)
                self._files.mv(f"{path}.partial", path)
            else:
                self._files.pipe_file(path, data, **self._checksum(data))
            held = self._files.info(path)["size"]
            if held != len(data):
                raise OSError(f"the store holds {held} bytes of {len(data)}")

        try:
            self._retrying(f"write {name}", write)
        except FileNotFoundError as error:
            raise store_error(self.address, f"write {name}", str(error), StoreFault.NO_BUCKET) from None

    def get(self, name: str) -> bytes:
        """The bytes of an object. Raises FileNotFoundError where there is none, StoreError where it cannot be read."""
        return self._retrying(f"read {name}", lambda: bytes(self._files.cat_file(self._path(name))))

    def get_range(self, name: str, start: int, end: int) -> bytes:
        """The bytes of an object from `start` up to `end`. Raises as `get`."""

        def read() -> bytes:
            data = bytes(self._files.cat_file(self._path(name), start=start, end=end))
            if len(data) != end - start:
                raise OSError(f"{len(data)} bytes arrived of {end - start}")
            return data

        return self._retrying(f"read {name}", read)

    def size(self, name: str) -> int:
        """The bytes of an object. Raises as `get`."""
        return self._retrying(f"look at {name}", lambda: int(self._files.info(self._path(name))["size"]))

    def get_all(self, names: Sequence[str]) -> list[bytes]:
        """The bytes of several objects, many requests at a time. Raises as `get`."""
        paths = [self._path(name) for name in names]

        def read() -> list[bytes]:
            found = self._files.cat(paths) if len(paths) > 1 else {paths[0]: self._files.cat_file(paths[0])}
            return [bytes(found[path]) for path in paths]

        return self._retrying(f"read {len(names)} objects", read)

    def get_checked(self, name: str, sha256: str) -> bytes:
        """The same for an object whose checksum is known. Raises StoreError where it holds something else."""

        def read() -> bytes:
            data = bytes(self._files.cat_file(self._path(name)))
            if hashlib.sha256(data).hexdigest() != sha256:
                raise OSError(f"{len(data)} bytes arrived whose SHA-256 is not {sha256}")
            return data

        return self._retrying(f"read {name}", read)

    def names(self, pattern: str) -> list[str]:
        """The names of the objects that fit a pattern with `*` (no `/`) and `**`, in order."""
        below = pattern.partition("*")[0].rpartition("/")[0]
        fits = re.compile(re.escape(pattern).replace(r"\*\*", ".*").replace(r"\*", "[^/]*"))
        # Not the backend's glob: to it a folder that cannot be listed now is an empty one (fsspec's walk, on_error).
        strictly = {} if _FLAT_LISTING.intersection(_protocols(self._files)) else {"on_error": "raise"}

        def find() -> list[str]:
            found = self._files.find(self._path(below).rstrip("/"), **strictly)
            names = (str(path)[len(self._root) + 1 :] for path in found)
            return sorted(name for name in names if fits.fullmatch(name))

        try:
            return self._retrying("list its objects", find)
        except FileNotFoundError:  # an empty store, or no bucket
            self._require_bucket("list its objects")
            return []

    def folders(self) -> list[str]:
        """The names directly below the address that have objects below them, in order."""

        def find() -> list[str]:
            found = self._files.ls(self._root, detail=True)
            return sorted(one["name"].rstrip("/").rpartition("/")[2] for one in found if one["type"] == "directory")

        try:
            return self._retrying("list its folders", find)
        except FileNotFoundError:  # an empty store, or no bucket
            self._require_bucket("list its folders")
            return []

    def require_place(self) -> None:
        """Raises StoreError where there is no such place: a folder of this machine that nothing was written to yet.

        A bucket is looked for whenever its objects are listed; a path in it exists as soon as it has an object.
        """
        if self._is_local and not self._files.isdir(self._root):
            fault = StoreFault.NOT_A_FOLDER if self._files.exists(self._root) else StoreFault.NO_FOLDER
            raise store_error(self.address, "list its runs", "", fault)

    def delete(self, names: Iterable[str]) -> None:
        """Delete objects; one that is gone already is no error."""
        for name in names:

            def remove(path: str = self._path(name)) -> None:
                with contextlib.suppress(FileNotFoundError):
                    self._files.rm_file(path)

            self._retrying(f"delete {name}", remove)

    def _path(self, name: str) -> str:
        return f"{self._root}/{name}"

    def _checksum(self, data: bytes) -> dict[str, str]:
        """What makes S3 refuse a body that is not the one sent (Content-MD5; AWS, "PutObject", 2026)."""
        if "s3" not in _protocols(self._files):
            return {}
        digest = hashlib.md5(data, usedforsecurity=False).digest()
        return {"ContentMD5": base64.b64encode(digest).decode()}

    def _require_bucket(self, what: str) -> None:
        """Raises StoreError for a bucket of Google's that is missing; s3fs has said so already."""
        if not {"gs", "gcs"}.intersection(_protocols(self._files)):
            return
        try:
            self._retrying(what, self._first_of_bucket)
        except FileNotFoundError:
            raise store_error(self.address, what, "", StoreFault.NO_BUCKET) from None

    def _first_of_bucket(self) -> object:
        """Lists one object: that needs no permission which other requests do not need too."""
        return self._files.call("GET", "b/{}/o", self._root.partition("/")[0], maxResults=1)

    def _retrying(self, what: str, act: Callable[[], ResultT]) -> ResultT:
        """Raises FileNotFoundError for a missing object, StoreError for everything else."""
        pause = self._first_pause_s
        for number in range(1, TRIES + 1):
            try:
                return act()
            except Exception as error:  # each backend of fsspec has exceptions of its own
                fault = permanent_fault(error)
                if isinstance(error, FileNotFoundError) and fault is None:
                    raise
                if fault is not None or number == TRIES:
                    said = str(error) or type(error).__name__
                    raise store_error(self.address, what, said, fault) from None
            time.sleep(pause * random.uniform(0.5, 1))
            pause *= 2
        raise AssertionError("the last try returns or raises")


def _filesystem(address: str) -> Any:
    """Raises LocalError for a protocol that is unknown or whose package is missing."""
    try:
        import fsspec
    except ImportError:
        raise LocalError(f"{address}: the package fsspec is missing; install it with: {INSTALL}") from None
    protocol = address.partition("://")[0]
    # Else gcsfs asks Google's control plane which kind each bucket is, and warns where it may not (gcsfs 2026.10).
    os.environ.setdefault("GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false")
    try:
        kind = fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        raise LocalError(f"{address}: {error}; install what s3:// and gs:// need with: {INSTALL}") from None
    except ValueError:
        raise LocalError(f"{address}: {protocol!r} is no protocol that fsspec knows, such as s3, gs, file") from None
    options = _OPTIONS.get(protocol, {})
    if protocol in ("s3", "s3a"):
        kind.retries = 1
    # No cached listing: another node may have uploaded a second ago.
    files = kind(skip_instance_cache=True, use_listings_cache=False, **options)
    if protocol in ("gs", "gcs"):
        _try_once(files)
    return files


def _try_once(files: Any) -> None:
    """Have gcsfs make one request where it would make 6 in half a minute, and say each that failed on standard error.

    It has no option for that (gcsfs 2026.10, core.py, `_request`), nor for the wait of one request.
    """
    import aiohttp

    files._request = functools.partial(type(files)._request.__wrapped__, files)
    files.requests_timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=READ_S)


def _protocols(files: Any) -> tuple[str, ...]:
    held = files.protocol
    return (held,) if isinstance(held, str) else tuple(held)
