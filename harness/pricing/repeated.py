"""Bills of very many attempts that are alike in all but their token counts.

What an attempt costs (pricing.attempts) depends on its counts only by multiplication, once it is known which classes of
tokens it has, which length tier its prompt falls into, and what else its bill rests on. So the whole rule is asked once
for each such form, and later attempts of the form are multiplied out at the rates of the first. An attempt of any
other kind, with surcharges or contradictory counts for example, is billed by the rule each time.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Protocol, TypeAlias

from harness.core.prices import Cost, CostUnknown, Price
from harness.core.types import Attempt, Completion, Endpoint, Failure, FailureKind, SamplingParams
from harness.pricing.attempts import QUICK_REFUSAL_S, cost_of_attempt
from harness.pricing.bill import bill_lines, totals
from harness.pricing.book import PriceBook
from harness.pricing.charges import CACHED, COMPLETION, NON_REASONING_OUTPUT, REASONING, UNCACHED, TokenCharge
from harness.pricing.exact import EXACT, TOKENS_PER_MTOK_DIGITS
from harness.pricing.served import other_model

_ANSWERED_TWICE = FailureKind.ANSWERED_TWICE.value
MAX_FORMS = 4096
"""Forms kept at once: an instant is part of them, to the minute."""

Counts: TypeAlias = tuple[int, int, int, int]
"""Tokens: prompt not cached, cached, completion without reasoning, reasoning."""
_PLACES = {UNCACHED: 0, CACHED: 1, COMPLETION: 2, NON_REASONING_OUTPUT: 2, REASONING: 3}
"""The place of each class of tokens in `Counts`; a bill has either all of the completion or its two parts."""


class UsageCounts(Protocol):
    """The fields of core.types.Usage that decide how an attempt is billed."""

    @property
    def prompt_tokens(self) -> int | None: ...
    @property
    def completion_tokens(self) -> int | None: ...
    @property
    def cached_tokens(self) -> int | None: ...
    @property
    def cache_write_tokens(self) -> int | None: ...
    @property
    def cache_write_1h_tokens(self) -> int | None: ...
    @property
    def reasoning_tokens(self) -> int | None: ...
    @property
    def explicit_cached_tokens(self) -> int | None: ...
    @property
    def split_by_documented_rule(self) -> bool: ...
    @property
    def own_key(self) -> bool: ...
    @property
    def problems(self) -> Sequence[str]: ...
    @property
    def non_token_charges(self) -> Sequence[str]: ...
    @property
    def tokens_at_other_rates(self) -> Sequence[str]: ...
    @property
    def surcharges(self) -> Sequence[str]: ...


class BilledTimes(Protocol):
    """Of core.types.Timing."""

    @property
    def started_at(self) -> datetime | None: ...
    @property
    def total_s(self) -> float | None: ...
    @property
    def text_chunks(self) -> int: ...


@dataclass(slots=True, kw_only=True)
class BillForm:
    """The bill of one attempt, and how those of its form are made from it; without `rates` it stands for itself.

    `other_model`: who answered, where not the requested one (pricing.served).
    `rates`: class, place in `Counts`, and rate of each of its lines. `weights`: dollars per token of each count, in
    units of ten to the power `exponent`; None where lines have to be converted or fees are taken on them.
    """

    first: Cost | CostUnknown
    other_model: str | None
    price: Price | None = None
    rates: tuple[tuple[str, int, Decimal], ...] | None = None
    weights: tuple[int, int, int, int] | None = None
    exponent: int = 0

    def cost(self, counts: Counts) -> Cost | CostUnknown:
        """The bill of these tokens with all its lines."""
        if self.rates is None or self.price is None or isinstance(self.first, CostUnknown):
            return self.first
        charges = [TokenCharge(what, counts[place], rate) for what, place, rate in self.rates]
        lines = bill_lines(charges, self.price)
        amount, usd = totals(lines)
        return replace(self.first, usd=usd, lines=lines, amount=amount)

    @property
    def known_usd(self) -> Decimal:
        """What is known of unknown dollars."""
        return self.first.known_usd if isinstance(self.first, CostUnknown) else Decimal(0)

    def usd(self, counts: Counts) -> Decimal | None:
        """Its dollars alone; None where they are unknown."""
        weights = self.weights
        if weights is not None:
            units = weights[0] * counts[0] + weights[1] * counts[1] + weights[2] * counts[2] + weights[3] * counts[3]
            return EXACT.scaleb(Decimal(units), self.exponent)
        cost = self.cost(counts)
        return None if isinstance(cost, CostUnknown) else cost.usd


@dataclass(slots=True, kw_only=True)
class _Terms:
    """What attempts share that differ in usage alone. `bounds`: prompt lengths at which a bill changes its form.

    `has_forms`: False where a price row may change within the minute.
    """

    price: Price | CostUnknown
    other_model: str | None
    bounds: Sequence[int] = ()
    has_forms: bool = True
    forms: dict[Hashable, BillForm] = field(default_factory=dict)


@dataclass(slots=True)
class RepeatedBills:
    """`cost_of_attempt` for the attempts of a run, one after another."""

    book: PriceBook
    _terms: dict[Hashable, _Terms] = field(default_factory=dict)

    def total(self, endpoint: Endpoint, params: SamplingParams, attempt: Attempt) -> Cost | CostUnknown:
        """The dollars of `cost_of_attempt`, without lines and notes where they are its form's rates multiplied out."""
        if isinstance(attempt, Failure):
            return cost_of_attempt(self.book, endpoint, params, attempt)
        form, counts = self.bill(endpoint, params, _Answer(attempt), lambda: (params, attempt))
        usd = None if form.weights is None else form.usd(counts)
        if usd is None or isinstance(form.first, CostUnknown):
            return form.cost(counts)
        first = form.first
        return Cost(usd=usd, lines=(), price_id=first.price_id, amount=usd, is_upper_bound=first.is_upper_bound)

    def bill(
        self,
        endpoint: Endpoint,
        settings: Hashable,
        fields: AttemptParts,
        decoded: Callable[[], tuple[SamplingParams, Attempt]],
    ) -> tuple[BillForm, Counts]:
        """The bill of one attempt, as a form and its tokens.

        `settings` stands for its sampling parameters; `decoded` gives them and all of the attempt.
        """
        timing, usage = fields.timing, fields.usage
        at = timing.started_at
        if at is None or at.tzinfo is not UTC or endpoint.gpu_cost is not None or fields.kind == _ANSWERED_TWICE:
            return self._as_it_is(endpoint, decoded)
        terms = self._terms.get(asked := _terms_key(endpoint, settings, fields, at))
        if terms is None:
            terms = self._new_terms(asked, endpoint, decoded()[1])
        counts = _NO_TOKENS if usage is None else _counts(usage)
        if counts is None:
            return self._as_it_is(endpoint, decoded)
        form = fields.reported_cost_usd if usage is None else _form_key(usage, counts, terms.bounds)
        known = terms.forms.get(form)
        if known is None:
            if not terms.has_forms:
                return self._as_it_is(endpoint, decoded)
            known = _form_of(self.book, endpoint, *decoded(), terms, counts if usage is not None else None)
            if len(terms.forms) < MAX_FORMS and (usage is None or known.rates is not None):
                terms.forms[form] = known
        return known, counts

    def _as_it_is(
        self, endpoint: Endpoint, decoded: Callable[[], tuple[SamplingParams, Attempt]]
    ) -> tuple[BillForm, Counts]:
        """By the rule itself."""
        params, attempt = decoded()
        cost = cost_of_attempt(self.book, endpoint, params, attempt)
        return BillForm(first=cost, other_model=other_model(attempt, endpoint, self.book)), _NO_TOKENS

    def _new_terms(self, asked: Hashable, endpoint: Endpoint, attempt: Attempt) -> _Terms:
        if len(self._terms) >= MAX_FORMS:
            self._terms.clear()
        at = attempt.timing.started_at
        assert at is not None
        instead = other_model(attempt, endpoint, self.book)
        model = instead or endpoint.model
        price = self.book.price_at(endpoint.provider, model, at)
        rows = self.book.rows(endpoint.provider, model)
        self._terms[asked] = terms = _Terms(price=price, other_model=instead, has_forms=all(map(_keeps_minutes, rows)))
        if isinstance(price, Price):
            lengths = {tier.above_prompt_tokens for tier in price.tiers}
            if price.cache_from_tokens is not None:
                lengths.add(price.cache_from_tokens - 1)
            terms.bounds = sorted(lengths)
        return terms


class AttemptParts(Protocol):
    """The fields of core.types.Completion and Failure that decide how an attempt is billed; `kind` of a failure."""

    finish_reason: str | None
    kind: str | None
    served_model: str | None
    served_by: str | None
    service_tier: str | None
    http_status: int | None
    request_id: str | None
    was_sent: bool
    text: str
    reasoning: str
    partial_text: str
    reported_cost_usd: Decimal | None

    @property
    def timing(self) -> BilledTimes: ...

    @property
    def usage(self) -> UsageCounts | None: ...


class _Answer:
    """A completion, with the fields that only failures have."""

    __slots__ = (
        "finish_reason", "reasoning", "reported_cost_usd", "request_id", "served_by", "served_model", "service_tier",
        "text", "timing", "usage",
    )  # fmt: skip
    kind: str | None = None
    http_status: int | None = None
    was_sent = True
    partial_text = ""

    def __init__(self, answer: Completion) -> None:
        self.finish_reason: str | None = answer.finish_reason.value
        self.reasoning = answer.reasoning
        self.reported_cost_usd = answer.reported_cost_usd
        self.request_id = answer.request_id
        self.served_by = answer.served_by
        self.served_model = answer.served_model
        self.service_tier = answer.service_tier
        self.text = answer.text
        self.timing = answer.timing
        self.usage = answer.usage


_NO_TOKENS: Counts = (0, 0, 0, 0)


def _counts(usage: UsageCounts) -> Counts | None:
    """The disjoint classes of a plain usage; None for one that is not consistent, or has other charges."""
    prompt, completion = usage.prompt_tokens, usage.completion_tokens
    cached, reasoning = usage.cached_tokens or 0, usage.reasoning_tokens or 0
    if prompt is None or completion is None or cached > prompt or reasoning > completion:
        return None
    if usage.problems or usage.surcharges or usage.non_token_charges or usage.tokens_at_other_rates:
        return None
    if usage.cache_write_tokens or usage.cache_write_1h_tokens or usage.explicit_cached_tokens:
        return None
    return prompt - cached, cached, completion - reasoning, reasoning


def _terms_key(endpoint: Endpoint, settings: Hashable, fields: AttemptParts, at: datetime) -> Hashable:
    """All but the usage that decides how an attempt is billed: with the same key, the same terms."""
    timing = fields.timing
    total_s = timing.total_s
    return (
        endpoint.label,
        settings,
        at.toordinal() * 1440 + at.hour * 60 + at.minute,  # the minute, in less time than `replace` takes
        fields.finish_reason,
        fields.kind,
        fields.served_model,
        fields.served_by,
        fields.service_tier,
        fields.http_status,
        fields.request_id is None,
        fields.was_sent,
        bool(fields.text),
        bool(fields.reasoning),
        bool(fields.partial_text),
        bool(timing.text_chunks),
        total_s is not None and total_s < QUICK_REFUSAL_S,
        bool(fields.reported_cost_usd),
    )


def _form_key(usage: UsageCounts, counts: Counts, bounds: Sequence[int]) -> Hashable:
    """What decides the lines of a bill within the same terms: length tier, classes with tokens, what was not said."""
    return (
        bisect_left(bounds, usage.prompt_tokens or 0),
        counts[0] > 0,
        counts[1] > 0,
        counts[2] > 0,
        counts[3] > 0,
        usage.cached_tokens is None,
        usage.reasoning_tokens is None,
        usage.split_by_documented_rule,
        usage.own_key,
    )


def _form_of(
    book: PriceBook,
    endpoint: Endpoint,
    params: SamplingParams,
    attempt: Attempt,
    terms: _Terms,
    counts: Counts | None,
) -> BillForm:
    """The bill of an attempt, with the rates of its lines where others of its form are those rates multiplied out."""
    cost = cost_of_attempt(book, endpoint, params, attempt)
    form = BillForm(first=cost, other_model=terms.other_model)
    if counts is None:
        return form
    if isinstance(cost, CostUnknown):
        # No count of a plain usage is in a reason: such a bill is the same for all of its form.
        form.rates = ()
        return form
    price, usage = terms.price, attempt.usage
    if isinstance(price, CostUnknown) or usage is None:
        return form
    known = [line for line in cost.lines if line.what in _PLACES]
    # A caveat on cached tokens names their number.
    if counts[1] and cost.is_upper_bound:
        return form
    form.price = replace(price, fee_share=Decimal(0)) if usage.own_key else price
    form.rates = tuple((line.what, _PLACES[line.what], line.rate_per_mtok) for line in known)
    if form.cost(counts) != cost:
        form.rates = None  # a bill that is more than its tokens at these rates
    elif len(known) == len(cost.lines) and price.exchange is None:
        _weigh(form)
    return form


def _weigh(form: BillForm) -> None:
    """Give the form its dollars per token as whole numbers of one small unit."""
    rates = form.rates or ()
    exponents = [_exponent(rate) for _, _, rate in rates]
    lowest = min([TOKENS_PER_MTOK_DIGITS, *exponents])
    weights = [0, 0, 0, 0]
    for (_, place, rate), exponent in zip(rates, exponents, strict=True):
        weights[place] = int(EXACT.scaleb(rate, -exponent)) * 10 ** (exponent - lowest)
    form.weights = weights[0], weights[1], weights[2], weights[3]
    form.exponent = lowest - TOKENS_PER_MTOK_DIGITS


def _exponent(rate: Decimal) -> int:
    exponent = rate.as_tuple().exponent
    assert isinstance(exponent, int)
    return exponent


def _keeps_minutes(row: Price) -> bool:
    """Whether a row and its tiers begin and end with a minute."""
    ends = [row.effective_from, row.effective_to, *(tier.until for tier in row.tiers)]
    return all(end is None or (end.second, end.microsecond) == (0, 0) for end in ends)
