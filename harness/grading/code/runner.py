"""Run the tests of one program: the one place that compares what came out of the sandbox.

Calls: one process, one call after the other, answers compared here. Asserts and unit tests: the candidate in one
sandbox, the test code in another, this module between them passing frames; the verdict must carry the token that only
the tests' side got, so the only thing a candidate can forge is its answers. Stdin: one process per case, input and
output by descriptor.

Test code that breaks or hits its own limit is an error of the grader, never of the program.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import assert_never

from harness.core.plurals import counted
from harness.core.types import Verdict
from harness.grading.assert_tests import extension as assert_tests
from harness.grading.code.case_specs import (
    AssertTests,
    CallCase,
    CallTests,
    CodeTests,
    StdinCase,
    StdinTests,
    UnitTests,
)
from harness.grading.code.equality import matches, same_output
from harness.grading.code.libraries import check_libraries, missing_library, modules_to_load
from harness.grading.code.module_tests import ModuleTests, check_modules
from harness.grading.code.plain_values import NotPlainData, encode_value, shown
from harness.grading.code.relay import run_tests_apart, wanted_names
from harness.grading.code.result import (
    CheckFailed,
    CodeTestResult,
    TestsBroken,
    call_text,
    ended_by_memory,
    exception_text,
    plain_or_non_plain,
)
from harness.grading.code.sample_log import SampleLog, limits_for, unit_test_limits
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.limits import ResourceLimits, StdStreams
from harness.grading.sandbox.sample_run import SampleEnded, SampleRun, SandboxError
from harness.grading.sandbox.sandbox import Sandbox, scratch
from harness.grading.unittest_bridge.extension import EXTENSION, PROGRAM_FRAME, TESTS_FRAME

_PRELOADED = ("numpy",)
_TESTS_CPU_FACTOR = 10.0
_UNITTEST_SIDE_CPU_FACTOR = 2.0
"""Test code gets so many times the candidate's CPU seconds; unit tests, whose limit is six times higher, fewer."""


class CodeRunner:
    """Runs tests in one backend. Keeps a fork server for candidates and, once tests are code, one for the tests."""

    def __init__(self, backend: SandboxBackend) -> None:
        self.backend = backend
        self._candidates = Sandbox(backend)
        self._testers = Sandbox(backend, assert_tests.EXTENSION)
        self._unit_tests: tuple[Sandbox, Sandbox] | None = None

    def run(self, source: str, tests: CodeTests, limits: ResourceLimits) -> CodeTestResult:
        """The result of a program. A sandbox that fails is started again once; then it is a GRADER_ERROR."""
        program, limits = program_text(source, tests), limits_for(tests, limits)
        return self._result(lambda log: self._check(log, program, tests), limits, program, _passed(tests))

    def run_modules(self, tests: ModuleTests, limits: ResourceLimits) -> CodeTestResult:
        """The result of a repository's files, by the same rules."""
        return self._result(lambda log: self._modules(log, tests), unit_test_limits(limits), "", "every test passed")

    def _result(
        self, check: Callable[[SampleLog], None], limits: ResourceLimits, program: str, passed: str
    ) -> CodeTestResult:
        try:
            return _result_once(check, limits, program, passed)
        # Once more and not for ever: a fork server that was killed for memory comes back, a broken kernel does not.
        except SandboxError:
            for sandbox in self._sandboxes():
                sandbox.stop()
        try:
            return _result_once(check, limits, program, passed)
        except SandboxError as error:
            return CodeTestResult(
                verdict=Verdict.GRADER_ERROR, why=f"the sandbox failed twice: {error}", ended_by="sandbox"
            )

    def close(self) -> None:
        """End the fork servers and all they started."""
        for sandbox in self._sandboxes():
            sandbox.close()

    def _sandboxes(self) -> list[Sandbox]:
        return [self._candidates, self._testers, *(self._unit_tests or ())]

    def _check(self, log: SampleLog, program: str, tests: CodeTests) -> None:
        """Run the tests. Raises CheckFailed for the first that does not pass, TestsBroken where none can be run."""
        match tests:
            case CallTests():
                self._calls(log, program, tests)
            case AssertTests():
                self._asserts(log, program, tests)
            case UnitTests():
                self._unit_test_classes(log, program, tests)
            case StdinTests():
                for index, case in enumerate(tests.cases):
                    self._stdin(log, program, case, index)
            case _:
                assert_never(tests)

    def _calls(self, log: SampleLog, program: str, tests: CallTests) -> None:
        # One process for all calls, as the benchmarks do: a program may keep a cache between them.
        with log.sample(self._candidates, _needed(program)) as run:
            _load(run, program, tests.entry_point)
            for case in tests.cases:
                _one_call(run, tests.entry_point, case)

    def _stdin(self, log: SampleLog, program: str, case: StdinCase, index: int) -> None:
        stdin, stdout = scratch("stdin"), scratch("stdout")
        try:
            os.pwrite(stdin, case.stdin.encode(), 0)
            with log.sample(self._candidates, _needed(program), StdStreams(stdin=stdin, stdout=stdout)) as run:
                error = _main(run, program)
            # The size is asked before anything is read: the file may be as large as a sample's files may get.
            if os.fstat(stdout).st_size > log.limits.answer_bytes:
                raise CheckFailed(
                    f"on input {index + 1} it printed more than {log.limits.answer_bytes} bytes", "output"
                )
            if error is not None:
                raise CheckFailed(
                    f"on input {index + 1} it {exception_text(error)}", ended_by_memory(error), raised=error
                )
            if not log.exited_normally:
                raise CheckFailed(f"on input {index + 1} it did not end properly")
            # By position: the descriptor is shared with the program's process, which left its offset at the end
            # (dup(2)).
            printed = os.pread(stdout, log.limits.answer_bytes, 0)
        finally:
            os.close(stdin)
            os.close(stdout)
        # Bytes that are no UTF-8 are a wrong answer with a readable reason, not a failure of the grader.
        text = printed.decode(errors="replace")
        if not same_output(text, case.stdout, case.tolerance):
            raise CheckFailed(f"on input {shown(case.stdin)} it printed {shown(text)}; expected {shown(case.stdout)}")

    def _asserts(self, log: SampleLog, program: str, tests: AssertTests) -> None:
        wanted = wanted_names(tests.setup, tests.tests)
        tester_limits = replace(log.limits, cpu_s=log.limits.cpu_s * _TESTS_CPU_FACTOR)
        with (
            log.sample(self._candidates, _needed(program)) as run,
            self._testers.run(tester_limits, preload=_needed(tests.setup + tests.tests + program)) as tester,
        ):
            defined = _load(run, program, tests.entry_point)
            body = {
                "token": secrets.token_hex(16),
                "functions": [tests.entry_point],
                "stubs": [name for name in defined if name in wanted and name != tests.entry_point],
                "setup": tests.setup,
                "tests": tests.tests,
            }
            run_tests_apart(run, tester, assert_tests.TESTS_FRAME, body, _texts(tests))

    def _unit_test_classes(self, log: SampleLog, program: str, tests: UnitTests) -> None:
        """Unit tests, through the bridge. Raises TestsBroken where a library that they import is not installed."""
        if self.backend.container is None:  # an image brings its own libraries
            check_libraries(tests)
        programs, testers = self._bridged()
        wanted = wanted_names(tests.setup, tests.tests)
        preload = modules_to_load(program, tests.setup, tests.tests)
        with log.sample(programs, preload) as run, testers.run(_tests_limits(log), preload=preload) as tester:
            defined = _load(run, program, tests.entry_point, frame=PROGRAM_FRAME)
            body = {
                "token": secrets.token_hex(16),
                "entry_point": tests.entry_point,
                "names": [name for name in defined if name in wanted and name != tests.entry_point],
                "modules": list(preload),
                "offered": list(EXTENSION.libraries),
                "setup": tests.setup,
                "tests": tests.tests,
            }
            run_tests_apart(run, tester, TESTS_FRAME, body, _texts(tests))

    def _modules(self, log: SampleLog, tests: ModuleTests) -> None:
        programs, testers = self._bridged()
        with log.sample(programs, ()) as run, testers.run(_tests_limits(log)) as tester:
            check_modules(run, tester, tests)

    def _bridged(self) -> tuple[Sandbox, Sandbox]:
        """The sandboxes of programs and of unit tests."""
        if self._unit_tests is None:
            self._unit_tests = (Sandbox(self.backend, EXTENSION), Sandbox(self.backend, EXTENSION))
        return self._unit_tests


def _result_once(
    check: Callable[[SampleLog], None], limits: ResourceLimits, program: str, passed: str
) -> CodeTestResult:
    log = SampleLog(limits)
    try:
        check(log)
    except CheckFailed as failed:
        library = missing_library(failed.raised, program) if failed.raised is not None else None
        if library is not None:
            why = f"the program needs {library}, which the sandbox does not offer"
            return CodeTestResult(verdict=Verdict.GRADER_ERROR, why=why, ended_by="library", cpu_s=log.cpu_s)
        # Elapsed time depends on what else the machine does: the one limit that says nothing about the program.
        verdict = Verdict.GRADER_ERROR if log.by == "wall" else Verdict.WRONG
        why = f"{failed}{log.in_words()}"
        return CodeTestResult(verdict=verdict, why=why, ended_by=log.by or failed.by, cpu_s=log.cpu_s)
    except TestsBroken as failed:
        if log.by == "files":  # they crossed to the tests' folder before the program was ended, and ended the tests
            return CodeTestResult(
                verdict=Verdict.WRONG, why=f"it gave no answer{log.in_words()}", ended_by=log.by, cpu_s=log.cpu_s
            )
        why = f"the tests went wrong: {failed}"
        return CodeTestResult(verdict=Verdict.GRADER_ERROR, why=why, ended_by=log.by or failed.by, cpu_s=log.cpu_s)
    return CodeTestResult(verdict=Verdict.CORRECT, why=f"all tests pass: {passed}", cpu_s=log.cpu_s)


def _tests_limits(log: SampleLog) -> ResourceLimits:
    return replace(log.limits, cpu_s=log.limits.cpu_s * _UNITTEST_SIDE_CPU_FACTOR)


def _texts(tests: AssertTests | UnitTests) -> Mapping[str, str]:
    return {"setup": tests.setup, "tests": tests.tests}


def _needed(text: str) -> tuple[str, ...]:
    return tuple(name for name in _PRELOADED if name in text)


def _load(run: SampleRun, program: str, entry_point: str, *, frame: str = "L") -> list[str]:
    """Load the program; the names it defines. Raises CheckFailed where it does not load or lacks the entry point."""
    kind, body = run.ask(frame, {"source": program})
    if kind != "A":
        raise CheckFailed(f"the program does not load: it {exception_text(body)}", ended_by_memory(body), raised=body)
    names = body.get("names")
    defined = [str(name) for name in names] if isinstance(names, list) else []
    # `Solution.twoSum`: the program defines the class, the method is looked up when it is called.
    first = entry_point.partition(".")[0]
    if first not in defined:
        raise CheckFailed(f"the program does not define {first}")
    return defined


def _main(run: SampleRun, program: str) -> Mapping[str, object] | None:
    """Run as a main program; what it raised. None where it raised nothing or left by os._exit (see the report)."""
    try:
        kind, body = run.ask("M", {"source": program})
    except SampleEnded:
        return None
    return None if kind == "A" else body


def _one_call(run: SampleRun, entry_point: str, case: CallCase) -> None:
    kwargs = {name: encode_value(value) for name, value in case.kwargs.items()}
    args = [encode_value(value) for value in case.args]
    texts = [*map(shown, case.args), *(f"{name}={shown(value)}" for name, value in case.kwargs.items())]
    call = call_text(entry_point, texts)
    expected = f"; expected {shown(case.expected)}"
    try:
        kind, body = run.ask("D", {"do": "call", "name": entry_point, "args": args, "kwargs": kwargs})
    except SampleEnded:
        raise CheckFailed(f"{call} gave no answer") from None
    if kind != "A":
        raise CheckFailed(f"{call} {exception_text(body)}{expected}", ended_by_memory(body), raised=body)
    try:
        answer = plain_or_non_plain(body.get("value"), expected=case.expected)
    except NotPlainData:
        raise CheckFailed(f"{call} gave something that is no data{expected}", "garbled") from None
    if not matches(answer, case.expected, case.tolerance):
        raise CheckFailed(f"{call} returned {shown(answer)}{expected}")


def _passed(tests: CodeTests) -> str:
    """What was compared, and by which rule."""
    match tests:
        case CallTests(cases=cases):
            return f"{counted(len(cases), 'call')} returned what was expected, types included (docs/sandbox.md)"
        case StdinTests(cases=cases):
            near = ", numbers within the stated tolerance" if any(case.tolerance is not None for case in cases) else ""
            return f"{counted(len(cases), 'input')} gave what was expected, word by word and line by line{near}"
        case AssertTests():
            return "the test code raised nothing"
        case UnitTests():
            return "every test method passed"
        case _:
            assert_never(tests)


def program_text(source: str, tests: CodeTests) -> str:
    """What is run: the program with the tests' prelude before it."""
    return f"{tests.prelude}\n{source}" if tests.prelude else source


def run_file_tests(
    source: str, tests: CodeTests, *, backend: SandboxBackend, limits: ResourceLimits | None = None
) -> CodeTestResult:
    """The result of one program, with a fork server started for it alone."""
    runner = CodeRunner(backend)
    try:
        return runner.run(source, tests, limits or ResourceLimits())
    finally:
        runner.close()
