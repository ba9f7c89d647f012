"""The grader `swe_bench`: the repository with the diff passes the tests that the sample names.

Solved are all of FAIL_TO_PASS and PASS_TO_PASS (Jimenez et al. 2024, section 2.1). Files of the test patch and every
conftest.py are the original's before the test patch is applied. A failure counts as wrong only where the reference
solution passes in the same environment, and a success as solved only where the unchanged repository fails; else the
repository or its environment is at fault, and the answer is not graded.
"""

from __future__ import annotations

import json
import re
import secrets
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from harness.core.errors import DataError
from harness.core.types import Sample
from harness.grading.base import GraderOptions
from harness.grading.machine_speed import speed_factor
from harness.grading.repository.diff_grader import DiffGrader, NotGraded, chosen_backend, shown_end
from harness.grading.repository.patch import apply_patch
from harness.grading.repository.workspace import workspace_of
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.commands.shell import CommandSandbox, CommandSandboxEnded, CommandSandboxSilent
from harness.grading.swe_bench import reporter
from harness.grading.swe_bench.outcomes import read_outcomes

VERSION = "2"
"""Bumped with every change that can change a verdict."""

TEST_SECONDS = 900.0
PASSES_UNCHANGED = "the repository passes without a change: it is not at base_commit"
_MODULES = "{modules}"
_REPORTER = "/tmp/report/sitecustomize.py"  # noqa: S108 - inside, beside the repository
RUNNER_OF_REPOSITORY = re.compile(r"\bbin/test\b")
"""Test commands whose program is the repository's own, as SymPy's: what it prints is all there is."""
_FILE = re.compile(r"^(?:---|\+\+\+) [ab]/(.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweBenchTarget:
    """What a sample's target holds: the test patch, the command, and the tests that must pass."""

    test_patch: str
    test_command: str
    fail_to_pass: Sequence[str]
    pass_to_pass: Sequence[str]


def parse_swe_bench_target(target: str) -> SweBenchTarget:
    """Raises DataError for a target of another form."""
    try:
        value = json.loads(target)
        found = SweBenchTarget(
            test_patch=str(value["test_patch"]),
            test_command=str(value["test_command"]),
            fail_to_pass=[str(name) for name in value["fail_to_pass"]],
            pass_to_pass=[str(name) for name in value["pass_to_pass"]],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"not an instance of SWE-bench: {type(error).__name__}: {error}") from None
    if not found.fail_to_pass:
        raise DataError("FAIL_TO_PASS names no test")
    return found


class SweBenchGrader(DiffGrader):
    """Runs the tests of changed repositories, each in a sandbox of its own."""

    name = "swe_bench"
    version = VERSION
    passed = "all tests of FAIL_TO_PASS and PASS_TO_PASS pass"

    def __init__(self, backend: SandboxBackend) -> None:
        super().__init__(backend)
        self._seconds = TEST_SECONDS * speed_factor()
        self._original_passes: dict[str, bool] = {}

    def original(self, sample: Sample) -> Mapping[str, str]:
        """The text files of the repository."""
        parse_swe_bench_target(sample.target)
        return workspace_of(sample).texts

    def refusal(self, original: Mapping[str, str], changed: Mapping[str, str]) -> str | None:
        """New files that would hide modules which the test program imports."""
        hiding = hiding_modules(original, changed)
        return f"{', '.join(hiding)} would hide modules of the standard library" if hiding else None

    def doubt(self, sample: Sample, original: Mapping[str, str]) -> str | None:
        """Whether the tests pass without a repair; computed once for each sample."""
        if sample.id not in self._original_passes:
            self._original_passes[sample.id] = self.failure(sample, original) is None
        return PASSES_UNCHANGED if self._original_passes[sample.id] else None

    def failure(self, sample: Sample, files: Mapping[str, str]) -> str | None:
        """Why the named tests fail. Raises NotGraded, and PatchError for a test patch that does not fit."""
        target, workspace = parse_swe_bench_target(sample.target), workspace_of(sample)
        original = workspace.texts
        files = apply_patch(with_original_tests(original, files, target.test_patch), target.test_patch)
        binary = {path: data for path, data in workspace.files.items() if path not in original}
        tests = [path for path in patched_files(target.test_patch) if path in files and path.endswith(".py")]
        token = secrets.token_hex(16)
        with CommandSandbox(self._backend, workspace.limits, environment=workspace.environment) as shell:
            try:
                shell.write({**binary, **{path: text.encode() for path, text in files.items()}})
                shell.write({_REPORTER: Path(reporter.__file__).read_bytes()})
            except (CommandSandboxEnded, ValueError) as error:  # nothing of the answer has run yet
                raise NotGraded(f"the files do not come into the sandbox: {error}") from error
            try:
                done = shell.run(f"{_settings(token)} {with_tests(target.test_command, tests)}", seconds=self._seconds)
            except CommandSandboxSilent as silent:  # a busy machine's failure is no wrong answer
                raise NotGraded(f"the tests: {silent}") from silent
            except CommandSandboxEnded as ended:
                return f"the tests ended the sandbox: {ended}"
        if done.timed_out:
            return f"the tests took more than {self._seconds:.0f} seconds"
        reported, printed = reported_and_printed(done.output, token)
        if RUNNER_OF_REPOSITORY.search(target.test_command):
            outcomes = read_outcomes(printed)
        elif reporter.END in reported:
            outcomes = read_outcomes("\n".join(reported))
        else:
            return f"the tests did not come to their end: {shown_end(printed)}"
        for kind, names in (("FAIL_TO_PASS", target.fail_to_pass), ("PASS_TO_PASS", target.pass_to_pass)):
            failed = [name for name in names if not outcomes.get(name, False)]
            if failed:
                shown = shown_end(printed)
                return f"{len(failed)} of {len(names)} tests of {kind} do not pass, first {failed[0]}: {shown}"
        return None


def _settings(token: str) -> str:
    """What makes Python load the reporter before anything else."""
    folder, name = _REPORTER.rsplit("/", 1)
    plugin = name.removesuffix(".py")
    return f"export {reporter.TOKEN}={token} PYTHONPATH={folder} PYTEST_PLUGINS={plugin};"


def reported_and_printed(output: str, token: str) -> tuple[list[str], str]:
    """The reporter's lines, and all others."""
    lines = output.splitlines()
    reported = [line.removeprefix(f"{token} ") for line in lines if line.startswith(f"{token} ")]
    return reported, "\n".join(line for line in lines if token not in line)


def with_tests(command: str, tests: Sequence[str]) -> str:
    """The command for these files: they take the place of `{modules}` by their dotted names without `tests/`, as
    Django's runner takes them (swebench/harness/test_spec/python.py, 2026-11); else they are appended."""
    modules = [path.removeprefix("tests/").removesuffix(".py").replace("/", ".") for path in tests]
    if _MODULES in command:
        return command.replace(_MODULES, shlex.join(modules))
    return f"{command} {shlex.join(tests)}"


def patched_files(patch: str) -> list[str]:
    """The paths that a diff names, in its order."""
    return list(dict.fromkeys(_FILE.findall(patch)))


def with_original_tests(original: Mapping[str, str], changed: Mapping[str, str], test_patch: str) -> dict[str, str]:
    """The changed files; those of the test patch and every conftest.py are the original's, or not there."""
    tests = set(patched_files(test_patch))
    own = {path for path in {*original, *changed} if path in tests or PurePosixPath(path).name == "conftest.py"}
    kept = {path: text for path, text in changed.items() if path not in own}
    return {**kept, **{path: original[path] for path in own if path in original}}


def hiding_modules(original: Mapping[str, str], changed: Mapping[str, str]) -> list[str]:
    """New files and folders at the top named like a module of the standard library, or run at every start."""
    before = {PurePosixPath(path).parts[0] for path in original}
    names = {PurePosixPath(path).parts[0] for path in changed} - before
    taken = {*sys.stdlib_module_names, "sitecustomize", "usercustomize"}
    return sorted(name for name in names if name.removesuffix(".py") in taken)


def check_target(target: str) -> None:
    """Raises DataError for a target that is no instance."""
    parse_swe_bench_target(target)


def make(options: GraderOptions) -> SweBenchGrader:
    """A grader in bubblewrap. Raises SandboxUnavailable where that does not work, or is not what the run began with."""
    return SweBenchGrader(chosen_backend(options))
