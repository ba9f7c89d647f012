"""The OpenHands index."""

from __future__ import annotations

import json
from pathlib import Path

from harness.core.types import Verdict
from tests.importers.foreign_files import read


def test_openhands_instances_and_what_the_board_prints(tmp_path: Path) -> None:
    own = tmp_path / "results" / "M-1"
    (own / "instance_results").mkdir(parents=True)
    (own / "instance_results" / "gaia.json").write_text(json.dumps({"x": {"cost": None, "resolved": None}}))
    (own / "scores.json").write_text(json.dumps([{"benchmark": "gaia", "score": 12.5, "cost_per_instance": 0.4}]))
    found = read(tmp_path, "openhands")
    assert found.answers[0].grade is not None
    assert found.answers[0].grade.verdict is Verdict.WRONG
    assert found.answers[0].attempt.reported_cost_usd is None
    assert found.rows[0].accuracy == 0.125
