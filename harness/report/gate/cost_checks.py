"""Checks of dollars and tokens over the shared samples: equal sample by sample, or a ratio at most the tolerance.

A sample whose amount is not known on either side is left out and counted in the reason, never taken for 0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

import numpy as np

from harness.core.plurals import counted
from harness.pricing.exact import exact_sum, exact_text
from harness.pricing.gpu_time import is_gpu_priced, mark_gpu_cost
from harness.report.gate.baseline import ModelTotals, SampleTotals
from harness.report.gate.check_result import (
    LIVE_TOLERANCE,
    OLDER,
    OTHER_REPEATS,
    BaselinePair,
    CheckOutcome,
    GateCheckResult,
    Tolerances,
)
from harness.report.render.number_format import UNKNOWN, count, dollars
from harness.stats.intervals import Undefined
from harness.stats.means import PerSample
from harness.stats.ratio import mean_ratio
from harness.stats.resample import Resampling

DOLLARS = "dollars"
SAME_TOKENS = "the tokens in and out are the same, so the rates, or the cached share, are not"
KINDS = {True: "measured GPU time", False: "prices of tokens"}


def cost_check_results(
    pair: BaselinePair, tolerances: Tolerances, *, confidence: float, allow_changed: bool
) -> Iterator[GateCheckResult]:
    """Dollars, price rows, tokens in and out, reasoning tokens. `confidence`: of the intervals of ratios."""
    standard = 0.0 if pair.is_deterministic else LIVE_TOLERANCE
    plan = Resampling(confidence=confidence)
    usd = standard if tolerances.usd is None else tolerances.usd
    tokens = standard if tolerances.tokens is None else tolerances.tokens
    dollars_of = SummedQuantity(check=DOLLARS, of=lambda one: one.usd, jobs=lambda one: one.jobs, text=_usd_text)
    less = tolerances.allow_less
    found = _amount(pair, dollars_of, usd, plan, allow_less=less)
    was_gpu, is_gpu = is_gpu_priced(pair.then.prices), is_gpu_priced(pair.now.prices)
    # Seconds of a GPU and a price list do not compare: a change of the machine's load would pass for a change of price.
    if was_gpu != is_gpu and pair.then.prices and pair.now.prices:
        sides = ((found.then, was_gpu), (found.now, is_gpu))
        was, is_now = (mark_gpu_cost(text, is_gpu_time=is_of_gpu) for text, is_of_gpu in sides)
        why = f"two kinds of cost: {KINDS[was_gpu]} in the baseline, {KINDS[is_gpu]} now"
        found = pair.finding(DOLLARS, (was, is_now), CheckOutcome.INCONCLUSIVE, why, values=found.values)
    elif found.outcome is CheckOutcome.FAILED and _only_dollars_changed(pair):
        found = replace(found, why=f"{found.why}; {SAME_TOKENS}")
    yield found
    yield from _price_rows(pair, allow_changed=allow_changed)
    for check, of in (("input tokens", _prompt), ("output tokens", _completion)):
        quantity = SummedQuantity(check=check, of=of, jobs=lambda one: one.answers, text=_count_text)
        yield _amount(pair, quantity, tokens, plan, allow_less=less)
    then, now = pair.then.reasoning_tokens, pair.now.reasoning_tokens
    if tokens == 0 and then is not None and pair.has_same_jobs:
        outcome = CheckOutcome.PASSED if then == now else CheckOutcome.FAILED
        why = "equal" if then == now else "not equal" if now is not None else "no longer reported"
        yield pair.finding("reasoning tokens", (count(then), count(now)), outcome, why, values=(then, now))


def _price_rows(pair: BaselinePair, *, allow_changed: bool) -> Iterator[GateCheckResult]:
    """The price rows that billed each side: other rows, or other rates in the same row, fail."""
    then, now = pair.then.prices, pair.now.prices
    if not (then and now) or is_gpu_priced(then) != is_gpu_priced(now):
        return  # without a price dollars are unknown, which has a check of its own
    figures = _rates_figure(pair.then), _rates_figure(pair.now)
    shared = [row for row in pair.then.rates if row in pair.now.rates]
    changed = [row for row in shared if _all_terms(pair.then.rates[row]) != _all_terms(pair.now.rates[row])]
    outcome = CheckOutcome.PASSED if allow_changed else CheckOutcome.FAILED
    allowed = ", allowed as asked" if allow_changed else ""
    if then != now:
        yield pair.finding("price rows", figures, outcome, f"other price rows{allowed}: {_rates_words(pair)}")
    elif changed:
        yield pair.finding("price rows", figures, outcome, f"other rates{allowed}: {_rates_words(pair)}")
    elif shared:
        yield pair.finding("price rows", figures, CheckOutcome.PASSED, "the same rates")
    elif not is_gpu_priced(now):
        yield pair.finding("price rows", figures, CheckOutcome.SKIPPED, OLDER)


def _all_terms(rates: str) -> str:
    """The hash at the end: which of the rates are shown before it has changed with versions."""
    return rates.rpartition(" ")[2]


def _rates_figure(row: ModelTotals) -> str:
    """The rates in and out where one price row billed all, else how many rows did."""
    plain = [re.match(r"prompt ([\d.]+), completion ([\d.]+)", text) for text in row.rates.values()]
    if len(plain) == len(row.prices) == 1 and plain[0] is not None:
        return f"{plain[0][1]} in, {plain[0][2]} out"
    return count(len(row.prices))


def _rates_words(pair: BaselinePair) -> str:
    """The rows of each side with their rates, as far as those are known."""
    sides = ["; ".join(_row_text(name, row) for name in row.prices) for row in (pair.then, pair.now)]
    return f"{sides[0]} then; {sides[1]} now"


def _row_text(name: str, row: ModelTotals) -> str:
    rates = ", ".join(row.rates[one] for one in name.split(" + ") if one in row.rates)
    return f"{name} ({rates})" if rates else name


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedQuantity:
    """A sum compared sample by sample. `jobs`: what it is a mean over; `text`: its format, with every digit or not."""

    check: str
    of: Callable[[SampleTotals], Decimal | int | None]
    jobs: Callable[[SampleTotals], int]
    text: Callable[[Decimal, bool], str]


def _amount(
    pair: BaselinePair, amount: SummedQuantity, tolerance: float, plan: Resampling, *, allow_less: bool
) -> GateCheckResult:
    """Tolerance 0: fails unless equal sample by sample; else fails where the paired ratio's whole CI is outside.

    Outside is above 1 + tolerance, or below 1 / (1 + tolerance). `allow_less`: lower amounts pass, but for 0.
    """
    if all(amount.of(one) is None for _, one, _ in pair.shared):
        why = "not known for any sample of the baseline"
        return pair.finding(amount.check, (UNKNOWN, UNKNOWN), CheckOutcome.SKIPPED, why)
    known = [
        (one, other) for _, one, other in pair.shared if amount.of(one) is not None and amount.of(other) is not None
    ]
    if not known:
        why = "no sample's is known on both sides"
        return pair.finding(amount.check, (UNKNOWN, UNKNOWN), CheckOutcome.INCONCLUSIVE, why)
    then, now = (exact_sum(Decimal(amount.of(side[at]) or 0) for side in known) for at in (0, 1))
    figures = amount.text(then, tolerance == 0), amount.text(now, tolerance == 0)
    left_out = len(pair.shared) - len(known)
    if tolerance:
        outcome, why = _ratio_outcome(known, amount, tolerance, plan, allow_less=allow_less)
        why = f"{why} {_over(known, left_out)}" if left_out else why
    elif pair.then.terms.repeats != pair.now.terms.repeats:
        # Sums over other numbers of repeats differ without any change.
        outcome, why = CheckOutcome.SKIPPED, OTHER_REPEATS
    else:
        outcome, why = _equality_outcome(known, amount, left_out, is_above_zero=now > 0, allow_less=allow_less)
        if amount.check == DOLLARS and not _different(known, amount) and _known_parts_differ(pair):
            return pair.finding(DOLLARS, figures, CheckOutcome.FAILED, _known_parts_text(pair))
    return pair.finding(amount.check, figures, outcome, why, values=(then, now))


KnownAmounts: TypeAlias = Sequence[tuple[SampleTotals, SampleTotals]]
"""The samples whose amount is known on both sides: of the baseline, of this run."""


def _over(known: KnownAmounts, left_out: int) -> str:
    samples = counted(len(known), "sample")
    return f"over {samples}; {left_out} left out as unknown" if left_out else f"for all {samples}"


def _different(known: KnownAmounts, amount: SummedQuantity) -> int:
    return sum(amount.of(one) != amount.of(other) for one, other in known)


def _equality_outcome(
    known: KnownAmounts, amount: SummedQuantity, left_out: int, *, is_above_zero: bool, allow_less: bool
) -> tuple[CheckOutcome, str]:
    """Whether each sample has the same amount, or a lower one where that is allowed."""
    different = _different(known, amount)
    if not different:
        return CheckOutcome.PASSED, f"equal {_over(known, left_out)}"
    samples = counted(len(known), "sample")
    is_lower = all((amount.of(other) or 0) <= (amount.of(one) or 0) for one, other in known)
    # A sum of 0 never passes as "less": usage that was lost looks like that.
    if allow_less and is_lower and is_above_zero:
        return CheckOutcome.PASSED, f"lower in {different:,} of {samples}, allowed as asked"
    unknown = f"; {left_out} left out as unknown" if left_out else ""
    return CheckOutcome.FAILED, f"different in {different:,} of {samples}{unknown}"


def _ratio_outcome(
    known: KnownAmounts,
    amount: SummedQuantity,
    tolerance: float,
    plan: Resampling,
    *,
    allow_less: bool,
) -> tuple[CheckOutcome, str]:
    then, now = (
        PerSample(
            totals=np.array([float(amount.of(side[at]) or 0) for side in known]),
            counts=np.array([float(amount.jobs(side[at])) for side in known]),
            has_runaways=False,  # the same model on both sides: runaway answers that neither shows cancel
        )
        for at in (0, 1)
    )
    if not then.totals.any():
        return (CheckOutcome.FAILED, "it was 0") if now.totals.any() else (CheckOutcome.PASSED, "0 on both sides")
    if not now.totals.any():
        return CheckOutcome.FAILED, "it is 0 now: a fault, not an improvement"
    found = mean_ratio(now, then, plan)
    if isinstance(found, Undefined):
        return CheckOutcome.INCONCLUSIVE, found.reason
    most = 1 + tolerance
    said = f"{found.estimate:.3f} times [{found.low:.3f}, {found.high:.3f}]"
    # The whole interval outside: a noisy run fails only where the change is larger than its noise.
    if found.low > most:
        return CheckOutcome.FAILED, f"{said}, above {most:g}"
    if found.high < 1 / most and not allow_less:
        return CheckOutcome.FAILED, f"{said}, below {1 / most:.3g}; where less is wanted: --allow-less"
    beyond = f", though more than {most:g} is not ruled out" if found.high > most else ""
    return CheckOutcome.PASSED, said + beyond


def _known_parts_differ(pair: BaselinePair) -> bool:
    """Whether the known dollars differ though each sample with known dollars costs the same."""
    return pair.then.samples.keys() == pair.now.samples.keys() and pair.then.known_usd != pair.now.known_usd


def _known_parts_text(pair: BaselinePair) -> str:
    return (
        f"the known part of jobs whose dollars are unknown differs: ${exact_text(pair.then.known_usd)} then, "
        f"${exact_text(pair.now.known_usd)} now, in all"
    )


def _prompt(one: SampleTotals) -> int | None:
    return one.prompt_tokens


def _completion(one: SampleTotals) -> int | None:
    return one.completion_tokens


def _usd_text(amount: Decimal, exact: bool) -> str:
    return f"${exact_text(amount) if exact else dollars(amount)}"


def _count_text(amount: Decimal, exact: bool) -> str:
    return count(int(amount))


def _only_dollars_changed(pair: BaselinePair) -> bool:
    """Whether a sample has other known dollars, and none has other tokens."""
    return any(None not in (one.usd, other.usd) and one.usd != other.usd for _, one, other in pair.shared) and all(
        (one.prompt_tokens, one.completion_tokens) == (other.prompt_tokens, other.completion_tokens)
        for _, one, other in pair.shared
    )
