"""Options about prices: files of one's own go before the shipped book, and an instant has a zone."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.options.context import load_context
from harness.cli.options.prices import add_prices_option, instant, price_book
from harness.core.prices import Price

ROW = """
provider: openai
prices:
  - model: gpt-5
    effective_from: 2025-01-01
    rates: {prompt: 1, completion: 2}
    read_on: 2026-11-01
    sources: [a contract]
    confidence: high
"""


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2025-11-15", datetime(2025, 11, 15, tzinfo=UTC)),
        ("2025-11-15T10:00Z", datetime(2025, 11, 15, 10, tzinfo=UTC)),
        ("2025-11-15T10:00+08:00", datetime(2025, 11, 15, 2, tzinfo=UTC)),
    ],
)
def test_a_day_is_its_midnight_utc_and_a_zone_is_kept(text: str, at: datetime) -> None:
    assert instant(text) == at


def test_what_is_no_instant_says_what_is_accepted() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="2025-11-15T10:00Z"):
        instant("yesterday")


def test_a_file_of_ones_own_goes_before_the_shipped_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.yaml").write_text(ROW)
    parser = argparse.ArgumentParser()
    add_prices_option(parser)
    files = parser.parse_args(["--prices", "own.yaml"]).prices
    config = load_context(None).config
    at = datetime(2025, 11, 15, tzinfo=UTC)
    own = price_book(config, files).price_at("openai", "gpt-5", at)
    shipped = price_book(config, []).price_at("openai", "gpt-5", at)
    assert isinstance(own, Price)
    assert isinstance(shipped, Price)
    assert own.rates.prompt == Decimal(1) != shipped.rates.prompt
