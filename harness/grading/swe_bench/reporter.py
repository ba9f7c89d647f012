"""Reports the result of each test from within a run of pytest or unittest; put into the sandbox as `sitecustomize.py`.

Python imports it before any code of the repository. It takes the token out of the environment and writes lines that
begin with it, by a descriptor of its own, so that what the program prints is no result. pytest takes this module for a
plugin (PYTEST_PLUGINS), which it cannot rewrite: PYTEST_DONT_REWRITE. It runs in whatever Python the environment has,
hence only syntax of Python 3.6.
"""

import fcntl
import os
import sys
import unittest
from collections.abc import Callable
from typing import Any

TOKEN, END = "HARNESS_RESULTS", "end of tests"
Report = Callable[[str], None]


def _begin() -> None:
    token = os.environ.pop(TOKEN, "")
    if not token:
        return
    # Also for processes that tests start, the environment is as it would be without us.
    os.environ.pop("PYTHONPATH", None)
    sys.path[:] = [path for path in sys.path if path != os.path.dirname(__file__)]  # noqa: PTH120 - Python starts here
    descriptor = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 100)
    process = os.getpid()

    def report(line: str) -> None:
        # A line of its own, whatever was printed before; not from forks, which tests may make.
        if os.getpid() == process:
            os.write(descriptor, "\n{} {}\n".format(token, line.replace("\n", " ")).encode("utf-8", "replace"))

    _watch_pytest(report)
    _watch_unittest(report)


def _watch_pytest(report: Report) -> None:
    def logged(result: Any) -> None:
        expected = hasattr(result, "wasxfail")
        if result.failed:
            report("FAILED " + result.nodeid)
        elif result.skipped and expected:
            report("XFAIL " + result.nodeid)
        elif result.passed and result.when == "call" and not expected:
            report("PASSED " + result.nodeid)

    def configured() -> None:
        # Only pytest holds the plugin from now on.
        sys.modules.pop(__name__, None)
        os.environ.pop("PYTEST_PLUGINS", None)

    # pytest passes arguments by the names of its hooks' own.
    globals()["pytest_runtest_logreport"] = lambda report: logged(report)
    globals()["pytest_configure"] = configured
    globals()["pytest_sessionfinish"] = lambda: report(END)


def _watch_unittest(report: Report) -> None:
    kind = unittest.TextTestResult

    def watch(name: str, status: str) -> None:
        original = getattr(kind, name)

        def added(self: Any, test: Any, *details: Any) -> Any:
            if name != "addSubTest" or details[1] is not None:  # of parts of a test, those that failed
                report("{} ... {}".format(self.getDescription(test).split("\n")[-1], status))
            return original(self, test, *details)

        setattr(kind, name, added)

    watch("addSuccess", "ok")
    watch("addExpectedFailure", "expected failure")
    watch("addFailure", "FAIL")
    watch("addError", "ERROR")
    watch("addSubTest", "FAIL")
    ended = kind.stopTestRun

    def stopped(self: Any) -> Any:
        report(END)
        return ended(self)

    kind.stopTestRun = stopped  # type: ignore[method-assign]


_begin()
