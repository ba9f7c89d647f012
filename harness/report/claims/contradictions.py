"""Where texts contradict each other, themselves, or the figures they rest on.

Each pair is listed once, whichever of the two claims names it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.core.labels import closest_names
from harness.report.claims.ledger import ClaimLedger


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """The claims it concerns, one or two, sorted, and what does not fit."""

    claims: tuple[str, ...]
    problem: str


def contradictions(ledger: ClaimLedger) -> tuple[Contradiction, ...]:
    """All of a ledger, between texts first. A pair that both claims name keeps the words of the first."""
    found: dict[tuple[str, ...], list[str]] = {}
    for _, entry in ledger.claims:
        for conflict in entry.contradicts:
            pair = tuple(sorted({entry.id, conflict.claim or entry.id}))
            if conflict.claim is None or pair not in found:
                found.setdefault(pair, []).append(conflict.problem)
    listed = [Contradiction(claims=pair, problem=problem) for pair, problems in found.items() for problem in problems]
    return tuple(sorted(listed, key=lambda one: (len(one.claims) == 1, one.claims)))


def unknown_partners(ledger: ClaimLedger) -> Sequence[str]:
    """A sentence for every contradiction that names a claim no file has."""
    return [
        f"claim {entry.id} contradicts {conflict.claim!r}, which no file has; "
        f"{closest_names(conflict.claim, ledger.ids)}"
        for _, entry in ledger.claims
        for conflict in entry.contradicts
        if conflict.claim is not None and conflict.claim not in ledger.ids
    ]
