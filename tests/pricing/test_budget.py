"""A ledger of dollars that never promises more than its cap."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from harness.core.prices import CostUnknown
from harness.pricing.budget import Budget
from tests.cases import all_cases

D = Decimal


def test_reservation_that_does_not_fit_is_refused_and_one_that_just_fits_is_not() -> None:
    budget = Budget(cap_usd=D("1"))
    assert budget.reserve("a", D("0.6"))
    assert not budget.reserve("b", D("0.400001"))
    assert budget.reserve("b", D("0.4"))
    assert budget.remaining_usd() == 0


def test_settling_gives_back_what_was_not_spent() -> None:
    budget = Budget(cap_usd=D("1"))
    budget.reserve("a", D("0.9"))
    budget.settle("a", D("0.1"))
    assert (budget.spent_usd, budget.reserved_usd, budget.remaining_usd()) == (D("0.1"), D("0"), D("0.9"))


def test_unknown_cost_keeps_its_whole_reservation_as_spent() -> None:
    budget = Budget(cap_usd=D("1"))
    budget.reserve("a", D("0.9"))
    budget.settle("a", CostUnknown(reason="cut"))
    assert (budget.spent_usd, budget.unknown_usd) == (D("0.9"), D("0.9"))
    assert not budget.reserve("b", D("0.2"))


def test_model_cap_binds_its_model_only() -> None:
    budget = Budget(cap_usd=D("10"), model_caps_usd={"costly": D("1")})
    assert not budget.reserve("a", D("2"), model="costly")
    assert budget.reserve("b", D("2"), model="cheap")
    assert budget.reserve("c", D("1"), model="costly")
    budget.settle("c", D("1"))
    assert budget.remaining_usd("costly") == 0


def test_attempt_above_its_reservation_is_recorded_and_closes_the_budget() -> None:
    budget = Budget(cap_usd=D("1"))
    budget.reserve("a", D("0.5"))
    budget.settle("a", D("1.2"))
    assert (budget.spent_usd, budget.overrun_usd, budget.remaining_usd()) == (D("1.2"), D("0.7"), D("0"))
    assert not budget.reserve("b", D("0.01"))


def test_without_a_cap_everything_fits_and_is_counted() -> None:
    budget = Budget(cap_usd=None)
    assert budget.reserve("a", D("1000000"))
    assert budget.remaining_usd() is None
    assert budget.reserved_usd == 1000000


@all_cases(
    "mistake",
    [
        lambda budget: budget.reserve("a", D("0.1")),
        lambda budget: budget.reserve("b", D("-1")),
        lambda budget: budget.settle("b", D("0")),
        lambda budget: budget.settle("a", D("-1")),
        lambda budget: budget.release("b"),
        lambda budget: Budget(cap_usd=D("-1")),
    ],
)
def test_misuse_of_the_ledger_is_refused_and_changes_nothing(mistake) -> None:  # type: ignore[no-untyped-def]
    budget = Budget(cap_usd=D("1"))
    budget.reserve("a", D("0.5"))
    with pytest.raises(ValueError, match=r"reservation|negative"):
        mistake(budget)
    assert (budget.reserved_usd, budget.spent_usd) == (D("0.5"), D("0"))


AMOUNTS = st.decimals(min_value=0, max_value=1, places=9)
MODELS = st.sampled_from(["one", "two"])


class Ledger(RuleBasedStateMachine):
    """Any order of reservations, settlements within them, unknown outcomes and releases."""

    keys = Bundle("keys")

    def __init__(self) -> None:
        super().__init__()
        self.budget = Budget(cap_usd=D("1.5"), model_caps_usd={"one": D("0.7")})
        self.amounts: dict[str, tuple[str, Decimal]] = {}
        self.serial = 0

    @rule(target=keys, amount=AMOUNTS, model=MODELS)
    def reserve(self, amount: Decimal, model: str) -> str:
        """Keeps the key whether or not it fits."""
        self.serial += 1
        key = f"key {self.serial}"
        if self.budget.reserve(key, amount, model=model):
            self.amounts[key] = (model, amount)
        return key

    @rule(key=consumes(keys), share=st.integers(0, 1000), is_unknown=st.booleans())
    def settle(self, key: str, share: int, is_unknown: bool) -> None:
        """Never above the reservation."""
        if key in self.amounts:
            _, amount = self.amounts.pop(key)
            self.budget.settle(key, CostUnknown(reason="cut") if is_unknown else amount * share / 1000)

    @rule(key=consumes(keys))
    def release(self, key: str) -> None:
        """Nothing was sent."""
        if key in self.amounts:
            del self.amounts[key]
            self.budget.release(key)

    @invariant()
    def stays_under_its_caps(self) -> None:
        """Spent and reserved, in all and of the capped model."""
        assert self.budget.spent_usd + self.budget.reserved_usd <= D("1.5")
        room = self.budget.remaining_usd("one")
        assert room is not None
        assert 0 <= room <= D("0.7") - sum((amount for model, amount in self.amounts.values() if model == "one"), D(0))
        assert self.budget.reserved_usd == sum((amount for _, amount in self.amounts.values()), D(0))
        assert self.budget.overrun_usd == 0


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)


def test_reservations_above_a_cap_after_an_overrun_are_said_to_be_unusable() -> None:
    budget = Budget(cap_usd=D("1"))
    assert budget.reserve("a", D("0.4"), model="m")
    assert budget.reserve("b", D("0.4"), model="m")
    budget.settle("a", D("0.7"))  # 0.7 + 0.4 > 1
    assert budget.is_overcommitted("m")
    budget.release("b")
    assert not budget.is_overcommitted("m")
    assert budget.remaining_usd("m") == D("0.3")


def test_later_bounds_of_a_model_are_raised_as_far_as_one_was_exceeded() -> None:
    budget = Budget(cap_usd=D("10"))
    assert budget.reserve("a", D("0.5"), model="m")
    budget.settle("a", D("1.5"))  # three times the bound
    assert budget.learned_bound("m", D("0.2")) == D("0.6")
    assert budget.learned_bound("other", D("0.2")) == D("0.2")
    budget.learn("m", bound_usd=D("1"), billed_usd=D("2"))  # a smaller excess changes nothing
    assert budget.learned_bound("m", D("0.2")) == D("0.6")


def test_a_model_said_to_be_free_that_bills_has_its_largest_bill_as_bound() -> None:
    budget = Budget(cap_usd=D("10"))
    budget.learn("m", bound_usd=D("0"), billed_usd=D("0.3"))
    assert budget.learned_bound("m", D("0")) == D("0.3")


def test_an_unknown_cost_above_its_reservation_counts_with_its_known_part() -> None:
    budget = Budget(cap_usd=D("1"))
    assert budget.reserve("a", D("0.4"), model="m")
    budget.settle("a", CostUnknown(reason="a search", known_usd=D("0.9")))
    assert (budget.spent_usd, budget.remaining_usd("m")) == (D("0.9"), D("0.1"))
