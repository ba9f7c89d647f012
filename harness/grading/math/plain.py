"""Grades the most common answer, a whole number that equals the target exactly and nothing else, in the event loop.

The grader `math` asks this first, and a run asks it before it hands an answer to a grading process: the round trip
costs more than the grade. It imports nothing of the grader's other parts, which take a quarter of a second.
"""

from __future__ import annotations

import re
import time

from harness.core.types import Grade, Sample, Verdict

VERSION = "3"
"""Of the grader `math`: bumped with every change that can change a verdict."""
_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,14})")
_DECIDING_TAGS = frozenset({"answers", "ordered", "integer", "unit", "unit_required", "tolerance"})


def plain_grade(sample: Sample, text: str) -> Grade | None:
    """The grade of a response that is a whole number and its target, as the grader gives it; None for any other."""
    started = time.perf_counter()
    if _WHOLE.fullmatch(text) is None or text != sample.target or not _DECIDING_TAGS.isdisjoint(sample.tags):
        return None
    return Grade(
        verdict=Verdict.CORRECT,
        answer=text,
        why=f"expected {text}; got {text}; same text",
        rule="last number; same text",
        grader="math",
        grader_version=VERSION,
        seconds=time.perf_counter() - started,
        spans=((0, len(text)),),
    )
