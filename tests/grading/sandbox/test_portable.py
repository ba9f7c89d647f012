"""The supervision that macOS needs, run here: no pidfd, no limit of address space, a stream as the control channel."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.grading.sandbox.backends.backend import SEATBELT, SandboxBackend, known_backends
from harness.grading.sandbox.limits import ResourceLimits, ResourceUsage
from harness.grading.sandbox.lockdown import seatbelt
from harness.grading.sandbox.sample_run import SampleEnded
from harness.grading.sandbox.sandbox import Sandbox
from harness.grading.sandbox.worker.control import ControlChannel
from tests.waiting import wait_until

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the inner layers of this test are Linux's")

PORTABLE = SandboxBackend(name="landlock+seccomp, held portably", is_portable=True)
QUICK = ResourceLimits(cpu_s=0.25, wall_s=240.0)
PATIENT = ResourceLimits(cpu_s=60.0, wall_s=240.0, memory_bytes=200 << 20, entries=200)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A warm interpreter that supervises with what every Unix has."""
    made = Sandbox(PORTABLE)
    yield made
    made.close()


def _run(sandbox: Sandbox, source: str, limits: ResourceLimits) -> tuple[object, ResourceUsage]:
    answer: object = None
    try:
        with sandbox.run(limits) as run:
            kind, body = run.ask("L", {"source": source})
            if kind == "A":
                kind, body = run.ask("D", {"do": "call", "name": "f", "args": [], "kwargs": {}})
            answer = body.get("value") if kind == "A" else body.get("types")
    except SampleEnded as ended:
        answer = ended.by
    assert run.report is not None
    return answer, run.report


@needs_linux
@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "by"),
    [
        ("def f():\n while True: pass", "cpu"),
        ("import time\ndef f(): time.sleep(60)", "wall"),
        ("import os\ndef f(): os._exit(3)", "exit"),
        ("import ctypes\ndef f(): ctypes.string_at(0)", "signal SIGSEGV"),
        ("import time\nheld = bytearray(300 << 20)\ndef f(): time.sleep(60)", "memory"),
        ("def f():\n for n in range(10**9): open(f'{n}', 'w').close()", "files"),
        ("def f(): return 7", None),
    ],
)
def test_what_ended_a_sample_is_told_without_a_pidfd(sandbox: Sandbox, source: str, by: str | None) -> None:
    answer, report = _run(sandbox, source, {"cpu": QUICK, "wall": ResourceLimits(wall_s=0.2)}.get(by or "", PATIENT))
    assert report.by == by
    assert (answer == 7) is (by is None)
    assert report.exit_code == (3 if by == "exit" else None)
    assert _run(sandbox, "def f(): return 8", PATIENT)[0] == 8  # the interpreter goes on


@needs_linux
def test_a_stopped_interpreter_leaves_no_process_and_no_folder(sandbox: Sandbox) -> None:
    sandbox.start()
    started = sandbox._started
    assert started is not None
    assert started.work is not None
    with sandbox.run(ResourceLimits()) as run:
        run.ask("L", {"source": "open('left', 'w').close()\ndef f():\n while True: pass"})
        run.send("D", {"do": "call", "name": "f", "args": [], "kwargs": {}})
        sample = int(Path(f"/proc/{started.process.pid}/task/{started.process.pid}/children").read_text())
    assert not Path(f"/proc/{sample}").exists()
    assert list(Path(started.work).iterdir()) == []
    sandbox.stop()
    assert started.process.returncode == 0
    assert not Path(started.work).exists()


@pytest.mark.slow
@needs_linux
def test_a_killed_client_takes_interpreter_and_sample_with_it(root: Path) -> None:
    script = (
        "from harness.grading.sandbox.limits import ResourceLimits\n"
        "from harness.grading.sandbox.sandbox import Sandbox\n"
        "from harness.grading.sandbox.backends.backend import SandboxBackend\n"
        "sandbox = Sandbox(SandboxBackend(name='portable', is_portable=True))\n"
        "with sandbox.run(ResourceLimits(cpu_s=3600)) as run:\n"
        "    run.ask('L', {'source': 'def f():\\n while True: pass'})\n"
        "    run.send('D', {'do': 'call', 'name': 'f', 'args': [], 'kwargs': {}})\n"
        "    print(sandbox._started.process.pid, sandbox._started.work, flush=True)\n"
        "    run.receive()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=root, text=True) as client:
        assert client.stdout is not None
        server, work = client.stdout.readline().split()
        sample = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        client.kill()
    assert len(sample) == 1
    wait_until(
        lambda: not any(Path(f"/proc/{one}").exists() for one in (server, *sample)),
        "the end of the fork server and its sample",
    )
    assert not Path(work).exists()


def test_messages_that_a_stream_joined_keep_their_own_descriptors() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    client, server = ControlChannel(ours), ControlChannel(theirs, takes_descriptors=True)
    with open(os.devnull) as one, open(os.devnull) as other:  # noqa: PTH123
        client.send({"stop": 1})
        client.send({"n": 2}, [one.fileno(), other.fileno()])
        client.send({"stop": 2})
    first, second, third = (server.receive() for _ in range(3))
    assert first == ({"stop": 1}, [])
    assert second is not None
    assert second[0] == {"n": 2}
    assert [os.fstat(number).st_rdev for number in second[1]] == [os.stat(os.devnull).st_rdev] * 2  # noqa: PTH116
    assert third == ({"stop": 2}, [])
    client.close()
    assert server.receive() is None
    server.close()
    for number in second[1]:
        os.close(number)


# seatbelt


def test_seatbelt_is_tried_on_macos_and_nowhere_else() -> None:
    assert (SEATBELT in known_backends()) is (sys.platform == "darwin")
    assert "unmeasured" in SEATBELT.name
    assert SEATBELT.is_portable
    assert SEATBELT.is_isolated


def test_the_profile_refuses_by_default_and_ends_with_what_nothing_may_allow() -> None:
    lines = seatbelt.profile(["/usr/lib", "/opt/python/lib"], "/private/tmp/work").splitlines()
    assert lines[:2] == ["(version 1)", "(deny default)"]
    assert lines[-2:] == ["(deny process-fork process-exec*)", "(deny network*)"]  # of two rules the last one holds
    for line in lines:
        assert line.count("(") == line.count(")")
    writable = [line for line in lines if line.startswith("(allow") and "file-write" in line]
    assert [line.partition("(subpath ")[2].rstrip(")") for line in writable] == ['"/private/tmp/work"', ""]
    assert writable[1] == '(allow file-write-data (literal "/dev/null") (literal "/dev/zero"))'
    assert not any("file-write*" in line or "mach" in line or "sysctl" in line for line in lines)
    assert '(allow file-read* file-map-executable (subpath "/usr/lib") (subpath "/opt/python/lib"))' in lines


@pytest.mark.skipif(sys.platform == "darwin", reason="there the rules would hold for the rest of the tests")
def test_without_apples_library_the_profile_is_refused_and_not_passed_over() -> None:
    with pytest.raises(OSError, match="libsandbox"):
        seatbelt.apply_seatbelt(seatbelt.profile(["/usr/lib"], "/work"))


def test_a_path_cannot_end_its_string_in_the_profile() -> None:
    text = seatbelt.profile(['/a") (allow default) ("\\'], "/work")
    assert '(subpath "/a\\") (allow default) (\\"\\\\")' in text
    with pytest.raises(OSError, match="cannot be named"):
        seatbelt.profile(["/a\n(allow default)"], "/work")
