"""Commands in their sandbox: what they can do there, what is hidden from them, how they end."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.grading.sandbox.commands.shell import (
    CommandLimits,
    CommandSandbox,
    CommandSandboxEnded,
    CommandSandboxSilent,
    command_backend,
)

pytestmark = pytest.mark.slow
SOCKETS = b"""
import socket
for family, kind in ((socket.AF_INET, 1), (socket.AF_INET6, 1), (socket.AF_NETLINK, 3)):
    try:
        socket.socket(family, kind)
    except PermissionError:
        print("refused")
"""
CALLS = b"""
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
io_uring_setup, x32_getpid = 425, 0x40000000 + 39
print([libc.syscall(number, 0, 0, 0, 0) for number in (io_uring_setup, x32_getpid)])
"""


@pytest.fixture
def shell() -> Iterator[CommandSandbox]:
    with CommandSandbox(command_backend(), CommandLimits(resident_bytes=300 << 20)) as started:
        yield started


def test_files_are_written_changed_and_read_back(shell: CommandSandbox) -> None:
    shell.write({"a/b.py": b"print(6 * 7)\n", "raw": b"\xff"})
    done = shell.run("python a/b.py && echo more >> a/b.py && ln -s /etc/hostname link", seconds=20)
    assert (done.output, done.returncode, done.timed_out) == ("42\n", 0, False)
    assert shell.read() == {"a/b.py": b"print(6 * 7)\nmore\n", "raw": b"\xff"}  # a link is no file of the workspace


def test_this_machine_is_not_there(shell: CommandSandbox) -> None:
    done = shell.run("ls /home /work /etc/passwd /proc/self /sys; id -u; env | grep -c KEY; touch /usr/x", seconds=20)
    assert done.output.count("No such file") == 5
    assert "Read-only file system" in done.output
    shell.write({"net.py": SOCKETS})
    assert shell.run("python net.py", seconds=20).output == "refused\n" * 3


def test_namespaces_tracing_and_mounts_are_refused(shell: CommandSandbox) -> None:
    for command in ("unshare -U id", "unshare -n id", "mount -t tmpfs x /tmp", "chroot / id"):
        assert shell.run(command, seconds=20).returncode != 0
    shell.write({"calls.py": CALLS})
    assert shell.run("python calls.py", seconds=20).output == "[-1, -1]\n"


def test_a_command_that_takes_too_long_is_ended_and_leaves_nothing(shell: CommandSandbox) -> None:
    late = shell.run("sleep 300 & echo started; sleep 300", seconds=1)
    assert (late.timed_out, late.returncode, late.output) == (True, -9, "started\n")
    left = shell.run("(sleep 300; touch later) & disown; echo done", seconds=20)
    assert left.output == "done\n"
    assert shell.run("ls", seconds=20).output == ""


def test_long_output_keeps_its_start_and_its_end(shell: CommandSandbox) -> None:
    done = shell.run("echo first; yes | head -c 3000000; echo last", seconds=20)
    assert done.output.startswith("first\ny\n")
    assert done.output.endswith("y\nlast\n")
    assert len(done.output) < 70_000
    assert "bytes left out" in done.output


def test_what_ends_the_sandbox_is_said(shell: CommandSandbox) -> None:
    with pytest.raises(CommandSandboxEnded, match="a command ended it"):
        shell.run("kill -9 -1", seconds=20)
    with pytest.raises(CommandSandboxEnded, match="has ended"):
        shell.run("echo again", seconds=20)


def test_who_kept_the_sandbox_from_answering_is_told_apart(shell: CommandSandbox) -> None:
    for process in shell._processes():  # as `kill -STOP -1` does
        if b"commands.server" in Path(f"/proc/{process}/cmdline").read_bytes():
            os.kill(process, signal.SIGSTOP)
    with pytest.raises(CommandSandboxEnded, match="a command stopped it"):
        shell.run("true", seconds=-11.0)
    with CommandSandbox(command_backend()) as other, pytest.raises(CommandSandboxSilent, match="no answer in time"):
        other.run("sleep 300", seconds=-11.0)  # the time is over before it is asked


def test_memory_of_all_processes_together_is_bounded(shell: CommandSandbox) -> None:
    hog = "python -c 'x = bytearray(b\"1\") * (150 << 20); import time; time.sleep(60)'"
    with pytest.raises(CommandSandboxEnded, match="more than 300 MiB"):
        shell.run(f"{hog} & {hog} & {hog} & wait", seconds=60)


def test_a_flood_of_files_ends_the_command_and_can_be_removed(shell: CommandSandbox) -> None:
    made = shell.run(
        "mkdir many; cd many; python -c 'for i in range(300_000): open(str(i), chr(119)).close()'; echo all", seconds=60
    )
    assert made.returncode != 0
    assert "[ended: more than 28000 files]" in made.output
    assert shell.run("rm -rf many; ls", seconds=60).output == ""


def test_a_workspace_that_is_too_large_is_not_read_back() -> None:
    with CommandSandbox(command_backend(), CommandLimits(read_bytes=1000)) as shell:
        shell.run("head -c 2000 /dev/zero > big", seconds=20)
        with pytest.raises(ValueError, match="more than 1000 bytes"):
            shell.read()
