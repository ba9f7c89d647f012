"""Test modules of a repository, run apart from its files: what is needed for it, and the run.

The files lie in one sandbox, where a test's import of the program is done; the modules of tests run in another, over
the bridge. The process with the program holds no test and no expected value that a test does not hand over.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.core.plurals import counted
from harness.grading.code.relay import run_tests_apart
from harness.grading.code.result import CheckFailed, TestsBroken, exception_text
from harness.grading.sandbox.sample_run import SampleRun
from harness.grading.unittest_bridge.extension import EXTENSION, FILES_FRAME, MODULES_FRAME


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleTests:
    """`files`: the program's, by path, without its tests; `program`: top-level names of its modules.

    `texts`: all modules of tests by dotted name; `modules`: those that are run; `count`: how many tests must pass.
    """

    files: Mapping[str, str]
    program: Sequence[str]
    texts: Mapping[str, str]
    modules: Sequence[str]
    count: int


def check_modules(run: SampleRun, tester: SampleRun, tests: ModuleTests) -> None:
    """Run the tests. Raises CheckFailed for the first that does not pass, TestsBroken where they cannot be run."""
    kind, body = run.ask(FILES_FRAME, {"files": dict(tests.files)})
    if kind != "A":
        raise TestsBroken(f"the files cannot be written: {exception_text(body)}")
    asked = {
        "token": secrets.token_hex(16),
        "program": list(tests.program),
        "texts": dict(tests.texts),
        "modules": list(tests.modules),
        "offered": list(EXTENSION.libraries),
    }
    verdict = run_tests_apart(run, tester, MODULES_FRAME, asked, {"tests": "", **tests.texts})
    ran = verdict.get("ran")
    # A test that is skipped because of what the program is must not be a way not to fail it.
    if not isinstance(ran, int) or ran < tests.count:
        raise CheckFailed(f"{ran} of {counted(tests.count, 'test')} were run to their end")
