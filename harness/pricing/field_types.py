"""Types of the fields of price files, each with the message for a text that does not fit."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from harness.core.clock import utc
from harness.pricing.rates import STANDARD_SERVICE

PLAIN_DECIMAL = re.compile(r"[0-9]+(\.[0-9]+)?")
CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
Weekday: TypeAlias = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _plain_decimal(found: object) -> Decimal:
    if not isinstance(found, str) or not PLAIN_DECIMAL.fullmatch(found):
        raise ValueError(f"found {found!r}; accepted: a decimal number such as 0.15, not negative")
    return Decimal(found)


def _share(found: object) -> Decimal:
    share = _plain_decimal(found)
    if share > 1:
        raise ValueError(f"found {found!r}; accepted: a share from 0 to 1 such as 0.055")
    return share


def _url(found: str) -> str:
    if not re.fullmatch(r"https?://[^\s/]+(/\S*)?", found):
        raise ValueError(f"found {found!r}; accepted: an address such as https://example.com/pricing")
    return found


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
Share = Annotated[Decimal, BeforeValidator(_share)]
Factor = Money
"""By what rates are multiplied: 1.1 adds a tenth."""
Url = Annotated[str, AfterValidator(_url)]
Count = Annotated[int, BeforeValidator(_count)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Day = Annotated[date, BeforeValidator(_day)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]
Zone = Annotated[str, AfterValidator(_zone)]
LowerName = Annotated[str, AfterValidator(_lower)]
ServiceTier = Annotated[LowerName, AfterValidator(_service_tier)]
Currency = Annotated[str, AfterValidator(_currency)]
Text = Annotated[str, Field(min_length=1)]
