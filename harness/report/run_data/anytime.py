"""Accuracies of a run that could stop early, and their differences: bounds that hold whenever one looks.

Samples are taken in the order they were asked, which says nothing of the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from harness.stats.anytime import DifferenceConfidenceSequence, MeanConfidenceSequence
from harness.stats.intervals import ConfidenceInterval, Undefined


def anytime_accuracy(order: Iterable[str], per_sample: Mapping[str, Sequence[int]]) -> ConfidenceInterval | None:
    """The share of correct answers with anytime-valid bounds; None without any grade.

    `order`: sample ids as they were asked; `per_sample`: (correct, graded) by sample id.
    """
    scores = [per_sample[sample][0] / per_sample[sample][1] for sample in order if sample in per_sample]
    sequence = MeanConfidenceSequence()
    sequence.extend(np.array(scores, dtype=np.float64))
    found = sequence.interval()
    return None if isinstance(found, Undefined) else found


def anytime_difference(
    order: Iterable[str], first: Mapping[str, float], second: Mapping[str, float]
) -> ConfidenceInterval | Undefined:
    """The mean difference of two models' scores by sample id, over the samples that both have, anytime-valid."""
    both = [(first[sample], second[sample]) for sample in order if sample in first and sample in second]
    columns = np.array(both, dtype=np.float64).reshape(len(both), 2)
    sequence = DifferenceConfidenceSequence()
    sequence.extend(columns[:, 0], columns[:, 1])
    return sequence.interval()
