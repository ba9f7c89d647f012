"""Which answers count as one in a majority vote: those equal by the grader's rule, not those written alike."""

from __future__ import annotations

from collections.abc import Sequence

from harness.grading.math.comparison.compare import compare_answers


def cluster(answers: Sequence[str]) -> tuple[tuple[int, ...], ...]:
    """Positions of equal answers, in the order their first ones came; each is compared with the first of every group.

    A pair that cannot be decided in time counts as two different answers.
    """
    groups: list[list[int]] = []
    for position, answer in enumerate(answers):
        group = next((group for group in groups if compare_answers(answers[group[0]], answer).equal), None)
        if group is None:
            groups.append([position])
        else:
            group.append(position)
    return tuple(map(tuple, groups))
