"""What one sample may use, what it used, and the descriptors it is given."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceLimits:
    """Limits of one sample; sizes in bytes. CPU seconds decide: they do not depend on what else the machine does.

    `wall_s`: seconds that the client waits for answers in all, a last resort against programs that wait for ever;
    None: six times the CPU seconds and 10 more. `entries`: files and folders left in the work folder.
    """

    cpu_s: float = 5.0
    wall_s: float | None = None
    memory_bytes: int = 1 << 30
    file_bytes: int = 48 << 20
    work_bytes: int = 64 << 20
    entries: int = 4096
    descriptors: int = 256
    threads: int = 256
    answer_bytes: int = 4 << 20
    channel_bytes: int = 64 << 20

    @property
    def deadline_s(self) -> float:
        """The seconds of waiting that are allowed."""
        return 6.0 * self.cpu_s + 10.0 if self.wall_s is None else self.wall_s

    def scaled(self, factor: float) -> ResourceLimits:
        """The same limits on a machine that needs `factor` times the CPU seconds."""
        wall_s = None if self.wall_s is None else self.wall_s * factor
        return replace(self, cpu_s=self.cpu_s * factor, wall_s=wall_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceUsage:
    """How a sample ended and what it used.

    `by`: None where it was stopped after its last answer; else cpu, idle (at the end of the waiting time it was found
    to have waited itself, mostly), wall (it was not: the machine may have been busy), memory, files, output, garbled,
    gone, exit, or signal with its name. `exit_code`: where it ended itself.
    """

    by: str | None
    cpu_s: float
    wall_s: float
    peak_bytes: int
    exit_code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StdStreams:
    """Descriptors for a sample's standard input and output; None: /dev/null. `joins_stderr`: errors go to stdout."""

    stdin: int | None = None
    stdout: int | None = None
    joins_stderr: bool = False
