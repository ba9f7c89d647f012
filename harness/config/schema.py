"""The fields of providers.yaml: what may be written, in which units, and what is refused.

Covers the shape of one file after merging. `harness.config.load` checks names that point at other entries, dialects and
environment variables; `harness.config.simulation` has the fields below `simulate:`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainValidator,
    ValidationInfo,
    model_validator,
)

from harness.config.address import is_address
from harness.config.simulation import Simulation
from harness.core.clock import utc
from harness.core.labels import Effort, closest_names

_VARIABLE_NAME = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_REFERENCE = re.compile(r"\$\{[A-Z][A-Z0-9_]*(:-[^${}]*)?\}")
_DAY_OR_LESS = re.compile(r"(\d{4})(-\d{2})?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retirement:
    """When a provider stops serving a model. `is_exact` is False where only the year or month is known.

    `first_day` is then the first day of that year or month: the name may be gone from then on.
    """

    text: str
    first_day: date
    is_exact: bool


def _retirement(value: object) -> Retirement | None:
    if value is None or isinstance(value, Retirement):
        return value
    text = str(value)
    short = _DAY_OR_LESS.match(text)
    try:
        day = date.fromisoformat(f"{short[1]}{short[2] or '-01'}-01" if short else text)
    except ValueError:
        raise ValueError("expected a date such as 2026-11-30, or 2026-11 or 2026 where the day is not known") from None
    return Retirement(text=text, first_day=day, is_exact=not short)


def _variable_name(value: object) -> object:
    # A key pasted here by mistake must not be echoed, so the message never holds the value.
    if isinstance(value, str) and not _VARIABLE_NAME.match(value):
        raise ValueError(
            "expected the NAME of an environment variable in capitals, such as OPENAI_API_KEY, never the key itself "
            "(the value found is not shown here)"
        )
    return value


def _address(text: str) -> str:
    bare = _REFERENCE.sub("1", text)
    if "$" in bare:
        raise ValueError("a variable in an address is written ${NAME} or ${NAME:-default}")
    if "@" in bare:
        raise ValueError("a name or password does not belong in an address; keys come from api_key_env")
    if not is_address(bare) and not bare.startswith("1"):
        raise ValueError(
            "expected an address such as https://api.example.com/v1; of what follows ? only api-version is accepted"
        )
    return text.rstrip("/")


def _word(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", text):
        raise ValueError("expected a word of lower-case letters, digits and _")
    return text


def _known_dialect(name: str, asked: ValidationInfo) -> str:
    # The names come in as context, for providers are a sibling package: the caller looks into their folder.
    known: tuple[str, ...] = asked.context["dialects"] if asked.context else ()
    if known and name not in known:
        raise ValueError(closest_names(name, known))
    return name


def _instant(value: object) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return utc(str(value))
    except ValueError:
        raise ValueError("expected a date or an instant such as 2026-11-30 or 2026-11-30T16:00Z") from None


Money: TypeAlias = Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
Count: TypeAlias = Annotated[int, Field(ge=1)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, allow_inf_nan=False)]
VariableName: TypeAlias = Annotated[str, BeforeValidator(_variable_name)]
Address: TypeAlias = Annotated[str, AfterValidator(_address)]
DialectName: TypeAlias = Annotated[str, AfterValidator(_known_dialect)]
Word: TypeAlias = Annotated[str, AfterValidator(_word)]
WhenRetired: TypeAlias = Annotated[Retirement | None, PlainValidator(_retirement)]
Instant: TypeAlias = Annotated[datetime, PlainValidator(_instant)]
Backend: TypeAlias = Literal["http", "openai", "litellm"]


class StrictEntry(BaseModel):
    """What every entry has in common: unknown fields are refused, entries do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=(), defer_build=True)

    @model_validator(mode="before")
    @classmethod
    def _nothing_written(cls, value: object) -> object:
        """A name with nothing below it (`gpt-5:`) is an entry without fields."""
        return {} if value is None else value


class LimitsEntry(StrictEntry):
    """What the provider allows and how long we wait; a field not written keeps the value of `EndpointLimits`."""

    max_concurrency: Count | None = None
    requests_per_minute: Count | None = None
    tokens_per_minute: Count | None = None
    connect_timeout_s: Seconds | None = None
    first_byte_timeout_s: Seconds | None = None
    between_chunks_timeout_s: Seconds | None = None
    total_timeout_s: Seconds | None = None
    max_attempts: Count | None = None


class ParamsEntry(StrictEntry):
    """Sampling parameters sent unless the command line says otherwise; not written means not sent."""

    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    max_tokens: Count | None = None
    seed: int | None = None
    effort: Effort | None = None
    thinking: bool | None = None


class GpuCostEntry(StrictEntry):
    """What a server of one's own costs: dollars per hour of one GPU, and the number of GPUs."""

    gpu_hour_usd: Money
    gpus: Count = 1


class ModelEntry(StrictEntry):
    """One model as one provider serves it; what is not written comes from the provider's entry.

    `price` stays as it is written: the price book reads it (harness.pricing.read_prices). `served_as`: further names
    under which responses report this model. `is_former`: a former name, accepted and neither listed nor suggested.
    `cost`: dollars are measured GPU time (a server of one's own) instead of token prices.
    """

    model_id: Annotated[str, Field(min_length=1)] | None = None
    dialect: DialectName | None = None
    traits: list[Word] = Field(default_factory=list)
    context_tokens: Count | None = None
    max_output_tokens: Count | None = None
    params: ParamsEntry = ParamsEntry()
    limits: LimitsEntry = LimitsEntry()
    extra_body: dict[str, JsonValue] = Field(default_factory=dict)
    service_tier: str | None = None
    stream: bool = True
    released_on: date | None = None
    retired_on: WhenRetired = None
    also_at: list[str] = Field(default_factory=list)
    efforts: list[Effort] | None = None
    served_as: list[Annotated[str, Field(min_length=1)]] = Field(default_factory=list)
    is_former: bool = False
    price: object = None
    cost: GpuCostEntry | None = None
    simulate: Simulation | None = None
    notes: str = ""

    @model_validator(mode="after")
    def _has_one_kind_of_price(self) -> ModelEntry:
        if self.price is not None and self.cost is not None:
            raise ValueError("has `price` (of tokens) and `cost` (of GPU time); write one of them")
        return self


class ProviderEntry(StrictEntry):
    """A provider: the address, the name of the key's variable, and what holds for all its models.

    `any_model` lets a label name a model that is not listed: what follows `provider/` is sent as its id. `base_url` may
    be left out where litellm knows the address. `cost` goes before its `price`.
    """

    base_url: Address | None = None
    dialect: DialectName
    api_key_env: VariableName | None = None
    backend: Backend = "http"
    service_tier: str | None = None
    params: ParamsEntry = ParamsEntry()
    limits: LimitsEntry = LimitsEntry()
    extra_body: dict[str, JsonValue] = Field(default_factory=dict)
    any_model: bool = False
    is_former: bool = False
    price: object = None
    cost: GpuCostEntry | None = None
    models: dict[str, ModelEntry] = Field(default_factory=dict)
    notes: str = ""

    @model_validator(mode="after")
    def _has_address(self) -> ProviderEntry:
        if self.base_url is None and self.backend != "litellm":
            raise ValueError("lacks the field 'base_url'; only `backend: litellm` can do without")
        return self


class ProvidersFile(StrictEntry):
    """The whole of providers.yaml. `groups_checked_on`: a day on which no member of a group was retired."""

    providers: dict[str, ProviderEntry] = Field(default_factory=dict)
    groups: dict[str, list[str]] = Field(default_factory=dict)
    groups_checked_on: date | None = None
