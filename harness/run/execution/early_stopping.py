"""Stopping a run early: when every accuracy is known well enough, or every pairwise difference is significant.

Takes in grades as they come and feeds confidence sequences (stats.anytime) in the plan's order of samples, never in the
order in which answers arrive: long answers come late and are more often wrong, so a first-come order would favour the
easy ones. Each task has sequences of its own, since samples of several tasks are not drawn from one distribution.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal
from itertools import combinations

import numpy as np

from harness.core.plurals import counted
from harness.core.types import Grade, Verdict
from harness.pricing.exact import CONVERT, exact_sum
from harness.run.execution.progress import ModelProgress
from harness.run.planning.plan import Plan, PlannedTask
from harness.stats.anytime import DifferenceConfidenceSequence, MeanConfidenceSequence
from harness.stats.intervals import ConfidenceInterval

STEP = 10
"""Samples taken in at a time: the sequences cost some 0.1 ms each, and a busy loop disturbs latencies."""

ALPHA = 0.05


@dataclass(slots=True)
class _Scores:
    """One model's scores on one task by place in the plan's order: known from the start up to `reached`.

    `scores` hold None for an ungraded job; places of jobs that have not ended are missing.
    """

    total: int
    scores: dict[int, float | None] = field(default_factory=dict)
    reached: int = 0

    def take(self, place: int, score: float | None) -> None:
        self.scores[place] = score
        # Only without a gap: the answers that are missing are the slow ones, and these are more often wrong.
        while self.reached in self.scores:
            self.reached += 1


@dataclass(slots=True)
class _AccuracySequence:
    """The sequence of one model's accuracy."""

    own: _Scores
    sequence: MeanConfidenceSequence = field(default_factory=MeanConfidenceSequence)
    fed: int = 0

    def feed(self) -> None:
        """Take in what is known without a gap, some samples at a time."""
        if self.own.reached - self.fed < STEP and self.own.reached < self.own.total:
            return
        new = [self.own.scores[place] for place in range(self.fed, self.own.reached)]
        self.fed = self.own.reached
        self.sequence.extend(np.array([score for score in new if score is not None], dtype=np.float64))

    def is_within(self, width: float) -> bool:
        interval = self.sequence.interval()
        return isinstance(interval, ConfidenceInterval) and interval.width <= width


@dataclass(slots=True)
class _DifferenceSequence:
    """The sequence of the difference between two models."""

    first: _Scores
    second: _Scores
    sequence: DifferenceConfidenceSequence
    fed: int = 0

    def feed(self) -> None:
        """Take in the samples that both have, known without a gap."""
        reached = min(self.first.reached, self.second.reached)
        if reached - self.fed < STEP and reached < self.first.total:
            return
        pairs = [(self.first.scores[place], self.second.scores[place]) for place in range(self.fed, reached)]
        both = [(one, other) for one, other in pairs if one is not None and other is not None]
        self.fed = reached
        columns = np.array(both, dtype=np.float64).reshape(len(both), 2)
        self.sequence.extend(columns[:, 0], columns[:, 1])

    @property
    def is_apart(self) -> bool:
        interval = self.sequence.interval()
        return isinstance(interval, ConfidenceInterval) and interval.excludes(0.0)


class EarlyStopping:
    """Watches a run and says when it may end. One repeat only: further repeats of a sample are no further samples.

    `width`: every model's accuracy on every task within that width. Without it: every pair of models apart on every
    task, at 95% confidence shared among all pairs (Bonferroni).
    """

    def __init__(self, plan: Plan, *, width: float | None) -> None:
        if plan.repeats != 1:
            raise ValueError(f"an early stop counts samples, so it needs one repeat, got {plan.repeats}")
        self._width = width
        labels = [endpoint.label for endpoint in plan.endpoints]
        self._scores = {(label, task.name): _Scores(total=len(task.samples)) for task in plan.tasks for label in labels}
        places = {(task.name, one.id): place for task in plan.tasks for place, one in enumerate(task.samples)}
        self._places: dict[str, tuple[_Scores, int]] = {}
        for endpoint in plan.endpoints:
            for job in plan.jobs(endpoint):
                scores = self._scores[endpoint.label, job.task]
                self._places[job.key] = (scores, places[job.task, job.sample.id])
        self._ones: list[_AccuracySequence] = []
        self._twos: list[_DifferenceSequence] = []
        if width is not None:
            self._ones = [_AccuracySequence(own=scores) for scores in self._scores.values()]
        else:
            self._twos = [two for task in plan.tasks for two in self._pairs(labels, task, len(plan.tasks))]

    def _pairs(self, labels: list[str], task: PlannedTask, tasks: int) -> Iterator[_DifferenceSequence]:
        pairs = list(combinations(labels, 2))
        for first, second in pairs:
            yield _DifferenceSequence(
                first=self._scores[first, task.name],
                second=self._scores[second, task.name],
                # Bonferroni: the run ends when the last pair is decided, so all of them must hold together.
                sequence=DifferenceConfidenceSequence(confidence=1 - ALPHA / (len(pairs) * tasks)),
            )

    def observe(self, key: str, grade: Grade | None) -> bool:
        """Take in the end of the job with that key, None where it has no answer; whether the run may stop."""
        is_graded = grade is not None and grade.verdict is not Verdict.GRADER_ERROR
        # An ungraded job is no 0: it is left out, as accuracy leaves it out.
        score = float(grade.verdict is Verdict.CORRECT) if grade is not None and is_graded else None
        scores, place = self._places[key]
        scores.take(place, score)
        for one in self._ones:
            one.feed()
        for two in self._twos:
            two.feed()
        return self.should_stop

    @property
    def should_stop(self) -> bool:
        """Whether all that was to be known is known."""
        if self._width is not None:
            width = self._width
            return all(one.is_within(width) for one in self._ones)
        return bool(self._twos) and all(two.is_apart for two in self._twos)

    @property
    def reason(self) -> str:
        """What was reached, in words."""
        if self._width is not None:
            return f"every accuracy is known to a width of {self._width:g}"
        return "every pairwise difference is significant"


def savings_text(models: list[ModelProgress]) -> str:
    """How many jobs were not sent and about what they would have cost, going by those that were."""
    left = sum(model.remaining for model in models)
    total = sum(model.total for model in models)
    spent = [(model.usd, model.done - model.reused, model.remaining) for model in models]
    unknown = any(usd is None or (not done and remaining) for usd, done, remaining in spent)
    if unknown:
        return f"{left:,} of {counted(total, 'job')} not sent, and what they would have cost is not known"
    parts = [
        CONVERT.divide(usd, Decimal(done)) * remaining for usd, done, remaining in spent if usd is not None and done > 0
    ]
    usd = exact_sum(parts)
    shown = f"{usd:.2f}" if usd >= 1 else f"{Context(prec=2).plus(usd):f}"
    made_up = " (SIMULATED)" if any(model.simulated for model in models) else ""
    return f"{left:,} of {counted(total, 'job')} not sent, about ${shown}{made_up} saved"
