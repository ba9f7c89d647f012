"""`harness prices`: the rows in force, a model's rows, and the check's exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, EXIT_USAGE

OWN = """\
provider: acme
aliases: {rocket-latest: rocket}
prices:
  - model: rocket
    effective_from: 2025-01-01
    effective_to: 2025-06-01T12:00Z
    rates: {prompt: 2, cached: 0.5, completion: 8}
    sources: [a letter of intent]
    read_on: 2025-01-01
    confidence: high
    basis: the letter's date
  - model: rocket
    effective_from: 2025-06-01T12:00Z
    rates: {prompt: 3, completion: 9.5}
    tiers: [{above_prompt_tokens: 1000, rates: {prompt: 6, completion: 19}}]
    service_tiers: {batch: {prompt: 1.5, completion: 4.75}}
    fee_share: 0.055
    sources: [the second letter]
    read_on: 2025-06-01
    confidence: medium
  - model: owl
    effective_from: 2025-01-01
    rates: {prompt: 3, completion: 9}
    windows: [{start: "22:00", end: "06:00", time_zone: Asia/Shanghai, rates: {prompt: 1, completion: 2}}]
    retired_on: 2025-03-01
    sources: [a note on a door]
    read_on: 2025-01-01
    confidence: low
"""


@pytest.fixture
def own(tmp_path: Path) -> list[str]:
    path = tmp_path / "prices.yaml"
    path.write_text(OWN)
    return ["--prices", str(path)]


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


def test_list_names_models_without_a_row_then(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "list", "--json", "rocket", *own, "--at", "2024-01-01"]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert (found["prices"], found["no_row_then"]) == ([], ["acme/rocket"])


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


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", "acme/rockett"], "did you mean acme/rocket"),
        (["show", "rocket"], "write provider/model"),
        (["list", "zzz"], "no model with prices contains zzz"),
    ],
)
def test_mistakes_name_what_there_is(
    words: list[str], said: str, own: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", *words, *own]) == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_check_passes_with_warnings_alone_and_says_so(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "check", *own]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "was read" in shown  # the own row without an end was read long ago: a warning
    assert "0 errors" in shown
    assert "only errors fail this check" in shown


def test_check_fails_on_overlapping_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "prices.yaml"
    path.write_text(OWN.replace("effective_to: 2025-06-01T12:00Z", "effective_to: 2025-07-01"))
    assert main(["prices", "check", "--json", "--prices", str(path)]) == EXIT_CHECK_FAILED
    found = json.loads(capsys.readouterr().out)["findings"][0]
    assert (found["level"], found["price_id"]) == ("error", "acme/rocket@2025-06-01")
    assert "before acme/rocket@2025-01-01 ends" in found["message"]


LIST = {
    "gpt-5.1": {"litellm_provider": "openai", "input_cost_per_token": 2e-06, "output_cost_per_token": 1e-05},
    "gpt-99": {"litellm_provider": "openai", "input_cost_per_token": 1e-06, "output_cost_per_token": 4e-06},
}


@pytest.fixture
def list_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A price list of others, and an overlay folder of its own."""
    monkeypatch.setenv("HARNESS_PRICES_DIR", str(tmp_path / "overlay"))
    path = tmp_path / "list.json"
    path.write_text(json.dumps(LIST))
    return path


def test_update_writes_new_models_and_leaves_contradictions(
    list_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["prices", "update", "gpt-99", "--from", str(list_file), "--at", "2026-11-30"]) == EXIT_OK
    said = capsys.readouterr().out
    assert "contradicts  openai/gpt-5.1: prompt 1.25 here, 2 there (litellm), ours read on 2026-11-30" in said
    assert "new          openai/gpt-99: prompt 1, completion 4 in litellm, low confidence" in said
    assert "1 row written to" in said
    assert main(["prices", "show", "openai/gpt-99", "--at", "2026-12-01"]) == EXIT_OK
    shown = capsys.readouterr().out
    assert "in force at 2026-12-01T00:00Z: openai/gpt-99@2026-11-30" in shown
    assert "source: litellm, file://" in shown
    # a second list keeps what the first brought
    second = tmp_path / "second.json"
    second.write_text(json.dumps({"gpt-98": LIST["gpt-99"]}))
    assert main(["prices", "update", "gpt-98", "--from", str(second), "--at", "2026-11-30"]) == EXIT_OK
    assert main(["prices", "show", "openai/gpt-99", "--at", "2026-12-01"]) == EXIT_OK


def test_update_can_only_look(list_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["prices", "update", "gpt-99", "--from", str(list_file), "--at", "2026-11-30", "--dry-run"]
    assert main(words) == EXIT_OK
    assert "1 row not written (--dry-run)" in capsys.readouterr().out
    assert not (tmp_path / "overlay").exists()
    assert main([*words, "--json"]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    kinds = {difference["model"]: difference["kind"] for difference in found["differences"]}
    assert kinds == {"openai/gpt-5.1": "contradicts", "openai/gpt-99": "new"}


def test_update_says_what_it_cannot_use(list_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "update", "nothing-like-it", "--from", str(list_file)]) == EXIT_USAGE
    assert "no model of litellm contains nothing-like-it" in capsys.readouterr().err
    other = tmp_path / "other.json"
    other.write_text("{}")
    assert main(["prices", "update", "--from", str(other)]) == EXIT_USAGE
    assert "accepted: litellm's model_prices_and_context_window.json" in capsys.readouterr().err
