"""A program in a sandbox, called once. Not a test."""

from __future__ import annotations

from harness.grading.sandbox.limits import ResourceLimits, ResourceUsage
from harness.grading.sandbox.sample_run import SampleEnded
from harness.grading.sandbox.sandbox import Sandbox


def call_f(sandbox: Sandbox, source: str, limits: ResourceLimits, *args: object) -> tuple[object, ResourceUsage]:
    """Load a program, call its `f`; the answer (or how it ended) and the report."""
    answer: object = None
    try:
        with sandbox.run(limits) as run:
            kind, body = run.ask("L", {"source": source})
            if kind == "A":
                kind, body = run.ask("D", {"do": "call", "name": "f", "args": list(args), "kwargs": {}})
            answer = body.get("value") if kind == "A" else body.get("types")
    except SampleEnded as ended:
        answer = ended.by
    assert run.report is not None
    return answer, run.report
