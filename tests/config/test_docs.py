"""The examples of docs/adding-a-provider.md are files that load."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

from harness.config.load import load_config
from harness.config.schema import ModelEntry, ProviderEntry
from tests.config.folder import TODAY, config_of, own_rows

PAGE = Path(__file__).resolve().parents[2] / "docs" / "adding-a-provider.md"
BLOCKS = [dedent(block) for block in re.findall(r"(?:^ {4}.*\n|^\n)+", PAGE.read_text(encoding="utf-8"), re.MULTILINE)]
EXAMPLES = [block for block in BLOCKS if re.search(r"^providers:", block, re.MULTILINE)]
PRICES = [block for block in BLOCKS if block.strip().startswith("price:")]


def test_the_page_has_the_examples_it_had() -> None:
    assert (len(EXAMPLES), len(PRICES)) == (4, 1)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_of_the_page_loads(tmp_path: Path, example: str) -> None:
    assert config_of(tmp_path, example).labels


def test_the_first_try_of_the_page_resolves(tmp_path: Path) -> None:
    example = next(block for block in EXAMPLES if "acme-large" in block)
    endpoint = config_of(tmp_path, example).endpoint("acme/acme-large@high", today=TODAY)
    assert (endpoint.model_id, endpoint.api_key_env) == ("acme-large-2026-10", "ACME_API_KEY")


def test_the_provider_through_litellm_needs_neither_address_nor_key(tmp_path: Path) -> None:
    example = next(block for block in EXAMPLES if "backend: litellm" in block)
    endpoint = config_of(tmp_path, example).endpoint("bedrock/claude-sonnet", today=TODAY)
    assert (endpoint.backend, endpoint.base_url, endpoint.api_key_env) == ("litellm", "", None)


def test_the_price_of_the_page_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(
        "providers:\n  openai:\n    models:\n      gpt-5:\n" + indent(PRICES[0].strip("\n"), " " * 8) + "\n"
    )
    config = load_config(providers_file=Path("own.yaml"), cwd=tmp_path, environ={})
    row = {row.id: row for row in own_rows(config)}["providers.yaml:openai/gpt-5"]
    assert str(row.rates.thinking_completion) == "4.00"
    assert str(row.fee_share) == "0.055"
    assert [str(tier.rates.prompt) for tier in row.tiers] == ["0.60"]


@pytest.mark.parametrize("entry", [ProviderEntry, ModelEntry])
def test_the_page_names_every_field(entry: type[ProviderEntry | ModelEntry]) -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in entry.model_fields if not re.search(rf"\b{name}\b", text)] == []
