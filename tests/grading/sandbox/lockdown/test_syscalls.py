"""The system call tables agree with the running kernel and the filter is well formed for each processor."""

from __future__ import annotations

import platform
import struct

import pytest

from harness.grading.sandbox.lockdown import syscalls
from tests.cases import all_cases

_RETURN = 0x06
_JUMP = 0x15


def _steps(program: bytes) -> list[tuple[int, int, int, int]]:
    return list(struct.iter_unpack("=HBBI", program))


@pytest.mark.parametrize("name", syscalls.MACHINES)
def test_no_jump_of_the_filter_leaves_it_and_every_path_ends_in_an_answer(name: str) -> None:
    steps = _steps(syscalls.program(syscalls.MACHINES[name], 4242))
    assert steps[-1][0] == _RETURN
    assert 100 < len(steps) < 4096  # the kernel's bound
    for at, (code, if_true, if_false, _) in enumerate(steps):
        if code == _JUMP:
            assert at + 1 + max(if_true, if_false) < len(steps)


def _answer(program: bytes, arch: int, number: int, args: tuple[int, ...] = ()) -> int:
    """Run the filter as the kernel would; what it answers."""
    data = struct.pack("=IIQ6Q", number, arch, 0, *args, *[0] * (6 - len(args)))
    steps, at, held = _steps(program), 0, 0
    while True:
        code, if_true, if_false, value = steps[at]
        at += 1
        if code == 0x20:
            (held,) = struct.unpack_from("=I", data, value)
        elif code == 0x54:
            held &= value
        elif code == _JUMP:
            at += if_true if held == value else if_false
        else:
            return value


_ALLOW, _KILL, _EPERM, _DONE, _ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x50000, 0x50026
_SELF = 4242


@all_cases(
    ("machine", "number", "args", "answer"),
    [
        ("x86_64", 0, (), _ALLOW),  # read
        ("x86_64", 41, (2, 1, 0), _EPERM),  # socket
        ("x86_64", 53, (1, 1, 0), _ALLOW),  # socketpair, local stream
        ("x86_64", 53, (1, 1 | 0o2000000, 0), _ALLOW),  # the same with SOCK_CLOEXEC
        ("x86_64", 53, (1, 2, 0), _EPERM),  # a datagram pair could send to an address
        ("x86_64", 56, (0x10000 | 0x100,), _ALLOW),  # clone of a thread
        ("x86_64", 56, (0x11,), _EPERM),  # clone of a process
        ("x86_64", 56, (0x10000 | 0x10000000,), _EPERM),  # a thread in a new user namespace
        ("x86_64", 435, (), _ENOSYS),  # clone3
        ("x86_64", 62, (_SELF, 9), _ALLOW),  # kill oneself
        ("x86_64", 62, (_SELF - 1, 9), _EPERM),
        ("x86_64", 62, (2**64 - 1, 9), _EPERM),  # kill(-1)
        ("x86_64", 90, (), _DONE),  # chmod is pretended
        ("x86_64", 280, (0, 0, 0x7F0000001000), _DONE),  # so are given times of a file
        ("x86_64", 280, (0, 0, 0), _EPERM),  # and the present time is refused, so that touching makes a file
        ("x86_64", 191, (), 0x5005F),  # getxattr: not supported
        ("x86_64", 59, (), _EPERM),  # execve
        ("x86_64", 57, (), _EPERM),  # fork
        ("x86_64", 0x40000000 | 0, (), _EPERM),  # read by its x32 number
        ("x86_64", 157, (38, 0), _EPERM),  # prctl(no_new_privs)
        ("x86_64", 72, (0, 8), _EPERM),  # fcntl(F_SETOWN)
        ("aarch64", 63, (), _ALLOW),  # read
        ("aarch64", 198, (), _EPERM),  # socket
        ("aarch64", 220, (0x11,), _EPERM),  # clone of a process
        ("aarch64", 221, (), _EPERM),  # execve
        ("aarch64", 129, (_SELF,), _ALLOW),  # kill oneself
    ],
)
def test_the_filter_answers_as_the_rule_says(machine: str, number: int, args: tuple[int, ...], answer: int) -> None:
    row = syscalls.MACHINES[machine]
    assert _answer(syscalls.program(row, _SELF), row.audit_arch, number, args) == answer


def test_a_call_of_another_architecture_kills() -> None:
    row = syscalls.MACHINES["x86_64"]
    assert _answer(syscalls.program(row, _SELF), 0x40000003, 3) == _KILL


def test_this_machine_has_a_table() -> None:
    assert platform.machine() in syscalls.MACHINES
