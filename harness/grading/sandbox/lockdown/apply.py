"""Lockdown: what a sample's process gives up, for good, before a line of model-written code is compiled.

In this order: own session, rlimits, no_new_privs, every capability dropped, Landlock, seccomp. no_new_privs stands
before Landlock and seccomp because both demand it of an unprivileged process (landlock(7), seccomp(2)); capabilities
go before seccomp because the filter refuses capset(2). By ctypes, with the standard library only.

Together with `syscalls` it closes: files outside the given folders, sockets of every family, new processes and
programs, signals to and tracing of other processes, system-wide calls, memory, CPU and descriptors. Landlock does not
restrict stat(2) (landlock(7), Current limitations): which paths exist is hidden by a backend with namespaces only. The
sum of bytes over many files is watched by the fork server. Bugs of the kernel behind allowed calls stay.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import platform
import resource
import struct
import sys
from dataclasses import dataclass

from harness.grading.sandbox.lockdown import syscalls

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446  # one number on every architecture since Linux 5.1
_CAPSET = {"x86_64": 126, "aarch64": 91}  # capset(2): asm/unistd_64.h and asm-generic/unistd.h
_CAPABILITY_VERSION_3 = 0x20080522  # linux/capability.h
_PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 4, 22, 38  # linux/prctl.h
_SECCOMP_MODE_FILTER = 2  # linux/seccomp.h

# LANDLOCK_ACCESS_FS_* of linux/landlock.h
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_FILE, _MAKE_LINK = 1 << 4, 1 << 5, 1 << 7, 1 << 8, 1 << 12
# IOCTL_DEV (1 << 15) is in no set of rights: from ABI 5 on ioctl(2) on devices is refused.
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_WORK_RIGHTS = (
    _WRITE_FILE | _READ_FILE | _READ_DIR | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE | _MAKE_LINK
) | (_REFER | _TRUNCATE)
_FILE_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15}
"""How many file rights a kernel knows: REFER came with ABI 2, TRUNCATE with 3, IOCTL_DEV (the 16th) with 5; a ruleset
that names an unknown right is refused as a whole."""
MIN_LANDLOCK_ABI = 3
"""Linux 6.2. Where nothing else protects files it must know TRUNCATE: before, truncate(2) emptied files it hid."""
MIN_LANDLOCK_ABI_CONTAINED = 1
"""In a container the image cannot be written; engines leave a few places in /dev and /sys that everybody may."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


@dataclass(frozen=True, slots=True, kw_only=True)
class HardLimits:
    """The kernel's limits of one sample; the fork server ends it earlier, by finer clocks. `threads` None: no limit.

    `memory_bytes`: of address space; None: no limit, where the fork server watches the resident size instead.
    `cpu_slack_s`: whole seconds that the kernel waits longer than the fork server; 0 where the kernel alone counts.
    """

    cpu_s: float
    memory_bytes: int | None
    file_bytes: int
    descriptors: int
    threads: int | None
    cpu_slack_s: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class PathAccess:
    """What a sample may open: folders and files to read, one folder to write, devices.

    `listable`: folders of which the names may be read, for Python to find the readable ones below them.
    """

    readable: tuple[str, ...]
    listable: tuple[str, ...]
    work: str
    devices: tuple[str, ...] = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")


def _checked(result: int, what: str) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result


def landlock_abi() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    if sys.platform != "linux":
        return 0  # another system's call of that number could be anything
    # LANDLOCK_CREATE_RULESET_VERSION (landlock_create_ruleset(2)); -1 where the kernel has it not or has it switched
    # off.
    result = int(_libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1)))
    return max(result, 0)


def landlock_ruleset(places: PathAccess, abi: int) -> int:
    """A descriptor of the rules: everything refused but the given places, TCP, and signals to the outside."""
    handled = (1 << _FILE_RIGHTS_BY_ABI.get(abi, 16)) - 1
    # Files; from ABI 4 TCP bind and connect; from ABI 6 abstract sockets and signals to outside. Older kernels know
    # shorter structures and take no longer one.
    fields = [handled, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0][: 1 if abi < 4 else 2 if abi < 6 else 3]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _checked(
        _libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)),
        "landlock_create_ruleset",
    )
    # Reading without EXECUTE: a program in the system folders can be read and not started.
    for path in places.readable:
        _allow(ruleset, path, _READ_FILE | _READ_DIR)
    for path in places.listable:
        _allow(ruleset, path, _READ_DIR)
    for path in places.devices:
        _allow(ruleset, path, _READ_FILE | _WRITE_FILE)
    _allow(ruleset, places.work, _WORK_RIGHTS & handled)
    return ruleset


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - pathlib would be one more import inside the sandbox
            # Rights of a folder on a file are refused with EINVAL (landlock_add_rule(2)).
            rights &= _READ_FILE | _WRITE_FILE
        rule = struct.pack("=Qi", rights, place)
        _checked(_libc.syscall(_LANDLOCK_ADD, ruleset, 1, rule, ctypes.c_uint(0)), f"landlock_add_rule {path}")
    finally:
        os.close(place)


def cpu_arch() -> syscalls.CpuArch:
    """The processor's row in the tables. Raises OSError where there is none: without seccomp nothing is run."""
    name = platform.machine()
    if name not in syscalls.MACHINES:
        raise OSError(f"no system call table for {name}; there are tables for {', '.join(syscalls.MACHINES)}")
    return syscalls.MACHINES[name]


def set_bounds(bounds: HardLimits) -> None:
    """Limits by rlimit, soft and hard, so that they cannot be raised again (CPU: by a second)."""
    cpu_s = math.ceil(bounds.cpu_s) + bounds.cpu_slack_s
    wanted = {
        "RLIMIT_AS": bounds.memory_bytes,
        "RLIMIT_FSIZE": bounds.file_bytes,
        "RLIMIT_NOFILE": bounds.descriptors,
        # A core file would hold the address space of the fork server, from which the sample was forked.
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        # POSIX message queues are memory of the kernel, counted per user and not as address space (setrlimit(2)).
        "RLIMIT_MSGQUEUE": 0,
        "RLIMIT_NPROC": bounds.threads,
    }
    _limit(resource.RLIMIT_CPU, cpu_s, cpu_s + 1)  # soft: SIGXCPU, recorded as cpu; hard: SIGKILL (setrlimit(2))
    for name, value in wanted.items():
        if value is not None and hasattr(resource, name):  # macOS has not all of them
            _limit(getattr(resource, name), value, value)


def _limit(limit: int, soft: int, hard: int) -> None:
    # Raising a hard limit is refused to an ordinary user: what a shell or container engine has set lower stays.
    inherited = resource.getrlimit(limit)[1]
    if inherited != resource.RLIM_INFINITY:
        soft, hard = min(soft, inherited), min(hard, inherited)
    resource.setrlimit(limit, (soft, hard))


def drop_capabilities() -> None:
    """Give up every capability of this process; under no_new_privs nothing that it executes could regain one."""
    # Version 3 has two sets of three 32-bit words (capget(2)): 24 zero bytes drop all of them.
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _checked(_libc.syscall(_CAPSET[platform.machine()], header, bytes(24)), "capset")


def apply_lockdown(bounds: HardLimits, ruleset: int | None, machine: syscalls.CpuArch) -> None:
    """Apply every layer; there is no way back. Raises OSError if one is refused.

    `ruleset` is None only where the backend already hides the files (an old kernel inside bubblewrap).
    """
    with contextlib.suppress(PermissionError):  # already the leader of a session
        os.setsid()
    set_bounds(bounds)
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _checked(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")  # no ptrace attach by equals: ptrace(2)
    drop_capabilities()
    if ruleset is not None:
        _checked(_libc.syscall(_LANDLOCK_RESTRICT, ruleset, ctypes.c_uint(0)), "landlock_restrict_self")
    # Seccomp last: the calls before it (setsid, capset, landlock_restrict_self) are on no list of the filter.
    _set_filter(syscalls.program(machine, os.getpid()))


def apply_command_lockdown(bounds: HardLimits, machine: syscalls.CpuArch) -> None:
    """What shell commands give up behind bubblewrap, which hides the files; they inherit it. Raises OSError."""
    set_bounds(bounds)
    _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    _checked(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0), "dumpable")
    drop_capabilities()
    _set_filter(syscalls.command_program(machine))


def _set_filter(steps: bytes) -> None:
    # Bound to a name until the call is over: fprog holds its address only, which does not keep the buffer alive.
    code = ctypes.create_string_buffer(steps, len(steps))
    fprog = struct.pack("@HP", len(steps) // 8, ctypes.addressof(code))
    _checked(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, fprog, 0, 0), "seccomp")
