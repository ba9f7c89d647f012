"""Samples of lm-evaluation-harness."""

from __future__ import annotations

import json
from pathlib import Path

from harness.core.types import Verdict
from tests.importers.foreign_files import read, write


def test_lm_eval_first_filter_counts_and_the_model_is_that_of_the_results(tmp_path: Path) -> None:
    row = {"doc_id": 0, "target": "4", "resps": [["It is 4"]], "filtered_resps": ["4"], "exact_match": 1.0}
    row["arguments"] = {"gen_args_0": {"arg_0": "2+2?", "arg_1": {}}}
    write(tmp_path / "samples_gsm8k_2025-11-01T10-00-00.jsonl", row, {**row, "exact_match": 0.0})
    (tmp_path / "results_2025-11-01T10-00-00.json").write_text(json.dumps({"model_name": "org/small"}))
    found = read(tmp_path, "lm-eval")
    (answer,) = found.answers
    assert (answer.model, answer.task, answer.attempt.usage) == ("org/small", "gsm8k", None)
    assert answer.grade is not None
    assert answer.grade.verdict is Verdict.CORRECT
    assert found.samples["gsm8k", "0"].prompt == "2+2?"
