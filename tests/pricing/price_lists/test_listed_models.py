"""A model of another list: which of its prices is in force on a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from harness.core.prices import Rates
from harness.pricing.price_lists.listed_models import ListedModel, ListedPrice, rates_of

FIRST = ListedPrice(rates=Rates(prompt=Decimal(1), completion=Decimal(4)))
LATER = replace(FIRST, rates=Rates(prompt=Decimal(2), completion=Decimal(8)), starts_on=date(2026, 3, 1))


@pytest.mark.parametrize(
    ("prices", "day", "price"),
    [
        ((FIRST, LATER), date(2026, 2, 28), FIRST),
        ((FIRST, LATER), date(2026, 3, 1), LATER),
        ((LATER,), date(2026, 1, 1), LATER),  # none has started: the first there is
    ],
)
def test_the_last_price_that_has_started_is_in_force(
    prices: tuple[ListedPrice, ...], day: date, price: ListedPrice
) -> None:
    assert ListedModel(provider="acme", model="one", prices=prices).price_on(day) is price


def test_a_cache_rate_of_0_is_not_filled_in_unless_the_model_is_free() -> None:
    paid = {"prompt": Decimal(1), "completion": Decimal(4), "cached": Decimal(0)}
    assert rates_of(paid) == Rates(prompt=Decimal(1), completion=Decimal(4))
    free = {name: Decimal(0) for name in paid}
    assert rates_of(free) == Rates(prompt=Decimal(0), completion=Decimal(0), cached=Decimal(0))
    assert rates_of({"prompt": Decimal(1)}) is None
