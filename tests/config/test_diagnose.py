"""Mistakes in providers.yaml are named with their line and what is accepted; keys are never echoed."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from harness.config.load import load_config
from harness.core.errors import EXIT_USAGE, ConfigError
from tests.config.folder import refusal_of

# What is wrong, and a part of the message that must name the line and what would be accepted.
MISTAKES = {
    "unknown field": ("providers:\n  openai:\n    base_ulr: x\n", "providers.yaml:3", "did you mean base_url?"),
    "unknown field below": (
        "providers:\n  openai:\n    models:\n      gpt-5: {contxt_tokens: 1}\n",
        "providers.yaml:4",
        "context_tokens",
    ),
    "unknown field at the top": ("colour: red\n", "providers.yaml:1", "known: groups, groups_checked_on, providers"),
    "unknown field in a simulation": (
        "providers: {sim: {models: {flaky: {simulate: {accuracy: {medum: 1}}}}}}\n",
        "providers.yaml:1",
        "did you mean medium?",
    ),
    "unknown dialect": ("providers:\n  openai:\n    dialect: opnai\n", "providers.yaml:3", "did you mean openai"),
    "not a number": (
        "providers:\n  openai:\n    limits: {max_attempts: lots}\n",
        "providers.yaml:3",
        "max_attempts is 'lots'; expected a valid integer",
    ),
    "too small": ("providers:\n  openai:\n    limits:\n      max_attempts: 0\n", "providers.yaml:4", "greater than"),
    "not a mapping": ("providers:\n  openai: fast\n", "providers.yaml:2", "expected a mapping"),
    "not a list": ("groups:\n  mine: openai/gpt-5\n", "providers.yaml:2", "expected a list"),
    "key written twice": (
        "providers:\n  openai: {}\n  xai: {}\n  openai: {}\n",
        "providers.yaml:4",
        "written twice in one place (first on line 2)",
    ),
    "field that is missing": ("providers:\n  acme:\n    dialect: openai\n", "providers.yaml:2", "lacks the field"),
    "no YAML": ("providers:\n  openai: [\n", "providers.yaml:3", "not YAML"),
    "a tab": ("providers:\n\topenai: {}\n", "providers.yaml:2", "not YAML"),
    "a list at the top": ("- openai\n", "providers.yaml:1", "expected a mapping with `providers:`"),
    "address of another kind": (
        "providers:\n  openai:\n    base_url: ftp://x\n",
        "providers.yaml:3",
        "expected an address such as https://api.example.com/v1",
    ),
    "port of an address": (
        "providers:\n  openai:\n    base_url: http://127.0.0.1:99999/v1\n",
        "providers.yaml:3",
        "expected an address",
    ),
    "variable in an address": (
        "providers:\n  openai:\n    base_url: http://$HOST/v1\n",
        "providers.yaml:3",
        "${NAME:-default}",
    ),
    "word that is no effort": (
        "providers:\n  openai:\n    models:\n      gpt-5:\n        efforts: [low,\n          hihg]\n",
        "providers.yaml:6",
        "accepted: 'none', 'minimal', 'low', 'medium' or 'high'",
    ),
    "effort the model does not take": (
        "providers:\n  openai:\n    models:\n      gpt-5: {params: {effort: none}}\n",
        "providers.yaml:4",
        "its efforts are: minimal, low, medium, high",
    ),
    "day of retirement": (
        "providers:\n  openai:\n    models:\n      gpt-5: {retired_on: soon}\n",
        "providers.yaml:4",
        "expected a date such as 2026-11-30",
    ),
    "unknown model in a group": (
        "groups:\n  mine:\n    - openai/gpt-5\n    - openai/gpt5\n",
        "providers.yaml:4",
        "did you mean openai/gpt-5",
    ),
    "unknown other host": (
        "providers:\n  openai:\n    models:\n      gpt-5: {also_at: [opnrouter/openai/gpt-5]}\n",
        "providers.yaml:4",
        "did you mean openrouter",
    ),
    "simulation elsewhere": (
        "providers:\n  openai:\n    models:\n      gpt-5: {simulate: {}}\n",
        "providers.yaml:4",
        "belongs to each model of the provider `sim`",
    ),
    "sim without a simulation": (
        "providers:\n  sim:\n    models:\n      new: {}\n",
        "providers.yaml:4",
        "belongs to each model of the provider `sim`",
    ),
    "simulation in another dialect": (
        "providers:\n  sim:\n    models:\n      flaky: {dialect: llamacpp}\n",
        "providers.yaml:4",
        "is simulated in the dialect 'openai' and read in 'llamacpp'",
    ),
    "name of a provider": (
        "providers:\n  My Own: {base_url: http://x, dialect: openai}\n",
        "providers.yaml:2",
        "lower-case letters",
    ),
    "name of a model": (
        "providers:\n  openai:\n    models:\n      gpt@5: {}\n",
        "providers.yaml:4",
        "no space and no @",
    ),
    "number that JSON does not know": (
        "providers:\n  openai:\n    extra_body: {top_p: .nan}\n",
        "providers.yaml:3",
        "expected a finite number",
    ),
    "token limit in a provider's own body": (
        "providers:\n  openai:\n    extra_body:\n      top_k: 20\n      max_tokens: 100000\n",
        "providers.yaml:5: extra_body must not hold `max_tokens`",
        "set max_tokens under params",
    ),
    "service tier in a model's own body": (
        "providers:\n  openai:\n    models:\n      gpt-5: {extra_body: {service_tier: priority}}\n",
        "providers.yaml:4: extra_body must not hold `service_tier`",
        "set service_tier of the provider or the model",
    ),
    "thinking budget in a body": (
        "providers:\n  openai:\n    extra_body: {thinking: {type: enabled, budget_tokens: 9}}\n",
        "providers.yaml:3: extra_body must not hold `thinking.budget_tokens`",
        "set effort under params",
    ),
    "several answers in a body": ("providers:\n  openai:\n    extra_body: {n: 4}\n", "providers.yaml:3", "--repeats"),
    "an anchor inside itself": ("groups: &loop\n  mine: *loop\n", "providers.yaml:1", "contains itself"),
}


@pytest.mark.parametrize(("text", "where", "accepted"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_its_line_and_what_would_be_accepted(
    tmp_path: Path, text: str, where: str, accepted: str
) -> None:
    said = refusal_of(tmp_path, text)
    assert where in said
    assert accepted in said


def test_all_mistakes_are_reported_together_in_the_order_of_the_file(tmp_path: Path) -> None:
    said = refusal_of(
        tmp_path,
        """\
        providers:
          openai: {base_ulr: x, dialect: opnai}
          xai: {}
          xai: {}
        groups: 5
        """,
    )
    lines = said.splitlines()
    assert lines[0] == "4 problems in the configuration:"
    assert [line.split(":")[1] for line in lines[1:]] == ["2", "2", "4", "5"]


def test_a_mistake_in_the_configuration_ends_with_exit_code_2() -> None:
    assert ConfigError.exit_code == EXIT_USAGE == 2


@pytest.mark.parametrize("field", ["api_key_env", "api_key"])
def test_a_key_pasted_into_the_file_is_not_echoed(tmp_path: Path, field: str) -> None:
    said = refusal_of(tmp_path, f"providers:\n  openai:\n    {field}: sk-very-secret\n")
    assert "providers.yaml:3" in said
    assert "api_key_env" in said
    assert "secret" not in said


def test_a_key_pasted_into_the_file_is_in_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text("providers:\n  openai:\n    api_key_env: sk-very-secret\n")
    with pytest.raises(ConfigError) as caught:
        load_config(providers_file=None, cwd=tmp_path, environ={})
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_a_password_in_an_address_is_refused_and_not_echoed(tmp_path: Path) -> None:
    said = refusal_of(tmp_path, "providers:\n  openai:\n    base_url: https://me:secret@x.org/v1\n")
    assert "password does not belong" in said
    assert "secret" not in said
