"""Claims put to runs: each check as a number with its interval, compared with the values that confirm.

Covers numbers of one model, of two, and among all models of the runs; every interval comes from harness.stats. What
cannot be computed is an undecided finding with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, product

from harness.core.types import Origin
from harness.report.claims.check_values import RARE, chance_of, chance_verdict, check_value, is_ratio, samples_needed
from harness.report.claims.claim_file import ClaimEntry, RunCheck
from harness.report.claims.computed import joined_words
from harness.report.claims.evidence_words import cost_basis, imported_sources, other_models, prices_used, runs_behind
from harness.report.claims.metric_names import AMONG_ALL, PAIRED
from harness.report.claims.sensitivity import loss_words, other_countings
from harness.report.claims.verdict import (
    CheckLogic,
    CheckRole,
    ClaimCheckResult,
    ClaimVerdict,
    EvidenceMode,
)
from harness.report.render.number_format import four_digits
from harness.report.run_data.series import EVIDENCE, AlignedSeries, SeriesSet
from harness.stats.intervals import Undefined
from harness.stats.metrics import Value
from harness.stats.resample import STANDARD
from harness.stats.tail import ENOUGH_SAMPLES

MAX_COMBINATIONS = 1000
"""Choices of hosts, one for each model, of which the first with a common task counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingData:
    """What the runs would need and do not have: a model, or a task that all of some models ran."""

    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClaim:
    """The checks carried out, and what the runs lack for those that decide and could not be."""

    findings: tuple[ClaimCheckResult, ...]
    lacking: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMeasurements:
    """What runs offer to claims. `is_same`: whether two names are one model; `is_gone`: of a label, withdrawn since."""

    evidence: SeriesSet
    is_same: Callable[[str, str], bool]
    is_gone: Callable[[str], bool]

    def test(self, claim: ClaimEntry) -> CheckedClaim:
        """Every check of the claim, as far as the runs have its models on common tasks."""
        found: list[ClaimCheckResult] = []
        lacking: dict[str, None] = {}
        planned = [(check, models) for check in claim.runs for models in _models_of_check(claim, check)]
        # Checks are counted per reading: another way to understand a claim is no further chance to err within this one.
        readings = Counter(check.reading for check, _ in planned if check.role is CheckRole.DECISIVE)
        for check, models in planned:
            outcome = self._check(claim, check, models, confidence=STANDARD.confidence)
            if isinstance(outcome, MissingData):
                lacking |= {outcome.what: None} if check.role is CheckRole.DECISIVE else {}
                continue
            found.append(
                replace(self._corrected(outcome, claim, check, models, readings[check.reading]), reading=check.reading)
            )
        return CheckedClaim(findings=tuple(found), lacking=tuple(lacking))

    def _corrected(
        self, outcome: ClaimCheckResult, claim: ClaimEntry, check: RunCheck, models: Sequence[str], deciding: int
    ) -> ClaimCheckResult:
        """The result, decided only where the interval corrected for all checks says so, if it settles the claim alone.

        With `needs: all` one check outside refutes, with `needs: any` one inside confirms, so each of several checks is
        a chance to err: it is held to 1 - 5% / their number, Holm's level for the first rejection. The other way all
        checks have to agree, which needs no correction (intersection-union test, Berger 1982, Technometrics 24:295).
        """
        enough = ClaimVerdict.REFUTED if claim.needs is CheckLogic.ALL else ClaimVerdict.CONFIRMED
        # Only the verdict that one check alone can force is at risk; the other needs all of them to agree.
        if deciding < 2 or check.role is not CheckRole.DECISIVE or outcome.verdict is not enough:
            return outcome
        strict = self._check(claim, check, models, confidence=1 - (1 - STANDARD.confidence) / deciding)
        if isinstance(strict, MissingData) or strict.verdict is enough:
            return outcome
        words = f"decided by its 95% interval alone, not after Holm's correction for {deciding} checks"
        return replace(
            outcome, verdict=ClaimVerdict.UNDECIDED, needed_n=strict.needed_n, why=joined_words(words, outcome.why)
        )

    def _check(
        self, claim: ClaimEntry, check: RunCheck, models: Sequence[str], *, confidence: float
    ) -> ClaimCheckResult | MissingData:
        """The check by the strongest evidence that has all it needs: measured, then with imported, then simulated."""
        outcome: ClaimCheckResult | MissingData = MissingData(what=models[0])
        for weakest in range(len(EVIDENCE)):
            evidence = self.evidence.of_origins(frozenset().union(*EVIDENCE[: weakest + 1]))
            strongest = replace(self, evidence=evidence)
            if check.metric in AMONG_ALL:
                outcome = strongest._among_all(claim, check, models[0])
            else:
                outcome = strongest._measured(claim, check, models, confidence=confidence)
            if isinstance(outcome, ClaimCheckResult):
                break
        return outcome

    def _measured(
        self, claim: ClaimEntry, check: RunCheck, models: Sequence[str], *, confidence: float
    ) -> ClaimCheckResult | MissingData:
        found = self._labels(models, claim)
        if isinstance(found, MissingData):
            return found
        labels, said = found
        title = f"{check.metric}: {' / '.join(labels)}"
        if not self.evidence.shared_tasks(labels, claim.tasks):
            return _no_task(labels, claim)
        aligned = self.evidence.aligned(labels, claim.tasks)
        if isinstance(aligned, Undefined):
            return _undefined(check, title, aligned.reason, self._mode(labels), labels)
        models_data = {label: aligned.data[label] for label in labels}
        value = check_value(check, models_data, aligned.asked, confidence)
        result = self._finding(check, title, value, aligned, joined_words(loss_words(models_data), *said))
        for words, counted_so in other_countings(check.metric, models_data):
            result = _agreeing(result, check, words, check_value(check, counted_so, aligned.asked, confidence))
        return result

    def _finding(
        self, check: RunCheck, title: str, value: Value, aligned: AlignedSeries, said: str
    ) -> ClaimCheckResult:
        labels = tuple(aligned.data)
        others, basis = other_models(aligned), joined_words(cost_basis(check, aligned), runs_behind(aligned))
        if isinstance(value, Undefined):
            reason = joined_words(others, value.reason, basis)
            unstated = _undefined(check, title, reason, self._mode(labels), labels, n=aligned.samples)
            if value.estimate is None:
                return unstated
            return replace(
                unstated,
                value=value.estimate,
                needed_n=ENOUGH_SAMPLES,
                prices=prices_used(aligned),
                why=joined_words(said, unstated.why),
            )
        # An answer of another model than the one asked for says nothing about the claim, however narrow the interval.
        verdict = ClaimVerdict.UNDECIDED if others else check.confirmed_if.holds(value.low, value.high)
        n = aligned.samples
        needed: int | Undefined | None = None
        if verdict is ClaimVerdict.UNDECIDED and not others:
            needed = samples_needed(value, check.confirmed_if, n, is_ratio=is_ratio(check.metric))
        open_words = needed.reason if isinstance(needed, Undefined) else ""
        ours = "threshold ours" if check.threshold == "ours" else ""
        why = joined_words(others, value.method, f"on {', '.join(aligned.tasks)}", basis, said, open_words, ours)
        return replace(
            self._check_result(check, title, aligned, value.estimate, verdict=verdict, why=why),
            low=value.low,
            high=value.high,
            needed_n=needed if isinstance(needed, int) else None,
        )

    def _check_result(
        self, check: RunCheck, title: str, aligned: AlignedSeries, value: float, *, verdict: ClaimVerdict, why: str
    ) -> ClaimCheckResult:
        labels = tuple(aligned.data)
        return ClaimCheckResult(
            what=title,
            role=check.role,
            mode=self._mode(labels),
            verdict=verdict,
            confirmed_if=check.confirmed_if.text,
            why=joined_words(why, check.note),
            metric=check.metric,
            value=value,
            n=aligned.samples,
            prices=prices_used(aligned),
            labels=labels,
            tasks=tuple(aligned.tasks),
            imported_from=imported_sources(aligned),
        )

    def _among_all(self, claim: ClaimEntry, check: RunCheck, model: str) -> ClaimCheckResult | MissingData:
        """The share of bootstrap draws in which a model is where the claim puts it, all models drawn together.

        The models are those of the reference set, whatever else the runs hold.
        """
        found = self._labels(list(dict.fromkeys((model, *_reference_set(claim, check)))), claim)
        if isinstance(found, MissingData):
            return found
        labels, said = list(dict.fromkeys(found[0])), joined_words(*found[1])
        label = labels[0]
        title = f"{check.metric}: {label} among {len(labels)} models"
        if not self.evidence.shared_tasks(labels, claim.tasks):
            return _no_task(labels, claim)
        aligned = self.evidence.aligned(labels, claim.tasks)
        chance = aligned if isinstance(aligned, Undefined) else chance_of(check.metric, aligned, label)
        if isinstance(chance, Undefined):
            return _undefined(check, title, chance.reason, self._mode(labels), labels)
        assert isinstance(aligned, AlignedSeries)
        others = other_models(aligned)
        words = f"share of {STANDARD.draws} bootstrap resamples of the samples; at most {RARE} refutes"
        basis = joined_words(cost_basis(check, aligned), runs_behind(aligned))
        why = joined_words(others, words, basis, f"on {', '.join(aligned.tasks)}", said)
        verdict = ClaimVerdict.UNDECIDED if others else chance_verdict(chance, check.confirmed_if)
        return self._check_result(check, title, aligned, chance, verdict=verdict, why=why)

    def _labels(self, models: Sequence[str], claim: ClaimEntry) -> tuple[list[str], list[str]] | MissingData:
        """A label for each model with what to say of it: the best ones that have a task in common, else the best."""
        is_same = self.is_same if claim.any_host else str.__eq__
        candidates = [self.evidence.labels_of(model, is_same) for model in models]
        missing = next((model for model, found in zip(models, candidates, strict=True) if not found), None)
        if missing is not None:
            return MissingData(what=missing)
        best = [found[0] for found in candidates]
        # A model may have run at several hosts; the first combination that shares a task is the best one, since
        # candidates are sorted. Ten hosts of six models would be a million combinations.
        for chosen in islice(product(*candidates), MAX_COMBINATIONS):
            if self.evidence.shared_tasks([label for label, _ in chosen], claim.tasks):
                best = list(chosen)
                break
        return [label for label, _ in best], [words for _, words in best]

    def _mode(self, labels: Sequence[str]) -> EvidenceMode:
        used = [one for one in self.evidence.series if one.label in labels]
        # The weakest evidence names the whole: one simulated model makes a comparison simulated.
        if any(one.origin is Origin.SIMULATED for one in used):
            return EvidenceMode.SIMULATED
        if any(one.origin is Origin.IMPORTED for one in used):
            return EvidenceMode.IMPORTED
        if any(one.origin is Origin.REPLAYED or one.reused or self.is_gone(one.name) for one in used):
            return EvidenceMode.REPLAY
        return EvidenceMode.LIVE


def _models_of_check(claim: ClaimEntry, check: RunCheck) -> Iterator[tuple[str, ...]]:
    """The model, or the two models, of each number that the check asks for."""
    for first in check.of or claim.subject:
        if check.metric in PAIRED:
            yield from ((first, second) for second in check.over or claim.comparator)
        else:
            yield (first,)


def _reference_set(claim: ClaimEntry, check: RunCheck) -> Sequence[str]:
    """The models that a rank or a quadrant is told among."""
    return check.among or (*claim.subject, *claim.comparator)


def _agreeing(found: ClaimCheckResult, check: RunCheck, words: str, value: Value) -> ClaimCheckResult:
    """The result, undecided where another way of counting failed or truncated jobs comes to another verdict."""
    if isinstance(value, Undefined):
        return replace(found, why=joined_words(f"{words}: {value.reason}", found.why))
    other = check.confirmed_if.holds(value.low, value.high)
    bounds = f"{four_digits(value.estimate)} [{four_digits(value.low)}, {four_digits(value.high)}]"
    said = replace(found, why=joined_words(f"{words}: {bounds}, {other.value}", found.why))
    # A verdict that depends on how failed jobs are counted is a choice of ours, not a finding.
    return said if other is found.verdict else replace(said, verdict=ClaimVerdict.UNDECIDED)


def models_of(claim: ClaimEntry) -> tuple[str, ...]:
    """The models a run must have to decide a claim, each once."""
    checks = [check for check in claim.runs if check.role is CheckRole.DECISIVE] or claim.runs
    named = [model for check in checks for model in check.of or claim.subject]
    named += [model for check in checks if check.metric in AMONG_ALL for model in _reference_set(claim, check)]
    named += [model for check in checks if check.metric in PAIRED for model in check.over or claim.comparator]
    return tuple(dict.fromkeys(named))


def _no_task(labels: Sequence[str], claim: ClaimEntry) -> MissingData:
    where = f" among {', '.join(claim.tasks)}" if claim.tasks else ""
    return MissingData(what=f"a task{where} that all of {', '.join(labels)} ran")


def _undefined(
    check: RunCheck, title: str, reason: str, mode: EvidenceMode, labels: Sequence[str], *, n: int | None = None
) -> ClaimCheckResult:
    return ClaimCheckResult(
        what=title,
        role=check.role,
        mode=mode,
        verdict=ClaimVerdict.UNDECIDED,
        confirmed_if=check.confirmed_if.text,
        why=joined_words(reason, check.note),
        metric=check.metric,
        n=n,
        labels=tuple(labels),
    )
