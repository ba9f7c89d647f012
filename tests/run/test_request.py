"""What a user asks of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from harness.core.prices import Price
from harness.pricing.book import PriceBook, load_book
from harness.run.request import default_run_name, price_rows, with_concurrency
from harness.tasks.load import load_task
from tests.report.runs import PRICE, endpoint


def test_a_run_nobody_named_has_date_time_and_tasks_and_no_colon(tmp_path: Path) -> None:
    tasks = [load_task(name, cwd=tmp_path, data_dir=None) for name in ("core-math", "core-math-fresh:7")]
    name = default_run_name(tasks, datetime(2026, 11, 20, 9, 5, 1, tzinfo=UTC))
    assert name == "20261120-090501-core-math-core-math-fresh-7"


def test_price_rows_are_those_of_the_models_with_each_row_once() -> None:
    other = replace(PRICE, id="else/other@2026-01-01", provider="else", model="other")
    book = load_book(own=(PRICE, other))
    assert price_rows(book, [endpoint(), endpoint()]) == (PRICE,)


def test_a_contract_older_than_a_list_price_is_the_price_of_the_run_too() -> None:
    """Rows of a manifest are one layer, in which the last to start wins: they must not bring what a contract covers."""
    shipped = next(one for one in load_book().all_rows() if one.currency == "USD" and not one.effective_to)
    contract = replace(shipped, id="contract", effective_from=datetime(1970, 1, 1, tzinfo=UTC), confidence="own")
    book = load_book(own=(contract,))
    asked = replace(endpoint(), provider=shipped.provider, model=shipped.model)
    at = shipped.effective_from + timedelta(days=1)
    assert book.price_at(shipped.provider, shipped.model, at) == contract
    assert load_book(own=price_rows(book, [asked])).price_at(shipped.provider, shipped.model, at) == contract


def test_a_contract_of_some_weeks_leaves_the_list_price_before_and_after_it() -> None:
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    contract = replace(PRICE, id="contract", effective_from=start, effective_to=end)
    book = PriceBook(layers=({"acme/one": (contract,)}, {"acme/one": (PRICE,)}), aliases={})
    frozen = load_book(own=price_rows(book, [endpoint()]))
    found = [frozen.price_at("acme", "one", start + timedelta(days=days)) for days in (-1, 0, 30, 31)]
    assert [one.id for one in found if isinstance(one, Price)] == [PRICE.id, "contract", "contract", PRICE.id]


def test_a_limit_of_requests_in_flight_replaces_that_of_the_endpoint() -> None:
    one = endpoint()
    assert with_concurrency(one, 3).limits.max_concurrency == 3
    assert with_concurrency(one, None) is one
