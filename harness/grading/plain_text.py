"""What the graders `exact`, `contains` and `regex` share: the text they look at, and how a grade is made of a match."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from harness.core.errors import DataError
from harness.core.think_blocks import without_thinking
from harness.core.types import Grade, Sample, Verdict
from harness.grading.base import graded

SHOWN_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class TextMatch:
    """Whether a response matches the target; `answer` is the part that was looked at, None where nothing was."""

    is_match: bool
    answer: str | None
    why: str


class TextGrader:
    """A grader that compares texts; it executes nothing and keeps no process."""

    sandbox_backend: str | None = None

    def __init__(self, name: str, version: str, match: Callable[[str, str, bool], TextMatch]) -> None:
        """`match(target, response, is_truncated)` raises DataError for a target that it cannot use."""
        self.name = name
        self.version = version
        self._match = match

    def grade(self, sample: Sample, text: str, *, is_truncated: bool) -> Grade:
        """Grade a response, text between think tags left out."""
        started = time.perf_counter()
        try:
            found = self._match(sample.target, comparable(without_thinking(text)), is_truncated)
        except DataError as error:
            return graded(self, Verdict.GRADER_ERROR, None, why=str(error), rule="target", started=started)
        verdict = Verdict.CORRECT if found.is_match else Verdict.WRONG
        return graded(self, verdict, found.answer, why=found.why, rule=self.name, started=started)

    def close(self) -> None:
        """Nothing to end."""


def comparable(text: str) -> str:
    """The text in Unicode's composed form (NFC), white space at its ends removed and runs of it made one blank."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def shown(text: str) -> str:
    """A text for an explanation: quoted, not longer than SHOWN_CHARACTERS."""
    return repr(text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 3]}...")
