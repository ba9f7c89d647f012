"""Runs inside bubblewrap: takes commands from standard input, runs each by bash, answers on standard output.

Standard library only. It applies the lockdown to itself before the first command, so every command inherits it. After
each command everything that it left running is killed. Lines of JSON both ways; the commands get neither descriptor.
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
import time
from collections.abc import Mapping

from harness.grading.sandbox.lockdown import apply

MAX_READ_FILES = 24_000
MAX_FILES = 28_000
"""In the workspace: bubblewrap's tmpfs bounds bytes, not files, and empty ones hold memory of the kernel."""


def main(config_text: str) -> None:
    """Serve until the client hangs up."""
    config = json.loads(config_text)
    commands, answers = os.dup(0), os.dup(1)
    for descriptor in (commands, answers):
        os.set_inheritable(descriptor, False)
    nothing = os.open("/dev/null", os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    work = str(config["work"])
    _become_user(config.get("uid"))
    os.makedirs(work, exist_ok=True)  # noqa: PTH103 - pathlib would be one more import inside the sandbox
    os.chdir(work)
    bounds = apply.HardLimits(
        cpu_s=float(config["cpu_s"]),
        memory_bytes=int(config["memory_bytes"]),
        file_bytes=int(config["file_bytes"]),
        descriptors=int(config["descriptors"]),
        threads=int(config["processes"]),
    )
    apply.apply_command_lockdown(bounds, apply.cpu_arch())
    _send(answers, {"ready": True})
    with os.fdopen(commands, "rb") as lines:
        for line in lines:
            _send(answers, _answer(json.loads(line), config))


def _become_user(uid: object) -> None:
    """Change to an unused user for good, where the server was started as root."""
    if not isinstance(uid, int):
        return
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def _send(descriptor: int, message: Mapping[str, object]) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(descriptor, data) :]


def _answer(asked: Mapping[str, object], config: Mapping[str, object]) -> Mapping[str, object]:
    try:
        match asked["do"]:
            case "run":
                return _run(str(asked["command"]), float(str(asked["seconds"])), config)
            case "write":
                return _write(asked["files"])
            case _:
                return _read(str(config["work"]), int(str(config["read_bytes"])), asked["known"])
    except (OSError, ValueError, KeyError) as error:
        return {"error": f"{type(error).__name__}: {error}"}


def _run(command: str, seconds: float, config: Mapping[str, object]) -> Mapping[str, object]:
    process = subprocess.Popen(
        ["/bin/bash", "-c", command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=str(config["work"]),
        start_new_session=True,
    )
    assert process.stdout is not None
    work = str(config["work"])
    # a command that starts above the bound may still remove files
    output = _Output(int(str(config["output_bytes"])), work, most_files=max(MAX_FILES, _files(work) + 64))
    is_late = output.read(process, time.monotonic() + seconds)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(-1, signal.SIGKILL)  # all of this user here but ourselves: nothing outlives its command
    process.wait()
    output.drain(process.stdout.fileno())
    process.stdout.close()
    if output.has_flooded:
        output.add(f"\n[ended: more than {MAX_FILES} files]\n".encode())
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return {
        "output": output.text(),
        "returncode": process.returncode,
        "timed_out": is_late,
        "dropped_bytes": output.dropped,
    }


def _files(work: str) -> int:
    found = os.statvfs(work)
    return found.f_files - found.f_ffree


class _Output:
    """The first and the last bytes of what a command prints, which ends when it makes too many files."""

    def __init__(self, limit: int, work: str, *, most_files: int) -> None:
        self.half = limit // 2
        self.work, self.most_files, self.has_flooded = work, most_files, False
        self.head, self.tail, self.dropped = bytearray(), bytearray(), 0

    def add(self, data: bytes) -> None:
        room = self.half - len(self.head)
        self.head += data[:room] if room > 0 else b""
        self.tail += data[max(0, room) :]
        excess = len(self.tail) - self.half
        if excess > 0:
            del self.tail[:excess]
            self.dropped += excess

    def read(self, process: subprocess.Popen[bytes], until: float) -> bool:
        """Take in the output until the command ends; True where its time was over first."""
        assert process.stdout is not None
        descriptor = process.stdout.fileno()
        os.set_blocking(descriptor, False)
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        while process.poll() is None:
            left = until - time.monotonic()
            if left <= 0:
                return True
            poller.poll(min(20.0, 1000 * left))
            self._take(descriptor)
            if _files(self.work) > self.most_files:
                self.has_flooded = True
                return False
        return False

    def drain(self, descriptor: int) -> None:
        self._take(descriptor)

    def _take(self, descriptor: int) -> None:
        for _ in range(64):  # a flood must not keep the loop from looking at the clock
            try:
                data = os.read(descriptor, 1 << 16)
            except BlockingIOError:
                return
            if not data:
                time.sleep(0.002)  # closed by the command, which still runs
                return
            self.add(data)

    def text(self) -> str:
        gap = f"\n[... {self.dropped} bytes left out ...]\n".encode() if self.dropped else b""
        return (bytes(self.head) + gap + bytes(self.tail)).decode(errors="replace")


def _write(files: object) -> Mapping[str, object]:
    assert isinstance(files, dict)
    for path, data in files.items():
        folder = os.path.dirname(path)  # noqa: PTH120
        if folder:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103
        with open(path, "wb") as file:  # noqa: PTH123
            file.write(base64.b64decode(data))
    return {"written": len(files)}


def _read(work: str, limit: int, known: object) -> Mapping[str, object]:
    """The regular files of the workspace; links are left out, nothing outside is followed.

    `known`: SHA-256 by path; a file that still has it is only named, among the `same`.
    """
    assert isinstance(known, dict)
    files: dict[str, str] = {}
    same: list[str] = []
    size = 0
    for folder, names, members in os.walk(work):
        names[:] = sorted(name for name in names if name not in ("__pycache__", ".git"))
        for name in sorted(members):
            path = os.path.join(folder, name)  # noqa: PTH118
            if os.path.islink(path) or not os.path.isfile(path) or name.endswith(".pyc"):  # noqa: PTH113, PTH114
                continue
            inside = os.path.relpath(path, work)
            if len(files) + len(same) >= MAX_READ_FILES:
                return {"error": f"the workspace holds more than {MAX_READ_FILES} files"}
            digest = known.get(inside)
            if digest is not None and digest == _sha256(path):
                same.append(inside)
                continue
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read(limit + 1)
            size += len(data)
            if size > limit:
                return {"error": f"the workspace holds more than {limit} bytes that are new or changed"}
            files[inside] = base64.b64encode(data).decode()
    return {"files": files, "same": same}


def _sha256(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main(sys.argv[1])
