"""YAML of price files: what cannot be read is an error with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.pricing.price_yaml import MAX_ERRORS_SHOWN, read_file
from harness.pricing.schema import PriceFile

HEAD = "provider: acme\nprices:\n"
ROW = """\
  - model: one
    effective_from: 2026-01-01
    rates: {prompt: 0.10, completion: 1}
    sources: [a page]
    read_on: 2026-01-01
    confidence: high
    basis: seen
"""


def message_of(tmp_path: Path, text: str) -> str:
    path = tmp_path / "prices.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        read_file(path, PriceFile)
    return str(raised.value).replace(f"{path}:", "").replace(str(path), "FILE")


def test_a_number_keeps_its_digits(tmp_path: Path) -> None:
    (tmp_path / "prices.yaml").write_text(f"{HEAD}{ROW}")
    rates = read_file(tmp_path / "prices.yaml", PriceFile).prices[0].rates
    assert str(rates.prompt) == "0.10"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("provider: acme\nprovider: other\n", "2: key 'provider' stands twice; the first is in line 1"),
        ("provider: &a acme\nprices: [*a]\n", "1: YAML anchors and aliases are not accepted: write the value out"),
        ("provider: [\n", "2: is not YAML: "),
        ("", " is empty; accepted: a mapping with provider and prices"),
        (
            f"{HEAD}{ROW.replace('model:', 'modle:')}",
            "3: prices[0].modle: unknown key; did you mean",
        ),
        (
            f"{HEAD}{ROW.replace('prompt: 0.10', 'prompt: 0.10, input: 0.20')}",
            "5: 'prompt' and 'input' are one field: keep one",
        ),
        (
            f"{HEAD}{ROW.replace('high', 'sure')}",
            "8: prices[0].confidence: found 'sure'; accepted: ",
        ),
    ],
    ids=["key twice", "anchor", "no YAML", "empty", "unknown key", "both spellings", "other word"],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    assert said in message_of(tmp_path, text)


def test_of_many_mistakes_the_first_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    keys = "".join(f"key_{number}: 1\n" for number in range(MAX_ERRORS_SHOWN + 2))
    message = message_of(tmp_path, f"provider: acme\nprices: []\n{keys}")
    assert message.count("unknown key") == MAX_ERRORS_SHOWN
    assert message.endswith("... and 2 more")


def test_a_file_that_is_no_text_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "prices.yaml"
    path.write_bytes(b"provider: \xff\n")
    with pytest.raises(ConfigError, match="is not UTF-8 text: invalid start byte at byte 10"):
        read_file(path, PriceFile)
    with pytest.raises(ConfigError, match="cannot be read: No such file or directory"):
        read_file(tmp_path / "none.yaml", PriceFile)
