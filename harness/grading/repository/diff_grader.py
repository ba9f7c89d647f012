"""What graders of unified diffs share: apply the diff, run tests, and blame the answer only where the reference passes.

A failure is wrong only where the reference solution passes the same tests here. Otherwise the tests or this machine are
at fault, and the answer is not graded.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping

from harness.core.errors import DataError, SandboxUnavailable
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.repository.patch import PatchError, apply_patch
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.commands.shell import command_backend

MAX_SHOWN = 600


class NotGraded(Exception):
    """The tests gave no result, for a reason that says nothing about the answer."""


class DiffGrader(ABC):
    """Grades diffs of repositories. `passed`: the reason of a correct one."""

    name: str
    version: str
    passed: str

    def __init__(self, backend: SandboxBackend) -> None:
        self._backend = backend
        self.sandbox_backend: str | None = backend.name
        self._reference_failures: dict[str, str | None] = {}

    @abstractmethod
    def original(self, sample: Sample) -> Mapping[str, str]:
        """The files that a diff is applied to. Raises DataError."""

    @abstractmethod
    def failure(self, sample: Sample, files: Mapping[str, str]) -> str | None:
        """Why the tests of changed files fail; None where they pass. Raises NotGraded, SandboxUnavailable."""

    def refusal(self, original: Mapping[str, str], changed: Mapping[str, str]) -> str | None:
        """Why changed files are not run at all; None where they are."""
        return None

    def doubt(self, sample: Sample, original: Mapping[str, str]) -> str | None:
        """Why tests that pass say nothing about the answer; None where they do. Raises as `failure` does."""
        return None

    def close(self) -> None:
        """End what runs between grades: nothing, if the grader starts nothing."""
        return

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade a diff."""
        started = time.perf_counter()
        verdict, why, rule = self._result(sample, text)
        return Grade(
            verdict=verdict,
            answer=text if rule != "no diff" else None,
            why=why,
            rule=rule,
            grader=self.name,
            grader_version=self.version,
            seconds=time.perf_counter() - started,
            sandbox_backend=self.sandbox_backend if rule == "tests" else None,
        )

    def _result(self, sample: Sample, text: str) -> tuple[Verdict, str, str]:
        if "--- " not in text and "diff --git " not in text:
            return Verdict.NO_ANSWER, "the text holds no unified diff", "no diff"
        try:
            original = self.original(sample)
        except DataError as error:
            return Verdict.GRADER_ERROR, str(error), "target"
        try:
            changed = apply_patch(original, text)
        except PatchError as error:
            return Verdict.WRONG, f"the diff does not fit the repository: {error}", "diff"
        if refusal := self.refusal(original, changed):
            return Verdict.WRONG, refusal, "diff"
        try:
            failed = self.failure(sample, changed)
            if failed is None and (doubt := self.doubt(sample, original)):
                return Verdict.GRADER_ERROR, doubt, "tests"
            if failed is None:
                return Verdict.CORRECT, self.passed, "tests"
            reference = self._reference_failure(sample, original)
        except (NotGraded, SandboxUnavailable, PatchError) as error:
            return Verdict.GRADER_ERROR, str(error), "tests"
        if reference is not None:
            return Verdict.GRADER_ERROR, f"the reference solution does not pass here either: {reference}", "tests"
        return Verdict.WRONG, failed, "tests"

    def _reference_failure(self, sample: Sample, original: Mapping[str, str]) -> str | None:
        """Why the reference solution fails; computed once for each sample."""
        if sample.id not in self._reference_failures:
            files = apply_patch(original, sample.reference or "")
            self._reference_failures[sample.id] = self.failure(sample, files)
        return self._reference_failures[sample.id]


def shown_end(output: str) -> str:
    """The end of what tests printed."""
    text = output.strip()
    return text if len(text) <= MAX_SHOWN else f"[...] {text[-MAX_SHOWN:]}"


def chosen_backend(options: GraderOptions) -> SandboxBackend:
    """The backend of the options. Raises SandboxUnavailable where bubblewrap does not work or is not the run's own."""
    if options.unsafe_no_sandbox:
        raise SandboxUnavailable("an agent's commands are never run without a sandbox: leave out --unsafe-no-sandbox")
    backend = command_backend(options.sandbox)
    if options.sandbox_backend not in (None, backend.name):
        raise SandboxUnavailable(
            f"the run was started with the sandbox backend {options.sandbox_backend!r}, and only {backend.name!r} is "
            "available here; resume it where the first is available, or start a new run"
        )
    return backend
