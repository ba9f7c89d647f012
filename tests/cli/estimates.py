"""Providers, tasks and earlier runs of estimates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from harness.core.types import Usage
from tests.run.paid_folder import PaidFolder, answer, endpoint, written

PROVIDERS = """\
providers:
  acme:
    base_url: http://127.0.0.1:9/v1
    dialect: generic
    models:
      rocket:
        traits: [thinking_optional]
        price: {input: 1, cached_input: 0.5, output: 10, effective_from: 2025-01-01}
      thinker:
        traits: [reasoning]
        efforts: [low, medium, high]
        price: {input: 1, output: 10, effective_from: 2025-01-01}
      free-of-prices: {}
"""

ROW = {"id": "p", "prompt": "What is 2 + 2?", "target": "4"}


def usage(prompt: int, completion: int, cached: int = 0) -> Usage:
    return Usage(prompt_tokens=prompt, completion_tokens=completion, cached_tokens=cached)


def earlier(path: Path, label: str, answers: list[Usage], *, task: str = "own.jsonl", simulated: bool = False) -> None:
    made = PaidFolder(
        endpoints=[endpoint(label, speaks="generic", simulated=simulated)],
        prices=[],
        jobs={label: [[answer(each)] for each in answers]},
        task=task,
    )
    written(path, made)


def estimated(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["estimate", "own.jsonl", "--grader", "math", "--json", *words]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def only_row(found: dict[str, object]) -> dict[str, str]:
    """The one row, with its count of jobs as text too."""
    rows = found["rows"]
    assert isinstance(rows, list)
    assert len(rows) == 1
    return {name: str(value) for name, value in rows[0].items()}
