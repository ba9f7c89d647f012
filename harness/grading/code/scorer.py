"""`harness sandbox score FILE TESTS OUT TIMEOUT`: run one program's tests and write one JSON object with a verdict.

TESTS holds `{"entry": name, "cases": [{"args": [...], "expected": value}]}` with plain JSON values. OUT gets
`{"verdict": "pass" | "fail" | "timeout" | "error", "why", "ended_by", "wall", "cpu_s"}`: timeout for the CPU and time
limits, error where the sandbox itself failed. The limit is taken as given, not scaled by the machine's speed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from harness.core.errors import EXIT_OK, DataError, SandboxUnavailable, reason
from harness.core.types import Verdict
from harness.grading.code.case_specs import CallCase, CallTests
from harness.grading.code.result import CodeTestResult
from harness.grading.code.runner import run_file_tests
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.probes import choose_backend

EXIT_SANDBOX_FAILED = 3


def score_program(file: str, tests: str, out: str, timeout: str, *, sandbox: str | None = None) -> int:
    """Run TESTS on FILE within TIMEOUT CPU seconds, write the verdict to OUT; the exit code.

    `sandbox`: a container to use, as ENGINE:IMAGE; None: the strongest backend that works here.
    Raises DataError where FILE or TESTS cannot be read.
    """
    cases = _read_tests(Path(tests))
    try:
        source = Path(file).read_text(errors="surrogateescape")
        backend = choose_backend(sandbox).backend
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}") from error
    except SandboxUnavailable as error:
        _write(Path(out), {"verdict": "error", "why": str(error)})
        raise
    limit_s = float(timeout)
    limits = ResourceLimits(cpu_s=limit_s, wall_s=2.0 * limit_s + 1.0)
    result = run_file_tests(source, cases, backend=backend, limits=limits)
    body = {"verdict": verdict_word(result), "why": result.why, "ended_by": result.ended_by, "cpu_s": result.cpu_s}
    _write(Path(out), {**body, "wall": backend.name})
    return EXIT_SANDBOX_FAILED if body["verdict"] == "error" else EXIT_OK


def verdict_word(result: CodeTestResult) -> str:
    """The verdict as one of the scorer's four words."""
    if result.verdict is Verdict.CORRECT:
        return "pass"
    if result.ended_by in ("cpu", "idle", "wall"):
        return "timeout"
    return "error" if result.verdict is Verdict.GRADER_ERROR else "fail"


def _read_tests(path: Path) -> CallTests:
    try:
        body = json.loads(path.read_text())
        cases = tuple(CallCase(args=tuple(case["args"]), expected=case["expected"]) for case in body["cases"])
        return CallTests(entry_point=body["entry"], cases=cases)
    except (OSError, ValueError, KeyError, TypeError) as error:
        accepted = '{"entry": NAME, "cases": [{"args", "expected"}]}'
        raise DataError(f"{path}: {reason(error)}; accepted: {accepted}") from error


def _write(path: Path, body: Mapping[str, object]) -> None:
    path.write_text(json.dumps(body) + "\n")
