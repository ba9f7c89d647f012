"""The walls that tests run behind: each that works on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.grading.sandbox.judge import Sandbox, SandboxFailed
from harness.grading.sandbox.walls import Wall, known_walls


def _working() -> list[Wall]:
    """One wall of each name that starts here."""
    walls: dict[str, Wall] = {}
    for wall in known_walls():
        sandbox = Sandbox(wall)
        try:
            sandbox.start()
            walls.setdefault(wall.name, wall)
        except SandboxFailed:
            continue
        finally:
            sandbox.close()
    return list(walls.values())


@pytest.fixture(scope="session")
def walls() -> list[Wall]:
    """Every wall that works here, best first; a machine without any cannot run these tests."""
    found = _working()
    assert found, "no wall works on this machine"
    return found


@pytest.fixture
def sandboxes(walls: list[Wall]) -> Iterator[list[Sandbox]]:
    """A sandbox behind each wall."""
    made = [Sandbox(wall) for wall in walls]
    yield made
    for sandbox in made:
        sandbox.close()
