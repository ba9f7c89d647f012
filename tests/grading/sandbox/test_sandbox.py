"""One sample at a time behind each backend: what it may do, what ends it, and that nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.sample_run import SandboxError
from harness.grading.sandbox.sandbox import Sandbox
from tests.grading.sandbox.calling import call_f
from tests.waiting import wait_until

_LIMITS = {
    "cpu": ResourceLimits(cpu_s=0.25, wall_s=240.0),
    "wall": ResourceLimits(wall_s=0.2),
}
_PATIENT = ResourceLimits(cpu_s=60.0, wall_s=240.0, entries=200)
"""For programs that another limit or an end of their own must reach first, however slow the machine is."""


@pytest.mark.parametrize(
    ("source", "by"),
    [
        ("def f():\n while True: pass", "cpu"),
        ("import time\ndef f(): time.sleep(60)", "wall"),
        ("import os\ndef f(): os._exit(0)", "exit"),
        ("import ctypes\ndef f(): ctypes.string_at(0)", "signal SIGSEGV"),
        ("def f(): return 'x' * (5 << 20)", "output"),
        ("import os\ndef f(): os.write(3, b'\\0\\0\\0\\2Ahi'); os._exit(0)", "garbled"),
        ("def f():\n for n in range(10**9): open(f'{n}', 'w').close()", "files"),
        ("def f():\n for n in range(9): open(f'{n}', 'wb').write(bytes(40 << 20))\n while True: pass", "files"),
        ("import os\ndef f():\n for n in range(10**9): os.mkdir('d'); os.chdir('d')", "files"),
    ],
)
def test_what_ended_a_sample_is_recorded(sandboxes: list[Sandbox], source: str, by: str) -> None:
    for sandbox in sandboxes:
        _, report = call_f(sandbox, source, _LIMITS.get(by, _PATIENT))
        if "40 << 20" in source and sandbox.backend.bwrap:
            assert report.by is None  # the private /tmp itself is full first: an OSError inside
            continue
        assert report.by == by, sandbox.backend.name


def test_a_memory_hog_is_told_so_and_others_live(sandboxes: list[Sandbox]) -> None:
    for sandbox in sandboxes:
        types, _ = call_f(sandbox, "def f(): return len(bytearray(3 << 30))", ResourceLimits())
        assert types == ["MemoryError", "Exception", "BaseException", "object"]
        assert call_f(sandbox, "def f(): return len(bytearray(200 << 20))", ResourceLimits())[0] == 200 << 20


def test_nothing_of_a_sample_is_seen_by_the_next(sandboxes: list[Sandbox]) -> None:
    leaves = """
import os, sys, collections
def f():
    collections.Counter = None
    os.environ["LEFT"] = "1"
    os.makedirs("a/b/c")
    os.mkdir("locked", 0)
    open("a/b/c/file", "w").close()
    os.symlink("/", "link")
    return 1
"""
    looks = (
        "import os, collections\ndef f(): return [os.listdir('.'), 'LEFT' in os.environ, collections.Counter is None]"
    )
    for sandbox in sandboxes:
        assert call_f(sandbox, leaves, ResourceLimits())[0] == 1
        assert call_f(sandbox, looks, ResourceLimits())[0] == [[], False, False]


def test_a_sample_sees_no_descriptor_key_or_process_of_ours(sandboxes: list[Sandbox], tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    leak = os.open(secret, os.O_RDONLY)
    os.set_inheritable(leak, True)
    looks = """
import os
def f(pid):
    held = []
    for number in range(256):
        try:
            os.fstat(number)
            held.append(number)
        except OSError:
            pass
    try:
        os.kill(pid, 0)
        sees = True
    except OSError:
        sees = False
    return [held, sorted(os.environ), sees]
"""
    names = "HOME LANG MPLBACKEND OMP_NUM_THREADS OPENBLAS_NUM_THREADS PATH PYTHONHASHSEED PYTHONUTF8 TMPDIR"
    try:
        for sandbox in sandboxes:
            answer, _ = call_f(sandbox, looks, ResourceLimits(), os.getpid())
            assert isinstance(answer, list)
            assert answer[0] == [0, 1, 2, 3]
            assert set(answer[1]) - {"PWD", "LC_CTYPE"} == set(names.split())
            assert answer[2] is False
    finally:
        os.close(leak)


def test_a_dead_interpreter_is_the_sandboxs_failure_and_a_new_one_follows(
    sandboxes: list[Sandbox],
) -> None:
    for sandbox in sandboxes:
        sandbox.start()
        started = sandbox._started
        assert started is not None
        started.process.kill()
        started.process.wait()
        while started.control.receive() is not None:  # what the killed process started is ended by the kernel, later
            pass
        with pytest.raises(SandboxError), sandbox.run(ResourceLimits()):
            pass
        assert call_f(sandbox, "def f(): return 1", ResourceLimits())[0] == 1


def test_a_backend_that_cannot_start_says_what_it_said(tmp_path: Path) -> None:
    refusing = tmp_path / "bwrap"
    refusing.write_text("#!/bin/sh\necho no permission to make namespaces >&2\nexit 1\n")
    refusing.chmod(0o755)
    sandbox = Sandbox(SandboxBackend(name="refusing", bwrap=str(refusing)))
    with pytest.raises(SandboxError, match="refusing: did not start: no permission to make namespaces"):
        sandbox.start()
    sandbox.close()


_SPINS = """
import sys
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.sandbox import Sandbox
from harness.grading.sandbox.backends.backend import known_backends
backend = next(backend for backend in known_backends() if backend.name == sys.argv[1])
with Sandbox(backend).run(ResourceLimits(cpu_s=3600)) as run:
    run.ask("L", {"source": "def f():\\n while True: pass"})
    run.send("D", {"do": "call", "name": "f", "args": [], "kwargs": {}})
    print("running", flush=True)
    run.receive()
"""


def _below(pid: int) -> list[int]:
    """Every descendant of a process."""
    parents: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents.setdefault(int(fields[1]), []).append(int(path.parent.name))
    found: list[int] = []
    todo = [pid]
    while todo:
        children = parents.get(todo.pop(), [])
        found += children
        todo += children
    return found


def test_killing_the_client_leaves_no_sample_running(backends: list[SandboxBackend], root: Path) -> None:
    for backend in backends:
        command = [sys.executable, "-c", _SPINS, backend.name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as client:
            assert client.stdout is not None
            assert client.stdout.readline() == b"running\n"
            started = _below(client.pid)
            client.send_signal(signal.SIGKILL)
            client.wait()
        assert len(started) >= 2  # the interpreter and its sample at least
        wait_until(partial(_are_gone, started), f"{backend.name}: the end of the fork server and its sample")


def _are_gone(pids: list[int]) -> bool:
    return not any(_is_alive(pid) for pid in pids)


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow(25)
def test_nothing_is_left_behind_after_four_thousand_samples(backends: list[SandboxBackend]) -> None:
    def traces() -> tuple[int, int, int, int]:
        mounts = len(Path("/proc/self/mounts").read_text().splitlines())
        segments = sum(len(path.read_text().splitlines()) for path in Path("/proc/sysvipc").iterdir())
        files = len(list(Path("/tmp").glob("harness-work-*")))
        return mounts, segments, files, len(list(Path("/proc/self/fd").iterdir()))

    before, children = traces(), set(_below(os.getpid()))
    sandbox = Sandbox(backends[0])
    for number in range(4_000):
        assert call_f(sandbox, "def f(n): return n + 1", ResourceLimits(), number)[0] == number + 1
    sandbox.close()
    # other tests that run beside this one have work folders too, which go when they end
    wait_until(lambda: all(now <= was for now, was in zip(traces(), before, strict=True)), "as few traces as before")
    assert set(_below(os.getpid())) <= children
