"""Series of several models as arrays of (samples, repeats), aligned by sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from harness.grading.math.vote import cluster
from harness.report.run_data.model_series import CORRECT, FLAG_BITS, NAN, QUANTITIES, AnswerLimits, ModelSeries
from harness.report.run_data.records import read_findings
from harness.stats.arrays import Counts, Flags, Floats
from harness.stats.model_data import Measured, ModelData

NO_KIND = -(2**40)
"""Kind of no answer: stays negative whatever number of other models' kinds is added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleGrid:
    """The samples that any of some series has, tasks one under the other, and the most repeats of any."""

    samples: Mapping[tuple[str, str], int]
    repeats: int

    @classmethod
    def of(cls, series: Sequence[ModelSeries]) -> SampleGrid:
        """Samples in the order they first come."""
        rows: dict[tuple[str, str], int] = {}
        for one in series:
            for sample, _ in one.jobs:
                rows.setdefault((one.entry.name, sample), len(rows))
        return cls(samples=rows, repeats=1 + max(repeat for one in series for _, repeat in one.jobs))

    def model_data(self, own: Sequence[ModelSeries]) -> ModelData:
        """One model's jobs as arrays of (samples, repeats)."""
        shape = (len(self.samples), self.repeats)
        bits = np.zeros(shape, dtype=np.uint8)
        amounts = np.full((*shape, len(QUANTITIES)), NAN)
        kinds = np.full(shape, -1, dtype=np.int64)
        for one in own:
            task = one.entry.name
            rows = np.fromiter((self.samples[task, sample] for sample, _ in one.jobs), np.int64, len(one.jobs))
            repeats = np.fromiter((repeat for _, repeat in one.jobs), np.int64, len(one.jobs))
            bits[rows, repeats] = np.frombuffer(one.flags, dtype=np.uint8)
            amounts[rows, repeats] = one.table()
            # Kinds of two series must not meet: the same number would make their answers vote together.
            kinds[rows, repeats] = _answer_kinds(one) + kinds.max(initial=-1) + 1
        kinds[kinds < 0] = -1  # one value for "no answer", whichever model it came from
        known = ~np.isnan(amounts)
        measured = {
            name: Measured(values=np.nan_to_num(amounts[:, :, place]), known=known[:, :, place])
            for place, name in enumerate(QUANTITIES)
        }
        flags: dict[str, Flags] = {name: (bits & bit) > 0 for name, bit in FLAG_BITS.items()}
        samples = tuple(f"{task}/{sample}" for task, sample in self.samples)
        columns: dict[str, Any] = {**flags, **measured}
        limits = AnswerLimits.of(own)
        return ModelData(
            samples=samples,
            answer_kind=kinds,
            usd_limit=limits.usd,
            token_limit=limits.tokens,
            findings=self._findings(own),
            **columns,
        )

    def _findings(self, own: Sequence[ModelSeries]) -> dict[str, Measured]:
        """By name, 1 where the finding holds and 0 where it does not; not known where the grade leaves it open."""
        shape = (len(self.samples), self.repeats)
        held: dict[str, Floats] = {}
        for one in own:
            for (sample, repeat), text in one.findings.items():
                for name, holds in read_findings(text).items():
                    values = held.setdefault(name, np.full(shape, NAN))
                    values[self.samples[one.entry.name, sample], repeat] = holds
        return {name: Measured(values=np.nan_to_num(values), known=~np.isnan(values)) for name, values in held.items()}


def _answer_kinds(one: ModelSeries) -> Counts:
    """By row a number that equal answers of one sample share, hugely negative for none."""
    numbers: dict[tuple[str, str], int] = {}
    same = _same_answers(one)
    kinds = np.full(len(one.answers), NO_KIND, dtype=np.int64)
    for (sample, _), row in one.jobs.items():
        text = one.answers[row]
        if text is not None:
            kinds[row] = numbers.setdefault((sample, same.get((sample, text), text)), len(numbers))
    return kinds


def _same_answers(one: ModelSeries) -> dict[tuple[str, str], str]:
    """For repeats of math samples: each wrong answer's text by (sample, text) to the first one that equals it.

    A majority vote counts answers that are equal, not texts that are. Answers to other graders vote by their text.
    """
    texts: dict[str, list[str]] = {}
    if one.entry.grader == "math" and any(repeat for _, repeat in one.jobs):
        for (sample, _), row in sorted(one.jobs.items()):
            text = one.answers[row]
            if text is not None and text != CORRECT and text not in texts.setdefault(sample, []):
                texts[sample].append(text)
    return {
        (sample, said[place]): said[group[0]]
        for sample, said in texts.items()
        if len(said) > 1
        for group in cluster(said)
        for place in group
    }
