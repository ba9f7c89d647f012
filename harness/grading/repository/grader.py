"""The grader `repository`: the repository with the diff passes its own tests and the hidden ones.

The answer is a unified diff. Files of the visible tests are those of the original whatever the diff says; the hidden
tests come in only here. Both test commands must succeed, report no failure, and as many tests as the test files define;
a skipped test does not count, nor one that fails as expected.

The tests run in one process with the code they test, unlike those of the grader `code`: a program written to deceive
unittest itself, or to print its report, could pass. Refused therefore: new files that hide a module of the standard
library, and a count of tests that is too low, which an early exit would leave.
"""

from __future__ import annotations

import ast
import json
import re
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.core.errors import DataError, SandboxUnavailable
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.repository.patch import PatchError, apply_patch
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.commands.shell import (
    CommandSandbox,
    CommandSandboxEnded,
    CommandSandboxSilent,
    command_backend,
)
from harness.grading.sandbox.machine_speed import speed_factor

VERSION = "2"
"""Bumped with every change that can change a verdict."""

TEST_SECONDS = 60.0
MAX_SHOWN = 600
_RAN = re.compile(r"^Ran (\d+) tests? in |(\d+) passed", re.MULTILINE)
_NOT_RUN = re.compile(r"^OK \(.*?(?:skipped|expected failures)=.*\)$", re.MULTILINE)
_COUNT_NOT_RUN = re.compile(r"(?:skipped|expected failures)=(\d+)")
_FAILED = re.compile(r"^FAILED \((?:failures|errors|unexpected successes|skipped|expected failures)=", re.MULTILINE)
_TEST_FOLDERS = frozenset({"tests", "test"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryTarget:
    """What a sample's target holds: the files by path, hidden ones apart, and the two test commands."""

    files: Mapping[str, str]
    hidden: Mapping[str, str]
    test_command: Sequence[str]
    hidden_test_command: Sequence[str]


def parse_target(target: str) -> RepositoryTarget:
    """Raises DataError for a target of another form."""
    try:
        value = json.loads(target)
        return RepositoryTarget(
            files={str(path): str(text) for path, text in value["files"].items()},
            hidden={str(path): str(text) for path, text in value["hidden"].items()},
            test_command=[str(word) for word in value["test_command"]],
            hidden_test_command=[str(word) for word in value["hidden_test_command"]],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"not a repository: {type(error).__name__}: {error}") from None


class RepositoryGrader:
    """Runs the tests of changed repositories, each in a sandbox of its own."""

    name = "repository"
    version = VERSION

    def __init__(self, backend: SandboxBackend) -> None:
        self._backend = backend
        self.sandbox_backend: str | None = backend.name
        self._seconds = TEST_SECONDS * speed_factor()

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

    def close(self) -> None:
        """Nothing runs between grades."""

    def _result(self, sample: Sample, text: str) -> tuple[Verdict, str, str]:
        try:
            target = parse_target(sample.target)
        except DataError as error:
            return Verdict.GRADER_ERROR, str(error), "target"
        if "--- " not in text and "diff --git " not in text:
            return Verdict.NO_ANSWER, "the text holds no unified diff", "no diff"
        try:
            files = restored(target, apply_patch(target.files, text))
        except PatchError as error:
            return Verdict.WRONG, f"the diff does not fit the repository: {error}", "diff"
        hiding = hiding_modules(target.files, files)
        if hiding:
            return Verdict.WRONG, f"{', '.join(hiding)} would hide modules of the standard library", "diff"
        try:
            failed = self._first_failure(target, files)
        except SandboxUnavailable as error:
            return Verdict.GRADER_ERROR, str(error), "tests"
        if failed is not None:
            return Verdict.WRONG, failed, "tests"
        return Verdict.CORRECT, "the visible and the hidden tests pass", "tests"

    def _first_failure(self, target: RepositoryTarget, files: Mapping[str, str]) -> str | None:
        """Why the tests fail; None where they pass."""
        commands = (
            ("visible", target.test_command, count_tests(tests_of(target.files))),
            ("hidden", target.hidden_test_command, count_tests(target.hidden)),
        )
        with CommandSandbox(self._backend) as shell:
            try:
                shell.write({path: text.encode() for path, text in {**files, **target.hidden}.items()})
            except (CommandSandboxEnded, ValueError) as error:  # nothing of the answer has run yet
                raise SandboxUnavailable(f"the files do not come into the sandbox: {error}") from error
            for name, command, wanted in commands:
                try:
                    done = shell.run(shlex.join(command), seconds=self._seconds)
                except CommandSandboxSilent as silent:  # a busy machine's failure is no wrong answer
                    raise SandboxUnavailable(f"the {name} tests: {silent}") from silent
                except CommandSandboxEnded as ended:
                    return f"the {name} tests ended the sandbox: {ended}"
                if done.timed_out:
                    return f"the {name} tests took more than {self._seconds:.0f} seconds"
                if done.returncode != 0 or _FAILED.search(done.output):
                    return f"the {name} tests fail: {_shown(done.output)}"
                ran = count_passed(done.output)
                if ran < wanted:
                    return f"the {name} tests ran {ran} of {wanted} tests: {_shown(done.output)}"
        return None


def count_passed(output: str) -> int:
    """How many tests an output of unittest or pytest says were run, without those skipped or expected to fail."""
    ran = sum(int(found[1] or found[2]) for found in _RAN.finditer(output))
    return ran - sum(int(count) for line in _NOT_RUN.findall(output) for count in _COUNT_NOT_RUN.findall(line))


def _shown(output: str) -> str:
    text = output.strip()
    return text if len(text) <= MAX_SHOWN else f"[...] {text[-MAX_SHOWN:]}"


def tests_of(files: Mapping[str, str]) -> dict[str, str]:
    """The files that belong to tests: those below a folder `tests` or `test`, `test_*.py` and `conftest.py`."""
    return {path: text for path, text in files.items() if _is_test(path)}


def _is_test(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(_TEST_FOLDERS & set(parts[:-1])) or parts[-1].startswith("test_") or parts[-1] == "conftest.py"


def restored(target: RepositoryTarget, changed: Mapping[str, str]) -> dict[str, str]:
    """The changed files with the original's tests, and no others: added tests must not decide.

    Left out too: a file that takes the place of a folder of tests, visible or hidden.
    """
    tests = tests_of(target.files)
    folders = {str(folder) for path in (*tests, *target.hidden) for folder in PurePosixPath(path).parents}
    kept = {path: text for path, text in changed.items() if not _is_test(path) and path not in folders}
    return {**kept, **tests}


def hiding_modules(original: Mapping[str, str], changed: Mapping[str, str]) -> list[str]:
    """New files and folders at the top named like a module of the standard library, or run at every start."""
    before = {PurePosixPath(path).parts[0] for path in original}
    names = {PurePosixPath(path).parts[0] for path in changed} - before
    taken = {*sys.stdlib_module_names, "sitecustomize", "usercustomize"}
    return sorted(name for name in names if name.removesuffix(".py") in taken)


def count_tests(files: Mapping[str, str]) -> int:
    """How many test methods and functions the files define."""
    count = 0
    for path, text in files.items():
        if path.endswith(".py"):
            nodes = ast.walk(ast.parse(text))
            functions = (node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
            count += sum(node.name.startswith("test") for node in functions)
    return count


def check_target(target: str) -> None:
    """Raises DataError for a target that is no repository."""
    parse_target(target)


def make(options: GraderOptions) -> RepositoryGrader:
    """A grader in bubblewrap. Raises SandboxUnavailable where that does not work, or is not what the run began with."""
    return RepositoryGrader(chosen_backend(options))


def chosen_backend(options: GraderOptions) -> SandboxBackend:
    """The backend of the options. Raises SandboxUnavailable as `make` does."""
    if options.unsafe_no_sandbox:
        raise SandboxUnavailable("an agent's commands are never run without a sandbox: leave out --unsafe-no-sandbox")
    backend = command_backend(options.sandbox)
    if options.sandbox_backend not in (None, backend.name):
        raise SandboxUnavailable(
            f"the run was started with the sandbox backend {options.sandbox_backend!r}, and only {backend.name!r} is "
            "available here; resume it where the first is available, or start a new run"
        )
    return backend
