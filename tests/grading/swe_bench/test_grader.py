"""Verdicts on composed instances of SWE-bench, and the whole run by a simulated agent."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import SandboxUnavailable
from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.swe_bench.grader import SweBenchGrader, make
from harness.tasks.load import load_task
from tests.tasks.swe_bench_folder import PATCH, write_data_folder

WRONG = PATCH.replace("return x / 2", "return x - 2")
DECEIVING = """\
--- a/test_halves.py
+++ b/test_halves.py
@@ -8,2 +8,2 @@
     def test_quarter(self):
-        self.assertEqual(halves.quarter(4), 1)
+        pass
"""
NEW_CONFTEST = "--- /dev/null\n+++ b/conftest.py\n@@ -0,0 +1 @@\n+raise SystemExit(0)\n"


def samples(folder: Path) -> tuple[Sample, ...]:
    return load_task("swe-bench-verified", cwd=Path("/"), data_dir=write_data_folder(folder)).samples


@pytest.fixture
def grader() -> SweBenchGrader:
    try:
        return make(GraderOptions())
    except SandboxUnavailable as error:
        pytest.skip(f"NEEDS bubblewrap: {error}")


@pytest.mark.slow
def test_all_named_tests_decide(tmp_path: Path, grader: SweBenchGrader) -> None:
    first, second = samples(tmp_path)
    assert grader.grade(first, PATCH, is_truncated=False).verdict is Verdict.CORRECT
    assert grader.grade(second, PATCH + NEW_CONFTEST, is_truncated=False).verdict is Verdict.CORRECT
    wrong = grader.grade(first, WRONG, is_truncated=False)
    assert wrong.verdict is Verdict.WRONG
    assert "1 of 1 tests of FAIL_TO_PASS do not pass" in wrong.why
    assert grader.grade(first, DECEIVING, is_truncated=False).verdict is Verdict.WRONG
    assert grader.grade(first, "", is_truncated=False).verdict is Verdict.NO_ANSWER


@pytest.mark.slow
def test_a_fault_of_the_environment_is_no_wrong_answer(tmp_path: Path, grader: SweBenchGrader) -> None:
    sample = samples(tmp_path)[0]
    target = {**json.loads(sample.target), "test_command": "python -m not_installed_here"}
    found = grader.grade(replace(sample, target=json.dumps(target)), PATCH, is_truncated=False)
    assert found.verdict is Verdict.GRADER_ERROR
    assert "the reference solution does not pass here either" in found.why
    shutil.rmtree(tmp_path / "repos")
    assert grader.grade(sample, PATCH, is_truncated=False).verdict is Verdict.GRADER_ERROR
