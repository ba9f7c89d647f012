"""Lockdown on macOS (seatbelt), applied by a sample's process to itself: everything refused but a few folders.

UNMEASURED: written from Apple's profile language as others document it, and never run. The probes decide on each
machine; where one gets through, or the profile is refused, there is no sandbox and no run.

The profile is not applied to the fork server by `sandbox-exec`: children inherit a profile, a second one cannot tighten
it, and the fork server must fork. So each sample calls `sandbox_init` after its fork and before the program's text is
compiled, where Linux applies Landlock and seccomp.

Limits of address space do not hold on macOS (the fork server watches the resident size) and CPU is held by RLIMIT_CPU
alone.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

PLACES = ("/usr/lib", "/usr/share/zoneinfo", "/System/Library", "/System/Cryptexes", "/private/etc/localtime")
_LIBRARY = "/usr/lib/libsandbox.1.dylib"
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
# Flags, owner and access lists stay refused: an immutable file could not be removed after the sample.
_WORK_RIGHTS = "file-write-create file-write-data file-write-mode file-write-times file-write-unlink"


def profile(readable: Sequence[str], work: str) -> str:
    """The rules, in Apple's profile language; of two that match the last one holds. Paths must be without links."""
    folders = " ".join(f"(subpath {_quoted(path)})" for path in readable)
    devices = " ".join(f"(literal {_quoted(path)})" for path in _DEVICES)
    lines = [
        "(version 1)",
        "(deny default)",
        f"(allow file-read* file-map-executable {folders})",
        f"(allow file-read* {_WORK_RIGHTS} (subpath {_quoted(work)}))",
        f"(allow file-read* {devices})",
        '(allow file-write-data (literal "/dev/null") (literal "/dev/zero"))',
        "(allow signal (target self))",
        "(deny process-fork process-exec*)",
        # Last, because of two matching rules the last one holds: no earlier one can open them.
        "(deny network*)",
    ]
    return "\n".join(lines)


def _quoted(path: str) -> str:
    """A path as a string of the profile. Raises OSError for one that could end the string."""
    if not path.isprintable():
        raise OSError(f"seatbelt: {path!r} cannot be named in a profile")
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'


def apply_seatbelt(rules: str) -> None:
    """Apply the rules; there is no way back. Raises OSError where they are refused."""
    library = ctypes.CDLL(_LIBRARY)
    message = ctypes.c_char_p()
    if library.sandbox_init(rules.encode(), ctypes.c_uint64(0), ctypes.byref(message)) != 0:
        raise OSError(f"sandbox_init: {(message.value or b'no reason given').decode(errors='replace')}")
