"""`harness run --results ADDRESS`, and reports from there."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from harness.core.errors import EXIT_INCOMPLETE, EXIT_OK, EXIT_USAGE
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
def test_a_store_that_does_not_take_the_run_leaves_it_here(tmp_path: Path, address: str) -> None:
    """A file where the store's folder should be: nothing can be written below it, and that is no mistake of a key."""
    (tmp_path / "store").write_text("")
    begun = run_here(*RUN, "--results", f"file://{tmp_path}/store/team", cwd=tmp_path)
    assert begun.returncode == EXIT_INCOMPLETE
    assert "the run goes on in this machine's folder" in begun.stderr
    assert "upload with: harness runs push results/one" in begun.stderr
    (tmp_path / "store").unlink()
    assert run_here("run", "--resume", "results/one", "--quiet", cwd=tmp_path).returncode == EXIT_OK
    assert run_here("report", f"file://{tmp_path}/store/team/one", cwd=tmp_path).returncode == EXIT_OK
