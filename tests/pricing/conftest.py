"""The shipped price book, read once for all tests of prices."""

from __future__ import annotations

import pytest

from harness.pricing.book import PriceBook, load_book


@pytest.fixture(scope="session")
def book() -> PriceBook:
    """The shipped rows alone."""
    return load_book()
