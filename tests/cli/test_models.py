"""`harness models`: labels with today's price, groups, and what it says of a word that matches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main

OWN = """\
providers:
  acme:
    base_url: https://api.acme.example/v1
    dialect: generic
    models:
      large: {efforts: [low, high], price: {input: 0.30, output: 1.20, read_on: 2026-11-21, source: acme.example}}
      old: {retired_on: 2020-01-02}
      unpriced: {}
groups: {mine: [acme/large@low, sim/fast-sloppy]}
"""


@pytest.fixture(autouse=True)
def own_providers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "providers.yaml").write_text(OWN)
    monkeypatch.chdir(tmp_path)


def lines_of(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["models", *words]) == 0
    return capsys.readouterr().out.splitlines()


def test_each_model_has_its_price_per_million_tokens_and_its_efforts(capsys: pytest.CaptureFixture[str]) -> None:
    title, _, head, *rows = lines_of(capsys, "acme")
    assert title == "3 models"
    assert head.split("  ")[0] == "model"
    assert [row.split() for row in rows[:3]] == [
        ["acme/large", "$0.30", "/", "$1.20", "@low|high"],
        ["acme/old", "?", "retired", "2020-01-02"],
        ["acme/unpriced", "?"],
    ]
    assert rows[-1] == "? no price is known today: harness prices show MODEL says why"


def test_files_hold_prices_exactly_and_an_unknown_one_as_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    large, old, _ = json.loads("\n".join(lines_of(capsys, "acme", "--format", "json")))
    assert (large["prompt_per_mtok"], large["currency"], large["efforts"]) == ("0.30", "USD", "low|high")
    assert (old["prompt_per_mtok"], old["retired"], old["mode"]) == (None, "retired 2020-01-02", "live")


def test_every_word_must_be_in_the_label(capsys: pytest.CaptureFixture[str]) -> None:
    assert [row.split()[0] for row in lines_of(capsys, "ACME", "large")[3:]] == ["acme/large"]


def test_simulated_models_say_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert lines_of(capsys, "sim/fast-sloppy")[3].endswith("SIMULATED")


def test_groups_are_listed_with_their_members(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line.split(maxsplit=1) for line in lines_of(capsys, "@")]
    assert ["@mine", "acme/large@low, sim/fast-sloppy"] in rows


def test_a_word_that_matches_nothing_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "acme/larg3"]) == 2
    error = capsys.readouterr().err
    assert "no model's label contains acme/larg3" in error
    assert "acme/large" in error
