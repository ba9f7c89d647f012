"""Fork server: runs inside the sandbox backend, forks one process per sample and enforces its limits.

It needs the standard library only, holds no test, key or earlier sample, and never reads what a program sends: a
sample's channel is used by the sample's own process and the client outside. One sample at a time; a fork takes about
2 ms (docs/sandbox.md).

CPU seconds and the work folder are looked at every 20 ms; when the client hangs up, everything ends. The time that the
client waits and the size of answers are the client's part. Bytes in files that were deleted while open count only
against the size of the backend's /tmp.
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
from harness.grading.sandbox.worker import sample
from harness.grading.sandbox.worker.child import ForkedSample
from harness.grading.sandbox.worker.control import ControlChannel

_COMMON_MODULES = "bisect collections copy datetime functools heapq itertools math operator random re string typing"
# Between two looks a sample can overrun by what it does in 20 ms; the kernel's coarser limits (rlimits) stay behind it.
_LOOK_EVERY_MS = 20
_IDLE_WINDOW_LOOKS, _IDLE_CPU_S = 25, 0.005
"""A window counts as idle below 1% of a CPU. Windows are counted in looks, which a busy machine delays as well."""
_PR_SET_PDEATHSIG = 1  # prctl(2)
# A scan of the folders must stay cheap: a chain of thousands of folders costs few entries and few bytes.
_MAX_DEPTH = 40
_MIN_KEPT_DESCRIPTOR = 64
"""The Landlock ruleset is kept above the few numbers that each sample gets its own descriptors under."""
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
# getrusage(2): ru_maxrss is in kilobytes on Linux and in bytes on macOS.
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


class ForkServer:
    """The server: its control socket, the prepared lockdown, the work folder. Raises OSError for a layer that lacks."""

    def __init__(self, config: Mapping[str, object], handlers: Mapping[str, sample.Handler]) -> None:
        self.handlers = handlers
        readable, work = config["readable"], str(config["work"])
        assert isinstance(readable, list)
        self.work = work
        self.owns_work = bool(config.get("owns_work"))
        self.has_lockdown = bool(config.get("lockdown", True))
        self.is_portable = bool(config.get("portable"))
        self.control = ControlChannel(_channel(config), takes_descriptors=True)
        _become_user(config.get("uid"))
        self.profile = seatbelt.profile(readable, work) if self.has_lockdown and sys.platform == "darwin" else None
        self.abi = apply.landlock_abi()
        self.arch: syscalls.CpuArch | None = None
        self.ruleset: int | None = None
        if self.has_lockdown and self.profile is None:
            self.arch = apply.cpu_arch()
            needed = int(str(config["min_landlock"]))
            if self.abi < needed:
                raise OSError(f"Landlock ABI {self.abi}; at least {needed} is needed in this backend")
            if self.abi:
                libraries = config["libraries"]
                assert isinstance(libraries, list)
                places = apply.PathAccess(readable=tuple(readable), listable=tuple(libraries), work=work)
                rules = apply.landlock_ruleset(places, self.abi)
                # Each sample moves its own descriptors to 0..3 by dup2, which would close a ruleset that happens to
                # have such a number.
                self.ruleset = fcntl.fcntl(rules, fcntl.F_DUPFD_CLOEXEC, _MIN_KEPT_DESCRIPTOR)

    def serve(self) -> None:
        """Run samples until the client hangs up."""
        for name in _COMMON_MODULES.split():
            importlib.import_module(name)
        gc.collect()
        gc.freeze()  # the collector of a child would otherwise copy every page that the fork shares (gc.freeze docs)
        self.control.send({"ready": True, "landlock": self.abi, "uid": os.getuid()})
        while (received := self.control.receive()) is not None:
            message, descriptors = received
            if "start" in message:
                self._run_sample(message, descriptors)
        self._leave()

    def _leave(self) -> None:
        with contextlib.suppress(OSError):
            empty(self.work)
            if self.owns_work:
                os.rmdir(self.work)  # noqa: PTH106 - pathlib would be one more import inside the sandbox
        os._exit(0)

    def _run_sample(self, message: Mapping[str, object], descriptors: list[int]) -> None:
        """Fork, watch, report, clean up."""
        start = message["start"]
        assert isinstance(start, dict)
        for name in start["preload"]:
            # Imported before the fork: in the sample its import would count against the sample's CPU limit, and every
            # sample would pay.
            with contextlib.suppress(Exception):  # a library that does not load here is the sample's finding
                importlib.import_module(name)
        # Read before the fork: in the child getppid() may already name the reaper of a parent that died.
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_sample(start, descriptors, parent)
        for descriptor in descriptors:
            os.close(descriptor)
        child = ForkedSample(pid, is_portable=self.is_portable)
        idle = IdleMeter(child.cpu_s())
        cause = self._watch(child, message["n"], start, idle)
        status, usage = child.end()
        # Only after child.end(): a sample that outlived its fork server would run on without anybody who counts.
        if cause == "hung up":
            self._leave()
        empty(self.work)
        # From wait4(2), not from the last look: a sample may end between two looks, and its last 20 ms count too.
        used = {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_bytes": usage.ru_maxrss * _MAXRSS_BYTES}
        self.control.send({"n": message["n"], "cause": cause, "status": status, "idle_s": idle.idle_s, **used})

    def _watch(self, child: ForkedSample, number: object, start: Mapping[str, float], idle: IdleMeter) -> str:
        """Wait until the sample is over; the cause: exit, stopped, cpu, memory, files, or hung up (the client)."""
        poller = select.poll()
        # The sample's own channel is not among them: what model-written code sends is read outside the sandbox only.
        poller.register(self.control, select.POLLIN)
        if child.wake is not None:
            poller.register(child.wake, select.POLLIN)
        while True:
            # A message that is already in the buffer would not wake poll(2): the socket has nothing left to read.
            ready = {descriptor for descriptor, _ in poller.poll(0 if self.control.has_message else _LOOK_EVERY_MS)}
            if child.is_over(ready):
                return "exit"
            if ready or self.control.has_message:
                received = self.control.receive()
                if received is None:
                    return "hung up"
                # A stop that crossed with the end of the sample before it names the earlier number and must not hit
                # this one.
                if received[0].get("stop") == number:
                    return "stopped"
                continue
            cpu_s = child.cpu_s()
            idle.look(cpu_s)
            # CPU seconds, not elapsed ones: on a busy machine a correct program would otherwise fail for its
            # neighbours' sake.
            if not self.is_portable and cpu_s is not None and cpu_s > start["cpu_s"]:
                return "cpu"
            # On Linux RLIMIT_AS holds instead; on macOS that limit does not hold (docs/sandbox.md).
            if self.is_portable and child.resident_bytes() > start["memory_bytes"]:
                return "memory"
            if is_overfull(self.work, int(start["entries"]), int(start["work_bytes"])):
                return "files"

    def _become_sample(self, start: Mapping[str, object], descriptors: list[int], parent: int) -> None:
        """In the child: keep four descriptors, apply the lockdown, serve the channel. Never returns."""
        is_locked_down = False
        try:
            channel, stdin, stdout = descriptors
            os.dup2(stdin, 0)
            os.dup2(stdout, 1)
            # The harness's own standard error must not be inherited: a program could write into the user's terminal.
            os.dup2(stdout if start["stderr"] else os.open("/dev/null", os.O_WRONLY), 2)
            os.dup2(channel, sample.CHANNEL)  # last: the number may be one of the others'
            os.chdir(self.work)
            if sys.platform == "linux":
                ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it died before the line above could take effect
                os._exit(1)
            self._lock_down(start)
            # Set last: an exception of any kind before this line, also KeyboardInterrupt, must not reach sample.serve
            # unlocked.
            is_locked_down = True
        except OSError as error:
            with contextlib.suppress(OSError):
                # "E" in the place of "R": the client raises SandboxError, so that a missing layer is never the
                # program's wrong answer.
                sample.write_frame("E", {"message": str(error)})
        finally:
            if not is_locked_down:
                os._exit(1)
        try:
            # os._exit below: returning would run on as a second fork server with the parent's control socket.
            sample.serve(self.handlers)
        finally:
            os._exit(0)

    def _lock_down(self, start: Mapping[str, object]) -> None:
        bounds = start["bounds"]
        assert isinstance(bounds, dict)
        limits = apply.HardLimits(**bounds)
        ruleset = None if self.ruleset is None else os.dup2(self.ruleset, sample.CHANNEL + 1)
        last = 1 << 20 if sys.platform == "linux" else os.sysconf("SC_OPEN_MAX")  # closed one by one elsewhere
        # Everything above the channel is closed, the control socket among it: a sample that held it could give orders
        # to the fork server or report in its name.
        os.closerange(sample.CHANNEL + (1 if ruleset is None else 2), last)
        if self.profile is not None:
            os.setsid()
            apply.set_bounds(limits)
            seatbelt.apply_seatbelt(self.profile)
        elif self.arch is None:
            apply.set_bounds(limits)
        else:
            apply.apply_lockdown(limits, ruleset, self.arch)
        if ruleset is not None:
            os.close(ruleset)


class IdleMeter:
    """Tells a sample that waits for something from one that a busy machine gives no CPU."""

    def __init__(self, cpu_s: float | None) -> None:
        self.idle_s = 0.0
        self._looks, self._cpu_s = 0, cpu_s

    def look(self, cpu_s: float | None) -> None:
        """Take note of the CPU seconds that the sample has used by now."""
        self._looks += 1
        # Over half a second, not per look: a runnable process on a busy machine gets no CPU for several looks in a row.
        if self._looks < _IDLE_WINDOW_LOOKS or cpu_s is None or self._cpu_s is None:
            return
        if cpu_s - self._cpu_s < _IDLE_CPU_S:
            self.idle_s += _IDLE_WINDOW_LOOKS * _LOOK_EVERY_MS / 1000
        self._looks, self._cpu_s = 0, cpu_s


def _channel(config: Mapping[str, object]) -> socket.socket:
    """The control channel: an inherited descriptor, or in a container a socket on which the client listens."""
    if "connect" not in config:
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


def _become_user(uid: object) -> None:
    """Change to an unused user for good, where root is told to."""
    if isinstance(uid, int):
        os.setgroups([])
        # Groups before the user: after setresuid the right to change them is gone (setgroups(2), credentials(7)). Real,
        # effective and saved id all change; a saved id of 0 would lead back to root.
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
                    # Links are never followed: one to / would make the scan count, and `empty` remove, what is not the
                    # sample's.
                    if entry.is_dir(follow_symlinks=False):
                        todo.append((entry.path, depth + 1))
                    else:
                        # Blocks of 512 bytes (stat(2)), not st_size: a sparse file claims terabytes and occupies
                        # nothing.
                        total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if seen > entries or total > size:
                        return True
        except OSError:
            continue  # it changes under the scan; the next one comes in 20 ms
    return False


def empty(folder: str) -> None:
    """Remove what a sample left, never following a link.

    Deep trees are flattened, not descended: a path of thousands of folders would end a recursion.
    """
    top = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Again until it is empty: _flatten moves folders up into `top` while they are removed.
        while names := os.listdir(top):  # noqa: PTH208 - by descriptor
            for name in names:
                if not stat.S_ISDIR(os.stat(name, dir_fd=top, follow_symlinks=False).st_mode):
                    os.unlink(name, dir_fd=top)
                    continue
                # A sample may leave a folder that even its owner cannot read, made so by os.mkdir's mode.
                os.chmod(name, 0o700, dir_fd=top)
                _flatten(top, name)
    finally:
        os.close(top)


def _flatten(top: int, name: str) -> None:
    """Remove one folder: its files are deleted, its folders moved up beside it under names nobody could take first."""
    # By descriptor and without links: between listing and opening a name could be swapped for a link to another place.
    inside = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=top)
    try:
        for child in os.listdir(inside):  # noqa: PTH208 - by descriptor
            if stat.S_ISDIR(os.stat(child, dir_fd=inside, follow_symlinks=False).st_mode):
                os.chmod(child, 0o700, dir_fd=inside)
                # A random name: a sample that knew it could leave a folder there that is not empty, and the move would
                # fail for ever.
                os.rename(child, f".moved-{os.urandom(16).hex()}", src_dir_fd=inside, dst_dir_fd=top)
            else:
                os.unlink(child, dir_fd=inside)
    finally:
        os.close(inside)
    os.rmdir(name, dir_fd=top)


def _handlers(config: Mapping[str, object]) -> dict[str, sample.Handler]:
    """Who takes which frames of an extension: functions, imported here by the names that it gave."""
    handlers: dict[str, sample.Handler] = {}
    places = config["handlers"]
    assert isinstance(places, dict)
    for frame, place in places.items():
        module, _, function = place.partition(":")
        handlers[frame] = getattr(importlib.import_module(module), function)
    return handlers


def main(text: str) -> None:
    """Start from the client's configuration (launch); errors before the ready message go to standard error."""
    config = json.loads(text)
    handlers = _handlers(config)
    for name in [name for name in sys.modules if name.partition(".")[0] == "harness"]:
        # Deleted after the handlers were imported: they keep their own references, `import harness` of a program finds
        # nothing.
        del sys.modules[name]  # the program has no business with these names
    if "readable" not in config:
        config["readable"], config["libraries"] = _image_places()
    # The first entry is the folder of the harness's own sandbox code, put there by _BOOT (backends/launch.py).
    sys.path[:] = [*sys.path[1:], *config["libraries"]]
    sys.argv[:] = ["solution.py"]
    # Python's own handler would raise KeyboardInterrupt in the middle of a clean-up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        server = ForkServer(config, handlers)
    except OSError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(1)
    dev_null = os.open("/dev/null", os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(dev_null, descriptor)
    server.serve()
