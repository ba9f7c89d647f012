"""Majority vote over answers: which are the same by equality, and which group wins.

The rule, also in docs/grading-math.md: the largest group wins; between groups of one size, the one whose first answer
came first. Answers that could not be extracted vote for nothing. Not here: what the vote costs (all samples do).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.grading.math.budget import Worker
from harness.grading.math.equality import compare


@dataclass(frozen=True, slots=True)
class Vote:
    """`groups`: positions of equal answers, in the order their first answers came. `winner`: a position, or None."""

    groups: tuple[tuple[int, ...], ...]
    winner: int | None


def cluster(answers: Sequence[str | None], question: str | None = None, worker: Worker | None = None) -> Vote:
    """The groups of equal answers and the winner; None among `answers` is a sample without an answer.

    Each answer is compared with the first of every group, identical strings only once. A pair that cannot be decided
    in time counts as two different answers.
    """
    groups: list[list[int]] = []
    group_of_text: dict[str, list[int]] = {}
    for position, answer in enumerate(answers):
        if answer is None:
            continue
        text = answer.strip()
        group = group_of_text.get(text)
        if group is None:
            group = _group_for(text, groups, answers, question, worker)
            group_of_text[text] = group
        group.append(position)
    if not groups:
        return Vote(groups=(), winner=None)
    largest = max(groups, key=len)
    return Vote(groups=tuple(tuple(group) for group in groups), winner=largest[0])


def _group_for(
    text: str, groups: list[list[int]], answers: Sequence[str | None], question: str | None, worker: Worker | None
) -> list[int]:
    for group in groups:
        if compare(answers[group[0]] or "", text, question, worker=worker).equal:
            return group
    groups.append([])
    return groups[-1]
