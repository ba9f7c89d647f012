"""What a user asks of a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from harness.pricing.book import load_book
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


def test_a_limit_of_requests_in_flight_replaces_that_of_the_endpoint() -> None:
    one = endpoint()
    assert with_concurrency(one, 3).limits.max_concurrency == 3
    assert with_concurrency(one, None) is one
