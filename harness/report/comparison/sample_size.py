"""How large a run must be to show a difference in accuracy: samples and repeats, from earlier runs or assumptions.

Covers the paired variance of each pair of models and the sizes that suffice for all pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from harness.core.plurals import counted
from harness.report.run_data.series import SeriesSet
from harness.stats.intervals import Undefined
from harness.stats.paired import SampleScores
from harness.stats.power import (
    PairedVariance,
    PlanningAssumptions,
    min_detectable_effect,
    paired_variance_of_run,
    repeats_needed,
    samples_needed,
)

MIN_SAMPLES = 10
"""A spread measured on fewer samples than this says too little to plan by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPair:
    """Two models with the spread of their difference, and in words where it is from."""

    first: str
    second: str
    spread: PairedVariance
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSize:
    """How many samples show the difference at that many repeats, for every pair; an Undefined where none does."""

    repeats: int
    samples: int | Undefined


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetEffect:
    """The difference in accuracy to be shown, and the chance to show it."""

    difference: float
    power: float


def pairs_of(
    labels: Sequence[str], tasks: Sequence[str], evidence: SeriesSet, assumed: PlanningAssumptions, aim: TargetEffect
) -> list[ModelPair]:
    """Every pair of the models: its spread as measured on these tasks, else as assumed, with the reason."""
    return [_pair(first, second, tasks, evidence, assumed, aim) for first, second in combinations(labels, 2)]


def sizes(pairs: Sequence[ModelPair], aim: TargetEffect, repeats: Sequence[int]) -> list[SampleSize]:
    """What each number of repeats takes: the most that any pair needs."""
    return [SampleSize(repeats=each, samples=_most(pairs, aim, each)) for each in repeats]


def repeats_for(pairs: Sequence[ModelPair], aim: TargetEffect, samples: int) -> int | Undefined:
    """How many repeats of all the samples there are suffice for every pair."""
    found = [repeats_needed(aim.difference, pair.spread, samples=samples, power=aim.power) for pair in pairs]
    unknown = [one for one in found if isinstance(one, Undefined)]
    return unknown[0] if unknown else max(one for one in found if isinstance(one, int))


def detectable_with(pairs: Sequence[ModelPair], aim: TargetEffect, samples: int, repeats: int) -> float | Undefined:
    """The difference that all the samples there are show at that many repeats, for every pair."""
    found = [min_detectable_effect(samples, pair.spread, repeats=repeats, power=aim.power) for pair in pairs]
    unknown = [one for one in found if isinstance(one, Undefined)]
    return unknown[0] if unknown else max(one for one in found if not isinstance(one, Undefined))


def limit_for(samples: int, available: Sequence[int]) -> int | None:
    """The least samples per task that make so many in all; None where the tasks have fewer."""
    if sum(available) < samples:
        return None
    # An even share each; tasks that have fewer give all they have, so the others must give more.
    limit = -(-samples // len(available))
    while sum(min(limit, size) for size in available) < samples:
        limit += 1
    return limit


def _most(pairs: Sequence[ModelPair], aim: TargetEffect, repeats: int) -> int | Undefined:
    counts: list[int] = []
    for pair in pairs:
        found = samples_needed(aim.difference, pair.spread, repeats=repeats, power=aim.power)
        if isinstance(found, Undefined):
            return found
        counts.append(found)
    return max(counts)


def _pair(
    first: str, second: str, tasks: Sequence[str], evidence: SeriesSet, assumed: PlanningAssumptions, aim: TargetEffect
) -> ModelPair:
    found = evidence.aligned([first, second], tasks)
    why = (
        found.reason if isinstance(found, Undefined) else f"{counted(found.samples, 'sample')} graded for both: too few"
    )
    if not isinstance(found, Undefined) and found.samples >= MIN_SAMPLES:
        one, other = (found.data[label].scored(failures_wrong=False) for label in (first, second))
        runs = ", ".join(dict.fromkeys(each.run for each in found.series))
        spread, said = _measured(one, other, found.samples)
        missing = [task for task in tasks if task not in found.tasks]
        without = f", without {', '.join(missing)}" if missing else ""
        return ModelPair(
            first=first,
            second=second,
            spread=spread,
            basis=f"{counted(found.samples, 'sample')} of {runs}{without}{said}",
        )
    return ModelPair(
        first=first,
        second=second,
        spread=assumed.paired_variance(aim.difference),
        basis=(
            f"assumed ({why}): accuracies {assumed.accuracy:g} and {max(0.0, assumed.accuracy - aim.difference):g}, "
            f"correlation {assumed.correlation:g}, stable share {assumed.stable:g}"
        ),
    )


def _measured(one: SampleScores, other: SampleScores, samples: int) -> tuple[PairedVariance, str]:
    """The spread as the runs show it, and what to say of it.

    One repeat cannot tell between from within, so all counts as between, which repeats do not lessen. A spread below
    1 / samples is raised to that: models that happened to agree on few samples are not alike for ever.
    """
    found = paired_variance_of_run(one, other)
    said = ""
    # No samples with two repeats of both models: chance within a sample is in the gaps and cannot be taken out.
    if isinstance(found, Undefined):
        both = (one.repeats > 0) & (other.repeats > 0)
        gaps = one.correct[both] / one.repeats[both] - other.correct[both] / other.repeats[both]
        found = PairedVariance(between=float(gaps.var(ddof=1)), within_first=0.0, within_second=0.0)
        said = "; one repeat each, so the gain from repeats is not known"
    lacking = 1 / samples - found.of_one_sample(1)
    if lacking > 0:
        found = replace(found, between=found.between + lacking)
        said += "; the models hardly differ there, so the spread is taken as 1 / samples"
    return found, said
