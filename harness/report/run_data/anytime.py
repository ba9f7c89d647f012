"""Accuracies of a run that could stop early, and their differences: bounds that hold at every number of samples.

Samples are taken in the order they were asked, which does not depend on the answers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from harness.stats.anytime import DifferenceConfidenceSequence, MeanConfidenceSequence
from harness.stats.intervals import ConfidenceInterval, Undefined
from harness.stats.model_data import ModelData


def anytime_accuracy(order: Iterable[str], per_sample: Mapping[str, Sequence[int]]) -> ConfidenceInterval | None:
    """The share of correct answers with anytime-valid bounds; None without any grade.

    `order`: sample ids as they were asked; `per_sample`: (correct, graded) by sample id.
    """
    # In the order asked: confidence sequences hold for a stream, and sorting by answers would let results choose it.
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


ANYTIME_METRICS = frozenset({"accuracy", "accuracy_difference"})


def anytime_value(
    metric: str, order: Iterable[str], models: Sequence[ModelData], *, confidence: float
) -> ConfidenceInterval | Undefined:
    """One of ANYTIME_METRICS over the samples that all of these models have grades for, anytime-valid.

    Undefined for any other metric: no bounds of it hold where results decide when a run ends.
    """
    if metric not in ANYTIME_METRICS:
        return Undefined(
            reason=f"the run could stop early, and no interval of {metric} holds where results decide when a run ends"
        )
    place = {sample: row for row, sample in enumerate(models[0].samples)}
    graded = np.logical_and.reduce([one.graded.any(axis=1) for one in models])
    rows = [place[sample] for sample in order if sample in place and graded[place[sample]]]
    shares = [one.correct_by_sample[rows] / np.maximum(1, one.graded.sum(axis=1)[rows]) for one in models]
    if metric == "accuracy":
        alone = MeanConfidenceSequence(confidence=confidence)
        alone.extend(shares[0])
        return alone.interval()
    pair = DifferenceConfidenceSequence(confidence=confidence)
    pair.extend(shares[0], shares[1])
    return pair.interval()
