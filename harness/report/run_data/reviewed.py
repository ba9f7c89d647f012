"""Accuracy with persons' decisions in the place of the graders' verdicts, beside the graders' own.

The decisions come from `reviews.jsonl` (harness grade review). They change no grade and no other figure of a report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from harness.core.plurals import counted
from harness.core.types import Verdict
from harness.report.render.number_format import percent_with_ci
from harness.report.run_data.load import RunData
from harness.report.run_data.records import JobRecord
from harness.report.run_data.summaries import Summaries
from harness.report.run_data.summary import ModelSummary, empty_summaries
from harness.stats.intervals import ConfidenceInterval
from harness.store.codec import ReviewLine


@dataclass(slots=True, kw_only=True)
class ReviewedAccuracy:
    """Both accuracies of each model on each task.

    `reviewed`, `changed`: how many answers by (label, task) a person decided, and how many verdicts that changed.
    """

    decisions: Mapping[str, ReviewLine]
    graders: Summaries
    persons: Summaries
    reviewed: dict[tuple[str, str], int] = field(default_factory=dict)
    changed: dict[tuple[str, str], int] = field(default_factory=dict)

    @classmethod
    def of(cls, run: RunData) -> ReviewedAccuracy:
        """Empty, to be filled by a pass over the run. Raises LocalError where reviews.jsonl is damaged."""
        return cls(
            decisions=run.run.reviews(),
            graders=Summaries.of(empty_summaries(run)),
            persons=Summaries.of(empty_summaries(run)),
        )

    def add(self, record: JobRecord) -> None:
        """Take in one job."""
        if not self.decisions:
            return
        self.graders.add(record)
        decision = self.decisions.get(record.key) if record.is_answered else None
        if decision is not None:
            place = (record.label, record.task)
            self.reviewed[place] = self.reviewed.get(place, 0) + 1
            self.changed[place] = self.changed.get(place, 0) + (decision.verdict is not record.verdict)
            record = record._replace(verdict=decision.verdict)
        self.persons.add(record)

    def rows(self) -> Iterator[tuple[ModelSummary, ModelSummary]]:
        """By the graders, and with the decisions; for models and tasks of which an answer was reviewed."""
        for place in self.graders.by_place:
            if place in self.reviewed:
                yield self.graders.by_place[place], self.persons.by_place[place]

    def notes(self) -> Iterator[str]:
        """One sentence for each of these, for a report."""
        for graders, persons in self.rows():
            place = (graders.label, graders.task)
            names = ", ".join(sorted({line.name for line in self.decisions.values()}))
            yield (
                f"{graders.label} on {graders.task}: {counted(self.reviewed[place], 'answer')} reviewed by {names}, "
                f"{counted(self.changed[place], 'verdict')} changed; accuracy with these decisions "
                f"{shown_accuracy(persons.accuracy)} instead of {shown_accuracy(graders.accuracy)} (reviews.jsonl; "
                "all other figures are the grader's)"
            )


def shown_accuracy(accuracy: ConfidenceInterval | None) -> str:
    """An accuracy with its 95% CI; `-` without any graded answer."""
    return "-" if accuracy is None else percent_with_ci(accuracy.estimate, accuracy.low, accuracy.high)


def is_decision(verdict: Verdict) -> bool:
    """Whether a person can decide so: any verdict but that of a grader that failed."""
    return verdict is not Verdict.GRADER_ERROR
