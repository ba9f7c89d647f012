"""The grader `regex`: the target, a Python regular expression, is found in the response.

`(?i)` at its start ignores case. The answer is the first group, or the whole match. A response that ended at the output
limit does not count, because what would have followed could change the match. A search of more than SEARCH_S seconds is
a grader error: some expressions take exponential time on some texts.
"""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from harness.core.errors import DataError
from harness.grading.base import Grader, GraderOptions
from harness.grading.plain_text import TextGrader, TextMatch, shown

VERSION = "1"
"""Raised with every change that can change a verdict."""

SEARCH_S = 5.0


def match_regex(target: str, text: str, is_truncated: bool) -> TextMatch:
    """Whether the expression is found. Raises DataError for one that is not valid or takes too long."""
    pattern = _compiled(target)
    if is_truncated:
        return TextMatch(is_match=False, answer=None, why="the response was truncated")
    with _time_limit(target):
        found = pattern.search(text)
    if found is None:
        return TextMatch(is_match=False, answer=None, why=f"{shown(target)} is not found in the response")
    answer = found.group(1) if pattern.groups and found.group(1) is not None else found.group()
    return TextMatch(is_match=True, answer=answer, why=f"{shown(target)} matches {shown(found.group())}")


def check_target(target: str) -> None:
    """Raises DataError for a target that is no regular expression."""
    _compiled(target)


def _compiled(target: str) -> re.Pattern[str]:
    try:
        return re.compile(target)
    except (re.error, OverflowError, RecursionError) as error:
        raise DataError(
            f"the answer {shown(target)} is not a regular expression: {error}; accepted: Python's syntax"
        ) from None


@contextmanager
def _time_limit(target: str) -> Iterator[None]:
    """Interrupts the search after SEARCH_S; only the main thread can, which grades in each worker process."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise DataError(f"searching {shown(target)} took more than {SEARCH_S:g} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SEARCH_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def make(options: GraderOptions) -> Grader:
    """The grader; it executes no generated code, so the options change nothing."""
    del options
    return TextGrader("regex", VERSION, match_regex)
