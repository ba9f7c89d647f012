"""Grades and their verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from harness.core.fast_init import fast_init


class Verdict(Enum):
    """The category of a grade. Only CORRECT scores; GRADER_ERROR is counted apart and never as wrong."""

    CORRECT = "correct"
    WRONG = "wrong"
    NO_ANSWER = "no_answer"
    TRUNCATED = "truncated"
    REFUSED = "refused"
    GRADER_ERROR = "grader_error"


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Grade:
    """A grader's result with its reason. `answer` is what was extracted, `rule` how it was extracted and compared.

    `spans`: where the answer stands in the completion's text, as [start, end) in characters; empty where none was
    found, or where the grader does not tell. `why`: what it was compared with and what came of it.
    `sandbox_backend`: what isolated model-written code; None where nothing was run. `ended_by`: the limit or end that
    decided. `findings`: what a grader with several questions found, by name; one that the answer leaves open is absent.
    """

    verdict: Verdict
    answer: str | None = None
    why: str
    rule: str
    grader: str
    grader_version: str
    seconds: float
    sandbox_backend: str | None = None
    ended_by: str | None = None
    spans: tuple[tuple[int, int], ...] = ()
    findings: Mapping[str, bool] | None = None
