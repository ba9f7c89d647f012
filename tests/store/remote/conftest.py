"""A store in the memory of this process, and a cache folder of its own for what is fetched."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an empty store; what is fetched from it is kept below the test's folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return f"memory://{secrets.token_hex(6)}/team"
