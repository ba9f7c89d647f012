"""The backends that tests run behind: each that works on this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.grading.sandbox.backends.backend import SandboxBackend, known_backends
from harness.grading.sandbox.sample_run import SandboxError
from harness.grading.sandbox.sandbox import Sandbox


def _working() -> list[SandboxBackend]:
    """One backend of each name that starts here."""
    backends: dict[str, SandboxBackend] = {}
    for backend in known_backends():
        sandbox = Sandbox(backend)
        try:
            sandbox.start()
            backends.setdefault(backend.name, backend)
        except SandboxError:
            continue
        finally:
            sandbox.close()
    return list(backends.values())


@pytest.fixture(scope="session")
def backends() -> list[SandboxBackend]:
    """Every backend that works here, best first; a machine without any cannot run these tests."""
    found = _working()
    assert found, "no backend works on this machine"
    return found


@pytest.fixture
def sandboxes(backends: list[SandboxBackend]) -> Iterator[list[Sandbox]]:
    """A sandbox behind each backend."""
    made = [Sandbox(backend) for backend in backends]
    yield made
    for sandbox in made:
        sandbox.close()
