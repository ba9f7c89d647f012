"""The grader `math_verify`: the library math-verify, unmodified, accepts the answer: a second opinion.

It extracts and compares by its own rules, which are not ours: units are dropped, a list is a set, an interval may be
taken for a pair. It runs in a child process, because sympy may compute for ever and the library's own time limits are
elapsed seconds; here the kernel ends the child by CPU time, and the answer is ungraded.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import GraderOptions, graded
from harness.grading.visible_text import VisibleText

LIMIT_S = 10.0
"""CPU seconds for one answer; the library's own limits are 5 elapsed seconds for each of three steps."""
_PACKAGE_ROOT = Path(__file__).resolve().parents[3]


class MathVerifyGrader:
    """Grades by math-verify; owns one child process, started when first needed."""

    name: str = "math_verify"
    sandbox_backend: str | None = None

    def __init__(self, *, limit_s: float = LIMIT_S) -> None:
        self.limit_s = limit_s
        self.version: str = version("math-verify")
        self._child: subprocess.Popen[str] | None = None

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade a text. `is_truncated` changes nothing: the library does not know of it."""
        started = time.perf_counter()
        visible = VisibleText.of(text).text
        found = self._ask({"gold": sample.target, "text": visible, "limit_s": self.limit_s})
        verdict = Verdict(found["verdict"])
        grade = graded(
            self, verdict, found["answer"], why=str(found["why"]), rule=f"math-verify {self.version}", started=started
        )
        return replace(grade, ended_by=found["ended_by"])

    def _ask(self, request: dict[str, object]) -> dict[str, str | None]:
        child = self._running()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            child.stdin.write(json.dumps(request) + "\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if line:
            answer: dict[str, str | None] = json.loads(line)
            return answer
        ended_by = child.wait()
        self.close()
        is_limit = ended_by == -signal.SIGPROF
        why = (
            f"math-verify used up {self.limit_s:g} CPU seconds"
            if is_limit
            else f"math-verify's process ended ({ended_by})"
        )
        by = "cpu" if is_limit else "library"
        return {"verdict": Verdict.GRADER_ERROR.value, "answer": None, "why": why, "ended_by": by}

    def _running(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "harness.grading.math_verify.process"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_PACKAGE_ROOT,
                text=True,
            )
        return self._child

    def close(self) -> None:
        """End the child process."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()


def make(options: GraderOptions) -> MathVerifyGrader:
    """The grader; it runs no model-written code, so the options change nothing."""
    del options
    return MathVerifyGrader()
