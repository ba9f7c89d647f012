"""The samples of one graded program: how they ended, what they used, and the end of a reason in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from harness.grading.code.case_specs import AssertTests, CodeTests, UnitTests
from harness.grading.code.result import CheckFailed
from harness.grading.sandbox.limits import ResourceLimits, ResourceUsage, StdStreams
from harness.grading.sandbox.sample_run import SampleEnded, SampleRun
from harness.grading.sandbox.sandbox import Sandbox

_UNIT_TESTS_CPU_FACTOR = 6.0
_UNIT_TESTS_MEMORY_BYTES = 4 << 30
_RELAYED_BYTES = 32 << 20
_RELAYED_BYTES_IN_ALL = 512 << 20


class SampleLog:
    """Runs samples under one set of limits and remembers their ends. `by`: the first limit or end that was seen."""

    def __init__(self, limits: ResourceLimits) -> None:
        self.limits = limits
        self.cpu_s = 0.0
        self.by: str | None = None
        self.exited_normally = False

    @contextmanager
    def sample(
        self, sandbox: Sandbox, preload: Sequence[str], streams: StdStreams | None = None
    ) -> Iterator[SampleRun]:
        """One sample. Raises CheckFailed where it gives no further answer."""
        run: SampleRun | None = None
        try:
            with sandbox.run(self.limits, streams=streams, preload=preload) as run:
                yield run
        except SampleEnded:
            raise CheckFailed("it gave no answer") from None
        finally:
            if run is not None and run.report is not None:
                self._note(run.report)

    def _note(self, report: ResourceUsage) -> None:
        self.cpu_s += report.cpu_s
        # The first end counts: with several inputs the samples behind it say nothing more.
        self.by = self.by or report.by
        self.exited_normally = report.by is None or (report.by == "exit" and report.exit_code == 0)

    def in_words(self) -> str:
        """The end of a reason: what ended the program, if anything did."""
        if self.by is None:
            return ""
        limits = self.limits
        words = {
            "cpu": f"the limit of {limits.cpu_s:g} CPU seconds was used up",
            "wall": f"its answers took more than {limits.deadline_s:g} seconds, though it used the CPU it was given",
            "idle": f"it waited, without using the CPU, until {limits.deadline_s:g} seconds were over",
            "files": f"it left more than {limits.entries} files or {limits.work_bytes >> 20} MiB",
            "output": f"its answer is longer than {limits.answer_bytes >> 20} MiB",
            "garbled": "it wrote something else into the channel",
            "exit": "the program ended itself",
            "gone": "the program closed its channel",
        }
        return f": {words.get(self.by, f'the program died of {self.by}')}"


def limits_for(tests: CodeTests, limits: ResourceLimits) -> ResourceLimits:
    """The limits that a kind of tests gets.

    Answers that are passed on undecoded may be longer: HumanEval+ and MBPP+ ask for texts of some megabytes. Unit tests
    train models and draw charts with libraries whose code alone fills a gigabyte of address space.
    """
    if isinstance(tests, UnitTests):
        return unit_test_limits(limits)
    return _relayed(limits) if isinstance(tests, AssertTests) else limits


def unit_test_limits(limits: ResourceLimits) -> ResourceLimits:
    """The limits of a program whose unit tests run apart from it."""
    cpu_s = limits.cpu_s * _UNIT_TESTS_CPU_FACTOR
    return replace(_relayed(limits), cpu_s=cpu_s, memory_bytes=max(limits.memory_bytes, _UNIT_TESTS_MEMORY_BYTES))


def _relayed(limits: ResourceLimits) -> ResourceLimits:
    return replace(
        limits,
        answer_bytes=max(limits.answer_bytes, _RELAYED_BYTES),
        channel_bytes=max(limits.channel_bytes, _RELAYED_BYTES_IN_ALL),
    )
