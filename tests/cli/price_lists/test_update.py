"""harness prices update: new rows from price lists."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK, EXIT_USAGE

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
