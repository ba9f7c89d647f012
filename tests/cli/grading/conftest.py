"""A finished run, copied for each test of a module that has a fixture `finished`."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def in_a_copy(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder of the test's own, with the module's finished run in `results`."""
    shutil.copytree(finished / "results", tmp_path / "results")
    monkeypatch.chdir(tmp_path)
