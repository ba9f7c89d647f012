"""The client of one command sandbox: a workspace in memory in which a model's shell commands run.

    with CommandSandbox(backend) as shell:
        shell.write({"a.py": b"..."})
        done = shell.run("python a.py", seconds=30)
        files = shell.read()

Only bubblewrap gives what commands need: programs that may be started, and files of this machine that do not exist
inside. The workspace is a tmpfs: nothing is written to a disk, and it ends with the sandbox.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from harness.core.errors import SandboxUnavailable
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.backends.launch import (
    CODE_ROOT,
    INSIDE_ROOT,
    OWN_PACKAGE,
    WORK_BYTES,
    bubblewrap_command,
    interpreter,
    readable_places,
    sandbox_environment,
)
from harness.grading.sandbox.probes import choose_backend

WORK = "/tmp/repo"  # noqa: S108 - inside, on a fresh tmpfs
_TOOLS = "/tools/bin"
_ENVIRONMENT = "/environment"
# On Debian `awk`, `vi` and others are links into /etc/alternatives (update-alternatives(1)).
_PROGRAMS = ("/bin", "/usr/bin", "/etc/alternatives")
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[2]); "
    "from harness.grading.sandbox.commands.server import main; main(sys.argv[1])"
)
_START_S, _GRACE_S, _LOOK_EVERY_S = 20.0, 10.0, 0.1
_MAX_ANSWER_BYTES = 64 << 20  # above 4/3 of `read_bytes`, the size of the files in base64
_MAX_MESSAGE_BYTES = 8 << 20
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLimits:
    """Limits of a command sandbox; sizes in bytes. `cpu_s`: of each process; `processes`: at one time.

    `memory_bytes`: address space of each process; `resident_bytes`: memory of all together, without the workspace.
    `work_bytes`: of the workspace and everything else in /tmp. `read_bytes`: of the files that can be read back.
    """

    cpu_s: float = 60.0
    memory_bytes: int = 1 << 30
    resident_bytes: int = 1 << 30
    file_bytes: int = 32 << 20
    descriptors: int = 256
    processes: int = 64
    output_bytes: int = 64 << 10
    read_bytes: int = 16 << 20
    work_bytes: int = WORK_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a command printed, errors included; `returncode` negative: the signal that ended it."""

    output: str
    returncode: int
    timed_out: bool
    seconds: float


class CommandSandboxEnded(Exception):
    """The sandbox is gone: a command ended it, or used too much. The words say which."""


class CommandSandboxSilent(CommandSandboxEnded):
    """The sandbox gave no answer in time, for which the machine may be the reason as well as the command."""


def command_backend(asked: str | None = None) -> SandboxBackend:
    """The strongest backend for commands. Raises SandboxUnavailable where bubblewrap does not work."""
    choice = choose_backend(asked)
    if choice.backend.bwrap is None:
        raise SandboxUnavailable(
            f"an agent's commands need bubblewrap, and the sandbox here is {choice.backend.name!r}. Install bubblewrap "
            "(Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap) and allow user namespaces"
        )
    return choice.backend


def _base_of(environment: Path) -> str:
    """Where the Python lies that a virtual environment was made with: all of it, or its program below /usr."""
    program = (environment / "bin" / "python").resolve()
    prefix = program.parent.parent
    return str(program if prefix in (Path("/"), Path("/usr")) else prefix)


def _parts(files: Mapping[str, bytes]) -> Iterator[dict[str, bytes]]:
    """The files in parts of at most _MAX_MESSAGE_BYTES, or of one file."""
    part: dict[str, bytes] = {}
    size = 0
    for path, data in files.items():
        if part and size + len(data) > _MAX_MESSAGE_BYTES:
            yield part
            part, size = {}, 0
        part[path] = data
        size += len(data)
    yield part


class CommandSandbox:
    """One sandbox; `with` starts and ends it. Raises SandboxUnavailable where it does not start."""

    def __init__(
        self, backend: SandboxBackend, limits: CommandLimits = CommandLimits(), *, environment: Path | None = None
    ) -> None:
        """`environment`: a virtual environment that commands find first, read-only."""
        self.backend, self.limits, self._environment = backend, limits, environment
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: IO[bytes] | None = None
        self._buffer = bytearray()

    def __enter__(self) -> CommandSandbox:
        self._stderr = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self._command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            env={
                **sandbox_environment("/tmp"),  # noqa: S108 - inside
                "PATH": f"{_ENVIRONMENT}/bin:{_TOOLS}:/usr/bin:/bin"
                if self._environment
                else f"{_TOOLS}:/usr/bin:/bin",
                "PYTHONDONTWRITEBYTECODE": "1",
                "PAGER": "cat",
            },
            cwd="/",
            start_new_session=True,  # Ctrl-C in the terminal is the harness's own
        )
        try:
            self._receive(_START_S, watch=False)
        except CommandSandboxEnded as error:
            raise SandboxUnavailable(f"the sandbox for commands does not start: {error}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the sandbox and everything in it."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # --die-with-parent takes the rest along
        process.wait()
        for stream in (process.stdin, process.stdout, self._stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def run(self, command: str, *, seconds: float) -> CommandResult:
        """Run a command by bash in the workspace; what it leaves running is ended with it.

        Raises CommandSandboxEnded where the sandbox does not survive it.
        """
        started = time.monotonic()
        answer = self._ask({"do": "run", "command": command, "seconds": seconds}, seconds + _GRACE_S)
        if "error" in answer:  # bash was not started, as for a command that is longer than the kernel takes
            return CommandResult(
                output=str(answer["error"]), returncode=126, timed_out=False, seconds=time.monotonic() - started
            )
        return CommandResult(
            output=str(answer.get("output", "")),
            returncode=int(str(answer.get("returncode", -1))),
            timed_out=answer.get("timed_out") is True,
            seconds=time.monotonic() - started,
        )

    def write(self, files: Mapping[str, bytes]) -> None:
        """Put files into the workspace by their paths in it. Raises CommandSandboxEnded, ValueError for a refusal."""
        for part in _parts(files):
            data = {path: base64.b64encode(content).decode() for path, content in part.items()}
            answer = self._ask({"do": "write", "files": data}, _START_S)
            if "error" in answer:
                raise ValueError(f"the workspace refuses the files: {answer['error']}")

    def read(self, known: Mapping[str, bytes] = {}) -> dict[str, bytes]:
        """The regular files of the workspace. `known`: those that were written; of these only changed ones come back.

        Raises CommandSandboxEnded, ValueError where what comes back is too much.
        """
        digests = {path: hashlib.sha256(data).hexdigest() for path, data in known.items()}
        answer = self._ask({"do": "read", "known": digests}, _START_S)
        files, same = answer.get("files"), answer.get("same")
        if not isinstance(files, dict) or not isinstance(same, list):
            raise ValueError(str(answer.get("error", "no files came back")))
        kept = {path: known[path] for path in map(str, same) if path in known}
        return kept | {str(path): base64.b64decode(str(data)) for path, data in files.items()}

    def _command(self) -> list[str]:
        places = [*readable_places([]), *(path for path in _PROGRAMS if Path(path).exists())]
        binds = {path: path for path in dict.fromkeys(places)}
        if self._environment is not None:
            base = _base_of(self._environment)
            if not any(base == place or base.startswith(f"{place}/") for place in binds):
                binds[base] = base
            binds[str(self._environment)] = _ENVIRONMENT
        package = OWN_PACKAGE.replace(".", "/")
        # Where the harness is installed below a mounted folder, its tasks and their hidden tests would be readable.
        own = str(CODE_ROOT / "harness")
        hidden = ["--tmpfs", own] if any(own.startswith(f"{place}/") for place in binds) else []
        names = ("python", "python3", f"python3.{sys.version_info.minor}")
        links = [word for name in names for word in ("--symlink", interpreter(), f"{_TOOLS}/{name}")]
        config = {
            "work": WORK,
            "uid": self.backend.uid,
            **{
                name: getattr(self.limits, name)
                for name in (
                    "cpu_s",
                    "memory_bytes",
                    "file_bytes",
                    "descriptors",
                    "processes",
                    "output_bytes",
                    "read_bytes",
                )
            },
        }
        code = {str(CODE_ROOT / package): f"{INSIDE_ROOT}/{package}"}
        further = [*hidden, "--perms", "0755", "--dir", _TOOLS, *links]
        python = [interpreter(), "-S", "-s", "-P", "-B", "-c", _BOOT, json.dumps(config), INSIDE_ROOT]
        size = self.limits.work_bytes
        return [*bubblewrap_command(self.backend, binds, code, further=further, work_bytes=size), *python]

    def _ask(self, message: Mapping[str, object], seconds: float) -> dict[str, object]:
        if self._process is None or self._process.stdin is None:
            raise CommandSandboxEnded("the sandbox has ended")
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            raise self._ended("a command ended it") from None
        return self._receive(seconds, watch=True)

    def _receive(self, seconds: float, *, watch: bool) -> dict[str, object]:
        """The next answer. What is inside may be a model's: only its form is trusted once it was parsed."""
        assert self._process is not None
        assert self._process.stdout is not None
        until = time.monotonic() + seconds
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._buffer:
            if time.monotonic() > until:
                if self._is_server_stopped():
                    raise self._ended("a command stopped it")
                raise CommandSandboxSilent(str(self._ended("it gave no answer in time")))
            if watch and self._resident_bytes() > self.limits.resident_bytes:
                raise self._ended(f"its processes used more than {self.limits.resident_bytes >> 20} MiB together")
            ready, _, _ = select.select([descriptor], [], [], _LOOK_EVERY_S)
            data = os.read(descriptor, 1 << 20) if ready else b""
            if ready and not data:
                raise self._ended("a command ended it")
            self._buffer += data
            if len(self._buffer) > _MAX_ANSWER_BYTES:
                raise self._ended("its answer is too long")
        line, _, rest = bytes(self._buffer).partition(b"\n")
        self._buffer = bytearray(rest)
        answer = json.loads(line)
        assert isinstance(answer, dict)
        return answer

    def _ended(self, why: str) -> CommandSandboxEnded:
        said = self._printed()
        self.close()
        return CommandSandboxEnded(f"{why}: {said}" if said else why)

    def _printed(self) -> str:
        if self._stderr is None or self._stderr.closed:
            return ""
        self._stderr.seek(0)
        return " ".join(self._stderr.read(2000).decode(errors="replace").split())

    def _is_server_stopped(self) -> bool:
        """Whether the server has the state of a process that got SIGSTOP: from a command, for nobody else sends it."""
        for process in self._processes():
            with contextlib.suppress(OSError, IndexError):
                is_server = b"commands.server" in Path(f"/proc/{process}/cmdline").read_bytes()
                state = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[0]
                if is_server and state == b"T":
                    return True
        return False

    def _resident_bytes(self) -> int:
        """Memory of all processes of the sandbox."""
        total = 0
        for process in self._processes():
            with contextlib.suppress(OSError, IndexError, ValueError):
                total += int(Path(f"/proc/{process}/statm").read_bytes().split()[1]) * _PAGE_BYTES
        return total

    def _processes(self) -> list[int]:
        """All processes of the sandbox, by the table of processes of this machine."""
        assert self._process is not None
        children: dict[int, list[int]] = {}
        for entry in os.scandir("/proc"):
            if entry.name.isdigit():
                with contextlib.suppress(OSError, IndexError, ValueError):
                    parent = int(Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()[1])
                    children.setdefault(parent, []).append(int(entry.name))
        found = [self._process.pid]
        for process in found:
            found += children.get(process, [])
        return found
