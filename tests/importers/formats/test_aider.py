"""The Aider leaderboard."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import yaml

from tests.importers.foreign_files import read


def test_aider_zero_is_unknown_and_two_models_are_not_priceable(tmp_path: Path) -> None:
    run = {
        "dirname": "d1",
        "model": "m (high)",
        "test_cases": 223,
        "total_tests": 225,
        "pass_num_2": 45,
        "pass_rate_2": 20.0,
    }
    pair = {**run, "dirname": "d2", "model": "a + b", "total_cost": 1.5, "prompt_tokens": 10, "completion_tokens": 5}
    one = {
        **run,
        "total_cost": 0.0,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "command": "aider --model openrouter/x/y",
    }
    (tmp_path / "board.yml").write_text(yaml.safe_dump([one, pair]))
    found = read(tmp_path / "board.yml", "aider")
    assert [row.usd for row in found.rows] == [None, Decimal("1.5")]
    assert [row.n for row in found.rows] == [223, 223]
    assert [row.tokens[0].model if row.tokens else None for row in found.rows] == ["openrouter/x/y", None]
