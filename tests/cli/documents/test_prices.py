"""What harness prices list and show print."""

from __future__ import annotations

import json

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK


def test_list_shows_the_row_in_force_then(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "list", "acme", "rocket", *own, "--at", "2025-05-01"]) == EXIT_OK
    before = capsys.readouterr().out.splitlines()[3].split()
    assert main(["prices", "list", "rocket", *own, "--at", "2025-06-01T12:00Z"]) == EXIT_OK
    after = capsys.readouterr().out.splitlines()[3]
    assert before == ["acme/rocket", "2025-01-01", "USD", "2", "0.5", "8"]
    assert after.split()[:6] == ["acme/rocket", "2025-06-01", "USD", "3", "-", "9.5"]
    for words in ("from 1001 prompt tokens: higher rate", "tiers batch", "fee 5.5%"):
        assert words in after


def test_windows_and_retirement_are_shown(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "list", "owl", *own, "--at", "2025-02-01"]) == EXIT_OK
    assert "by time of day; retires 2025-03-01; low confidence" in capsys.readouterr().out
    assert main(["prices", "show", "acme/owl", *own]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "22:00 to 06:00 Asia/Shanghai       1           2" in shown
    assert "retired on 2025-03-01" in shown


def test_show_has_every_row_with_its_dates_sources_and_rates(
    own: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", "show", "acme/rocket", *own, "--at", "2025-06-01T11:59Z"]) == EXIT_OK
    shown = capsys.readouterr().out
    first, second = shown.split("\n\n")[1:3]
    assert "to 2025-06-01T12:00Z (excluded)  <- in force" in first
    for words in ("high confidence", "source: a letter of intent", "the letter's date"):
        assert words in first
    assert "in force" not in second
    for words in ("no end", "prompt above 1000", "batch", "gateway fee: 5.5%"):
        assert words in second


def test_show_as_json_keeps_rates_as_text(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "show", "acme/rocket-latest", "--json", *own]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert [row["rates"]["completion"] for row in found["rows"]] == ["8", "9.5"]
    assert (found["in_force"], found["reason"]) == (found["rows"][1]["id"], None)


def test_show_outside_all_rows_says_which_there_are(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "show", "acme/rocket", *own, "--at", "2020-01-01"]) == EXIT_OK
    assert "no price row of acme/rocket is in force at 2020-01-01T00:00Z" in capsys.readouterr().out
