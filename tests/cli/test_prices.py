"""`harness prices`: the rows in force, a model's rows, and the check's exit code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_CHECK_FAILED, EXIT_OK, EXIT_USAGE
from tests.cli.price_files import OWN


def test_list_names_models_without_a_row_then(own: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prices", "list", "--json", "rocket", *own, "--at", "2024-01-01"]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert (found["prices"], found["no_row_then"]) == ([], ["acme/rocket"])


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
