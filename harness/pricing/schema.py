"""What a price file may say: the entries of harness/facts/prices/<provider>.yaml and of exchange_rates.yaml.

Covers each field's form and what must hold within one file. Every value arrives as text, so that no price ever passes
through a float. Does not cover reading the YAML (pricing.rows) nor whether rows contradict other price lists
(pricing.check).
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from harness.core.clock import utc
from harness.core.labels import closest_names
from harness.core.prices import Price, Rates, Tier, Window
from harness.pricing.rates import STANDARD_SERVICE

PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _plain_decimal(found: object) -> Decimal:
    if not isinstance(found, str) or not PLAIN_DECIMAL.fullmatch(found):
        raise ValueError(f"found {found!r}; accepted: a decimal number such as 0.15, not negative")
    return Decimal(found)


def _count(found: object) -> int:
    if not isinstance(found, str) or not found.isdecimal() or not found.isascii():
        raise ValueError(f"found {found!r}; accepted: a whole number such as 128000")
    return int(found)


def _instant(found: object) -> datetime:
    try:
        return utc(str(found))
    except ValueError:
        raise ValueError(f"found {found!r}; accepted: an instant such as 2025-09-05T16:00Z, or a date (UTC)") from None


def _day(found: object) -> date:
    try:
        return date.fromisoformat(str(found))
    except ValueError:
        raise ValueError(f"found {found!r}; accepted: a date such as 2025-09-05") from None


def _clock_time(found: str) -> str:
    if not CLOCK_TIME.fullmatch(found):
        raise ValueError(f"found {found!r}; accepted: a time of day as HH:MM, 00:00 to 24:00")
    return found


def _zone(found: str) -> str:
    try:
        ZoneInfo(found)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"found {found!r}; accepted: an IANA time zone such as UTC or Asia/Shanghai") from None
    return found


def _lower(found: str) -> str:
    if not found or found != found.lower() or found != found.strip():
        raise ValueError(f"found {found!r}; accepted: a name in lower case")
    return found


def _service_tier(found: str) -> str:
    if found in STANDARD_SERVICE:
        raise ValueError(f"found {found!r}, which is billed at the plain rates: give those as `rates`")
    return found


def _currency(found: str) -> str:
    if not re.fullmatch(r"[A-Z]{3}", found):
        raise ValueError(f"found {found!r}; accepted: an ISO 4217 code such as USD or CNY")
    return found


Money = Annotated[Decimal, BeforeValidator(_plain_decimal)]
Count = Annotated[int, BeforeValidator(_count)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Day = Annotated[date, BeforeValidator(_day)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]
Zone = Annotated[str, AfterValidator(_zone)]
LowerName = Annotated[str, AfterValidator(_lower)]
ServiceTier = Annotated[LowerName, AfterValidator(_service_tier)]
Currency = Annotated[str, AfterValidator(_currency)]
Text = Annotated[str, Field(min_length=1)]


class PriceFileModel(BaseModel):
    """What all entries of the files have in common: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RatesEntry(PriceFileModel):
    """Prices per million tokens."""

    prompt: Money
    completion: Money
    cached: Money | None = None
    cache_write: Money | None = None
    cache_write_1h: Money | None = None
    thinking_completion: Money | None = None

    def to_rates(self) -> Rates:
        """The core value."""
        return Rates(
            prompt=self.prompt,
            completion=self.completion,
            cached=self.cached,
            cache_write=self.cache_write,
            cache_write_1h=self.cache_write_1h,
            thinking_completion=self.thinking_completion,
        )


class TierEntry(PriceFileModel):
    """Rates of the whole request above a prompt length."""

    above_prompt_tokens: Count
    rates: RatesEntry
    until: Instant | None = None
    service_tiers: dict[ServiceTier, RatesEntry] = {}

    def to_tier(self) -> Tier:
        """The core value."""
        return Tier(
            above_prompt_tokens=self.above_prompt_tokens,
            rates=self.rates.to_rates(),
            until=self.until,
            service_tiers={name: rates.to_rates() for name, rates in self.service_tiers.items()},
        )


class WindowEntry(PriceFileModel):
    """Rates between two times of day on some weekdays."""

    start: ClockTime
    end: ClockTime
    time_zone: Zone
    rates: RatesEntry
    days: Annotated[list[Weekday], Field(min_length=1)] = list(WEEKDAYS)
    except_on: list[Day] = []

    @model_validator(mode="after")
    def _spans_time(self) -> WindowEntry:
        if self.start == self.end or self.start == "24:00":
            raise ValueError(f"a window from {self.start} to {self.end} is empty; a whole day is 00:00 to 24:00")
        return self

    def to_window(self) -> Window:
        """The core value."""
        return Window(
            start=self.start,
            end=self.end,
            time_zone=self.time_zone,
            rates=self.rates.to_rates(),
            days=frozenset(WEEKDAYS.index(day) for day in self.days),
            except_on=frozenset(self.except_on),
        )


class PriceRowEntry(PriceFileModel):
    """One dated row."""

    model: LowerName
    effective_from: Instant
    effective_to: Instant | None = None
    currency: Currency = "USD"
    rates: RatesEntry
    tiers: list[TierEntry] = []
    windows: list[WindowEntry] = []
    service_tiers: dict[ServiceTier, RatesEntry] = {}
    fee_share: Money = Decimal(0)
    cache_from_tokens: Count | None = None
    explicit_caching_only: Annotated[
        Literal["true", "false"],
        Field(validation_alias=AliasChoices("explicit_caching_only", "caches_only_on_request")),
    ] = "false"
    retired_on: Day | None = None
    sources: Annotated[list[Text], Field(min_length=1)]
    read_on: Day
    confidence: Literal["high", "medium", "low"]
    basis: str = ""
    notes: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> PriceRowEntry:
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError(f"effective_to {self.effective_to:%Y-%m-%dT%H:%MZ} is not after effective_from")
        if self.tiers and self.windows:
            raise ValueError("a row has tiers or windows, not both: no published price combines them")
        if self.windows and self.service_tiers:
            raise ValueError("a row has windows or service tiers, not both: no published price combines them")
        steps = [tier.above_prompt_tokens for tier in self.tiers]
        if steps != sorted(set(steps)):
            raise ValueError(f"tiers must rise in above_prompt_tokens, found {steps}")
        return self

    def to_price(self, provider: str) -> Price:
        """The core value; its id is provider/model@date."""
        return Price(
            id=f"{provider}/{self.model}@{self.effective_from:%Y-%m-%d}",
            provider=provider,
            model=self.model,
            currency=self.currency,
            rates=self.rates.to_rates(),
            effective_from=self.effective_from,
            effective_to=self.effective_to,
            sources=tuple(self.sources),
            read_on=self.read_on,
            confidence=self.confidence,
            basis=self.basis,
            notes=self.notes,
            tiers=tuple(tier.to_tier() for tier in self.tiers),
            windows=tuple(window.to_window() for window in self.windows),
            service_tiers={name: rates.to_rates() for name, rates in self.service_tiers.items()},
            fee_share=self.fee_share,
            retired_on=self.retired_on,
            cache_from_tokens=self.cache_from_tokens,
            explicit_caching_only=self.explicit_caching_only == "true",
        )


class PriceFile(PriceFileModel):
    """A provider's rows; `aliases` are other ids of a model that are billed by its rows."""

    provider: LowerName
    aliases: dict[LowerName, LowerName] = {}
    prices: list[PriceRowEntry]

    @model_validator(mode="after")
    def _names_are_unique(self) -> PriceFile:
        ids = [f"{self.provider}/{row.model}@{row.effective_from:%Y-%m-%d}" for row in self.prices]
        repeated = sorted({row_id for row_id in ids if ids.count(row_id) > 1})
        if repeated:
            raise ValueError(f"two rows of one model start on the same day: {', '.join(repeated)}")
        models = {row.model for row in self.prices}
        for alias, model in self.aliases.items():
            if model not in models:
                raise ValueError(
                    f"alias {alias!r} points to {model!r}, which has no row; {closest_names(model, models)}"
                )
            if alias in models:
                raise ValueError(f"{alias!r} is an alias and has rows of its own: keep one of the two")
        return self


class ExchangeEntry(PriceFileModel):
    """A dated rate: units of `currency` for one US dollar."""

    currency: Currency
    per_usd: Money
    on: Day
    source: Text

    @model_validator(mode="after")
    def _is_positive(self) -> ExchangeEntry:
        if not self.per_usd:
            raise ValueError("per_usd must be above zero")
        return self


class ExchangeFile(PriceFileModel):
    """The dated rates."""

    rates: list[ExchangeEntry]
