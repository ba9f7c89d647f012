"""The warm interpreter: started once behind the outer wall, forks one process per sample and watches over it.

It runs inside the sandbox with the standard library only, holds no test, key or earlier sample, and never reads what a
program sends: a sample's channel is used by the sample's own process and the judge. One sample at a time.

Covers: fork, own descriptors only, the inner wall, the clock of CPU seconds and the fill of the work folder (both read
every 20 ms), the kill, an empty work folder afterwards, the end of everything when the judge hangs up. Where it is
told to be portable (macOS): no pidfd, the kernel's limit of CPU seconds, and the resident size watched.
Does NOT cover: wall time and answers (the judge's part); bytes in files that were deleted while open, except by the
size of the outer wall's own /tmp; memory beyond the limit of each sample's address space.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import stat
import sys
from collections.abc import Mapping

from harness.grading.sandbox.lockdown import apply, seatbelt, syscalls
from harness.grading.sandbox.worker import assert_tests, sample
from harness.grading.sandbox.worker.child import ForkedSample
from harness.grading.sandbox.worker.control import ControlChannel

_COMMON_MODULES = "bisect collections copy datetime functools heapq itertools math operator random re string typing"
_LOOK_EVERY_MS = 20
_PR_SET_PDEATHSIG = 1
_MAX_DEPTH = 40
_OUT_OF_THE_WAY = 64
SYSTEM_PLACES = (
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/zoneinfo",
    "/etc/ld.so.cache",
    "/etc/mime.types",
)
"""What Python reads outside its own folders, on Linux."""
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


class ForkServer:
    """The server: its control socket, the prepared inner wall, the work folder."""

    def __init__(self, config: Mapping[str, object], handlers: Mapping[str, sample.Handler]) -> None:
        self.handlers = handlers
        readable, work = config["readable"], str(config["work"])
        assert isinstance(readable, list)
        self.work = work
        self.owns_work = bool(config["owns_work"])
        self.is_walled = bool(config["inner"])
        self.is_portable = bool(config["portable"])
        self.control = ControlChannel(_channel(config), takes_descriptors=True)
        _become(config["uid"])
        self.profile = seatbelt.profile(readable, work) if self.is_walled and sys.platform == "darwin" else None
        self.abi = apply.landlock_abi()
        self.machine: syscalls.CpuArch | None = None
        self.ruleset: int | None = None
        if self.is_walled and self.profile is None:
            self.machine = apply.cpu_arch()
            least = int(str(config["least_landlock"]))
            if self.abi < least:
                raise OSError(f"Landlock ABI {self.abi}; at least {least} is needed behind this wall")
            if self.abi:
                libraries = config["libraries"]
                assert isinstance(libraries, list)
                places = apply.PathAccess(readable=tuple(readable), listable=tuple(libraries), work=work)
                rules = apply.landlock_ruleset(places, self.abi)
                self.ruleset = fcntl.fcntl(rules, fcntl.F_DUPFD_CLOEXEC, _OUT_OF_THE_WAY)

    def serve(self) -> None:
        """Run samples until the judge hangs up."""
        for name in _COMMON_MODULES.split():
            importlib.import_module(name)
        gc.collect()
        gc.freeze()
        self.control.send({"ready": True, "landlock": self.abi, "uid": os.getuid()})
        while (received := self.control.receive()) is not None:
            message, descriptors = received
            if "start" in message:
                self._one(message, descriptors)
        self._leave()

    def _leave(self) -> None:
        with contextlib.suppress(OSError):
            empty(self.work)
            if self.owns_work:
                os.rmdir(self.work)  # noqa: PTH106 - pathlib would be one more import inside the sandbox
        os._exit(0)

    def _one(self, message: Mapping[str, object], descriptors: list[int]) -> None:
        """Fork, watch, report, clean up."""
        wanted = message["start"]
        assert isinstance(wanted, dict)
        for name in wanted["preload"]:
            with contextlib.suppress(Exception):  # a library that does not load here is the sample's finding
                importlib.import_module(name)
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_sample(wanted, descriptors, parent)
        for descriptor in descriptors:
            os.close(descriptor)
        child = ForkedSample(pid, is_portable=self.is_portable)
        cause = self._watch(child, message["n"], wanted)
        status, usage = child.end()
        if cause == "hung up":
            self._leave()
        empty(self.work)
        spent = {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_bytes": usage.ru_maxrss * _MAXRSS_BYTES}
        self.control.send({"n": message["n"], "cause": cause, "status": status, **spent})

    def _watch(self, child: ForkedSample, number: object, wanted: Mapping[str, float]) -> str:
        """Wait until the sample is over; what ended it: exit, stopped, cpu, memory, files, hung up (the judge)."""
        poller = select.poll()
        poller.register(self.control, select.POLLIN)
        if child.wake is not None:
            poller.register(child.wake, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poller.poll(0 if self.control.has_message else _LOOK_EVERY_MS)}
            if child.is_over(ready):
                return "exit"
            if ready or self.control.has_message:
                received = self.control.receive()
                if received is None:
                    return "hung up"
                if received[0].get("stop") == number:
                    return "stopped"
                continue
            if not self.is_portable and child.cpu_s() > wanted["cpu_s"]:
                return "cpu"
            if self.is_portable and child.resident_bytes() > wanted["memory_bytes"]:
                return "memory"
            if is_overfull(self.work, int(wanted["entries"]), int(wanted["work_bytes"])):
                return "files"

    def _become_sample(self, wanted: Mapping[str, object], descriptors: list[int], parent: int) -> None:
        """In the child: keep four descriptors, step behind the inner wall, serve the channel. Never returns."""
        is_behind_the_wall = False
        try:
            channel, stdin, stdout = descriptors
            os.dup2(stdin, 0)
            os.dup2(stdout, 1)
            os.dup2(stdout if wanted["stderr"] else os.open("/dev/null", os.O_WRONLY), 2)
            os.dup2(channel, sample.CHANNEL)  # last: the number may be one of the others'
            os.chdir(self.work)
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)
            self._enter(wanted)
            is_behind_the_wall = True
        except OSError as error:
            with contextlib.suppress(OSError):
                sample.write_frame("E", {"message": str(error)})
        finally:
            if not is_behind_the_wall:
                os._exit(1)
        try:
            sample.serve(self.handlers)
        finally:
            os._exit(0)

    def _enter(self, wanted: Mapping[str, object]) -> None:
        bounds = wanted["bounds"]
        assert isinstance(bounds, dict)
        limits = apply.HardLimits(**bounds)
        ruleset = None if self.ruleset is None else os.dup2(self.ruleset, sample.CHANNEL + 1)
        most = 1 << 20 if sys.platform == "linux" else os.sysconf("SC_OPEN_MAX")  # closed one by one elsewhere
        os.closerange(sample.CHANNEL + (1 if ruleset is None else 2), most)
        if self.profile is not None:
            os.setsid()
            apply.set_bounds(limits)
            seatbelt.apply_seatbelt(self.profile)
        elif self.machine is None:
            apply.set_bounds(limits)
        else:
            apply.apply_lockdown(limits, ruleset, self.machine)
        if ruleset is not None:
            os.close(ruleset)


def _channel(config: Mapping[str, object]) -> socket.socket:
    """The way to the judge: an inherited descriptor, or in a container a socket that the judge listens on."""
    if config["connect"] is None:
        return socket.socket(fileno=int(str(config["control"])))
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    channel.connect(str(config["connect"]))
    return channel


def _image_places() -> tuple[list[str], list[str]]:
    """In a container: what its own Python reads, and the folders of the libraries installed for it."""
    site = importlib.import_module("site")
    libraries = [folder for folder in site.getsitepackages() if os.path.isdir(folder)]  # noqa: PTH112
    stdlib = os.path.dirname(os.__file__)  # noqa: PTH120
    return [*SYSTEM_PLACES, f"{sys.base_prefix}/lib", stdlib, *libraries], libraries


def _become(uid: object) -> None:
    """Change to an unused user for good, where root is told to."""
    if isinstance(uid, int):
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)


def is_overfull(folder: str, entries: int, size: int) -> bool:
    """Whether more lies in the folder than a sample may leave there; too deep a tree counts as too much."""
    todo, seen, total = [(folder, 0)], 0, 0
    while todo:
        path, depth = todo.pop()
        if depth > _MAX_DEPTH:
            return True
        try:
            with os.scandir(path) as listing:
                for entry in listing:
                    seen += 1
                    if entry.is_dir(follow_symlinks=False):
                        todo.append((entry.path, depth + 1))
                    else:
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if seen > entries or total > size:
                        return True
        except OSError:
            continue  # it changes while we look; the next look comes soon
    return False


def empty(folder: str) -> None:
    """Remove what a sample left, never following a link; deep trees are flattened, not descended."""
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        while names := os.listdir(top):  # noqa: PTH208 - by descriptor
            for name in names:
                if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
                    os.unlink(name, dir_fd=top)
                    continue
                os.chmod(name, 0o700, dir_fd=top)
                _flatten(top, name)
    finally:
        os.close(top)


def _flatten(top: int, name: str) -> None:
    """Remove one folder: its files are deleted, its folders moved up beside it under names nobody could take first."""
    inside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    try:
        for child in os.listdir(inside):  # noqa: PTH208 - by descriptor
            if stat.S_ISDIR(os.stat(child, dir_fd=inside, follow_symlinks=False).st_mode):
                os.chmod(child, 0o700, dir_fd=inside)
                os.rename(child, f".moved-{os.urandom(16).hex()}", src_dir_fd=inside, dst_dir_fd=top)
            else:
                os.unlink(child, dir_fd=inside)
    finally:
        os.close(inside)
    os.rmdir(name, dir_fd=top)


def main(text: str) -> None:
    """Start from the judge's configuration; what goes wrong before the ready message is said on standard error."""
    config = json.loads(text)
    handlers: dict[str, sample.Handler] = {"T": assert_tests.run_tests}
    if config["unittests"]:  # they load a hundred modules, which other samples need not be forked with
        handlers["S"] = importlib.import_module("harness.grading.unittest_bridge.program_side").serve
        handlers["U"] = importlib.import_module("harness.grading.unittest_bridge.unittest_side").run
    for name in [name for name in sys.modules if name.partition(".")[0] == "harness"]:
        del sys.modules[name]  # the program has no business with these names
    if config["readable"] is None:
        config["readable"], config["libraries"] = _image_places()
    sys.path[:] = [*sys.path[1:], *config["libraries"]]
    sys.argv[:] = ["solution.py"]
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        warm = ForkServer(config, handlers)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(1)
    nowhere = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    warm.serve()
