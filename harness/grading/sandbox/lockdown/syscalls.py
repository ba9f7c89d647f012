"""The system calls a sample may make: their numbers on x86-64 and aarch64, and the seccomp filter of them.

An allow-list: what is not listed answers EPERM. A call of another architecture (int 0x80) kills, because its numbers
mean other calls (seccomp(2)); numbers of the x32 ABI are in no list. Four groups: free calls; calls that are pretended
(mode and times of files: answered "done" and not done, since Landlock does not cover them and a refusal would break
shutil.copy); extended attributes, which files are said not to have, for the same reason; and calls allowed for some
arguments only. Numbers were read from the kernel headers of Linux 6.1; "-": the architecture has no such call. What a
free call may do with files is Landlock's part.
"""

from __future__ import annotations

import errno
import struct
from dataclasses import dataclass

_FREE = """
read:0:63 write:1:64 readv:19:65 writev:20:66 pread64:17:67 pwrite64:18:68 preadv:295:69 pwritev:296:70
preadv2:327:286 pwritev2:328:287 lseek:8:62 close:3:57 close_range:436:436 dup:32:23 dup2:33:- dup3:292:24 pipe:22:-
pipe2:293:59 open:2:- openat:257:56 creat:85:- stat:4:- lstat:6:- fstat:5:80 newfstatat:262:79 statx:332:291
statfs:137:43 fstatfs:138:44 access:21:- faccessat:269:48 faccessat2:439:439 readlink:89:- readlinkat:267:78
getdents:78:- getdents64:217:61 getcwd:79:17 chdir:80:49 fchdir:81:50 rename:82:- renameat:264:38 renameat2:316:276
mkdir:83:- mkdirat:258:34 rmdir:84:- unlink:87:- unlinkat:263:35 link:86:- linkat:265:37 symlink:88:-
symlinkat:266:36 truncate:76:45 ftruncate:77:46 fallocate:285:47 fsync:74:82 fdatasync:75:83 flock:73:32
fadvise64:221:223 readahead:187:213 copy_file_range:326:285 sendfile:40:71 umask:95:166
mmap:9:222 mprotect:10:226
munmap:11:215 mremap:25:216 madvise:28:233 mincore:27:232 msync:26:227 brk:12:214 membarrier:324:283 select:23:-
pselect6:270:72 poll:7:- ppoll:271:73 epoll_create:213:- epoll_create1:291:20 epoll_ctl:233:21 epoll_wait:232:-
epoll_pwait:281:22 epoll_pwait2:441:441 eventfd:284:- eventfd2:290:19 timerfd_create:283:85 timerfd_settime:286:86
timerfd_gettime:287:87 signalfd:282:- signalfd4:289:74 sendto:44:206 recvfrom:45:207 shutdown:48:210
getsockname:51:204 getpeername:52:205 getsockopt:55:209 rt_sigaction:13:134 rt_sigprocmask:14:135
rt_sigreturn:15:139 rt_sigpending:127:136 rt_sigtimedwait:128:137 rt_sigsuspend:130:133 sigaltstack:131:132
restart_syscall:219:128 pause:34:- alarm:37:- getitimer:36:102 setitimer:38:103 nanosleep:35:101
clock_nanosleep:230:115 clock_gettime:228:113 clock_getres:229:114 gettimeofday:96:169 time:201:- times:100:153
getrusage:98:165 sysinfo:99:179 uname:63:160 futex:202:98 set_robust_list:273:99 set_tid_address:218:96 rseq:334:293
sched_yield:24:124 sched_getparam:143:121 sched_getscheduler:145:120 sched_get_priority_max:146:125
sched_get_priority_min:147:126 sched_getaffinity:204:123 getcpu:309:168 getpid:39:172 gettid:186:178 getppid:110:173
getpgrp:111:- getpgid:121:155 getsid:124:156 getuid:102:174 geteuid:107:175 getgid:104:176 getegid:108:177
getresuid:118:148 getresgid:120:150 getgroups:115:158 getrlimit:97:163 getrandom:318:278 exit:60:93
exit_group:231:94 wait4:61:260 waitid:247:95
"""

_PRETENDED = """
chmod:90:- fchmod:91:52 fchmodat:268:53 fchmodat2:452:452 utime:132:- utimes:235:- futimesat:261:-
"""

_UNSUPPORTED = """
getxattr:191:8 lgetxattr:192:9 fgetxattr:193:10 listxattr:194:11 llistxattr:195:12 flistxattr:196:13
"""

_CONDITIONAL = """
clone:56:220 clone3:435:435 kill:62:129 tgkill:234:131 prlimit64:302:261 setrlimit:160:164 sched_setaffinity:203:122
socketpair:53:199 ioctl:16:29 fcntl:72:25 prctl:157:167 utimensat:280:88
"""


_REFUSED_TO_COMMANDS = """
ptrace:101:117 process_vm_readv:310:270 process_vm_writev:311:271 pidfd_getfd:438:438 mount:165:40 umount2:166:39
pivot_root:155:41 chroot:161:51 unshare:272:97 setns:308:268 open_tree:428:428 move_mount:429:429 fsopen:430:430
fsconfig:431:431 fsmount:432:432 fspick:433:433 mount_setattr:442:442 bpf:321:280 perf_event_open:298:241
userfaultfd:323:282 io_uring_setup:425:425 io_uring_enter:426:426 io_uring_register:427:427 add_key:248:217
request_key:249:218 keyctl:250:219 kexec_load:246:104 kexec_file_load:320:294 init_module:175:105 finit_module:313:273
delete_module:176:106 reboot:169:142 swapon:167:224 swapoff:168:225 syslog:103:116 name_to_handle_at:303:264
open_by_handle_at:304:265 acct:163:89 settimeofday:164:170 clock_settime:227:112 adjtimex:159:171
clock_adjtime:305:266 quotactl:179:60 quotactl_fd:443:443 iopl:172:- ioperm:173:- vhangup:153:58 lookup_dcookie:212:18
sethostname:170:161 setdomainname:171:162 memfd_create:319:279 memfd_secret:447:447 shmget:29:194 mq_open:240:180
semget:64:190 msgget:68:186 fanotify_init:300:262 fanotify_mark:301:263
"""
"""Calls that no shell, editor or test needs: other processes' memory, mounts, namespaces, keys, the kernel itself, and
memory that no limit of a process counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuArch:
    """A processor: its column in the tables and the kernel's audit number of it."""

    column: int
    audit_arch: int


# AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64 (linux/audit.h).
MACHINES = {"x86_64": CpuArch(column=1, audit_arch=0xC000003E), "aarch64": CpuArch(column=2, audit_arch=0xC00000B7)}

# CLONE_THREAD, and CLONE_NEW* together (linux/sched.h): a clone with the first and none of the others is a thread.
_THREAD = 0x00010000
_NEW_NAMESPACES = 0x7E020080
_UNIX, _STREAM, _KIND_MASK = 1, 1, 0xF
_TERMINAL_AND_BLOCKING = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS WINSZ NREAD NBIO NCLEX CLEX
_DUP_FLAGS_LOCKS_PIPE = (0, 1, 2, 3, 4, 5, 6, 7, 36, 37, 38, 1030, 1031, 1032)  # no owner, lease, notify or seal
# PR_SET_NAME and PR_GET_NAME (linux/prctl.h).
_THREAD_NAME = (15, 16)

# SECCOMP_RET_ALLOW, _KILL_PROCESS and _ERRNO (linux/seccomp.h).
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
# BPF_LD|W|ABS, BPF_ALU|AND|K, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_RET|K (linux/bpf_common.h).
_LOAD, _AND, _JUMP_IF_EQUAL, _JUMP_IF_GREATER_OR_EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
# Offsets in struct seccomp_data: int nr, __u32 arch, __u64 instruction_pointer, __u64 args[6].
_NUMBER_AT, _ARCH_AT, _ARGUMENTS_AT = 0, 4, 16


def numbers(table: str, machine: CpuArch) -> list[int]:
    """The call numbers a table holds for a machine."""
    columns = (entry.split(":") for entry in table.split())
    return [int(row[machine.column]) for row in columns if row[machine.column] != "-"]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _answer(code: int) -> bytes:
    return _step(_RETURN, _ERRNO | code)


def _argument_in(position: int, values: tuple[int, ...], *, mask: int = 0xFFFFFFFF) -> bytes:
    """Go on where the low half of an argument, masked, is one of the values; else answer EPERM."""
    # The low half comes first on a little-endian machine, which both architectures of the tables are. The kernel reads
    # these arguments as int and ignores the upper half as well.
    load = _step(_LOAD, _ARGUMENTS_AT + 8 * position) + _step(_AND, mask)
    tests = [_step(_JUMP_IF_EQUAL, value, len(values) - index, 0) for index, value in enumerate(values)]
    return load + b"".join(tests) + _answer(errno.EPERM)


def _conditions(pid: int) -> dict[str, bytes]:
    """What the arguments of each conditional call must fulfil, ending with the answer."""
    allow = _step(_RETURN, _ALLOW)
    oneself = _argument_in(0, (pid,)) + allow
    oneself_or_zero = _argument_in(0, (0, pid)) + allow
    stream_pair = _argument_in(0, (_UNIX,)) + _argument_in(1, (_STREAM,), mask=_KIND_MASK) + allow
    return {
        "clone": _argument_in(0, (_THREAD,), mask=_THREAD | _NEW_NAMESPACES) + allow,
        "clone3": _answer(
            errno.ENOSYS
        ),  # a filter cannot read its flags, which lie in memory; libc falls back to clone
        "kill": oneself,
        "tgkill": oneself,
        "prlimit64": oneself_or_zero,
        "setrlimit": allow,  # can lower only: raising a hard limit needs CAP_SYS_RESOURCE
        "sched_setaffinity": oneself_or_zero,
        "socketpair": stream_pair,  # a datagram socket could sendto(2) any address it finds
        "ioctl": _argument_in(1, _TERMINAL_AND_BLOCKING) + allow,
        "fcntl": _argument_in(1, _DUP_FLAGS_LOCKS_PIPE) + allow,
        "prctl": _argument_in(0, _THREAD_NAME) + allow,
        # Path.touch asks with null times whether the file exists: "done" would leave it unmade.
        "utimensat": _step(_LOAD, _ARGUMENTS_AT + 8 * 2)
        + _step(_JUMP_IF_EQUAL, 0, 1, 0)
        + _answer(0)
        + _answer(errno.EPERM),
    }


def program(machine: CpuArch, pid: int) -> bytes:
    """The filter, as an array of struct sock_filter, for the process `pid`."""
    # The architecture is tested before the number: on x86-64, int 0x80 with number 11 is execve, which here is munmap.
    steps = [_step(_LOAD, _ARCH_AT), _step(_JUMP_IF_EQUAL, machine.audit_arch, 1, 0), _step(_RETURN, _KILL)]
    steps.append(_step(_LOAD, _NUMBER_AT))
    conditions = _conditions(pid)
    for entry in _CONDITIONAL.split():
        name, *columns = entry.split(":")
        # A jump holds eight bits (struct sock_filter): a block is at most 255 steps, so each call tests for itself.
        block = conditions[name]
        steps += [_step(_JUMP_IF_EQUAL, int(columns[machine.column - 1]), 0, len(block) // 8), block]
    for number in numbers(_PRETENDED, machine):
        steps += [_step(_JUMP_IF_EQUAL, number, 0, 1), _answer(0)]
    for number in numbers(_UNSUPPORTED, machine):
        steps += [_step(_JUMP_IF_EQUAL, number, 0, 1), _answer(errno.ENOTSUP)]
    # The last instruction answers EPERM and does not kill: libraries try calls whose refusal they handle, and a program
    # that forks shall fail with PermissionError and a line number, not with a signal.
    for number in numbers(_FREE, machine):
        steps += [_step(_JUMP_IF_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    return b"".join([*steps, _answer(errno.EPERM)])


def command_program(machine: CpuArch) -> bytes:
    """The filter of shell commands: a deny-list, because a shell, its tools and tests start programs freely.

    Everything in `_REFUSED_TO_COMMANDS`, new namespaces and sockets other than Unix ones answer EPERM; files, processes
    and the network are the business of the namespaces around it.
    """
    columns = {"clone": (56, 220), "clone3": (435, 435), "socket": (41, 198)}
    allow = _step(_RETURN, _ALLOW)
    # The low half of the flags, masked, must be 0: no CLONE_NEW* bit.
    plain_clone = _argument_in(0, (0,), mask=_NEW_NAMESPACES) + allow
    blocks = {
        "clone": plain_clone,
        "clone3": _answer(errno.ENOSYS),  # its flags lie in memory; libc falls back to clone
        "socket": _argument_in(0, (_UNIX,)) + allow,
    }
    steps = [_step(_LOAD, _ARCH_AT), _step(_JUMP_IF_EQUAL, machine.audit_arch, 1, 0), _step(_RETURN, _KILL)]
    steps.append(_step(_LOAD, _NUMBER_AT))
    # The x32 ABI has the same architecture and other numbers, from here on (seccomp(2)): every list would miss them.
    steps += [_step(_JUMP_IF_GREATER_OR_EQUAL, 0x40000000, 0, 1), _answer(errno.EPERM)]
    for name, block in blocks.items():
        steps += [_step(_JUMP_IF_EQUAL, columns[name][machine.column - 1], 0, len(block) // 8), block]
    for number in numbers(_REFUSED_TO_COMMANDS, machine):
        steps += [_step(_JUMP_IF_EQUAL, number, 0, 1), _answer(errno.EPERM)]
    return b"".join([*steps, allow])
