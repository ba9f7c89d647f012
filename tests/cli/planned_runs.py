"""Runs to plan by, and the command that plans."""

from __future__ import annotations

import json

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK

PROVIDERS = """\
providers:
  acme:
    base_url: http://127.0.0.1:9/v1
    dialect: generic
    models:
      one: {price: {input: 1, output: 10, effective_from: 2025-01-01}}
      two: {price: {input: 2, output: 20, effective_from: 2025-01-01}}
      unpriced: {}
"""
MODELS = ("-m", "acme/one", "-m", "acme/two")


def planned(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["plan", "own.jsonl", "--grader", "math", "--json", *words]) == EXIT_OK
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def sizes(found: dict[str, object]) -> list[dict[str, object]]:
    listed = found["sizes"]
    assert isinstance(listed, list)
    return listed
