"""What every grader is, and the one way from a completion to a Grade.

The name is the folder: grader `math` is `harness/grading/math/grader.py`, which has a function
`make(options: GraderOptions) -> Grader`. Running many at once is in run/execution/grade_pool.py.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Protocol, runtime_checkable

from harness.core.errors import UsageError
from harness.core.labels import closest_names
from harness.core.types import Completion, FinishReason, Grade, Sample, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GraderOptions:
    """Options of all graders of a run. `unsafe_no_sandbox`: run model-written code without isolation, stamped so.

    `sandbox_backend`: the one with which the run was begun. A grader that finds only another one refuses, so that all
    answers of a run are graded in the same sandbox; None: the strongest that works here. `sandbox`: the container a
    person asked for, as ENGINE:IMAGE; None: no container.
    """

    unsafe_no_sandbox: bool = False
    sandbox: str | None = None
    sandbox_backend: str | None = None


class Grader(Protocol):
    """Grades answers. One lives in each worker process and may keep child processes of its own.

    `sandbox_backend`: the sandbox backend in which it runs model-written code; None where it runs none.
    """

    name: str
    version: str
    sandbox_backend: str | None

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade the text a model answered with.

        With `is_truncated` only an answer that was stated as final counts: the last number of a truncated text is not
        one. Never raises for what the text holds; what goes wrong inside is a GRADER_ERROR.
        """
        ...

    def close(self) -> None:
        """End every process the grader started."""
        ...


@runtime_checkable
class CompletionGrader(Grader, Protocol):
    """A grader that needs more of a completion than its text: the tool calls and the finish reason."""

    def grade_completion(self, sample: Sample, completion: Completion) -> Grade:
        """Grade a whole completion, truncated ones too. Never raises for what it holds."""
        ...


def grader_names() -> list[str]:
    """The graders that exist: the folders beside this file that hold a grader.py."""
    return sorted(path.parent.name for path in Path(__file__).parent.glob("*/grader.py"))


TAKES_ALL = frozenset({"contains", "exact", "math"})
"""Graders that take every target and start nothing. The process of a run need not import them: for math that takes a
tenth of a second before the first request."""


def target_check(name: str) -> Callable[[str], None] | None:
    """What raises DataError for a target that the grader could not use; None where every text is one."""
    if name in TAKES_ALL:
        return None
    return getattr(_module(name), "check_target", None)


def make_grader(name: str, options: GraderOptions) -> Grader:
    """The grader of that name, ready for use. Raises UsageError for an unknown name."""
    grader: Grader = _module(name).make(options)
    return grader


def _module(name: str) -> ModuleType:
    if name not in grader_names():
        raise UsageError(f"grader {name!r} is unknown; {closest_names(name, grader_names())}")
    return importlib.import_module(f"harness.grading.{name}.grader")


def quick_grade(name: str, sample: Sample, completion: Completion) -> Grade | None:
    """The grade, where the grader's module `plain` can tell at once; None where the whole grader has to run."""
    plain = _plain(name)
    if plain is None or completion.finish_reason in (FinishReason.REFUSED, FinishReason.LENGTH):
        return None
    return plain(sample, completion.text)


@cache
def _plain(name: str) -> Callable[[Sample, str], Grade | None] | None:
    module = f"harness.grading.{name}.plain"
    try:
        if find_spec(module) is None:
            return None
    except ModuleNotFoundError:  # no grader of that name: whoever makes it says so
        return None
    found: Callable[[Sample, str], Grade | None] = importlib.import_module(module).plain_grade
    return found


def grade_completion(grader: Grader, sample: Sample, completion: Completion) -> Grade:
    """The Grade of a completion: refusals and truncation are decided here, the rest by the grader.

    A truncated text is CORRECT only if the answer stands in it all the same; otherwise it is TRUNCATED, not wrong.
    """
    started = time.perf_counter()
    if completion.finish_reason is FinishReason.REFUSED:
        return _decided_here(grader, Verdict.REFUSED, f"the provider says {completion.native_finish_reason!r}", started)
    is_truncated = completion.finish_reason is FinishReason.LENGTH
    if isinstance(grader, CompletionGrader):
        grade = grader.grade_completion(sample, completion)
    elif not completion.text.strip():
        verdict = Verdict.TRUNCATED if is_truncated else Verdict.NO_ANSWER
        return _decided_here(grader, verdict, "the answer text is empty", started)
    else:
        grade = grader.grade(sample, completion.text, is_truncated=is_truncated)
    if is_truncated and grade.verdict in (Verdict.WRONG, Verdict.NO_ANSWER):
        return replace(grade, verdict=Verdict.TRUNCATED, why=f"truncated at the output limit; {grade.why}")
    return grade


def _decided_here(grader: Grader, verdict: Verdict, why: str, started: float) -> Grade:
    rule = "finish reason" if verdict is not Verdict.NO_ANSWER else "empty"
    return graded(grader, verdict, None, why=why, rule=rule, started=started)


def graded(
    grader: Grader,
    verdict: Verdict,
    answer: str | None,
    *,
    why: str,
    rule: str,
    started: float,
    spans: tuple[tuple[int, int], ...] = (),
) -> Grade:
    """The Grade of an answer for which nothing was run; `started`: when grading began, by time.perf_counter."""
    return Grade(
        verdict=verdict,
        answer=answer,
        why=why,
        rule=rule,
        grader=grader.name,
        grader_version=grader.version,
        seconds=time.perf_counter() - started,
        spans=spans,
    )
