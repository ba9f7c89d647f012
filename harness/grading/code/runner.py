"""From a program and its tests to a ruling: the one place that compares what came out of the sandbox.

Calls: one process, one call after the other, answers compared here. Asserts: the candidate in one sandbox, the test
code in another, this module between them passing frames; the verdict must carry the token that only the tests' side
got. Stdin: one process a case, input and output by descriptor.

Covers: forged results (there is nothing to forge but the answers), which limit ended a program, the first failing test
in words. Does NOT cover: finding the program in a text (extract), choosing a wall (sandbox.walls), programs that answer
the asked inputs from memory. A test code's own time-out is an error of the grader, not of the program.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import assert_never

from harness.core.types import Verdict
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
from harness.grading.code.libraries import missing_library, modules_to_load
from harness.grading.code.plain_values import NotPlainData, encode_value, shown
from harness.grading.code.relay import TestRelay, TestSandboxEnded, result_from_verdict, wanted_names
from harness.grading.code.result import (
    CheckFailed,
    CodeTestResult,
    TestsBroken,
    call_text,
    ended_by_memory,
    exception_text,
    plain_or_non_plain,
)
from harness.grading.sandbox.backends.launch import SandboxBackend
from harness.grading.sandbox.libraries import UNITTESTED
from harness.grading.sandbox.sandbox import (
    ResourceLimits,
    ResourceUsage,
    SampleEnded,
    SampleRun,
    Sandbox,
    SandboxError,
    StdStreams,
    scratch,
)

_PRELOADED = ("numpy",)
_TESTS_CPU_FACTOR = 10.0
_UNITTESTS_CPU_FACTOR = 6.0
_UNITTESTS_MEMORY_BYTES = 4 << 30
_RELAYED_BYTES = 32 << 20
_RELAYED_BYTES_IN_ALL = 512 << 20


class CodeRunner:
    """Judges programs behind one wall; keeps a warm interpreter, and a second one once tests are code themselves."""

    def __init__(self, wall: SandboxBackend) -> None:
        self.wall = wall
        self._candidates = Sandbox(wall)
        self._testers = Sandbox(wall)
        self._stages = Sandbox(wall, for_unittests=True)
        self._unit_testers = Sandbox(wall, for_unittests=True)

    def judge(self, source: str, tests: CodeTests, limits: ResourceLimits) -> CodeTestResult:
        """The ruling on a program. A sandbox that fails is started again once; then it is a GRADER_ERROR."""
        try:
            return self._judge_once(source, tests, limits)
        except SandboxError:
            for sandbox in (self._candidates, self._testers, self._stages, self._unit_testers):
                sandbox.stop()
        try:
            return self._judge_once(source, tests, limits)
        except SandboxError as error:
            return CodeTestResult(
                verdict=Verdict.GRADER_ERROR, why=f"the sandbox failed twice: {error}", ended_by="sandbox"
            )

    def close(self) -> None:
        """End both interpreters and all they started."""
        for sandbox in (self._candidates, self._testers, self._stages, self._unit_testers):
            sandbox.close()

    def _judge_once(self, source: str, tests: CodeTests, limits: ResourceLimits) -> CodeTestResult:
        session = _SampleLog(_limits_for(tests, limits))
        program = program_text(source, tests)
        try:
            match tests:
                case CallTests():
                    self._calls(session, program, tests)
                case AssertTests():
                    self._asserts(session, program, tests)
                case UnitTests():
                    self._unittests(session, program, tests)
                case StdinTests():
                    for index, case in enumerate(tests.cases):
                        self._stdin(session, program, case, index)
                case _:
                    assert_never(tests)
        except CheckFailed as failed:
            library = missing_library(failed.raised, program) if failed.raised is not None else None
            if library is not None:
                why = f"the program needs {library}, which the sandbox does not offer"
                return CodeTestResult(verdict=Verdict.GRADER_ERROR, why=why, ended_by="library", cpu_s=session.cpu_s)
            why = f"{failed}{session.in_words()}"
            return CodeTestResult(verdict=Verdict.WRONG, why=why, ended_by=session.by or failed.by, cpu_s=session.cpu_s)
        except TestsBroken as failed:
            why = f"the tests went wrong: {failed}"
            return CodeTestResult(
                verdict=Verdict.GRADER_ERROR, why=why, ended_by=session.by or failed.by, cpu_s=session.cpu_s
            )
        return CodeTestResult(verdict=Verdict.CORRECT, why="all tests pass", cpu_s=session.cpu_s)

    def _calls(self, session: _SampleLog, program: str, tests: CallTests) -> None:
        with session.sample(self._candidates, _needed(program)) as run:
            _load(run, program, tests.entry_point)
            for case in tests.cases:
                _one_call(run, tests.entry_point, case)

    def _stdin(self, session: _SampleLog, program: str, case: StdinCase, index: int) -> None:
        stdin, stdout = scratch("stdin"), scratch("stdout")
        try:
            os.pwrite(stdin, case.stdin.encode(), 0)
            with session.sample(self._candidates, _needed(program), StdStreams(stdin=stdin, stdout=stdout)) as run:
                error = _main(run, program)
            if os.fstat(stdout).st_size > session.limits.answer_bytes:
                raise CheckFailed(
                    f"on input {index + 1} it printed more than {session.limits.answer_bytes} bytes", "output"
                )
            if error is not None:
                raise CheckFailed(
                    f"on input {index + 1} it {exception_text(error)}", ended_by_memory(error), raised=error
                )
            if not session.left_by_itself:
                raise CheckFailed(f"on input {index + 1} it did not end properly")
            printed = os.pread(stdout, session.limits.answer_bytes, 0)
        finally:
            os.close(stdin)
            os.close(stdout)
        text = printed.decode(errors="replace")
        if not same_output(text, case.stdout):
            raise CheckFailed(f"on input {shown(case.stdin)} it printed {shown(text)}; expected {shown(case.stdout)}")

    def _asserts(self, session: _SampleLog, program: str, tests: AssertTests) -> None:
        wanted = wanted_names(tests.setup, tests.tests)
        tester_limits = replace(session.limits, cpu_s=session.limits.cpu_s * _TESTS_CPU_FACTOR)
        token = secrets.token_hex(16)
        with (
            session.sample(self._candidates, _needed(program)) as run,
            self._testers.run(tester_limits, preload=_needed(tests.setup + tests.tests + program)) as tester,
        ):
            defined = _load(run, program, tests.entry_point)
            body = {
                "token": token,
                "functions": [tests.entry_point],
                "stubs": [name for name in defined if name in wanted and name != tests.entry_point],
                "setup": tests.setup,
                "tests": tests.tests,
            }
            _judge_apart(run, tester, "T", body)

    def _unittests(self, session: _SampleLog, program: str, tests: UnitTests) -> None:
        wanted = wanted_names(tests.setup, tests.tests)
        preload = modules_to_load(program, tests.setup, tests.tests)
        tester_limits = replace(session.limits, cpu_s=session.limits.cpu_s * 2.0)
        token = secrets.token_hex(16)
        with (
            session.sample(self._stages, preload) as run,
            self._unit_testers.run(tester_limits, preload=preload) as tester,
        ):
            defined = _load(run, program, tests.entry_point, frame="S")
            body = {
                "token": token,
                "entry_point": tests.entry_point,
                "names": [name for name in defined if name in wanted and name != tests.entry_point],
                "modules": list(preload),
                "offered": list(UNITTESTED),
                "setup": tests.setup,
                "tests": tests.tests,
            }
            _judge_apart(run, tester, "U", body)


class _SampleLog:
    """What is known of the samples of one ruling: how they ended and what they used."""

    def __init__(self, limits: ResourceLimits) -> None:
        self.limits = limits
        self.cpu_s = 0.0
        self.by: str | None = None
        self.left_by_itself = False

    @contextmanager
    def sample(
        self, sandbox: Sandbox, preload: Sequence[str], streams: StdStreams | None = None
    ) -> Iterator[SampleRun]:
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
        self.by = self.by or report.by
        self.left_by_itself = report.by is None or (report.by == "exit" and report.exit_code == 0)

    def in_words(self) -> str:
        """The end of a reason: what ended the program, if anything did."""
        limits = self.limits
        words = {
            "cpu": f"the limit of {limits.cpu_s:g} CPU seconds was used up",
            "wall": f"it let the judge wait {limits.deadline_s:g} seconds",
            "files": f"it left more than {limits.entries} files or {limits.work_bytes >> 20} MiB",
            "output": f"its answer is longer than {limits.answer_bytes >> 20} MiB",
            "garbled": "it wrote something else into the channel",
            "exit": "the program ended itself",
            "gone": "the program closed its channel",
        }
        if self.by is None:
            return ""
        return f": {words.get(self.by, f'the program died of {self.by}')}"


def _judge_apart(run: SampleRun, tester: SampleRun, frame: str, body: Mapping[str, object]) -> None:
    """Have tests run apart from the program; raises what their verdict means. `body`: their texts and the token."""
    relay = TestRelay(run, tester)
    try:
        verdict = relay.until_verdict(frame, body)
    except TestSandboxEnded as ended:
        raise TestsBroken(f"the test code gave no verdict ({ended})") from None
    if verdict.get("token") != body["token"]:
        raise TestsBroken("the verdict came without its token")
    result_from_verdict(verdict, {part: str(body[part]) for part in ("setup", "tests")}, relay)


def _limits_for(tests: CodeTests, limits: ResourceLimits) -> ResourceLimits:
    """Answers that are passed on undecoded may be longer: benchmarks ask for texts of some megabytes.

    Unit tests train models and draw charts with libraries whose code alone fills a gigabyte of address space.
    """
    if not isinstance(tests, AssertTests | UnitTests):
        return limits
    relayed = replace(
        limits,
        answer_bytes=max(limits.answer_bytes, _RELAYED_BYTES),
        channel_bytes=max(limits.channel_bytes, _RELAYED_BYTES_IN_ALL),
    )
    if isinstance(tests, AssertTests):
        return relayed
    cpu_s = limits.cpu_s * _UNITTESTS_CPU_FACTOR
    return replace(relayed, cpu_s=cpu_s, memory_bytes=max(limits.memory_bytes, _UNITTESTS_MEMORY_BYTES))


def _needed(text: str) -> tuple[str, ...]:
    return tuple(name for name in _PRELOADED if name in text)


def _load(run: SampleRun, program: str, entry_point: str, *, frame: str = "L") -> list[str]:
    """Load the program; the names it defines. Raises Failed where it does not load or lacks the entry point."""
    kind, body = run.ask(frame, {"source": program})
    if kind != "A":
        raise CheckFailed(f"the program does not load: it {exception_text(body)}", ended_by_memory(body), raised=body)
    names = body.get("names")
    defined = [str(name) for name in names] if isinstance(names, list) else []
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


def program_text(source: str, tests: CodeTests) -> str:
    """What is run: the program with the tests' prelude before it."""
    return f"{tests.prelude}\n{source}" if tests.prelude else source


def run_file_tests(
    source: str, tests: CodeTests, *, wall: SandboxBackend, limits: ResourceLimits | None = None
) -> CodeTestResult:
    """The ruling on one program, with an interpreter started for it alone."""
    judge = CodeRunner(wall)
    try:
        return judge.judge(source, tests, limits or ResourceLimits())
    finally:
        judge.close()
