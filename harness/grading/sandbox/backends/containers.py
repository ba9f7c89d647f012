"""Docker and Podman, only where a person asks for them by `docker:IMAGE` or `podman:IMAGE`.

The same fork server with the same lockdown, in a container without network, capabilities or writable places other than
a private /tmp, run by the image's own `python3`. A container inherits no descriptor, so the fork server connects to a
socket in a private folder that is mounted into it; the folder is gone once it has. The container leaves when the client
hangs up or dies, and is removed by name where it does not.

Images are never pulled. macOS and Windows are refused: their engines run in a virtual machine, to which no local socket
leads.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from harness.core.errors import SandboxUnavailable, UsageError

ENGINES = ("docker", "podman")
FORMS = "docker:IMAGE or podman:IMAGE"
CONNECT = "/harness-control/socket"
MEMORY_BYTES = 1536 << 20
"""Of the whole container: a sample's address space, the fork server, and the files in /tmp."""
_CONNECTED_WITHIN_S = 60.0
_ENGINE_WITHIN_S = 30.0
_LOOK_EVERY_S = 0.2
_MAX_PIDS = 320
_MAX_DESCRIPTORS_AND_THREADS = 1024
# What the engine's own client reads; the keys of providers are not among them.
_ENGINE_ENVIRONMENT = (
    "PATH HOME USER TMPDIR XDG_RUNTIME_DIR DBUS_SESSION_BUS_ADDRESS DOCKER_HOST DOCKER_CONTEXT DOCKER_CONFIG "
    "CONTAINER_HOST CONTAINERS_CONF CONTAINERS_STORAGE_CONF"
)
# A second, clean start: whatever environment the image and the engine set is gone before our code runs.
_FIRST = (
    "import json, os, sys\n"
    "if sys.version_info < (3, 11):\n"
    "    sys.exit('the python3 of the image is %d.%d; 3.11 or later is needed' % sys.version_info[:2])\n"
    "os.execve(sys.executable, [sys.executable] + sys.argv[2:], json.loads(sys.argv[1]))\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """An engine by its program, an image by its name, and the unused user that runs inside."""

    engine: str
    program: str
    image: str
    uid: int


def parse_container(text: str) -> tuple[str, str]:
    """Engine and image of `ENGINE:IMAGE`. Raises UsageError for another form."""
    engine, _, image = text.partition(":")
    if engine not in ENGINES:
        raise UsageError(f"--sandbox {text!r}: engine {engine!r} is not known; accepted: {FORMS}")
    if not image or image.startswith("-") or not image.isprintable() or " " in image:
        raise UsageError(f"--sandbox {text!r} names no image; accepted: {FORMS}, an image that is on this machine")
    return engine, image


def container(text: str, uid: int) -> Container:
    """What `ENGINE:IMAGE` asks for. Raises UsageError for another form, SandboxUnavailable where it cannot be."""
    engine, image = parse_container(text)
    if sys.platform != "linux":
        raise SandboxUnavailable(
            f"--sandbox {text}: containers are used on Linux only; on {sys.platform} the engine runs in a virtual "
            "machine, to which no local socket leads. Run the harness inside a Linux machine, or leave --sandbox out"
        )
    program = shutil.which(engine)
    if program is None:
        raise SandboxUnavailable(
            f"--sandbox {text}: {engine} is not installed (nothing of that name in PATH); install it, name the other "
            f"engine ({FORMS}), or leave --sandbox out for the strongest backend that works here"
        )
    return Container(engine=engine, program=program, image=image, uid=uid)


def start(
    wanted: Container,
    *,
    stderr: IO[bytes],
    code: Mapping[str, str],
    environment: Mapping[str, str],
    python: Sequence[str],
) -> tuple[subprocess.Popen[bytes], socket.socket, str]:
    """Start the image's python3 with the arguments `python` and wait until the fork server connects.

    Returns the engine's client, our end of the channel, the container's name. `code` maps folders outside to read-only
    places inside; what the engine prints goes to `stderr`. Raises OSError where nothing connects.
    """
    name = f"harness-{os.getpid()}-{secrets.token_hex(8)}"
    with _listening() as (listener, folder):
        mounts = [(str(folder), str(Path(CONNECT).parent)), *code.items()]
        command = [*_run(wanted, name, mounts), "-I", "-c", _FIRST, json.dumps(dict(environment)), *python]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            env={key: os.environ[key] for key in _ENGINE_ENVIRONMENT.split() if key in os.environ},
            cwd="/",
            start_new_session=True,
        )
        try:
            return process, _accepted(listener, process), name
        except BaseException:
            remove(wanted, name)
            process.kill()
            process.wait()
            raise


@contextlib.contextmanager
def _listening() -> Iterator[tuple[socket.socket, Path]]:
    """A listening socket, in a folder to be mounted that lies in one which only this user may enter."""
    with (
        tempfile.TemporaryDirectory(prefix="harness-control-") as outer,
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener,
    ):
        folder = Path(outer) / "mounted"
        folder.mkdir()
        path = folder / Path(CONNECT).name
        listener.bind(str(path))
        folder.chmod(0o755)  # the user inside is another one
        path.chmod(0o666)
        listener.listen(1)
        yield listener, folder


def _accepted(listener: socket.socket, process: subprocess.Popen[bytes]) -> socket.socket:
    deadline = time.monotonic() + _CONNECTED_WITHIN_S
    while time.monotonic() < deadline:
        ready, _, _ = select.select([listener], [], [], _LOOK_EVERY_S)
        if ready:
            return listener.accept()[0]
        # The engine's client prints its reason (no such image, daemon not running) and leaves at once: no need to wait
        # 60 s.
        if process.poll() is not None:
            raise OSError(f"did not start (exit code {process.returncode})")
    raise OSError(f"the fork server did not connect within {_CONNECTED_WITHIN_S:.0f} s")


def _run(wanted: Container, name: str, mounts: Sequence[tuple[str, str]]) -> list[str]:
    """The command up to the arguments of the image's python3."""
    bound = [
        word
        for outside, inside in mounts
        for word in ("--mount", f"type=bind,source={outside},target={inside},readonly")
    ]
    # Podman mounts writable places over a read-only image and passes on proxy variables by default (podman-run(1)).
    limit = _MAX_DESCRIPTORS_AND_THREADS
    closed = ["--read-only-tmpfs=false", "--http-proxy=false"] if wanted.engine == "podman" else []
    return [
        *(wanted.program, "run", "--rm", "--name", name, "--pull", "never", "--entrypoint", "python3"),
        # "--ipc none" leaves no /dev/shm, which is writable in a read-only image otherwise (docker-run(1)).
        *("--network", "none", "--ipc", "none", "--read-only", *closed),
        *("--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--user", f"{wanted.uid}:{wanted.uid}"),
        *("--pids-limit", str(_MAX_PIDS), "--memory", str(MEMORY_BYTES)),
        *("--ulimit", f"nofile={limit}:{limit}", "--ulimit", f"nproc={limit}:{limit}"),
        *("--tmpfs", "/tmp:size=64m,mode=1777", "--workdir", "/tmp", *bound, wanted.image),  # noqa: S108 - inside
    ]


def remove(wanted: Container, name: str) -> None:
    """End a container of ours and remove it; nothing happens where it is gone already."""
    for words in (["kill", name], ["rm", "--force", name]):
        with contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run([wanted.program, *words], capture_output=True, timeout=_ENGINE_WITHIN_S, check=False)
