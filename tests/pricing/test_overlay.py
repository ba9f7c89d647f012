"""The user's price file, written from lists and read back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from harness.core.prices import CostUnknown
from harness.pricing.book import PriceBook, load_book
from harness.pricing.overlay import overlay_files, overlay_folder, price_file_text, write_overlay
from harness.pricing.read_prices import read_prices
from tests.pricing.prices import rates


def test_the_overlay_is_read_back_and_lies_above_older_and_below_newer_rows(tmp_path: Path, book: PriceBook) -> None:
    at = datetime(2027, 6, 1, tzinfo=UTC)
    shipped = book.price_at("minimax", "minimax-m3", at)
    assert not isinstance(shipped, CostUnknown)
    newer = replace(
        shipped,
        id="minimax/minimax-m3@2027-05-01",
        rates=rates("0.2", "0.9", cached="0.02"),
        effective_from=datetime(2027, 5, 1, tzinfo=UTC),
        read_on=date(2027, 5, 2),
        confidence="low",
    )
    older = replace(newer, model="minimax-m2.7", read_on=date(2020, 1, 1))
    files = write_overlay(tmp_path, [newer, older])
    assert read_prices(files[0]).rows[1] == newer
    with_overlay = load_book(overlay=files)
    assert with_overlay.price_at("minimax", "minimax-m3", at) == newer
    assert with_overlay.price_at("minimax", "minimax-m2.7", at) == book.price_at("minimax", "minimax-m2.7", at)
    before = datetime(2027, 4, 30, tzinfo=UTC)
    assert with_overlay.price_at("minimax", "minimax-m3", before) == book.price_at("minimax", "minimax-m3", before)


def test_every_shipped_row_in_dollars_can_be_written_and_read_back(tmp_path: Path, book: PriceBook) -> None:
    rows = [row for row in book.rows("openai", "gpt-5.5") if not row.windows]
    path = tmp_path / "openai.yaml"
    path.write_text(price_file_text("openai", rows))
    again = read_prices(path).rows
    assert [one.rates for one in again] == [one.rates for one in rows]
    assert [one.tiers for one in again] == [one.tiers for one in rows]
    assert again[0].rates.prompt == Decimal(5)


def test_the_overlays_folder_follows_the_environment(tmp_path: Path) -> None:
    assert overlay_folder({"HARNESS_PRICES_DIR": "/p"}) == Path("/p")
    assert overlay_folder({"XDG_CONFIG_HOME": "/x"}) == Path("/x/price-performance-harness/prices")
    assert overlay_folder({"HOME": "/h"}) == Path("/h/.config/price-performance-harness/prices")
    assert overlay_folder({}) is None
    assert overlay_files({"HARNESS_PRICES_DIR": str(tmp_path / "none")}) == ()
