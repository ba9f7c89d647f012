"""Escape probes: which sandbox backend works on this machine, found by trying what must be refused.

Each backend is started for real and a program inside reports what it managed to do: read and write a private file, see
that it exists, open sockets, start processes and programs, make namespaces, trace, signal and look into others, leave
files. A backend is taken when the trial sample answers and nothing got through that must be refused; why others were
passed over is in `BackendChoice.refused`. What only a kernel bug allows is not probed; the escape corpus of the tests
goes further.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.core.errors import SandboxUnavailable
from harness.grading.sandbox.backends import containers
from harness.grading.sandbox.backends.backend import NO_ISOLATION, SandboxBackend, container_backend, known_backends
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.plain_data import decode
from harness.grading.sandbox.sample_run import SampleEnded, SandboxError
from harness.grading.sandbox.sandbox import Sandbox

_PROBES = """
import ctypes, os, signal, socket, sys, tempfile
libc = ctypes.CDLL(None, use_errno=True)

def tried(act):
    try:
        return bool(act())
    except BaseException:
        return False

def forked():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    return True

def opened(family, address):
    made = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform == "darwin":  # there it is its use that is refused
        made.bind(address)
    return True

def started():
    for path in ("/bin/true", "/usr/bin/true", sys.executable):
        if tried(lambda: os.posix_spawn(path, [path, "-c", ""], {})):
            return True

def looked_into(pid):
    if sys.platform != "darwin":
        return open(f"/proc/{pid}/environ").read()
    size = ctypes.c_size_t(1 << 18)
    room = ctypes.create_string_buffer(size.value)
    return libc.sysctl((ctypes.c_int * 3)(1, 49, pid), 3, room, ctypes.byref(size), None, 0) == 0

def keeps_a_file():
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("kept")
        file.seek(0)
        return file.read() == "kept"

def probe(private, outside, harness, port):
    return {
        "read a private file": tried(lambda: open(private).read()),
        "write beside it": tried(lambda: open(outside, "w")),
        "see that it exists": tried(lambda: os.stat(private)),
        "open an internet socket": tried(lambda: opened(socket.AF_INET, ("127.0.0.1", 0))),
        "open a local socket": tried(lambda: opened(socket.AF_UNIX, "probe")),
        "open a hypervisor socket": tried(lambda: opened(40, (2**32 - 1, 2**32 - 1))),
        "reach a server": tried(lambda: socket.create_connection(("127.0.0.1", port), 1)),
        "start a process": tried(forked),
        "start a program": tried(started),
        "make namespaces": tried(lambda: libc.unshare(0x10000000) == 0),
        "trace its parent": tried(lambda: libc.ptrace(16, os.getppid(), 0, 0) == 0),
        "signal its parent": tried(lambda: os.kill(os.getppid(), 0) is None),
        "signal the harness": tried(lambda: os.kill(harness, 0) is None),
        "look into the harness": tried(lambda: looked_into(harness)),
        "raise its memory": tried(lambda: __import__("resource").setrlimit(9, (-1, -1)) is None),
        "write below /": tried(lambda: open("/left-behind", "w")),
        "keep a temporary file": tried(keeps_a_file),
    }
"""
MUST_WORK = "keep a temporary file"
_ALLOWED_WITHOUT_NAMESPACES = "see that it exists"
"""Landlock does not restrict stat(2) (landlock(7), Current limitations)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackendChoice:
    """The backend in use, what each probe could do in it, and why stronger ones were passed over (`refused`).

    `landlock`: the kernel's Landlock ABI inside it, 0 for none.
    """

    backend: SandboxBackend
    probes: Mapping[str, bool]
    refused: tuple[str, ...]
    landlock: int = 0

    @property
    def escapes(self) -> list[str]:
        """What a program could do that it should not be able to."""
        return [what for what, worked in self.probes.items() if worked and what != MUST_WORK]


def choose_backend(asked: str | None = None) -> BackendChoice:
    """The strongest backend that works here, by trial; with `asked` (ENGINE:IMAGE) that container or none.

    Raises SandboxUnavailable with each backend's refusal and what would be accepted, UsageError for another form.
    """
    if asked is not None:
        choice, refusal = _tried(container_backend(asked))
        if choice is not None:
            return choice
        raise SandboxUnavailable(
            f"--sandbox {asked} does not work on this machine: {refusal}. Accepted: {containers.FORMS}, an image that "
            "is on this machine and whose python3 is 3.11 or later; without --sandbox the strongest backend is used"
        )
    refused: list[str] = []
    for backend in known_backends():
        choice, refusal = _tried(backend)
        if choice is not None:
            return replace(choice, refused=tuple(refused))
        refused.append(refusal)
    raise SandboxUnavailable(
        "no sandbox backend works on this machine: "
        + ("; ".join(refused) or f"there is none for {sys.platform}")
        + ". Install bubblewrap (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap) and allow"
        " user namespaces, or use Linux 6.2 or later with Landlock on x86-64 or aarch64, or name a container:"
        f" --sandbox {containers.FORMS}."
        " --unsafe-no-sandbox runs without isolation and marks every result as unisolated."
    )


def _tried(backend: SandboxBackend) -> tuple[BackendChoice | None, str]:
    """The choice where the backend works; else None and why not."""
    try:
        choice = probe_backend(backend)
    except SandboxError as error:
        return None, str(error)
    faults = _faults(choice)
    return (None, f"{backend.name}: a program in it could {', '.join(faults)}") if faults else (choice, "")


def unisolated_choice() -> BackendChoice:
    """No isolation, for who asked for that by name."""
    return BackendChoice(backend=NO_ISOLATION, probes={}, refused=())


def _faults(choice: BackendChoice) -> list[str]:
    allowed = [_ALLOWED_WITHOUT_NAMESPACES] if not choice.backend.hides_files else []
    faults = [what for what in choice.escapes if what not in allowed]
    if not choice.probes[MUST_WORK]:
        faults.append(f"not {MUST_WORK}")
    return faults


def probe_backend(backend: SandboxBackend) -> BackendChoice:
    """Start a backend and run the probes in it. Raises SandboxError where it does not run."""
    sandbox = Sandbox(backend)
    try:
        ready = sandbox.start()
        with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as server:
            private = Path(folder) / "private"
            private.write_text("private")
            args = [str(private), str(Path(folder) / "outside"), os.getpid(), server.getsockname()[1]]
            probes = _probe(sandbox, args)
        landlock = ready.get("landlock")
        return BackendChoice(
            backend=backend, probes=probes, refused=(), landlock=landlock if isinstance(landlock, int) else 0
        )
    finally:
        sandbox.close()


def _probe(sandbox: Sandbox, args: list[str | int]) -> dict[str, bool]:
    try:
        with sandbox.run(ResourceLimits(cpu_s=5.0)) as run:
            kind, body = run.ask("L", {"source": _PROBES})
            if kind != "A":
                raise SandboxError(f"{sandbox.backend.name}: the trial sample does not load: {body}")
            kind, body = run.ask("D", {"do": "call", "name": "probe", "args": args, "kwargs": {}})
    except SampleEnded as ended:
        raise SandboxError(f"{sandbox.backend.name}: the trial sample ended by {ended.by}") from None
    found = decode(body.get("value")) if kind == "A" else None
    if not isinstance(found, dict):
        raise SandboxError(f"{sandbox.backend.name}: the trial sample did not answer: {body}")
    return {str(what): worked is True for what, worked in found.items()}
