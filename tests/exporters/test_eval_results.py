"""Hugging Face evaluation results: read by huggingface_hub, measured results of public data sets only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from huggingface_hub import parse_eval_result_entries

from harness.core.errors import UsageError
from harness.core.types import Verdict
from harness.exporters.eval_results import files
from harness.report.run_data.load import RunData
from harness.tasks.folders import import_task, shipped_dir
from tests.report.runs import RunWriter, answer, endpoint

ONE, EFFORT, SIM = endpoint("acme/one"), endpoint("gate/maker/two"), endpoint("sim/two", simulated=True)


def run(folder: Path, *, content_hash: str | None) -> RunData:
    """Three models on a task named gsm8k; the hash says whether its samples are the benchmark's."""
    writer = RunWriter(folder, endpoints=[ONE, EFFORT, SIM], samples=2)
    for model in (ONE, EFFORT, SIM):
        writer.job(model, 0, [answer()], Verdict.CORRECT)
        writer.job(model, 1, [answer()], Verdict.WRONG)
    writer.close()
    return RunData.load(folder) if content_hash is None else renamed(folder, content_hash)


def renamed(folder: Path, content_hash: str) -> RunData:
    for name in ("manifest.json", "calls-0.jsonl", "samples.jsonl"):
        path = folder / name
        path.write_text(path.read_text().replace('"sums"', '"gsm8k"'))
    data = RunData.load(folder)
    task = replace(data.manifest.tasks[0], content_hash=content_hash)
    data.run.rewrite_manifest(replace(data.manifest, tasks=(task,)))
    return RunData.load(folder)


PINNED = import_task(shipped_dir() / "gsm8k.py").content_hash


def test_measured_results_are_entries_that_the_hub_library_reads(tmp_path: Path) -> None:
    assert PINNED is not None
    written, notes = files([run(tmp_path / "mine", content_hash=PINNED)])
    assert set(written) == {
        "acme/one/.eval_results/gsm8k_acme.yaml",
        "maker/two/.eval_results/gsm8k_gate.yaml",
    }
    assert notes == ["sim/two on gsm8k: SIMULATED; left out"]
    (entry,) = parse_eval_result_entries(yaml.safe_load(written["acme/one/.eval_results/gsm8k_acme.yaml"]))
    assert (entry.dataset_id, entry.task_id, entry.value) == ("openai/gsm8k", "main", 50.0)
    assert entry.date == "2026-11-20T12:00:00Z"
    assert entry.notes is not None
    assert "accuracy in percent, 95% CI [" in entry.notes
    assert "$0.0028 per correct answer" in entry.notes


@pytest.mark.parametrize("content_hash", [None, "sha256:other"])
def test_samples_that_are_not_the_benchmarks_are_left_out(content_hash: str | None, tmp_path: Path) -> None:
    data = run(tmp_path / "mine", content_hash=content_hash)
    with pytest.raises(UsageError, match="its samples are not a data set of the hub; left out"):
        files([data])
