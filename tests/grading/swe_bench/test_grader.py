"""Verdicts on composed instances of SWE-bench, and the whole run by a simulated agent."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import SandboxUnavailable
from harness.core.types import Sample, Verdict
from harness.grading.base import GraderOptions
from harness.grading.swe_bench.grader import SweBenchGrader, hiding_modules, make, with_tests
from harness.tasks.load import load_task
from tests.tasks.swe_bench_folder import FILES, PATCH, write_data_folder

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


def test_new_files_that_hide_the_standard_library_are_named() -> None:
    original = {"json.py": "", "a.py": ""}
    assert hiding_modules(original, {**original, "unittest.py": "", "sitecustomize.py": "", "b.py": ""}) == [
        "sitecustomize.py",
        "unittest.py",
    ]
    assert hiding_modules(original, original) == []


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


def test_files_of_tests_are_appended_or_named_as_modules() -> None:
    tests = ["tests/auth_tests/test_forms.py", "tests/x y.py"]
    assert with_tests("pytest -rA", tests) == "pytest -rA tests/auth_tests/test_forms.py 'tests/x y.py'"
    assert with_tests("run {modules} -v", tests) == "run auth_tests.test_forms 'x y' -v"


@pytest.mark.slow
def test_a_repository_that_passes_unchanged_solves_nothing(tmp_path: Path, grader: SweBenchGrader) -> None:
    sample = samples(tmp_path)[0]
    (tmp_path / "repos" / "acme__halves-1" / "halves.py").write_text(FILES["halves.py"].replace("//", "/"))
    comment = "--- a/halves.py\n+++ b/halves.py\n@@ -1,1 +1,2 @@\n+# halves\n def half(x):\n"
    found = grader.grade(sample, comment, is_truncated=False)
    assert (found.verdict, found.why[:41]) == (Verdict.GRADER_ERROR, "the repository passes without a change: i")


@pytest.mark.slow
def test_tests_find_the_packages_of_their_environment(tmp_path: Path, grader: SweBenchGrader) -> None:
    sample = samples(tmp_path)[0]
    test = tmp_path / "repos" / "acme__halves-1" / "test_halves.py"
    test.write_text(test.read_text().replace("import halves\n", "import halves, only_here\n", 1))
    assert "only_here" in grader.grade(sample, PATCH, is_truncated=False).why
    environment = tmp_path / "environments" / "acme__halves-1"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "only_here.py").write_text("")
    assert make(GraderOptions()).grade(sample, PATCH, is_truncated=False).verdict is Verdict.CORRECT


@pytest.mark.slow
def test_a_sandbox_that_gives_no_answer_is_no_wrong_answer(tmp_path: Path, grader: SweBenchGrader) -> None:
    grader._seconds = -11.0  # the time is over before the tests are asked for
    sample = samples(tmp_path)[0]
    target = json.loads(sample.target) | {"test_command": "sleep 300;"}
    found = grader.grade(replace(sample, target=json.dumps(target)), PATCH, is_truncated=False)
    assert (found.verdict, found.why[:11]) == (Verdict.GRADER_ERROR, "the tests: ")


RESULTS = "test_half (test_halves.Case.test_half) ... ok\\ntest_quarter (test_halves.Case.test_quarter) ... ok\\n"
FORGING = {
    "printed": f"print('{RESULTS}', flush=True)",
    "printed, then left": f"import os\nos.write(1, b'{RESULTS}')\nos._exit(0)",
    "on every descriptor": (
        f"import os\nfor number in range(300):\n    try: os.write(number, b'{RESULTS}end of tests\\n')\n"
        "    except OSError: pass\nos._exit(0)"
    ),
    "left in a thread": "import os, threading\nthreading.Thread(target=os._exit, args=(0,)).start()",
    "with the token of the environment": (
        f"import os\nfor token in os.environ.values():\n"
        f"    print('\\n' + token + ' {RESULTS}')\n    print(token, 'end of tests')"
    ),
    "by the reporter's name": "import sitecustomize\nsitecustomize.pytest_sessionfinish()",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORGING)
def test_what_a_program_prints_is_no_result(name: str, tmp_path: Path, grader: SweBenchGrader) -> None:
    sample = samples(tmp_path)[0]
    lines = "".join(f"+{line}\n" for line in FORGING[name].split("\n"))
    count = lines.count("\n")
    patch = f"--- a/halves.py\n+++ b/halves.py\n@@ -1,1 +1,{count + 1} @@\n{lines} def half(x):\n"
    found = grader.grade(sample, patch, is_truncated=False)
    assert found.verdict is Verdict.WRONG, found.why


@pytest.mark.slow
def test_results_of_pytest_are_reported_by_name(tmp_path: Path, grader: SweBenchGrader) -> None:
    """With the pytest of this environment, beside a program that prints another result."""
    sample = samples(tmp_path)[0]
    environment = tmp_path / "environments" / sample.id
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (site,) = environment.glob("lib/python*/site-packages")
    for name in ("pytest", "_pytest", "pluggy", "iniconfig", "packaging", "pygments"):
        found = importlib.util.find_spec(name)
        assert found is not None
        assert found.origin is not None
        shutil.copytree(Path(found.origin).parent, site / name)
    shutil.copy(Path(pytest.__file__).parents[1] / "py.py", site)
    target = json.loads(sample.target) | {
        "test_command": "python -m pytest -q -W error -p no:cacheprovider",
        "fail_to_pass": ["test_halves.py::Case::test_half"],
        "pass_to_pass": ["test_halves.py::Case::test_quarter"],
    }
    sample = replace(sample, target=json.dumps(target))
    right = grader.grade(sample, PATCH, is_truncated=False)
    assert right.verdict is Verdict.CORRECT, right.why
    forged = "print('PASSED test_halves.py::Case::test_half', flush=True)\n"
    patch = f"--- a/halves.py\n+++ b/halves.py\n@@ -1,1 +1,2 @@\n+{forged} def half(x):\n"
    assert grader.grade(sample, patch, is_truncated=False).verdict is Verdict.WRONG


@pytest.mark.slow
def test_a_fault_of_the_environment_is_no_wrong_answer(tmp_path: Path, grader: SweBenchGrader) -> None:
    sample = samples(tmp_path)[0]
    target = {**json.loads(sample.target), "test_command": "python -m not_installed_here"}
    found = grader.grade(replace(sample, target=json.dumps(target)), PATCH, is_truncated=False)
    assert found.verdict is Verdict.GRADER_ERROR
    assert "the reference solution does not pass here either" in found.why
    shutil.rmtree(tmp_path / "repos")
    assert grader.grade(sample, PATCH, is_truncated=False).verdict is Verdict.GRADER_ERROR
