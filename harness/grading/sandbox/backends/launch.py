"""Starting a fork server inside a backend: what is mounted, what it may read, how its channel reaches it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.grading.sandbox.backends import containers
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.extension import WorkerExtension
from harness.grading.sandbox.libraries import library_places
from harness.grading.sandbox.lockdown import seatbelt
from harness.grading.sandbox.lockdown.apply import MIN_LANDLOCK_ABI, MIN_LANDLOCK_ABI_CONTAINED
from harness.grading.sandbox.worker.control import ControlChannel
from harness.grading.sandbox.worker.fork_server import SYSTEM_PLACES, empty

# Also the size of the tmpfs in bubblewrap, which bounds what the scan of the work folder cannot see: deleted open
# files.
WORK_BYTES = 64 << 20
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[2]); "
    "from harness.grading.sandbox.worker.fork_server import main; main(sys.argv[1])"
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
CODE_ROOT = Path(__file__).resolve().parents[4]
INSIDE_ROOT = "/harness-code"
OWN_PACKAGE = "harness.grading.sandbox"
_INSIDE_LIBRARIES = f"{INSIDE_ROOT}/libraries"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningBackend:
    """A running fork server. `process`: it, or the program that started it; `stderr`: a file of what that printed.

    `work`: its folder where that is on disk; `container`: its name.
    """

    process: subprocess.Popen[bytes]
    control: ControlChannel
    stderr: IO[bytes]
    work: str | None = None
    container: str | None = None

    def printed(self) -> str:
        """What was printed to standard error so far, on one line."""
        return _one_line(self.stderr)


def interpreter() -> str:
    """The interpreter's own binary: a virtual environment's link leads to a folder that is not mounted."""
    return str(Path(sys.executable).resolve())


def readable_places(libraries: Sequence[str]) -> list[str]:
    """What Python needs to read: system libraries, its own, and `libraries`; no place below another one."""
    base = Path(sys.base_prefix).resolve()
    own = [base / "lib", base / "lib64", Path(sysconfig.get_path("stdlib")).resolve()]
    system = seatbelt.PLACES if sys.platform == "darwin" else SYSTEM_PLACES
    wanted = [*system, *map(str, own), interpreter(), *libraries]
    kept: list[str] = []
    for place in wanted:
        covered = any(place == other or place.startswith(f"{other}/") for other in kept)
        if not covered and Path(place).exists():
            kept.append(place)
    return kept


def launch(backend: SandboxBackend, extension: WorkerExtension) -> RunningBackend:
    """Start the fork server. Raises OSError, with what was printed, where it cannot be started."""
    stderr = tempfile.TemporaryFile()  # noqa: SIM115 - kept by the result; a pipe that nobody reads could fill up
    try:
        if backend.container:
            return _launch_contained(backend.container, stderr, extension)
        return _launch(backend, stderr, extension)
    except BaseException as error:
        printed = _one_line(stderr)
        stderr.close()
        # bubblewrap's own line ("setting up uid map: Permission denied") is the only hint at what the kernel refuses.
        if isinstance(error, OSError) and printed:
            raise OSError(f"{error}: {printed}") from error
        raise


def _launch(backend: SandboxBackend, stderr: IO[bytes], extension: WorkerExtension) -> RunningBackend:
    work = "/tmp" if backend.bwrap else _make_work(backend.uid)  # noqa: S108 - a fresh tmpfs inside bubblewrap
    libraries = library_places(extension.libraries)
    # A virtual environment may lie where something else is mounted, as below /tmp: libraries get their own place.
    inside = {path: f"{_INSIDE_LIBRARIES}/{Path(path).name}" if backend.bwrap else path for path in libraries}
    binds = {path: inside.get(path, path) for path in readable_places([] if backend.bwrap else libraries)} | inside
    # Sequenced packets keep a message and its descriptors together; macOS has none on local sockets.
    kind = socket.SOCK_STREAM if backend.is_portable else socket.SOCK_SEQPACKET
    ours, theirs = socket.socketpair(socket.AF_UNIX, kind)
    config = {
        "control": theirs.fileno(),
        "work": work,
        "readable": list(binds.values()),
        "libraries": sorted({str(Path(folder).parent) for folder in inside.values()}),
        "handlers": dict(extension.handlers),
        **_isolation(backend),
    }
    python = [interpreter(), *_python_arguments(config, INSIDE_ROOT if backend.bwrap else str(CODE_ROOT))]
    try:
        process = subprocess.Popen(
            [*bubblewrap_command(backend, binds, _code_folders(extension)), *python] if backend.bwrap else python,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            # By descriptor and not by a path: no other process of the machine can connect to it.
            pass_fds=(theirs.fileno(),),
            env=sandbox_environment(work),
            cwd="/",
            # Ctrl-C in the terminal goes to the whole foreground group: the harness ends its samples itself, after it
            # has saved.
            start_new_session=True,
        )
    except OSError:
        ours.close()
        if not backend.bwrap:
            remove_work(work)
        raise
    finally:
        # Ours must be the only copy: the end of the fork server shows as end-of-file only when nobody else holds that
        # end.
        theirs.close()
    folder = None if backend.bwrap else work
    return RunningBackend(process=process, control=ControlChannel(ours), stderr=stderr, work=folder)


def _isolation(backend: SandboxBackend) -> dict[str, object]:
    """What the fork server must do itself, for the backend around it does not."""
    return {
        "owns_work": backend.bwrap is None,
        "uid": backend.uid,
        "lockdown": backend.is_isolated,
        # Behind bubblewrap only mounted files exist, all of them read-only: a kernel without Landlock opens nothing
        # more.
        "min_landlock": 0 if backend.bwrap else MIN_LANDLOCK_ABI,
        "portable": backend.is_portable,
    }


def _launch_contained(wanted: containers.Container, stderr: IO[bytes], extension: WorkerExtension) -> RunningBackend:
    work = "/tmp"  # noqa: S108 - a fresh tmpfs inside the container
    config = {  # what only the image's own Python knows (readable, libraries) is left out
        "connect": containers.CONNECT,
        "work": work,
        "min_landlock": MIN_LANDLOCK_ABI_CONTAINED,
        "handlers": dict(extension.handlers),
    }
    process, channel, name = containers.start(
        wanted,
        stderr=stderr,
        code=_code_folders(extension),
        environment=sandbox_environment(work),
        python=_python_arguments(config, INSIDE_ROOT),
    )
    return RunningBackend(process=process, control=ControlChannel(channel), stderr=stderr, container=name)


def _code_folders(extension: WorkerExtension) -> dict[str, str]:
    """Where the mounted packages of ours lie outside, and where inside. The rest of the harness is never mounted."""
    folders = [package.replace(".", "/") for package in (OWN_PACKAGE, *extension.packages)]
    return {str(CODE_ROOT / folder): f"{INSIDE_ROOT}/{folder}" for folder in folders}


def _one_line(stderr: IO[bytes]) -> str:
    stderr.seek(0)
    return " ".join(stderr.read(4000).decode(errors="replace").split())


def _python_arguments(config: Mapping[str, object], root: str) -> list[str]:
    """`-S -s -P`: no site module, no user packages, no current folder on the path; `-B`: nothing can be written."""
    return ["-S", "-s", "-P", "-B", "-c", _BOOT, json.dumps(config), root]


def sandbox_environment(work: str) -> dict[str, str]:
    """All that a program sees of an environment; the fixed hash seed makes the order of sets repeatable.

    Numeric libraries start a thread per core otherwise, which one sample may not have.
    """
    return {
        # The environment is built, never filtered: it holds the API keys of every provider.
        "HOME": work,
        "TMPDIR": work,
        "LANG": "C.UTF-8",
        "PATH": "/usr/bin:/bin",
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MPLBACKEND": "Agg",
    }


def bubblewrap_command(
    backend: SandboxBackend,
    binds: Mapping[str, str],
    code: Mapping[str, str],
    *,
    further: Sequence[str] = (),
    work_bytes: int = WORK_BYTES,
) -> list[str]:
    """The command up to the interpreter. `binds`, `code`: what is readable inside, by its place outside.

    `further`: arguments after the mounts, before everything but /tmp, of `work_bytes`, is closed for writing.

    Root needs no user namespace and changes to an unused user inside. `--new-session` cuts the terminal off, into
    which a sample could otherwise type (TIOCSTI, CVE-2017-5226; bwrap(1)).
    """
    assert backend.bwrap is not None
    # cgroup is only tried: kernels before 4.6 and some container engines refuse that namespace, and nothing depends on
    # it.
    spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    changes_user = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    places = [*binds.values(), *_DEVICES, *code.values()]
    above = {str(folder) for place in places for folder in Path(place).parents} - {"/"}
    # bubblewrap makes missing parents with mode 0700, which the unused user could not enter.
    opened = [word for folder in sorted(above) for word in ("--perms", "0755", "--dir", folder)]
    return [
        *(backend.bwrap, "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *(["--unshare-user-try", *spaces] if backend.uid is None else [*spaces, *changes_user, *opened]),
        *(word for outside, inside in binds.items() for word in ("--ro-bind", outside, inside)),
        *(word for path in _DEVICES for word in ("--dev-bind", path, path)),
        *(word for outside, inside in code.items() for word in ("--ro-bind", outside, inside)),
        # Mounts take effect in the order of the arguments: /tmp comes after the binds, and / is closed for writing at
        # the end.
        *further,
        *("--perms", "0777", "--size", str(work_bytes), "--tmpfs", "/tmp"),  # noqa: S108 - inside
        *("--remount-ro", "/", "--chdir", "/tmp", "--"),  # noqa: S108
    ]


def _make_work(uid: int | None) -> str:
    folder = str(Path(tempfile.mkdtemp(prefix="harness-work-")).resolve())
    if uid is not None:
        try:
            # mkdtemp makes it with mode 0700 for its owner (root here), and the sample runs as another user.
            os.chown(folder, uid, uid)
        except OSError:
            Path(folder).rmdir()
            raise
    return folder


def remove_work(folder: str) -> None:
    """Remove a work folder that its fork server could not remove itself."""
    with contextlib.suppress(OSError):
        empty(folder)
        Path(folder).rmdir()
