"""The grader `repository`: the repository with the diff passes its own tests and the hidden ones, apart from them.

The answer is a unified diff. Test files are the original's whatever the diff says; the hidden tests come in only here.
The program runs in a sandbox that holds no test: the tests run in another one (code/module_tests), compare there, and
as many must pass as the test files define. What the program prints, raises, patches or returns is an answer to them and
never a result.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from harness.core.errors import DataError
from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.code.libraries import imported_modules
from harness.grading.code.module_tests import ModuleTests
from harness.grading.code.runner import CodeRunner
from harness.grading.machine_speed import speed_factor
from harness.grading.repository.diff_grader import DiffGrader, NotGraded, chosen_backend
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.unittest_bridge.extension import LIBRARIES

VERSION = "3"
"""Bumped with every change that can change a verdict."""

LIMITS = ResourceLimits(cpu_s=2.0)
"""Before the factor of unit tests (code/sample_log). A program's tests of one kind take well under a second."""
_TEST_FOLDERS = frozenset({"tests", "test"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryTarget:
    """What a sample's target holds: the files by path, hidden ones apart, and the agent's test command."""

    files: Mapping[str, str]
    hidden: Mapping[str, str]
    test_command: Sequence[str]


def parse_target(target: str) -> RepositoryTarget:
    """Raises DataError for a target of another form."""
    try:
        value = json.loads(target)
        return RepositoryTarget(
            files={str(path): str(text) for path, text in value["files"].items()},
            hidden={str(path): str(text) for path, text in value["hidden"].items()},
            test_command=[str(word) for word in value["test_command"]],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"not a repository: {type(error).__name__}: {error}") from None


class RepositoryGrader(DiffGrader):
    """Runs the tests of changed repositories. Owns two fork servers: for programs, and for their tests."""

    name = "repository"
    version = VERSION
    passed = "the visible and the hidden tests pass"

    def __init__(self, backend: SandboxBackend) -> None:
        super().__init__(backend)
        self._runner = CodeRunner(backend)
        self._limits = LIMITS.scaled(speed_factor())

    def close(self) -> None:
        """End the fork servers and all they started."""
        self._runner.close()

    def original(self, sample: Sample) -> Mapping[str, str]:
        """The files that the agent began with."""
        return parse_target(sample.target).files

    def failure(self, sample: Sample, files: Mapping[str, str]) -> str | None:
        """The first failure of the visible tests, then of the hidden ones. Raises NotGraded."""
        target = parse_target(sample.target)
        for name, tests in (("visible", tests_of(target.files)), ("hidden", target.hidden)):
            run = module_tests(target, files, tests)
            if not run.modules:
                continue
            result = self._runner.run_modules(run, self._limits)
            # With endless answers of a program its tests come to no end: the reference shows whose fault that is.
            if result.verdict is Verdict.GRADER_ERROR and result.ended_by != "tests":
                raise NotGraded(f"the {name} tests: {result.why}")
            if result.verdict is not Verdict.CORRECT:
                return f"the {name} tests fail: {result.why}"
        return None


def module_tests(target: RepositoryTarget, changed: Mapping[str, str], tests: Mapping[str, str]) -> ModuleTests:
    """The run of some of the target's tests for changed files."""
    texts = {_module(path): text for path, text in {**tests_of(target.files), **target.hidden}.items() if _is_py(path)}
    packages = {name.rpartition(".")[0] for name in texts} - {""}
    program = program_files(target, changed)
    return ModuleTests(
        files=program,
        program=sorted(program_modules(target.files, program, texts)),
        texts={**dict.fromkeys(packages, ""), **texts},
        modules=[_module(path) for path in sorted(tests) if _is_py(path) and PurePosixPath(path).match("test*.py")],
        count=count_tests(tests),
    )


def program_files(target: RepositoryTarget, changed: Mapping[str, str]) -> dict[str, str]:
    """The changed files without tests. Other files beside the tests, such as input, are the original's.

    Left out too: a file that takes the place of a folder of tests.
    """
    tests = tests_of(target.files)
    folders = {str(folder) for path in (*tests, *target.hidden) for folder in PurePosixPath(path).parents}
    kept = {path: text for path, text in changed.items() if not _is_test(path) and path not in folders}
    return {**kept, **{path: text for path, text in tests.items() if not _is_py(path)}}


def program_modules(original: Mapping[str, str], changed: Mapping[str, str], texts: Mapping[str, str]) -> set[str]:
    """Top-level names that mean the program where a test imports them: the original's modules.

    A new module is one only where nothing else has its name: it must not take the place of what tests are made of.
    """
    asked = {name.partition(".")[0] for text in texts.values() for name in imported_modules(text)}
    new = (asked & _top_modules(changed)) - {*sys.stdlib_module_names, *LIBRARIES}
    return (_top_modules(original) | new) - _tops(texts)


def _top_modules(files: Iterable[str]) -> set[str]:
    return {_module(path).partition(".")[0] for path in files if _is_py(path) and not _is_test(path)}


def _tops(names: Iterable[str]) -> set[str]:
    return {name.partition(".")[0] for name in names}


def _module(path: str) -> str:
    return path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def _is_py(path: str) -> bool:
    return path.endswith(".py")


def tests_of(files: Mapping[str, str]) -> dict[str, str]:
    """The files that belong to tests: those below a folder `tests` or `test`, `test_*.py` and `conftest.py`."""
    return {path: text for path, text in files.items() if _is_test(path)}


def _is_test(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(_TEST_FOLDERS & set(parts[:-1])) or parts[-1].startswith("test_") or parts[-1] == "conftest.py"


def count_tests(files: Mapping[str, str]) -> int:
    """How many test methods and functions the files define."""
    count = 0
    for path, text in files.items():
        if _is_py(path):
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
