"""The budget of models that spend at the same time."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from harness.core.prices import Cost, CostUnknown
from harness.pricing.budget import Budget
from harness.run.execution.budget_guard import MAX_AHEAD, BudgetGuard, Reservation
from tests.virtual_time import run_virtually

UNKNOWN = CostUnknown(reason="cut")


def usd(amount: str) -> Cost:
    return Cost(usd=Decimal(amount), lines=(), price_id="p")


def claim(label: str, job: str, bound: str = "1") -> Reservation:
    return Reservation(key=f"{label} {job}", label=label, max_usd=Decimal(bound))


def both(job: str, bound: str = "1") -> dict[str, Reservation]:
    return {label: claim(label, job, bound) for label in ("a", "b")}


def guard(cap: str, **model_caps: str) -> BudgetGuard:
    caps = {name: Decimal(amount) for name, amount in model_caps.items()}
    return BudgetGuard(Budget(cap_usd=Decimal(cap), model_caps_usd=caps), is_limited=True)


def test_position_is_opened_for_all_models_or_for_none() -> None:
    async def work() -> list[bool]:
        money = guard("3")
        return [await money.open_position(0, both("0")), await _without_waiting(money, 1)]

    assert run_virtually(work()) == [True, False]


async def _without_waiting(money: BudgetGuard, position: int) -> bool:
    """Whether a position is opened at once; False as well where the asker would have to wait."""
    try:
        async with asyncio.timeout(1):
            return await money.open_position(position, both(str(position)))
    except TimeoutError:
        return False


def test_asker_waits_for_money_that_may_come_back_and_gets_it() -> None:
    async def work() -> bool:
        money = guard("2")
        assert await money.open_position(0, both("0"))
        waiting = asyncio.create_task(money.open_position(1, both("1")))
        await asyncio.sleep(0)
        for label in ("a", "b"):
            assert await money.reserve_first(claim(label, "0"))
            await money.settle(claim(label, "0"), usd("0"))
        return await waiting

    assert run_virtually(work())


def test_answer_is_final_once_nothing_is_held() -> None:
    async def work() -> tuple[bool, bool]:
        money = guard("2")
        assert await money.open_position(0, both("0"))
        waiting = asyncio.create_task(money.open_position(1, both("1")))
        for label in ("a", "b"):
            assert await money.reserve_first(claim(label, "0"))
            await money.settle(claim(label, "0"), UNKNOWN)
        refused = await waiting
        smaller = await money.open_position(2, both("2", "0"))
        assert money.shortage is not None
        assert (money.shortage.needed_usd, money.shortage.models, money.shortage.left_usd) == (
            Decimal(2),
            2,
            Decimal(0),
        )
        return refused, smaller

    assert run_virtually(work()) == (False, True)


def test_further_attempt_goes_before_a_new_position() -> None:
    async def work() -> list[str]:
        money, order = guard("1"), list[str]()

        async def note(name: str, asked: asyncio.Future[bool] | asyncio.Task[bool]) -> None:
            assert await asked
            order.append(name)

        assert await money.open_position(0, {"a": claim("a", "0")})
        assert await money.reserve_first(claim("a", "0"))
        opener = asyncio.create_task(money.open_position(1, {"a": claim("a", "1", "0.5")}))
        await asyncio.sleep(0)
        repeat = asyncio.create_task(money.reserve_next(claim("a", "0+1", "0.9")))
        await asyncio.sleep(0)
        notes = [asyncio.create_task(note("opener", opener)), asyncio.create_task(note("repeat", repeat))]
        await money.settle(claim("a", "0"), usd("0"))
        await repeat
        await money.settle(claim("a", "0+1"), usd("0"))
        await asyncio.gather(*notes)
        return order

    assert run_virtually(work()) == ["repeat", "opener"]


def test_money_of_a_free_failure_is_carried_over_to_the_next_attempt() -> None:
    async def work() -> tuple[bool, bool]:
        money = guard("1")
        assert await money.reserve_first(claim("a", "0"))
        carried = await money.settle(claim("a", "0"), usd("0"), then=claim("a", "0+1"))
        return carried, await money.settle(claim("a", "0+1"), UNKNOWN, then=claim("a", "0+2"))

    assert run_virtually(work()) == (True, False)


def test_model_cap_refuses_the_position_for_all() -> None:
    async def work() -> list[bool]:
        money = guard("100", b="1")
        opened = [await money.open_position(0, both("0"))]
        for label in ("a", "b"):
            assert await money.reserve_first(claim(label, "0"))
            await money.settle(claim(label, "0"), usd("0.5"))
        return [*opened, await money.open_position(1, both("1"))]

    assert run_virtually(work()) == [True, False]


def test_model_that_leaves_gives_back_what_it_has_not_taken_up() -> None:
    async def work() -> bool:
        money = guard("2")
        assert await money.open_position(0, both("0"))
        assert await money.reserve_first(claim("a", "0"))
        waiting = asyncio.create_task(money.open_position(1, both("1")))
        await asyncio.sleep(0)
        await money.release_model("b")
        return await waiting  # needs $1 for model a alone now

    assert run_virtually(work())


def test_quick_model_runs_only_so_far_ahead() -> None:
    async def work() -> int:
        money = guard("1000000")
        position = 0
        while await _without_waiting(money, position):
            assert await money.reserve_first(claim("a", str(position)))
            position += 1
        return position

    assert run_virtually(work()) == MAX_AHEAD


def test_dollars_of_earlier_sessions_count_against_the_budgets() -> None:
    budget = Budget(cap_usd=Decimal(5), model_caps_usd={"a": Decimal(2)})
    budget.add_spent(Decimal("1.5"), model="a")
    budget.add_spent(Decimal("3"), model="b")
    assert budget.spent_usd == Decimal("4.5")
    assert budget.remaining_usd("a") == Decimal("0.5")
    assert not budget.reserve("k", Decimal("0.51"), model="b")
    budget.add_spent(Decimal("3"), model="b")  # a budget lowered since: nothing more fits, and nothing raises
    assert budget.remaining_usd("b") == 0
    with pytest.raises(ValueError, match="must not be negative"):
        budget.add_spent(Decimal("-1"))


def test_run_without_a_budget_reserves_nothing() -> None:
    async def work() -> None:
        money = BudgetGuard(Budget(cap_usd=None), is_limited=False)
        assert await money.reserve_first(claim("a", "0", "1000000"))
        assert await money.settle(claim("a", "0"), UNKNOWN, then=claim("a", "1"))
        assert not await money.settle(claim("a", "1"), usd("1"))

    run_virtually(work())


def test_a_turn_above_its_own_bound_raises_those_of_later_turns_though_more_was_reserved() -> None:
    async def work() -> Decimal:
        money = guard("10")
        conversation = claim("a", "0", "3")  # three turns of $1
        assert await money.reserve_first(conversation)
        assert await money.settle(conversation, usd("1.5"), bound_usd=Decimal(1), then=claim("a", "0+1", "2"))
        return money.bound("a", Decimal(2))

    assert run_virtually(work()) == Decimal(3)
