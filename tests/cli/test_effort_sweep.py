"""`harness run -m sim/model@*`: what was planted is found again, dollars equal the ledger, an ignored level is said."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from harness.cli.main import main
from harness.core.errors import EXIT_OK
from harness.mock.billing import read_ledger, total_usd
from tests.cli.test_cache import json_of

SAMPLES = 120
PROVIDERS = """\
providers:
  sim:
    models:
      thinks:
        efforts: [low, medium, high]
        traits: [reasoning]
        price: {input: 1, output: 10, read_on: 2026-11-30, source: simulated}
        simulate:
          answer_tokens: {median: 40, spread: 0.2}
          ttft_s: {median: 0.01}
          tokens_per_s: 100000
          by_effort:
            low: {accuracy: 0.3, reasoning_share: 0.2}
            medium: {accuracy: 0.7, reasoning_share: 0.6}
            high: {accuracy: 0.7, reasoning_share: 0.9}
      ignores:
        efforts: [low, high]
        traits: [reasoning]
        price: {input: 1, output: 10, read_on: 2026-11-30, source: simulated}
        simulate:
          accuracy: 0.7
          answer_tokens: {median: 40, spread: 0.2}
          reasoning_share: 0.5
          ttft_s: {median: 0.01}
          tokens_per_s: 100000
"""


@pytest.mark.slow
def test_the_planted_price_of_a_point_is_found_and_an_ignored_effort_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"problem": f"What is {number} + 1?", "answer": str(number + 1)} for number in range(SAMPLES)]
    (tmp_path / "mine.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "providers.yaml").write_text(PROVIDERS)
    monkeypatch.chdir(tmp_path)
    models = ("-m", "sim/thinks@*", "-m", "sim/ignores@*")
    assert main(["run", "mine.jsonl", "--grader", "math", *models, "--name", "r", "--quiet"]) == EXIT_OK
    ledger = read_ledger(Path("results/r/mock-ledger.jsonl"))
    found = json_of(capsys, "report", "results/r")
    rows_found = found["rows"]
    assert [row["model"] for row in rows_found] == [
        *("sim/thinks@low", "sim/thinks@medium", "sim/thinks@high"),
        *("sim/ignores@low", "sim/ignores@high"),
    ]
    assert sum(Decimal(row["spent_usd"]) for row in rows_found) == total_usd(ledger)
    low_medium, medium_high, ignored = found["efforts"]["mine.jsonl"]
    # some 40 answer tokens: 10 of reasoning at low (0.2), 60 at medium (0.6): 50 tokens at $10 a million for 40 points
    planted = 50 * 10e-6 / 40
    assert low_medium["outcome"] == "more accurate"
    assert low_medium["usd_per_point"]["low"] <= planted <= low_medium["usd_per_point"]["high"]
    assert low_medium["tokens_ratio"]["estimate"] == pytest.approx(2, abs=0.05)  # 100 over 50
    assert medium_high["outcome"] == "no measurable gain"
    assert ignored["outcome"] == "no effect"
    notes = found["notes"]
    assert [note for note in notes if "had no effect" in note and note.startswith("sim/ignores on mine.jsonl")]
    assert not [note for note in notes if "had no effect" in note and "sim/thinks" in note]
