"""Doubts about the book: order, age, and differences from other lists."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from harness.pricing.book import PriceBook, load_book
from harness.pricing.check import IssueLevel, PriceBookIssue, check_book
from tests.pricing.prices import rates, row

TODAY = date(2026, 11, 30)


def _messages(book: PriceBook, today: date, row_id: str | None) -> list[str]:
    return [finding.message for finding in check_book(book, today) if finding.price_id == row_id]


def test_shipped_book_has_no_error(book: PriceBook) -> None:
    assert [finding for finding in check_book(book, TODAY) if finding.level is IssueLevel.ERROR] == []


def test_rows_become_old_after_sixty_days(book: PriceBook) -> None:
    # read on 2026-11-21; 2027-01-20 is day 60, the 21st day 61
    assert _messages(book, date(2027, 1, 20), "minimax/minimax-m3@2026-07-01") == []
    assert _messages(book, date(2027, 1, 21), "minimax/minimax-m3@2026-07-01") == [
        "was read 61 days ago, on 2026-11-21"
    ]


def test_closed_and_retired_rows_do_not_grow_old(book: PriceBook) -> None:
    assert _messages(book, date(2028, 1, 1), "deepseek/deepseek-chat@2025-09-29") == []
    assert _messages(book, date(2028, 1, 1), "xai/grok-4@2025-07-09") == []


def test_overlap_missing_source_and_a_day_to_come_are_errors() -> None:
    first = row(rates("1", "1"), start="2025-01-01")
    second = replace(row(rates("1", "1"), start="2025-06-01"), sources=(), read_on=date(2030, 1, 1))
    errors = [
        finding.message
        for finding in check_book(load_book(own=[first, second]), TODAY)
        if finding.level is IssueLevel.ERROR and finding.price_id == second.id
    ]
    assert sorted(errors) == [
        "begins at 2025-06-01T00:00Z, before acme/thing@2025-01-01 ends",
        "names no source",
        "was read on 2030-01-01, which is to come",
    ]


def test_currency_without_any_rate_is_an_error_and_an_old_rate_a_warning(book: PriceBook) -> None:
    euros = load_book(own=[row(rates("1", "1"), currency="EUR")])
    assert "no exchange rate for EUR" in _messages(euros, TODAY, None)
    assert "the last exchange rate of CNY is of 2026-08-28" in _messages(book, TODAY, None)


def test_errors_stand_before_warnings_before_notes() -> None:
    findings = check_book(load_book(own=[replace(row(rates("1", "1")), sources=())]), date(2027, 6, 1))
    order = [list(IssueLevel).index(finding.level) for finding in findings]
    assert order == sorted(order)
    assert len(set(order)) == 3


def test_a_list_that_is_absent_is_said(book: PriceBook) -> None:
    issues = check_book(book, TODAY, absent=["genai-prices"])
    assert "not compared with genai-prices: it is not installed" in [issue.message for issue in issues]


def found(book: PriceBook, day: str, **models: date | None) -> list[PriceBookIssue]:
    named = {name.replace("__", "/"): retired for name, retired in models.items()}
    return check_book(book, date.fromisoformat(day), models=named)


def test_a_served_model_without_a_price_and_two_days_of_retirement_are_named() -> None:
    known = replace(row(rates("1", "1"), model="known"), retired_on=date(2026, 3, 1))
    issues = found(load_book(own=[known]), "2026-01-01", acme__known=date(2026, 2, 1), acme__new=None)
    said = [issue.message for issue in issues if issue.level is IssueLevel.WARNING]
    assert "acme/new is in providers.yaml and has no price row in force" in said
    assert "providers.yaml says retired on 2026-02-01, the price row on 2026-03-01" in said


def test_an_end_within_a_month_is_named_with_what_follows() -> None:
    first = row(rates("1", "1"), end="2026-01-20")
    second = row(rates("2", "2"), start="2026-01-20")
    alone = row(rates("1", "1"), model="alone", end="2026-01-20")
    leaving = replace(row(rates("1", "1"), model="leaving"), retired_on=date(2026, 1, 31))
    issues = found(load_book(own=[first, second, alone, leaving]), "2026-01-01")
    said = {(issue.price_id, issue.message) for issue in issues}
    assert (first.id, "ends at 2026-01-20T00:00Z; then acme/thing@2026-01-20 holds") in said
    assert (alone.id, "ends at 2026-01-20T00:00Z and no row follows") in said
    assert (leaving.id, "leaving is retired on 2026-01-31") in said
