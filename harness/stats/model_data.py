"""What the metrics are computed from: one model on one task as arrays of (samples, repeats), with masks.

A number that is not known is False in its mask, never NaN and never taken for 0. Covers the shapes, their checks and
the sums by sample.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from harness.stats.arrays import AtMostOne, Counts, Flags, Floats, as_floats
from harness.stats.means import PerSample
from harness.stats.paired import SampleScores


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Measured:
    """A quantity with its mask, both of shape (samples, repeats); `values` are 0 where `known` is False."""

    values: Floats
    known: Flags

    def __post_init__(self) -> None:
        known = np.asarray(self.known, dtype=np.bool_)
        values = as_floats(np.where(known, self.values, 0.0), what="measured values", dimensions=2)
        if (values < 0).any():
            raise ValueError("a measured quantity must not be negative")
        object.__setattr__(self, "known", known)
        object.__setattr__(self, "values", values)

    def by_sample(self, cells: Flags) -> PerSample:
        """Totals and counts over the known ones among those cells."""
        used = cells & self.known
        return PerSample(totals=np.where(used, self.values, 0.0).sum(axis=1), counts=used.sum(axis=1))

    def groups(self, cells: Flags) -> Sequence[Floats]:
        """The known values among those cells, one array for each sample."""
        used = cells & self.known
        if self.values.shape[1] == 1:
            return AtMostOne(self.values[:, 0], used[:, 0])
        return [row[cells] for row, cells in zip(self.values, used, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelData:
    """One model on one task. Flags and measures have shape (samples, repeats); `samples` names the rows.

    `attempted`: the job has an outcome. `failed`: it ended without an answer. `graded`: the answer has a grade (grader
    errors are none). `discarded`: the seconds were measured, with too large an error. `answer_kind`: equal numbers for
    equal answers of a sample, -1 for none.
    `spent_usd`: all attempts of the job; `accepted_usd`: the answer that counts. `tokens_per_s`: output speed by the
    provider's own tokenizer; `chars_per_s`: characters of answer text per second.
    `findings`: by name, 1 where an answer has what a grader with several questions asks, 0 where not.
    `usd_limit`, `token_limit`: dollars and generated tokens that one answer cannot exceed; None where not known.
    """

    samples: tuple[str, ...]
    attempted: Flags
    failed: Flags
    graded: Flags
    correct: Flags
    truncated: Flags
    refused: Flags
    no_answer: Flags
    discarded: Flags
    answer_kind: Counts
    spent_usd: Measured
    accepted_usd: Measured
    prompt_tokens: Measured
    cached_tokens: Measured
    completion_tokens: Measured
    total_s: Measured
    ttft_s: Measured
    first_answer_s: Measured
    tokens_per_s: Measured
    chars_per_s: Measured
    findings: Mapping[str, Measured] = field(default_factory=dict)
    usd_limit: float | None = None
    token_limit: float | None = None

    def __post_init__(self) -> None:
        shape = self.attempted.shape
        if len(shape) != 2 or shape[0] != len(self.samples):
            raise ValueError(f"{len(self.samples)} samples need arrays of shape (samples, repeats), got {shape}")
        for column in fields(self):
            value = getattr(self, column.name)
            found = value.values.shape if isinstance(value, Measured) else getattr(value, "shape", shape)
            if found != shape:
                raise ValueError(f"{column.name} has shape {found}, the other arrays have {shape}")
        self._check_flags()

    def _check_flags(self) -> None:
        for name, part, whole_name, whole in (
            ("failed", self.failed, "attempted", self.attempted),
            ("graded", self.graded, "attempted and not failed", self.answered),
            ("correct", self.correct, "graded", self.graded),
        ):
            if (part & ~whole).any():
                raise ValueError(f"{name} must only hold where {whole_name} does")

    @property
    def answered(self) -> Flags:
        """Jobs that ended with an answer, whatever its worth."""
        answered: Flags = self.attempted & ~self.failed
        return answered

    @property
    def correct_by_sample(self) -> Floats:
        """Correct answers of each sample, shape (samples,)."""
        counts: Floats = self.correct.sum(axis=1).astype(np.float64)
        return counts

    def scored(self, *, failures_wrong: bool) -> SampleScores:
        """Correct answers and repeats by sample: failed jobs counted as wrong, or left out."""
        cells = self.graded | self.failed if failures_wrong else self.graded
        return SampleScores(correct=self.correct_by_sample, repeats=cells.sum(axis=1))

    def found(self, name: str) -> SampleScores:
        """Of a finding, by sample: the answers that have it, and those that the finding is of."""
        if name not in self.findings:
            none = np.zeros(len(self.samples))
            return SampleScores(correct=none, repeats=none)
        held = self.findings[name].by_sample(self.graded)
        return SampleScores(correct=held.totals, repeats=held.counts)
