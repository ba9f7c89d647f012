"""The shipped providers.yaml: every system the project is about, and the facts it must not get wrong."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from harness.config.load import Config
from harness.config.simulation import Simulation
from harness.core.clock import utc
from harness.core.errors import ConfigError
from harness.core.labels import Effort
from harness.core.prices import CostUnknown, Price
from harness.pricing.book import FACTS, load_book
from tests.config.folder import TODAY, config_of, endpoint_of, own_rows

NAMED_SYSTEMS = [
    "openai/gpt-5",
    "openai/gpt-5-mini",
    "openai/gpt-5-nano",
    "openai/gpt-5.1",
    "openrouter/openai/gpt-oss-120b",
    "groq/openai/gpt-oss-120b",
    "anthropic/claude-sonnet-4-5",
    "anthropic/claude-opus-4-5",
    "anthropic/claude-haiku-4-5",
    "minimax/minimax-m2",
    "minimax/minimax-m1",
    "moonshot/kimi-k2-0711-preview",
    "moonshot/kimi-k2-0905-preview",
    "moonshot/kimi-k2-turbo-preview",
    "moonshot/kimi-k2-thinking",
    "moonshot/kimi-k2-thinking-turbo",
    "alibaba/qwen3-max",
    "alibaba/qwen3-coder-plus",
    "alibaba/qwen-plus",
    "deepseek/deepseek-chat",
    "deepseek/deepseek-reasoner",
    "deepseek/deepseek-flash",
    "openrouter/deepseek/deepseek-v3.2-exp",
    "openrouter/deepseek/deepseek-r1",
    "xai/grok-4",
    "xai/grok-4-fast",
    "openrouter/x-ai/grok-4-fast",
    "zai/glm-4.6",
    "google/gemini-2.5-pro",
    "google/gemini-2.5-flash",
    "openrouter/meta-llama/llama-3.3-70b-instruct",
    "vllm/default",
    "sglang/default",
    "llamacpp/default",
    "ollama/default",
    "local/smollm2-135m",
    "sim/cheap-verbose",
    "sim/expensive-terse",
    "sim/fast-sloppy",
    "sim/flaky",
]


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_of(tmp_path)


@pytest.mark.parametrize("label", NAMED_SYSTEMS)
def test_every_named_system_is_listed(config: Config, label: str) -> None:
    assert label in config.labels


def test_every_listed_model_resolves_on_the_day_it_was_last_served(config: Config) -> None:
    for label in config.labels:
        endpoint = config.endpoint(label, today=date(2025, 1, 1))  # before the first retirement
        address = urlsplit(endpoint.base_url)
        assert address.hostname
        assert (address.scheme == "https") is (endpoint.api_key_env is not None), label
        assert label == label.lower()


def test_a_former_name_is_accepted_and_neither_listed_nor_suggested(config: Config) -> None:
    assert endpoint_of(config, "sim/dear-terse").model_id == endpoint_of(config, "sim/expensive-terse").model_id
    assert "sim/dear-terse" not in config.labels
    with pytest.raises(ConfigError, match=r"did you mean .*sim/expensive-terse") as refused:
        endpoint_of(config, "sim/dear-ters")
    assert "sim/dear-terse " not in str(refused.value)


def test_no_label_takes_an_effort_that_its_dialect_would_not_send(config: Config) -> None:
    # Kimi, MiniMax and Qwen3-Coder have no effort; GLM can only be switched off: providers' pages on chat completions.
    for label in ["minimax/minimax-m2", "alibaba/qwen3-coder-plus", "zai/glm-4.6", "local/smollm2-135m"]:
        with pytest.raises(ConfigError, match="does not take the effort 'high'"):
            endpoint_of(config, f"{label}@high")
    assert endpoint_of(config, "zai/glm-4.6@none").params.effort is Effort.NONE


@pytest.mark.parametrize("group", ["articles", "current", "cheap", "self-hosted", "sim", "local"])
@pytest.mark.parametrize("today", [TODAY, date(2026, 12, 1)])
def test_every_group_can_be_run_today_and_after_the_next_retirement(config: Config, group: str, today: date) -> None:
    assert config.endpoints([f"@{group}"], today=today)


def test_no_group_held_a_retired_model_on_the_day_it_was_checked(config: Config) -> None:
    checked_on = config.file.groups_checked_on
    assert checked_on is not None
    members = {label for labels in config.groups.values() for label in labels}
    assert [label for label in sorted(members) if config.is_retired(label, today=checked_on)] == []


def test_a_group_of_providers_has_prices_on_the_day_it_was_checked(config: Config) -> None:
    checked_on = config.file.groups_checked_on
    assert checked_on is not None
    book = load_book(written=config.prices())
    noon = datetime.combine(checked_on, time(12), tzinfo=UTC)
    names = {label.partition("@")[0] for labels in config.groups.values() for label in labels}
    found = {name: book.price_at(name.partition("/")[0], name.partition("/")[2], noon) for name in names}
    assert sorted(name for name, price in found.items() if isinstance(price, CostUnknown)) == []


# Source: the notes of the providers; see the entries. The other host is what the refusal must offer.
@pytest.mark.parametrize(
    ("label", "day", "other_host"),
    [
        ("anthropic/claude-sonnet-4-5", date(2026, 11, 30), "openrouter/anthropic/claude-sonnet-4.5"),
        ("openai/gpt-5.1", date(2027, 4, 1), "openrouter/openai/gpt-5.1"),
        ("moonshot/kimi-k2-thinking", date(2026, 1, 1), "openrouter/moonshotai/kimi-k2-thinking"),
        ("deepseek/deepseek-reasoner", date(2026, 7, 24), "openrouter/deepseek/deepseek-v3.2-exp"),
        ("xai/grok-4", date(2026, 5, 15), "no other host of it is known"),
        ("xai/grok-4-fast", date(2026, 5, 15), "openrouter/x-ai/grok-4-fast"),
    ],
)
def test_retired_systems_are_refused_from_their_day_on(config: Config, label: str, day: date, other_host: str) -> None:
    assert config.endpoint(label, today=date.fromordinal(day.toordinal() - 1)).label == label
    with pytest.raises(ConfigError, match=other_host):
        config.endpoint(label, today=day)


def test_the_local_model_is_free_greedy_and_where_the_variable_says(tmp_path: Path) -> None:
    config = config_of(tmp_path, environ={"HARNESS_LOCAL_PORT": "9099"})
    local = endpoint_of(config, "local/smollm2-135m")
    price = {row.id: row for row in own_rows(config)}["providers.yaml:local/smollm2-135m"]
    assert local.base_url == "http://127.0.0.1:9099/v1"
    assert (local.params.temperature, local.context_tokens, local.limits.max_concurrency) == (0, 2048, 1)
    assert price.rates.prompt == price.rates.completion == 0


def test_simulated_models_are_marked_priced_and_cannot_be_reached(config: Config) -> None:
    labels = [label for label in config.labels if label.startswith("sim/")]
    endpoints = config.endpoints(["@sim", "sim/thinker@*", *labels], today=TODAY)
    priced = {f"{row.provider}/{row.model}" for row in own_rows(config)}
    assert all(one.simulated and one.name in priced for one in endpoints)
    assert {one.model_id for one in endpoints} == set(config.simulations())
    assert all(isinstance(one, Simulation) for one in config.simulations().values())
    assert {urlsplit(one.base_url).hostname for one in endpoints} == {"simulated.invalid"}
    assert not any(config.endpoint(label, today=date(2025, 1, 1)).simulated for label in ["openai/gpt-5"])


@pytest.mark.parametrize("at", ["2025-11-15T16:00Z", "2025-12-01", "2025-12-15", "2025-12-31T23:59Z"])
def test_openrouter_has_a_price_for_every_model_of_the_articles_in_their_months(config: Config, at: str) -> None:
    named = {label for label in config.groups["articles"] if label.startswith("openrouter/")}
    for path in sorted((FACTS / "claims").glob("*.yaml")):
        named |= set(re.findall(r"openrouter/[\w./-]+", path.read_text()))
    book = load_book()
    assert len(named) >= 9
    for label in sorted(named):
        found = book.price_at("openrouter", label.removeprefix("openrouter/"), utc(at))
        assert isinstance(found, Price), (label, found)


RELEASED_LATER = {
    "openrouter/minimax/minimax-m2": "2025-11-07",  # free before, as minimax/minimax-m2:free
    "openrouter/moonshotai/kimi-k2-thinking": "2025-11-07",
    "openrouter/openai/gpt-5.1": "2025-11-15",
}


def test_openrouter_prices_of_the_articles_models_begin_in_october_or_with_the_model(config: Config) -> None:
    book = load_book()
    for label in config.groups["articles"]:
        if label.startswith("openrouter/"):
            start = RELEASED_LATER.get(label, "2025-10-01")
            found = book.price_at("openrouter", label.removeprefix("openrouter/"), utc(start))
            assert isinstance(found, Price), (label, found)
