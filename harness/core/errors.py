"""The mistakes that stop a command, and the exit code each one ends with.

They are mistakes that a person must correct. Results that are not a success (a timeout, a refusal, a missing price) are
values in `harness.core.types`: they are counted, never raised.

    HarnessError              exit 2
      ConfigError             a file people write: what was found, where, what would be accepted
      UsageError              the command line
      DataError               a task's samples are missing or are not the pinned ones
      LocalError              a local resource: port, disk, process, missing package
        SandboxUnavailable    no sandbox backend works here
"""

from __future__ import annotations

EXIT_OK = 0
EXIT_CHECK_FAILED = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3


class HarnessError(Exception):
    """A mistake to report in one message, without a traceback."""

    exit_code: int = EXIT_USAGE


class ConfigError(HarnessError):
    """A file people write holds something that is not accepted."""


class UsageError(HarnessError):
    """The command line asks for something that does not exist or cannot be combined."""


class DataError(HarnessError):
    """A task's samples are missing, unreadable, or not the ones its content hash pins."""


class LocalError(HarnessError):
    """Something of this machine is in the way: a port, a disk, a process, a missing package."""


class SandboxUnavailable(LocalError):
    """No sandbox backend for model-written code works on this machine."""


def reason(error: Exception) -> str:
    """What went wrong in words: an OSError without its number and its path, which the message names anyway."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
