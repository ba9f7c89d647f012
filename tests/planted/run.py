"""Runs planted faults: the gate first, then the fast tests, in a copy of the repository.

What the gate sees needs no test. A fault that neither sees is missed, which fails the command.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.planted.faults import ROOT, Fault

GATE = "make gate"
MISSED = "missed"
GATE_TIMEOUT_S = 900
TESTS_TIMEOUT_S = 1800


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What caught a fault: `make gate`, the first test that failed, or nothing (`missed`)."""

    fault: Fault
    caught_by: str
    seconds: float

    @property
    def is_caught(self) -> bool:
        """Whether the gate or a test failed."""
        return self.caught_by != MISSED


@contextmanager
def repository_copy(folder: Path) -> Iterator[Path]:
    """A copy of every file that git knows, without the environment; gone at the end of the block."""
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    copy = folder / "repository"
    for name in filter(None, names.decode().split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    try:
        yield copy
    finally:
        shutil.rmtree(copy, ignore_errors=True)


@contextmanager
def planted(fault: Fault, copy: Path) -> Iterator[None]:
    """The fault is in the copy until the end of the block."""
    path = copy / fault.file
    sound = path.read_text(encoding="utf-8")
    _write(path, fault.applied_to(sound))
    try:
        yield
    finally:
        _write(path, sound)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    if path.suffix == ".py":  # bytecode is told apart by the second of the change, which may be the same
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)


def try_fault(fault: Fault, copy: Path, *, all_tests: bool) -> Outcome:
    """Plant one fault and say what catches it. `all_tests`: the whole fast suite where its own tests do not."""
    started = time.monotonic()
    with planted(fault, copy):
        caught_by = GATE if not gate_passes(copy) else failing_test(copy, fault.tests)
        if caught_by is None and all_tests:
            caught_by = failing_test(copy, ("tests",))
    return Outcome(fault=fault, caught_by=caught_by or MISSED, seconds=time.monotonic() - started)


def gate_passes(copy: Path) -> bool:
    """Whether `make gate` succeeds in the copy, with this environment's packages and the copy's code."""
    venv = Path(sys.prefix)
    command = ["make", "--silent", "-C", str(copy), "gate", f"VENV={venv}", "-o", str(venv / "installed")]
    return _run(command, copy, GATE_TIMEOUT_S).returncode == 0


def failing_test(copy: Path, tests: tuple[str, ...]) -> str | None:
    """The first test that fails; None where all pass."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "--tb=no", "-p", "no:cacheprovider", *tests]
    ran = _run(command, copy, TESTS_TIMEOUT_S)
    failed = [line.split()[1] for line in ran.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if ran.returncode not in (0, 1, 2) or (ran.returncode and not failed):
        raise RuntimeError(
            f"pytest {' '.join(tests)} ended with code {ran.returncode}: {ran.stdout[-500:]}{ran.stderr[-500:]}"
        )
    return failed[0] if failed else None


def _run(command: list[str], copy: Path, timeout_s: float) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": ""}
    try:
        return subprocess.run(
            command, cwd=copy, env=environ, capture_output=True, text=True, check=False, timeout=timeout_s
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, returncode=-1, stdout="", stderr="")
