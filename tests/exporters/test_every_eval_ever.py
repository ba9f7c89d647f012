"""Every Eval Ever records: valid by the package's own validator, with dollars, and simulated results marked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.core.errors import UsageError
from harness.core.types import Verdict
from harness.exporters.every_eval_ever import files
from harness.report.run_data.load import RunData
from tests.exporters.runs import write_run
from tests.report.runs import RunWriter, answer, endpoint


@pytest.fixture
def written(tmp_path: Path) -> dict[str, str]:
    found, _ = files([RunData.load(write_run(tmp_path / "mine"))])
    return found


def record(written: dict[str, str], model: str) -> Any:
    """The record of a model, as plain JSON."""
    (text,) = [text for path, text in written.items() if f"/{model}/" in path]
    return json.loads(text)


def test_records_pass_the_validator_of_the_package(
    written: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    validation = pytest.importorskip(
        "every_eval_ever.validator.validation_core",
        reason="NEEDS requirements/every-eval-ever.txt; .ci/run installs it",
    )
    monkeypatch.chdir(tmp_path)
    for name, text in written.items():
        path = Path(name)
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
        report = validation.validate_file(path, repo_path=name, run_semantic_checks=True)
        assert (report.valid, report.errors, report.warnings) == (True, [], [])


def test_accuracy_has_its_interval_counts_and_sources(written: dict[str, str]) -> None:
    one = record(written, "acme/one")
    (accuracy,) = one["evaluation_results"]  # and no dollars, for one attempt's are unknown
    assert accuracy["score_details"]["score"] == 0.5
    assert accuracy["score_details"]["details"]["graded"] == "2"
    assert accuracy["score_details"]["uncertainty"]["confidence_interval"]["confidence_level"] == 0.95
    assert accuracy["source_data"]["additional_details"]["content_hash"] == "sha256:0"
    assert one["model_info"]["id"] == "acme/one"


def test_simulated_models_say_so_in_every_name(written: dict[str, str]) -> None:
    sim = record(written, "sim/two")
    for name in (
        sim["model_info"]["name"],
        sim["source_metadata"]["source_name"],
        sim["evaluation_results"][0]["evaluation_name"],
    ):
        assert name.startswith("SIMULATED ")


def test_known_dollars_are_a_result_of_their_own_and_exact_among_the_details(tmp_path: Path) -> None:
    one = endpoint()
    writer = RunWriter(tmp_path / "mine", endpoints=[one], samples=2)
    writer.job(one, 0, [answer()], Verdict.CORRECT)
    writer.job(one, 1, [answer()], Verdict.WRONG)
    writer.close()
    found, _ = files([RunData.load(tmp_path / "mine")])
    accuracy, dollars = record(found, "acme/one")["evaluation_results"]
    assert accuracy["score_details"]["details"]["spent_usd"] == "0.0028"
    assert dollars["metric_config"]["metric_id"] == "price_performance_harness.usd_per_job"
    assert dollars["score_details"]["score"] == 0.0014


def test_same_run_gives_the_same_files(written: dict[str, str], tmp_path: Path) -> None:
    assert files([RunData.load(tmp_path / "mine")])[0] == written


def test_run_without_a_graded_answer_is_named(tmp_path: Path) -> None:
    one = endpoint()
    RunWriter(tmp_path / "mine", endpoints=[one], samples=1).close()
    with pytest.raises(
        UsageError, match=r"no result to export.*\nacme/one on sums of mine: no answer is graded; left out"
    ):
        files([RunData.load(tmp_path / "mine")])
