"""Keys from the environment and from .env; never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.config.environment import api_key, load_environ, missing_keys
from harness.core.errors import ConfigError
from tests.config.folder import TODAY, config_of, endpoint_of


def test_a_dot_env_file_serves_what_the_environment_does_not(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "# keys\n\nA=from-file\nexport B = \"two words # kept\"\nC='single' # gone\nD=x#y # gone\nE=\nF=from-file\n"
    )
    environ = load_environ(tmp_path, {"A": "from-environment", "F": "", "G": ""})
    assert environ == {
        "A": "from-environment",
        "B": "two words # kept",
        "C": "single",
        "D": "x#y",
        "E": "",
        "F": "from-file",
        "G": "",
    }


def test_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfA=1\r\nB=2\r\n")
    assert load_environ(tmp_path, {}) == {"A": "1", "B": "2"}


def test_without_a_dot_env_file_the_environment_stands(tmp_path: Path) -> None:
    assert load_environ(tmp_path, {"A": "1"}) == {"A": "1"}


@pytest.mark.parametrize("line", ["sk-secret", "A-B=secret", '"secret', 'KEY="secret', "= secret"])
def test_a_line_that_cannot_be_read_is_named_and_not_shown(tmp_path: Path, line: str) -> None:
    (tmp_path / ".env").write_text(f"GOOD=1\n{line}\n")
    with pytest.raises(ConfigError, match=r"\.env:2: ") as caught:
        load_environ(tmp_path, {})
    assert "secret" not in str(caught.value)


def test_missing_keys_name_the_variable_and_every_label_that_needs_it(tmp_path: Path) -> None:
    config = config_of(tmp_path)
    labels = ["openai/gpt-5", "xai/grok-4.3", "openai/gpt-5-mini@low", "local/smollm2-135m", "groq/x"]
    endpoints = config.endpoints(labels, today=TODAY)
    assert missing_keys(endpoints, {"GROQ_API_KEY": "gsk", "XAI_API_KEY": "  "}) == [
        ("OPENAI_API_KEY", ("openai/gpt-5", "openai/gpt-5-mini@low")),
        ("XAI_API_KEY", ("xai/grok-4.3",)),
    ]


@pytest.mark.parametrize(
    ("label", "environ", "key"),
    [
        ("openai/gpt-5", {"OPENAI_API_KEY": " sk-1\n"}, "sk-1"),
        ("openai/gpt-5", {"OPENAI_API_KEY": ""}, None),
        ("openai/gpt-5", {}, None),
        ("local/smollm2-135m", {"OPENAI_API_KEY": "sk-1"}, None),
    ],
)
def test_a_key_is_the_value_of_the_endpoints_own_variable(
    tmp_path: Path, label: str, environ: dict[str, str], key: str | None
) -> None:
    assert api_key(endpoint_of(config_of(tmp_path), label), environ) == key


@pytest.mark.parametrize("value", ["sk secret", "sk\nsecret", "sécret", "sk-\x00secret"])
def test_a_key_that_cannot_stand_in_a_header_is_refused_and_not_shown(tmp_path: Path, value: str) -> None:
    endpoint = endpoint_of(config_of(tmp_path), "openai/gpt-5")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY") as caught:
        api_key(endpoint, {"OPENAI_API_KEY": value})
    assert "cret" not in str(caught.value)
