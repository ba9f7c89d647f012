"""`harness run --results ADDRESS`, and reports from there."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from harness.core.errors import EXIT_OK, EXIT_USAGE
from tests.commands import run_here

RUN = ("run", "core-math", "-m", "sim/fast-sloppy", "--limit", "2", "--name", "one", "--quiet")


@pytest.fixture
def address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return f"memory://{secrets.token_hex(6)}/team"


@pytest.mark.slow
def test_a_run_is_reported_from_its_store(tmp_path: Path, address: str) -> None:
    begun = run_here(*RUN, "--results", address, cwd=tmp_path)
    assert begun.returncode == EXIT_OK, begun.stderr
    assert f"uploaded to {address}/one; this machine's copy: results/one" in begun.stderr
    here = run_here("report", "results/one", "--format", "json", cwd=tmp_path)
    there = run_here("report", f"{address}/one", "--format", "json", cwd=tmp_path / "results")
    assert there.returncode == EXIT_OK, there.stderr
    assert there.stdout == here.stdout
    again = run_here(*RUN, "--results", address, cwd=tmp_path)
    assert again.returncode == EXIT_USAGE
    assert f"{address}/one exists already" in again.stderr


@pytest.mark.slow
def test_a_file_in_the_place_of_a_store_stops_a_run_before_it_sends_anything(tmp_path: Path, address: str) -> None:
    """A store that fails for a time stops nothing: tests/store/remote/test_store_faults.py."""
    (tmp_path / "store").write_text("")
    command = (*RUN, "--results", f"file://{tmp_path}/store/team")
    refused = run_here(*command, cwd=tmp_path)
    assert refused.returncode == EXIT_USAGE
    assert "a file is in its place; accepted: a folder" in refused.stderr
    assert not (tmp_path / "results").exists()
    (tmp_path / "store").unlink()
    assert run_here(*command, cwd=tmp_path).returncode == EXIT_OK
    assert run_here("report", f"file://{tmp_path}/store/team/one", cwd=tmp_path).returncode == EXIT_OK
