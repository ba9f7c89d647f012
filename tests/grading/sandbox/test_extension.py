"""A package that the sandbox does not know adds frames to a fork server, by its name and only where asked for."""

from __future__ import annotations

import pytest

from harness.grading.assert_tests import extension as assert_tests
from harness.grading.sandbox.backends.backend import SandboxBackend
from harness.grading.sandbox.extension import NO_EXTENSION, WorkerExtension
from harness.grading.sandbox.limits import ResourceLimits
from harness.grading.sandbox.sample_run import SampleEnded, SandboxError
from harness.grading.sandbox.sandbox import Sandbox

_TESTS = {"token": "t", "functions": [], "stubs": [], "setup": "", "tests": "assert 1 + 1 == 2"}
_LOOKS = """
import os, sys
def f():
    found = []
    for folder in sys.path:
        for name in ("assert_tests", "unittest_bridge", "code", "math"):
            if os.path.exists(f"{folder}/harness/grading/{name}"):
                found.append(name)
    return found
"""


def test_the_handler_of_an_extension_answers_its_frame(backends: list[SandboxBackend]) -> None:
    for backend in backends:
        sandbox = Sandbox(backend, assert_tests.EXTENSION)
        with sandbox.run(ResourceLimits()) as run:
            kind, verdict = run.ask("T", _TESTS)
        sandbox.close()
        assert (kind, verdict["passed"], verdict["token"]) == ("V", True, "t")


def test_without_the_extension_nobody_answers_its_frame(backends: list[SandboxBackend]) -> None:
    sandbox = Sandbox(backends[0])
    with pytest.raises(SampleEnded), sandbox.run(ResourceLimits(cpu_s=1.0, wall_s=1.0)) as run:
        run.ask("T", _TESTS)
    sandbox.close()


def test_only_the_packages_that_were_named_are_mounted(backends: list[SandboxBackend]) -> None:
    hiding = next((backend for backend in backends if backend.hides_files), None)
    if hiding is None:
        pytest.skip("no backend here mounts anything")
    for extension, seen in ((NO_EXTENSION, []), (assert_tests.EXTENSION, ["assert_tests"])):
        sandbox = Sandbox(hiding, extension)
        with sandbox.run(ResourceLimits()) as run:
            run.ask("L", {"source": "import sys; sys.path.append('/harness-code')\n" + _LOOKS})
            _, body = run.ask("D", {"do": "call", "name": "f", "args": [], "kwargs": {}})
        sandbox.close()
        assert body["value"] == seen


def test_a_handler_that_is_not_there_is_named(backends: list[SandboxBackend]) -> None:
    extension = WorkerExtension(handlers={"Z": "harness.grading.sandbox.nowhere:run"})
    sandbox = Sandbox(backends[0], extension)
    with pytest.raises(SandboxError, match=r"No module named 'harness\.grading\.sandbox\.nowhere'"):
        sandbox.start()
    sandbox.close()
