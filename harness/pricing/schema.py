"""What a price may say: rows of price files, a price written in providers.yaml, dated exchange rates.

The one schema of prices: both kinds of file accept the field names of both (SPELLINGS), and rates either under `rates:`
or directly in the entry. Every value arrives as text, so that no price passes through a float. Reading YAML is in
pricing.read_prices.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from harness.core.labels import closest_names
from harness.core.prices import Price, Rates, Tier, Window
from harness.pricing.field_types import (
    WEEKDAYS,
    ClockTime,
    Count,
    Currency,
    Day,
    Factor,
    Instant,
    LowerName,
    Money,
    ServiceTier,
    Share,
    Text,
    Url,
    Weekday,
    Zone,
)

SPELLINGS = {
    "input": "prompt",
    "output": "completion",
    "cached_input": "cached",
    "output_thinking": "thinking_completion",
    "above_input_tokens": "above_prompt_tokens",
    "source": "sources",
    "caches_only_on_request": "explicit_caching_only",
}
"""Other accepted name of a field: its name here. The first four are those of providers.yaml."""


class PriceFileModel(BaseModel):
    """What all entries of the files have in common: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class RatesEntry(PriceFileModel):
    """Prices per million tokens."""

    prompt: Money
    completion: Money
    cached: Money | None = None
    cache_write: Money | None = None
    cache_write_1h: Money | None = None
    thinking_completion: Money | None = None
    cached_explicit: Money | None = None

    def to_rates(self) -> Rates:
        """The core value."""
        return Rates(
            prompt=self.prompt,
            completion=self.completion,
            cached=self.cached,
            cache_write=self.cache_write,
            cache_write_1h=self.cache_write_1h,
            thinking_completion=self.thinking_completion,
            cached_explicit=self.cached_explicit,
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


class SourceEntry(PriceFileModel):
    """A page or a document that states a price, and the day it is of."""

    title: Text
    url: Url
    date: Day

    def __str__(self) -> str:
        return f"{self.title}, {self.url}, {self.date}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceOrigin:
    """Whose price a row is and where it comes from: written in each row of a price file, implied in providers.yaml."""

    id: str
    provider: str
    model: str
    effective_from: datetime
    sources: tuple[str, ...]
    read_on: date
    confidence: str
    basis: str = ""


class PriceTermsEntry(PriceFileModel):
    """What a price consists of, in a price file and in providers.yaml alike."""

    currency: Currency = "USD"
    rates: RatesEntry
    tiers: list[TierEntry] = []
    windows: list[WindowEntry] = []
    service_tiers: dict[ServiceTier, RatesEntry] = {}
    fee_share: Share = Decimal(0)
    request_fee: Money = Decimal(0)
    surcharges: dict[Text, Factor] = {}
    refusals_unbilled: str = ""
    cache_from_tokens: Count | None = None
    explicit_caching_only: Literal["true", "false"] = "false"
    cache_hits_reported: Literal["true", "false"] = "false"
    retired_on: Day | None = None
    effective_to: Instant | None = None
    basis: str = ""
    notes: str = ""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.tiers and self.windows:
            raise ValueError("a row has tiers or windows, not both: no published price combines them")
        if self.windows and self.service_tiers:
            raise ValueError("a row has windows or service tiers, not both: no published price combines them")
        steps = [tier.above_prompt_tokens for tier in self.tiers]
        if steps != sorted(set(steps)):
            raise ValueError(f"tiers must rise in above_prompt_tokens, found {steps}")
        return self

    def to_price(self, origin: PriceOrigin) -> Price:
        """The core value."""
        return Price(
            id=origin.id,
            provider=origin.provider,
            model=origin.model,
            currency=self.currency,
            rates=self.rates.to_rates(),
            effective_from=origin.effective_from,
            effective_to=self.effective_to,
            sources=origin.sources,
            read_on=origin.read_on,
            confidence=origin.confidence,
            basis=self.basis or origin.basis,
            notes=self.notes,
            tiers=tuple(tier.to_tier() for tier in self.tiers),
            windows=tuple(window.to_window() for window in self.windows),
            service_tiers={name: rates.to_rates() for name, rates in self.service_tiers.items()},
            fee_share=self.fee_share,
            request_fee=self.request_fee,
            surcharges=dict(self.surcharges),
            refusals_unbilled=self.refusals_unbilled,
            retired_on=self.retired_on,
            cache_from_tokens=self.cache_from_tokens,
            explicit_caching_only=self.explicit_caching_only == "true",
            cache_hits_reported=self.cache_hits_reported == "true",
        )


class PriceRowEntry(PriceTermsEntry):
    """One dated row of a price file."""

    model: LowerName
    effective_from: Instant
    sources: Annotated[list[Text | SourceEntry], Field(min_length=1)]
    read_on: Day
    confidence: Literal["high", "medium", "low"]

    @model_validator(mode="after")
    def _ends_after_its_start(self) -> Self:
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError(f"effective_to {self.effective_to:%Y-%m-%dT%H:%MZ} is not after effective_from")
        return self


class OwnPriceEntry(PriceTermsEntry):
    """A price of one's own in providers.yaml; where it stands and when the file changed take the place of a source."""

    effective_from: Instant = datetime(1970, 1, 1, tzinfo=UTC)
    sources: list[Text | SourceEntry] = []
    read_on: Day | None = None


class SourceFile(PriceFileModel):
    """The sources that price files name by a short word."""

    sources: dict[Text, SourceEntry]


class FreeSuffixEntry(PriceFileModel):
    """An ending of model ids that makes the tokens free (`:free` at OpenRouter)."""

    suffix: Text
    effective_from: Instant
    sources: Annotated[list[Text | SourceEntry], Field(min_length=1)]
    read_on: Day


class PriceFile(PriceFileModel):
    """A provider's rows; `aliases` are other ids of a model that are billed by its rows."""

    provider: LowerName
    aliases: dict[LowerName, LowerName] = {}
    free_suffix: FreeSuffixEntry | None = None
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
    sources: Annotated[list[Text], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_positive(self) -> ExchangeEntry:
        if not self.per_usd:
            raise ValueError("per_usd must be above zero")
        return self


class ExchangeFile(PriceFileModel):
    """The dated rates."""

    rates: list[ExchangeEntry]
