"""One price schema: price files and providers.yaml accept the field names of both, and say where a mistake stands."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.core.prices import Price
from harness.pricing.read_prices import read_prices
from tests.config.folder import config_of, own_rows

LONG = """\
provider: acme
prices:
  - model: thing
    effective_from: 2026-01-01
    {rates}
    {tiers}
    sources: [a page]
    read_on: 2026-11-01
    confidence: high
"""


def own(folder: Path, price: str) -> Price:
    """The price of openai/gpt-5 written so in providers.yaml."""
    config = config_of(folder, f"providers:\n  openai:\n    models:\n      gpt-5:\n        price: {price}\n")
    return {row.id: row for row in own_rows(config)}["providers.yaml:openai/gpt-5"]


@pytest.mark.parametrize(
    "rates",
    [
        "rates: {prompt: 1, completion: 2, cached: 0.1, thinking_completion: 4}",
        "rates: {input: 1, output: 2, cached_input: 0.1, output_thinking: 4}",
        "{input: 1, output: 2, cached_input: 0.1, output_thinking: 4}",
    ],
)
@pytest.mark.parametrize(
    "tiers",
    [
        "tiers: [{above_prompt_tokens: 9, rates: {prompt: 3, completion: 6}}]",
        "tiers: [{above_input_tokens: 9, input: 3, output: 6}]",
    ],
)
def test_both_kinds_of_file_accept_both_spellings(tmp_path: Path, rates: str, tiers: str) -> None:
    inner = rates.strip("{}") if rates.startswith("{") else rates
    of_user = own(tmp_path, f"{{{inner}, {tiers}}}")
    lines = inner.split(", ") if rates.startswith("{") else [inner]
    path = tmp_path / "acme.yaml"
    path.write_text(LONG.format(rates="\n    ".join(lines), tiers=tiers))
    (of_book,) = read_prices(path).rows
    assert (of_user.rates, of_user.tiers) == (of_book.rates, of_book.tiers)
    assert (of_book.rates.prompt, of_book.rates.reasoning_completion) == (Decimal(1), Decimal(4))
    assert of_book.tiers[0].rates.completion == 6


def test_a_price_of_ones_own_may_have_what_a_row_has(tmp_path: Path) -> None:
    row = own(tmp_path, "{input: 1, output: 2, service_tiers: {flex: {input: 0.5, output: 1}}, source: a contract}")
    assert row.service_tiers["flex"].completion == 1
    assert (row.sources, row.confidence) == (("a contract",), "own")


def test_a_source_is_a_title_an_address_and_a_date(tmp_path: Path) -> None:
    row = own(tmp_path, "{input: 1, output: 2, sources: [{title: T, url: 'https://x.example/p', date: 2026-11-01}]}")
    assert row.sources == ("T, https://x.example/p, 2026-11-01",)
    assert row.read_on >= date(2026, 1, 1)  # the day the file was changed


@pytest.mark.parametrize(
    ("price", "where", "said"),
    [
        ("{input: 1}", "providers.yaml:5", "rates.completion: is missing"),
        ("cheap", "providers.yaml:5", "accepted: `free`, or rates per million tokens"),
        ("{input: -1, output: 1}", "providers.yaml:5", "found '-1'; accepted: a decimal number"),
        ("{input: 1, prompt: 1, output: 1}", "providers.yaml:5", "'input' and 'prompt' are one field: keep one"),
        ("\n          input: 1\n          outptu: 2", "providers.yaml:7", "unknown key; did you mean output"),
        ("{input: 1, output: 2, fee_share: 5.5}", "providers.yaml:5", "accepted: a share from 0 to 1"),
        (
            "{input: 1, output: 2, sources: [{title: T, url: x, date: 2026-11-01}]}",
            "providers.yaml:5",
            "accepted: an address such as https://",
        ),
    ],
)
def test_a_mistake_names_its_line_and_what_would_be_accepted(tmp_path: Path, price: str, where: str, said: str) -> None:
    with pytest.raises(ConfigError) as caught:
        own(tmp_path, price)
    assert where in str(caught.value)
    assert said in str(caught.value)
