"""The state of a job as pages show it: a verdict, or `ungraded`, `error`, `open`; and the sign of each."""

from __future__ import annotations

from harness.report.run_data.records import JobRecord

SYMBOLS = {
    "correct": "✓",
    "wrong": "✗",
    "no_answer": "∅",
    "truncated": "✂",
    "refused": "⊘",
    "grader_error": "!",
    "ungraded": "…",
    "error": "⚠",
    "open": "○",
}
"""A sign beside each state's colour, so that neither is needed alone."""


def state_of(record: JobRecord) -> str:
    """A verdict, or `ungraded`, `error`, `open`."""
    if record.verdict is not None:
        return record.verdict.value
    return "ungraded" if record.is_answered else "error" if record.is_finished else "open"
