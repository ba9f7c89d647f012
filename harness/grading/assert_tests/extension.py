"""What the fork server of assert-style tests gets: the handler that runs them, and this package.

The one module of this package that runs outside the sandbox. The frame name T is free in `worker/sample.py`.
"""

from __future__ import annotations

from harness.grading.sandbox.extension import WorkerExtension

TESTS_FRAME = "T"
EXTENSION = WorkerExtension(
    handlers={TESTS_FRAME: "harness.grading.assert_tests.tests_side:run"}, packages=("harness.grading.assert_tests",)
)
