"""Documents of claims: measured and computed evidence stand apart."""

from __future__ import annotations

from pathlib import Path

from harness.report.claims.ledger import load_ledger
from harness.report.claims.render import results_document
from harness.report.render.text import as_text
from tests.report.claims.planted_runs import (
    CONFIRMED,
    claim,
    evaluated,
    write_run,
)


def test_computed_and_run_of_one_claim_stand_under_headings_of_their_own(tmp_path: Path) -> None:
    write_run(tmp_path / "run")
    asked = claim("c", "accuracy", ">= 0.8").replace(
        "}]}\n", "}],\n     computed: [{what: printed, formula: a, inputs: {a: 1}, confirmed_if: '< 1'}]}\n"
    )
    result = evaluated(tmp_path, asked, [tmp_path / "run"])["c"]
    measured, _, computed = as_text(
        results_document([result], [], load_ledger([tmp_path / "planted.yaml"]), [])
    ).partition("Computed: ")
    assert result.verdict is CONFIRMED  # runs take precedence
    assert "Measured: " in measured
    assert "c      confirmed  live" in measured
    assert "printed" not in measured
    assert "c      refuted  computed" in computed
    assert "accuracy" not in computed
