"""The task `tool-calls` from the command line to the comparison: two simulated hosts of the same weights."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from harness.core.errors import EXIT_OK
from harness.mock.billing import read_ledger, total_usd
from tests.commands import run_here

HOSTS = """
providers:
  sim:
    base_url: http://simulated.invalid/v1
    dialect: openai
    models:
      careful:
        efforts: []
        price: {input: 0.30, output: 1.20, read_on: 2026-11-21, source: simulated}
        simulate: {accuracy: 1.0, ttft_s: {median: 0.01}, tokens_per_s: 100000}
      careless:
        dialect: anthropic_messages
        efforts: []
        price: {input: 0.30, output: 1.20, read_on: 2026-11-21, source: simulated}
        simulate: {dialect: anthropic_messages, accuracy: 1.0, ttft_s: {median: 0.01}, tokens_per_s: 100000,
                   tool_faults: {broken_json: 0.5, wrong_stop_reason: 0.3}}
"""


@pytest.mark.slow(15)
def test_two_hosts_are_told_from_one_another_by_what_they_spoil(tmp_path: Path) -> None:
    (tmp_path / "providers.yaml").write_text(HOSTS)
    words = ("tool-calls", "-m", "sim/careful", "-m", "sim/careless", "--limit", "40", "--name", "hosts", "--quiet")
    ran = run_here("run", *words, cwd=tmp_path)
    assert ran.returncode == EXIT_OK, ran.stderr
    run = tmp_path / "results" / "hosts"
    ledger = read_ledger(run / "mock-ledger.jsonl")
    grades = [json.loads(line)["grade"] for line in (run / "grades.jsonl").read_text().splitlines()]
    assert len(ledger) == len(grades) == 80
    assert sum(entry.is_correct for entry in ledger) == sum(grade["verdict"] == "correct" for grade in grades)

    summaries = json.loads(run_here("report", "results/hosts", "--format", "json", cwd=tmp_path).stdout)
    rows = {row["model"]: row for row in summaries["rows"]}
    assert sum(Decimal(row["spent_usd"]) for row in rows.values()) == total_usd(ledger)
    assert (rows["sim/careful"]["valid_json"], rows["sim/careful"]["stop_reason"]) == (1.0, 1.0)
    assert 0.3 < rows["sim/careless"]["valid_json"] < 0.7

    compared = json.loads(run_here("compare", "results/hosts", "--format", "json", cwd=tmp_path).stdout)
    first, second = compared["tables"][0]["findings"]
    assert (first["differences"], second["model"]) == (None, "sim/careless")
    for finding in ("valid_json", "stop_reason"):
        assert second["differences"][finding]["high"] < 0
    assert second["differences"]["right_arguments"]["estimate"] == 0
