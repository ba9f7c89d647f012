"""One result a claim: which verdict, in which mode, on which finding it rests.

Runs take precedence over computed checks, and these over "not runnable any more"; what is left is undecided and says
how many samples would decide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from harness.config.load import Config
from harness.core.plurals import counted
from harness.report.claims.availability import ModelAvailability, availability_of
from harness.report.claims.claim_file import ClaimEntry, ClaimFile, ClaimKind, RunCheck
from harness.report.claims.computed import ComputedChecks, joined_words
from harness.report.claims.ledger import ClaimLedger
from harness.report.claims.measure import CheckedClaim, RunMeasurements, models_of
from harness.report.claims.verdict import (
    CheckLogic,
    CheckRole,
    ClaimCheckResult,
    ClaimVerdict,
    EvidenceMode,
    combine_verdicts,
    verdicts_by_reading,
)
from harness.report.render.number_format import four_digits
from harness.stats.intervals import Undefined
from harness.stats.power import PlanningAssumptions, samples_needed
from harness.stats.tail import ENOUGH_SAMPLES

ASSUMED = PlanningAssumptions()
ASSUMED_WORDS = "by the assumptions in docs/claims.md"
ASSUMED_LOG_SPREAD = {
    "prompt_tokens_ratio": 0.1,
    "tokens_per_s_ratio": 0.3,
    "chars_per_s_ratio": 0.3,
    "latency_ratio": 0.7,
    "speed_ratio": 0.7,
}
OTHER_LOG_SPREAD = 1.0
"""Standard deviations over samples of the logarithm of a ratio of two models: dollars vary by a factor of e."""
CHANCE_SAMPLES = 300
"""For a bootstrap chance, which no formula for sample sizes covers, and where a planned difference cannot be shown."""
# Quantiles of the normal law at 0.975 and 0.80, the usual sample-size formula (z_alpha/2 + z_beta)^2 (spread/effect)^2.
NORMAL_REACH = 1.96 + 0.84
"""Standard errors between a true value and a bound for a 95% interval to clear it in 80 of 100 runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """A claim with its verdict. `headline`: the finding it rests on, None where there is none.

    `why` tells all in one text, the checks beside it too; `reason` is the part of it that no finding holds.
    `n`: samples behind it, 0 where only a run could settle it and there was none. `needed_n`: samples that would.
    `at`: the day models had to be served on; `priced_at`: the day of the list prices.
    `sources`: the text, and the pages that the claim's inputs and its models' retirements rest on.
    """

    claim: ClaimEntry
    article: str
    verdict: ClaimVerdict
    mode: EvidenceMode
    why: str
    reason: str
    at: date
    priced_at: date
    headline: ClaimCheckResult | None = None
    findings: tuple[ClaimCheckResult, ...] = ()
    hosts: tuple[ModelAvailability, ...] = ()
    sources: tuple[str, ...] = ()
    n: int | None = None
    needed_n: int | None = None

    @property
    def prices(self) -> tuple[str, ...]:
        """The price rows that any finding of this claim used."""
        return tuple(dict.fromkeys(price for finding in self.findings for price in finding.prices))

    @property
    def is_from_run(self) -> bool:
        """Whether a run stands behind the verdict."""
        return self.mode is not EvidenceMode.COMPUTED

    @property
    def computed_verdict(self) -> tuple[ClaimVerdict, ClaimCheckResult] | None:
        """What the computed checks alone say, and on which finding; None where it decides nothing."""
        deciding = _deciding([finding for finding in self.findings if finding.mode is EvidenceMode.COMPUTED])
        if not deciding:
            return None
        verdict = combine_verdicts(deciding, self.claim.needs)
        return verdict, _resting_on(verdict, deciding)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEvaluator:
    """What claims are evaluated with. `computed`: by article, with its price day. `measurements`: None without runs."""

    computed: Mapping[str, ComputedChecks]
    measurements: RunMeasurements | None
    config: Config
    today: date

    def evaluate_all(self, ledger: ClaimLedger) -> tuple[ClaimResult, ...]:
        """A result for every claim, in the order of the ledger."""
        return tuple(self.evaluate(file, claim) for file, claim in ledger.claims)

    def evaluate(self, file: ClaimFile, claim: ClaimEntry) -> ClaimResult:
        """The result of one claim."""
        computed = self.computed[file.article].findings(claim)
        # Before any run is asked: no number of ours may decide what a reader's taste or a firm's books would.
        if claim.kind in (ClaimKind.EXTERNAL, ClaimKind.OPINION):
            return self._result(file, claim, ClaimVerdict.NOT_MEASURABLE, claim.why, findings=computed)
        tested = self.measurements.test(claim) if self.measurements else CheckedClaim(findings=(), lacking=())
        findings = (*tested.findings, *computed)
        hosts = tuple(availability_of(model, self.config, file.retired, today=self.today) for model in models_of(claim))
        by_runs, by_arithmetic = _deciding_runs(claim, tested), _deciding(computed)
        if any(one.reading for one in by_arithmetic):  # a reading that a run decides stands beside the computed ones
            by_runs = [*by_runs, *by_arithmetic]
        for deciding in (by_runs, by_arithmetic):
            if deciding:
                return self._decided(file, claim, deciding, findings, hosts)
        return self._unsettled(file, claim, findings, hosts, tested.lacking)

    def _decided(
        self,
        file: ClaimFile,
        claim: ClaimEntry,
        deciding: Sequence[ClaimCheckResult],
        findings: tuple[ClaimCheckResult, ...],
        hosts: tuple[ModelAvailability, ...],
    ) -> ClaimResult:
        verdict = combine_verdicts(deciding, claim.needs)
        headline = _resting_on(verdict, deciding)
        counts = [one.n for one in deciding if one.n is not None]
        needed = [one.needed_n for one in deciding if one.needed_n is not None]
        return self._result(
            file,
            claim,
            verdict,
            claim.notes if headline.mode is EvidenceMode.COMPUTED else "",
            beside=joined_words(
                _spoken(headline),
                _others(headline, deciding, findings, claim.needs),
                f"computed: {claim.notes}" if claim.notes and headline.mode is not EvidenceMode.COMPUTED else "",
            ),
            headline=headline,
            findings=findings,
            hosts=hosts,
            n=headline.n if headline.n is not None else min(counts, default=None),
            # The largest number: the claim is open until its last check is decided.
            needed_n=max(needed, default=None) if verdict is ClaimVerdict.UNDECIDED else None,
        )

    def _unsettled(
        self,
        file: ClaimFile,
        claim: ClaimEntry,
        findings: tuple[ClaimCheckResult, ...],
        hosts: tuple[ModelAvailability, ...],
        lacking: tuple[str, ...],
    ) -> ClaimResult:
        """No run decides and no computed check may: gone models make it not runnable, else it is open."""
        gone = [host for host in hosts if host.is_gone]
        beside = "; ".join(
            f"computed, informational: {_spoken(one)}" for one in findings if one.mode is EvidenceMode.COMPUTED
        )
        # "Not runnable" only after every other way failed: a recording or an import of a withdrawn model still decides.
        if gone:
            verdict, needed = ClaimVerdict.NOT_RUNNABLE, None
            reason = joined_words("; ".join(host.words for host in gone), claim.notes)
        else:
            verdict, needed = ClaimVerdict.UNDECIDED, planned_samples(claim)
            words = "no run was given that decides it"
            if lacking:
                words = f"no run decides it: the runs lack {', and '.join(lacking)}"
            moved = [host.words for host in hosts if host.label != host.model]
            samples = counted(needed, "sample")
            reason = joined_words(f"{words}; about {samples} would, {ASSUMED_WORDS}", *moved, claim.notes)
        return self._result(
            file,
            claim,
            verdict,
            reason,
            beside=beside,
            findings=findings,
            hosts=hosts,
            n=0,
            needed_n=needed,
        )

    def _result(
        self,
        file: ClaimFile,
        claim: ClaimEntry,
        verdict: ClaimVerdict,
        reason: str,
        *,
        beside: str = "",
        headline: ClaimCheckResult | None = None,
        findings: tuple[ClaimCheckResult, ...] = (),
        hosts: tuple[ModelAvailability, ...] = (),
        n: int | None = None,
        needed_n: int | None = None,
    ) -> ClaimResult:
        return ClaimResult(
            claim=claim,
            article=file.article,
            verdict=verdict,
            mode=EvidenceMode.COMPUTED if headline is None else headline.mode,
            why=joined_words(reason, beside),
            reason=reason,
            at=self.today,
            priced_at=self.computed[file.article].at.date(),
            headline=headline,
            findings=findings,
            hosts=hosts,
            sources=file.sources_of(claim),
            n=n,
            needed_n=needed_n,
        )


def _deciding(findings: Sequence[ClaimCheckResult]) -> list[ClaimCheckResult]:
    return [finding for finding in findings if finding.role is CheckRole.DECISIVE]


def _resting_on(verdict: ClaimVerdict, deciding: Sequence[ClaimCheckResult]) -> ClaimCheckResult:
    """The first finding that says what all of them come to."""
    return next((one for one in deciding if one.verdict is verdict), deciding[0])


def _deciding_runs(claim: ClaimEntry, tested: CheckedClaim) -> list[ClaimCheckResult]:
    """The findings of runs that decide; where the runs lack something, only if one counterexample or example does."""
    deciding = _deciding(tested.findings)
    if not deciding or not tested.lacking:
        return deciding
    # With something lacking, only what no further check could change: "all" is refuted by one, "any" confirmed by one.
    enough = ClaimVerdict.REFUTED if claim.needs is CheckLogic.ALL else ClaimVerdict.CONFIRMED
    return deciding if combine_verdicts(deciding, claim.needs) is enough else []


def planned_samples(claim: ClaimEntry) -> int:
    """Samples for a claim nobody has run yet, from stated assumptions (docs/claims.md); every check that decides."""
    checks = [check for check in claim.runs if check.role is CheckRole.DECISIVE] or claim.runs
    return max((_samples_of(check) for check in checks), default=CHANCE_SAMPLES)


def _samples_of(check: RunCheck) -> int:
    """A share is to be told 0.05 apart, a ratio by a factor of 1.25; either by half of a narrower accepted range."""
    bounds = [float(bound) for bound in (check.confirmed_if.low, check.confirmed_if.high) if bound is not None]
    width = max(bounds) - min(bounds) if len(bounds) == 2 else 0.0
    if check.metric.endswith("_chance"):
        return CHANCE_SAMPLES
    if check.metric.endswith("_ratio") or check.metric.startswith(("usd", "tokens", "seconds")):
        reach = math.log(max(bounds) / min(bounds)) / 2 if width and min(bounds) > 0 else math.log(1.25)
        spread = ASSUMED_LOG_SPREAD.get(check.metric, OTHER_LOG_SPREAD)
        # Below ENOUGH_SAMPLES a quantity with runaway answers has no interval at all, so fewer samples could not
        # decide.
        # 30: below it Student's t is much wider than the normal law of NORMAL_REACH, and the number would be too low.
        fewest = ENOUGH_SAMPLES if check.metric not in ASSUMED_LOG_SPREAD else 30
        return max(fewest, math.ceil((NORMAL_REACH * spread / reach) ** 2))
    found = samples_needed(width / 2 or 0.05, ASSUMED.paired_variance(), repeats=1)
    return CHANCE_SAMPLES if isinstance(found, Undefined) else found


def bounds_text(finding: ClaimCheckResult) -> str:
    """The interval for people; empty where there is none."""
    return "" if finding.interval is None else f"[{', '.join(map(four_digits, finding.interval))}]"


def _spoken(finding: ClaimCheckResult) -> str:
    value = "" if finding.value is None else f" = {four_digits(finding.value)}"
    bounds = f" {bounds_text(finding)}".rstrip()
    return f"{finding.what}{value}{bounds}, confirmed if {finding.confirmed_if} ({finding.why})"


def reading_words(deciding: Sequence[ClaimCheckResult], needs: CheckLogic) -> list[str]:
    """Each reading with its verdict and values, of three and more the ends: `output price: confirmed (0.08)`."""
    words = []
    for reading, verdict in verdicts_by_reading(deciding, needs).items():
        values = sorted(one.value for one in deciding if one.reading == reading and one.value is not None)
        shown = [four_digits(value) for value in (values if len(values) < 3 else (values[0], values[-1]))]
        between = ", " if len(values) < 3 else " to "
        words.append(f"{reading}: {verdict.value}" + (f" ({between.join(shown)})" if shown else ""))
    return words


def _others(
    headline: ClaimCheckResult,
    deciding: Sequence[ClaimCheckResult],
    findings: Sequence[ClaimCheckResult],
    needs: CheckLogic,
) -> str:
    """How the other checks came out: a count, then those that differ and those shown beside."""
    parts = []
    readings = {finding.reading for finding in deciding}
    if len(readings) > 1:
        parts.append("; ".join(reading_words(deciding, needs)))
    elif len(deciding) > 1:
        held = sum(finding.verdict is ClaimVerdict.CONFIRMED for finding in deciding)
        parts.append(f"{held} of {len(deciding)} checks that decide hold")
    for finding in findings:
        if finding is headline or finding.value is None:
            continue
        # Of many checks only those beside the claim are written out: the count above already holds the others.
        if finding.role is CheckRole.INFORMATIONAL or len(findings) <= 6:
            word = {"confirmed": "inside", "refuted": "outside"}.get(finding.verdict.value, "across")
            kind = "" if finding.mode is headline.mode else f", {finding.mode.value}"
            parts.append(f"{finding.what} = {four_digits(finding.value)} ({word} {finding.confirmed_if}{kind})")
    return "; ".join(parts)
