"""What every grader is, and the one way from a completion to a Grade.

The name is the folder: grader `math` is `harness/grading/math/grader.py`, which has a function
`make(options: GraderOptions) -> Grader`. Not here: running many at once (run.grade).
"""

from __future__ import annotations

import importlib
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.core.types import Completion, FinishReason, Grade, Sample, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderOptions:
    """What holds for all graders of a run. `unsafe_no_sandbox`: run model-written code without a wall, stamped so.

    `wall`: the one the run was begun behind; a grader that finds only another refuses, so that no answer of a run is
    judged behind a lower one. None: the best that holds here. `sandbox`: the container a person asked for, as
    ENGINE:IMAGE; None: no container.
    """

    unsafe_no_sandbox: bool = False
    sandbox: str | None = None
    wall: str | None = None


class Grader(Protocol):
    """Rules on answers. One lives in each worker process and may keep child processes of its own.

    `wall` names the sandbox it runs model-written code behind; None where it runs none.
    """

    name: str
    version: str
    wall: str | None

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Rule on the text a model answered with.

        With `is_truncated` only an answer that was stated as final counts: the last number of a text that was cut off
        is not one. Never raises for what the text holds; what goes wrong inside is a GRADER_ERROR.
        """
        ...

    def close(self) -> None:
        """End every process the grader started."""
        ...


def grader_names() -> list[str]:
    """The graders that exist: the folders beside this file that hold a grader.py."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/grader.py"))


def make_grader(name: str, options: GraderOptions) -> Grader:
    """The grader of that name, ready to rule. Raises UsageError for an unknown name."""
    if name not in grader_names():
        raise UsageError(f"grader {name!r} is unknown; {closest_names(name, grader_names())}")
    module = importlib.import_module(f"harness.grading.{name}.grader")
    grader: Grader = module.make(options)
    return grader


def grade_completion(grader: Grader, sample: Sample, completion: Completion) -> Grade:
    """The Grade of a completion: refusals and truncation are decided here, the rest by the grader.

    A truncated text is CORRECT only if the answer stands in it all the same; otherwise it is TRUNCATED, not wrong.
    """
    started = time.perf_counter()
    if completion.finish_reason is FinishReason.REFUSED:
        return _ruled_here(grader, Verdict.REFUSED, f"the provider says {completion.native_finish_reason!r}", started)
    is_truncated = completion.finish_reason is FinishReason.LENGTH
    if not completion.text.strip():
        verdict = Verdict.TRUNCATED if is_truncated else Verdict.NO_ANSWER
        return _ruled_here(grader, verdict, "the answer text is empty", started)
    grade = grader.grade(sample, completion.text, is_truncated=is_truncated)
    if is_truncated and grade.verdict in (Verdict.WRONG, Verdict.NO_ANSWER):
        return replace(grade, verdict=Verdict.TRUNCATED, why=f"cut off at the output limit; {grade.why}")
    return grade


def _ruled_here(grader: Grader, verdict: Verdict, why: str, started: float) -> Grade:
    rule = "finish reason" if verdict is not Verdict.NO_ANSWER else "empty"
    return graded(grader, verdict, None, why=why, rule=rule, started=started)


def graded(grader: Grader, verdict: Verdict, answer: str | None, *, why: str, rule: str, started: float) -> Grade:
    """A grader's ruling on an answer that nothing was run for; `started` is when it began, by time.perf_counter."""
    return Grade(
        verdict=verdict,
        answer=answer,
        why=why,
        rule=rule,
        grader=grader.name,
        grader_version=grader.version,
        seconds=time.perf_counter() - started,
    )
