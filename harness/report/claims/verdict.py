"""What may be said of a claim, and the rule that says it: the interval against the accepted range.

Covers accepted ranges, verdicts, modes, single findings and how several make one verdict.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

NUMBER = r"-?[0-9]+(?:\.[0-9]+)?"
ONE_SIDED = re.compile(rf"(<=|>=|<|>|=)\s*({NUMBER})")
TWO_SIDED = re.compile(rf"({NUMBER})\s+to\s+({NUMBER})")


class ClaimVerdict(Enum):
    """What can be said of a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    DEPENDS = "depends on the reading"
    UNDECIDED = "undecided"
    NOT_RUNNABLE = "not runnable any more"
    NOT_MEASURABLE = "not measurable by this harness"


class EvidenceMode(Enum):
    """What stands behind a verdict.

    `live`: a run of models that are still served. `replay`: recorded answers, of a model that is gone since or reused
    from an earlier run. `imported`: from somebody else's results. `simulated`: from the mock server.
    `computed`: arithmetic, no run.
    """

    LIVE = "live"
    REPLAY = "replay"
    IMPORTED = "imported"
    SIMULATED = "simulated"
    COMPUTED = "computed"


class CheckRole(Enum):
    """Whether a check settles its claim or is only shown beside it."""

    DECISIVE = "decides"
    INFORMATIONAL = "beside"


class CheckLogic(Enum):
    """How the checks that decide are joined."""

    ALL = "all"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedRange:
    """The values that confirm. None: open on that side; `*_counts`: whether the bound itself is accepted."""

    text: str
    low: Fraction | None = None
    high: Fraction | None = None
    low_counts: bool = True
    high_counts: bool = True

    def holds(self, low: float | Fraction, high: float | Fraction) -> ClaimVerdict:
        """Confirmed where the interval lies inside, refuted where it lies wholly outside, else undecided."""
        bottom, top = _as_written(low), _as_written(high)
        if self._is_below(top) or self._is_above(bottom):
            return ClaimVerdict.REFUTED
        inside = not self._is_below(bottom) and not self._is_above(top)
        return ClaimVerdict.CONFIRMED if inside else ClaimVerdict.UNDECIDED

    def crossed(self, low: float, high: float) -> list[float]:
        """The bounds that an interval lies across."""
        bounds = [float(bound) for bound in (self.low, self.high) if bound is not None]
        return [bound for bound in bounds if low <= bound <= high]

    def _is_below(self, value: Fraction) -> bool:
        return self.low is not None and (value < self.low or (value == self.low and not self.low_counts))

    def _is_above(self, value: Fraction) -> bool:
        return self.high is not None and (value > self.high or (value == self.high and not self.high_counts))


def _as_written(value: float | Fraction) -> Fraction:
    """A float as the shortest number that names it: 0.1 is a tenth here, not the binary number above it."""
    return value if isinstance(value, Fraction) else Fraction(repr(float(value)))


def accepted_range(text: str) -> AcceptedRange:
    """The range a text names: `< 0.1`, `<= 0.1`, `> 2`, `>= -0.03`, `= 1`, `0.075 to 0.085`. Raises ValueError."""
    two = TWO_SIDED.fullmatch(text.strip())
    if two:
        low, high = Fraction(two[1]), Fraction(two[2])
        if low > high:
            raise ValueError(f"found {text!r}, whose first number is the larger; accepted: 0.075 to 0.085")
        return AcceptedRange(text=text, low=low, high=high)
    one = ONE_SIDED.fullmatch(text.strip())
    if not one:
        raise ValueError(f"found {text!r}; accepted: < 0.1, <= 0.1, > 2, >= -0.03, = 1, or 0.075 to 0.085")
    sign, number = one[1], Fraction(one[2])
    if sign == "=":
        return AcceptedRange(text=text, low=number, high=number)
    counts = sign.endswith("=")
    if sign.startswith("<"):
        return AcceptedRange(text=text, high=number, high_counts=counts)
    return AcceptedRange(text=text, low=number, low_counts=counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimCheckResult:
    """One check of one claim, carried out.

    `what` names the quantity and the models; `value` with `low` and `high` is in the check's unit; `n`: samples both
    models have a grade. `needed_n`: samples in all that are expected to decide, where it is undecided.
    `reading`: how the claim is understood here, empty where there is one way. `imported_from`: the sources of imported
    results, each with its address and day.
    """

    what: str
    role: CheckRole
    mode: EvidenceMode
    verdict: ClaimVerdict
    confirmed_if: str
    why: str
    metric: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    needed_n: int | None = None
    prices: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    imported_from: tuple[str, ...] = ()
    reading: str = ""

    @property
    def interval(self) -> tuple[float, float] | None:
        return None if self.low is None or self.high is None else (self.low, self.high)


def verdicts_by_reading(findings: Sequence[ClaimCheckResult], needs: CheckLogic) -> dict[str, ClaimVerdict]:
    """The verdict of each reading, in the order they come; one without a name where there is one reading."""
    by_reading: dict[str, list[ClaimCheckResult]] = {}
    for finding in findings:
        by_reading.setdefault(finding.reading, []).append(finding)
    return {reading: _combined(own, needs) for reading, own in by_reading.items()}


def combine_verdicts(findings: Sequence[ClaimCheckResult], needs: CheckLogic) -> ClaimVerdict:
    """What several findings say together. Raises ValueError for none.

    Readings of which one confirms and another refutes give DEPENDS; an undecided one beside them changes nothing.
    """
    if not findings:
        raise ValueError("a verdict needs at least one finding")
    verdicts = set(verdicts_by_reading(findings, needs).values())
    if {ClaimVerdict.CONFIRMED, ClaimVerdict.REFUTED} <= verdicts:
        return ClaimVerdict.DEPENDS
    return verdicts.pop() if len(verdicts) == 1 else ClaimVerdict.UNDECIDED


def _combined(findings: Sequence[ClaimCheckResult], needs: CheckLogic) -> ClaimVerdict:
    """The verdict of the findings of one reading."""
    verdicts = {finding.verdict for finding in findings}
    enough, against = ClaimVerdict.REFUTED, ClaimVerdict.CONFIRMED
    if needs is CheckLogic.ANY:
        enough, against = against, enough
    if enough in verdicts:
        return enough
    return against if verdicts == {against} else ClaimVerdict.UNDECIDED
