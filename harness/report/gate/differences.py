"""What differs by sample between baseline and run: verdicts and answers, and prompts with the lines that changed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from harness.core.types import Origin
from harness.report.gate.answer_checks import has_other_answers
from harness.report.gate.baseline import HASH_MARK, Baseline, SampleTotals, is_same_text
from harness.report.gate.check_result import BaselinePair

NO_TEXT = "(only the hash of this prompt is in the baseline)"


class Change(Enum):
    """How the grades of a sample changed."""

    LOST = "lost"
    GAINED = "gained"
    OTHER_VERDICT = "other verdict"
    OTHER_ANSWER = "other answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleChange:
    """One sample of one model whose grades are not those of the baseline."""

    task: str
    model: str
    origin: Origin
    sample: str
    change: Change
    before: SampleTotals
    after: SampleTotals


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDifference:
    """One prompt that is not that of the baseline; `lines` as diff -u has them, the first sign - for the baseline."""

    task: str
    sample: str
    lines: tuple[str, ...]


def sample_changes(pair: BaselinePair) -> Iterator[SampleChange]:
    """Every shared sample with other grades; other answers with the same verdict count for deterministic rows alone."""
    for name, then, now in pair.shared:
        change = _change(then, now, is_exact=pair.is_deterministic)
        if change is not None:
            yield SampleChange(
                task=pair.then.task,
                model=pair.then.model,
                origin=pair.now.terms.origin,
                sample=name,
                change=change,
                before=then,
                after=now,
            )


def _change(then: SampleTotals, now: SampleTotals, *, is_exact: bool) -> Change | None:
    """Shares are compared, for repeats may differ in number."""
    if then.graded and now.graded and now.correct * then.graded != then.correct * now.graded:
        return Change.LOST if now.correct * then.graded < then.correct * now.graded else Change.GAINED
    has_same_number = then.jobs == now.jobs and bool(then.verdicts)
    if has_same_number and then.verdicts != now.verdicts:
        return Change.OTHER_VERDICT
    if has_same_number and is_exact and has_other_answers(then, now):
        return Change.OTHER_ANSWER
    return None


def prompt_differences(then: Baseline, now: Baseline) -> tuple[PromptDifference, ...]:
    """Every prompt of a sample that both hold and that is not the same, by task and sample."""
    return tuple(
        PromptDifference(task=task, sample=name, lines=tuple(_lines(before, now.prompts[task][name])))
        for task, texts in then.prompts.items()
        for name, before in texts.items()
        if name in now.prompts.get(task, {}) and not is_same_text(before, now.prompts[task][name])
    )


def _lines(before: str, after: str) -> Iterator[str]:
    if before.startswith(HASH_MARK):
        yield NO_TEXT
        yield from (f"+{line}" for line in after.splitlines())
        return
    changed = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    yield from (line for line in changed if not line.startswith(("---", "+++", "@@")))


def by_lines(differences: tuple[PromptDifference, ...]) -> Mapping[tuple[str, tuple[str, ...]], list[str]]:
    """The samples by task and lines that differ, for a changed instruction changes every prompt in the same way."""
    groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for one in differences:
        groups.setdefault((one.task, one.lines), []).append(one.sample)
    return groups
