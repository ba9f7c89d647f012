"""The Pareto front of accuracy against dollars or seconds, and each model's bootstrap chance of lying on it.

A model is on the front unless another is at least as accurate at no more cost, one of the two strictly. Two models
with equal figures are both on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.core.plurals import counted
from harness.stats.arrays import Flags, Floats, same_length
from harness.stats.intervals import Undefined
from harness.stats.means import PerSample
from harness.stats.paired import SampleScores
from harness.stats.resample import STANDARD, Resampling, resampled_means

SAME = 1e-12
"""Figures closer than this are equal: the same amounts summed in another order differ in their last digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoFront:
    """By model: whether it is on the front, and the share of bootstrap draws in which it is."""

    on_front: tuple[bool, ...]
    chance: tuple[float, ...]


def undominated(scores: Floats, costs: Floats) -> Flags:
    """Which models no other dominates; both arrays of shape (..., models), higher scores and lower costs better.

    Source: Pareto dominance as in Kapoor et al. 2024, AI Agents That Matter, arXiv 2407.01502, sec. 3.
    """
    better_score = scores[..., :, None] - scores[..., None, :]
    worse_cost = costs[..., :, None] - costs[..., None, :]
    scale = np.maximum(np.abs(costs).max(axis=-1), SAME)[..., None, None]
    dominates = (better_score >= -SAME) & (worse_cost <= SAME * scale)
    strictly = (better_score > SAME) | (worse_cost < -SAME * scale)
    result: Flags = ~(dominates & strictly).any(axis=-2)
    return result


def pareto_front(
    accuracies: Sequence[SampleScores], costs: Sequence[PerSample], plan: Resampling = STANDARD
) -> ParetoFront | Undefined:
    """The Pareto front of mean accuracy against mean cost per task, all models drawn on the same samples.

    Source: share of bootstrap draws in which a model is undominated; Efron and Tibshirani 1993, ch. 6, for the draws.
    A chance is not a confidence interval: two equal models each get about 0.5 to 1, by how they tie.
    """
    figures = _drawn_figures(accuracies, costs, plan)
    if isinstance(figures, Undefined):
        return figures
    scores, prices, drawn_scores, drawn_prices = figures
    chance = undominated(drawn_scores, drawn_prices).mean(axis=0)
    return ParetoFront(
        on_front=tuple(bool(flag) for flag in undominated(scores, prices)),
        chance=tuple(float(share) for share in chance),
    )


def best_quadrant(
    accuracies: Sequence[SampleScores], costs: Sequence[PerSample], plan: Resampling = STANDARD
) -> tuple[float, ...] | Undefined:
    """By model, the share of bootstrap resamples in which it is as accurate as the medians and costs no more."""
    figures = _drawn_figures(accuracies, costs, plan)
    if isinstance(figures, Undefined):
        return figures
    _, _, scores, prices = figures
    inside = (scores >= np.median(scores, axis=1, keepdims=True) - SAME) & (
        prices <= np.median(prices, axis=1, keepdims=True) * (1 + SAME)
    )
    return tuple(float(share) for share in inside.mean(axis=0))


def _drawn_figures(
    accuracies: Sequence[SampleScores], costs: Sequence[PerSample], plan: Resampling
) -> tuple[Floats, Floats, Floats, Floats] | Undefined:
    """Scores and costs by model, then the same by (draw, model), over the samples every model has."""
    if not accuracies or len(accuracies) != len(costs):
        raise ValueError(f"each model needs both figures, got {len(accuracies)} accuracies and {len(costs)} costs")
    models = len(accuracies)
    same_length(**{f"model {place}": model.correct for place, model in enumerate(accuracies)})
    # One array, so that a draw takes the same samples for every model: a front of different samples would mean nothing.
    columns = np.column_stack(
        [model.correct for model in accuracies]
        + [model.repeats for model in accuracies]
        + [cost.totals for cost in costs]
        + [cost.counts for cost in costs]
    )
    held = (columns[:, models : 2 * models] > 0).all(axis=1) & (columns[:, 3 * models :] > 0).all(axis=1)
    columns = columns[held]
    if len(columns) < 2:
        return Undefined(reason=f"{counted(len(columns), 'sample')} graded and measured for every model; 2 are needed")
    scores, prices = _figures(columns.mean(axis=0)[None, :], models)
    drawn = _figures(resampled_means(columns, draws=plan.draws, seed=plan.seed), models)
    return scores[0], prices[0], drawn[0], drawn[1]


def _figures(means: Floats, models: int) -> tuple[Floats, Floats]:
    correct, repeats, totals, counts = np.split(means, [models, 2 * models, 3 * models], axis=1)
    return correct / repeats, totals / counts
