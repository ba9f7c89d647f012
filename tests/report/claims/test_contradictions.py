"""Contradictions between published texts."""

from __future__ import annotations

import pytest

from harness.report.claims.contradictions import contradictions
from harness.report.claims.ledger import load_ledger


@pytest.mark.parametrize(
    ("pair", "word"),
    [
        (("s000-04", "s001-06"), "11.6%"),
        (("s000-07", "s001-13"), "tokens a day"),
        (("s000-02", "s002-07"), "one thousandth"),
    ],
)
def test_contradictions_between_texts_are_listed_once(pair: tuple[str, str], word: str) -> None:
    found = [one for one in contradictions(load_ledger()) if one.claims == pair]
    assert len(found) == 1
    assert word in found[0].problem
