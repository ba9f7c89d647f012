"""Results of claims as plain values, for JSON and CSV."""

from __future__ import annotations

from collections.abc import Sequence

from harness.report.claims.claim_file import ClaimEntry
from harness.report.claims.contradictions import Contradiction
from harness.report.claims.evaluate import ClaimResult
from harness.report.claims.ledger import ClaimLedger
from harness.report.claims.verdict import ClaimCheckResult


def flat_record(record: dict[str, object]) -> dict[str, object]:
    interval = record["interval"]
    bounds = dict(zip(("low", "high"), interval, strict=True)) if isinstance(interval, list) else {}
    return {**record, **bounds}


def result_record(result: ClaimResult, ledger: ClaimLedger, conflicts: Sequence[Contradiction]) -> dict[str, object]:
    claim, headline = result.claim, result.headline
    computed = None if result.computed_verdict is None else result.computed_verdict[0].value
    return {
        "id": claim.id,
        "article": result.article,
        "kind": claim.kind.value,
        "quote": claim.quote,
        "paraphrase": claim.paraphrase,
        "subject": claim.subject,
        "comparator": claim.comparator,
        "benchmark": claim.benchmark,
        "metric": claim.metric if headline is None else headline.metric,
        "claimed": _claimed_record(claim),
        "verdict": result.verdict.value,
        "mode": result.mode.value,
        "value": None if headline is None else headline.value,
        "interval": None if headline is None or headline.interval is None else list(headline.interval),
        "confirmed_if": None if headline is None else headline.confirmed_if,
        "n": result.n,
        "needed_n": result.needed_n,
        "why": result.why,
        "computed_verdict": computed,
        "desk_verdict": computed,  # the former name, for one release
        "at": result.at.isoformat(),
        "priced_at": result.priced_at.isoformat(),
        "prices": list(result.prices),
        "hosts": [{"model": host.model, "served_as": host.label, "words": host.words} for host in result.hosts],
        "findings": [_finding_record(finding) for finding in result.findings],
        "references": [ledger.score_words(name) for name in claim.references],
        "sources": list(result.sources),
        "contradicts": [
            {"claims": [other for other in one.claims if other != claim.id], "problem": one.problem}
            for one in conflicts
            if claim.id in one.claims
        ],
    }


def _claimed_record(claim: ClaimEntry) -> dict[str, object] | None:
    """The claimed amount; None where the claim states none."""
    claimed = claim.claimed
    if claimed is None:
        return None
    printed = claimed.value if isinstance(claimed.value, list) else [claimed.value]
    values = [float(one) for one in printed]
    return {"op": claimed.op, "value": values[0] if len(values) == 1 else values, "unit": claimed.unit}


def _finding_record(finding: ClaimCheckResult) -> dict[str, object]:
    return {
        "what": finding.what,
        "reading": finding.reading or None,
        "metric": finding.metric,
        "role": finding.role.value,
        "mode": finding.mode.value,
        "verdict": finding.verdict.value,
        "value": finding.value,
        "interval": None if finding.interval is None else list(finding.interval),
        "confirmed_if": finding.confirmed_if,
        "n": finding.n,
        "needed_n": finding.needed_n,
        "models": list(finding.labels),
        "prices": list(finding.prices),
        "why": finding.why,
    }
