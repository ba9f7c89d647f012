"""Files over files, and mistakes in them: every one named with its line, all at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.config.load import dialect_names, load_config, shipped_file
from harness.core.errors import ConfigError
from tests.config.folder import config_of, endpoint_of, own_rows


def test_the_shipped_file_needs_no_file_of_the_users(tmp_path: Path) -> None:
    assert "openai/gpt-5" in config_of(tmp_path).labels


def test_the_shipped_file_is_not_laid_over_itself() -> None:
    shipped = shipped_file()
    config = load_config(providers_file=shipped, cwd=shipped.parent, environ={})
    assert list(config.changed_on) == ["providers.yaml"]


def test_a_file_of_the_folder_overrides_one_field_and_keeps_the_rest(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        """
        providers:
          openai:
            limits: {max_concurrency: 3}
            models:
              gpt-5: {max_output_tokens: 1000}
        """,
    )
    changed, beside = endpoint_of(config, "openai/gpt-5"), endpoint_of(config, "openai/gpt-5-mini")
    assert (changed.limits.max_concurrency, changed.max_output_tokens, changed.context_tokens) == (3, 1000, 400_000)
    assert (beside.limits.max_concurrency, beside.max_output_tokens) == (3, None)
    assert changed.base_url == "https://api.openai.com/v1"


def test_a_file_named_on_the_command_line_stands_in_for_that_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text("groups: {mine: [openai/gpt-5]}")
    (tmp_path / "other.yaml").write_text("groups: {other: [openai/gpt-5-mini]}")
    config = load_config(providers_file=Path("other.yaml"), cwd=tmp_path, environ={})
    assert "other" in config.groups
    assert "mine" not in config.groups


def test_lists_and_prices_are_replaced_as_a_whole(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        """
        groups: {sim: [sim/flaky]}
        providers:
          sim: {models: {flaky: {price: {input: 7, output: 8}}}}
        """,
    )
    price = {row.model: row for row in own_rows(config)}["flaky"]
    assert config.groups["sim"] == ["sim/flaky"]
    assert price.rates.cached is None


@pytest.mark.parametrize("nothing", ["", "# only a comment\n", "providers:\n", "providers:\n  openai:\n    models:\n"])
def test_a_file_that_says_nothing_changes_nothing(tmp_path: Path, nothing: str) -> None:
    (tmp_path / "providers.yaml").write_text(nothing)
    assert config_of(tmp_path).labels == config_of(Path(os.devnull).parent).labels


@pytest.mark.parametrize(
    ("content", "message"), [(b"groups: {\xff: []}", "not UTF-8"), (b"groups: {a: [\x07]}", "not YAML")]
)
def test_a_file_that_is_no_text_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "providers.yaml").write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load_config(providers_file=None, cwd=tmp_path, environ={})


def test_a_named_file_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml: cannot be read: No such file"):
        load_config(providers_file=tmp_path / "mine.yaml", cwd=tmp_path, environ={})


def test_the_dialects_are_the_files_of_their_folder() -> None:
    names = dialect_names()
    assert {"openai", "llamacpp"} <= set(names)
    assert not {"base", "__init__"} & set(names)


def test_numbers_of_an_extra_body_stay_numbers_and_those_of_a_price_stay_exact(tmp_path: Path) -> None:
    config = config_of(
        tmp_path,
        """
        providers:
          openai:
            extra_body: {top_k: 20, min_p: 0.5, deep: {on: true, list: [1, x]}}
            models: {gpt-5: {price: {input: 0.1000000000000000055, output: 2}, service_tier: 1.10}}
        """,
    )
    endpoint = endpoint_of(config, "openai/gpt-5")
    price = {row.id: row for row in own_rows(config)}["providers.yaml:openai/gpt-5"]
    assert endpoint.extra_body == {"top_k": 20, "min_p": 0.5, "deep": {"on": True, "list": [1, "x"]}}
    assert str(price.rates.prompt) == "0.1000000000000000055"
    assert endpoint.service_tier == "1.10"
