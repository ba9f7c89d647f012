"""What an answer costs: rates and the instants they are in force, the lines of a bill, a cost or why there is none.

Plain frozen values. All dollars are Decimal. `harness.pricing` finds the price of an instant and makes the bill.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from harness.core.fast_init import fast_init


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Prices per million tokens in the price's currency. None: no published rate for that class.

    `thinking_completion` is the rate of all output when the model reasons, where the provider has one.
    `cached_explicit` is the rate of hits in a cache that the request asked for, where it differs from `cached`.
    """

    prompt: Decimal
    completion: Decimal
    cached: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None
    thinking_completion: Decimal | None = None
    cached_explicit: Decimal | None = None

    @property
    def cached_or_prompt(self) -> Decimal:
        """The rate of cached tokens; the prompt rate where none is published."""
        return self.prompt if self.cached is None else self.cached

    @property
    def write_or_prompt(self) -> Decimal:
        """The rate of tokens written to the five-minute cache; the prompt rate where none is published."""
        return self.prompt if self.cache_write is None else self.cache_write

    @property
    def write_1h_or_write(self) -> Decimal:
        """The rate of tokens written to the one-hour cache; the five-minute one where none is published."""
        return self.write_or_prompt if self.cache_write_1h is None else self.cache_write_1h

    @property
    def reasoning_completion(self) -> Decimal:
        """The rate of all output while the model reasons; the plain one where there is no other."""
        return self.completion if self.thinking_completion is None else self.thinking_completion


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Rates of the whole request once its prompt is longer than `above_prompt_tokens`, while before `until`."""

    above_prompt_tokens: int
    rates: Rates
    until: datetime | None = None
    service_tiers: Mapping[str, Rates] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Rates in force on some weekdays between two times of day in `time_zone`; the end is excluded.

    `start` after `end` crosses midnight and belongs to the day it starts on. `days`: 0 is Monday. Times are "HH:MM".
    `except_on`: days of that zone on which the window does not hold, such as public holidays.
    """

    start: str
    end: str
    time_zone: str
    rates: Rates
    days: frozenset[int] = frozenset(range(7))
    except_on: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRate:
    """What one US dollar costs in `currency`, as fixed on a day."""

    currency: str
    per_usd: Decimal
    on: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A dated row of the price book: in force while effective_from <= instant < effective_to.

    `exchange` is the rate a price not in dollars is converted at. `cache_from_tokens`: the shortest prompt the provider
    ever caches, where it states one; `explicit_caching_only`: nothing is cached unless the request asks;
    `cache_hits_reported`: the usage names cached tokens whenever there were any, so a missing count is zero.
    `fee_share` is a gateway's fee on top, as a share of the token charges. `request_fee`: what each answered request
    costs beside its tokens. `surcharges`: by what every rate is multiplied under a named condition
    (`inference_geo: us`); one that is not listed makes dollars unknown.
    `refusals_unbilled` names the provider's page that says so, empty where a refusal before any output may be billed.
    """

    id: str
    provider: str
    model: str
    currency: str
    rates: Rates
    effective_from: datetime
    effective_to: datetime | None
    sources: tuple[str, ...]
    read_on: date
    confidence: str
    basis: str = ""
    notes: str = ""
    tiers: tuple[Tier, ...] = ()
    windows: tuple[Window, ...] = ()
    service_tiers: Mapping[str, Rates] = field(default_factory=dict)
    fee_share: Decimal = Decimal(0)
    request_fee: Decimal = Decimal(0)
    surcharges: Mapping[str, Decimal] = field(default_factory=dict)
    refusals_unbilled: str = ""
    retired_on: date | None = None
    exchange: ExchangeRate | None = None
    cache_from_tokens: int | None = None
    explicit_caching_only: bool = False
    cache_hits_reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenPrice:
    """A price as it is written in a configuration file, not yet read: texts, and the place of each in the file.

    `tree` holds mappings, lists and texts; `places` maps the path of each field below it to `file:line`, the empty path
    to that of the price itself. `written_on`: the day the file was last changed.
    """

    provider: str
    model: str
    tree: object
    places: Mapping[tuple[str | int, ...], str]
    written_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class BillLine:
    """One class of tokens on a bill: `amount` in the price's currency, `usd` the same in dollars.

    A fee has no tokens: `fee_share` is then its share of the lines above it.
    """

    what: str
    tokens: int
    rate_per_mtok: Decimal
    amount: Decimal
    usd: Decimal
    fee_share: Decimal | None = None


@fast_init
@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The dollars of one attempt: the sum of its lines. `is_upper_bound` where a token class was not reported."""

    usd: Decimal
    lines: tuple[BillLine, ...]
    price_id: str
    currency: str = "USD"
    amount: Decimal = Decimal(0)
    is_upper_bound: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CostUnknown:
    """Why no dollars can be stated. Never the same as $0. `known_usd`: what the parts that are known come to."""

    reason: str
    known_usd: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuCost:
    """What a self-hosted server costs: dollars per hour of one GPU, and how many GPUs it runs on."""

    gpu_hour_usd: Decimal
    gpus: int = 1

    @property
    def usd_per_hour(self) -> Decimal:
        """Of all its GPUs."""
        return self.gpu_hour_usd * self.gpus
