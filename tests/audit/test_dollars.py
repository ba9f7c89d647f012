"""Each reading of a published total, by rows of our own whose sums are worked by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from harness.audit.dollars import Cause, recompute
from harness.importers.price_history import load_history
from harness.importers.results import BoardRow, ModelTokens
from tests.cases import all_cases

HISTORY = load_history()
O3 = ModelTokens(model="o3 Medium (April 2025)", prompt=1_000_000, completion=100_000, cached=400_000)
HELPER = ModelTokens(model="GPT-4o (August 2024)", prompt=100_000, completion=10_000, cached=40_000)
# From 2025-06-10 o3 is 2 / 0.5 / 8: 0.6 x 2 + 0.4 x 0.5 + 0.1 x 8 = 2.2; before, five times that: 11.
# GPT-4o is 2.5 / 1.25 / 10: 0.06 x 2.5 + 0.04 x 1.25 + 0.01 x 10 = 0.3.


def row(usd: str | None, *tokens: ModelTokens, days: tuple[date, ...] = (date(2025, 9, 1),)) -> BoardRow:
    printed = "0" if usd is None else usd
    return BoardRow(
        id="r",
        model="Agent (o3 Medium (April 2025))",
        benchmark="b",
        usd=None if usd is None else Decimal(usd),
        usd_printed=printed,
        days=days,
        tokens=tokens or (O3, HELPER),
    )


@all_cases(
    ("published", "cause"),
    [
        ("2.5", None),  # 2.2 + 0.3
        (None, Cause.ZERO_WITH_TOKENS),
        ("11.3", Cause.OLD_PRICE),  # 11 + 0.3
        ("0.3", Cause.SECOND_MODEL_ONLY),
        ("2.2", Cause.SECOND_MODEL_MISSING),
        ("3.1", Cause.CACHED_AT_FULL),  # 1 x 2 + 0.1 x 8 = 2.8, + 0.3
        ("2.55", Cause.SECOND_CACHED_AT_FULL),  # 0.1 x 2.5 + 0.01 x 10 = 0.35, + 2.2
        ("2.6375", Cause.FEE),  # 2.5 x 1.055
        ("7", Cause.UNEXPLAINED),
    ],
)
def test_the_reading_that_gives_the_total_is_the_cause(published: str | None, cause: Cause | None) -> None:
    found = recompute(row(published), HISTORY)
    assert found is not None
    assert (found.usd, found.cause) == (Decimal("2.5"), cause)


def test_reasoning_counted_twice() -> None:
    tokens = ModelTokens(model="o3", prompt=1_000_000, completion=100_000, cached=0, reasoning=80_000)
    found = recompute(row("3.44", tokens), HISTORY)  # 2 + 0.18 x 8; once: 2 + 0.1 x 8 = 2.8
    assert found is not None
    assert (found.usd, found.cause) == (Decimal("2.8"), Cause.REASONING_TWICE)


def test_price_of_another_model_of_the_maker() -> None:
    tokens = ModelTokens(model="o3", prompt=1_000_000, completion=100_000, cached=0)
    found = recompute(row("1.54", tokens), HISTORY)  # o4-mini is 1.1 / 4.4: 1.1 + 0.44
    assert found is not None
    assert found.cause is Cause.OTHER_MODEL
    assert "openai/o4-mini" in found.reading or "openai/o3-mini" in found.reading  # both cost the same


def test_around_a_price_change_the_day_that_fits_counts() -> None:
    days = (date(2025, 6, 17), date(2025, 6, 1))  # the board's field, and the stamp of the run before the cut
    found = recompute(row("11.3", days=days), HISTORY)
    assert found is not None
    assert (found.cause, found.day) == (None, date(2025, 6, 1))


def test_open_weights_without_a_host_have_no_price() -> None:
    found = recompute(row("2.5", ModelTokens(model="DeepSeek R1 (January 2025)", prompt=1, completion=1)), HISTORY)
    assert found is not None
    assert (found.usd, found.cause) == (None, Cause.NO_HOST)
    assert "open weights: no host is named" in found.reason


def test_without_cached_tokens_the_sum_is_an_upper_bound_and_a_board_may_print_its_own_rates() -> None:
    tokens = ModelTokens(model="any", prompt=1_000_000, completion=500_000)
    own = BoardRow(id="r", model="any", benchmark="b", usd=Decimal(2), tokens=(tokens,), rates=(Decimal(1), Decimal(2)))
    found = recompute(own, HISTORY)
    assert found is not None
    assert (found.usd, found.cause, found.is_upper_bound) == (Decimal(2), None, True)


def test_a_row_without_tokens_is_not_recomputed() -> None:
    assert recompute(BoardRow(id="r", model="m", benchmark="b", usd=Decimal(1)), HISTORY) is None


def upper_bound(usd: str, cached: int | None) -> BoardRow:
    tokens = ModelTokens(model="o3", prompt=1_000_000, completion=100_000, cached=cached)
    return row(usd, tokens)


def test_a_total_that_a_cache_discount_can_explain_is_no_error_of_the_board() -> None:
    # o3 at 2 / 0.5 / 8 without cached tokens: 2 + 0.8 = 2.8; all of the prompt cached: 0.5 + 0.8 = 1.3
    assert _cause(upper_bound("2", None)) is Cause.CACHED_NOT_PUBLISHED
    assert _cause(upper_bound("1.2", None)) is Cause.UNEXPLAINED  # less than any discount leaves
    assert _cause(upper_bound("2", 0)) is Cause.UNEXPLAINED  # no token was cached, and the board says so


def _cause(one: BoardRow) -> Cause | None:
    found = recompute(one, HISTORY)
    assert found is not None
    return found.cause
