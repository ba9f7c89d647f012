"""Types of the fields of a claims file, each with the message for a text that does not fit."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from harness.core.labels import closest_names, split_label
from harness.report.claims.metric_names import METRIC_NAMES
from harness.report.claims.verdict import AcceptedRange, accepted_range

PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def _number(found: object) -> Decimal:
    # Text and not float: YAML's 0.1 would be 0.1000000000000000055, and thresholds are compared exactly.
    if not isinstance(found, str) or not PLAIN_NUMBER.fullmatch(found):
        raise ValueError("expected a number such as 0.08 or 124")
    return Decimal(found)


def _day(found: object) -> date:
    try:
        return date.fromisoformat(str(found))
    except ValueError:
        raise ValueError("expected a date such as 2025-11-15") from None


def _model(found: str) -> str:
    name, _ = split_label(found)
    provider, slash, model = name.partition("/")
    if not (slash and provider and model):
        raise ValueError("expected provider/model or provider/model@effort")
    return found


def _metric(found: str) -> str:
    if found not in METRIC_NAMES:
        raise ValueError(f"{closest_names(found, METRIC_NAMES)}; all metrics: {', '.join(sorted(METRIC_NAMES))}")
    return found


def _band(found: object) -> AcceptedRange:
    return found if isinstance(found, AcceptedRange) else accepted_range(str(found))


def _claim_id(found: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]*", found):
        raise ValueError("expected lower-case letters, digits and -, such as s000-05")
    return found


Number = Annotated[Decimal, BeforeValidator(_number)]
Day = Annotated[date, PlainValidator(_day)]
Text = Annotated[str, Field(min_length=1)]
Model = Annotated[str, AfterValidator(_model)]
Metric = Annotated[str, AfterValidator(_metric)]
Accepted = Annotated[AcceptedRange, PlainValidator(_band)]
ClaimId = Annotated[str, AfterValidator(_claim_id)]
