"""A price file that is refused: what was found, where, and what is accepted."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.core.errors import ConfigError
from harness.pricing.book import load_book

GOOD = """provider: acme
prices:
  - model: thing
    effective_from: 2025-01-01
    rates: {prompt: 1, completion: 2}
    sources: [a page]
    read_on: 2025-01-01
    confidence: high
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("prompt: 1,", "promt: 1,", 5, "did you mean prompt?"),
        ("prompt: 1,", "prompt: -1,", 5, "found '-1'; accepted: a decimal number"),
        ("prompt: 1,", "prompt: 1e3,", 5, "found '1e3'"),
        ("prompt: 1,", "prompt: .nan,", 5, "found '.nan'"),
        ("prompt: 1,", "prompt: 0.1_5,", 5, "found '0.1_5'"),
        ("prompt: 1,", "", 5, "rates.prompt: is missing"),
        ("2025-01-01\n    rates", "yesterday\n    rates", 4, "accepted: an instant such as 2025-09-05T16:00Z"),
        ("2025-01-01\n    rates", "1756000000\n    rates", 4, "found '1756000000'"),
        ("effective_from", "efective_from", 4, "did you mean effective_from or effective_to?"),
        (
            "sources: [a page]",
            "sources: [a page]\n    service_tiers: {default: {prompt: 9, completion: 9}}",
            7,
            "found 'default', which is billed at the plain rates: give those as `rates`",
        ),
        ("sources: [a page]", "sources: []", 6, "sources: is empty; accepted: at least one"),
        ("read_on: 2025-01-01", "read_on: 2025-13-01", 7, "accepted: a date"),
        ("confidence: high", "confidence: sure", 8, "found 'sure'; accepted: 'high', 'medium' or 'low'"),
        ("model: thing", "model: Thing", 3, "accepted: a name in lower case"),
        ("provider: acme", "provider: acme\nurl: x", 2, "unknown key"),
        ("confidence: high", "confidence: high\n    confidence: low", 9, "stands twice; the first is in line 8"),
        ("confidence: high", "confidence: high\n    effective_to: 2024-01-01", 3, "is not after effective_from"),
        ("confidence: high", "confidence: high\n    currency: usd", 9, "an ISO 4217 code"),
        (
            "confidence: high",
            "confidence: high\n    windows:\n"
            "      - {start: '25:00', end: '01:00', time_zone: UTC, rates: {prompt: 1, completion: 1}}",
            10,
            "a time of day as HH:MM",
        ),
        (
            "confidence: high",
            "confidence: high\n    windows:\n"
            "      - {start: '01:00', end: '02:00', time_zone: Mars, rates: {prompt: 1, completion: 1}}",
            10,
            "accepted: an IANA time zone",
        ),
        (
            "confidence: high",
            "confidence: high\n    tiers:\n      - {above_prompt_tokens: 9, rates: {prompt: 1, completion: 1}}\n"
            "      - {above_prompt_tokens: 9, rates: {prompt: 1, completion: 1}}",
            3,
            "tiers must rise",
        ),
        ("prices:", "aliases: {other: nothing}\nprices:", 1, "alias 'other' points to 'nothing'"),
        ("provider: acme", "provider: [acme", 2, "is not YAML"),
        ("sources: [a page]", "sources: &again [a page, *again]", 6, "aliases are not accepted"),
        (GOOD, "- a list\n", 1, "accepted: a mapping"),
    ],
)
def test_refused_file_says_what_where_and_what_instead(
    tmp_path: Path, old: str, new: str, line: int, said: str
) -> None:
    path = tmp_path / "mine.yaml"
    assert old in GOOD
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ConfigError) as caught:
        load_book(extra_files=[path])
    assert said in str(caught.value)
    assert f"{path}:{line}: " in str(caught.value)


@pytest.mark.parametrize(("content", "said"), [(b"", "is empty"), (b"\xff\xfe", "is not UTF-8")])
def test_file_without_text_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=said):
        load_book(extra_files=[path])


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD.replace("prompt: 1,", "prompt: x,").replace("confidence: high", "confidence: sure"))
    with pytest.raises(ConfigError) as caught:
        load_book(extra_files=[path])
    assert [line.split(": ")[0] for line in str(caught.value).splitlines()] == [f"{path}:5", f"{path}:8"]
