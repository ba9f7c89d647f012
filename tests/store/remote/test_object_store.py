"""Objects are written whole and read back, also in a folder; messages name the store and no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import LocalError
from harness.store.remote.object_store import ObjectStore


@pytest.fixture(params=["memory", "file"])
def store(request: pytest.FixtureRequest, address: str, tmp_path: Path) -> ObjectStore:
    return ObjectStore(address if request.param == "memory" else f"file://{tmp_path}/store")


def test_what_was_put_is_listed_read_and_deleted(store: ObjectStore) -> None:
    assert store.names("*/nodes/*.json") == []
    store.put("run/nodes/a.json", b"one")
    store.put("run/nodes/a.json", b"other")
    assert store.names("*/nodes/*.json") == ["run/nodes/a.json"]
    assert store.get("run/nodes/a.json") == b"other"
    store.delete(["run/nodes/a.json", "run/nodes/gone.json"])
    with pytest.raises(FileNotFoundError):
        store.get("run/nodes/a.json")


def test_an_unknown_protocol_is_named() -> None:
    with pytest.raises(LocalError, match="'foo' is no protocol that fsspec knows"):
        ObjectStore("foo://bucket/path")


def test_a_missing_backend_says_what_to_install() -> None:
    with pytest.raises(LocalError, match=r"python -m pip install '[a-z-]+\[stores\]'"):
        ObjectStore("abfs://bucket/path")  # the tests install s3fs and gcsfs, and not adlfs
