"""The backend in use is found by trial; where none holds the message says what to install."""

from __future__ import annotations

from harness.grading.sandbox.backends.backend import NO_ISOLATION, SandboxBackend
from harness.grading.sandbox.probes import choose_backend, probe_backend


def test_nothing_escapes_the_chosen_backend() -> None:
    choice = choose_backend()
    allowed = {"see that it exists"} if not choice.backend.hides_files else set()
    assert set(choice.escapes) <= allowed
    assert choice.probes["keep a temporary file"] is True


def test_every_backend_that_starts_refuses_the_probes(backends: list[SandboxBackend]) -> None:
    for backend in backends:
        escapes = probe_backend(backend).escapes
        assert set(escapes) <= ({"see that it exists"} if not backend.hides_files else set()), backend.name


def test_the_probes_do_tell_where_there_is_no_sandbox() -> None:
    choice = probe_backend(NO_ISOLATION)
    assert {"read a private file", "open an internet socket", "start a process"} <= set(choice.escapes)
