"""The walls that tests run behind: each that works on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.grading.sandbox.backends.launch import SandboxBackend, known_backends
from harness.grading.sandbox.sandbox import Sandbox, SandboxError


def _working() -> list[SandboxBackend]:
    """One wall of each name that starts here."""
    walls: dict[str, SandboxBackend] = {}
    for wall in known_backends():
        sandbox = Sandbox(wall)
        try:
            sandbox.start()
            walls.setdefault(wall.name, wall)
        except SandboxError:
            continue
        finally:
            sandbox.close()
    return list(walls.values())


@pytest.fixture(scope="session")
def walls() -> list[SandboxBackend]:
    """Every wall that works here, best first; a machine without any cannot run these tests."""
    found = _working()
    assert found, "no wall works on this machine"
    return found


@pytest.fixture
def sandboxes(walls: list[SandboxBackend]) -> Iterator[list[Sandbox]]:
    """A sandbox behind each wall."""
    made = [Sandbox(wall) for wall in walls]
    yield made
    for sandbox in made:
        sandbox.close()
