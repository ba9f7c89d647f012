"""Which wall holds on this machine: each is started for real, given a trial sample and asked to let it escape.

The probes are run by a program inside the sandbox; it says what it managed to do. A wall is taken when the trial sample
answers and nothing that must be refused was possible. Read what was refused from `Choice.refused`.

Covers: reading and writing a private file, seeing that it exists, sockets, new processes and programs, new namespaces,
tracing and signalling, lasting files. Does NOT cover: anything a kernel bug allows; the corpus of hostile programs in
the tests goes further.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import SandboxUnavailable
from harness.grading.sandbox.judge import Ended, Limits, Sandbox, SandboxFailed
from harness.grading.sandbox.plain import decode
from harness.grading.sandbox.walls import UNISOLATED, Wall, known_walls

_PROBES = """
import ctypes, os, signal, socket, tempfile
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

def keeps_a_file():
    with tempfile.NamedTemporaryFile("w+") as file:
        file.write("kept")
        file.seek(0)
        return file.read() == "kept"

def probe(private, outside, judge):
    return {
        "read a private file": tried(lambda: open(private).read()),
        "write beside it": tried(lambda: open(outside, "w")),
        "see that it exists": tried(lambda: os.stat(private)),
        "open an internet socket": tried(lambda: socket.socket(socket.AF_INET)),
        "open a local socket": tried(lambda: socket.socket(socket.AF_UNIX)),
        "open a hypervisor socket": tried(lambda: socket.socket(40, socket.SOCK_STREAM)),
        "start a process": tried(forked),
        "start a program": tried(lambda: os.posix_spawn("/bin/true", ["true"], {})),
        "make namespaces": tried(lambda: libc.unshare(0x10000000) == 0),
        "trace its parent": tried(lambda: libc.ptrace(16, os.getppid(), 0, 0) == 0),
        "signal its parent": tried(lambda: os.kill(os.getppid(), 0) is None),
        "signal the judge": tried(lambda: os.kill(judge, 0) is None),
        "raise its memory": tried(lambda: __import__("resource").setrlimit(9, (-1, -1)) is None),
        "write below /": tried(lambda: open("/left-behind", "w")),
        "keep a temporary file": tried(keeps_a_file),
    }
"""
_MUST_WORK = "keep a temporary file"
_MAY_WORK_WITHOUT_NAMESPACES = "see that it exists"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The wall in use; what each probe could do behind it; and why better walls were passed over.

    `landlock`: the kernel's Landlock version behind the wall, 0 for none.
    """

    wall: Wall
    probes: Mapping[str, bool]
    refused: tuple[str, ...]
    landlock: int = 0

    @property
    def escapes(self) -> list[str]:
        """What a program could do that it should not be able to."""
        return [what for what, worked in self.probes.items() if worked and what != _MUST_WORK]


def choose() -> Choice:
    """The best wall that holds here, by trial.

    Raises SandboxUnavailable with each wall's refusal and what to install.
    """
    refused: list[str] = []
    for wall in known_walls() if sys.platform == "linux" else []:
        try:
            choice = try_wall(wall)
        except SandboxFailed as error:
            refused.append(str(error))
            continue
        faults = _faults(choice)
        if not faults:
            return Choice(wall=wall, probes=choice.probes, refused=tuple(refused), landlock=choice.landlock)
        refused.append(f"{wall.name}: a program behind it could {', '.join(faults)}")
    raise SandboxUnavailable(
        "no wall for model-written code works on this machine: "
        + ("; ".join(refused) or f"there is none for {sys.platform}")
        + ". Install bubblewrap (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap) and allow"
        " user namespaces, or use Linux 6.2 or later with Landlock on x86-64 or aarch64."
        " --unsafe-no-sandbox runs without a wall and marks every result as unisolated."
    )


def unisolated() -> Choice:
    """No wall, for who asked for that by name."""
    return Choice(wall=UNISOLATED, probes={}, refused=())


def _faults(choice: Choice) -> list[str]:
    allowed = [_MAY_WORK_WITHOUT_NAMESPACES] if choice.wall.bwrap is None else []
    faults = [what for what in choice.escapes if what not in allowed]
    if not choice.probes[_MUST_WORK]:
        faults.append(f"not {_MUST_WORK}")
    return faults


def try_wall(wall: Wall) -> Choice:
    """Start a wall, run the trial sample and the probes. Raises SandboxFailed where it does not run."""
    sandbox = Sandbox(wall)
    try:
        ready = sandbox.start()
        with tempfile.TemporaryDirectory() as folder:
            private = Path(folder) / "private"
            private.write_text("private")
            probes = _probe(sandbox, str(private), str(Path(folder) / "outside"))
        landlock = ready.get("landlock")
        return Choice(wall=wall, probes=probes, refused=(), landlock=landlock if isinstance(landlock, int) else 0)
    finally:
        sandbox.close()


def _probe(sandbox: Sandbox, private: str, outside: str) -> dict[str, bool]:
    try:
        with sandbox.run(Limits(cpu_s=5.0)) as run:
            kind, body = run.ask("L", {"source": _PROBES})
            if kind != "A":
                raise SandboxFailed(f"{sandbox.wall.name}: the trial sample does not load: {body}")
            args = [private, outside, os.getpid()]
            kind, body = run.ask("D", {"do": "call", "name": "probe", "args": args, "kwargs": {}})
    except Ended as ended:
        raise SandboxFailed(f"{sandbox.wall.name}: the trial sample ended by {ended.by}") from None
    found = decode(body.get("value")) if kind == "A" else None
    if not isinstance(found, dict):
        raise SandboxFailed(f"{sandbox.wall.name}: the trial sample did not answer: {body}")
    return {str(what): worked is True for what, worked in found.items()}
