"""Labels, groups, efforts, retired models, addresses and prices as they come out of the files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.config.load import Config
from harness.core.errors import ConfigError
from harness.core.labels import Effort
from harness.core.types import EndpointLimits, SamplingParams
from tests.config.folder import TODAY, config_of, endpoint_of, own_rows

OWN = """
providers:
  acme:
    base_url: http://127.0.0.1:${ACME_PORT:-9000}/v1/
    dialect: openai
    api_key_env: ACME_KEY
    service_tier: flex
    params: {temperature: 0.5, top_p: 0.9}
    limits: {max_concurrency: 7, max_attempts: 2}
    extra_body: {a: 1, b: {c: 2}}
    models:
      old: {retired_on: 2026-05-15, also_at: [acme/older, acme/new, acme/big@high]}
      older: {retired_on: 2026}
      new:
        model_id: Acme-New-0001
        traits: [reasoning]
        efforts: [low, high]
        params: {temperature: 0}
        limits: {max_concurrency: 1}
        extra_body: {b: {d: 3}}
        stream: false
        price: {input: 0.30, output: 1.20, cached_input: 0.03, read_on: 2026-11-01, source: their page,
                tiers: [{above_input_tokens: 32000, input: 1, output: 2}]}
      big: {}
      mute: {efforts: []}
      switch: {efforts: [none]}
  far:
    base_url: https://${FAR_HOST}/v1
    dialect: openai
    any_model: true
    price: free
groups:
  mine: [acme/new, acme/old, acme/old@high, far/some/model]
  gone: [acme/older]
  swept: [far/some/model, acme/new@*]
"""


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return config_of(tmp_path, OWN, environ={"FAR_HOST": "far.example", "ACME_KEY": "secret-key"})


def test_a_model_takes_from_its_provider_what_it_does_not_say_itself(config: Config) -> None:
    new = endpoint_of(config, "acme/new")
    assert (new.label, new.name, new.model_id) == ("acme/new", "acme/new", "Acme-New-0001")
    assert new.params == SamplingParams(temperature=0.0, top_p=0.9)
    assert new.limits == EndpointLimits(max_concurrency=1, max_attempts=2)
    assert new.extra_body == {"a": 1, "b": {"d": 3}}
    assert (new.service_tier, new.stream, new.traits) == ("flex", False, frozenset({"reasoning"}))
    assert new.base_url == "http://127.0.0.1:9000/v1"


def test_an_effort_is_part_of_the_label_and_not_of_the_name(config: Config) -> None:
    new = endpoint_of(config, "acme/new@high")
    assert (new.label, new.name, new.params.effort) == ("acme/new@high", "acme/new", Effort.HIGH)


def test_a_model_whose_efforts_are_not_known_takes_any(config: Config) -> None:
    assert endpoint_of(config, "acme/big@minimal").params.effort is Effort.MINIMAL


@pytest.mark.parametrize(
    ("label", "rows"),
    [
        ("acme/new@*", ["acme/new@low", "acme/new@high"]),
        ("acme/switch@*", ["acme/switch@none", "acme/switch"]),  # thinking off, and the model as it comes
        ("@swept", ["far/some/model", "acme/new@low", "acme/new@high"]),
    ],
)
def test_a_sweep_stands_for_every_level_from_the_lowest_up(config: Config, label: str, rows: list[str]) -> None:
    assert [one.label for one in config.endpoints([label], today=TODAY)] == rows


def test_levels_are_swept_in_the_order_of_effort_whatever_order_lists_them(tmp_path: Path) -> None:
    text = "providers: {acme: {base_url: http://h/v1, dialect: openai, models: {m: {efforts: [high, none, low]}}}}"
    found = config_of(tmp_path, text).endpoints(["acme/m@*"], today=TODAY)
    assert [one.params.effort for one in found] == [Effort.NONE, Effort.LOW, Effort.HIGH]


# A label, and what the refusal must say.
REFUSED = {
    "gpt-5": "is not a model label; write provider/model: did you mean openai/gpt-5",
    "/gpt-5": "is not a model label",
    "acme/": "is not a model label",
    "acmee/new": "unknown provider 'acmee' in 'acmee/new'; did you mean acme",
    "acme/nev": "unknown model 'nev' of provider 'acme' in 'acme/nev'; did you mean acme/new",
    "acme/new@hihg": "accepted after @: none, minimal, low, medium, high",
    "acme/mute@*": "acme/mute takes no effort (providers.yaml:25), so there are no levels to sweep; models with "
    "levels: acme/new, acme/switch, openai/gpt-5",
    "acme/big@*": "acme/big has no `efforts` listed (providers.yaml:24)",
    "acme/nev@*": "did you mean acme/new",
    "acme/new@medium": "does not take the effort 'medium' (providers.yaml:14); accepted: acme/new@low, acme/new@high",
    "acme/mute@low": "accepted: only acme/mute without @",
    "acme/old": "acme/old was retired by its provider on 2026-05-15 (providers.yaml:12); "
    "also served as acme/new or acme/big@high",
    "acme/old@low": "also served as acme/new@low or acme/big@high",
    "acme/older": "in 2026 (the day is not known) (providers.yaml:13); no other host of it is known",
    "@mien": "unknown group '@mien'; did you mean @mine",
    "far/ two words": "unknown model ' two words'",
}


@pytest.mark.parametrize("label", REFUSED)
def test_a_label_that_names_nothing_says_what_is_near(config: Config, label: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config.endpoints([label], today=TODAY)
    assert REFUSED[label] in str(caught.value)


def test_all_labels_that_name_nothing_are_reported_together(config: Config) -> None:
    with pytest.raises(ConfigError) as caught:
        config.endpoints(["acme/nev", "acme/new", "opnai/gpt-5"], today=TODAY)
    assert len(str(caught.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("today", "served"), [(date(2026, 5, 14), True), (date(2026, 5, 15), False), (date(2026, 5, 16), False)]
)
def test_a_model_is_refused_from_the_day_it_retires(config: Config, today: date, served: bool) -> None:
    try:
        label = config.endpoint("acme/old", today=today).label
    except ConfigError:
        label = None
    assert (label == "acme/old") is served


def test_groups_expand_in_order_without_repeats_and_go_round_what_has_retired(config: Config) -> None:
    # mine: acme/new; acme/old, gone, so its first living host acme/new again; acme/old@high -> acme/new@high; far
    labels = [one.label for one in config.endpoints(["acme/big", "@mine", "acme/big"], today=TODAY)]
    assert labels == ["acme/big", "acme/new", "acme/new@high", "far/some/model"]


def test_a_group_whose_member_is_served_nowhere_is_refused(config: Config) -> None:
    with pytest.raises(ConfigError, match="acme/older was retired"):
        config.endpoints(["@gone"], today=TODAY)


def test_a_gateway_passes_on_a_model_it_does_not_list(config: Config) -> None:
    endpoint = endpoint_of(config, "far/Some/Model-7B@low")
    assert (endpoint.model, endpoint.model_id) == ("Some/Model-7B", "Some/Model-7B")
    assert endpoint.base_url == "https://far.example/v1"


# The environment, the label, and the address or a part of the refusal.
@pytest.mark.parametrize(
    ("environ", "label", "found"),
    [
        ({"ACME_PORT": "81"}, "acme/new", "http://127.0.0.1:81/v1"),
        ({"ACME_PORT": ""}, "acme/new", "http://127.0.0.1:9000/v1"),
        ({"ACME_PORT": "eighty"}, "acme/new", "is not an http address: 'http://127.0.0.1:eighty/v1'"),
        ({"ACME_PORT": "99999"}, "acme/new", "is not an http address"),
        ({"FAR_HOST": "me:word@host"}, "far/x", "is not an http address: (not shown)"),
        ({"FAR_HOST": "host name"}, "far/x", "is not an http address: 'https://host name/v1'"),
        ({}, "far/x", "far/x needs the variable FAR_HOST, which is unset"),
    ],
)
def test_variables_fill_an_address_or_are_named(
    tmp_path: Path, environ: dict[str, str], label: str, found: str
) -> None:
    config = config_of(tmp_path, OWN, environ=environ)
    try:
        said = endpoint_of(config, label).base_url
    except ConfigError as error:
        said = str(error)
    assert found in said


def test_a_price_of_ones_own_becomes_a_row(config: Config) -> None:
    row = {row.id: row for row in own_rows(config)}["providers.yaml:acme/new"]
    assert (row.rates.prompt, row.rates.completion, row.rates.cached) == (
        Decimal("0.30"),
        Decimal("1.20"),
        Decimal("0.03"),
    )
    assert row.rates.cache_write is None
    assert [(tier.above_prompt_tokens, tier.rates.prompt) for tier in row.tiers] == [(32_000, Decimal(1))]
    assert (row.read_on, row.sources) == (date(2026, 11, 1), ("their page",))
    assert row.effective_from <= datetime(2025, 1, 1, tzinfo=UTC)


def test_a_price_without_a_source_names_its_line(tmp_path: Path) -> None:
    config = config_of(
        tmp_path, "providers:\n  openai:\n    models:\n      gpt-5:\n        price: {input: 1, output: 2}"
    )
    row = {row.id: row for row in own_rows(config)}["providers.yaml:openai/gpt-5"]
    assert row.sources == ("providers.yaml:5",)


def test_a_free_host_prices_what_it_does_not_list_at_nothing(config: Config) -> None:
    endpoint = endpoint_of(config, "far/some/model")
    assert "far/some/model" not in {f"{row.provider}/{row.model}" for row in own_rows(config)}
    row = {row.id: row for row in own_rows(config, [endpoint])}["providers.yaml:far/some/model"]
    assert row.rates.prompt == row.rates.completion == row.rates.cache_write_1h == 0
    assert "not counted" in row.notes


def test_a_configuration_does_not_show_the_environment(config: Config) -> None:
    assert "secret" not in repr(config)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(label=st.text(max_size=30))
def test_any_text_as_a_label_is_an_endpoint_or_one_clear_refusal(config: Config, label: str) -> None:
    try:
        named = config.endpoint(label, today=TODAY).label
    except ConfigError as error:
        named, said = None, str(error)
    else:
        said = ""
    assert (named == label) != bool(said)
