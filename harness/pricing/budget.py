"""A budget: reserved and spent dollars under a cap for all models and caps per model.

The ledger belongs to one event loop: no locks, no waiting. What an attempt can cost at worst is in pricing.worst_case,
who reserves when in run.execution.budget_guard.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_UP, Context, Decimal

from harness.core.prices import CostUnknown
from harness.pricing.exact import EXACT, exact_sum

RAISED = Context(prec=34, rounding=ROUND_UP)
"""For products and quotients of bounds: never below the exact value."""


class Budget:
    """Reserved and spent dollars under a cap for all models and caps per model.

    Always: spent + reserved <= cap, for the total and for each capped model, as long as no attempt settles above what
    was reserved for it. One that does is recorded as it is (`overrun_usd`), and later bounds of its model are raised in
    proportion (`learned_bound`). Where it takes reservations above a cap, `is_overcommitted` says so: they must not be
    used, and nothing more fits until enough of them have been released.
    """

    def __init__(self, *, cap_usd: Decimal | None, model_caps_usd: Mapping[str, Decimal] | None = None) -> None:
        """None: no such cap. Raises ValueError for a negative one."""
        self._caps: dict[str | None, Decimal] = {}
        self._caps.update(model_caps_usd or {})
        if cap_usd is not None:
            self._caps[None] = cap_usd
        negative = [str(cap) for cap in self._caps.values() if cap < 0]
        if negative:
            raise ValueError(f"a cap must not be negative, got {negative[0]}")
        self._reserved: dict[str, tuple[str, Decimal]] = {}
        self._spent: dict[str, Decimal] = {}
        self._held: dict[str | None, Decimal] = {}
        self.unknown_usd = Decimal(0)
        self.overrun_usd = Decimal(0)
        self._overrun_ratios: dict[str, Decimal] = {}
        self._overrun_bills: dict[str, Decimal] = {}

    @property
    def spent_usd(self) -> Decimal:
        """Settled dollars; attempts of unknown cost count with what was reserved for them (`unknown_usd` of it)."""
        return exact_sum(self._spent.values())

    @property
    def reserved_usd(self) -> Decimal:
        """Dollars promised to attempts that have not settled."""
        return exact_sum(amount for _, amount in self._reserved.values())

    def reserved_for(self, key: str) -> Decimal:
        """Dollars that the key holds. Raises ValueError when it holds none."""
        if key not in self._reserved:
            raise ValueError(f"{key!r} holds no reservation")
        return self._reserved[key][1]

    def remaining_usd(self, model: str = "") -> Decimal | None:
        """Dollars that one more reservation of the model may take; None without any cap, never below 0."""
        rooms = [
            max(Decimal(0), EXACT.subtract(self._caps[scope], self._held.get(scope, Decimal(0))))
            for scope in (None, model)
            if scope in self._caps
        ]
        return min(rooms) if rooms else None

    def is_overcommitted(self, model: str = "") -> bool:
        """Whether spent and reserved dollars exceed the cap for all or the model's own: an attempt cost too much."""
        return any(
            self._held.get(scope, Decimal(0)) > self._caps[scope] for scope in (None, model) if scope in self._caps
        )

    def spent_of(self, model: str) -> Decimal:
        """Settled dollars of a model; of all models for an empty name."""
        return self._spent.get(model, Decimal(0)) if model else self.spent_usd

    def learned_bound(self, model: str, bound_usd: Decimal) -> Decimal:
        """The most an attempt can cost, raised as far as earlier attempts of the model exceeded theirs."""
        ratio = self._overrun_ratios.get(model)
        if ratio is None:
            return max(bound_usd, self._overrun_bills.get(model, Decimal(0)))
        return RAISED.multiply(bound_usd, ratio) if bound_usd.is_finite() else bound_usd

    def learn(self, model: str, *, bound_usd: Decimal, billed_usd: Decimal) -> None:
        """Take in a bill; one above its bound raises later bounds of the model."""
        if billed_usd <= bound_usd:
            return
        if bound_usd:
            ratio = RAISED.divide(billed_usd, bound_usd)
            self._overrun_ratios[model] = max(ratio, self._overrun_ratios.get(model, ratio))
        else:  # a model said to be free: no ratio exists
            self._overrun_bills[model] = max(billed_usd, self._overrun_bills.get(model, billed_usd))

    def reserve(self, key: str, amount_usd: Decimal, *, model: str = "") -> bool:
        """Whether the amount fits under every cap; if so it is held until `settle` or `release`.

        Raises ValueError when the key already holds a reservation or the amount is negative.
        """
        if key in self._reserved:
            raise ValueError(f"{key!r} already holds a reservation of ${self._reserved[key][1]}")
        if amount_usd < 0:
            raise ValueError(f"a reservation must not be negative, got {amount_usd}")
        room = self.remaining_usd(model)
        if room is not None and amount_usd > room:  # under every cap or not at all: half a reservation protects nothing
            return False
        self.hold(key, amount_usd, model=model)
        return True

    def hold(self, key: str, amount_usd: Decimal, *, model: str = "") -> None:
        """Reserve an amount that is promised already, such as a batch of an earlier session; it may exceed a cap."""
        self._reserved[key] = (model, amount_usd)
        self._hold(model, amount_usd)

    def settle(self, key: str, spent_usd: Decimal | CostUnknown, *, bound_usd: Decimal | None = None) -> None:
        """Turn a reservation into what was really spent; an unknown cost counts as the most the attempt could cost, or
        as its known part where that is more.

        `bound_usd`: the most the attempt could cost, where the reservation holds dollars of later ones too.

        Raises ValueError when the key holds no reservation or the amount is negative.
        """
        if isinstance(spent_usd, Decimal) and spent_usd < 0:
            raise ValueError(f"spent dollars must not be negative, got {spent_usd}")
        model, reserved = self._take(key)
        bound = reserved if bound_usd is None else bound_usd
        if isinstance(spent_usd, CostUnknown):
            # The budget must hold whatever the provider bills in the end, so an unknown cost counts as the whole bound.
            spent = max(bound, spent_usd.known_usd)
            self.unknown_usd = EXACT.add(self.unknown_usd, spent)
        else:
            spent = spent_usd
        if spent > bound:
            self.overrun_usd = EXACT.add(self.overrun_usd, EXACT.subtract(spent, bound))
            self.learn(model, bound_usd=bound, billed_usd=spent)
        self._hold(model, EXACT.subtract(spent, reserved))
        self._spent[model] = EXACT.add(self._spent.get(model, Decimal(0)), spent)

    def add_spent(self, spent_usd: Decimal, *, model: str = "") -> None:
        """Count dollars of an earlier session, which no reservation here stands for; they may exceed a cap.

        Raises ValueError for a negative amount.
        """
        if spent_usd < 0:
            raise ValueError(f"spent dollars must not be negative, got {spent_usd}")
        self._hold(model, spent_usd)
        self._spent[model] = EXACT.add(self._spent.get(model, Decimal(0)), spent_usd)

    def release(self, key: str) -> None:
        """Give a reservation back: nothing was sent. Raises ValueError when the key holds none."""
        model, reserved = self._take(key)
        self._hold(model, EXACT.minus(reserved))

    def _take(self, key: str) -> tuple[str, Decimal]:
        if key not in self._reserved:
            raise ValueError(f"{key!r} holds no reservation")
        return self._reserved.pop(key)

    def _hold(self, model: str, change: Decimal) -> None:
        for scope in (None, model):
            self._held[scope] = EXACT.add(self._held.get(scope, Decimal(0)), change)
